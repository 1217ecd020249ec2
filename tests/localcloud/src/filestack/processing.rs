//! Chains carried out: from the source through the tasks to an answer (6).

use std::collections::HashMap;

use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use hyper::http::HeaderName;
use serde_json::{Value, json};

use super::chain::{Chain, Task};
use super::deposit::Content;
use super::order::Order;
use super::picture::{self, Others};
use super::policy::Deed;
use super::{
    archive, conversion, debug, docinfo, intelligence, metadata, minify, pdf, source, storing, workflow,
};
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
    if let Some((task, what)) = chain.tasks.iter().find_map(|task| Some((task, refused(order, task)?))) {
        return Err(Box::new(not_done(&task.name, &what)));
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
    let contents = sources(order).await?;
    if let (Some(task), Some(content)) = (chain.tasks.iter().find(|task| is_seen(task)), contents.first()) {
        let fixtures = order.state.fixtures.as_deref();
        let Some((answer, origin)) = intelligence::answer(fixtures, &task.name, &content.filename) else {
            return Err(Box::new(not_done(&task.name, "")));
        };
        return Ok(noted(reply::json(StatusCode::OK, &answer), origin));
    }
    if let (true, Some(content)) = (is_described(chain), contents.first()) {
        let told = docinfo::of(order.state.fixtures.as_deref(), content);
        return Ok(told
            .map_or_else(|| not_done("output", "docinfo:true"), |told| reply::json(StatusCode::OK, &told)));
    }
    let reply = match make(order, contents).await? {
        Made::Json(answer) => reply::json(StatusCode::OK, &answer),
        Made::File(content) => match chain.task("store") {
            Some(task) => storing::store(order, task, content).await?,
            None => deliver(chain, content),
        },
    };
    Ok(chain.tasks.iter().filter_map(shortcoming).fold(reply, noted))
}

fn not_done(task: &str, what: &str) -> Reply {
    let what = if what.is_empty() { String::new() } else { format!(" with `{what}`") };
    let error = format!("the local cloud does not do the task `{task}`{what} yet");
    reply::json(StatusCode::NOT_IMPLEMENTED, &json!({ "error": error, "task": task }))
}

/// Says in a header where an answer is less than it looks: clients do not mind those they do not know.
fn noted(mut reply: Reply, note: &'static str) -> Reply {
    reply.headers_mut().append(HeaderName::from_static("x-local-cloud"), HeaderValue::from_static(note));
    reply
}

/// What a task does less than the service.
fn shortcoming(task: &Task) -> Option<&'static str> {
    match task.name.as_str() {
        "redeye" => Some("redeye: no faces are looked for, small red circles are taken for pupils"),
        "resize" | "animate" if task.text("align") == Some("faces") => {
            Some("align:faces: no faces are looked for, it is the middle")
        }
        _ => None,
    }
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

/// What of a task is not done here; empty: nothing is. `None`: it is done.
fn refused(order: &Order<'_>, task: &Task) -> Option<String> {
    let with = |name: &str| task.text(name).map(|value| format!("{name}:{value}"));
    let nothing = Some(String::new());
    match task.name.as_str() {
        // Whether there is an answer depends on the file's name too.
        name if is_seen(task) => {
            let answered = order.state.fixtures.is_some() || intelligence::answer(None, name, "").is_some();
            if answered { None } else { nothing }
        }
        "output" if is_described(order.chain) => None,
        "output" => match task.word("format").as_deref() {
            Some(format) if !picture::FORMATS.contains(&format) => with("format"),
            _ => with("page"),
        },
        "smart_crop" => match task.word("mode").as_deref() {
            Some("face" | "object") => with("mode"),
            _ => None,
        },
        "pdfinfo" => task.flag("colorinfo").then(|| "colorinfo:true".to_owned()),
        "minify_css" | "minify_js" => minify::refused(task),
        "imagesize" | "zip" | "metadata" | "run_workflow" | "workflow_status" | "video_convert"
        | "video_playlist" => None,
        name => {
            if PASSING.contains(&name) || picture::TASKS.contains(&name) {
                None
            } else {
                nothing
            }
        }
    }
}

/// The sources, one but for tasks that take a list; for `zip` the archive of them.
async fn sources(order: &Order<'_>) -> Step<Vec<Content>> {
    let chain = order.chain;
    if chain.has(&["text_sentiment"]) {
        return Ok(vec![Content {
            bytes: Default::default(),
            filename: String::new(),
            mimetype: String::new(),
        }]);
    }
    let members = if chain.has(&["zip"]) || chain.has(picture::JOINING) {
        source::members(&chain.source)?
    } else {
        vec![chain.source.clone()]
    };
    let mut contents = Vec::new();
    for member in &members {
        let result = source::load(order, member).await;
        let lost = result
            .as_ref()
            .is_err_and(|reply| matches!(reply.status(), StatusCode::NOT_FOUND | StatusCode::BAD_GATEWAY));
        let spare = chain.task("fallback").and_then(|task| task.text("file")).filter(|_| lost);
        contents.push(match spare {
            Some(spare) => source::load(order, spare).await?,
            None => result?,
        });
    }
    if !chain.has(&["zip"]) {
        return Ok(contents);
    }
    match archive::pack(&contents) {
        Ok(bytes) => {
            let (filename, mimetype) = ("files.zip".to_owned(), "application/zip".to_owned());
            Ok(vec![Content { bytes, filename, mimetype }])
        }
        Err(error) => {
            refuse_text(StatusCode::INTERNAL_SERVER_ERROR, format!("cannot make the archive: {error}"))
        }
    }
}

/// What came of the tasks.
enum Made {
    File(Content),
    Json(Value),
}

/// Does the tasks that make something, in their order.
async fn make(order: &Order<'_>, contents: Vec<Content>) -> Step<Made> {
    let chain = order.chain;
    let makes = |task: &&Task| {
        let name = task.name.as_str();
        picture::TASKS.contains(&name)
            || minify::TASKS.contains(&name)
            || matches!(name, "imagesize" | "pdfinfo")
    };
    let tasks: Vec<Task> = chain.tasks.iter().filter(makes).cloned().collect();
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
    let webp = order.webp;
    match tokio::task::spawn_blocking(move || work(contents, &tasks, &others, webp)).await {
        Ok(Ok(made)) => Ok(made),
        Ok(Err(error)) => refuse_text(StatusCode::BAD_REQUEST, error),
        Err(error) => {
            refuse_text(StatusCode::INTERNAL_SERVER_ERROR, format!("the file broke the machine: {error}"))
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

/// The error is a sentence for the client.
fn work(mut contents: Vec<Content>, tasks: &[Task], others: &Others, webp: bool) -> Result<Made, String> {
    let mut rest = tasks;
    // Tasks on texts and documents come first, if there are any: nothing of them is a picture.
    while let (Some((task, behind)), Some(content)) = (rest.split_first(), contents.first_mut()) {
        match task.name.as_str() {
            "pdfinfo" => return pdf::info(&content.bytes).map(Made::Json),
            name if minify::TASKS.contains(&name) => *content = minify::minify(content, task)?,
            _ => return draw(contents, rest, others, webp),
        }
        rest = behind;
    }
    contents.into_iter().next().map(Made::File).ok_or_else(|| "the URL names no source".to_owned())
}

fn draw(contents: Vec<Content>, tasks: &[Task], others: &Others, webp: bool) -> Result<Made, String> {
    let ignored = |task: &Task| task.name == "rotate" && task.text("exif").is_some() && !task.flag("exif");
    let upright = !tasks.iter().any(ignored);
    let bytes = contents.iter().map(|content| &content.bytes);
    let mut pictures = picture::Pictures::read(bytes, upright)?;
    let Some(Content { filename, mimetype: before, .. }) = contents.into_iter().next() else {
        return Err("the URL names no source".to_owned());
    };
    for (place, task) in tasks.iter().enumerate() {
        match task.name.as_str() {
            // About the result, wherever it stands.
            "imagesize" => {}
            "smart_crop" if task.flag("coords") => {
                return Ok(Made::Json(picture::coordinates(&pictures.first, task)));
            }
            "ascii" => {
                if let Some(Task { name, .. }) = tasks.get(place + 1) {
                    return Err(format!("`ascii` makes a page of text: the task `{name}` cannot follow it"));
                }
                let bytes = picture::page(&pictures.first, task).into();
                let filename = renamed(&filename, "html");
                return Ok(Made::File(Content { bytes, filename, mimetype: "text/html".to_owned() }));
            }
            _ => pictures.apply(task, others, webp)?,
        }
    }
    if tasks.iter().any(|task| task.name == "imagesize") {
        let (width, height) = pictures.first.size();
        return Ok(Made::Json(json!({ "width": width, "height": height })));
    }
    let (bytes, mimetype, extension) = pictures.first.write()?;
    let filename = if mimetype == before { filename } else { renamed(&filename, extension) };
    Ok(Made::File(Content { bytes, filename, mimetype: mimetype.to_owned() }))
}

fn renamed(filename: &str, extension: &str) -> String {
    let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
    format!("{stem}.{extension}")
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
    if chain.tasks.iter().any(|task| minify::TASKS.contains(&task.name.as_str()) && task.flag("gzip")) {
        insert(CONTENT_ENCODING, "gzip");
    }
    if let Some(filename) = given("filename") {
        insert(CONTENT_DISPOSITION, &format!("attachment; filename=\"{}\"", filename.replace('"', "'")));
    }
    reply
}
