//! `POST /process`: a chain as JSON, above all to store what is at a URL (4.1).

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::chain::{Chain, json_tasks};
use super::order::Order;
use super::processing;
use super::upload::Fields;
use crate::origin::Origin;
use crate::reply::{self, Reply, Step, flatten};
use crate::state::State;

pub(crate) async fn process(
    state: &Arc<State>,
    origin: Origin<'_>,
    body: Option<&Value>,
    fails: bool,
) -> Reply {
    flatten(carry_out(state, origin, body, fails).await)
}

fn refuse<T>(error: &str) -> Step<T> {
    Err(Box::new(reply::json(StatusCode::BAD_REQUEST, &json!({ "error": error }))))
}

async fn carry_out(state: &Arc<State>, origin: Origin<'_>, body: Option<&Value>, fails: bool) -> Step<Reply> {
    let Some(body) = body.filter(|body| body.is_object()) else {
        return refuse("the body must be a JSON object");
    };
    let Some(apikey) = body.get("apikey").or(body.get("apiKey")).and_then(Value::as_str) else {
        return refuse("apikey is required");
    };
    let Some(sources) = body.get("sources").and_then(Value::as_array).filter(|list| !list.is_empty()) else {
        return refuse("sources must list at least one source");
    };
    let Some(tasks) = body.get("tasks").and_then(Value::as_array).filter(|list| !list.is_empty()) else {
        return refuse("tasks must list at least one task");
    };
    let Some(tasks) = json_tasks(tasks) else {
        return refuse("each task must have a name and params that are an object");
    };
    let mut names = Vec::new();
    let mut headers = Vec::new();
    for source in sources {
        let name = source.as_str().or_else(|| source.get("source").and_then(Value::as_str));
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return refuse("each source must be a text, or an object with source and headers");
        };
        names.push(name.to_owned());
        for (header, value) in source.get("headers").and_then(Value::as_object).into_iter().flatten() {
            let Some(value) = value.as_str() else {
                return refuse("the headers of a source must be texts");
            };
            headers.push((header.clone(), value.to_owned()));
        }
    }
    let source = match names.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(",")),
    };
    let tags = Fields::of(body)?.tags("upload_tags")?;
    let chain = Chain { apikey: Some(apikey.to_owned()), tasks, source };
    let security = chain.security();
    let order = Order {
        state,
        origin,
        chain: &chain,
        security,
        source_headers: &headers,
        tags: Some(&tags),
        webp: false,
        job_fails: fails,
    };
    Ok(processing::run(&order).await)
}
