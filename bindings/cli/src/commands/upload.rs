//! `ferry upload`: files, folders, standard input, and what the service fetches itself.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use ferry::error::{Error, ErrorKind};
use ferry::filestack::{self, Batch, Client, Filelink, Intelligent, Item, Place, UploadOptions, store};
use ferry::transfer::progress::Snapshot;
use serde_json::{Map, Value, json};

use super::file::is_address;
use crate::bars::Bars;
use crate::failure::{self, Failure, Result};
use crate::folder::{self, Entry};
use crate::output::{note, paint, visible};
use crate::pair;
use crate::session::Session;
use crate::{manifest::Manifest, units};

/// The most files of one batch: what is told of them at its end is in memory.
const CHUNK: usize = 4096;

/// What the service calls standard input, unless it is named.
const UNNAMED: &str = "stdin";

/// Upload files, folders, standard input, or what is at an address
///
/// Prints an address for each file. The same command, run again after Ctrl-C, SIGKILL or a reboot, goes on
/// where it was. Folders are walked, and symbolic links followed; with --path their structure is kept.
#[derive(Debug, Args)]
pub struct Upload {
    /// Files, folders, - for standard input, or http(s) addresses that the service fetches
    #[arg(required = true, value_name = "PATH|URL|-")]
    sources: Vec<String>,
    /// The name of a single file; by default its own
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// The type of all files, such as image/png; by default what their names say
    #[arg(long = "type", value_name = "TYPE", value_parser = NonEmptyStringValueParser::new())]
    mimetype: Option<String>,
    /// The folder to store them in; the folders below those that you name are kept
    #[arg(long, value_name = "FOLDER", value_parser = NonEmptyStringValueParser::new())]
    path: Option<String>,
    /// The container or bucket
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    container: Option<String>,
    /// The storage: S3, gcs, azure, dropbox or rackspace
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    storage: Option<String>,
    /// The region of the container
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    region: Option<String>,
    /// Who may read it in your own storage
    #[arg(long, value_name = "WHO", value_parser = ["public", "private"])]
    access: Option<String>,
    /// A tag of the upload, for webhooks and workflows; may be repeated
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    tags: Vec<String>,
    /// A workflow to start with each file; may be repeated
    #[arg(long = "workflow", value_name = "ID")]
    workflows: Vec<String>,
    /// Small pieces for a bad network: always, or only after a part has failed
    #[arg(long, value_enum, value_name = "WHEN", num_args = 0..=1, default_missing_value = "always")]
    intelligent: Option<When>,
    /// The most bytes a second, such as 5MB/s or 40Mbit/s
    #[arg(long, value_name = "RATE", value_parser = units::rate)]
    limit: Option<u64>,
    /// How many parts and files are sent at once, 1 to 64; by default what suits the line
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    concurrency: Option<u32>,
    /// Bytes of a part, such as 16MiB
    #[arg(long, value_name = "SIZE", value_parser = units::size)]
    part_size: Option<u64>,
    /// Say what would be uploaded, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Write a line for each file into this table: path, size, handle, address, error
    #[arg(long, value_name = "FILE.csv")]
    manifest: Option<PathBuf>,
    /// Keep nothing for another run
    #[arg(long)]
    no_resume: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum When {
    Always,
    Fallback,
}

/// What has become of the files so far.
#[derive(Default)]
struct Tally {
    stored: u64,
    failed: u64,
    skipped: u64,
    bytes: u64,
    /// What the program ends with.
    first: Option<Failure>,
}

impl Upload {
    pub fn run(self, session: &Session) -> Result<()> {
        let (addresses, local): (Vec<&String>, Vec<&String>) =
            self.sources.iter().partition(|source| is_address(source));
        let from_stdin = local.iter().any(|source| *source == "-");
        if from_stdin && self.sources.len() > 1 {
            return Err(Failure::usage("standard input (-) is uploaded alone"));
        }
        let paths: Vec<PathBuf> = local.into_iter().map(PathBuf::from).collect();
        if self.name.is_some() && (self.sources.len() > 1 || paths.iter().any(|path| path.is_dir())) {
            return Err(Failure::usage("--name is for a single file"));
        }
        if self.dry_run {
            return self.told(session, &paths);
        }
        let options = self.options()?;
        let client = session.filestack(&["pick", "store", "runWorkflow", "read", "convert", "stat"])?;
        let manifest = self.manifest.as_deref().map(Manifest::create).transpose()?;
        let job =
            Job { session, client, options, manifest: RefCell::new(manifest), tally: RefCell::default() };
        if from_stdin {
            return job.stdin();
        }
        addresses.into_iter().try_for_each(|address| job.address(address))?;
        match paths.as_slice() {
            [] => {}
            [path] if !path.is_dir() => job.file(path)?,
            _ => job.many(&paths)?,
        }
        job.end()
    }

    /// Says what would be uploaded.
    fn told(&self, session: &Session, paths: &[PathBuf]) -> Result<()> {
        let (mut files, mut bytes) = (0u64, 0u64);
        for found in folder::files(paths) {
            session.stop.check()?;
            match found {
                Ok(entry) => {
                    (files, bytes) = (files + 1, bytes + entry.size);
                    let path = &entry.path;
                    let to = self.path.as_ref().map(|_| self.place(&entry).path);
                    let said = json!({"path": path, "size": entry.size, "to": to});
                    session.output.result(&said, &format!("{:>10}  {path}", units::bytes(entry.size)))?;
                }
                Err(skipped) => skipped.tell(session.output)?,
            }
        }
        let total = units::bytes(bytes);
        session.output.remark(&format!("{files} files, {total}; nothing was sent"));
        Ok(())
    }

    fn options(&self) -> Result<UploadOptions> {
        let mut tags = Map::new();
        for tag in &self.tags {
            let form = "KEY=VALUE, such as album=holiday";
            let (key, value) = pair::split(tag, &format!("--tag {tag}"), form)?;
            tags.insert(key.to_owned(), value.into());
        }
        let workflows = (!self.workflows.is_empty()).then(|| Value::from(self.workflows.clone()).to_string());
        Ok(UploadOptions {
            filename: self.name.clone(),
            mimetype: self.mimetype.clone(),
            place: Place {
                location: self.storage.clone(),
                path: self.path.as_deref().map(as_folder),
                container: self.container.clone(),
                region: self.region.clone(),
                access: self.access.clone(),
                workflows_json: workflows,
            },
            tags_json: (!tags.is_empty()).then(|| Value::Object(tags).to_string()),
            intelligent: match self.intelligent {
                None => Intelligent::Off,
                Some(When::Always) => Intelligent::On,
                Some(When::Fallback) => Intelligent::Fallback,
            },
            part_size: self.part_size.unwrap_or(0),
            concurrency: self.concurrency.unwrap_or(0),
            bytes_per_second: self.limit.unwrap_or(0),
            journal_dir: if self.no_resume { None } else { Some(Session::made_journal()?) },
            ..UploadOptions::default()
        })
    }

    fn place(&self, entry: &Entry) -> Place {
        let path = self.path.as_deref().map(|path| as_folder(path) + &entry.folder);
        Place { path, ..Place::default() }
    }
}

fn as_folder(path: &str) -> String {
    if path.ends_with('/') { path.to_owned() } else { format!("{path}/") }
}

/// The uploads of one command.
struct Job<'a> {
    session: &'a Session,
    client: Arc<Client>,
    options: UploadOptions,
    manifest: RefCell<Option<Manifest>>,
    tally: RefCell<Tally>,
}

impl Job<'_> {
    /// One file.
    fn file(&self, path: &std::path::Path) -> Result<()> {
        let text = folder::utf8(path)?;
        let stored =
            filestack::Upload::of_file(&self.client, text, self.options.clone()).and_then(|upload| {
                self.session.with_bar(text, |observer| upload.run(Some(observer)))?;
                upload.filelink()
            });
        self.only(text, &stored)
    }

    fn stdin(&self) -> Result<()> {
        let options = UploadOptions {
            filename: self.options.filename.clone().or_else(|| Some(UNNAMED.to_owned())),
            journal_dir: None,
            ..self.options.clone()
        };
        let stop = self.session.stop.clone();
        let read = move |buffer: &mut [u8]| crate::stdin::read(buffer, &stop);
        let stored = filestack::Upload::of_reader(&self.client, None, options, read).and_then(|upload| {
            self.session.with_bar(UNNAMED, |observer| upload.run(Some(observer)))?;
            upload.filelink()
        });
        self.only("-", &stored)
    }

    /// Tells of the only file there is: its error is that of the command.
    fn only(&self, path: &str, stored: &ferry::error::Result<Filelink>) -> Result<()> {
        let Err(error) = stored else { return self.tell(path, stored) };
        if let Some(manifest) = self.manifest.borrow_mut().as_mut() {
            manifest.add(path, stored)?;
        }
        Err(Failure::from(error.clone()).about(path))
    }

    /// What the service fetches.
    fn address(&self, address: &str) -> Result<()> {
        let options = UploadOptions { journal_dir: None, mimetype: None, ..self.options.clone() };
        let mut observer = self.session.until_stopped();
        let stored = store::upload_url(&self.client, address, options, Some(&mut observer));
        match stored {
            Err(error) if self.session.stop.is_set() => Err(error.into()),
            stored => self.tell(address, &stored),
        }
    }

    /// Files and folders, in batches.
    fn many(&self, paths: &[PathBuf]) -> Result<()> {
        let mut found = folder::files(paths).peekable();
        let mut ledgers = Vec::new();
        let mut place = Shared::default();
        let mut bars = RefCell::new(Bars::new(self.session.output, "all files"));
        let mut before = (0u64, 0u64);
        let mut all = None;
        loop {
            let (mut entries, mut size, mut seen) = (Vec::new(), 0u64, HashSet::new());
            for entry in found.by_ref() {
                self.session.stop.check()?;
                match entry {
                    // A file that is named twice is uploaded once.
                    Ok(entry) if !seen.insert(std::path::absolute(&entry.path).unwrap_or_default()) => {}
                    Ok(entry) => {
                        size += entry.size;
                        entries.push(place.item(entry, &self.options));
                    }
                    Err(skipped) => self.skipped(&bars.borrow(), &skipped)?,
                }
                if entries.len() == CHUNK {
                    break;
                }
            }
            if entries.is_empty() {
                break;
            }
            let is_series = !ledgers.is_empty() || found.peek().is_some();
            if is_series && all.is_none() {
                let sizes = folder::files(paths).filter_map(|found| found.ok()).map(|entry| (1, entry.size));
                all =
                    Some(sizes.fold((0u64, 0u64), |(files, bytes), (one, size)| (files + one, bytes + size)));
            }
            let count = entries.len() as u64;
            let options = UploadOptions {
                filename: None,
                place: Place { path: None, ..self.options.place.clone() },
                ..self.options.clone()
            };
            let batch = Batch::new(&self.client, entries, options)?;
            let batch = if is_series { batch.of_series() } else { batch };
            let stored = self.tally.borrow().stored;
            self.batch(&batch, &bars, before, all)?;
            if is_series && self.tally.borrow().stored == stored {
                let text = format!("none of these {count} files is stored: the rest is not tried");
                self.session.output.remark(&text);
                break;
            }
            bars.get_mut().pieces(&[], |_| String::new());
            if is_series {
                ledgers.extend(batch.ledger());
            }
            before = (before.0 + count, before.1 + size);
        }
        if self.tally.borrow().failed == 0 {
            ledgers.iter().for_each(|ledger| Batch::forget(ledger));
        }
        Ok(())
    }

    /// One batch; `before` and `all` are files and bytes of the whole command.
    fn batch(
        &self,
        batch: &Batch,
        bars: &RefCell<Bars>,
        before: (u64, u64),
        all: Option<(u64, u64)>,
    ) -> Result<()> {
        let (stop, failed) = (&self.session.stop, self.tally.borrow().failed);
        let mut observer = |snapshot: &Snapshot| {
            let mut bars = bars.borrow_mut();
            match all {
                None => bars.show(snapshot),
                Some((files, bytes)) => {
                    let done = before.0 + u64::from(snapshot.files_done);
                    let rate = units::bytes(snapshot.bytes_per_second);
                    let told = format!("{rate}/s, {done} of {files}");
                    bars.whole(before.1 + snapshot.bytes_done, bytes, told);
                }
            }
            bars.pieces(&batch.under_way(), |index| batch.path(index).to_owned());
            !stop.is_set()
        };
        let mut wrong = None;
        let mut on_item = |_: usize, path: &str, filelink: &ferry::error::Result<Filelink>| {
            let told = bars.borrow().suspended(|| self.tell(path, filelink));
            wrong = told.err();
            wrong.is_none()
        };
        let result = batch.run(Some(&mut observer), Some(&mut on_item));
        match (wrong, result) {
            (Some(wrong), _) => Err(wrong),
            // The files that have failed are told.
            (None, Err(error)) if stop.is_set() || self.tally.borrow().failed == failed => Err(error.into()),
            (None, _) => Ok(()),
        }
    }

    /// Tells of a file that has ended.
    fn tell(&self, path: &str, filelink: &ferry::error::Result<Filelink>) -> Result<()> {
        let (output, mut tally) = (self.session.output, self.tally.borrow_mut());
        if let Some(manifest) = self.manifest.borrow_mut().as_mut() {
            manifest.add(path, filelink)?;
        }
        match filelink {
            Ok(filelink) => {
                tally.stored += 1;
                tally.bytes += filelink.answer().get("size").and_then(Value::as_u64).unwrap_or(0);
                let mut said = json!({"path": path, "url": filelink.url(), "handle": filelink.handle()});
                if let (Some(said), Some(answer)) = (said.as_object_mut(), filelink.answer().as_object()) {
                    let others =
                        answer.iter().filter(|(name, _)| !["url", "handle"].contains(&name.as_str()));
                    said.extend(others.map(|(name, value)| (format_name(name), value.clone())));
                }
                // Where it cannot be printed, nobody else knows the address.
                let stored = format!("{} is stored as {}", visible(path), filelink.url());
                output.result(&said, filelink.url()).map_err(|error| error.while_doing(stored))?;
            }
            Err(error) => {
                tally.failed += 1;
                if output.as_json {
                    let mut said = failure::to_json(error);
                    if let Some(said) = said.as_object_mut() {
                        said.insert("path".into(), path.into());
                    }
                    crate::output::line(&said.to_string())?;
                } else {
                    note(&format!("{} {}: {}", paint("1;31", "ferry:"), visible(path), error.message()));
                }
                tally.first.get_or_insert_with(|| Failure::from(error.clone()).told());
            }
        }
        Ok(())
    }

    /// Tells of a file that cannot be uploaded. An empty one is no failure.
    fn skipped(&self, bars: &Bars, skipped: &folder::Skipped) -> Result<()> {
        let path = skipped.path.to_string_lossy();
        let text = format!("{} {}", visible(&path), skipped.why);
        bars.suspended(|| skipped.tell(self.session.output))?;
        let error = Error::new(ErrorKind::Io, text);
        let mut tally = self.tally.borrow_mut();
        tally.skipped += 1;
        if !skipped.is_empty {
            tally.first.get_or_insert_with(|| Failure::from(error.clone()).told());
        }
        match self.manifest.borrow_mut().as_mut() {
            Some(manifest) => manifest.add(&path, &Err(error)),
            None => Ok(()),
        }
    }

    fn end(self) -> Result<()> {
        let tally = self.tally.into_inner();
        if tally.stored + tally.failed + tally.skipped > 1 {
            let files = if tally.stored == 1 { "file" } else { "files" };
            let mut told = format!("{} {files} stored, {}", tally.stored, units::bytes(tally.bytes));
            for (count, what) in [(tally.failed, "failed"), (tally.skipped, "skipped")] {
                if count > 0 {
                    told.push_str(&format!(", {count} {what}"));
                }
            }
            self.session.output.remark(&told);
        }
        tally.first.map_or(Ok(()), Err)
    }
}

/// The path of the storage is not that of the file.
fn format_name(name: &str) -> String {
    if name == "path" { "stored_path".to_owned() } else { name.to_owned() }
}

/// The options of the files of one folder, which they share.
#[derive(Default)]
struct Shared {
    folder: String,
    options: Option<Arc<UploadOptions>>,
}

impl Shared {
    fn item(&mut self, entry: Entry, options: &UploadOptions) -> Item {
        let Some(path) = &options.place.path else { return Item { path: entry.path, options: None } };
        if self.options.is_none() || self.folder != entry.folder {
            let place = Place { path: Some(format!("{path}{}", entry.folder)), ..options.place.clone() };
            self.options = Some(Arc::new(UploadOptions {
                place,
                concurrency: 0,
                bytes_per_second: 0,
                journal_dir: None,
                ..options.clone()
            }));
            self.folder = entry.folder;
        }
        Item { path: entry.path, options: self.options.clone() }
    }
}
