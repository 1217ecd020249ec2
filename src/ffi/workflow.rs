//! Workflows: jobs of the service over a file.
//!
//! ```c
//! ferry_value *job = NULL, *state = NULL;
//! if (ferry_filestack_workflow_run(client, "WORKFLOW", "HANDLE", NULL, &job, &err) == FERRY_OK &&
//!     ferry_filestack_workflow_status(client, ferry_value_string(ferry_value_get(job, "jobid")), NULL,
//!                                     &state, &err) == FERRY_OK)
//!     puts(ferry_value_json(ferry_value_get(state, "status")));
//! ferry_value_free(state);
//! ferry_value_free(job);
//! ```

use std::ffi::c_char;

use super::error::{ferry_error, ferry_status};
use super::filestack::ferry_filestack;
use super::request::{ferry_request_options, request_options};
use super::value::ferry_value;
use super::{Out, borrow, guard, text};
use crate::error::Result;
use crate::filestack::workflow;

/// Start a workflow on a file: a handle or an http or https URL. `out` receives the job, whose "jobid" is for
/// `ferry_filestack_workflow_status`; free it with `ferry_value_free`. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_workflow_run(
    client: *const ferry_filestack,
    workflow_id: *const c_char,
    source: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, id, source, (options, watcher)) = unsafe {
            (
                Out::new(out, "out")?,
                borrow(client, "client")?,
                text(workflow_id, "workflow_id")?,
                text(source, "source")?,
                request_options(options)?,
            )
        };
        let job = watcher.watch(|observer| workflow::run(&client.client, id, source, &options, observer))?;
        out.set_boxed(ferry_value::new(job)?);
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Get the state of a job: "status" is "Started", "Finished" or "Failed", "results" has what each task
/// returned. `options` may be NULL. Free `out` with `ferry_value_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_workflow_status(
    client: *const ferry_filestack,
    job_id: *const c_char,
    options: *const ferry_request_options,
    out: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, client, job, (options, watcher)) = unsafe {
            (
                Out::new(out, "out")?,
                borrow(client, "client")?,
                text(job_id, "job_id")?,
                request_options(options)?,
            )
        };
        let status = watcher.watch(|observer| workflow::status(&client.client, job, &options, observer))?;
        out.set_boxed(ferry_value::new(status)?);
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}
