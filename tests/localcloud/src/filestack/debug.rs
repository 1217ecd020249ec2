//! The task `debug`: what a chain would have answered, and how (5.10).

use std::time::Instant;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::order::Order;
use super::processing::carry_out;
use super::source;
use crate::identifier;
use crate::reply::{self, Reply, flatten};

pub(crate) async fn debug(order: &Order<'_>) -> Reply {
    let chain = order.chain;
    let mut inner = chain.clone();
    inner.tasks.retain(|task| task.name != "debug");
    let (since, start) = (Instant::now(), identifier::now_ms());
    let reply = flatten(carry_out(&Order { chain: &inner, ..*order }).await);
    let status = reply.status();
    let uri: Vec<&str> = inner.tasks.iter().map(|task| task.name.as_str()).collect();
    let told: Vec<Value> = inner
        .tasks
        .iter()
        .filter(|task| task.name != "security")
        .map(|task| json!({"name": task.name, "params": task.to_json()}))
        .collect();
    let source = match source::load(order, &chain.source).await {
        Ok(content) => {
            json!({"url": chain.source, "mimetype": content.mimetype, "size": content.bytes.len()})
        }
        Err(_) => json!({"url": chain.source, "mimetype": null, "size": null}),
    };
    let answer = json!({
        "apikey": chain.apikey,
        "status": {"message": status.canonical_reason().unwrap_or(""), "http_code": status.as_u16()},
        "start_time": start,
        "processing_time": u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
        "source": source,
        "task_uri": uri.join("/"),
        "debug": true,
        "chain": told,
    });
    let refused = matches!(status, StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED);
    if refused { reply } else { reply::json(StatusCode::OK, &answer) }
}
