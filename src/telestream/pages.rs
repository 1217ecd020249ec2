//! Every page of a list.

use std::time::Duration;

use serde_json::Value;

use super::call::Call;
use super::params;
use super::resources::rows;
use super::{Client, Resource};
use crate::error::{Error, Kind, Result};
use crate::transfer::engine::{Job, Observer};

/// As many as the service gives at once (`specs/telestream.md` 3.2).
const LARGEST_PAGE: u64 = 100;

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
        self.attended(deadline, observer, |job| self.gather(job, resource, size, page))
    }

    fn gather<'a>(
        &self,
        job: &Job<'_>,
        resource: Resource,
        size: u64,
        page: impl Fn(u64) -> Call<'a>,
    ) -> Result<Value> {
        let mut all: Vec<Value> = Vec::new();
        let mut first = Value::Null;
        for number in 1.. {
            let Value::Array(found) = rows(resource, self.call_in(job, page(number))?) else {
                let text = format!("the answer to the list of {} is no list", resource.plural());
                return Err(Error::new(Kind::Protocol, text).at("list"));
            };
            let is_last = (found.len() as u64) < size;
            let head = found.first().cloned().unwrap_or_default();
            if number > 1 && !head.is_null() && head == first {
                let text = format!("page {number} of {} begins as the first page does", resource.plural());
                return Err(Error::new(Kind::Protocol, text).at("list"));
            }
            if number == 1 {
                first = head;
            }
            all.extend(found);
            if is_last {
                break;
            }
        }
        Ok(Value::Array(all))
    }
}
