//! Several files as one archive (`specs/filestack.md` 5.8).

use std::sync::Arc;

use super::Client;
use super::address::shown_source;
use super::processing::chain_request;
use super::request::RequestOptions;
use super::transform::{Transform, TransformSource};
use crate::error::{Error, Result};
use crate::transfer::report::Observer;

/// The most files of one archive.
const MOST: usize = 100;

/// Downloads 1 to 100 files, each a handle or a URL, as one archive to `path`; returns its length in bytes.
/// Repeatable.
pub fn download(
    client: &Arc<Client>,
    sources: &[&str],
    path: &str,
    options: &RequestOptions,
    observer: Option<Observer<'_>>,
) -> Result<u64> {
    if sources.len() > MOST {
        let text = format!("count is {}, but an archive holds at most {MOST} files", sources.len());
        return Err(Error::invalid_argument(text));
    }
    let mut chain = Transform::new(TransformSource::list(sources)?);
    chain.add("zip", None)?;
    let mut request = chain_request(client, &chain, options)?;
    let first: Vec<String> = sources.iter().take(3).map(|source| shown_source(source)).collect();
    let more = if sources.len() > first.len() { ", …" } else { "" };
    request.operation.doing = format!("zip {}{more}", first.join(", "));
    request.download(path, observer)
}
