//! Every page of a list.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::call::Call;
use super::params;
use super::resources::rows;
use super::{Client, Resource};
use crate::error::{Error, ErrorKind, Result};
use crate::transfer::context::TransferContext;
use crate::transfer::report::Observer;

/// As many as the service gives at once (`specs/telestream.md` 3.2).
pub(super) const LARGEST_PAGE: u64 = 100;

/// After so many full pages in a row that bring nothing new there will be nothing new.
const IN_VAIN: u32 = 3;

impl Client {
    /// All of a resource as one array: its pages are asked for until one has fewer objects than it may. Filters are those of
    /// [`Client::list`].
    pub fn list_all(
        &self,
        resource: Resource,
        factory_id: Option<&str>,
        params_json: Option<&str>,
        deadline: Option<Duration>,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let members = params::members(params_json)?;
        if members.contains_key("page") {
            return Err(Error::invalid_argument(
                "params_json: page is one page, and this call gets them all",
            ));
        }
        let size = match members.get("per_page") {
            None => LARGEST_PAGE,
            Some(size) => {
                size.as_u64().filter(|size| (1..=LARGEST_PAGE).contains(size)).ok_or_else(|| {
                    Error::invalid_argument(format!("params_json: per_page must be from 1 to {LARGEST_PAGE}"))
                })?
            }
        };
        let page = |number: u64| {
            let doing = format!("list page {number} of {}", resource.plural());
            let mut call = Call { factory_id, ..Call::get("list", doing, resource.path()) };
            call.members = members.clone();
            call.members.insert("page".into(), number.into());
            call.members.insert("per_page".into(), size.into());
            call
        };
        if resource != Resource::Factories {
            self.check_has_factory(factory_id, &page(1))?;
        }
        self.with_progress(deadline, observer, |context| self.gather(context, resource, size, &page))
    }

    /// The objects of all pages. Some come twice if new ones appear at the front of the list meanwhile; they are told once.
    pub(super) fn gather<'a>(
        &self,
        context: &TransferContext<'_>,
        resource: Resource,
        size: u64,
        page: &dyn Fn(u64) -> Call<'a>,
    ) -> Result<Value> {
        let protocol = |text: String| Error::new(ErrorKind::Protocol, text).at(page(1).step);
        let mut all: Vec<Value> = Vec::new();
        let (mut known, mut in_vain) = (BTreeSet::new(), 0);
        for number in 1.. {
            let Value::Array(found) = rows(resource, self.call_in(context, page(number))?) else {
                return Err(protocol(format!("the answer to the list of {} is no list", resource.plural())));
            };
            let (is_last, before) = ((found.len() as u64) < size, all.len());
            let is_new = |object: &Value| match object.get("id").and_then(Value::as_str) {
                Some(id) => known.insert(id.to_owned()),
                None => true,
            };
            all.extend(found.into_iter().filter(is_new));
            if is_last {
                break;
            }
            in_vain = if all.len() == before { in_vain + 1 } else { 0 };
            if in_vain == IN_VAIN {
                let text =
                    format!("the service gives the same page of {} again and again", resource.plural());
                return Err(protocol(text));
            }
        }
        Ok(Value::Array(all))
    }
}
