//! Batches: what is stored is never sent again, whatever ended the run and whoever goes on.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry::error::{Error, ErrorKind, Result};
use ferry::filestack::{Batch, Client, Filelink, Item, Place as Storage, UploadOptions};
use ferry::transfer::lifecycle::UploadState;
use ferry::transfer::progress::Snapshot;
use serde_json::{Value, json};

use super::Place;
use super::emulated::this_program;
use super::filestack::MIB;
use super::support::{TestCloud, noise, of_few_tries, wait_until};

/// Files of different lengths, some of two parts.
struct Files {
    place: Place,
    paths: Vec<String>,
    bytes: Vec<Vec<u8>>,
}

impl Files {
    fn new(count: usize) -> Self {
        let place = Place::new();
        let length = |index: usize| if index % 20 == 7 { 5 * MIB + index } else { 64 * 1024 + index };
        let bytes: Vec<Vec<u8>> = (0..count).map(|index| noise(length(index))).collect();
        let write = |(index, bytes): (usize, &Vec<u8>)| place.file(&format!("{index}.bin"), bytes);
        let paths = bytes.iter().enumerate().map(write).collect();
        Files { place, paths, bytes }
    }

    fn items(&self) -> Vec<Item> {
        self.paths.iter().map(|path| item(path)).collect()
    }

    fn options(&self) -> UploadOptions {
        UploadOptions { journal_dir: Some(self.place.journals()), ..Default::default() }
    }

    /// The ledgers of batches, or the journals of their files.
    fn journals(&self, of_batches: bool) -> Vec<PathBuf> {
        let is_ledger = |path: &PathBuf| path.to_string_lossy().ends_with("-batch.ferry");
        self.place.journal_files().into_iter().filter(|path| is_ledger(path) == of_batches).collect()
    }

    /// Proves that each file is stored, and nothing else.
    fn are_stored(&self, batch: &Batch, cloud: &TestCloud) {
        let mut handles = BTreeSet::new();
        for (index, bytes) in self.bytes.iter().enumerate() {
            let filelink = batch.filelink(index).expect("a filelink");
            let content = filelink.content(&Default::default(), None).expect("content");
            assert!(content == *bytes, "file {index} is stored as it is");
            handles.insert(filelink.handle().to_owned());
        }
        assert_eq!(handles.len(), self.bytes.len());
        assert_eq!(cloud.files().len(), self.bytes.len(), "no file was stored twice");
    }
}

fn item(path: &str) -> Item {
    Item { path: path.to_owned(), options: None }
}

fn batch(client: &Arc<Client>, items: Vec<Item>, options: UploadOptions) -> Batch {
    Batch::new(client, items, options).expect("a batch")
}

/// Runs the batch; what was told of its files.
fn run(
    batch: &Batch,
    mut goes_on: impl FnMut(usize) -> bool,
) -> (Result<()>, Vec<(usize, Result<Filelink>)>) {
    let mut told = Vec::new();
    let result = batch.run(
        None,
        Some(&mut |index, _, stored| {
            told.push((index, stored.clone()));
            goes_on(told.len())
        }),
    );
    (result, told)
}

fn report(batch: &Batch) -> Vec<Value> {
    batch.report(|_| "a kind").as_array().expect("an array").clone()
}

#[test]
fn every_file_is_stored_and_told_once() {
    let (cloud, files) = (TestCloud::start(), Files::new(50));
    let batch = batch(&cloud.client(of_few_tries()), files.items(), UploadOptions::default());
    let mut last = Snapshot::default();
    let mut told = Vec::new();
    let result = batch.run(
        Some(&mut |snapshot| {
            last = *snapshot;
            true
        }),
        Some(&mut |index, path, stored| {
            assert!(stored.is_ok() && path == files.paths[index]);
            told.push(index);
            true
        }),
    );
    result.expect("all are stored");
    told.sort_unstable();
    assert_eq!(told, (0..50).collect::<Vec<_>>());
    let total: u64 = files.bytes.iter().map(|bytes| bytes.len() as u64).sum();
    assert_eq!((last.bytes_done, last.bytes_total), (total, total));
    assert_eq!((last.files_done, last.files_total, last.parts_done, last.parts_total), (50, 50, 53, 53));
    files.are_stored(&batch, &cloud);
    let report = report(&batch);
    assert_eq!(report.len(), 50);
    assert_eq!(report[7]["path"], json!(files.paths[7]));
    assert_eq!(report[7]["filelink"]["handle"], json!(batch.filelink(7).expect("stored").handle()));
    assert_eq!(batch.lifecycle().state(), UploadState::Uploaded);
    batch.run(None, None).expect("nothing is left to do");
    assert_eq!(cloud.count("start"), 50);
}

#[test]
fn a_file_that_fails_stops_no_other_and_is_the_only_one_that_another_run_sends() {
    let (cloud, files) = (TestCloud::start(), Files::new(20));
    let missing = format!("{}.gone", files.paths[4]);
    fs::rename(&files.paths[4], &missing).expect("renamed");
    let batch = batch(&cloud.client(of_few_tries()), files.items(), UploadOptions::default());
    let (result, told) = run(&batch, |_| true);
    let error = result.expect_err("one has failed");
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.message().starts_with("1 of 20 files is not stored"), "{error}");
    assert!(error.message().contains(&files.paths[4]), "{error}");
    assert_eq!(told.iter().filter(|(index, stored)| *index == 4 && stored.is_err()).count(), 1);
    assert_eq!((told.len(), cloud.confirmed("complete")), (20, 19));
    let report = report(&batch);
    assert_eq!((&report[4]["filelink"], &report[4]["error"]["status"]), (&Value::Null, &json!("a kind")));
    assert_eq!((batch.lifecycle().state(), report[5]["error"].is_null()), (UploadState::Error, true));
    fs::rename(&missing, &files.paths[4]).expect("renamed");
    let (result, told) = run(&batch, |_| true);
    result.expect("all are stored");
    assert_eq!(told.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [4]);
    files.are_stored(&batch, &cloud);
}

#[test]
fn a_service_that_is_busy_makes_the_batch_retryable() {
    let (cloud, files) = (TestCloud::start(), Files::new(12));
    let busy = |name: &str| json!({"class": "start", "match": {"filename": name}, "times": 9, "action": {"status": 503}});
    cloud.faults(json!([busy("3.bin"), busy("5.bin")]));
    let batch = batch(&cloud.client(of_few_tries()), files.items(), UploadOptions::default());
    let (result, _) = run(&batch, |_| true);
    let error = result.expect_err("two have failed");
    assert!(error.message().starts_with("2 of 12 files are not stored; the first:"), "{error}");
    assert!(error.message().contains("3.bin"), "{error}");
    assert_eq!((error.http_status(), error.step(), error.retryable()), (503, "start", true));
    assert_eq!(batch.lifecycle().state(), UploadState::Interrupted);
    cloud.faults(json!([]));
    batch.run(None, None).expect("all are stored");
    files.are_stored(&batch, &cloud);
}

#[test]
fn a_part_that_is_stored_is_not_sent_again_by_another_run() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(12 * MIB));
    let path = place.file("film.mov", &bytes);
    let options = UploadOptions { concurrency: 1, ..Default::default() };
    let batch = batch(&cloud.client(of_few_tries()), vec![item(&path)], options);
    cloud.faults(json!([{"class": "put", "skip": 1, "times": 9, "action": {"status": 403}}]));
    batch.run(None, None).expect_err("the second part is refused");
    cloud.faults(json!([]));
    batch.run(None, None).expect("stored");
    assert_eq!((cloud.confirmed("put"), cloud.count("start")), (3, 1));
}

#[test]
fn the_end_of_a_file_can_interrupt_pause_and_cancel() {
    let (cloud, files) = (TestCloud::start(), Files::new(60));
    let batch = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    let (result, told) = run(&batch, |count| count < 10);
    let error = result.expect_err("interrupted");
    assert_eq!((error.kind(), error.retryable(), told.len()), (ErrorKind::Cancelled, true, 10));
    assert_eq!(batch.lifecycle().state(), UploadState::Interrupted);
    let stored = report(&batch).iter().filter(|item| !item["filelink"].is_null()).count();
    let (result, _) = run(&batch, |_| false);
    assert_eq!(result.expect_err("interrupted").kind(), ErrorKind::Cancelled);
    let again = report(&batch).iter().filter(|item| !item["filelink"].is_null()).count();
    assert!(stored == 10 || again == stored, "what was stored but not told is told before anything is sent");
    let (result, _) = run(&batch, |count| {
        if count == 10 {
            batch.lifecycle().control().pause();
        }
        true
    });
    assert_eq!(result.expect_err("paused").kind(), ErrorKind::Paused);
    let listed = files.place.list();
    let ledger = listed.iter().find(|listed| !listed["files"].is_null()).expect("the batch is listed");
    assert_eq!((&ledger["service"], &ledger["files"]), (&json!("filestack"), &json!(60)));
    assert!((20..60).contains(&ledger["files_stored"].as_u64().expect("a number")), "{ledger}");
    let (result, _) = run(&batch, |count| {
        if count == 5 {
            batch.lifecycle().control().cancel();
        }
        true
    });
    let error = result.expect_err("cancelled");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Cancelled, false));
    assert_eq!(files.place.journal_files().len(), 0, "nothing is kept");
    assert!(cloud.count("start") < 60);
}

/// Files that were stored while the run before was being interrupted are told before anything else.
#[test]
fn a_cancel_at_a_file_that_is_told_late_is_for_good() {
    let (cloud, files) = (TestCloud::start(), Files::new(60));
    let batch = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    let first = run(&batch, |_| {
        while cloud.confirmed("complete") < 3 {
            std::thread::sleep(Duration::from_millis(1));
        }
        false
    });
    first.0.expect_err("interrupted");
    let (result, _) = run(&batch, |_| {
        batch.lifecycle().control().cancel();
        false
    });
    let error = result.expect_err("cancelled");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Cancelled, false));
    assert_eq!(batch.lifecycle().state(), UploadState::Aborted);
    assert_eq!(files.place.journal_files().len(), 0, "nothing is kept");
}

/// Whatever interrupts it, and whenever: what ended meanwhile is told by the next run.
#[test]
fn each_file_is_told_once_in_all_runs_together() {
    let (cloud, files) = (TestCloud::start(), Files::new(60));
    let batch = batch(&cloud.client(of_few_tries()), files.items(), UploadOptions::default());
    let mut told = Vec::new();
    for _ in 0..100 {
        let (result, more) = run(&batch, |count| count < 7);
        told.extend(more.into_iter().map(|(index, _)| index));
        if result.is_ok() {
            break;
        }
    }
    told.sort_unstable();
    assert_eq!(told, (0..60).collect::<Vec<_>>());
}

#[test]
fn files_that_had_failed_are_told_again() {
    let (cloud, files) = (TestCloud::start(), Files::new(2));
    files.paths.iter().for_each(|path| fs::remove_file(path).expect("removed"));
    let batch = batch(&cloud.client(of_few_tries()), files.items(), UploadOptions::default());
    let (result, told) = run(&batch, |_| true);
    result.expect_err("neither is there");
    assert_eq!(told.len(), 2);
    files.paths.iter().zip(&files.bytes).for_each(|(path, bytes)| fs::write(path, bytes).expect("written"));
    let (result, first) = run(&batch, |_| {
        wait_until("both are stored", || cloud.confirmed("complete") == 2);
        false
    });
    result.expect_err("interrupted");
    let (result, second) = run(&batch, |_| true);
    result.expect("both are stored");
    let mut told: Vec<usize> = first.into_iter().chain(second).map(|(index, _)| index).collect();
    told.sort_unstable();
    assert_eq!(told, [0, 1]);
}

#[test]
fn another_process_takes_over_what_is_stored() {
    let (cloud, files) = (TestCloud::start(), Files::new(60));
    let first = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&first, |count| count < 30).0.expect_err("interrupted");
    drop(first);
    let sent = cloud.confirmed("complete");
    assert!(sent < 60);
    let second = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    let (result, told) = run(&second, |_| true);
    result.expect("all are stored");
    assert_eq!(told.len(), 60, "those that were stored are told too");
    files.are_stored(&second, &cloud);
    assert_eq!(files.place.journal_files().len(), 0);
}

#[test]
fn a_list_that_has_grown_takes_over_what_the_shorter_one_has_stored() {
    let (cloud, files) = (TestCloud::start(), Files::new(40));
    let shorter = files.items()[..30].to_vec();
    let first = batch(&cloud.client(of_few_tries()), shorter, files.options());
    run(&first, |count| count < 15).0.expect_err("interrupted");
    drop(first);
    let second = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&second, |_| true).0.expect("all are stored");
    files.are_stored(&second, &cloud);
    assert_eq!(files.place.journal_files().len(), 0, "the shorter list's is taken, so it is over");
}

#[test]
fn a_shorter_list_forgets_nothing_of_a_longer_one_that_is_not_over() {
    let (cloud, files) = (TestCloud::start(), Files::new(40));
    let first = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&first, |count| count < 15).0.expect_err("interrupted");
    let stored: Vec<Item> = report(&first)
        .iter()
        .filter(|file| !file["filelink"].is_null())
        .map(|file| item(file["path"].as_str().expect("a path")))
        .collect();
    drop(first);
    let second = batch(&cloud.client(of_few_tries()), stored, files.options());
    let before = cloud.count("start");
    run(&second, |_| true).0.expect("all are stored");
    assert_eq!(cloud.count("start"), before, "nothing was sent");
    let third = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&third, |_| true).0.expect("all are stored");
    files.are_stored(&third, &cloud);
    assert_eq!(files.place.journal_files().len(), 0);
}

/// A folder that is too long for one batch is a series of them; each run makes them anew, as a new process
/// does.
#[test]
fn a_series_goes_on_behind_the_batches_that_are_over() {
    let (cloud, files) = (TestCloud::start(), Files::new(60));
    let both = || {
        let client = cloud.client(of_few_tries());
        let make = |items: &[Item]| batch(&client, items.to_vec(), files.options()).of_series();
        let items = files.items();
        [make(&items[..30]), make(&items[30..])]
    };
    let [first, second] = both();
    run(&first, |_| true).0.expect("all of the first are stored");
    run(&second, |count| count < 10).0.expect_err("interrupted");
    drop((first, second));
    let before = cloud.confirmed("complete");
    assert!((40..60).contains(&before), "{before}");
    assert_eq!(files.journals(true).len(), 2, "what the first has stored is remembered, though it is over");
    let [first, second] = both();
    let requests = cloud.requests().len();
    let (result, told) = run(&first, |_| true);
    result.expect("all are stored");
    assert_eq!((told.len(), cloud.requests().len()), (30, requests), "told again, and nothing is sent");
    let (result, told) = run(&second, |_| true);
    result.expect("all are stored");
    assert_eq!((told.len(), cloud.files().len()), (30, 60));
    for (half, bytes) in [(&first, &files.bytes[..30]), (&second, &files.bytes[30..])] {
        for (index, bytes) in bytes.iter().enumerate() {
            let content = half.filelink(index).and_then(|link| link.content(&Default::default(), None));
            assert!(content.expect("content") == *bytes);
        }
    }
    let ledgers = [first, second].map(|half| half.ledger().expect("a journal"));
    assert_eq!(files.journals(true).len(), 2);
    ledgers.iter().for_each(|ledger| Batch::forget(ledger));
    assert_eq!(files.place.journal_files().len(), 0);
    let [first, _] = both();
    run(&first, |_| true).0.expect("all are stored");
    assert_eq!(cloud.files().len(), 90, "what is forgotten is stored again");
}

#[test]
fn a_batch_with_other_options_is_another_one() {
    let (cloud, files) = (TestCloud::start(), Files::new(20));
    let tagged = |tag: &str| UploadOptions { tags_json: Some(tag.into()), ..files.options() };
    let first = batch(&cloud.client(of_few_tries()), files.items(), tagged(r#"{"a": "1"}"#));
    run(&first, |count| count < 10).0.expect_err("interrupted");
    drop(first);
    let other = batch(&cloud.client(of_few_tries()), files.items(), tagged(r#"{"a": "2"}"#));
    run(&other, |_| true).0.expect("all are stored");
    let again = batch(&cloud.client(of_few_tries()), files.items(), tagged(r#"{"a": "1"}"#));
    run(&again, |_| true).0.expect("all are stored");
    assert_eq!(cloud.files().len(), 40, "each file once with each tag");
    assert_eq!(files.place.journal_files().len(), 0);
}

#[test]
fn a_journal_that_is_left_of_a_stored_file_goes_with_it() {
    let (cloud, files) = (TestCloud::start(), Files::new(40));
    let first = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    cloud.faults(json!([{"class": "complete", "skip": 5, "times": 9, "action": {"status": 403}}]));
    run(&first, |_| true).0.expect_err("some are refused");
    drop(first);
    cloud.faults(json!([]));
    let left = files.journals(false);
    assert_eq!(left.len(), 9);
    let saved: Vec<Vec<u8>> = left.iter().map(|path| fs::read(path).expect("read")).collect();
    // Now they are stored; a kill between the entry in the ledger and the removal would leave their journals.
    let second = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&second, |count| count < 40).0.expect_err("interrupted by its last file");
    drop(second);
    for (path, bytes) in left.iter().zip(saved) {
        fs::write(path, bytes).expect("written");
    }
    let third = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&third, |_| true).0.expect("all are stored");
    files.are_stored(&third, &cloud);
    assert_eq!(files.place.journal_files().len(), 0);
}

#[test]
fn a_cancel_in_another_process_leaves_nothing() {
    let (cloud, files) = (TestCloud::start(), Files::new(30));
    let first = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    cloud.faults(json!([{"class": "complete", "skip": 5, "times": 9, "action": {"status": 403}}]));
    run(&first, |_| true).0.expect_err("some are refused");
    drop(first);
    assert_eq!(files.place.journal_files().len(), 10);
    let second = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    second.lifecycle().control().cancel();
    assert_eq!(second.run(None, None).expect_err("cancelled").kind(), ErrorKind::Cancelled);
    assert_eq!(files.place.journal_files().len(), 0);
}

#[test]
fn progress_says_100_percent_only_if_nothing_has_failed() {
    let (cloud, files) = (TestCloud::start(), Files::new(10));
    cloud.faults(json!([{"class": "complete", "skip": 3, "times": 1, "action": {"status": 403}}]));
    let batch = batch(&cloud.client(of_few_tries()), files.items(), UploadOptions::default());
    let run = || {
        let mut last = Snapshot::default();
        let mut watch = |snapshot: &Snapshot| {
            last = *snapshot;
            true
        };
        (batch.run(Some(&mut watch), None), last)
    };
    let (result, last) = run();
    assert!(result.is_err() && last.bytes_done < last.bytes_total, "{last:?}");
    let (result, last) = run();
    assert!(result.is_ok());
    assert_eq!((last.bytes_done, last.files_done), (last.bytes_total, 10));
}

#[test]
fn a_file_that_has_changed_is_stored_again() {
    let (cloud, mut files) = (TestCloud::start(), Files::new(10));
    fs::rename(&files.paths[9], format!("{}.gone", files.paths[9])).expect("renamed");
    let first = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&first, |_| true).0.expect_err("one is missing");
    drop(first);
    files.bytes[3] = noise(70_000);
    files.place.file("3.bin", &files.bytes[3]);
    files.place.file("9.bin", &files.bytes[9]);
    let second = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&second, |_| true).0.expect("all are stored");
    let content = second.filelink(3).and_then(|link| link.content(&Default::default(), None));
    assert!(content.expect("content") == files.bytes[3]);
    assert_eq!(cloud.files().len(), 11, "nine, the changed one and the missing one");
}

#[test]
fn half_a_record_at_the_end_of_the_ledger_is_nothing() {
    let (cloud, files) = (TestCloud::start(), Files::new(20));
    let first = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&first, |count| count < 10).0.expect_err("interrupted");
    drop(first);
    let ledger = files.journals(true).pop().expect("a ledger");
    let length = fs::metadata(&ledger).expect("its length").len();
    fs::File::options().write(true).open(&ledger).and_then(|file| file.set_len(length - 1)).expect("cut");
    let before = cloud.confirmed("complete");
    let second = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&second, |count| count < 15).0.expect_err("interrupted");
    drop(second);
    let third = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&third, |_| true).0.expect("all are stored");
    assert!(before < 20);
    assert_eq!(cloud.files().len(), 21, "the one whose record was cut is stored twice, no other");
}

#[test]
fn a_ledger_of_another_version_is_refused_and_kept() {
    let (cloud, files) = (TestCloud::start(), Files::new(10));
    let first = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&first, |count| count < 5).0.expect_err("interrupted");
    drop(first);
    let ledger = files.journals(true).pop().expect("a ledger");
    let mut bytes = fs::read(&ledger).expect("read");
    bytes[7] = 2;
    fs::write(&ledger, &bytes).expect("written");
    let requests = cloud.requests().len();
    let second = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    let error = run(&second, |_| true).0.expect_err("refused");
    assert_eq!((error.kind(), cloud.requests().len()), (ErrorKind::InvalidState, requests));
    assert!(error.message().contains("version 2"), "{error}");
    assert!(fs::read(&ledger).expect("read") == bytes);
}

#[test]
fn two_processes_do_not_run_the_same_batch() {
    let (cloud, files) = (TestCloud::start(), Files::new(10));
    let client = cloud.client(of_few_tries());
    let first = batch(&client, files.items(), files.options());
    let mut second = None;
    let (result, _) = run(&first, |count| {
        if count == 1 {
            second = Some(batch(&client, files.items(), files.options()).run(None, None));
        }
        true
    });
    result.expect("all are stored");
    let error = second.expect("it has run").expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    assert!(error.message().contains("another batch of these files is under way"), "{error}");
}

#[test]
fn what_is_wrong_is_refused_before_anything_is_sent() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let path = place.file("a.bin", b"abc");
    let client = cloud.client(of_few_tries());
    let refused = |items: Vec<Item>, options: UploadOptions| -> Error {
        let error = Batch::new(&client, items, options).expect_err("refused");
        assert_eq!((error.kind(), cloud.requests().len()), (ErrorKind::InvalidArgument, 0));
        error
    };
    let says = |error: Error, words: &str| assert!(error.message().contains(words), "{error}");
    let own =
        |options: UploadOptions| vec![item("b"), Item { path: path.clone(), options: Some(options.into()) }];
    let none = UploadOptions::default;
    says(refused(vec![], none()), "no items");
    says(refused(vec![item(&path), item("")], none()), "items[1]: path is empty");
    says(refused(vec![item("b"), item(&path), item("b")], none()), "items[2]: b is items[0] already");
    let other_spelling = path.replace("a.bin", if cfg!(windows) { r".\a.bin" } else { "./a.bin" });
    says(refused(vec![item(&path), item(&other_spelling)], none()), "is items[0] already");
    says(refused(vec![item(&path)], UploadOptions { filename: Some("x".into()), ..none() }), "filename");
    let keyed = Storage { path: Some("folder/key".into()), ..Default::default() };
    says(refused(vec![item(&path)], UploadOptions { place: keyed, ..none() }), "end it with a slash");
    says(refused(vec![item(&path)], UploadOptions { concurrency: 65, ..none() }), "concurrency is 65");
    says(refused(own(UploadOptions { concurrency: 2, ..none() }), none()), "items[1]: concurrency is for");
    says(refused(own(UploadOptions { restart: true, ..none() }), none()), "items[1]: restart is for");
    says(refused(own(UploadOptions { part_size: 1, ..none() }), none()), "items[1]: part_size");
    let second = Duration::from_secs(1);
    says(refused(own(UploadOptions { deadline: Some(second), ..none() }), none()), "deadline is for");
    says(refused(own(UploadOptions { journal_dir: Some("j".into()), ..none() }), none()), "journal is for");
}

#[test]
fn an_item_has_its_own_name_and_place() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let path = place.file("a.bin", b"abc");
    let named = |name: &str| {
        let options = UploadOptions { filename: Some(name.into()), ..Default::default() };
        Item { path: path.clone(), options: Some(options.into()) }
    };
    let items = vec![item(&path), named("b.txt"), named("c.txt")];
    let batch = batch(&cloud.client(of_few_tries()), items, UploadOptions::default());
    batch.run(None, None).expect("stored");
    let names: Vec<Value> = report(&batch).iter().map(|item| item["filelink"]["filename"].clone()).collect();
    assert_eq!(names, [json!("a.bin"), json!("b.txt"), json!("c.txt")]);
}

#[test]
fn a_deadline_is_the_end_of_the_batch_and_not_of_its_files() {
    let (cloud, files) = (TestCloud::start(), Files::new(6));
    cloud.faults(json!([{"class": "put", "skip": 2, "times": 99, "action": {"stall_ms": 60_000}}]));
    let patient = ferry::http::Connection::default();
    let options = UploadOptions { deadline: Some(Duration::from_secs(3)), ..Default::default() };
    let batch = batch(&cloud.client(patient), files.items(), options);
    let begin = Instant::now();
    let (result, _) = run(&batch, |_| true);
    assert_eq!(result.expect_err("too late").kind(), ErrorKind::Timeout);
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert!(report(&batch).iter().all(|item| item["error"].is_null()));
    let late = (0..6).filter_map(|index| batch.filelink(index).err());
    let kinds: Vec<ErrorKind> = late.map(|error| error.kind()).collect();
    // On a slow machine even those that do not stall may be late.
    assert!(kinds.len() >= 4 && kinds.iter().all(|kind| *kind == ErrorKind::NotReady), "{kinds:?}");
}

/// Kills a process in the middle of a batch, several times.
#[test]
fn a_process_that_is_killed_leaves_what_another_goes_on_with() {
    let (cloud, files) = (TestCloud::start(), Files::new(200));
    for stored in [30, 80, 150] {
        let left = stored - cloud.confirmed("complete");
        cloud.faults(json!([{"class": "complete", "skip": left, "action": {"stall_ms": 60_000}}]));
        let mut child = this_program()
            .args(["--exact", "batch::the_process_that_is_killed", "--ignored"])
            .env("FERRY_BATCH_URL", cloud.url())
            .env("FERRY_BATCH_JOURNAL", files.place.journals())
            .env("FERRY_BATCH_PATHS", files.paths.join("\n"))
            .stdout(Stdio::null())
            .spawn()
            .expect("a process");
        let begin = Instant::now();
        while cloud.fired() == [0] || cloud.confirmed("complete") < stored {
            assert!(begin.elapsed() < Duration::from_secs(60), "{stored} files are never stored");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().expect("killed");
        child.wait().expect("its end");
        assert_eq!(cloud.confirmed("complete"), stored);
    }
    cloud.faults(json!([]));
    let batch = batch(&cloud.client(of_few_tries()), files.items(), files.options());
    run(&batch, |_| true).0.expect("all are stored");
    let handles: BTreeSet<String> =
        (0..200).map(|index| batch.filelink(index).expect("stored").handle().to_owned()).collect();
    assert_eq!(handles.len(), 200);
    for (index, bytes) in files.bytes.iter().enumerate().step_by(7) {
        let content = batch.filelink(index).and_then(|link| link.content(&Default::default(), None));
        assert!(content.expect("content") == *bytes);
    }
    assert_eq!(cloud.files().len(), 200, "no file was stored twice");
    assert_eq!(files.place.journal_files().len(), 0);
}

#[test]
#[ignore = "a part of the test above"]
fn the_process_that_is_killed() {
    let told = |name: &str| std::env::var(name).expect("told by the other process");
    let options = ferry::filestack::ClientOptions {
        base_url: Some(told("FERRY_BATCH_URL")),
        connection: of_few_tries(),
        ..Default::default()
    };
    let client = Client::new("TESTKEY", options).expect("a client");
    let items = told("FERRY_BATCH_PATHS").lines().map(item).collect();
    let options = UploadOptions { journal_dir: Some(told("FERRY_BATCH_JOURNAL")), ..Default::default() };
    batch(&client, items, options).run(None, None).expect("stored, or killed before");
}

/// Runs the test below in a process of its own, for the limit is the process's.
#[test]
#[cfg(unix)]
fn a_batch_in_a_process_without_descriptors_ends() {
    let files = Files::new(100);
    let paths = files.paths.join("\n");
    let test = "batch::the_process_without_descriptors";
    super::emulated::passes_with_descriptors(60, test, &[("FERRY_BATCH_PATHS", &paths)]);
}

#[test]
#[ignore = "run by the test above"]
fn the_process_without_descriptors() {
    let options = ferry::filestack::ClientOptions {
        base_url: Some("http://127.0.0.1:9".into()),
        connection: of_few_tries(),
        ..Default::default()
    };
    let client = Client::new("TESTKEY", options).expect("a client");
    let paths = std::env::var("FERRY_BATCH_PATHS").expect("told by the other process");
    let options =
        UploadOptions { deadline: Some(Duration::from_secs(20)), concurrency: 16, ..Default::default() };
    let batch = batch(&client, paths.lines().map(item).collect(), options);
    let mut taken = Vec::new();
    while let Ok(file) = fs::File::open("/dev/null") {
        taken.push(file);
    }
    let (result, told) = run(&batch, |_| true);
    drop(taken);
    assert_ne!(result.expect_err("no descriptors").kind(), ErrorKind::Timeout);
    assert_eq!(told.len(), 100, "each file has its end");
    for (_, stored) in told {
        let error = stored.expect_err("no descriptor");
        assert!(error.is_out_of_descriptors(), "{error}");
    }
}
