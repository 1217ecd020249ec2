//! The page at `/_local/`: a few files that need nothing else, and no build.

use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

use crate::download::insert;
use crate::reply::{self, Reply};

/// It loads what it is made of from here, no script stands in it, and no other page can show it in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SCRIPT: &str = "text/javascript; charset=utf-8";
const FILES: [(&str, &str, &str); 11] = [
    ("", "text/html; charset=utf-8", include_str!("page/index.html")),
    ("page.css", "text/css; charset=utf-8", include_str!("page/page.css")),
    ("icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
    ("dom.js", SCRIPT, include_str!("page/dom.js")),
    ("faults.js", SCRIPT, include_str!("page/faults.js")),
    ("page.js", SCRIPT, include_str!("page/page.js")),
    ("parts.js", SCRIPT, include_str!("page/parts.js")),
    ("requests.js", SCRIPT, include_str!("page/requests.js")),
    ("section.js", SCRIPT, include_str!("page/section.js")),
    ("stream.js", SCRIPT, include_str!("page/stream.js")),
    ("studio.js", SCRIPT, include_str!("page/studio.js")),
];

/// `None`: no file of the page.
pub(crate) fn file(name: &str) -> Option<Reply> {
    let (_, mimetype, text) = FILES.iter().find(|(known, ..)| *known == name)?;
    let mut reply = reply::bytes(StatusCode::OK, mimetype, *text);
    insert(&mut reply, CONTENT_SECURITY_POLICY, POLICY);
    insert(&mut reply, CACHE_CONTROL, "no-store");
    harmless(&mut reply);
    Some(reply)
}

/// The browser takes it as what it is, and tells nobody where it was.
pub(crate) fn harmless(reply: &mut Reply) {
    insert(reply, X_CONTENT_TYPE_OPTIONS, "nosniff");
    insert(reply, REFERRER_POLICY, "no-referrer");
    insert(reply, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
}
