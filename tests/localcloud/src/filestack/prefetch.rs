//! `POST /prefetch`: what the account allows a picker (1.4).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::policy::Deed;
use super::upload::{Fields, refused};
use crate::reply::{self, Reply, Step, flatten};
use crate::state::State;

pub(crate) fn prefetch(state: &Arc<State>, body: Option<&Value>) -> Reply {
    flatten(answer(state, body))
}

fn answer(state: &State, body: Option<&Value>) -> Step<Reply> {
    let body = body.ok_or_else(|| Box::new(reply::refusal("the body is not JSON")))?;
    let fields = Fields::of(body)?;
    if !state.account.knows(fields.text("apikey")?) {
        return Err(Box::new(reply::invalid_application()));
    }
    // One SDK sends the pair in an object, the other one beside the key.
    let given =
        if fields.has("security") { fields.object("security")?.security()? } else { fields.security()? };
    let deed = Deed { calls: &["pick", "store"], ..Deed::default() };
    // A picker may open before it has a policy.
    if given.is_some() {
        state.account.authorise(given, &deed).map_err(refused)?;
    }
    let asked = |name: &str| -> Step<Vec<String>> {
        let names = fields.list(name)?.into_iter().flatten().filter_map(Value::as_str);
        Ok(names.map(str::to_owned).collect())
    };
    // An account here has everything that is asked for, but what a switch has taken from it.
    let permissions: Map<String, Value> = asked("permissions")?
        .into_iter()
        .map(|name| {
            let granted = name != "intelligent_ingestion" || state.intelligent.load(Ordering::Relaxed);
            (name, Value::from(granted))
        })
        .collect();
    let settings: Map<String, Value> =
        asked("settings")?.into_iter().map(|name| (name, Value::from(false))).collect();
    let mut answer = json!({ "blocked": false, "settings": settings, "permissions": permissions });
    if let Some(config) = body.get("picker_config") {
        answer["updated_config"] = config.clone();
    }
    Ok(reply::json(StatusCode::OK, &answer))
}
