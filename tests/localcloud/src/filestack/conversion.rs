//! `video_convert` and `video_playlist`: a job, polled by the same URL (7). Nothing is transcoded: the result
//! has the source's bytes.

use std::sync::Mutex;

use bytes::Bytes;
use hyper::StatusCode;
use serde_json::{Value, json};

use super::chain::{Chain, Task};
use super::deposit::{Content, deposit};
use super::intelligence;
use super::job::{self, Job};
use super::order::Order;
use super::source;
use super::upload::Store;
use crate::identifier;
use crate::reply::{self, Reply, Step};

pub(crate) async fn convert(order: &Order<'_>, task: &Task) -> Step<Reply> {
    let key = key(order.chain);
    let known = order.state.jobs.get(&key).or_else(|| order.state.jobs.get(&order.chain.source));
    if let Some(job) = known
        && !(task.flag("force") && job.is_over(order.state.pace))
    {
        let answer = job::poll(order.state, &job).map_err(reply::broken)?;
        return Ok(reply::json(StatusCode::OK, &answer));
    }
    let content = source::load(order, &order.chain.source).await?;
    let job = begin(order, task, content, key).await?;
    let first = job.working.first().cloned().unwrap_or_default();
    order.state.jobs.insert(order.state, job).map_err(reply::broken)?;
    Ok(reply::json(StatusCode::OK, &first))
}

/// The same job for the same URL, whoever signed it, and whether it is to run again or not.
fn key(chain: &Chain) -> String {
    let tasks = chain.tasks.iter().filter(|task| task.name != "security");
    let tasks: Vec<String> = tasks
        .map(|task| {
            let params: Vec<_> = task.params.iter().filter(|(name, _)| name != "force").collect();
            format!("{}={params:?}", task.name)
        })
        .collect();
    format!("{}/{}", tasks.join("/"), chain.source)
}

async fn begin(order: &Order<'_>, task: &Task, content: Content, key: String) -> Step<Job> {
    let state = order.state;
    let uuid = identifier::uuid();
    let timestamp = identifier::now_seconds().to_string();
    let working = |status: &str| {
        json!({
            "uuid": uuid,
            "timestamp": timestamp,
            "status": status,
            "data": {},
            "metadata": {"result": {}, "source": {}},
        })
    };
    let filename = content.filename.clone();
    let fixture =
        state.fixtures.as_deref().and_then(|folder| intelligence::fixture(folder, &task.name, &filename));
    let failed = fixture.as_ref().is_some_and(|fixture| fixture["status"] == "failed") || order.job_fails;
    let mut done = if failed {
        let mut failed = working("failed");
        failed["message"] = json!("the source could not be converted (on purpose)");
        failed
    } else {
        completed(order, task, content, working("completed")).await?
    };
    for (name, value) in fixture.as_ref().and_then(Value::as_object).into_iter().flatten() {
        done[name] = value.clone();
    }
    Ok(Job {
        working: vec![working("started"), working("pending")],
        event: done.clone(),
        done,
        action: "fp.video_converse".into(),
        keys: vec![key, uuid],
        started_ms: identifier::now_ms(),
        progress: Mutex::default(),
    })
}

async fn completed(order: &Order<'_>, task: &Task, content: Content, mut done: Value) -> Step<Value> {
    let extension = extension(task);
    let stem = content.filename.rsplit_once('.').map_or(content.filename.as_str(), |(stem, _)| stem);
    let filename = match task.text("filename") {
        Some(filename) => filename.to_owned(),
        None => format!("{stem}.{extension}"),
    };
    let size = content.bytes.len();
    let mimetype = source::mimetype(&format!("x.{extension}")).to_owned();
    let result = Content { bytes: content.bytes, filename, mimetype: mimetype.clone() };
    let file = deposit(order.state, result, &Store::of(task)).await?;
    let thumb = Content {
        bytes: Bytes::from_static(include_bytes!("thumb.png")),
        filename: format!("{stem}.png"),
        mimetype: "image/png".to_owned(),
    };
    let thumb = deposit(order.state, thumb, &Store::of(task)).await?;
    let cdn = |path: &str| order.origin.cdn(path);
    let small = |edge: u32| cdn(&format!("resize=width:{edge},height:{edge}/{}", thumb.handle));
    done["message"] = json!("Done");
    done["data"] = json!({
        "url": cdn(&file.handle),
        "thumb": cdn(&thumb.handle),
        "thumb100x100": small(100),
        "thumb200x200": small(200),
        "thumb300x300": small(300),
    });
    done["metadata"] = json!({
        "result": {"mime_type": mimetype, "file_size": size, "width": number(task, "width"), "height": number(task, "height")},
        "source": {"mime_type": content.mimetype, "file_size": size},
    });
    Ok(done)
}

fn number(task: &Task, name: &str) -> Option<u64> {
    task.text(name).and_then(|text| text.parse().ok())
}

/// By the parameter, else by the preset.
fn extension(task: &Task) -> String {
    let given = task.text("extname").map(|name| name.trim_start_matches('.'));
    let by_preset = || match task.text("preset").unwrap_or("h264") {
        "webm" | "webm.hi" => "webm",
        "ogg" | "ogg.hi" => "ogg",
        "mp3" => "mp3",
        "oga" => "oga",
        "m4a" => "m4a",
        "aac" => "aac",
        "hls.variant" | "hls.variant.audio" => "m3u8",
        _ => "mp4",
    };
    given.unwrap_or_else(by_preset).to_owned()
}
