//! Upload sessions of a service that answers as the local cloud never does, and files that change during an
//! upload.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use ferry::error::{Error, ErrorKind};
use ferry::http::{Connection, EventHandler};
use ferry::telestream::{Client, ClientOptions, Protocol, Upload, UploadOptions};
use ferry::transfer::lifecycle::UploadState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::service::{ACCESS, Reply, SECRET, Seen, Service, decoded, encoded};
use crate::support::{nobody, overwrite_secretly};

/// What opens the session, as it stands in its address: it changes when it is encoded or decoded.
const ID: &str = "open%2Fsesame%2B0123456789";

/// The size of a range (`specs/telestream.md` 4.3).
const RANGE: usize = 5 << 20;

/// A file of its own folder.
struct Film {
    _folder: TempDir,
    path: String,
}

impl Film {
    fn new(size: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("film.mp4").to_str().expect("UTF-8").to_owned();
        fs::write(&path, vec![b'f'; size]).expect("written");
        Film { _folder: folder, path }
    }

    /// Never retries, and sends one part at a time.
    fn upload(&self, service: &Service, protocol: Protocol) -> Upload {
        self.upload_with(service, protocol, 0)
    }

    fn upload_with(&self, service: &Service, protocol: Protocol, max_retries: u32) -> Upload {
        self.upload_at_once(service, protocol, max_retries, 1)
    }

    fn upload_at_once(
        &self,
        service: &Service,
        protocol: Protocol,
        max_retries: u32,
        concurrency: u32,
    ) -> Upload {
        self.upload_of(service, max_retries, UploadOptions { protocol, concurrency, ..Default::default() })
    }

    fn client(&self, service: &Service, max_retries: u32) -> Arc<Client> {
        let options = ClientOptions {
            base_url: Some(service.url()),
            factory_id: Some("F".into()),
            connection: Connection { max_retries, ..Connection::default() },
            ..Default::default()
        };
        Client::new(ACCESS, SECRET, options).expect("a client")
    }

    fn upload_of(&self, service: &Service, max_retries: u32, own: UploadOptions) -> Upload {
        let client = self.client(service, max_retries);
        Upload::new(&client, None, &self.path, None, own).expect("an upload")
    }

    /// The token of an upload whose first part was refused.
    fn refused(&self, service: &Service) -> String {
        let upload = self.upload(service, Protocol::Parts);
        upload.run(None).expect_err("the first part is refused");
        upload.token().expect("a token")
    }

    /// Another process goes on.
    fn resumed(&self, service: &Service, token: &str, max_retries: u32, concurrency: u32) -> Upload {
        let options = UploadOptions { concurrency, ..Default::default() };
        Upload::resume(&self.client(service, max_retries), &self.path, token, options).expect("an upload")
    }
}

/// The same size, but written to later.
fn touch(path: &Path) {
    let file = File::options().write(true).open(path).expect("the file");
    file.set_modified(SystemTime::now() + Duration::from_secs(5)).expect("a time");
}

fn append(path: &Path) {
    OpenOptions::new().append(true).open(path).expect("the file").write_all(b"more").expect("written");
}

/// The answer that opens a session of that many parts; none: of ranges. `place` is the path of its address.
fn opened(seen: &Seen, place: &str, parts: Option<(Value, Value)>) -> Reply {
    let mut answer = json!({"id": "s", "location": format!("http://{}{place}", seen.header("host"))});
    if let Some((parts, part_size)) = parts {
        answer["parts"] = parts;
        answer["part_size"] = part_size;
    }
    Reply::new(201, answer.to_string())
}

fn session_place() -> String {
    format!("/upload/session?id={ID}")
}

fn is_opening(seen: &Seen) -> bool {
    seen.target.starts_with("/v3.0/videos/upload.json")
}

/// Of the session, the parts or ranges with bytes in them.
fn sent(service: &Service) -> Vec<Seen> {
    service.seen().into_iter().filter(|seen| !is_opening(seen) && !seen.body.is_empty()).collect()
}

fn video(size: usize) -> Reply {
    Reply::new(200, json!({"id": "v", "file_size": size}).to_string())
}

/// What a range makes: how far the service is, or the video.
fn ranged(seen: &Seen) -> Reply {
    let (range, size) = seen.header("content-range").split_once('/').expect("a range");
    let size: usize = size.parse().expect("a size");
    match range.trim_start_matches("bytes ").split_once('-') {
        Some((_, end)) if end.parse::<usize>().expect("an end") + 1 == size => video(size),
        Some((_, end)) => Reply::new(204, "").with("range", &format!("0-{end}")),
        None => Reply::new(204, ""),
    }
}

fn last_part(seen: &Seen, parts: usize, size: usize) -> Reply {
    if seen.header("x-part") == (parts - 1).to_string() { video(size) } else { Reply::new(200, "") }
}

/// Three parts of 2000 bytes; `change` happens to the file when the part with that number has come.
fn parts_with_a_change(film: &Film, at: &'static str, change: fn(&Path)) -> Service {
    let path = film.path.clone();
    Service::answering(move |seen| {
        if is_opening(seen) {
            return opened(seen, &session_place(), Some((json!(3), json!(2000))));
        }
        if seen.header("x-part") == at {
            change(Path::new(&path));
        }
        last_part(seen, 3, 6000)
    })
}

fn assert_changed(upload: &Upload, case: &str) {
    let error = upload.run(None).expect_err(case);
    assert_eq!(error.kind(), ErrorKind::FileChanged, "{case}: {error}");
    assert!(!error.retryable() && error.message().contains("film.mp4 changed"), "{case}: {error}");
    assert_eq!(upload.lifecycle().state(), UploadState::Error, "{case}");
    assert!(upload.answer().is_err(), "{case}: there is a video");
}

#[test]
fn no_further_part_is_sent_of_a_file_that_has_changed() {
    for (name, change) in [("grown", append as fn(&Path)), ("written to", touch)] {
        let film = Film::new(6000);
        let service = parts_with_a_change(&film, "1", change);
        assert_changed(&film.upload(&service, Protocol::Parts), name);
        assert_eq!(sent(&service).len(), 2, "{name}");
    }
}

#[test]
fn a_file_that_changes_during_its_last_part_is_not_uploaded() {
    for (name, change) in [("grown", append as fn(&Path)), ("written to", touch)] {
        let film = Film::new(6000);
        let service = parts_with_a_change(&film, "2", change);
        assert_changed(&film.upload(&service, Protocol::Parts), name);
        assert_eq!(sent(&service).len(), 3, "{name}");
    }
}

/// Other bytes at the end.
fn overwrite_the_end(path: &Path) {
    let mut bytes = fs::read(path).expect("the file");
    bytes.iter_mut().rev().take(5).for_each(|byte| *byte = b'g');
    overwrite_secretly(path, &bytes);
}

/// All three parts are digested before the first is sent.
#[test]
fn a_part_that_is_not_what_was_digested_is_no_part_of_a_video() {
    for change_at in ["0", "1"] {
        let film = Film::new(6000);
        let service = parts_with_a_change(&film, change_at, overwrite_the_end);
        let upload = film.upload(&service, Protocol::Parts);
        assert_changed(&upload, change_at);
        assert_eq!(sent(&service).len(), 3, "{change_at}");
        upload.run(None).expect("of the bytes as they are now");
        assert_eq!(service.seen().into_iter().filter(is_opening).count(), 2, "{change_at}");
    }
}

#[test]
fn a_range_that_is_not_what_was_digested_is_not_sent() {
    let film = Film::new(RANGE + 9);
    let (path, is_first) = (film.path.clone(), AtomicBool::new(true));
    let service = Service::answering(move |seen| {
        if is_opening(seen) {
            return opened(seen, &session_place(), None);
        }
        if !seen.body.is_empty() && seen.body.len() < RANGE && is_first.swap(false, Ordering::Relaxed) {
            overwrite_the_end(Path::new(&path));
            return Reply::new(503, "");
        }
        match seen.body.is_empty() {
            true => Reply::new(204, "").with("range", &format!("0-{}", RANGE - 1)),
            false => ranged(seen),
        }
    });
    let upload = film.upload_with(&service, Protocol::Ranges, 3);
    assert_changed(&upload, "the second range");
    assert_eq!(sent(&service).len(), 2);
    upload.run(None).expect("of the bytes as they are now");
}

#[test]
fn a_video_that_is_told_before_all_was_sent_is_no_success() {
    for protocol in [Protocol::Parts, Protocol::Ranges] {
        let film = Film::new(2 * RANGE + 9);
        let parts = (protocol == Protocol::Parts).then(|| (json!(3), json!(RANGE)));
        let is_first = AtomicBool::new(true);
        let service = Service::answering(move |seen| match is_opening(seen) {
            true => opened(seen, &session_place(), parts.clone()),
            false if is_first.swap(false, Ordering::Relaxed) => Reply::new(200, r#"{"id": "v"}"#),
            // It knows nothing of the session any more.
            false => Reply::new(404, ""),
        });
        let upload = film.upload(&service, protocol);
        for run in ["the first run", "the second run"] {
            let error = upload.run(None).expect_err(run);
            assert!(upload.answer().is_err(), "{protocol:?}, {run}: {error}");
        }
        assert!(service.seen().iter().filter(|seen| is_opening(seen)).count() > 1, "{protocol:?}");
    }
}

/// Another process has given its token away after the first range.
#[test]
fn a_video_that_is_told_before_all_was_sent_is_no_success_for_the_next_process() {
    let film = Film::new(3 * RANGE + 9);
    let stage = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&stage);
    let service = Service::answering(move |seen| match (now.load(Ordering::Relaxed), seen.body.len()) {
        _ if is_opening(seen) => opened(seen, &session_place(), None),
        (_, 0) => Reply::new(204, "").with("range", &format!("0-{}", RANGE - 1)),
        (0, _) if seen.header("content-range").starts_with("bytes 0-") => ranged(seen),
        (0, _) => Reply::new(403, ""),
        _ => video(3 * RANGE + 9),
    });
    let upload = film.upload(&service, Protocol::Ranges);
    upload.run(None).expect_err("the second range is refused");
    let token = upload.token().expect("a token");
    stage.store(1, Ordering::Relaxed);
    let again = film.resumed(&service, &token, 0, 1);
    for run in 1..4 {
        let error = again.run(None).expect_err("two ranges were not sent");
        assert_eq!(error.kind(), ErrorKind::NotReady, "run {run}: {error}");
        assert!(again.answer().is_err(), "run {run}");
    }
}

#[test]
fn nor_is_one_of_parts_that_the_next_process_has_not_sent() {
    // With three at once all would have been sent.
    for concurrency in [1, 2] {
        let film = Film::new(6000);
        let begun = Arc::new(AtomicBool::new(false));
        let has_begun = Arc::clone(&begun);
        let service = Service::answering(move |seen| match seen.body.is_empty() {
            _ if is_opening(seen) => opened(seen, &session_place(), Some((json!(3), json!(2000)))),
            true => Reply::new(200, r#"{"missing_parts": [0, 1, 2]}"#),
            false if !has_begun.load(Ordering::Relaxed) => Reply::new(403, ""),
            false if seen.header("x-part") == "0" => video(6000),
            false => Reply::new(503, ""),
        });
        let token = film.refused(&service);
        begun.store(true, Ordering::Relaxed);
        let again = film.resumed(&service, &token, 0, concurrency);
        for run in 1..4 {
            let error = again.run(None).expect_err("two parts were not stored");
            assert!(again.answer().is_err(), "run {run} of {concurrency}: {error}");
        }
    }
}

/// What was on its way when the service was asked what it misses comes later, and completes the video.
#[test]
fn parts_of_an_earlier_run_that_come_late_may_complete_the_video() {
    let film = Film::new(6000);
    let is_late = Arc::new(AtomicBool::new(false));
    let (late, is_done) = (Arc::clone(&is_late), AtomicBool::new(false));
    let service =
        Service::answering(move |seen| match (seen.body.is_empty(), late.load(Ordering::Relaxed)) {
            _ if is_opening(seen) => opened(seen, &session_place(), Some((json!(3), json!(2000)))),
            (true, _) => Reply::new(200, r#"{"missing_parts": [0, 1, 2]}"#),
            (false, false) if seen.header("x-part") == "2" => Reply::new(403, ""),
            (false, false) => Reply::new(200, ""),
            (false, true) if !is_done.swap(true, Ordering::Relaxed) => video(6000),
            (false, true) => Reply::new(404, ""),
        });
    let upload = film.upload(&service, Protocol::Parts);
    upload.run(None).expect_err("the last part is refused");
    is_late.store(true, Ordering::Relaxed);
    upload.run(None).expect("the service has all parts");
    assert_eq!(service.seen().iter().filter(|seen| is_opening(seen)).count(), 1);
}

/// The service has the second part, of which the token does not know, and makes the video of it when it comes
/// again: of other bytes, maybe.
#[test]
fn a_video_of_bytes_that_nothing_proves_is_no_success_in_any_run() {
    let film = Film::new(6000);
    let is_complete = Arc::new(AtomicBool::new(false));
    let refuses = Arc::new(AtomicBool::new(true));
    let (complete, refusing) = (Arc::clone(&is_complete), Arc::clone(&refuses));
    let service = Service::answering(move |seen| {
        if is_opening(seen) {
            return opened(seen, &session_place(), Some((json!(3), json!(2000))));
        }
        match (seen.header("x-part"), seen.body.is_empty()) {
            _ if complete.load(Ordering::Relaxed) => Reply::new(404, ""),
            _ if refusing.load(Ordering::Relaxed) => Reply::new(403, ""),
            (_, true) => Reply::new(200, r#"{"missing_parts": [2]}"#),
            _ => {
                complete.store(true, Ordering::Relaxed);
                video(6000)
            }
        }
    });
    let token = film.refused(&service);
    refuses.store(false, Ordering::Relaxed);
    let resumed = film.resumed(&service, &token, 0, 0);
    for run in 1..4 {
        let error = resumed.run(None).expect_err("nothing proves it");
        assert_eq!(error.kind(), ErrorKind::NotReady, "run {run}: {error}");
        assert!(resumed.answer().is_err(), "run {run}: there is a video");
    }
    assert_eq!(service.seen().into_iter().filter(is_opening).count(), 1);
}

/// The service has four parts of which the token does not know. They are sent again, and the third fails.
#[test]
fn parts_that_nothing_proves_are_sent_again_once_also_over_several_runs() {
    let film = Film::new(10_000);
    let refused = Arc::new(AtomicUsize::new(0));
    let refusing = Arc::clone(&refused);
    let service = Service::answering(move |seen| {
        if is_opening(seen) {
            return opened(seen, &session_place(), Some((json!(5), json!(2000))));
        }
        match seen.header("x-part").parse::<usize>() {
            Err(_) => Reply::new(200, r#"{"missing_parts": [4]}"#),
            Ok(part) if part == refusing.load(Ordering::Relaxed) => Reply::new(403, ""),
            Ok(4) => video(10_000),
            Ok(_) => Reply::new(200, ""),
        }
    });
    let resumed = film.resumed(&service, &film.refused(&service), 0, 1);
    refused.store(3, Ordering::Relaxed);
    resumed.run(None).expect_err("the fourth part is refused");
    refused.store(9, Ordering::Relaxed);
    resumed.run(None).expect("uploaded");
    let parts: Vec<String> = sent(&service).iter().map(|seen| seen.header("x-part").to_owned()).collect();
    assert_eq!(parts, ["0", "1", "2", "3", "3", "4"]);
}

/// Another process has opened the session. Of two parts at once the answer to the first is lost after the
/// second has made the video: the first one is in it.
#[test]
fn a_part_whose_answer_is_lost_is_not_sent_again_once_the_video_was_told() {
    let film = Film::new(4000);
    let refuses = Arc::new(AtomicBool::new(true));
    let (refusing, is_made) = (Arc::clone(&refuses), AtomicBool::new(false));
    let service = Service::answering(move |seen| {
        if is_opening(seen) {
            return opened(seen, &session_place(), Some((json!(2), json!(2000))));
        }
        match seen.header("x-part") {
            "" => Reply::new(200, r#"{"missing_parts": [0, 1]}"#),
            _ if refusing.load(Ordering::Relaxed) => Reply::new(403, ""),
            "0" => {
                while !is_made.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                std::thread::sleep(Duration::from_millis(300));
                Reply::new(0, "")
            }
            _ => {
                is_made.store(true, Ordering::Relaxed);
                video(4000)
            }
        }
    });
    let token = film.refused(&service);
    refuses.store(false, Ordering::Relaxed);
    let resumed = film.resumed(&service, &token, 2, 2);
    resumed.run(None).expect("uploaded");
    assert_eq!(resumed.answer().expect("a video")["id"], "v");
    assert_eq!(sent(&service).len(), 3, "the refused one, and each once");
}

/// Ranges; `change` happens to the file when so many have come.
fn ranges_with_a_change(film: &Film, at: usize, change: fn(&Path)) -> Service {
    let (path, count) = (film.path.clone(), AtomicUsize::new(0));
    Service::answering(move |seen| {
        if is_opening(seen) {
            return opened(seen, &session_place(), None);
        }
        if count.fetch_add(1, Ordering::Relaxed) + 1 == at {
            change(Path::new(&path));
        }
        ranged(seen)
    })
}

#[test]
fn no_further_range_is_sent_of_a_file_that_has_changed() {
    for (name, change) in [("grown", append as fn(&Path)), ("written to", touch)] {
        let film = Film::new(2 * RANGE + 9);
        let service = ranges_with_a_change(&film, 1, change);
        assert_changed(&film.upload(&service, Protocol::Ranges), name);
        assert_eq!(sent(&service).len(), 1, "{name}");
    }
}

#[test]
fn a_file_that_changes_during_its_last_range_is_not_uploaded() {
    for (name, change) in [("grown", append as fn(&Path)), ("written to", touch)] {
        let film = Film::new(RANGE + 9);
        let service = ranges_with_a_change(&film, 2, change);
        assert_changed(&film.upload(&service, Protocol::Ranges), name);
        assert_eq!(sent(&service).len(), 2, "{name}");
    }
}

#[test]
fn a_video_that_is_not_as_long_as_its_file_is_an_error_and_is_sent_anew() {
    for protocol in [Protocol::Parts, Protocol::Ranges] {
        for wrong in [json!(3999), json!(4001), json!("3999")] {
            let once = AtomicBool::new(true);
            let told = wrong.clone();
            let service = Service::answering(move |seen| {
                if is_opening(seen) {
                    let parts = (protocol == Protocol::Parts).then(|| (json!(1), json!(4000)));
                    return opened(seen, &session_place(), parts);
                }
                let is_first = once.swap(false, Ordering::Relaxed);
                let size = if is_first { told.clone() } else { json!(4000) };
                Reply::new(200, json!({"id": "v", "file_size": size}).to_string())
            });
            let film = Film::new(4000);
            let upload = film.upload(&service, protocol);
            let error = upload.run(None).expect_err("another length");
            assert_eq!(error.kind(), ErrorKind::Integrity, "{protocol:?} {wrong}: {error}");
            assert!(error.retryable() && error.message().contains("but 4000 were sent"), "{error}");
            assert!(error.body().contains("file_size"), "{error}");
            assert_eq!(upload.lifecycle().state(), UploadState::Interrupted);
            upload.run(None).expect("the second time it is right");
            let openings = service.seen().iter().filter(|seen| is_opening(seen)).count();
            assert_eq!((openings, sent(&service).len()), (2, 2));
        }
    }
}

/// Three parts, two at once, and one of every other file. The answer to the first is lost, and when the last
/// has made the video the session is gone. `last` answers the last part.
fn forgetful(last: fn() -> Reply) -> Service {
    let is_over = AtomicBool::new(false);
    Service::answering(move |seen| {
        if is_opening(seen) {
            let reply = opened(seen, &session_place(), Some((json!(3), json!(2000))));
            let mut answer: Value = serde_json::from_str(&reply.body).expect("JSON");
            answer["extra_files"] = json!({"caption": {"parts": 1, "part_size": 2000}});
            return Reply { body: answer.to_string(), ..reply };
        }
        match seen.header("x-part") {
            _ if !seen.header("x-extra-file-tag").is_empty() => Reply::new(200, r#"{"missing_parts": []}"#),
            "0" => Reply::new(0, ""),
            "2" => {
                is_over.store(true, Ordering::Relaxed);
                last()
            }
            "" => {
                while !is_over.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                // The answer to the last part may still be under way.
                Reply::new(404, "no such session")
            }
            _ => Reply::new(200, ""),
        }
    })
}

#[test]
fn a_video_that_was_told_is_the_end_though_the_session_is_gone_before_a_lost_answer_is_asked_for() {
    let service = forgetful(|| video(6000));
    let upload = Film::new(6000).upload_at_once(&service, Protocol::Parts, 2, 2);
    let openings = |service: &Service| service.seen().iter().filter(|seen| is_opening(seen)).count();
    // Either the video was told first, or nobody knows; but it is not made a second time.
    match upload.run(None) {
        Ok(()) => assert_eq!(upload.answer().expect("a video")["id"], "v"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::NotReady, "{error}"),
    }
    assert_eq!(openings(&service), 1);
    let service = forgetful(|| Reply::new(200, ""));
    let upload = Film::new(6000).upload_at_once(&service, Protocol::Parts, 2, 2);
    assert_eq!(upload.run(None).expect_err("nobody knows").kind(), ErrorKind::NotReady);
    assert_eq!(openings(&service), 1);
}

/// The film is three parts, and a caption follows.
#[test]
fn a_lost_answer_to_the_film_does_not_end_what_follows_it() {
    let service = forgetful(|| video(6000));
    let film = Film::new(6000);
    let caption = Path::new(&film.path).with_file_name("film.srt");
    fs::write(&caption, "1").expect("written");
    let extra_files = Some(json!({"caption": caption}).to_string());
    let upload =
        film.upload_of(&service, 2, UploadOptions { concurrency: 2, extra_files, ..Default::default() });
    match upload.run(None) {
        Ok(()) => assert_eq!(upload.answer().expect("a video")["id"], "v"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::NotReady, "{error}"),
    }
    assert!(service.seen().iter().all(|seen| seen.method != "DELETE"));
}

/// A 201 may name the place of what it has made.
#[test]
fn the_place_of_a_video_is_not_that_of_the_session() {
    for place in ["/videos/v.json", "videos/v.json", "ftp://127.0.0.1/v"] {
        let service = Service::answering(move |seen| match is_opening(seen) {
            true => opened(seen, &session_place(), None),
            false => ranged(seen).with("location", place),
        });
        let upload = Film::new(4000).upload(&service, Protocol::Ranges);
        upload.run(None).unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(upload.answer().expect("a video")["id"], "v");
    }
}

#[test]
fn a_service_that_goes_back_again_and_again_is_an_error() {
    let posts = AtomicUsize::new(0);
    let service = Service::answering(move |seen| {
        if is_opening(seen) {
            return opened(seen, &session_place(), None);
        }
        if seen.body.is_empty() {
            return Reply::new(204, "");
        }
        match posts.fetch_add(1, Ordering::Relaxed) {
            20.. => Reply::new(400, "there was no end to it"),
            post if post % 2 == 0 => ranged(seen),
            _ => Reply::new(502, ""),
        }
    });
    let error = Film::new(2 * RANGE + 9).upload_with(&service, Protocol::Ranges, 2).run(None);
    assert_eq!(error.expect_err("no end").http_status(), 502);
}

#[test]
fn a_session_that_moves_is_followed() {
    // By a path, by a URL, and then the next run knows where it is.
    let failing = Arc::new(AtomicBool::new(true));
    let fails = Arc::clone(&failing);
    let service = Service::answering(move |seen| {
        let host = seen.header("host");
        if is_opening(seen) {
            return opened(seen, &session_place(), None);
        }
        match seen.target.as_str() {
            "/second?id=2" => ranged(seen).with("location", &format!("http://{host}/third?id=3")),
            "/third?id=3" if fails.load(Ordering::Relaxed) => Reply::new(503, ""),
            "/third?id=3" if seen.body.is_empty() => {
                Reply::new(204, "").with("range", &format!("0-{}", 2 * RANGE - 1))
            }
            "/third?id=3" => ranged(seen),
            _ => ranged(seen).with("location", "/second?id=2"),
        }
    });
    let film = Film::new(2 * RANGE + 9);
    let upload = film.upload(&service, Protocol::Ranges);
    assert_eq!(upload.run(None).expect_err("the third place is busy").http_status(), 503);
    failing.store(false, Ordering::Relaxed);
    upload.run(None).expect("uploaded");
    let places: Vec<String> = service.seen().into_iter().skip(1).map(|seen| seen.target).collect();
    let first = session_place();
    assert_eq!(places, [first.as_str(), "/second?id=2", "/third?id=3", "/third?id=3", "/third?id=3"]);
}

/// Each of its addresses opens the session, also for another process, to which it is told in the token.
#[test]
fn no_error_of_a_session_that_has_moved_shows_where_it_was() {
    const SECOND: &str = "other%2Fsesame%2B0123456789";
    const THIRD: &str = "third%2Fsesame%2B0123456789";
    let film = Film::new(3 * RANGE + 9);
    let service = Service::answering(move |seen| {
        if is_opening(seen) {
            return opened(seen, &session_place(), None);
        }
        let to = |id: &str| format!("/moved/session?id={id}");
        match (seen.target.contains(ID), seen.target.contains(SECOND)) {
            (true, _) => ranged(seen).with("location", &to(SECOND)),
            (_, true) => ranged(seen).with("location", &to(THIRD)),
            // The next process knows where it was at first, and where it is.
            _ if seen.body.is_empty() => Reply::new(400, format!("session {ID} is {THIRD}, {}", decoded(ID))),
            _ => Reply::new(400, format!("session {ID} is {SECOND} and {THIRD}, {}", decoded(ID))),
        }
    });
    let upload = film.upload(&service, Protocol::Ranges);
    let error = upload.run(None).expect_err("the third range is refused");
    let token = upload.token().expect("a token");
    let again = film.resumed(&service, &token, 0, 1).run(None).expect_err("its status is refused");
    for error in [error, again] {
        assert_eq!(error.http_status(), 400, "{error}");
        for text in [error.message(), error.body()] {
            assert!(!text.contains("sesame"), "{text}");
        }
    }
}

#[test]
fn a_session_that_says_again_where_it_is_has_not_moved() {
    const OF_SESSION: u8 = 2;
    let film = Film::new(3 * RANGE + 9);
    let service = Service::answering(move |seen| match seen.header("content-range") {
        _ if is_opening(seen) => opened(seen, &session_place(), None),
        range if range.contains(&format!("{}-", 2 * RANGE)) => Reply::new(403, ""),
        _ => ranged(seen).with("location", &session_place()),
    });
    let folder = tempfile::tempdir().expect("a folder");
    let journals = folder.path().join("journals");
    let journal_dir = Some(journals.to_str().expect("UTF-8").to_owned());
    let own = UploadOptions { protocol: Protocol::Ranges, journal_dir, ..UploadOptions::default() };
    let upload = film.upload_of(&service, 0, own);
    upload.run(None).expect_err("the third range is refused");
    let file = fs::read_dir(journals).expect("a folder").next().expect("a journal").expect("an entry").path();
    let bytes = fs::read(file).expect("a journal");
    let (mut rest, mut sessions) = (&bytes[8..], 0);
    while let Some((length, after)) = rest.split_first_chunk() {
        sessions += u32::from(after.first() == Some(&OF_SESSION));
        rest = after.get(u32::from_le_bytes(*length) as usize + 5..).unwrap_or_default();
    }
    assert_eq!(sessions, 1);
}

#[test]
fn a_session_that_moves_to_nowhere_is_an_error() {
    for to in ["ftp://127.0.0.1/x", "//127.0.0.1/x", "x", "http://127.0.0.1:99999/x"] {
        let service = Service::answering(move |seen| {
            if is_opening(seen) {
                opened(seen, &session_place(), None)
            } else {
                ranged(seen).with("location", to)
            }
        });
        let error = Film::new(RANGE + 9).upload(&service, Protocol::Ranges).run(None).expect_err(to);
        assert_eq!(error.kind(), ErrorKind::Protocol, "{to}: {error}");
        assert!(error.message().contains("moves the upload session"), "{to}: {error}");
        assert_eq!(sent(&service).len(), 1, "{to}");
    }
}

#[test]
fn a_redirect_of_a_session_is_an_error() {
    for protocol in [Protocol::Parts, Protocol::Ranges] {
        let service = Service::answering(move |seen| {
            if is_opening(seen) {
                let parts = (protocol == Protocol::Parts).then(|| (json!(1), json!(4000)));
                return opened(seen, &session_place(), parts);
            }
            Reply::new(307, "").with("location", "/elsewhere")
        });
        let error = Film::new(4000).upload(&service, protocol).run(None).expect_err("a redirect");
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 307), "{error}");
        assert!(service.seen().iter().all(|seen| seen.target != "/elsewhere"));
    }
}

/// An upload whose first run fails after its first part; the second one asks what is missing and is told
/// this.
fn run_that_is_told(missing: &Value) -> (Service, ferry::error::Result<()>) {
    let (failing, text) = (AtomicBool::new(true), json!({"missing_parts": missing}).to_string());
    let service = Service::answering(move |seen| {
        if is_opening(seen) {
            return opened(seen, &session_place(), Some((json!("3"), json!("2000"))));
        }
        if seen.method == "GET" {
            return Reply::new(200, text.clone());
        }
        if seen.header("x-part") == "1" && failing.swap(false, Ordering::Relaxed) {
            return Reply::new(400, "");
        }
        last_part(seen, 3, 6000)
    });
    let film = Film::new(6000);
    let upload = film.upload(&service, Protocol::Parts);
    upload.run(None).expect_err("the second part is refused");
    let result = upload.run(None);
    (service, result)
}

#[test]
fn missing_parts_are_numbers_or_texts() {
    for missing in [json!([1, 2]), json!(["1", "2"]), json!([2, "1", 1])] {
        let (service, result) = run_that_is_told(&missing);
        result.unwrap_or_else(|error| panic!("{missing}: {error}"));
        let parts: Vec<String> = sent(&service).iter().map(|seen| seen.header("x-part").to_owned()).collect();
        assert_eq!(parts, ["0", "1", "1", "2"], "{missing}");
    }
}

#[test]
fn missing_parts_that_cannot_be_are_an_error() {
    for missing in [
        json!([3]),
        json!(["3"]),
        json!([-1]),
        json!([1.5]),
        json!([4_294_967_296_u64]),
        json!(["x"]),
        json!({}),
        json!(null),
    ] {
        let (service, result) = run_that_is_told(&missing);
        let error = result.expect_err("no list of parts");
        assert_eq!((error.kind(), error.step()), (ErrorKind::Protocol, "status"), "{missing}: {error}");
        assert!(error.message().contains("does not list missing parts"), "{missing}: {error}");
        assert_eq!(sent(&service).len(), 2, "{missing}");
    }
}

#[test]
fn a_session_of_too_many_parts_is_refused_before_any_is_sent() {
    for (size, part_size) in [(70_000_usize, 1_usize), (70_000, 4096), (20_000, 1)] {
        let parts = (json!(size.div_ceil(part_size)), json!(part_size));
        let service = Service::answering(move |seen| opened(seen, &session_place(), Some(parts.clone())));
        let error = Film::new(size).upload(&service, Protocol::Parts).run(None).expect_err("too many");
        assert_eq!((error.kind(), error.step()), (ErrorKind::Protocol, "session"), "{error}");
        assert_eq!(service.seen().len(), 1);
    }
}

#[test]
fn a_video_with_an_id_that_leads_elsewhere_is_an_error() {
    for (protocol, id) in [
        (Protocol::Parts, json!("../../x")),
        (Protocol::Ranges, json!("a\r\nb")),
        (Protocol::Parts, json!(5)),
    ] {
        let told = json!({"id": id}).to_string();
        let service = Service::answering(move |seen| {
            if is_opening(seen) {
                let parts = (protocol == Protocol::Parts).then(|| (json!(1), json!(4000)));
                return opened(seen, &session_place(), parts);
            }
            Reply::new(200, told.clone())
        });
        let error = Film::new(4000).upload(&service, protocol).run(None).expect_err("no id");
        assert_eq!(error.kind(), ErrorKind::Protocol, "{id}: {error}");
        assert!(error.message().contains("id"), "{id}: {error}");
    }
}

/// All that the address of the session could be told by.
fn assert_no_location(error: &Error, service: &Service, case: &str) {
    let told = format!("{}\n{}\n{error:?}", error.message(), error.body());
    let url = format!("{}{}", service.url(), session_place());
    for secret in [url.as_str(), &session_place(), ID, &decoded(ID)] {
        for form in
            [secret.to_owned(), encoded(secret), encoded(&encoded(secret)), encoded(secret).to_lowercase()]
        {
            assert!(!told.contains(&form), "{case} shows {form}: {told}");
        }
    }
    assert!(!told.contains("sesame"), "{case}: {told}");
}

/// Refuses requests of the session with all they had in them but the file; `spared` is answered as usual.
fn echoing(protocol: Protocol, spared: fn(&Seen) -> Option<Reply>) -> Service {
    Service::answering(move |seen| {
        if is_opening(seen) {
            let parts = (protocol == Protocol::Parts).then(|| (json!(2), json!(2000)));
            return opened(seen, &session_place(), parts);
        }
        if let Some(reply) = spared(seen) {
            return reply;
        }
        let echo = Seen { body: Vec::new(), ..seen.clone() }.echo();
        let url = format!("http://{}{}", seen.header("host"), seen.target);
        let text = format!("{echo}\n{url}\n{}\n{}\n{}", encoded(&url), encoded(&echo), decoded(&url));
        Reply::new(400, json!({"error": "Echo", "message": text}).to_string())
    })
}

#[test]
fn no_error_of_a_session_that_echoes_shows_where_it_is() {
    let is_question = |seen: &Seen| seen.body.is_empty();
    for (case, protocol, spared) in [
        ("part", Protocol::Parts, (|_| None) as fn(&Seen) -> Option<Reply>),
        ("range", Protocol::Ranges, |_| None),
        // The part is taken, and then the question for those that are missing is refused.
        ("status", Protocol::Parts, |seen| (seen.method == "POST").then(|| Reply::new(200, ""))),
    ] {
        let service = echoing(protocol, spared);
        let film = Film::new(4000);
        let upload = film.upload(&service, protocol);
        let error = upload.run(None).expect_err(case);
        assert_eq!((error.http_status(), error.step()), (400, case), "{error}");
        assert!(error.message().contains("Echo"), "{error}");
        assert_no_location(&error, &service, case);
        assert!(!format!("{upload:?}").contains("sesame"), "{upload:?}");
        // The second run asks first.
        let again = upload.run(None).expect_err(case);
        assert!(service.seen().iter().any(is_question));
        assert_eq!((again.http_status(), again.step()), (400, "status"), "{again}");
        assert_no_location(&again, &service, case);
    }
}

/// Its requests have none of them, but the service has.
#[test]
fn no_error_of_a_session_shows_a_secret_of_the_account_or_of_the_parameters() {
    for protocol in [Protocol::Parts, Protocol::Ranges] {
        for is_taken in [false, true] {
            let service = Service::answering(move |seen| {
                if is_opening(seen) {
                    let parts = (protocol == Protocol::Parts).then(|| (json!(1), json!(4000)));
                    return opened(seen, &session_place(), parts);
                }
                let told = format!("<{SECRET}> <{ACCESS}> <correct-horse> <{ID}>");
                let wrong = json!({"id": "v", "file_size": 1, "note": told});
                match is_taken {
                    true => Reply::new(200, wrong.to_string()),
                    false => Reply::new(400, json!({"message": told}).to_string()),
                }
            });
            let film = Film::new(4000);
            let parameters = r#"{"encryption_key": "correct-horse"}"#;
            let options = UploadOptions { protocol, ..Default::default() };
            let upload = Upload::new(&film.client(&service, 0), None, &film.path, Some(parameters), options);
            let error = upload.expect("an upload").run(None).expect_err("refused");
            for text in [error.message(), error.body()].into_iter().filter(|text| text.contains('<')) {
                assert!(text.contains("<***> <***> <***> <***>"), "{protocol:?}: {text}");
            }
            assert!(error.body().contains("***"), "{protocol:?}: {}", error.body());
        }
    }
}

/// It may be where the session has gone to.
#[test]
fn no_error_and_no_event_tells_where_a_redirect_of_a_session_leads() {
    const TO: &str = "/moved/sesame-two";
    for follows in [true, false] {
        let service = Service::answering(move |seen| match seen.method.as_str() {
            _ if is_opening(seen) => opened(seen, &session_place(), Some((json!(2), json!(2000)))),
            "GET" if seen.target.starts_with(TO) => Reply::new(400, format!("no {TO}")),
            "GET" => Reply::new(302, "").with("location", TO),
            _ if follows => Reply::new(400, ""),
            _ => Reply::new(307, "").with("location", &format!("{TO}?a=b")),
        });
        let film = Film::new(4000);
        let told = Arc::new(Mutex::new(String::new()));
        let events = Arc::clone(&told);
        let handler =
            EventHandler::new(move |event| *events.lock().expect("a lock") += &format!("{event:?}\n"));
        let connection = Connection { max_retries: 0, on_event: Some(handler), ..Connection::default() };
        let options = ClientOptions {
            base_url: Some(service.url()),
            factory_id: Some("F".into()),
            connection,
            ..Default::default()
        };
        let client = Client::new(ACCESS, SECRET, options).expect("a client");
        let options = UploadOptions { protocol: Protocol::Parts, concurrency: 1, ..Default::default() };
        let upload = Upload::new(&client, None, &film.path, None, options).expect("an upload");
        for status in [if follows { 400 } else { 307 }, 400] {
            let error = upload.run(None).expect_err("refused");
            assert_eq!(error.http_status(), status, "{error}");
            assert_no_location(&error, &service, "a redirect");
        }
        assert!(service.seen().iter().any(|seen| seen.target.starts_with(TO)), "the redirect is followed");
        let told = told.lock().expect("a lock");
        assert!(told.contains(&service.url()) && !told.contains("sesame"), "{told}");
    }
}

/// Nobody knows what in it is the secret.
#[test]
fn no_error_of_an_answer_that_cannot_be_read_shows_where_the_session_is() {
    for (case, broken) in [
        ("cut", r#"{"location":"LOCATION","parts":1"#),
        ("no JSON", "LOCATION"),
        ("under another name", r#"{"url":"LOCATION","parts":1,"part_size":6000}"#),
        ("in a number's place", r#"{"location":5,"parts":"LOCATION","part_size":6000}"#),
    ] {
        let service = Service::answering(move |seen| {
            let location = format!("http://{}{}", seen.header("host"), session_place());
            Reply::new(201, broken.replace("LOCATION", &location))
        });
        let error = Film::new(6000).upload(&service, Protocol::Parts).run(None).expect_err(case);
        assert_eq!(error.kind(), ErrorKind::Protocol, "{case}: {error}");
        assert_no_location(&error, &service, case);
    }
}

#[test]
fn no_error_of_a_session_that_cannot_be_reached_shows_where_it_is() {
    let (_taken, nobody) = nobody();
    let service = Service::answering(move |_| {
        let location = format!("http://{nobody}{}", session_place());
        Reply::new(201, json!({"location": location, "parts": 1, "part_size": 4000}).to_string())
    });
    let error = Film::new(4000).upload(&service, Protocol::Parts).run(None).expect_err("nobody is there");
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    assert!(error.message().contains(&nobody.to_string()), "{error}");
    assert_no_location(&error, &service, "a refused connection");
}

/// Says nothing to parts, so that the upload is cancelled in the middle, and `delete` to the deletion of the
/// session.
fn cancelled(delete: fn(&Seen) -> Reply) -> (Service, Error, Duration) {
    let service = Service::answering(move |seen| match seen.method.as_str() {
        _ if is_opening(seen) => opened(seen, &session_place(), Some((json!(1), json!(4000)))),
        "DELETE" => delete(seen),
        _ => {
            std::thread::sleep(Duration::from_secs(60));
            Reply::default()
        }
    });
    let mut asked = None;
    let film = Film::new(4000);
    let upload = film.upload_with(&service, Protocol::Parts, 10);
    let result = upload.run(Some(&mut |_| {
        if asked.is_none() && service.seen().len() > 1 {
            asked = Some(Instant::now());
            upload.lifecycle().control().cancel();
        }
        true
    }));
    let error = result.expect_err("cancelled");
    let took = asked.expect("cancelled").elapsed();
    (service, error, took)
}

#[test]
fn a_cancelled_upload_returns_within_a_second_though_the_session_cannot_be_deleted() {
    let (service, error, took) = cancelled(|_| {
        std::thread::sleep(Duration::from_secs(60));
        Reply::default()
    });
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(error.message().contains("the service was not told"), "{error}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(service.seen().iter().any(|seen| seen.method == "DELETE"));
    assert_no_location(&error, &service, "abort");
}

#[test]
fn a_session_that_is_gone_needs_no_deletion() {
    let (_, error, _) = cancelled(|_| Reply::new(404, ""));
    assert!(error.kind() == ErrorKind::Cancelled && !error.message().contains("not told"), "{error}");
    // It was the caller, and no part is to blame.
    assert!(!error.message().contains("part 1") && error.step() != "part", "{error}");
    let (service, error, _) = cancelled(|seen| Reply::new(400, seen.echo()));
    assert!(error.message().contains("not told: cannot delete the upload session: HTTP 400"), "{error}");
    assert_no_location(&error, &service, "abort");
}
