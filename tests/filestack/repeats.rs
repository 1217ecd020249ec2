//! What a lost answer does: a call that makes something goes out once, any other as often as the client's
//! retries say.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::calls::{CALLS, ONCE, THRICE};
use super::client;
use super::server::{Reply, Server};

#[test]
fn a_call_that_makes_something_is_not_repeated_when_its_answer_is_lost() {
    for answer in ["lost", "503"] {
        let server = Server::start(move |_| match answer {
            "lost" => Reply::Lost,
            _ => Reply::Answer(503, "retry-after: 0\r\n".into(), Vec::new()),
        });
        let client = client(&server.url(), 2);
        for (name, times, call) in CALLS {
            server.forget();
            call(&client).expect_err(name);
            assert_eq!(server.seen().len(), *times, "{name}, {answer}");
        }
    }
}

#[test]
fn a_call_that_makes_something_says_why_it_is_not_repeated() {
    let server = Server::start(|_| Reply::Lost);
    let client = client(&server.url(), 2);
    for (name, times, call) in CALLS {
        let error = call(&client).expect_err(name);
        let says = error.message().contains("not repeated");
        assert_eq!((says, error.retryable()), (*times == ONCE, *times == THRICE), "{name}: {error}");
    }
}

/// 429 says that nothing was done.
#[test]
fn every_call_is_repeated_when_the_service_says_not_now() {
    let server = Server::start(|_| Reply::Answer(429, "retry-after: 0\r\n".into(), Vec::new()));
    let client = client(&server.url(), 2);
    for (name, _, call) in CALLS {
        server.forget();
        call(&client).expect_err(name);
        assert_eq!(server.seen().len(), THRICE, "{name}");
    }
}

#[test]
fn a_delete_whose_answer_was_lost_has_succeeded_when_the_file_is_gone() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let server = Server::start(|_| match ASKED.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::Lost,
        _ => Reply::Answer(404, String::new(), b"not found".to_vec()),
    });
    let client = client(&server.url(), 2);
    let link = ferry::filestack::Filelink::new(&client, super::HANDLE).expect("a filelink");
    link.delete(false, &super::calls::options(), None).expect("deleted");
    // The first answer to this one says that there is no such file.
    let error = link.delete(false, &super::calls::options(), None).expect_err("nothing to delete");
    assert_eq!(error.http_status(), 404, "{error}");
}
