//! Arguments of the form NAME=VALUE.

use serde_json::{Map, Value};

use crate::failure::{Failure, Result};

/// Name and value. `shown` is the argument as it was given, `form` what it has to be.
pub fn split<'a>(text: &'a str, shown: &str, form: &str) -> Result<(&'a str, &'a str)> {
    text.split_once('=').ok_or_else(|| Failure::usage(format!("{shown} is not {form}")))
}

/// Parameters of a service as the members of an object; numbers, true, false and JSON are taken as such.
/// `option` stands before each of them.
pub fn members(option: &str, params: &[String]) -> Result<Map<String, Value>> {
    let member = |param: &String| {
        let (name, value) = split(param, &format!("{option}{param}"), "NAME=VALUE, such as width=640")?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        Ok((name.to_owned(), value))
    };
    params.iter().map(member).collect()
}
