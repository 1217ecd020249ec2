//! Every page of a list.

use std::collections::BTreeSet;

use serde_json::Value;

use super::call::Call;
use super::params;
use super::resources::{not_a_list, rows};
use super::{Client, RequestOptions, Resource};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Method;
use crate::transfer::context::TransferContext;
use crate::transfer::report::Observer;

/// As many as the service gives at once (`specs/telestream.md` 3.2).
pub(super) const LARGEST_PAGE: u64 = 100;

/// The most objects of a list, and the most bytes of all its pages: a service must not fill the memory.
const MOST_OBJECTS: usize = 100_000;
const MOST_BYTES: usize = 128 << 20;

/// After so many full pages in a row that bring nothing new there will be nothing new.
const IN_VAIN: u32 = 3;

impl Client {
    /// All of a resource as one array: its pages are asked for until one has fewer objects than it may.
    /// Filters are those of [`Client::list`].
    pub fn list_all(
        &self,
        resource: Resource,
        factory_id: Option<&str>,
        params_json: Option<&str>,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let members = params::members(params_json)?;
        if members.contains_key("page") {
            return Err(Error::invalid_argument("params: page is one page, and this call gets them all"));
        }
        let size = match members.get("per_page") {
            None => LARGEST_PAGE,
            Some(size) => {
                size.as_u64().filter(|size| (1..=LARGEST_PAGE).contains(size)).ok_or_else(|| {
                    Error::invalid_argument(format!("params: per_page must be from 1 to {LARGEST_PAGE}"))
                })?
            }
        };
        let page = |number: u64| {
            let doing = format!("list all {}", resource.plural());
            let call = Call::new(self, Method::GET, "list", doing, resource.path());
            let mut call = Call { factory_id, members: members.clone(), ..call };
            call.members.insert("page".into(), number.into());
            call.members.insert("per_page".into(), size.into());
            call
        };
        if resource != Resource::Factories {
            self.check_has_factory(&page(1))?;
        }
        self.run(page(1), options, observer, |context, _| self.gather(context, resource, size, &page))
    }

    /// The objects of all pages. Some come twice if new ones appear at the front of the list meanwhile; they
    /// are told once.
    pub(super) fn gather<'a>(
        &self,
        context: &TransferContext<'_>,
        resource: Resource,
        size: u64,
        page: &dyn Fn(u64) -> Call<'a>,
    ) -> Result<Value> {
        let protocol = |text: String| Error::new(ErrorKind::Protocol, text);
        let name = resource.plural();
        let mut all: Vec<Value> = Vec::new();
        let (mut known, mut in_vain, mut bytes) = (BTreeSet::new(), 0, 0);
        for number in 1.. {
            let answer = self.prepare(page(number)).and_then(|prepared| self.ask(context, &prepared));
            let answer = answer.map_err(|error| error.while_doing(format_args!("page {number}")))?;
            bytes += answer.body.len();
            let Value::Array(found) = rows(resource, answer.json()?) else {
                return Err(protocol(not_a_list(resource)));
            };
            let (is_last, before) = ((found.len() as u64) < size, known.len());
            let is_new = |object: &Value| match object.get("id").and_then(Value::as_str) {
                Some(id) => known.insert(id.to_owned()),
                None => true,
            };
            all.extend(found.into_iter().filter(is_new));
            if all.len() > MOST_OBJECTS || bytes > MOST_BYTES {
                return Err(protocol(format!(
                    "there are more than {MOST_OBJECTS} {name}, or more than {} MiB of them: filter the \
                     list, or list its pages one by one",
                    MOST_BYTES >> 20
                )));
            }
            if is_last {
                break;
            }
            // An object without an id, which none of the service's is, may be the same as ever.
            in_vain = if known.len() == before { in_vain + 1 } else { 0 };
            if in_vain == IN_VAIN {
                return Err(protocol(format!("the service gives the same page of {name} again and again")));
            }
        }
        Ok(Value::Array(all))
    }
}
