//! What a chain makes of a stored file, for the page. It is no request: no fault, no policy, no entry in the
//! journal, and it leaves nothing behind.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::CONTENT_SECURITY_POLICY;

use crate::download::insert;
use crate::filestack::chain::Chain;
use crate::filestack::order::Order;
use crate::filestack::processing;
use crate::origin::Origin;
use crate::page;
use crate::reply::{self, Reply};
use crate::state::State;

/// Tasks that store something, start something or bring it nearer to its end.
const LASTING: [&str; 5] = ["store", "run_workflow", "workflow_status", "video_convert", "video_playlist"];

pub(crate) async fn preview(state: &Arc<State>, origin: Origin<'_>, path: &str) -> Reply {
    let Some(chain) = Chain::parse(path).filter(|chain| !chain.source.contains("://")) else {
        return reply::text(StatusCode::BAD_REQUEST, "a preview is of a stored file: TASK=…/HANDLE");
    };
    if let Some(task) = chain.tasks.iter().find(|task| LASTING.contains(&task.name.as_str())) {
        let why = format!("`{}` has an effect that lasts: it needs a request, not a preview", task.name);
        return reply::text(StatusCode::CONFLICT, why);
    }
    let pass = state.account.pass();
    let order = Order {
        state,
        origin,
        chain: &chain,
        security: pass.as_ref().map(|(policy, signature)| (policy.as_str(), signature.as_str())),
        source_headers: &[],
        tags: None,
        webp: true,
        job_fails: false,
    };
    let mut reply = processing::run(&order).await;
    // A stored file may be a page with scripts; this address is that of the controls.
    insert(&mut reply, CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'");
    page::harmless(&mut reply);
    reply
}
