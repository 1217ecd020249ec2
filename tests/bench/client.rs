//! What the measured processes do: each does one thing once.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ferry::filestack::{Client, ClientOptions, Upload, UploadOptions};
use ferry::http::{Bounds, Connection};
use ferry::transfer::digest;
use ferry::transfer::plan::{Part, Plan};
use ferry::transfer::source::Source;
use ferry::transfer::source::digest_ranges;
use md5::{Digest, Md5};

use crate::Result;
use crate::data::PART;

/// Does what the words after `--client` say.
pub fn main(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["nothing"] => {}
        ["upload", url, ca, path, at_once, concurrency, digest] => {
            upload(url, ca, path, at_once.parse()?, concurrency.parse()?, digest == "digest")?;
        }
        ["plain-md5", path] => plain_md5(path)?,
        ["ferry-md5", path] => ferry_md5(path)?,
        _ => return Err(format!("unknown task {words:?}").into()),
    }
    Ok(())
}

/// Uploads a file, or all files of a folder, `at_once` of them side by side.
fn upload(url: &str, ca: &str, path: &str, at_once: usize, concurrency: u32, digest: bool) -> Result<()> {
    let connection = Connection { ca_file: Some(ca.into()), ..Connection::default() };
    let client = Client::new(
        "BENCH",
        ClientOptions { base_url: Some(url.into()), connection, ..ClientOptions::default() },
    )?;
    let files = files(Path::new(path))?;
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let options =
                UploadOptions { part_size: PART, concurrency, checksums: digest, ..UploadOptions::default() };
            Upload::of_file(&client, file, options)?.run(None)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (1..at_once).map(|_| scope.spawn(work)).collect();
        let own = work();
        let others =
            threads.into_iter().map(|thread| thread.join().unwrap_or(Err("a thread panicked".into())));
        others.fold(own, Result::and)
    })
}

fn files(path: &Path) -> Result<Vec<String>> {
    if !path.is_dir() {
        return Ok(vec![path.display().to_string()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        files.push(entry?.path().display().to_string());
    }
    files.sort();
    Ok(files)
}

/// What storage asks of any client, by the crate that does it one stream at a time.
fn plain_md5(path: &str) -> Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 128 << 10];
    for part in parts(path)? {
        let mut md5 = Md5::new();
        let mut left = part.length as usize;
        while left > 0 {
            let slice = left.min(buffer.len());
            file.read_exact(&mut buffer[..slice])?;
            md5.update(&buffer[..slice]);
            left -= slice;
        }
        std::hint::black_box(md5.finalize());
    }
    Ok(())
}

/// The same as the engine does it.
fn ferry_md5(path: &str) -> Result<()> {
    let source = Source::open(path)?;
    let bounds = Bounds::new(Arc::default(), None, Duration::from_secs(1), Duration::from_secs(1));
    for batch in parts(path)?.chunks(digest::lanes()) {
        std::hint::black_box(digest_ranges(&source, &bounds, batch)?);
    }
    Ok(())
}

fn parts(path: &str) -> Result<Vec<Part>> {
    Ok(Plan::new(std::fs::metadata(path)?.len(), PART).parts().collect())
}
