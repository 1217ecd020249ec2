//! Fields of the upload API's JSON bodies: present, and of the right type.

use serde_json::{Map, Value};

use crate::reply;
pub(crate) use crate::reply::Step;

pub(crate) fn refuse<T>(error: impl AsRef<str>) -> Step<T> {
    Err(Box::new(reply::refusal(error)))
}

#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(crate) fn of(body: &'a Value) -> Step<Fields<'a>> {
        match body.as_object() {
            Some(map) => Ok(Fields(map)),
            None => refuse("the body must be a JSON object"),
        }
    }

    fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    pub(crate) fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn text(self, name: &str) -> Step<&'a str> {
        match self.optional_text(name)? {
            Some("") => refuse(format!("{name} must not be empty")),
            Some(text) => Ok(text),
            None => refuse(format!("{name} is required")),
        }
    }

    pub(crate) fn optional_text(self, name: &str) -> Step<Option<&'a str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => refuse(format!("{name} must be a string")),
        }
    }

    pub(crate) fn number(self, name: &str) -> Step<u64> {
        match self.optional_number(name)? {
            Some(number) => Ok(number),
            None => refuse(format!("{name} is required")),
        }
    }

    pub(crate) fn optional_number(self, name: &str) -> Step<Option<u64>> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => refuse(format!("{name} must be an integer that is not negative")),
            },
        }
    }

    /// A flag that may be absent.
    pub(crate) fn flag(self, name: &str) -> Step<bool> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => refuse(format!("{name} must be true or false")),
        }
    }

    pub(crate) fn object(self, name: &str) -> Step<Fields<'a>> {
        match self.get(name) {
            None => refuse(format!("{name} is required")),
            Some(Value::Object(map)) => Ok(Fields(map)),
            Some(_) => refuse(format!("{name} must be an object")),
        }
    }

    pub(crate) fn list(self, name: &str) -> Step<Option<&'a Vec<Value>>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => refuse(format!("{name} must be a list")),
        }
    }

    /// Tags: at most 10 strings, keys to 128 and values to 256 characters (3.10).
    pub(crate) fn tags(self, name: &str) -> Step<Map<String, Value>> {
        if !self.has(name) {
            return Ok(Map::new());
        }
        let tags = self.object(name)?.0;
        if tags.len() > 10 {
            return refuse(format!("{name} has {} entries, 10 are allowed", tags.len()));
        }
        for (key, value) in tags {
            let Some(value) = value.as_str() else {
                return refuse(format!("{name}: the value of {key} must be a string"));
            };
            if key.chars().count() > 128 || value.chars().count() > 256 {
                return refuse(format!("{name}: keys have at most 128 characters, values 256"));
            }
        }
        Ok(tags.clone())
    }

    /// Policy and signature, if either is there.
    pub(crate) fn security(self) -> Step<Option<(&'a str, &'a str)>> {
        let policy = self.optional_text("policy")?;
        let signature = self.optional_text("signature")?;
        Ok(match (policy, signature) {
            (None, None) => None,
            (policy, signature) => Some((policy.unwrap_or(""), signature.unwrap_or(""))),
        })
    }
}
