//! Compares bytes with the digests of an earlier run, while the rest of an upload is sent.

#![forbid(unsafe_code)]

use std::thread::scope;

use super::checkpoint::Digested;
use super::context::TransferContext;
use super::queue::GROUP_BYTES;
use super::source::{Source, digest_ranges};
use super::{digest, plan::Part};
use crate::error::Result;
use crate::thread;

/// Bytes that were sent earlier, and where they are now.
pub type Recorded<'a> = (&'a Source<'a>, Vec<Digested>);

/// Compares what was recorded. `FileChanged` if the bytes of a source are others.
pub fn verify(context: &TransferContext<'_>, recorded: &[Recorded<'_>]) -> Result<()> {
    recorded.iter().try_for_each(|(source, digested)| compare(context, source, digested))
}

/// Runs `work`, and meanwhile compares what was recorded. An error of either ends both. `FileChanged` if the
/// bytes of a source are others.
pub fn verify_while<T>(
    context: &TransferContext<'_>,
    recorded: &[Recorded<'_>],
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    if recorded.iter().all(|(_, digested)| digested.is_empty()) {
        return work();
    }
    let compare = || verify(context, recorded).inspect_err(|error| context.fail(error));
    thread::check()?;
    scope(|scope| match thread::spawn_scoped(scope, compare) {
        Ok(comparing) => {
            let result = work().inspect_err(|error| context.fail(error));
            match (comparing.join(), result) {
                (Err(own), Err(other)) if other.outweighs(&own) => Err(other),
                (Err(own), _) => Err(own),
                (Ok(()), result) => result,
            }
        }
        // Without a thread for it, first one and then the other.
        Err(_) => compare().and_then(|()| work()),
    })
}

fn compare(context: &TransferContext<'_>, source: &Source<'_>, digested: &[Digested]) -> Result<()> {
    let mut rest = digested;
    while let Some((first, _)) = rest.first() {
        context.check()?;
        let fitting = usize::try_from(GROUP_BYTES / first.length.max(1)).unwrap_or(usize::MAX);
        let (group, after) = rest.split_at(fitting.clamp(1, digest::lanes()).min(rest.len()));
        rest = after;
        let ranges: Vec<Part> = group.iter().map(|(part, _)| *part).collect();
        let now = digest_ranges(source, &context.bounds, &ranges)?;
        if now.iter().zip(group).any(|(now, (_, then))| now != then) {
            return Err(source.changed());
        }
    }
    Ok(())
}
