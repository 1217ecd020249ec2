//! No error shows a secret, whatever comes back.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE};
use ferry::error::{Error, ErrorKind};
use ferry::filestack::{Intelligent, av};

use super::calls::{CALLS, upload};
use super::server::{Reply, Seen, Server};
use super::support::nobody;
use super::{NEEDLES, client, uploads};

/// All of the request in every form in which a service may repeat it, as a refusal.
fn echo(seen: &Seen) -> Reply {
    let body = String::from_utf8_lossy(&seen.body);
    let plain = format!("{} {}\n{}\n{body}", seen.method, seen.target, seen.head);
    let upper: String = plain.bytes().map(|byte| percent(byte, true)).collect();
    let lower: String = plain.bytes().map(|byte| percent(byte, false)).collect();
    let decoded = percent_decoded(&plain);
    let (standard, url_safe) = (STANDARD.encode(&plain), URL_SAFE.encode(&plain));
    let hexadecimal: String = plain.bytes().map(|byte| format!("{byte:02x}")).collect();
    let (capitals, small) = (plain.to_uppercase(), plain.to_lowercase());
    let all = [plain, upper, lower, decoded, standard, url_safe, hexadecimal, capitals, small].join("\n");
    Reply::Answer(403, "content-type: text/plain\r\n".into(), all.into_bytes())
}

fn percent(byte: u8, upper: bool) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ if upper => format!("%{byte:02X}"),
        _ => format!("%{byte:02x}"),
    }
}

fn percent_decoded(text: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| byte == b'%') {
            Some(decoded) => {
                out.push(decoded);
                rest = &after[2..];
            }
            None => {
                out.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What the runs of base64 in a text stand for, wherever they begin.
fn base64_decoded(text: &str) -> Vec<String> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&alphabet::STANDARD, config);
    let text = text.replace('-', "+").replace('_', "/");
    let is_run = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
    let runs = text.split(|c| !is_run(c)).filter(|run| run.len() >= 12);
    runs.flat_map(|run| (0..4).map(move |offset| &run[offset..]))
        .filter_map(|run| engine.decode(&run[..run.len() - run.len() % 4]).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}

/// What the runs of hexadecimal digits in a text stand for.
fn hexadecimal_decoded(text: &str) -> String {
    let runs = text.split(|c: char| !c.is_ascii_hexdigit()).filter(|run| run.len() >= 12);
    let digits = runs.flat_map(|run| [run, run.get(1..).unwrap_or_default()]);
    let bytes = digits.flat_map(|run| {
        run.as_bytes()
            .chunks_exact(2)
            .filter_map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok())
    });
    String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
}

/// Panics if a secret is in a text, decoded as often as can be.
fn assert_clean(case: &str, what: &str, text: &str) {
    let once = percent_decoded(text);
    let twice = percent_decoded(&once);
    let mut forms = vec![text.to_owned(), once, twice];
    let hidden: Vec<String> = forms.iter().flat_map(|form| base64_decoded(form)).collect();
    forms.extend(hidden.iter().map(|form| percent_decoded(&percent_decoded(form))));
    forms.extend(hidden);
    forms.push(hexadecimal_decoded(text));
    for form in forms.iter().map(|form| form.to_lowercase()) {
        for needle in NEEDLES.iter().map(|needle| (*needle).to_owned()).chain([super::policy_b64()]) {
            // A text in base64 may have lost a byte at either end to the one beside it.
            let needle = needle.trim_end_matches('=').to_lowercase();
            assert!(!form.contains(&needle), "{case}: the {what} shows {needle}:\n{form}");
        }
    }
}

fn assert_error_is_clean(case: &str, error: &Error) {
    assert_clean(case, "message", error.message());
    assert_clean(case, "body", error.body());
    assert_clean(case, "debug text", &format!("{error:?}"));
    assert!(error.message().len() < 2000, "{case}: {error}");
}

#[test]
fn no_error_shows_what_a_service_echoes() {
    let server = Server::start(echo);
    let client = client(&server.url(), 0);
    for (name, _, call) in CALLS {
        let error = call(&client).expect_err(name);
        assert_eq!(error.http_status(), 403, "{name}: {error}");
        assert!(error.body().contains("***"), "{name}: nothing was echoed: {}", error.body());
        assert_error_is_clean(name, &error);
    }
}

#[test]
fn no_error_shows_the_address_that_could_not_be_reached() {
    let (_taken, nobody) = nobody();
    let client = client(&format!("http://{nobody}"), 0);
    for (name, _, call) in CALLS {
        let error = call(&client).expect_err(name);
        assert!(error.message().contains("127.0.0.1"), "{name}: {error}");
        assert_error_is_clean(name, &error);
    }
}

#[test]
fn no_error_of_an_upload_shows_what_any_step_echoes() {
    for refused in ["start", "upload", "put", "commit", "complete"] {
        let server = uploads::service(move |step, seen| (step == refused).then(|| echo(seen)));
        let client = client(&server.url(), 0);
        let mode = if refused == "commit" { Intelligent::On } else { Intelligent::Off };
        let error = upload(&client, mode).expect_err(refused);
        assert_eq!((error.http_status(), error.step()), (403, refused), "{error}");
        assert!(error.body().contains("***"), "{refused}: nothing was echoed: {}", error.body());
        assert_error_is_clean(refused, &error);
    }
}

/// An answer with upload addresses that cannot be used has credentials, wherever they stand in it.
#[test]
fn no_error_about_an_upload_address_shows_a_credential() {
    const WORDS: &str = "words of the service";
    let headers =
        r#"{"Authorization":"AWS4 Credential=hush1/x, Signature=hush2","x-amz-security-token":"hush3"}"#;
    let url = r#""http://hush4:hush5@127.0.0.1/hush6?uploadId=hush7&X-Amz-Signature=hush8""#;
    for (body, is_told) in [
        (format!(r#"{{"message":"{WORDS}","code":7,"url":5,"headers":{headers}}}"#), true),
        (format!(r#"{{"message":"{WORDS}","url":{url}}}"#), true),
        (format!(r#"{{"message":"see {}","url":{url}}}"#, url.trim_matches('"')), false),
        (format!(r#"{{"url":{url},"headers":{{"Authorization":5,"hush9":"hush9"}}}}"#), false),
        (format!(r#"{{"url":{url},"headers":{{"Bad: hush9":"x"}}}}"#), false),
        (format!(r#"{{"url":"ftp://hush4:hush5@127.0.0.1/x?uploadId=hush7","headers":{headers}}}"#), false),
        (format!(r#"{{"url":"http://hush4:hush5@127.0.0.1:99999/","headers":{headers}}}"#), false),
        (format!(r#"{{"url":{url},"headers":{headers}"#), false),
        (format!(r#"[{url},{headers}]"#), false),
        (url.to_owned(), false),
    ] {
        let answer = body.clone();
        let server = uploads::service(move |step, _| (step == "upload").then(|| Reply::json(200, &answer)));
        let error = upload(&client(&server.url(), 0), Intelligent::Off).expect_err(&body);
        assert_eq!((error.kind(), error.step()), (ErrorKind::Protocol, "upload"), "{body}: {error}");
        let shown = format!("{error} {error:?} {}", error.body());
        assert!(!shown.contains("hush"), "{body}: {shown}");
        assert_eq!(error.body().contains(WORDS), is_told, "{body}: {}", error.body());
    }
}

/// A success that is not what it should be is an error too, with the answer as its body.
#[test]
fn no_error_about_a_strange_success_shows_a_secret() {
    let server = Server::start(|seen| match echo(seen) {
        Reply::Answer(_, headers, body) => {
            let text = String::from_utf8_lossy(&body).into_owned();
            Reply::Answer(200, headers, serde_json::json!({ "echo": text }).to_string().into_bytes())
        }
        lost => lost,
    });
    let client = client(&server.url(), 0);
    let mut failed = Vec::new();
    for (name, _, call) in CALLS {
        if let Err(error) = call(&client) {
            assert!(error.body().contains("***"), "{name}: nothing was echoed: {}", error.body());
            assert_error_is_clean(name, &error);
            failed.push(*name);
        }
    }
    // The others give a program what comes, whatever it is.
    let expected = [
        "filelink overwrite",
        "upload_url",
        "transform store",
        "av_convert",
        "av_convert with force",
        "workflow run",
        "upload",
        "upload in one request",
        "intelligent upload",
    ];
    assert_eq!(failed, expected);
}

#[test]
fn no_error_of_a_job_shows_what_a_service_echoes() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let server = Server::start(|seen| match ASKED.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::json(200, r#"{"uuid":"u","timestamp":1,"status":"started","data":{}}"#),
        3 => match echo(seen) {
            Reply::Answer(_, headers, body) => {
                let text = String::from_utf8_lossy(&body).into_owned();
                let failed = serde_json::json!({"status": "failed", "message": text});
                Reply::Answer(200, headers, failed.to_string().into_bytes())
            }
            lost => lost,
        },
        _ => echo(seen),
    });
    let client = client(&server.url(), 0);
    let options = super::calls::options();
    let job = av::convert(&client, &super::calls::chain(), None, &options, None).expect("a job");
    assert_error_is_clean("status", &job.status(&options, None).expect_err("403"));
    assert_error_is_clean("wait", &job.wait(&options, None).expect_err("403"));
    assert_error_is_clean("wait for what fails", &job.wait(&options, None).expect_err("failed"));
    let error = job.filelink().expect_err("failed");
    assert!(error.message().contains("the conversion has failed"), "{error}");
    assert_error_is_clean("filelink", &error);
}

#[test]
fn debug_texts_show_no_secret() {
    let server =
        Server::start(|_| Reply::json(200, r#"{"uuid":"u","timestamp":1,"status":"started","data":{}}"#));
    let client = client(&server.url(), 0);
    let chain = super::calls::chain();
    let conversion = av::convert(&client, &chain, None, &super::calls::options(), None).expect("a job");
    let upload = ferry::filestack::Upload::new(
        &client,
        ferry::transfer::source::Source::Bytes(b"x"),
        None,
        Default::default(),
    );
    let security = super::security();
    for (name, text) in [
        ("client", format!("{client:?}")),
        ("conversion", format!("{conversion:?}")),
        ("chain", format!("{chain:?}")),
        ("upload", format!("{:?}", upload.expect("an upload"))),
        ("security", format!("{security:?}").replace(&format!("{:?}", super::POLICY), "")),
    ] {
        assert_clean(name, "debug text", &text);
    }
}
