//! The token of a large upload: 100 GiB in 10,000 parts, all of them stored.

use std::time::Instant;

use ferry::transfer::checkpoint::{
    Checkpoint, PartEvent, PartRecord, Record, SealKey, Session, UploadedFile,
};
use ferry::transfer::plan::MOST_PARTS;
use ferry::transfer::source::Source;
use serde_json::json;

use crate::Result;

const SIZE: u64 = 100 << 30;

/// How long a token may take to be read, in milliseconds.
pub const MOST: f64 = 50.0;

/// How large a token is in bytes, and the best time to read it in milliseconds.
pub fn measure(rounds: usize) -> Result<(usize, f64)> {
    let file = tempfile::NamedTempFile::new()?;
    file.as_file().set_len(SIZE)?;
    let path = file.path().to_string_lossy();
    let files = vec![UploadedFile::new(&path, &Source::open(&path)?)?];
    let key = || SealKey::new("filestack", "APIKEY");
    let checkpoint = Checkpoint::new(key()?, "filestack", files, json!({"filename": "film.mov"}));
    let part_sizes = vec![SIZE.div_ceil(MOST_PARTS)];
    checkpoint.record(Record::Session(Session { part_sizes, answer: json!({"upload_id": "1"}) }));
    for number in 1..=u32::try_from(MOST_PARTS)? {
        let md5 = [number.to_le_bytes(); 4].as_flattened().try_into().ok();
        // As storage that encrypts with a key of its own answers: an ETag that is not the MD5.
        let etag = Some(format!("\"{:032x}\"", !u128::from(number)));
        let event = PartEvent::Whole { md5, etag };
        checkpoint.record(Record::Part(PartRecord { file: 0, number, event }));
    }
    let token = checkpoint.token()?;
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let start = Instant::now();
        let read = Checkpoint::from_token(key()?, "filestack", &token)?;
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
        assert!(read.whole_parts(|number, _| number).len() as u64 == MOST_PARTS);
    }
    Ok((token.len(), best))
}
