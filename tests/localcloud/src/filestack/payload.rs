//! A request whose body is a file, a form with one, or the URL of one (4.3, 5.5).

use bytes::Bytes;
use hyper::StatusCode;

use super::deposit::Content;
use super::policy::Deed;
use crate::form::{self, Field};
use crate::query::{self, Query};
use crate::reply::{self, Step, refuse_text};
use crate::state::State;

pub(crate) struct Payload<'a> {
    pub(crate) query: &'a Query,
    pub(crate) mimetype: &'a str,
    pub(crate) body: Bytes,
}

impl Payload<'_> {
    /// Where to fetch the bytes, if the body is not the bytes.
    pub(super) fn url(&self) -> Option<String> {
        if let Some(url) = self.query.get("url") {
            return Some(url.to_owned());
        }
        form::texts(self.mimetype, &self.body)?.get("url").map(str::to_owned)
    }

    /// The body, or the field `fileUpload` of a form. Name and type are empty where nothing says them.
    pub(super) fn file(&self) -> Step<Content> {
        if !self.mimetype.starts_with("multipart/form-data") {
            if self.body.is_empty() {
                return refuse_text(StatusCode::BAD_REQUEST, "there is no file in the request");
            }
            let (filename, mimetype) = (String::new(), self.mimetype.to_owned());
            return Ok(Content { bytes: self.body.clone(), filename, mimetype });
        }
        let fields = form::boundary(self.mimetype).and_then(|boundary| form::fields(&self.body, boundary));
        match fields.into_iter().flatten().find(|field| field.name == "fileUpload") {
            Some(Field { bytes, filename, mimetype, .. }) => {
                Ok(Content { bytes, filename: filename.unwrap_or_default(), mimetype })
            }
            None => refuse_text(StatusCode::BAD_REQUEST, "the form has no field `fileUpload`"),
        }
    }

    pub(super) fn authorise(&self, state: &State, deed: &Deed<'_>) -> Step<()> {
        let given = (self.query.get("policy").unwrap_or(""), self.query.get("signature").unwrap_or(""));
        match state.account.authorise(Some(given), deed) {
            Ok(_) => Ok(()),
            Err(refused) => Err(Box::new(reply::secured(refused.reason()))),
        }
    }
}

/// What is at a URL, and its name there.
pub(super) async fn fetched(state: &State, url: &str) -> Step<Content> {
    let fetched = match state.fetcher.get(url, &[]).await {
        Ok(fetched) => fetched,
        Err(reason) => {
            return refuse_text(StatusCode::BAD_GATEWAY, format!("the source cannot be fetched: {reason}"));
        }
    };
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let filename = query::decode(path.rsplit('/').next().unwrap_or(""));
    Ok(Content { bytes: fetched.body, filename, mimetype: fetched.mimetype.unwrap_or_default() })
}
