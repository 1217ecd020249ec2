//! Every function of the core that talks to the service.

use std::sync::Arc;

use ferry::error::Result;
use ferry::filestack::store::{self, StoreOptions};
use ferry::filestack::transform::{Transform, TransformSource};
use ferry::filestack::{
    Client, Filelink, Intelligent, RequestOptions, Upload, UploadOptions, av, processing, rest, workflow, zip,
};
use ferry::transfer::source::Source;

use super::{HANDLE, PATH_POLICY, PATH_SIGNATURE, SOURCE};

/// How often a call goes out when its answers are lost and two retries are allowed.
pub const ONCE: usize = 1;
pub const THRICE: usize = 3;

const REQUEST: &str = "/file/x?token=t0ken-Value_1%2F%2B%3D&user=user77";

type Run = fn(&Arc<Client>) -> Result<()>;

/// Each function: its name, how often it goes out when the answer is lost, and the call.
pub const CALLS: &[(&str, usize, Run)] = &[
    ("filelink download", THRICE, |client| link(client)?.download(&target(), &options(), None).map(drop)),
    ("filelink content", THRICE, |client| link(client)?.content(&options(), None).map(drop)),
    ("filelink metadata", THRICE, |client| link(client)?.metadata(None, &options(), None).map(drop)),
    ("filelink delete", THRICE, |client| link(client)?.delete(false, &options(), None)),
    ("filelink overwrite", THRICE, |client| {
        link(client)?.overwrite(&Source::Bytes(b"hello"), "a.txt", &options(), None).map(drop)
    }),
    ("filelink overwrite_url", ONCE, |client| {
        link(client)?.overwrite_url(SOURCE, false, &options(), None).map(drop)
    }),
    ("upload_url", ONCE, |client| {
        store::upload_url(client, SOURCE, UploadOptions::default(), None).map(drop)
    }),
    ("transform download", THRICE, |client| {
        processing::download(client, &chain(), &target(), &options(), None).map(drop)
    }),
    ("transform content", THRICE, |client| processing::content(client, &chain(), &options(), None).map(drop)),
    // A stream is final once a piece was handed over; before that it is as repeatable as the rest.
    ("transform stream", THRICE, |client| {
        processing::stream(client, &chain(), &options(), None, &mut |_| Ok(())).map(drop)
    }),
    ("transform json", THRICE, |client| processing::json(client, &chain(), &options(), None).map(drop)),
    ("transform json with a store task", ONCE, |client| {
        let mut chain = chain();
        chain.add("store", None)?;
        processing::json(client, &chain, &options(), None).map(drop)
    }),
    ("transform store", ONCE, |client| {
        processing::store(client, &chain(), &StoreOptions::default(), None).map(drop)
    }),
    // The same URL asks for the same job (specs/filestack.md 7.1) …
    ("av_convert", THRICE, |client| av::convert(client, &chain(), None, &options(), None).map(drop)),
    // … but for this parameter, which starts it anew.
    ("av_convert with force", ONCE, |client| {
        av::convert(client, &chain(), Some(r#"{"force":true}"#), &options(), None).map(drop)
    }),
    ("zip", THRICE, |client| zip::download(client, &[HANDLE, SOURCE], &target(), &options(), None).map(drop)),
    ("workflow run", ONCE, |client| workflow::run(client, "workflow-1", SOURCE, &options(), None).map(drop)),
    ("workflow status", THRICE, |client| workflow::status(client, "job-1", &options(), None).map(drop)),
    ("request", THRICE, |client| rest::request(client, "GET", REQUEST, None, &options(), None).map(drop)),
    ("request of a signed path", THRICE, |client| {
        let target = format!("/security=policy:{PATH_POLICY},signature:{PATH_SIGNATURE}/{HANDLE}");
        rest::request(client, "GET", &target, None, &options(), None).map(drop)
    }),
    ("request that posts", ONCE, |client| {
        let body = serde_json::json!({"apikey": client.apikey(), "sources": [SOURCE]}).to_string();
        rest::request(client, "POST", REQUEST, Some(&body), &options(), None).map(drop)
    }),
    ("upload", THRICE, |client| upload(client, Intelligent::Off)),
    ("upload in one request", ONCE, single),
    ("intelligent upload", THRICE, |client| upload(client, Intelligent::On)),
];

pub fn options() -> RequestOptions {
    RequestOptions::default()
}

fn link(client: &Arc<Client>) -> Result<Filelink> {
    Filelink::new(client, HANDLE)
}

/// A chain whose source and whose watermark are addresses that are credentials.
pub fn chain() -> Transform {
    let mut chain = Transform::new(TransformSource::parse(SOURCE).expect("a source"));
    chain.add("resize", Some("width:5")).expect("resize");
    let params = serde_json::json!({ "file": SOURCE }).to_string();
    chain.add_json("watermark", Some(&params)).expect("watermark");
    chain
}

pub fn upload(client: &Arc<Client>, intelligent: Intelligent) -> Result<()> {
    let options = UploadOptions { intelligent, ..Default::default() };
    Upload::new(client, Source::Bytes(b"some bytes"), Some("a.txt"), options)?.run(None)
}

/// An upload in one request.
pub fn single(client: &Arc<Client>) -> Result<()> {
    let options = UploadOptions { single_request: true, ..Default::default() };
    Upload::new(client, Source::Bytes(b"some bytes"), Some("a.txt"), options)?.run(None)
}

fn target() -> String {
    let name = format!("ferry-filestack-{}-{:?}", std::process::id(), std::thread::current().id());
    std::env::temp_dir().join(name).to_string_lossy().into_owned()
}
