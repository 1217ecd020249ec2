//! What happens in a world with a seed, and what must hold whatever happens.

use std::collections::BTreeSet;
use std::iter;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use ferry::error::{Error, ErrorKind};
use ferry::filestack::batch::{Batch, Item};
use ferry::filestack::{Client, ClientOptions, Filelink, Intelligent, RequestOptions, Upload, UploadOptions};
use ferry::telestream;
use ferry::transfer::lifecycle::Lifecycle;
use ferry::transfer::lifecycle::UploadState;
use ferry::transfer::progress::Snapshot;

use super::service::{ADDRESS, Service};
use super::world::{self, MILLISECOND, SECOND, Time, Wait, World};

/// A call ends so long after its deadline, or after a cancel, at the latest.
const LATE: Time = SECOND;

/// An operation of the disk cannot be interrupted, and so many may be between a cancel and the end.
const OPERATIONS: u64 = 6;

/// How many processes try, before all goes well.
const TRIES: usize = 3;

/// What the seed says.
#[derive(Clone, Debug)]
struct Plan {
    work: Work,
    size: usize,
    /// Where in the bytes each file is.
    files: Vec<Range<usize>>,
    intelligent: bool,
    has_journal: bool,
    concurrency: u32,
    limit: u64,
    deadline: Option<Time>,
    faults: u32,
    /// Whether the disk fails.
    has_disk_faults: bool,
    /// What happens to the upload, and when.
    act: Act,
    act_at: Time,
    changes_at: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Work {
    Upload,
    Batch,
    /// To Telestream, in parts.
    Flip,
    Download,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Nothing,
    Cancel,
    Interrupt,
    Pause,
    Kill,
}

impl Plan {
    fn new(rng: &mut Rng) -> Self {
        let work = [Work::Upload, Work::Upload, Work::Download, Work::Download, Work::Batch, Work::Flip]
            [rng.usize(..6)];
        let (small, changes) = if work == Work::Download { (2, 2) } else { (6, 16) };
        let size = match rng.u8(..10) {
            kind if kind < small => rng.usize(1..100_000),
            9 => rng.usize(12 << 20..26 << 20),
            _ => rng.usize(5 << 20..11 << 20),
        };
        // A millisecond to a minute, each size as likely as another.
        let moment = |rng: &mut Rng| {
            let most = 1 << rng.u32(20..37);
            rng.u64(..most)
        };
        let acts = [
            Act::Nothing,
            Act::Nothing,
            Act::Nothing,
            Act::Cancel,
            Act::Interrupt,
            Act::Pause,
            Act::Kill,
            Act::Kill,
        ];
        Plan {
            work,
            size,
            files: if work == Work::Batch { cut(rng, size) } else { iter::once(0..size).collect() },
            intelligent: rng.u8(..4) == 0,
            has_journal: rng.bool(),
            concurrency: [0, 0, 1, 3, 8, 24][rng.usize(..6)],
            limit: if rng.u8(..8) == 0 { rng.u64(100_000..20_000_000) } else { 0 },
            deadline: (rng.u8(..5) == 0).then(|| rng.u64(..120) * SECOND + SECOND),
            faults: [0, 20, 100, 300][rng.usize(..4)],
            has_disk_faults: rng.u8(..6) == 0,
            act: acts[rng.usize(..acts.len())],
            act_at: moment(rng),
            changes_at: (rng.u8(..changes) == 0 && work != Work::Batch).then(|| moment(rng)),
        }
    }

    /// The name of each file; one that is alone has the first.
    fn name(&self, index: usize) -> String {
        if self.work == Work::Batch { format!("{index}.bin") } else { "film.mov".to_owned() }
    }

    /// Whether nothing goes wrong, and no process forgets what another has done, up to this one.
    fn is_smooth(&self, attempt: usize) -> bool {
        self.faults == 0
            && !self.has_disk_faults
            && (self.has_journal || attempt == 0)
            && self.deadline.is_none()
            && matches!(self.act, Act::Nothing | Act::Interrupt | Act::Pause)
    }
}

/// Up to 24 files, most of them small, and none that is empty.
fn cut(rng: &mut Rng, size: usize) -> Vec<Range<usize>> {
    let mut files = Vec::new();
    let mut begin = 0;
    while begin < size {
        let left = size - begin;
        let length = if files.len() == 23 { left } else { rng.usize(1..=left.min(300_000)) };
        files.push(begin..begin + length);
        begin += length;
    }
    files
}

/// How a process has seen its run end.
struct Outcome {
    result: Result<(), Error>,
    state: UploadState,
    /// The longest run.
    took: Time,
    /// The handle of each file.
    handles: Vec<Option<String>>,
    wrong: Vec<String>,
}

impl Outcome {
    fn refused(error: Error) -> Self {
        let state = UploadState::Interrupted;
        Outcome { result: Err(error), state, took: 0, handles: Vec::new(), wrong: Vec::new() }
    }
}

/// What was wrong, and what happened, for the seed.
pub fn run(seed: u64, folder: &Path, noise: &[u8]) -> (Vec<String>, String, u64) {
    let mut rng = Rng::with_seed(seed);
    let plan = Plan::new(&mut rng);
    let begin = rng.usize(..noise.len() - plan.size);
    let content = Arc::new(noise[begin..begin + plan.size].to_vec());
    std::fs::create_dir(folder).expect("a folder");
    for (index, range) in plan.files.iter().enumerate() {
        std::fs::write(folder.join(plan.name(index)), &content[range.clone()]).expect("written");
    }
    let path = folder.join(plan.name(0));
    let journals = folder.join("journals");
    let (mut wrong, world) = world::run(seed, || live(&plan, &path, &journals, &content));
    let left = world.net.count();
    wrong.extend(world.service.broken.iter().cloned());
    if left > 0 {
        wrong.push(format!("{left} connections are open at the end"));
    }
    let _ = std::fs::remove_dir_all(folder);
    let Service { requests, fired, .. } = world.service;
    let told = format!(
        "{} transfers: {plan:?}: {} requests, {fired} faults, {} processes, {:.1} s",
        plan.files.len(),
        requests,
        world.processes.len() - 1,
        world.now as f64 / SECOND as f64
    );
    (wrong, told, world.trace)
}

fn live(plan: &Plan, path: &Path, journals: &Path, content: &Arc<Vec<u8>>) -> Vec<String> {
    world::with(|world| begin(world, plan, content));
    if let Some(at) = plan.changes_at {
        let most = world::with(|world| world.net.takes(content.len())).unwrap_or(at);
        change(path, content, if plan.work == Work::Download { at % most } else { at });
    }
    let mut wrong = Vec::new();
    for attempt in 0..=TRIES {
        if attempt == TRIES {
            world::with(heal);
        }
        let act = if attempt == TRIES { Act::Nothing } else { plan.act };
        let outcome = Arc::new(Mutex::new(None));
        let process = {
            let (plan, path, journals) = (plan.clone(), text(path), text(journals));
            let outcome = Arc::clone(&outcome);
            let is_last = attempt == TRIES;
            world::spawn(move || {
                let result = match plan.work {
                    Work::Upload => upload(&plan, &path, &journals, act, is_last),
                    Work::Batch => batch(&plan, &path, &journals, act, is_last),
                    Work::Flip => flip(&plan, &path, &journals, act, is_last),
                    Work::Download => download(&plan, &path, act, is_last),
                };
                *outcome.lock().expect("no panic") = Some(result);
            })
        };
        if act == Act::Kill {
            let at = plan.act_at;
            world::with(|world| world.after(at, move |world| kill(world, process)));
        }
        world::wait(Wait::Process(process));
        world::with(|world| world.service.ends.push(world.now));
        // What still runs, runs out: a name that is looked up, a thread that is told to end.
        world::wait(Wait::Until(world::now() + 300 * SECOND));
        let left = world::with(|world| world.threads_of(process)).unwrap_or_default();
        if left > 0 {
            wrong.push(format!("{left} threads are left of process {process}"));
        }
        let ended = outcome.lock().expect("no panic").take();
        let Some(Outcome { result, state, took, handles, wrong: also }) = ended else { continue };
        wrong.extend(also);
        let deadline = plan.deadline.filter(|_| attempt < TRIES);
        check_time(plan, act, deadline, took, &mut wrong);
        match result {
            Ok(()) => {
                match plan.work {
                    Work::Upload | Work::Batch | Work::Flip => {
                        check_stored(plan, attempt, &handles, &mut wrong)
                    }
                    Work::Download => check_received(plan, path, true, &mut wrong),
                }
                break;
            }
            Err(error) => {
                // Of a file that is complete under its name the directory can fail to be synced.
                if plan.work == Work::Download {
                    check_received(plan, path, error.message().contains("is complete, but"), &mut wrong);
                }
                check_error(plan, act, &error, state, attempt == TRIES, &mut wrong);
            }
        }
    }
    wrong
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

fn begin(world: &mut World, plan: &Plan, content: &Arc<Vec<u8>>) {
    world.service.versions = vec![Arc::clone(content)];
    let begins = plan.files.iter().enumerate();
    world.service.begins = begins.map(|(index, range)| (plan.name(index), range.start as u64)).collect();
    // A download that is cut while the file changes could be of two versions.
    let is_both = plan.work == Work::Download && plan.changes_at.is_some();
    world.service.faults = if is_both { 400 } else { plan.faults };
    world.service.thinks = world.rng.u64(..200) * MILLISECOND / 4;
    world.service.grants_intelligent = world.rng.bool();
    world.service.has_ranges = world.rng.u8(..4) > 0;
    world.service.ignores_versions = world.rng.bool();
    if plan.has_disk_faults {
        world.disk.trouble(&mut world.rng);
    }
    if plan.faults > 0 {
        world.names.trouble(&mut world.rng);
        world.net.refusals = [0, 50, 300][world.rng.usize(..3)];
        for _ in 0..world.rng.usize(..3) {
            let begin = world.rng.u64(..40 * SECOND);
            let length = world.rng.u64(..90 * SECOND);
            world.net.down.push((begin, begin + length));
        }
        if world.rng.u8(..4) == 0 {
            let (at, by) = (world.rng.u64(..30 * SECOND), world.rng.i64(-4000..4000));
            world.after(at, move |world| world.set += by);
        }
    }
}

/// From now on nothing goes wrong.
fn heal(world: &mut World) {
    world.service.faults = 0;
    world.net.refusals = 0;
    world.net.down.clear();
    world.names.heal();
    world.disk.heal();
}

fn kill(world: &mut World, process: usize) {
    if !world.has_ended(process) {
        world.kill(process);
    }
}

/// The file gets other bytes of the same length.
fn change(path: &Path, content: &Arc<Vec<u8>>, at: Time) {
    let path = path.to_owned();
    let mut changed = content.to_vec();
    if let Some(last) = changed.last_mut() {
        *last ^= 1;
    }
    changed[0] ^= 1;
    let changed = Arc::new(changed);
    world::with(|world| {
        world.after(at, move |world| {
            world.service.versions.push(Arc::clone(&changed));
            // As an editor does: the new file takes the place of the old one.
            let other = path.with_extension("new");
            let written = std::fs::write(&other, &*changed).and_then(|()| std::fs::rename(&other, &path));
            written.expect("changed");
        });
    });
}

/// Where a download goes, and what is there before.
const RECEIVED: &str = "received";
const BEFORE: &[u8] = b"before";

fn client() -> Arc<Client> {
    let options = ClientOptions { base_url: Some(ADDRESS.into()), ..Default::default() };
    Client::new("KEY", options).expect("a client")
}

fn download(plan: &Plan, path: &str, act: Act, is_last: bool) -> Outcome {
    let path = Path::new(path).with_extension(RECEIVED);
    world::with(|_| std::fs::write(&path, BEFORE).expect("written"));
    let deadline = plan.deadline.filter(|_| !is_last).map(Duration::from_nanos);
    let options = RequestOptions { deadline, ..Default::default() };
    let begin = world::now();
    let mut observer =
        |_: &Snapshot| matches!(act, Act::Nothing | Act::Kill) || world::now() - begin < plan.act_at;
    let link = Filelink::new(&client(), "handle").expect("a filelink");
    let result = link.download(&text(&path), &options, Some(&mut observer)).map(drop);
    let took = world::now() - begin;
    Outcome { result, state: UploadState::Aborted, took, handles: Vec::new(), wrong: Vec::new() }
}

fn options(plan: &Plan, journals: &str, is_last: bool) -> UploadOptions {
    UploadOptions {
        intelligent: if plan.intelligent { Intelligent::On } else { Intelligent::Off },
        journal_dir: plan.has_journal.then(|| journals.to_owned()),
        concurrency: plan.concurrency,
        bytes_per_second: plan.limit,
        deadline: plan.deadline.filter(|_| !is_last).map(Duration::from_nanos),
        restart: is_last,
        ..Default::default()
    }
}

fn upload(plan: &Plan, path: &str, journals: &str, act: Act, is_last: bool) -> Outcome {
    let upload = match Upload::of_file(&client(), path, options(plan, journals, is_last)) {
        Ok(upload) => upload,
        Err(error) => return Outcome::refused(error),
    };
    let (result, took) = go(plan, act, upload.lifecycle(), || upload.run(None));
    let handle = upload.filelink().ok().map(|link| link.handle().to_owned());
    Outcome { result, state: upload.lifecycle().state(), took, handles: vec![handle], wrong: Vec::new() }
}

fn flip(plan: &Plan, path: &str, journals: &str, act: Act, is_last: bool) -> Outcome {
    let UploadOptions { concurrency, bytes_per_second, deadline, journal_dir, restart, .. } =
        options(plan, journals, is_last);
    let options = telestream::UploadOptions {
        concurrency,
        bytes_per_second,
        deadline,
        journal_dir,
        restart,
        ..Default::default()
    };
    let account = telestream::ClientOptions {
        base_url: Some(ADDRESS.into()),
        factory_id: Some("factory".into()),
        ..Default::default()
    };
    let client = telestream::Client::with_apikey("KEY", account).expect("a client");
    let upload = match telestream::Upload::new(&client, None, path, None, options) {
        Ok(upload) => upload,
        Err(error) => return Outcome::refused(error),
    };
    let (result, took) = go(plan, act, upload.lifecycle(), || upload.run(None));
    let told = upload.answer().ok().and_then(|video| video["id"].as_str().map(str::to_owned));
    // Where the answer to the last part is lost, no other names the video.
    let video = told.or_else(|| world::with(|world| world.service.files.keys().next().cloned()).flatten());
    Outcome { result, state: upload.lifecycle().state(), took, handles: vec![video], wrong: Vec::new() }
}

fn batch(plan: &Plan, path: &str, journals: &str, act: Act, is_last: bool) -> Outcome {
    let folder = Path::new(path).parent().expect("a folder");
    let item = |index| Item { path: text(&folder.join(plan.name(index))), options: None };
    let items = (0..plan.files.len()).map(item).collect();
    let batch = match Batch::new(&client(), items, options(plan, journals, is_last)) {
        Ok(batch) => batch,
        Err(error) => return Outcome::refused(error),
    };
    let mut told = vec![0; plan.files.len()];
    let (result, took) = go(plan, act, batch.lifecycle(), || {
        batch.run(
            None,
            Some(&mut |index, _, result| {
                told[index] += u32::from(result.is_ok());
                true
            }),
        )
    });
    let mut wrong = Vec::new();
    if told.iter().any(|times| *times > 1 || (result.is_ok() && *times == 0)) {
        wrong.push(format!("the ends of files are told {told:?} times"));
    }
    let handle = |index| batch.filelink(index).ok().map(|link| link.handle().to_owned());
    let handles = (0..plan.files.len()).map(handle).collect();
    Outcome { result, state: batch.lifecycle().state(), took, handles, wrong }
}

/// Runs it, and once more after an interrupt or a pause; how long the longest run took.
fn go(
    plan: &Plan,
    act: Act,
    lifecycle: &Lifecycle,
    mut run: impl FnMut() -> Result<(), Error>,
) -> (Result<(), Error>, Time) {
    let mut result = Ok(());
    let mut took = 0;
    for _ in 0..=u8::from(act == Act::Interrupt || act == Act::Pause) {
        let begin = world::now();
        result = std::thread::scope(|scope| {
            let control = lifecycle.control();
            if !matches!(act, Act::Nothing | Act::Kill) {
                scope.spawn(move || {
                    std::thread::sleep(Duration::from_nanos(plan.act_at));
                    match act {
                        Act::Cancel => control.cancel(),
                        Act::Interrupt => control.interrupt(),
                        _ => control.pause(),
                    }
                });
            }
            run()
        });
        took = took.max(world::now() - begin);
        if result.is_ok() {
            break;
        }
        world::with(|world| world.service.ends.push(world.now));
    }
    (result, took)
}

fn check_time(plan: &Plan, act: Act, deadline: Option<Time>, took: Time, wrong: &mut Vec<String>) {
    let late = LATE + OPERATIONS * world::with(|world| world.disk.slowest).unwrap_or_default();
    // The scope above waits for the thread that acts.
    let most = match (act, deadline) {
        (Act::Cancel, _) => plan.act_at + late,
        (_, Some(deadline)) => deadline.max(plan.act_at) + late,
        _ => return,
    };
    if took > most {
        wrong.push(format!(
            "the call took {} ms, and has {} at most",
            took / MILLISECOND,
            most / MILLISECOND
        ));
    }
}

fn check_stored(plan: &Plan, attempt: usize, handles: &[Option<String>], wrong: &mut Vec<String>) {
    let faults = world::with(|world| {
        let mut faults = Vec::new();
        for (index, range) in plan.files.iter().enumerate() {
            let stored = handles.get(index).and_then(Option::as_ref).map(|it| world.service.files.get(it));
            match stored {
                None => faults.push(format!("a success has no file {index}")),
                Some(None) => {
                    faults.push(format!("a success names {handles:?}, of which {index} is not stored"))
                }
                Some(Some(file))
                    if file.name != plan.name(index)
                        || file.size != range.len() as u64
                        || file.versions.is_empty() =>
                {
                    faults.push(format!(
                        "a success has {} bytes of {range:?}, named {}, of versions {:?}",
                        file.size, file.name, file.versions
                    ));
                }
                Some(Some(_)) => {}
            }
        }
        if plan.is_smooth(attempt) && world.service.files.len() != plan.files.len() {
            faults.push(format!("{} files are stored, not {}", world.service.files.len(), plan.files.len()));
        }
        faults
    });
    wrong.extend(faults.into_iter().flatten());
}

/// After a success the file is what the service has, or has had; else it is what it was before, and nothing
/// is left beside it.
fn check_received(plan: &Plan, path: &Path, is_received: bool, wrong: &mut Vec<String>) {
    let target = path.with_extension(RECEIVED);
    let found = std::fs::read(&target);
    let is_right = match &found {
        Ok(bytes) if is_received => {
            world::with(|world| world.service.versions.iter().any(|version| **version == *bytes))
                == Some(true)
        }
        Ok(bytes) => bytes == BEFORE,
        Err(_) => false,
    };
    if !is_right {
        let length = found.map(|bytes| bytes.len());
        wrong.push(format!("received: {is_received}, and the file has {length:?} bytes"));
    }
    let entries = path.parent().and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten();
    let names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    // A process that is killed between two system calls leaves a second name of the file.
    let may_be_left = |name: &str| plan.act == Act::Kill && name.starts_with(".ferry-");
    let is_known =
        |name: &str| ["film.mov", "film.received", "journals"].contains(&name) || may_be_left(name);
    if !names.iter().all(|name| name.to_str().is_some_and(is_known)) {
        wrong.push(format!("there is {names:?}"));
    }
}

fn check_error(
    plan: &Plan,
    act: Act,
    error: &Error,
    state: UploadState,
    is_last: bool,
    wrong: &mut Vec<String>,
) {
    let mut expected = BTreeSet::new();
    if plan.faults > 0 || plan.changes_at.is_some() {
        expected.extend(["Http", "Network", "Timeout", "Protocol", "Integrity"]);
    }
    if plan.deadline.is_some() {
        expected.insert("Timeout");
    }
    match act {
        _ if act != Act::Kill && act != Act::Nothing && plan.work == Work::Download => {
            expected.insert("Cancelled");
        }
        Act::Cancel | Act::Interrupt => _ = expected.insert("Cancelled"),
        Act::Pause => _ = expected.insert("Paused"),
        Act::Nothing | Act::Kill => {}
    }
    if plan.has_disk_faults {
        expected.insert("Io");
    }
    if plan.changes_at.is_some() {
        expected.insert("FileChanged");
        expected.insert("InvalidState");
    }
    let kind = format!("{:?}", error.kind());
    let is_changed = is_last && plan.changes_at.is_some();
    if !expected.contains(kind.as_str()) || (is_last && !is_changed) {
        wrong.push(format!("{} error, {state:?}: {kind}: {error}", if is_last { "a last" } else { "an" }));
    }
    if act == Act::Cancel && error.kind() == ErrorKind::Cancelled && state != UploadState::Aborted {
        wrong.push(format!("after a cancel the upload is {state:?}"));
    }
}
