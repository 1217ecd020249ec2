//! What a cut answer becomes: gone on with, begun anew, or an error.

use std::sync::Arc;

use ferry::error::ErrorKind;
use ferry::filestack::{RequestOptions, processing};
use serde_json::json;

use super::server::{Asked, FileServer, Log, Reply};
use super::support::{TestCloud, noise};
use super::{chain, client, to_file, to_memory, to_stream};

const LENGTH: usize = 300_000;
const CUT: usize = 100_000;

fn served(
    data: &[u8],
    answer: impl Fn(&Asked, &[u8], &Arc<Log>) -> Reply + Send + Sync + 'static,
) -> FileServer {
    let data = data.to_vec();
    FileServer::start(move |asked, log| answer(asked, &data, log))
}

/// The three ways to receive a file, each from a server of its own. A stream that failed has given the bytes
/// before the failure.
fn each_way(
    data: &[u8],
    max_retries: u32,
    answer: impl Fn(&Asked, &[u8], &Arc<Log>) -> Reply + Copy + Send + Sync + 'static,
    check: impl Fn(&str, ferry::error::Result<Vec<u8>>, &FileServer),
) {
    let start = || served(data, answer);
    let server = start();
    check("file", to_file(&client(&server.url, max_retries), None), &server);
    let server = start();
    check("memory", to_memory(&client(&server.url, max_retries)), &server);
    let server = start();
    let (given, result) = to_stream(&client(&server.url, max_retries));
    let prefix = result.as_ref().err().map_or(given.len(), |_| given.len().min(data.len()));
    assert!(given[..prefix] == data[..prefix], "a stream has no byte twice and none of another version");
    check("stream", result.map(|_| given), &server);
}

fn some(range: &str) -> Option<String> {
    Some(range.to_owned())
}

/// The end of the connection is the end of a body without a length: such a range may have too few bytes, too.
#[test]
fn a_cut_answer_is_gone_on_with_where_it_was() {
    let data = noise(LENGTH);
    for has_length in [true, false] {
        each_way(
            &data,
            10,
            move |asked, data, _| {
                let reply = Reply::right(asked, data, "\"v1\"");
                match asked.number {
                    1 if !has_length => reply.without("content-length").cut(CUT),
                    0 | 1 => reply.cut(CUT),
                    _ => reply,
                }
            },
            |way, result, server| {
                assert!(result.unwrap_or_else(|e| panic!("{way}: {e}")) == data, "{way}");
                assert_eq!(server.ranges(), [None, some("bytes=100000-"), some("bytes=200000-")], "{way}");
                let conditions: Vec<_> =
                    server.log.asked().into_iter().skip(1).map(|asked| asked.if_range).collect();
                assert_eq!(conditions, [some("\"v1\""), some("\"v1\"")], "{way}");
            },
        );
    }
}

#[test]
fn an_answer_cut_before_its_first_byte_is_asked_for_again_as_a_whole() {
    let data = noise(LENGTH);
    each_way(
        &data,
        10,
        |asked, data, _| {
            let reply = Reply::right(asked, data, "\"v1\"");
            if asked.number == 0 { reply.cut(0) } else { reply }
        },
        |way, result, server| {
            assert!(result.unwrap_or_else(|e| panic!("{way}: {e}")) == data, "{way}");
            assert_eq!(server.ranges(), [None, None], "{way}");
        },
    );
}

#[test]
fn what_has_come_renews_the_retries_and_next_to_nothing_does_not() {
    let data = noise(LENGTH);
    each_way(
        &data,
        1,
        |asked, data, _| {
            let reply = Reply::right(asked, data, "\"v1\"");
            let (first, end) = asked.bytes(data.len());
            if end - first > 40_000 { reply.cut(40_000) } else { reply }
        },
        |way, result, server| {
            assert!(result.unwrap_or_else(|e| panic!("{way}: {e}")) == data, "{way}");
            assert_eq!(server.ranges().len(), 8, "{way}");
        },
    );
    each_way(
        &data,
        1,
        |asked, data, _| Reply::right(asked, data, "\"v1\"").cut(20_000),
        |way, result, server| {
            let error = result.expect_err("cut for good");
            assert_eq!((error.kind(), error.retryable()), (ErrorKind::Network, true), "{way}: {error}");
            assert_eq!(server.ranges(), [None, some("bytes=20000-")], "{way}");
        },
    );
}

#[test]
fn a_service_without_ranges_answers_with_all_and_what_is_there_is_skipped() {
    let data = noise(LENGTH);
    each_way(
        &data,
        10,
        |asked, data, _| {
            let reply = Reply::whole(data, "\"v1\"").without("accept-ranges");
            if asked.number < 2 { reply.cut(CUT + asked.number * CUT) } else { reply }
        },
        |way, result, server| {
            assert!(result.unwrap_or_else(|e| panic!("{way}: {e}")) == data, "{way}");
            assert_eq!(server.ranges(), [None, some("bytes=100000-"), some("bytes=200000-")], "{way}");
        },
    );
}

/// Other bytes of the same length.
fn other(data: &[u8]) -> Vec<u8> {
    data.iter().map(|byte| !byte).collect()
}

#[test]
fn a_file_that_was_changed_is_downloaded_anew_and_a_stream_of_it_fails() {
    let data = noise(LENGTH);
    each_way(
        &data,
        10,
        |asked, data, _| match asked.number {
            0 => Reply::right(asked, data, "\"v1\"").cut(CUT),
            _ => Reply::right(asked, &other(data), "\"v2\""),
        },
        |way, result, server| {
            if way == "stream" {
                let error = result.expect_err("no stream of two versions");
                assert_eq!((error.kind(), error.retryable()), (ErrorKind::FileChanged, true), "{error}");
                assert!(error.message().contains("was changed while it was downloaded"), "{error}");
                assert_eq!(server.ranges(), [None, some("bytes=100000-")]);
            } else {
                assert!(result.unwrap_or_else(|e| panic!("{way}: {e}")) == other(&data), "{way}");
                assert_eq!(server.ranges(), [None, some("bytes=100000-"), None], "{way}");
            }
        },
    );
}

#[test]
fn a_file_that_is_changed_again_and_again_is_an_error() {
    let data = noise(LENGTH);
    each_way(
        &data,
        10,
        |asked, data, _| {
            let reply = Reply::right(asked, data, &format!("\"v{}\"", asked.number));
            if asked.range.is_none() { reply.cut(CUT) } else { reply }
        },
        |way, result, server| {
            let error = result.expect_err("changed");
            assert_eq!(
                (error.kind(), error.step().is_empty()),
                (ErrorKind::FileChanged, false),
                "{way}: {error}"
            );
            assert_eq!(server.ranges().len(), if way == "stream" { 2 } else { 4 }, "{way}");
        },
    );
}

/// Ways to answer to a range with something else, and the kind of error that it is for a stream.
const SPOILED: [(&str, ErrorKind); 8] = [
    ("other bytes", ErrorKind::Protocol),
    ("another total", ErrorKind::Protocol),
    ("no Content-Range", ErrorKind::Protocol),
    ("no ETag", ErrorKind::Protocol),
    ("another ETag", ErrorKind::FileChanged),
    ("a weak ETag", ErrorKind::FileChanged),
    ("too few bytes", ErrorKind::Protocol),
    ("416", ErrorKind::Http),
];

fn spoil(way: &str, reply: Reply, data: &[u8]) -> Reply {
    match way {
        "other bytes" => Reply::new(206, &data[CUT + 1..])
            .with("etag", "\"v1\"")
            .with("content-range", "bytes 100001-299999/300000"),
        "another total" => reply.with("content-range", "bytes 100000-299999/300001"),
        "no Content-Range" => reply.without("content-range"),
        "no ETag" => reply.without("etag"),
        "another ETag" => reply.with("etag", "\"v2\""),
        "a weak ETag" => reply.with("etag", "W/\"v1\""),
        "too few bytes" => Reply::new(206, &data[CUT..CUT + 9])
            .with("etag", "\"v1\"")
            .with("content-range", "bytes 100000-299999/300000"),
        _ => Reply::new(416, "no such range").with("content-range", "bytes */300000"),
    }
}

#[test]
fn an_answer_that_is_not_the_range_asked_for_is_never_taken() {
    let data = noise(LENGTH);
    for (case, kind) in SPOILED {
        each_way(
            &data,
            10,
            move |asked, data, _| match (asked.number, &asked.range) {
                (0, _) => Reply::right(asked, data, "\"v1\"").cut(CUT),
                (_, Some(_)) => spoil(case, Reply::right(asked, data, "\"v1\""), data),
                (_, None) => Reply::right(asked, data, "\"v1\""),
            },
            |way, result, server| {
                if way == "stream" {
                    let error = result.expect_err("a spoiled range");
                    assert_eq!(error.kind(), kind, "{case}: {error}");
                    if kind != ErrorKind::FileChanged {
                        let range = "asked for the bytes 100000-299999 of 300000";
                        assert!(error.message().contains(range), "{case}: {error}");
                    }
                    assert_eq!(server.ranges(), [None, some("bytes=100000-")], "{case}");
                } else {
                    assert!(result.unwrap_or_else(|e| panic!("{case}, {way}: {e}")) == data, "{case}, {way}");
                    assert_eq!(server.ranges(), [None, some("bytes=100000-"), None], "{case}, {way}");
                }
            },
        );
    }
}

#[test]
fn a_service_that_has_once_answered_with_another_range_is_not_asked_for_one_again() {
    let data = noise(LENGTH);
    let server = served(&data, |asked, data, _| {
        let reply = Reply::right(asked, data, "\"v1\"").without("content-range");
        if asked.number < 3 && asked.range.is_none() { reply.cut(CUT) } else { reply }
    });
    assert!(to_file(&client(&server.url, 10), None).expect("downloaded") == data);
    assert_eq!(server.ranges(), [None, some("bytes=100000-"), None, None]);
}

#[test]
fn a_range_without_a_length_that_has_too_many_bytes_is_an_error() {
    let data = noise(LENGTH);
    let server = served(&data, |asked, data, _| match asked.number {
        0 => Reply::right(asked, data, "\"v1\"").cut(CUT),
        _ => Reply::new(206, [&data[CUT..], b"more"].concat())
            .with("etag", "\"v1\"")
            .with("content-range", "bytes 100000-299999/300000")
            .without("content-length"),
    });
    let error = to_file(&client(&server.url, 10), None).expect_err("too long");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    assert!(error.message().contains("more bytes than announced"), "{error}");
}

#[test]
fn nothing_is_asked_for_when_only_the_end_of_an_answer_is_missing() {
    let data = noise(LENGTH);
    each_way(
        &data,
        10,
        |asked, data, _| match asked.number {
            0 => Reply::right(asked, data, "\"v1\"").cut(CUT),
            _ => Reply::right(asked, data, "\"v1\"").unended(),
        },
        |way, result, server| {
            assert!(result.unwrap_or_else(|e| panic!("{way}: {e}")) == data, "{way}");
            assert_eq!(server.ranges(), [None, some("bytes=100000-")], "{way}");
        },
    );
}

#[test]
fn an_error_instead_of_the_rest_is_told_or_retried_as_any_other() {
    let data = noise(LENGTH);
    each_way(
        &data,
        10,
        |asked, data, _| match asked.number {
            0 => Reply::right(asked, data, "\"v1\"").cut(CUT),
            _ => Reply::new(404, "File not found"),
        },
        |way, result, server| {
            let error = result.expect_err("gone");
            assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 404), "{way}: {error}");
            assert_eq!(server.ranges().len(), 2, "{way}");
        },
    );
    each_way(
        &data,
        10,
        |asked, data, _| match asked.number {
            0 => Reply::right(asked, data, "\"v1\"").cut(CUT),
            1 => Reply::new(503, "").with("retry-after", "0"),
            _ => Reply::right(asked, data, "\"v1\""),
        },
        |way, result, server| {
            assert!(result.unwrap_or_else(|e| panic!("{way}: {e}")) == data, "{way}");
            assert_eq!(server.ranges(), [None, some("bytes=100000-"), some("bytes=100000-")], "{way}");
        },
    );
}

#[test]
fn without_a_strong_etag_and_a_length_a_cut_answer_is_begun_anew_and_a_stream_of_it_fails() {
    let data = noise(LENGTH);
    for case in ["no ETag", "a weak ETag", "an ETag without quotes"] {
        each_way(
            &data,
            10,
            move |asked, data, _| {
                let reply = Reply::whole(data, "\"v1\"");
                let reply = match case {
                    "no ETag" => reply.without("etag"),
                    "a weak ETag" => reply.with("etag", "W/\"v1\""),
                    _ => reply.with("etag", "v1"),
                };
                if asked.number == 0 { reply.cut(CUT) } else { reply }
            },
            |way, result, server| {
                if way == "stream" {
                    let error = result.expect_err("cut");
                    assert_eq!(
                        (error.kind(), error.retryable()),
                        (ErrorKind::Network, true),
                        "{case}: {error}"
                    );
                    assert_eq!(server.ranges(), [None], "{case}");
                } else {
                    assert!(result.unwrap_or_else(|e| panic!("{case}, {way}: {e}")) == data, "{case}, {way}");
                    assert_eq!(server.ranges(), [None, None], "{case}, {way}");
                }
            },
        );
    }
}

#[test]
fn a_chain_that_makes_something_is_not_asked_for_its_rest() {
    let server = served(&noise(LENGTH), |asked, data, _| Reply::right(asked, data, "\"v1\"").cut(CUT));
    let options = RequestOptions::default();
    let error =
        processing::content(&client(&server.url, 10), &chain("store"), &options, None).expect_err("cut");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Network, false), "{error}");
    assert_eq!(server.ranges(), [None]);
}

#[test]
fn the_rest_is_asked_for_at_the_first_address_and_redirected_anew() {
    let data = noise(LENGTH);
    let server = served(&data, |asked, data, _| {
        if asked.path == "/handle" {
            return Reply::new(302, "").with("location", &format!("/signed-{}", asked.number));
        }
        let reply = Reply::right(asked, data, "\"v1\"");
        if asked.number == 1 { reply.cut(CUT) } else { reply }
    });
    assert!(to_file(&client(&server.url, 10), None).expect("downloaded") == data);
    let asked = server.log.asked();
    let paths: Vec<&str> = asked.iter().map(|asked| asked.path.as_str()).collect();
    assert_eq!(paths, ["/handle", "/signed-0", "/handle", "/signed-2"]);
    assert_eq!((asked[3].range.clone(), asked[3].if_range.clone()), (some("bytes=100000-"), some("\"v1\"")));
}

#[test]
fn progress_counts_what_is_gone_on_with_once_and_never_goes_down() {
    let data = noise(LENGTH);
    for changes in [false, true] {
        let server = served(&data, move |asked, data, _| {
            let etag = if changes && asked.number > 0 { "\"v2\"" } else { "\"v1\"" };
            let reply = Reply::right(asked, data, etag);
            if asked.number == 0 { reply.cut(CUT) } else { reply }
        });
        let mut reports = Vec::new();
        let mut observer = |snapshot: &ferry::transfer::progress::Snapshot| {
            reports.push(*snapshot);
            true
        };
        to_file(&client(&server.url, 10), Some(&mut observer)).expect("downloaded");
        assert!(reports.is_sorted_by(|a, b| a.bytes_done <= b.bytes_done), "{reports:?}");
        let last = reports.last().expect("a report");
        assert_eq!((last.bytes_done, last.bytes_total), (LENGTH as u64, LENGTH as u64));
        assert_eq!((last.parts_done, last.parts_total), (1, 1));
        assert_eq!(last.retries, if changes { 2 } else { 1 });
    }
}

#[test]
fn a_file_of_the_local_cloud_survives_cuts() {
    let cloud = TestCloud::start();
    let client = cloud.client(Default::default());
    let data = noise(LENGTH);
    let options = ferry::filestack::UploadOptions::default();
    let source = ferry::transfer::source::Source::Bytes(&data);
    let upload = ferry::filestack::Upload::new(&client, source, None, options).expect("an upload");
    upload.run(None).expect("uploaded");
    cloud.faults(json!([{"class": "deliver", "times": 2, "action": {"cut_response_after": CUT}}]));
    let content = upload.filelink().and_then(|link| link.content(&RequestOptions::default(), None));
    assert!(content.expect("downloaded") == data);
    assert_eq!(cloud.fired(), [2]);
    let statuses: Vec<_> =
        cloud.requests().iter().filter(|r| r["class"] == "deliver").map(|r| r["status"].clone()).collect();
    assert_eq!(statuses, [200, 206, 206]);
}
