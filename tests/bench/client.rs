//! What the measured processes do: each does one thing once.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ferry::filestack::{Batch, Client, ClientOptions, Item, Upload, UploadOptions};
use ferry::http::{Bounds, Connection, EventHandler};
use ferry::transfer::plan::{Part, Plan};
use ferry::transfer::queue::GROUP_BYTES;
use ferry::transfer::source::Source;
use ferry::transfer::source::digest_ranges;
use md5::{Digest, Md5};

use crate::Result;
use crate::data::{PART, SIZE};

/// Does what the words after `--client` say.
pub fn main(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["nothing"] => {}
        ["upload", url, ca, path, at_once, concurrency, how] => {
            upload(url, ca, path, at_once.parse()?, concurrency.parse()?, how)?;
        }
        ["read", url, ca, rate] => read(url, ca, rate.parse()?)?,
        ["plain-md5", path] => plain_md5(path)?,
        ["ferry-md5", path] => ferry_md5(path)?,
        _ => return Err(format!("unknown task {words:?}").into()),
    }
    Ok(())
}

/// Uploads a file, or all files of a folder, `at_once` of them side by side.
fn upload(url: &str, ca: &str, path: &str, at_once: usize, concurrency: u32, how: &str) -> Result<()> {
    let client = client(url, ca, how == "events")?;
    let journals = tempfile::tempdir_in("/var/tmp")?;
    let journal_dir = (how == "journal").then(|| journals.path().display().to_string());
    let checksums = how != "undigested";
    let files = files(Path::new(path))?;
    if how == "batch" {
        let items = files.into_iter().map(|path| Item { path, options: None }).collect();
        let options = UploadOptions { part_size: PART, concurrency, ..Default::default() };
        return Ok(Batch::new(&client, items, options)?.run(None, None)?);
    }
    let next = AtomicUsize::new(0);
    // A batch keeps what the service said of each file; so does a program that calls for each.
    let stored = Mutex::new(Vec::with_capacity(files.len()));
    let work = || -> Result<()> {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let journal_dir = journal_dir.clone();
            let options =
                UploadOptions { part_size: PART, concurrency, checksums, journal_dir, ..Default::default() };
            let upload = Upload::of_file(&client, file, options)?;
            upload.run(None)?;
            stored.lock().unwrap_or_else(PoisonError::into_inner).push(upload.filelink()?);
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

fn client(url: &str, ca: &str, is_told: bool) -> Result<Arc<Client>> {
    let on_event = is_told.then(|| {
        let told = AtomicUsize::new(0);
        EventHandler::new(move |_| {
            told.fetch_add(1, Ordering::Relaxed);
        })
    });
    let connection = Connection { ca_file: Some(ca.into()), on_event, ..Connection::default() };
    let options = ClientOptions { base_url: Some(url.into()), connection, ..ClientOptions::default() };
    Ok(Client::new("BENCH", options)?)
}

/// Uploads what a reader gives at `rate` bytes a second, and prints how long the reading and how long all of
/// it took, in seconds, and the most bytes that its temporary file had on the disk.
fn read(url: &str, ca: &str, rate: u64) -> Result<()> {
    let begin = Instant::now();
    let (read_until, on_disk) = (Arc::new(Mutex::new(Duration::ZERO)), Arc::new(AtomicU64::new(0)));
    let (clock, disk) = (Arc::clone(&read_until), Arc::clone(&on_disk));
    let mut given = 0;
    let mut random = fastrand::Rng::with_seed(1);
    let reader = move |buffer: &mut [u8]| {
        let length = (SIZE - given).min(buffer.len() as u64);
        given += length;
        let due = Duration::from_secs_f64(given as f64 / rate as f64);
        std::thread::sleep(due.saturating_sub(begin.elapsed()));
        let bytes = &mut buffer[..length as usize];
        random.fill(bytes);
        disk.fetch_max(deleted_bytes(), Ordering::Relaxed);
        *clock.lock().unwrap_or_else(PoisonError::into_inner) = begin.elapsed();
        Ok(bytes.len())
    };
    let options = UploadOptions { part_size: PART, ..UploadOptions::default() };
    Upload::of_reader(&client(url, ca, false)?, Some(SIZE), options, reader)?.run(None)?;
    let all = begin.elapsed().as_secs_f64();
    let reading = read_until.lock().unwrap_or_else(PoisonError::into_inner).as_secs_f64();
    println!("{reading} {all} {}", on_disk.load(Ordering::Relaxed));
    Ok(())
}

/// What the open files that have no name take on the disk.
fn deleted_bytes() -> u64 {
    let files = std::fs::read_dir("/proc/self/fd").into_iter().flatten().map_while(std::result::Result::ok);
    let deleted = files.filter(|file| {
        std::fs::read_link(file.path()).is_ok_and(|to| to.to_string_lossy().ends_with(" (deleted)"))
    });
    deleted.filter_map(|file| std::fs::metadata(file.path()).ok()).map(|file| file.blocks() * 512).sum()
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
    for batch in parts(path)?.chunks((GROUP_BYTES / PART) as usize) {
        std::hint::black_box(digest_ranges(&source, &bounds, batch)?);
    }
    Ok(())
}

fn parts(path: &str) -> Result<Vec<Part>> {
    Ok(Plan::new(std::fs::metadata(path)?.len(), PART).parts().collect())
}
