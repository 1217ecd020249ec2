//! The form of a URL that hides everything strange in base64 (`specs/filestack.md` 6.4), and the chain as
//! JSON.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::{Map, Number, Value, json};

use super::Transform;
use super::arg::{Arg, each_pair};
use crate::filestack::security::Security;
use crate::filestack::tasks::{self, ParamKind, Task};
use crate::http::percent_decoded;

impl Transform {
    /// The URL with its tasks and its source in base64, for sources that a path does not carry unharmed. As
    /// in Filestack's JavaScript SDK a signed policy is one of the encoded tasks.
    pub fn base64_url(&self, cdn: &str, apikey: &str, security: Option<&Security>) -> String {
        let mut tasks = self.tasks();
        tasks.extend(security.map(|security| {
            let params = json!({"policy": security.policy_b64(), "signature": security.signature()});
            json!({"name": "security", "params": params})
        }));
        let mut url = format!("{}/", cdn.trim_end_matches('/'));
        if self.names_apikey() {
            url.extend([apikey, "/"]);
        }
        if !tasks.is_empty() {
            url.push_str("b64/");
            URL_SAFE.encode_string(Value::Array(tasks).to_string(), &mut url);
            url.push('/');
        }
        if self.source().is_empty() {
            url.pop();
        } else {
            url.push_str("b64://");
            URL_SAFE.encode_string(self.source(), &mut url);
        }
        url
    }

    /// The tasks as the service takes them in JSON: `{"name", "params"}` each, without `params` where there
    /// are none.
    pub fn tasks(&self) -> Vec<Value> {
        self.elements().map(task).collect()
    }
}

fn task(element: &str) -> Value {
    let Some((name, params)) = element.split_once('=') else {
        return json!({"name": element});
    };
    let known = tasks::find(name);
    let params = percent_decoded(params);
    let mut map = Map::new();
    let read = each_pair(&params, |name, arg| {
        map.insert(name.to_owned(), value(&arg, known.is_none_or(|task| can_be_literal(task, name))));
        Ok(())
    });
    match read {
        Ok(()) => json!({"name": name, "params": map}),
        // What is not pairs is one value, as in `cache=false`.
        Err(_) => json!({"name": name, "params": value(&Arg::Token(&params), true)}),
    }
}

/// Whether a bare word of this parameter can be a number or a bool rather than a text.
fn can_be_literal(task: &Task, param: &str) -> bool {
    task.param(param).is_none_or(|param| {
        matches!(
            param.kind,
            ParamKind::Bool
                | ParamKind::Int { .. }
                | ParamKind::Number { .. }
                | ParamKind::Faces
                | ParamKind::Objects
                | ParamKind::Ints(_)
                | ParamKind::Pages
                | ParamKind::Either(_)
        )
    })
}

fn value(arg: &Arg<'_>, can_be_literal: bool) -> Value {
    match arg {
        Arg::List(items) => items.iter().map(|item| value(item, can_be_literal)).collect(),
        // A double quote inside of a text was encoded twice.
        Arg::Text(text) => Value::String(text.replace("%22", "\"")),
        Arg::Literal(text) => Value::String(text.to_string()),
        Arg::Token(text) => match *text {
            "true" if can_be_literal => Value::Bool(true),
            "false" if can_be_literal => Value::Bool(false),
            text => match text.parse::<Number>() {
                Ok(number) if can_be_literal => Value::Number(number),
                _ => Value::String(text.to_owned()),
            },
        },
    }
}
