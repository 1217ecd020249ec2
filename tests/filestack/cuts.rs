//! A text is cleaned before it is cut: no cut leaves a piece of a secret.

use std::sync::{Arc, Mutex};

use ferry::error::Error;
use ferry::filestack::{Client, ClientOptions, Filelink, Security, av, store};
use ferry::http::{Connection, EventHandler};
use ferry::transfer::source::Source;
use serde_json::json;

use super::calls::{chain, options};
use super::server::{Reply, Server};
use super::{APIKEY, HANDLE, SIGNATURE, client, policy_b64, security, support};

/// A shorter piece of a secret stands in any text.
const PIECE: usize = 8;

fn assert_no_piece(case: &str, text: &str, secret: &str) {
    for start in 0..=secret.len() - PIECE {
        let piece = &secret[start..start + PIECE];
        assert!(!text.contains(piece), "{case}: {piece} is left of {secret}:\n{text}");
    }
}

fn assert_hidden(case: &str, error: &Error) {
    for secret in [SIGNATURE, &policy_b64()] {
        assert_no_piece(case, error.message(), secret);
        assert_no_piece(case, error.body(), secret);
    }
}

#[test]
fn a_handle_or_a_size_that_is_a_secret_is_not_shown() {
    for (at, said) in [format!("!{SIGNATURE}"), format!("{}=", policy_b64())].into_iter().enumerate() {
        let server = Server::start(move |_| Reply::json(200, &json!({ "handle": said }).to_string()));
        let error =
            store::upload_url(&client(&server.url(), 0), "https://h.example.com/a", Default::default(), None);
        assert_hidden(&format!("handle {at}"), &error.expect_err("no handle"));
    }
    let server = Server::start(|_| Reply::json(200, &json!({ "size": SIGNATURE }).to_string()));
    let link = Filelink::new(&client(&server.url(), 0), HANDLE).expect("a filelink");
    let error = link.overwrite(&Source::Bytes(b"hello"), "a", &options(), None).expect_err("no size");
    assert!(error.message().contains("stored a text of 64 characters bytes"), "{error}");
    assert_hidden("size", &error);
}

#[test]
fn a_long_address_of_a_redirect_hides_what_it_holds() {
    for after in (1900..2048).step_by(10) {
        let server = Server::start(move |_| {
            let to = format!("ftp://h/{}{SIGNATURE}{}", "x".repeat(4000), "y".repeat(after));
            Reply::Answer(302, format!("location: {to}\r\n"), Vec::new())
        });
        let link = Filelink::new(&client(&server.url(), 0), HANDLE).expect("a filelink");
        assert_hidden("redirect", &link.content(&options(), None).expect_err("ftp"));
    }
}

#[test]
fn a_long_reason_of_a_conversion_hides_what_it_holds() {
    for before in (0..150).step_by(15) {
        let begun = Mutex::new(false);
        let server = Server::start(move |_| {
            let mut begun = begun.lock().expect("the flag");
            if !std::mem::replace(&mut *begun, true) {
                return Reply::json(200, r#"{"uuid":"u","timestamp":1,"status":"started","data":{}}"#);
            }
            let element = security().url_element().to_owned();
            let message = format!("{}cannot fetch https://h/{element}/{HANDLE}: timeout", "x".repeat(before));
            Reply::json(200, &json!({"status": "failed", "message": message}).to_string())
        });
        let job = av::convert(&client(&server.url(), 0), &chain(), None, &options(), None).expect("a job");
        assert_hidden("conversion", &job.wait(&options(), None).expect_err("failed"));
        assert_hidden("conversion", &job.filelink().expect_err("failed"));
    }
}

#[test]
fn an_id_of_a_request_that_is_a_secret_is_not_told() {
    let ids = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&ids);
    let handler = EventHandler::new(move |event| log.lock().expect("the log").push(event.request_id.clone()));
    let server = Server::start(|_| {
        let id = format!("{}{SIGNATURE}", "r".repeat(200));
        Reply::Answer(403, format!("x-request-id: {id}\r\n"), b"no".to_vec())
    });
    let options_of_client = ClientOptions {
        base_url: Some(server.url()),
        security: Some(security()),
        connection: Connection { max_retries: 0, on_event: Some(handler), ..support::of_few_tries() },
        ..Default::default()
    };
    let client = Client::new(APIKEY, options_of_client).expect("a client");
    let _ = Filelink::new(&client, HANDLE).expect("a filelink").content(&options(), None).expect_err("403");
    let ids = ids.lock().expect("the log");
    assert!(ids.iter().any(|id| id.starts_with("rrrr")), "{ids:?}");
    ids.iter().for_each(|id| assert_no_piece("request id", id, SIGNATURE));
}

/// A filelink that somebody else has signed, as a source.
#[test]
fn the_signature_of_a_foreign_address_is_hidden() {
    let policy = r#"{"expiry":4102444800,"call":["read"]}"#;
    let other = Security::new(policy, "ANOTHER-SECRET").expect("a policy");
    let source = format!("https://cdn.filestackcontent.com/{}/{HANDLE}", other.url_element());
    let echo = source.clone();
    for body in ["no".to_owned(), format!("cannot fetch {echo}")] {
        let server = Server::start(move |_| Reply::Answer(400, String::new(), body.clone().into_bytes()));
        let client = client(&server.url(), 0);
        let link = Filelink::new(&client, HANDLE).expect("a filelink");
        for (case, error) in [
            ("store", store::upload_url(&client, &source, Default::default(), None).map(drop)),
            ("overwrite", link.overwrite_url(&source, false, &options(), None).map(drop)),
        ] {
            let error = error.expect_err("400");
            assert_no_piece(case, error.message(), other.signature());
            assert_no_piece(case, error.body(), other.signature());
        }
    }
}
