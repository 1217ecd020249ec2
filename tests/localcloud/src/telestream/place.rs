//! Which part of Flip a path belongs to.

use hyper::Method;
use hyper::header::{CONTENT_RANGE, HeaderMap};

use super::call::Version;
use crate::fault::Class;
use crate::query::decode;

/// Where upload sessions are; who has the URL may use it.
pub(crate) const SESSION: &str = "upload/session";

pub(crate) enum Place {
    /// The path is without version and percent-encoding: so it is signed. What does not begin with a slash
    /// leads nowhere.
    Api {
        version: Version,
        path: String,
        /// It asks for an upload session.
        opens: bool,
    },
    Session(Step),
    Output {
        factory: String,
        name: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Part,
    Range,
    /// `GET`, or a range without bytes.
    Missing,
    Abort,
}

impl Place {
    pub(crate) fn of(method: &Method, path: &str, headers: &HeaderMap) -> Option<Place> {
        if path == SESSION {
            return step(method, headers).map(Place::Session);
        }
        if let Some(rest) = path.strip_prefix("flip-output/") {
            let (factory, name) = rest.split_once('/')?;
            let reads = method == Method::GET || method == Method::HEAD;
            return reads.then(|| Place::Output { factory: factory.to_owned(), name: decode(name) });
        }
        let versions = [("v3.0", Version::V30), ("flip/3.1", Version::V31)];
        versions.into_iter().find_map(|(prefix, version)| {
            let rest = path.strip_prefix(prefix)?;
            let path = decode(rest);
            let opens = method == Method::POST && path.trim_matches('/') == "videos/upload.json";
            Some(Place::Api { version, path, opens })
        })
    }

    pub(crate) fn class(&self) -> Class {
        match self {
            Place::Api { opens: true, .. } => Class::FlipSession,
            Place::Api { .. } => Class::FlipApi,
            Place::Session(Step::Part) => Class::FlipPart,
            Place::Session(Step::Range) => Class::FlipRange,
            Place::Session(Step::Missing) => Class::FlipMissing,
            Place::Session(Step::Abort) => Class::FlipAbort,
            Place::Output { .. } => Class::FlipOutput,
        }
    }
}

fn step(method: &Method, headers: &HeaderMap) -> Option<Step> {
    let range = headers.get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
    Some(match method.as_str() {
        "GET" => Step::Missing,
        "DELETE" => Step::Abort,
        "PUT" | "POST" if headers.contains_key("x-part") => Step::Part,
        "PUT" | "POST" if range.is_some_and(|range| range.trim_start().starts_with("bytes */")) => {
            Step::Missing
        }
        "PUT" | "POST" => Step::Range,
        _ => return None,
    })
}
