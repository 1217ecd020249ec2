//! Uploads to Telestream of data that has no file: what a reader gives, and bytes in memory.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ferry::error::{Error, ErrorKind, Result};
use ferry::telestream::{Client, Protocol, Upload, UploadOptions};
use ferry::transfer::lifecycle::UploadState;
use ferry::transfer::source::Source;
use serde_json::json;

use super::support::flip::{client, repeated, stored};
use super::support::{TestCloud, noise, of_few_tries, wait_until};
use super::uploads::{cloud, struck};

fn options(protocol: Protocol) -> UploadOptions {
    UploadOptions { filename: Some("film.mp4".into()), protocol, ..Default::default() }
}

fn upload(client: &Arc<Client>, source: Source<'static>, protocol: Protocol) -> Upload {
    Upload::of_source(client, None, source, Some(r#"{"profiles":"h264"}"#), options(protocol))
        .expect("an upload")
}

/// Gives `data`, up to 700 bytes at a time: no multiple of a part. `before` is called with what was given.
fn reader(
    data: Vec<u8>,
    before: impl Fn(usize) -> Result<()> + Send + 'static,
) -> impl FnMut(&mut [u8]) -> Result<usize> + Send + 'static {
    let mut given = 0;
    move |buffer| {
        before(given)?;
        let count = buffer.len().min(700).min(data.len() - given);
        buffer[..count].copy_from_slice(&data[given..given + count]);
        given += count;
        Ok(count)
    }
}

#[test]
fn what_a_reader_gives_and_bytes_in_memory_become_a_video() {
    static BYTES: &[u8] = &[7; 2500];
    for protocol in [Protocol::Parts, Protocol::Ranges] {
        let cloud = cloud();
        let client = client(cloud.url(), of_few_tries());
        for length in [1, 999, 1000, 5500] {
            let data = noise(length);
            for size in [None, Some(length as u64)] {
                let source = Source::of_reader(size, reader(data.clone(), |_| Ok(()))).expect("a source");
                let upload = upload(&client, source, protocol);
                upload.run(None).unwrap_or_else(|error| panic!("{length} of {size:?}: {error}"));
                assert!(stored(&client, &upload) == data, "{length} of {size:?}, {protocol:?}");
            }
        }
        let upload = upload(&client, Source::Bytes(BYTES), protocol);
        upload.run(None).expect("uploaded");
        assert!(stored(&client, &upload) == BYTES);
        assert_eq!(repeated(&cloud.url()), 0);
    }
}

#[test]
fn parts_and_ranges_are_stored_while_the_reader_still_reads() {
    for (protocol, class, length) in
        [(Protocol::Parts, "flip_part", 5500), (Protocol::Ranges, "flip_range", 12 << 20)]
    {
        let cloud = Arc::new(cloud());
        let client = client(cloud.url(), of_few_tries());
        let data = noise(length);
        let seen = Arc::clone(&cloud);
        let read = reader(data.clone(), move |given| {
            // The last bytes are not given before something is stored.
            if given >= length - 700 {
                wait_until("a part", || seen.count(class) > 0);
            }
            Ok(())
        });
        let source = Source::of_reader(Some(length as u64), read).expect("a source");
        let upload = upload(&client, source, protocol);
        upload.run(None).expect("uploaded");
        assert!(stored(&client, &upload) == data, "{protocol:?}");
    }
}

#[test]
fn a_run_that_has_failed_is_followed_by_one_that_reads_on() {
    for (protocol, length) in [(Protocol::Parts, 5500), (Protocol::Ranges, 12 << 20)] {
        let cloud = cloud();
        let client = client(cloud.url(), of_few_tries());
        let data = noise(length);
        for (size, fails_at) in [(Some(length as u64), length / 2), (None, 700)] {
            let fails = Arc::new(AtomicBool::new(true));
            let failing = Arc::clone(&fails);
            let read = reader(data.clone(), move |given| {
                match given > fails_at && failing.swap(false, Ordering::Relaxed) {
                    true => Err(Error::new(ErrorKind::Io, "the camera is gone")),
                    false => Ok(()),
                }
            });
            let upload = upload(&client, Source::of_reader(size, read).expect("a source"), protocol);
            let error = upload.run(None).expect_err("the reader fails");
            assert_eq!(
                (error.kind(), error.message()),
                (ErrorKind::Io, "cannot upload film.mp4: the camera is gone")
            );
            assert_eq!(upload.lifecycle().state(), UploadState::Error);
            upload.run(None).expect("the rest");
            assert!(!fails.load(Ordering::Relaxed), "the reader did not fail");
            assert!(stored(&client, &upload) == data, "{size:?}, {protocol:?}");
        }
    }
}

#[test]
fn a_pause_keeps_what_was_read() {
    for protocol in [Protocol::Parts, Protocol::Ranges] {
        let cloud = cloud();
        let client = client(cloud.url(), of_few_tries());
        let data = noise(5500);
        let pause: Arc<Mutex<Option<Arc<Upload>>>> = Arc::default();
        let handle = Arc::clone(&pause);
        let most = Arc::new(AtomicUsize::new(0));
        let reached = Arc::clone(&most);
        let read = reader(data.clone(), move |given| {
            reached.store(given, Ordering::Relaxed);
            if given > 2000
                && let Some(upload) = handle.lock().expect("a lock").take()
            {
                upload.lifecycle().control().pause();
            }
            Ok(())
        });
        let source = Source::of_reader(Some(5500), read).expect("a source");
        let upload = Arc::new(upload(&client, source, protocol));
        *pause.lock().expect("a lock") = Some(Arc::clone(&upload));
        assert_eq!(upload.run(None).expect_err("paused").kind(), ErrorKind::Paused);
        assert_eq!(most.load(Ordering::Relaxed), 2100, "it was read on");
        upload.run(None).expect("the rest");
        assert_eq!((cloud.count("flip_session"), repeated(&cloud.url())), (1, 0));
        assert!(stored(&client, &upload) == data, "{protocol:?}");
    }
}

#[test]
fn another_length_than_announced_makes_no_video() {
    for protocol in [Protocol::Parts, Protocol::Ranges] {
        for (length, words) in [(5499, "fewer bytes"), (5501, "more bytes")] {
            let cloud = cloud();
            let client = client(cloud.url(), of_few_tries());
            let source = Source::of_reader(Some(5500), reader(noise(length), |_| Ok(()))).expect("a source");
            let upload = upload(&client, source, protocol);
            let error = upload.run(None).expect_err("another length");
            assert_eq!(error.kind(), ErrorKind::FileChanged, "{error}");
            assert!(error.message().contains(words), "{error}");
            assert!(upload.answer().is_err(), "there is a video");
        }
    }
}

/// The service takes the first part, then says that the session is gone, or that it never had the part.
#[test]
fn a_service_that_loses_what_was_given_back_is_an_error_that_cannot_be_run_again() {
    let data = noise(5500);
    let one = |cloud: &TestCloud| {
        let client = client(cloud.url(), of_few_tries());
        let source = Source::of_reader(Some(5500), reader(data.clone(), |_| Ok(()))).expect("a source");
        let options = UploadOptions { concurrency: 1, ..options(Protocol::Parts) };
        Upload::of_source(&client, None, source, None, options).expect("an upload")
    };
    let service = cloud();
    service.faults(json!([{"class": "flip_part", "skip": 1, "times": 1, "action": {"status": 404}}]));
    let upload = one(&service);
    let error = upload.run(None).expect_err("the session is gone");
    assert_eq!((error.http_status(), error.retryable()), (404, false), "{error}");
    assert!(error.message().contains("make a new upload"), "{error}");
    assert_eq!((struck(&service.url(), "flip_part"), upload.lifecycle().state()), (1, UploadState::Error));
    let error = upload.run(None).expect_err("the data is gone");
    assert_eq!((error.kind(), service.count("flip_session")), (ErrorKind::InvalidState, 1), "{error}");

    let cloud = cloud();
    // Confirmed, and not there.
    cloud.faults(json!([{"class": "flip_part", "times": 1, "action": {"status": 200}}]));
    let upload = one(&cloud);
    let error = upload.run(None).expect_err("a part is missing");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::InvalidState, false), "{error}");
    assert_eq!(struck(&cloud.url(), "flip_part"), 1);
    assert!(upload.answer().is_err(), "there is a video");
}

#[test]
fn a_part_that_fails_is_sent_again() {
    let cloud = cloud();
    cloud.faults(json!([
        {"class": "flip_part", "skip": 1, "times": 1, "action": {"cut_after": 500}},
        {"class": "flip_part", "skip": 3, "times": 1, "action": {"lost_answer": true}},
    ]));
    let client = client(cloud.url(), of_few_tries());
    let data = noise(9500);
    let source = Source::of_reader(Some(9500), reader(data.clone(), |_| Ok(()))).expect("a source");
    let upload = upload(&client, source, Protocol::Parts);
    upload.run(None).expect("uploaded");
    assert_eq!(cloud.fired(), [1, 1]);
    assert!(stored(&client, &upload) == data);
    assert_eq!(repeated(&cloud.url()), 0);
}

#[test]
fn data_without_a_file_needs_a_name_and_a_byte() {
    let cloud = cloud();
    let client = client(cloud.url(), of_few_tries());
    let refused = |source: Source<'static>, filename: Option<&str>| {
        let options = UploadOptions { filename: filename.map(str::to_owned), ..Default::default() };
        Upload::of_source(&client, None, source, None, options).expect_err("refused")
    };
    for (source, name, words) in [
        (Source::Bytes(b"film"), None, "filename is missing"),
        (Source::Bytes(b"film"), Some(""), "filename is missing"),
        (Source::Bytes(b""), Some("a.mp4"), "a.mp4 is empty"),
        (Source::of_reader(Some(0), |_| Ok(0)).expect("a source"), Some("a.mp4"), "a.mp4 is empty"),
    ] {
        let error = refused(source, name);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains(words), "{error}");
    }
    let empty = upload(&client, Source::of_reader(None, |_| Ok(0)).expect("a source"), Protocol::Parts);
    let error = empty.run(None).expect_err("empty");
    assert_eq!((error.kind(), cloud.requests().len()), (ErrorKind::InvalidArgument, 0), "{error}");
}
