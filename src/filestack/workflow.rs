//! Workflows: jobs of the service over a file (`specs/filestack.md` 5.12).

use std::sync::Arc;

use serde_json::Value;

use super::Client;
use super::address::quoted;
use super::processing::chain_request;
use super::request::RequestOptions;
use super::transform::{Transform, TransformSource};
use crate::error::{Error, Result};
use crate::http::has_dot_segment;
use crate::transfer::report::Observer;

/// Starts a workflow on a file; returns the job, with its `jobid`.
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
    ask(client, "run_workflow", "id", workflow, source, options, observer)
}

/// The state of a workflow's job. Repeatable.
pub fn status(
    client: &Arc<Client>,
    job: &str,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Value> {
    check_id("job_id", job)?;
    ask(client, "workflow_status", "job_id", job, TransformSource::none(), options, observer)
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
    param: &str,
    id: &str,
    source: TransformSource,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<Value> {
    let mut chain = Transform::new(source);
    chain.add_json(task, Some(&serde_json::json!({ param: id }).to_string()))?;
    let mut request = chain_request(client, &chain, options)?;
    request.operation.step = task;
    request.json(observer)
}
