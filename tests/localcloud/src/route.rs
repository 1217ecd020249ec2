//! Which part of the service a path belongs to.

use hyper::Method;

use crate::fault::Class;
use crate::filestack::chain::Chain;
use crate::storage::BUCKET;

pub(crate) enum Route {
    Start,
    Upload,
    Commit,
    Complete,
    Put,
    Deliver(Chain),
    Metadata(Chain),
    Delete { handle: String },
    Unknown,
}

impl Route {
    pub(crate) fn of(method: &Method, path: &str) -> Route {
        let path = path.strip_prefix('/').unwrap_or(path);
        if let Some(step) = path.strip_prefix("multipart/") {
            return match (method, step) {
                (&Method::POST, "start") => Route::Start,
                (&Method::POST, "upload") => Route::Upload,
                (&Method::POST, "commit") => Route::Commit,
                (&Method::POST, "complete") => Route::Complete,
                _ => Route::Unknown,
            };
        }
        if path.split('/').next() == Some(BUCKET) {
            return if method == Method::PUT { Route::Put } else { Route::Unknown };
        }
        if let Some(handle) = path.strip_prefix("api/file/") {
            if method == Method::DELETE {
                return if handle.contains('/') {
                    Route::Unknown
                } else {
                    Route::Delete { handle: handle.to_owned() }
                };
            }
            return Route::read(method, handle);
        }
        // One SDK asks for metadata under this path on the CDN (5.2).
        let path = path.strip_prefix("file/").unwrap_or(path);
        Route::read(method, path)
    }

    fn read(method: &Method, path: &str) -> Route {
        if method != Method::GET && method != Method::HEAD {
            return Route::Unknown;
        }
        if let Some(rest) = path.strip_suffix("/metadata") {
            return Chain::parse(rest).map_or(Route::Unknown, Route::Metadata);
        }
        match Chain::parse(path) {
            Some(chain) if chain.tasks.iter().any(|task| task.name == "metadata") => Route::Metadata(chain),
            Some(chain) => Route::Deliver(chain),
            None => Route::Unknown,
        }
    }

    pub(crate) fn class(&self) -> Class {
        match self {
            Route::Start => Class::Start,
            Route::Upload => Class::Upload,
            Route::Commit => Class::Commit,
            Route::Complete => Class::Complete,
            Route::Put => Class::Put,
            Route::Deliver(_) => Class::Deliver,
            Route::Metadata(_) => Class::Metadata,
            Route::Delete { .. } => Class::Delete,
            Route::Unknown => Class::Other,
        }
    }

    /// The file that is asked for, where the path names one.
    pub(crate) fn handle(&self) -> Option<&str> {
        match self {
            Route::Deliver(chain) | Route::Metadata(chain) => Some(&chain.source),
            Route::Delete { handle } => Some(handle),
            _ => None,
        }
    }
}
