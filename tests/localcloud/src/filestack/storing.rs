//! The task `store`: what a chain made is kept under a new handle (5.7).

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::chain::Task;
use super::deposit::{self, Content, announce_upload, deposit};
use super::order::Order;
use super::policy::Deed;
use super::processing::PASSING;
use super::upload::Store;
use super::{webhook, workflow};
use crate::reply::{self, Reply, Step};

pub(crate) async fn store(order: &Order<'_>, task: &Task, mut content: Content) -> Step<Reply> {
    if task.flag("base64decode") {
        content.bytes = deposit::decoded(&content.bytes)?;
    }
    if let Some(filename) = task.text("filename") {
        content.filename = filename.to_owned();
    }
    let mut store = Store::of(task);
    // A second task may carry the workflows alone.
    for other in order.chain.tasks.iter().filter(|other| other.name == "store") {
        let more = Store::of(other).workflows.into_iter();
        store.workflows.extend(more.collect::<Vec<_>>());
    }
    store.workflows.sort();
    store.workflows.dedup();
    let deed = Deed {
        calls: &["store", "pick"],
        size: Some(content.bytes.len() as u64),
        path: Some(&store.path),
        container: Some(&store.container),
        ..Deed::default()
    };
    order.authorise(&deed)?;
    deposit::admit(order.state, content.bytes.len() as u64)?;
    let file = deposit(order.state, content, &store).await?;
    let url = order.origin.cdn(&file.handle);
    let mut answer = json!({
        "handle": file.handle,
        "url": url,
        "filename": file.filename,
        "size": file.size,
        "type": file.mimetype,
        "container": file.container,
        "key": file.key,
    });
    if let Some(tags) = order.tags {
        answer["upload_tags"] = Value::Object(tags.clone());
    }
    if !store.workflows.is_empty() {
        let jobs =
            workflow::start_all(order.state, order.origin, &store.workflows, &file).map_err(reply::broken)?;
        answer["workflows"] = Value::Object(jobs);
    }
    if order.chain.tasks.iter().all(|task| PASSING.contains(&task.name.as_str())) {
        announce_upload(order.state, order.origin, &file, order.tags.unwrap_or(&Map::new()));
    } else {
        let link = json!({
            "url": url,
            "handle": file.handle,
            "filename": file.filename,
            "mimetype": file.mimetype,
            "path": file.key,
            "provider": file.location,
            "size": file.size,
        });
        webhook::announce(order.state, "fp.converse", json!({ "url": url, "link": link }));
    }
    Ok(reply::json(StatusCode::OK, &answer))
}
