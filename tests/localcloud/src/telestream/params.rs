//! The parameters of a call: those of the query and of the form, or of the JSON body, as one map.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::query::Query;

/// Values are text where they came as text; `events[x]=…` is an object `events`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(pub(crate) Map<String, Value>);

impl Params {
    /// Adds the pairs of a query or a form; of equal names the last one counts.
    pub(crate) fn add(&mut self, query: &Query) {
        for (name, value) in query.iter() {
            self.put(name, value);
        }
    }

    pub(crate) fn put(&mut self, name: &str, value: &str) {
        let nested = name.strip_suffix(']').and_then(|name| name.split_once('['));
        let Some((outer, inner)) = nested.filter(|(outer, _)| !outer.is_empty()) else {
            self.0.insert(name.to_owned(), Value::from(value));
            return;
        };
        let slot = self.0.entry(outer).or_insert_with(|| Value::Object(Map::new()));
        if !slot.is_object() {
            *slot = Value::Object(Map::new());
        }
        if let Value::Object(members) = slot {
            members.insert(inner.to_owned(), Value::from(value));
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A scalar as text; `None` if it is absent or empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(text_of).filter(|text| !text.is_empty())
    }

    pub(crate) fn needed(&self, name: &str) -> Result<String, Refusal> {
        self.text(name).ok_or_else(|| Refusal::lacks(name))
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let number =
            |text: String| text.parse().map_err(|_| Refusal::bad(format!("{name} is not a number: {text}")));
        self.text(name).map(number).transpose()
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).map(is_true)
    }

    /// A list: a JSON array, or text with commas.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        match self.get(name)? {
            Value::Array(members) => Some(members.iter().filter_map(text_of).collect()),
            other => {
                let text = text_of(other)?;
                let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
                Some(members.map(str::to_owned).collect())
            }
        }
    }

    /// What the journal may show.
    pub(crate) fn shown(&self) -> Value {
        let hidden = ["access_key", "signature", "timestamp", "signature_version", "checksum"];
        let shown =
            self.0.iter().filter(|(name, _)| !hidden.contains(&name.as_str()) && !name.contains("secret"));
        Value::Object(shown.map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}

pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Only the text `true` is true: that the vendor's SDK writes booleans in lower case (3.6) says that `True`
/// is not.
pub(crate) fn is_true(value: &Value) -> bool {
    matches!(value, Value::Bool(true)) || value == "true"
}
