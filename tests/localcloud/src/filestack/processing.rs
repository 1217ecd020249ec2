//! Chains carried out: from the source through the tasks to an answer (6).

use std::collections::HashMap;

use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use hyper::http::HeaderName;
use serde_json::json;

use super::chain::{Chain, Task};
use super::deposit::Content;
use super::order::Order;
use super::picture::{self, Others, Picture};
use super::policy::Deed;
use super::{archive, conversion, debug, docinfo, intelligence, metadata, source, storing, workflow};
use crate::query::Query;
use crate::reply::{self, Reply, Step, flatten, refuse_text};

/// Tasks that ask for something else than a picture, with the policy calls of which one must be allowed
/// (2.1). All others need `convert`.
const CALLS: &[(&str, &[&str])] = &[
    ("security", &[]),
    ("cache", &[]),
    ("debug", &[]),
    ("content", &["read", "convert"]),
    ("fallback", &["read", "convert"]),
    ("zip", &["read", "convert"]),
    ("metadata", &["stat"]),
    ("store", &["store", "pick"]),
    ("run_workflow", &["runWorkflow"]),
    ("workflow_status", &["runWorkflow"]),
];

/// Tasks about delivery, without an effect on the bytes.
pub(super) const PASSING: &[&str] = &["security", "cache", "content", "debug", "fallback", "store"];

pub(crate) async fn run(order: &Order<'_>) -> Reply {
    if order.chain.has(&["debug"]) { debug::debug(order).await } else { flatten(carry_out(order).await) }
}

pub(super) async fn carry_out(order: &Order<'_>) -> Step<Reply> {
    let chain = order.chain;
    check_key(order)?;
    if let Err(error) = chain.check() {
        return refuse_text(StatusCode::BAD_REQUEST, error);
    }
    authorise(order)?;
    if let Some(task) = chain.tasks.iter().find(|task| !is_done(order, task)) {
        return Err(Box::new(not_done(&task.name)));
    }
    if let Some(task) = chain.task("workflow_status") {
        return workflow::status(order, task.text("job_id").unwrap_or(""));
    }
    if let Some(task) = chain.task("run_workflow") {
        return workflow::run(order, task.text("id").unwrap_or("")).await;
    }
    if let Some(task) = chain.task("video_convert").or(chain.task("video_playlist")) {
        return conversion::convert(order, task).await;
    }
    if chain.has(&["metadata"]) {
        return Ok(metadata::metadata(order.state, chain, &Query::default()).await);
    }
    let content = content(order).await?;
    if let Some(task) = chain.tasks.iter().find(|task| is_seen(task)) {
        let fixtures = order.state.fixtures.as_deref();
        let answer = intelligence::answer(fixtures, &task.name, &content.filename);
        return Ok(answer.map_or_else(|| not_done(&task.name), |answer| reply::json(StatusCode::OK, &answer)));
    }
    if is_described(chain) {
        let told = docinfo::of(order.state.fixtures.as_deref(), &content);
        return Ok(told.map_or_else(|| not_done("output"), |told| reply::json(StatusCode::OK, &told)));
    }
    let (content, size) = transform(order, content).await?;
    if chain.has(&["imagesize"]) {
        let (width, height) = size.unwrap_or_default();
        return Ok(reply::json(StatusCode::OK, &json!({"width": width, "height": height})));
    }
    match chain.task("store") {
        Some(task) => storing::store(order, task, content).await,
        None => Ok(deliver(chain, content)),
    }
}

fn not_done(task: &str) -> Reply {
    let error = format!("the local cloud does not do the task `{task}` yet");
    reply::json(StatusCode::NOT_IMPLEMENTED, &json!({ "error": error, "task": task }))
}

fn check_key(order: &Order<'_>) -> Step<()> {
    match &order.chain.apikey {
        Some(apikey) if !order.state.account.knows(apikey) => Err(Box::new(reply::invalid_application())),
        Some(_) => Ok(()),
        None => {
            let list = order.chain.source.starts_with('[');
            if list
                || source::is_foreign(&order.chain.source)
                || order.chain.has(&["urlscreenshot", "text_sentiment"])
            {
                return refuse_text(
                    StatusCode::BAD_REQUEST,
                    "the URL needs the API key as its first element",
                );
            }
            Ok(())
        }
    }
}

fn authorise(order: &Order<'_>) -> Step<()> {
    let chain = order.chain;
    let handle =
        source::handle(&chain.source).filter(|handle| !handle.is_empty() && !handle.starts_with('['));
    let mut needed: Vec<&[&str]> = Vec::new();
    for task in &chain.tasks {
        let calls =
            CALLS.iter().find(|(name, _)| *name == task.name).map_or(&["convert"][..], |(_, calls)| calls);
        needed.push(calls);
    }
    needed.retain(|calls| !calls.is_empty());
    if needed.is_empty() {
        needed.push(&["read"]);
    }
    for calls in needed {
        order.authorise(&Deed { calls, handle, ..Deed::default() })?;
    }
    Ok(())
}

/// Whether the document is to be described in place of its conversion.
fn is_described(chain: &Chain) -> bool {
    chain.task("output").is_some_and(|task| task.flag("docinfo"))
}

fn is_seen(task: &Task) -> bool {
    match task.name.as_str() {
        "doc_detection" => task.flag("coords"),
        "detect_faces" => task.flag("export"),
        name => intelligence::TASKS.contains(&name),
    }
}

fn is_done(order: &Order<'_>, task: &Task) -> bool {
    let name = task.name.as_str();
    match name {
        // Whether there is an answer depends on the file's name too.
        _ if is_seen(task) => {
            order.state.fixtures.is_some() || intelligence::answer(None, name, "").is_some()
        }
        "output" if is_described(order.chain) => true,
        "output" => {
            task.text("format").is_none_or(|format| picture::FORMATS.contains(&format))
                && task.text("page").is_none()
        }
        "imagesize" | "zip" | "metadata" | "run_workflow" | "workflow_status" | "video_convert"
        | "video_playlist" => true,
        _ => PASSING.contains(&name) || picture::TASKS.contains(&name),
    }
}

/// The source, or for `zip` the archive of the sources.
async fn content(order: &Order<'_>) -> Step<Content> {
    let chain = order.chain;
    if chain.has(&["text_sentiment"]) {
        return Ok(Content { bytes: Default::default(), filename: String::new(), mimetype: String::new() });
    }
    if !chain.has(&["zip"]) {
        // The first picture of a collage may be the head of a list.
        let list = if chain.has(&["collage"]) { source::members(&chain.source)? } else { Vec::new() };
        let first = list.first().unwrap_or(&chain.source);
        let result = source::load(order, first).await;
        let lost = result
            .as_ref()
            .is_err_and(|reply| matches!(reply.status(), StatusCode::NOT_FOUND | StatusCode::BAD_GATEWAY));
        let spare = chain.task("fallback").and_then(|task| task.text("file")).filter(|_| lost);
        return match spare {
            Some(spare) => source::load(order, spare).await,
            None => result,
        };
    }
    let mut contents = Vec::new();
    for member in source::members(&chain.source)? {
        contents.push(source::load(order, &member).await?);
    }
    match archive::pack(&contents) {
        Ok(bytes) => {
            Ok(Content { bytes, filename: "files.zip".to_owned(), mimetype: "application/zip".to_owned() })
        }
        Err(error) => {
            refuse_text(StatusCode::INTERNAL_SERVER_ERROR, format!("cannot make the archive: {error}"))
        }
    }
}

type Size = Option<(u32, u32)>;

/// Does the picture tasks in their order.
async fn transform(order: &Order<'_>, content: Content) -> Step<(Content, Size)> {
    let chain = order.chain;
    let tasks: Vec<Task> =
        chain.tasks.iter().filter(|task| picture::TASKS.contains(&task.name.as_str())).cloned().collect();
    let measured = chain.has(&["imagesize"]);
    if tasks.is_empty() && !measured {
        return Ok((content, None));
    }
    let mut others: Others = HashMap::new();
    for (task, name) in tasks.iter().flat_map(|task| named(task).into_iter().map(move |name| (task, name))) {
        let other = source::load(order, &name).await.map_err(|reply| {
            let reason = format!("`{name}` of the `{}` task cannot be read", task.name);
            if reply.status() == StatusCode::NOT_FOUND {
                Box::new(reply::text(StatusCode::NOT_FOUND, reason))
            } else {
                reply
            }
        })?;
        others.insert(name, other.bytes);
    }
    // More members of a list source are pictures of the collage.
    let mut tasks = tasks;
    if let Some(collage) = tasks.iter_mut().find(|task| task.name == "collage") {
        for name in source::members(&chain.source)?.into_iter().skip(1) {
            others.insert(name.clone(), source::load(order, &name).await?.bytes);
            collage.extend("files", name);
        }
    }
    let webp = order.webp;
    let work = tokio::task::spawn_blocking(move || draw(content, &tasks, &others, webp, measured));
    match work.await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => refuse_text(StatusCode::BAD_REQUEST, error),
        Err(error) => {
            refuse_text(StatusCode::INTERNAL_SERVER_ERROR, format!("the picture broke the machine: {error}"))
        }
    }
}

fn named(task: &Task) -> Vec<String> {
    let name = match task.name.as_str() {
        "watermark" => "file",
        "collage" => "files",
        _ => return Vec::new(),
    };
    task.value(name).map(|value| value.texts().into_iter().map(str::to_owned).collect()).unwrap_or_default()
}

fn draw(
    content: Content,
    tasks: &[Task],
    others: &Others,
    webp: bool,
    measured: bool,
) -> Result<(Content, Size), String> {
    let mut picture = Picture::read(&content.bytes)?;
    for task in tasks {
        picture::apply(&mut picture, task, others, webp)?;
    }
    let size = picture.size();
    if measured {
        return Ok((content, Some(size)));
    }
    let (bytes, mimetype, extension) = picture.write()?;
    let filename = if mimetype == content.mimetype {
        content.filename
    } else {
        let stem = content.filename.rsplit_once('.').map_or(content.filename.as_str(), |(stem, _)| stem);
        format!("{stem}.{extension}")
    };
    Ok((Content { bytes, filename, mimetype: mimetype.to_owned() }, Some(size)))
}

fn deliver(chain: &Chain, content: Content) -> Reply {
    let mut reply = reply::bytes(StatusCode::OK, "application/octet-stream", content.bytes);
    let task = chain.task("content");
    let given = |name: &str| task.and_then(|task| task.text(name));
    let mut insert = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            reply.headers_mut().insert(name, value);
        }
    };
    insert(CONTENT_TYPE, given("type").unwrap_or(&content.mimetype));
    insert(HeaderName::from_static("x-file-name"), &content.filename);
    if let Some(filename) = given("filename") {
        insert(CONTENT_DISPOSITION, &format!("attachment; filename=\"{}\"", filename.replace('"', "'")));
    }
    reply
}
