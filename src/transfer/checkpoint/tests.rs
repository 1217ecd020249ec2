use std::fs;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::http::Bounds;
use crate::transfer::context::TransferContext;
use crate::transfer::control::Control;
use crate::transfer::progress::Progress;
use crate::transfer::source::Identity;

fn key() -> SealKey {
    SealKey::new("filestack", "TESTKEY").expect("a key")
}

fn intent() -> Intent {
    let identity = Identity { device: 1, inode: 2, size: 25, modified: (1_700_000_000, -5) };
    let file = UploadedFile { path: "/films/a.mov".into(), identity };
    Intent {
        service: "filestack".into(),
        account: key().account(),
        files: vec![file],
        request: json!({"filename": "a.mov"}),
        begun: 1_700_000_001,
    }
}

/// One record of every kind.
fn records() -> Vec<Record> {
    let part = |number, event| Record::Part(PartRecord { file: 0, number, event });
    let md5 = Some([7; 16]);
    let etag = |etag: &str| Some(etag.to_owned());
    vec![
        Record::Intent(intent()),
        Record::Session(Session { part_sizes: vec![10], answer: json!({"upload_id": "u"}) }),
        part(1, PartEvent::Whole { md5, etag: etag("\"07070707070707070707070707070707\"") }),
        part(2, PartEvent::Whole { md5, etag: etag("\"00000000000000000000000000000001\"") }),
        part(1, PartEvent::Whole { md5, etag: etag("no digest") }),
        part(1, PartEvent::Whole { md5, etag: None }),
        part(3, PartEvent::Sending { md5 }),
        part(3, PartEvent::Chunk { md5, length: 2 }),
        part(3, PartEvent::Chunk { md5: Some([8; 16]), length: 3 }),
        part(3, PartEvent::Committed),
        Record::Completing(true),
        Record::Completing(false),
        Record::Done(json!({"handle": "h"})),
        Record::Reset,
    ]
}

fn bytes(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::new();
    records.iter().for_each(|record| record.write(&key(), &mut bytes).expect("written"));
    bytes
}

/// The records up to the first that is damaged.
fn read(mut bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    while let Some((raw, rest)) = record::RawRecord::read(bytes) {
        let Some(record) = raw.understand(Some(&key())) else { break };
        records.push(record);
        bytes = rest;
    }
    records
}

#[test]
fn records_are_read_as_they_were_written() {
    assert_eq!(read(&bytes(&records())), records());
}

#[test]
fn a_reset_says_nothing_more() {
    const RESET: u8 = 6;
    for (payload, is_one) in [(&b""[..], true), (&b"x"[..], false)] {
        let mut bytes = Vec::new();
        record::frame(RESET, payload, &mut bytes).expect("framed");
        assert_eq!(read(&bytes).len(), usize::from(is_one), "{payload:?}");
    }
}

/// As a list of journals reads them; Miri runs it, for nothing is sealed.
#[test]
fn what_is_not_sealed_is_read_without_a_key_up_to_the_first_damage() {
    let mut whole = Vec::new();
    // A part that is stored as a whole, with its MD5; the completion.
    for (kind, payload) in [(3, [&[0, 0, 1, 0, 0, 0, 1][..], &[7; 16]].concat()), (4, vec![1])] {
        record::frame(kind, &payload, &mut whole).expect("framed");
    }
    let understood = |mut bytes: &[u8]| {
        let mut count = 0;
        while let Some((raw, rest)) = record::RawRecord::read(bytes) {
            raw.understand(None).expect("understood");
            (count, bytes) = (count + 1, rest);
        }
        count
    };
    assert_eq!(understood(&whole), 2);
    let first = whole.len() - 10;
    for at in 0..whole.len() {
        let left = usize::from(at >= first);
        assert_eq!(understood(&whole[..at]), left, "cut at {at}");
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        assert_eq!(understood(&flipped), left, "byte {at}");
    }
}

#[test]
fn damage_at_any_byte_leaves_the_records_before_it_and_none_after() {
    let (records, whole) = (records(), bytes(&records()));
    let ends: Vec<usize> = (0..=records.len()).map(|count| bytes(&records[..count]).len()).collect();
    for at in 0..whole.len() {
        let left = ends.iter().filter(|end| **end <= at).count() - 1;
        assert_eq!(read(&whole[..at]), records[..left], "cut at {at}");
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << bit;
            assert_eq!(read(&flipped), records[..left], "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn a_part_takes_at_most_48_bytes_and_one_without_a_digest_none() {
    for record in records() {
        if let Record::Part(PartRecord { event: PartEvent::Whole { etag, .. }, .. }) = &record
            && etag.as_deref() != Some("no digest")
        {
            assert!(bytes(&[record]).len() <= 48);
        }
    }
    let undigested = PartEvent::Whole { md5: None, etag: Some("x".into()) };
    assert_eq!(bytes(&[Record::Part(PartRecord { file: 0, number: 1, event: undigested })]).len(), 0);
}

#[test]
fn what_is_known_comes_to_the_same_by_its_own_records() {
    for count in 1..=records().len() {
        let known = Known::of(records().into_iter().take(count)).expect("an intent");
        let again = Known::of(known.records()).expect("an intent");
        assert_eq!(format!("{again:?}"), format!("{known:?}"), "after {count} records");
    }
}

#[test]
fn a_part_is_stored_when_its_chunks_are_all_there_and_committed() {
    let part = Plan::new(25, 10).part(3).expect("the last part");
    let stored = |count: usize| {
        let known = Known::of(records().into_iter().take(count)).expect("an intent");
        let state = known.parts.get(&(0, 3)).cloned();
        (state.is_some_and(|state| state.is_stored(part)), known.bytes_stored())
    };
    assert_eq!([7, 8, 9, 10].map(stored), [(false, 20), (false, 22), (false, 25), (true, 25)]);
}

#[test]
fn the_digests_of_another_process_are_compared_range_by_range() {
    let checkpoint = Checkpoint::of(key(), Known::of(records().into_iter().take(10)).expect("an intent"));
    let ranges = checkpoint.unverified(0, Plan::new(25, 10));
    let ranges: Vec<(u64, u64, u8)> =
        ranges.iter().map(|(range, md5)| (range.offset, range.length, md5[0])).collect();
    assert_eq!(ranges, [(0, 10, 7), (10, 10, 7), (20, 2, 7), (22, 3, 8)]);
    checkpoint.verified();
    assert!(checkpoint.unverified(0, Plan::new(25, 10)).is_empty());
}

#[test]
fn what_is_printed_shows_nothing_that_the_service_answered() {
    let known = Known::of(records().into_iter().take(2)).expect("an intent");
    let shown = format!("{:?}", Checkpoint::of(key(), known));
    assert!(shown.contains("a.mov") && !shown.contains("upload_id"), "{shown}");
}

/// The example of `include/README.md`, in hexadecimal digits.
#[test]
fn the_example_of_the_documentation_is_a_journal() {
    let page = fs::read_to_string("include/README.md").expect("the page");
    let dump = page.split("```hexdump\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a dump");
    let digits: String =
        dump.lines().map(|line| line.split("  ").nth(1).unwrap_or_default().replace(' ', "")).collect();
    let journal = base16ct::lower::decode_vec(&digits).expect("hexadecimal digits");
    let records = read(journal.strip_prefix(b"FERRYUP\x01").expect("the header"));
    assert_eq!(bytes(&records).len() + 8, journal.len(), "all of it is read");
    let Some(Record::Intent(intent)) = records.first() else { panic!("{records:?}") };
    assert_eq!((intent.files[0].path.as_str(), intent.begun), ("/films/a.mov", 1_700_000_001));
    let md5 = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    let etag = "\"0102030405060708090a0b0c0d0e0f10\"".to_owned();
    let event = PartEvent::Whole { md5: Some(md5), etag: Some(etag) };
    assert_eq!(
        records[1..],
        [
            Record::Session(Session { part_sizes: vec![5 << 20], answer: json!({"upload_id": "u"}) }),
            Record::Part(PartRecord { file: 0, number: 1, event }),
            Record::Completing(true),
        ]
    );
}

#[test]
#[ignore = "prints the example of include/README.md"]
fn example() {
    let event = PartEvent::Whole {
        md5: Some([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
        etag: Some("\"0102030405060708090a0b0c0d0e0f10\"".into()),
    };
    let records = [
        Record::Intent(intent()),
        Record::Session(Session { part_sizes: vec![5 << 20], answer: json!({"upload_id": "u"}) }),
        Record::Part(PartRecord { file: 0, number: 1, event }),
        Record::Completing(true),
    ];
    let journal = [b"FERRYUP\x01".to_vec(), bytes(&records)].concat();
    for (line, sixteen) in journal.chunks(16).enumerate() {
        let digits: Vec<String> = sixteen.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = sixteen
            .iter()
            .map(|b| if b.is_ascii_graphic() || *b == b' ' { *b as char } else { '.' })
            .collect();
        println!("{:04x}  {:<47}  {text}", line * 16, digits.join(" "));
    }
}

#[test]
fn of_a_journal_and_a_token_each_may_know_more_of_a_part() {
    let session = |place: &str| {
        let answer = json!({"opened": "there", "location": place, "version": u8::from(place == "here")});
        Record::Session(Session { part_sizes: vec![5], answer })
    };
    let known = |place, parts: Vec<(u32, PartEvent)>| {
        let part = |(number, event)| Record::Part(PartRecord { file: 0, number, event });
        let records = [Record::Intent(intent()), session(place)].into_iter();
        Known::of(records.chain(parts.into_iter().map(part))).expect("they fit each other")
    };
    let whole = |byte| PartEvent::Whole { md5: Some([byte; 16]), etag: None };
    let sending = |byte| PartEvent::Sending { md5: Some([byte; 16]) };
    let mut journal = known("here", vec![(1, whole(1)), (2, sending(2)), (3, whole(3))]);
    let token = known("there", vec![(1, sending(1)), (2, whole(2)), (4, sending(4))]);
    assert!(journal.continues(&token));
    assert_eq!(journal.join(&token).len(), 2);
    let both = known("here", vec![(1, whole(1)), (2, whole(2)), (3, whole(3)), (4, sending(4))]);
    assert_eq!(journal.records(), both.records());
    assert_eq!(journal.join(&token), [], "it has all of that now");
    let mut token = token;
    token.join(&journal);
    assert_eq!(token.records(), both.records());
}

#[test]
fn records_that_do_not_fit_each_other_are_none() {
    let session =
        |part_sizes: Vec<u64>| Record::Session(Session { part_sizes, answer: json!({"upload_id": "u"}) });
    let part = |file, number, event| Record::Part(PartRecord { file, number, event });
    let whole = || PartEvent::Whole { md5: Some([7; 16]), etag: None };
    let chunk = |length| PartEvent::Chunk { md5: Some([7; 16]), length };
    let fits = |records: Vec<Record>| {
        let records = std::iter::once(Record::Intent(intent())).chain(records);
        Known::of(records).is_some()
    };
    assert!(fits(vec![session(vec![10]), part(0, 3, whole())]));
    assert!(fits(vec![session(vec![10]), part(0, 3, chunk(2)), part(0, 3, chunk(3))]));
    assert!(fits(vec![session(vec![10]), Record::Reset, part(0, 1, whole())]), "of a session that is over");
    for others in [
        vec![session(vec![])],
        vec![session(vec![10, 10])],
        vec![session(vec![10]), part(0, 4, whole())],
        vec![session(vec![10]), part(1, 1, whole())],
        vec![session(vec![10]), part(0, 3, chunk(6))],
        vec![session(vec![10]), part(0, 1, chunk(u64::MAX)), part(0, 1, chunk(2))],
    ] {
        assert!(!fits(others.clone()), "{others:?}");
    }
}

/// Whoever holds the ledger of a batch keeps others from it.
#[test]
fn a_checkpoint_that_waits_for_the_next_run_of_its_batch_lets_go_of_the_ledger() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journals").to_str().expect("UTF-8").to_owned();
    let open = || Ledger::open(&path, "filestack", key(), [[7; 10]].into(), false);
    let checkpoint = Checkpoint::of(key(), Known::new(intent()));
    checkpoint.belongs_to(&Arc::new(open().expect("a ledger")));
    assert_eq!(open().err().map(|error| error.kind()), Some(ErrorKind::InvalidState));
    checkpoint.leaves_batch();
    open().expect("nobody has it");
    assert!(!checkpoint.has_journal());
}

/// A loss of power, or a full disk, may leave half of the list.
#[test]
fn a_ledger_that_begins_anew_is_still_held() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("UTF-8").to_owned();
    let open = || Ledger::open(&path, "filestack", key(), [[7; 10]].into(), false);
    let whole = open().expect("a ledger");
    let file = whole.path().to_owned();
    drop(whole);
    let length = file.metadata().expect("metadata").len();
    let cut = fs::OpenOptions::new().write(true).open(&file).expect("the ledger");
    cut.set_len(length - 1).expect("cut");
    drop(cut);
    let _held = open().expect("begun anew");
    assert_eq!(open().err().map(|error| error.kind()), Some(ErrorKind::InvalidState));
}

#[test]
fn an_answer_that_is_too_long_for_a_ledger_hides_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("UTF-8").to_owned();
    let open = || Ledger::open(&path, "filestack", key(), [[7; 10]].into(), false).expect("a ledger");
    let ledger = open();
    assert!(!ledger.keep("long", &json!("x".repeat(1 << 20))));
    assert!(ledger.keep("short", &json!("x")));
    drop(ledger);
    let ledger = open();
    assert_eq!((ledger.answer("long"), ledger.answer("short")), (None, Some(json!("x"))));
}

/// What this process has sent may be of other bytes than their digests say.
#[test]
fn a_file_that_changed_begins_anew_unless_its_parts_may_have_been_joined() {
    for (completing, stays) in [(false, false), (true, true)] {
        let checkpoint = Checkpoint::of(key(), Known::new(intent()));
        checkpoint
            .record(Record::Session(Session { part_sizes: vec![10], answer: json!({"upload_id": "u"}) }));
        checkpoint.record(Record::Completing(completing));
        let (control, progress) = (Control::default(), Progress::default());
        let limit = Duration::from_secs(1);
        let bounds = Bounds::new(Arc::default(), None, limit, limit);
        let context = TransferContext::new(&control, bounds, &progress);
        let changed = |_: &TransferContext<'_>| Err(Error::new(ErrorKind::FileChanged, "changed"));
        checkpoint.go_on(None, &context, &|_| false, &|| Ok(()), &changed).expect_err("changed");
        assert_eq!(checkpoint.session().is_some(), stays, "completing: {completing}");
    }
}
