//! Workflows: jobs that other people's rules run on a file (5.12).

use std::io;
use std::sync::{Arc, Mutex};

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::file::File;
use super::intelligence;
use super::job::{self, Job};
use super::order::Order;
use super::source;
use crate::identifier;
use crate::origin::Origin;
use crate::reply::{self, Reply, Step, refuse_text};
use crate::state::State;

/// `run_workflow=id:…/source`.
pub(crate) async fn run(order: &Order<'_>, id: &str) -> Step<Reply> {
    let source = &order.chain.source;
    let content = source::load(order, source).await?;
    let url = source::handle(source).map_or_else(|| source.clone(), |handle| order.origin.cdn(handle));
    let result = json!({"mimetype": content.mimetype, "size": content.bytes.len(), "url": url});
    let subject = Subject { source, filename: &content.filename, result };
    let first = begin(order.state, id, &subject, order.job_fails).map_err(reply::broken)?;
    Ok(reply::json(StatusCode::OK, &first))
}

/// `workflow_status=job_id:…`.
pub(crate) fn status(order: &Order<'_>, id: &str) -> Step<Reply> {
    match order.state.jobs.get(id) {
        Some(job) => {
            let answer = job::poll(order.state, &job).map_err(reply::broken)?;
            Ok(reply::json(StatusCode::OK, &answer))
        }
        None => refuse_text(StatusCode::NOT_FOUND, format!("workflow job `{id}` is unknown")),
    }
}

/// Starts the workflows that an upload asked for; gives `workflows` of its answer (3.6).
pub(crate) fn start_all(
    state: &Arc<State>,
    origin: Origin<'_>,
    ids: &[String],
    file: &File,
) -> io::Result<Map<String, Value>> {
    let start = |id: &String| {
        let result = json!({"mimetype": file.mimetype, "size": file.size, "url": origin.cdn(&file.handle)});
        let subject = Subject { source: &file.handle, filename: &file.filename, result };
        let job = begin(state, id, &subject, false)?;
        Ok((id.clone(), json!({ "jobid": job["jobid"] })))
    };
    ids.iter().map(start).collect()
}

struct Subject<'a> {
    source: &'a str,
    filename: &'a str,
    result: Value,
}

/// Gives the first answer.
fn begin(state: &Arc<State>, id: &str, subject: &Subject<'_>, fails: bool) -> io::Result<Value> {
    let now = identifier::now_text();
    let jobid = identifier::uuid();
    let started = json!({
        "createdAt": now,
        "jobid": jobid,
        "sources": [subject.source],
        "status": "Started",
        "updatedAt": now,
        "workflow": id,
    });
    let mut done = started.clone();
    done["status"] = json!(if fails { "Failed" } else { "Finished" });
    done["ttl"] = json!(86_400);
    let fixture = state.fixtures.as_deref();
    let results = fixture
        .and_then(|folder| intelligence::fixture(folder, "workflow", id))
        .or_else(|| fixture.and_then(|folder| intelligence::fixture(folder, "workflow", subject.filename)));
    done["results"] = match results {
        Some(results) => results,
        None if fails => json!({}),
        None => json!({ "store_1": subject.result }),
    };
    let event = json!({
        "workflow": id,
        "createdAt": now,
        "updatedAt": now,
        "sources": [subject.source],
        "results": done["results"],
        "status": done["status"],
    });
    let job = Job {
        working: vec![started.clone()],
        done,
        action: "fs.workflow".into(),
        keys: vec![jobid],
        event,
        started_ms: identifier::now_ms(),
        progress: Mutex::default(),
    };
    state.jobs.insert(state, job)?;
    Ok(started)
}
