//! Workflows: jobs of the service over a file (`specs/filestack.md` 5.12).

use std::sync::Arc;

use serde_json::{Value, json};

use super::Client;
use super::address::quoted;
use super::processing::chain_request;
use super::request::{RequestOptions, malformed, told};
use super::transform::{Transform, TransformSource};
use crate::error::{Error, Result};
use crate::http::{Response, has_dot_segment};
use crate::transfer::report::Observer;

/// Starts a workflow on a file; returns the job, with its `jobid`. `Protocol` if the answer has none.
///
/// Repeated only if the request has surely not arrived: each start is a job of its own.
pub fn run(
    client: &Arc<Client>,
    workflow: &str,
    source: &str,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Value> {
    let source = TransformSource::parse(source)?;
    check_id("workflow_id", workflow)?;
    ask(client, "run_workflow", json!({"id": workflow}), source, options, observer, |answer| {
        let job = told(answer)?;
        match job.get("jobid").and_then(Value::as_str) {
            Some(id) if !id.is_empty() => Ok(job),
            _ => Err(malformed(answer, "the answer has no jobid: nobody can ask for the job")),
        }
    })
}

/// The state of a workflow's job. Repeatable.
pub fn status(
    client: &Arc<Client>,
    job: &str,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Value> {
    check_id("job_id", job)?;
    let (params, source) = (json!({"job_id": job}), TransformSource::none());
    ask(client, "workflow_status", params, source, options, observer, told)
}

/// An id stands in a path.
fn check_id(name: &str, id: &str) -> Result<()> {
    if has_dot_segment(id) {
        let text = format!("{name} {} has a . or .. alone between slashes, which no id has", quoted(id));
        return Err(Error::invalid_argument(text));
    }
    Ok(())
}

fn ask(
    client: &Arc<Client>,
    task: &'static str,
    params: Value,
    source: TransformSource,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
    read: impl Fn(&Response) -> Result<Value> + Sync,
) -> Result<Value> {
    let mut chain = Transform::new(source);
    chain.add_json(task, Some(&params.to_string()))?;
    let mut request = chain_request(client, &chain, options)?;
    request.operation.step = task;
    request.answer(observer, |answer| read(&answer))
}
