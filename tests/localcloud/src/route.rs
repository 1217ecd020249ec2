//! Which part of the service a path belongs to.

use hyper::Method;
use hyper::header::HeaderMap;

use crate::fault::Class;
use crate::filestack::chain::Chain;
use crate::query::decode;
use crate::storage::BUCKET;
use crate::telestream::place::Place;

pub(crate) enum Route {
    Start,
    Upload,
    Commit,
    Complete,
    Put,
    Deliver(Chain),
    Metadata(Chain),
    /// A file that is made first: a chain with tasks, or a remote source.
    Process(Chain),
    /// A chain as JSON.
    ProcessJson,
    Overwrite {
        handle: String,
    },
    /// A file in one request, for the storage that is named.
    StoreApi {
        location: String,
    },
    Delete {
        handle: String,
    },
    /// What a picker asks before it opens.
    Prefetch,
    /// What a browser asks before a request to another origin.
    Preflight,
    Flip(Place),
    Unknown,
}

impl Route {
    pub(crate) fn of(method: &Method, path: &str, headers: &HeaderMap) -> Route {
        let path = path.strip_prefix('/').unwrap_or(path);
        if method == Method::OPTIONS {
            return Route::Preflight;
        }
        if let Some(place) = Place::of(method, path, headers) {
            return Route::Flip(place);
        }
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
            let whole = (!handle.contains('/')).then(|| handle.to_owned());
            return match (method, whole) {
                (&Method::DELETE, Some(handle)) => Route::Delete { handle },
                (&Method::POST, Some(handle)) => Route::Overwrite { handle },
                _ => Route::read(method, handle),
            };
        }
        if let Some(location) = path.strip_prefix("api/store/").filter(|rest| !rest.contains('/')) {
            return match method {
                &Method::POST => Route::StoreApi { location: decode(location) },
                _ => Route::Unknown,
            };
        }
        if path.starts_with("api/") {
            return Route::Unknown;
        }
        if path == "process" && method == Method::POST {
            return Route::ProcessJson;
        }
        if path == "prefetch" && method == Method::POST {
            return Route::Prefetch;
        }
        // One SDK asks for metadata under this path on the CDN (5.2).
        let path = path.strip_prefix("file/").unwrap_or(path);
        Route::read(method, path)
    }

    fn read(method: &Method, path: &str) -> Route {
        let reads = method == Method::GET || method == Method::HEAD;
        // Several SDKs post what makes something new.
        if !reads && method != Method::POST {
            return Route::Unknown;
        }
        if let Some(rest) = path.strip_suffix("/metadata").filter(|rest| reads && !rest.contains("://")) {
            return parse(rest).map_or(Route::Unknown, Route::Metadata);
        }
        match parse(path) {
            Some(chain) if reads && chain.has(&["metadata"]) && !chain.has(&["debug"]) => {
                Route::Metadata(chain)
            }
            Some(chain) if reads && chain.is_plain() && !chain.source.contains("://") => {
                Route::Deliver(chain)
            }
            Some(chain) if reads || !chain.is_plain() => Route::Process(chain),
            _ => Route::Unknown,
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
            Route::Process(chain) if chain.has(&["run_workflow", "workflow_status"]) => Class::Workflow,
            Route::Process(chain) if chain.has(&["video_convert", "video_playlist"]) => Class::Av,
            Route::Process(chain) if chain.has(&["store"]) => Class::Store,
            Route::Process(chain) if chain.has(&["zip"]) => Class::Zip,
            Route::Process(chain) if chain.is_plain() => Class::Deliver,
            Route::Process(_) => Class::Transform,
            Route::ProcessJson => Class::Process,
            Route::Overwrite { .. } => Class::Overwrite,
            Route::StoreApi { .. } => Class::StoreApi,
            Route::Delete { .. } => Class::Delete,
            Route::Flip(place) => place.class(),
            Route::Prefetch | Route::Preflight | Route::Unknown => Class::Other,
        }
    }

    /// Whether the body is the file itself, or a form with it: it may be large, and is not for the journal.
    pub(crate) fn takes_file(&self) -> bool {
        matches!(self, Route::Overwrite { .. } | Route::StoreApi { .. })
    }

    /// Whether the body may be a form in place of JSON.
    pub(crate) fn takes_form(&self) -> bool {
        matches!(self, Route::Start | Route::Upload | Route::Commit | Route::Complete)
    }

    /// The file that is asked for, where the path names one.
    pub(crate) fn handle(&self) -> Option<&str> {
        match self {
            Route::Deliver(chain) | Route::Metadata(chain) | Route::Process(chain) => Some(&chain.source),
            Route::Overwrite { handle } | Route::Delete { handle } => Some(handle),
            _ => None,
        }
    }
}

/// A chain whose handle is without its ending: `{handle}+jpg` is for those who look at the URL (5.1).
fn parse(path: &str) -> Option<Chain> {
    let mut chain = Chain::parse(path)?;
    let is_handle = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if let Some((handle, _)) = chain.source.split_once('+').filter(|(handle, _)| is_handle(handle)) {
        chain.source = handle.to_owned();
    }
    Some(chain)
}
