//! What callers give is bounded and checked before anything is sent.

use std::time::{Duration, Instant};

use ferry::error::{Error, ErrorKind};
use ferry::filestack::store::StoreOptions;
use ferry::filestack::transform::{Transform, TransformSource};
use ferry::filestack::{Filelink, Security, UploadOptions, processing, store, workflow, zip};

use super::{HANDLE, client};

/// Nothing listens there: whatever is sent fails otherwise.
const NOWHERE: &str = "http://127.0.0.1:1";

fn assert_refused(case: &str, began: Instant, error: &Error) {
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{case}: {error}");
    assert!(error.message().len() < 4096, "{case}: the message has {} bytes", error.message().len());
    // It took 16 to 60 s of CPU.
    assert!(began.elapsed() < Duration::from_secs(2), "{case}: {:?}", began.elapsed());
}

#[test]
fn huge_arguments_are_refused_at_once() {
    let api = client(NOWHERE, 0);
    let huge = "x".repeat(10 << 20);
    let commas = "x,".repeat(5 << 20);
    let new = || Transform::new(TransformSource::parse(HANDLE).expect("a handle"));
    type Refusal<'a> = Box<dyn Fn() -> Error + 'a>;
    let cases: Vec<(&str, Refusal<'_>)> = vec![
        ("task", Box::new(|| new().add(&huge, None).expect_err("refused"))),
        ("task in JSON", Box::new(|| new().add_json(&huge, None).expect_err("refused"))),
        ("parameter", Box::new(|| new().add("resize", Some(&format!("{huge}:1"))).expect_err("refused"))),
        ("value", Box::new(|| new().add("resize", Some(&format!("width:{huge}"))).expect_err("refused"))),
        (
            "text",
            Box::new(|| {
                let params = format!(r#"{{"text":"{huge}"}}"#);
                new().add_json("text_sentiment", Some(&params)).expect_err("refused")
            }),
        ),
        ("raw", Box::new(|| new().add_raw(&huge).expect_err("refused"))),
        ("source", Box::new(|| TransformSource::parse(&format!("https://{huge}")).expect_err("refused"))),
        ("handle", Box::new(|| Filelink::new(&api, &huge).expect_err("refused"))),
        (
            "attributes",
            Box::new(|| {
                let link = Filelink::new(&api, HANDLE).expect("a filelink");
                link.metadata(Some(&huge), &Default::default(), None).expect_err("refused")
            }),
        ),
        (
            "many attributes",
            Box::new(|| {
                let link = Filelink::new(&api, HANDLE).expect("a filelink");
                link.metadata(Some(&commas), &Default::default(), None).expect_err("refused")
            }),
        ),
        (
            "url",
            Box::new(|| {
                let url = format!("https://{huge}");
                store::upload_url(&api, &url, UploadOptions::default(), None).expect_err("refused")
            }),
        ),
    ];
    for (name, case) in cases {
        let began = Instant::now();
        assert_refused(name, began, &case());
    }
}

#[test]
fn a_chain_is_bounded_and_stays_what_it_was() {
    let mut chain = Transform::new(TransformSource::parse(HANDLE).expect("a handle"));
    let params = format!(r#"{{"text":"{}"}}"#, "x".repeat(60_000));
    let before = loop {
        let before = chain.url("https://cdn", "KEY");
        match chain.add_json("text_sentiment", Some(&params)) {
            Ok(()) => assert!(before.len() < 2 << 20, "it has no bound"),
            Err(error) => {
                assert!(error.message().contains("1 MiB"), "{error}");
                break before;
            }
        }
    };
    assert_eq!(chain.url("https://cdn", "KEY"), before);
}

#[test]
fn an_error_about_an_argument_shows_no_address_that_is_a_credential() {
    let mut chain = Transform::new(TransformSource::parse(HANDLE).expect("a handle"));
    let secret = "ftp://user77:hunter2@files.example.com/x?token=t0ken-Value";
    let json = serde_json::json!({ "file": secret }).to_string();
    for error in [
        TransformSource::parse(secret).expect_err("refused"),
        chain.add_json("watermark", Some(&json)).expect_err("refused"),
        chain.add("watermark", Some(&format!("file:\"{secret}\""))).expect_err("refused"),
        chain.add_raw(&format!("watermark=file:{secret}")).expect_err("refused"),
        chain.add_raw(secret).expect_err("refused"),
        chain.add(secret, None).expect_err("refused"),
        store::upload_url(&client(NOWHERE, 0), secret, UploadOptions::default(), None).expect_err("refused"),
    ] {
        for needle in ["user77", "hunter2", "t0ken-Value"] {
            assert!(!error.message().contains(needle), "{error}");
        }
    }
}

#[test]
fn a_policy_in_milliseconds_is_refused() {
    let error = Security::new(r#"{"expiry":1767225600000}"#, "s").expect_err("milliseconds");
    assert!(error.message().contains("milliseconds"), "{error}");
    Security::new(r#"{"expiry":1767225600}"#, "s").expect("seconds");
    // The vendor's own examples use the year 9999.
    Security::new(r#"{"expiry":253381964415}"#, "s").expect("far away, but seconds");
    Security::unchecked(r#"{"expiry":1767225600000}"#, "s").expect("not checked");
}

#[test]
fn a_policy_that_no_size_passes_is_refused() {
    let error =
        Security::new(r#"{"expiry":1767225600,"minSize":11,"maxSize":10}"#, "s").expect_err("no size");
    assert!(error.message().contains("minSize") && error.message().contains("maxSize"), "{error}");
    Security::new(r#"{"expiry":1767225600,"minSize":10,"maxSize":10}"#, "s").expect("one size");
}

/// What clients fold out of a path would let an argument do other tasks, under another key.
#[test]
fn dots_alone_between_slashes_stand_in_no_address() {
    let api = client(NOWHERE, 0);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.zip");
    let path = path.to_str().expect("UTF-8");
    let refused = |case: &str, error: Error, advice: &str| {
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{case}: {error}");
        assert!(error.message().contains(advice), "{case}: {error}");
        assert!(!error.message().contains("t0ken"), "{case}: {error}");
    };
    let (options, base64) = (Default::default(), "ferry_transform_base64_url");
    for source in [
        "http://x/../../../blur=amount:20/sm9IEXAMPLEQuzfJykmA",
        "src://alias/../../../OTHERKEY/x",
        "https://x/%2e%2E/y?t0ken=1",
        "https://x/a//b/./c",
        "https://x/a/..",
        "https://x/%2E",
    ] {
        let chain = Transform::new(TransformSource::parse(source).expect(source));
        refused(source, processing::content(&api, &chain, &options, None).expect_err(source), base64);
    }
    let zipped = zip::download(&api, &[HANDLE, "https://x/../y"], path, &options, None);
    refused("zip", zipped.expect_err("refused"), base64);
    let mut chain = Transform::new(TransformSource::parse(HANDLE).expect("a handle"));
    let stored = StoreOptions { filename: Some("a/../../blur=amount:20/b".into()), ..Default::default() };
    refused("store", processing::store(&api, &chain, &stored, None).expect_err("refused"), base64);
    chain.add_raw("new_task=k:\"a/./b\"").expect("an element");
    refused("raw", processing::json(&api, &chain, &options, None).expect_err("refused"), base64);
    for id in ["w/../../blur=amount:20/x", "a/..", "../x", "a/%2e%2e/b", "."] {
        refused(id, workflow::run(&api, id, HANDLE, &options, None).expect_err(id), "workflow_id");
        refused(id, workflow::status(&api, id, &options, None).expect_err(id), "job_id");
    }
    for source in ["https://x/.well-known/y", "https://x/..a/b", "https://x/a..b/...", "https://x/%2e%2ea"] {
        let chain = Transform::new(TransformSource::parse(source).expect(source));
        let error = processing::content(&api, &chain, &options, None).expect_err("nobody listens");
        assert_eq!(error.kind(), ErrorKind::Network, "{source}: {error}");
    }
}

/// The service would refuse every call, or let every file pass.
#[test]
fn a_policy_with_a_broken_pattern_is_refused() {
    for key in ["url", "path", "container"] {
        let policy = |pattern: &str| serde_json::json!({"expiry": 1767225600, key: pattern}).to_string();
        for broken in ["(", "[a", "*", "a)(b", "x{2,1}", "a\\"] {
            let error = Security::new(&policy(broken), "s").expect_err(broken);
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{broken}: {error}");
            assert!(
                error.message().contains(&format!("the policy's {key} is no pattern")),
                "{broken}: {error}"
            );
            Security::unchecked(&policy(broken), "s").expect("not checked");
        }
        // Whether the service takes these cannot be known here.
        for other in ["^/a(?!b)", "(?<=x)y", "(a)\\1", "\\p{L}+", "a{100000}", "", "https://x/.*"] {
            Security::new(&policy(other), "s").expect(other);
        }
    }
    // A handle is compared, and is no pattern.
    Security::new(r#"{"expiry":1767225600,"handle":"("}"#, "s").expect("a text");
}
