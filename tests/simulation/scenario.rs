//! What happens in a world with a seed. [`super::checks`] says what must hold whatever happens.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use ferry::error::Error;
use ferry::filestack::batch::{Batch, Item};
use ferry::filestack::{Client, ClientOptions, Filelink, Intelligent, RequestOptions, Upload, UploadOptions};
use ferry::telestream::{self, Protocol};
use ferry::transfer::lifecycle::Lifecycle;
use ferry::transfer::lifecycle::UploadState;
use ferry::transfer::progress::Snapshot;

use super::checks::{Received, check_error, check_received, check_stored, check_time};
use super::durable::Durable;
use super::plan::{Act, Change, Plan, Work};
use super::service::{ADDRESS, Service};
use super::world::{self, MILLISECOND, SECOND, Time, Wait, World};

/// How many processes try, before all goes well.
const TRIES: usize = 3;

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
    if world::is_told() {
        eprintln!("{plan:?}");
    }
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
    let Service { requests, fired, ref losses, .. } = world.service;
    let uploads = if plan.work == Work::Download { 0 } else { plan.files.len() };
    let told = format!(
        "{} transfers, {uploads} uploads, {requests} requests, {fired} faults, {} processes, {} kills, {} \
         losses of power: {plan:?}, {:.1} s",
        plan.files.len(),
        world.processes.len() - 1,
        world.kills,
        losses.len(),
        world.now as f64 / SECOND as f64
    );
    (wrong, told, world.trace)
}

fn live(plan: &Plan, path: &Path, journals: &Path, content: &Arc<Vec<u8>>) -> Vec<String> {
    world::with(|world| begin(world, plan, path, content));
    if let Some(at) = plan.changes_at.filter(|_| !plan.changes_hidden()) {
        let (path, length, content, how) = (path.to_owned(), content.len(), Arc::clone(content), plan.change);
        let change = move |world: &mut World| change(world, &path, &content, how);
        world::with(|world| match plan.work {
            // While it is fetched.
            Work::Download => {
                world.service.changes = Some((at % world.net.takes(length), Box::new(change)));
            }
            _ => world.after(at, change),
        });
    }
    let mut wrong = Vec::new();
    let token = Arc::new(Mutex::new(None));
    for attempt in 0..=TRIES + 1 {
        // What has come late may have the service refuse to join the parts, and that is told once.
        let is_last = attempt >= TRIES;
        if is_last {
            world::with(heal);
        }
        let act = if is_last { Act::Nothing } else { plan.act };
        if plan.work == Work::Download {
            let target = path.with_extension(RECEIVED);
            world::with(|world| {
                std::fs::write(&target, BEFORE).expect("written");
                world.disk.wrote(&target);
            });
        }
        let outcome = Arc::new(Mutex::new(None));
        let process = {
            let (plan, path, journals) = (plan.clone(), text(path), text(journals));
            let (outcome, token) = (Arc::clone(&outcome), Arc::clone(&token));
            world::spawn(move || {
                let mut result = match plan.work {
                    Work::Upload => upload(&plan, &path, &journals, act, is_last, &token),
                    Work::Batch => batch(&plan, &path, &journals, act, is_last),
                    Work::Flip => flip(&plan, &path, &journals, act, is_last, &token),
                    Work::Download => download(&plan, &path, act, is_last),
                };
                if result.result.is_ok() && plan.work != Work::Download {
                    // Before the process ends, and the service has time for what it may have to do yet.
                    check_stored(&plan, attempt, &result.handles, &mut result.wrong);
                }
                *outcome.lock().expect("no panic") = Some(result);
            })
        };
        let at = plan.act_at;
        match act {
            // When something is stored of which the next process is to see that the file has changed.
            Act::Kill if plan.changes_hidden() => _ = world::with(|world| kill_soon(world, process)),
            Act::Kill => _ = world::with(|world| world.after(at, move |world| kill(world, process))),
            Act::PowerLoss => _ = world::with(|world| stop_machine(world, plan, process)),
            _ => {}
        }
        world::wait(Wait::Process(process));
        let has_ended_well = |it: &Outcome| it.result.is_ok();
        if plan.work == Work::Download
            && outcome.lock().expect("no panic").as_ref().is_some_and(has_ended_well)
        {
            check_received(plan, path, Received::New, &mut wrong);
        }
        world::with(|world| {
            world.service.ends.push(world.now);
            // What a process has left that was killed, the next one may lose.
            if plan.act == Act::PowerLoss && world.rng.u8(..4) > 0 {
                world.lose_power();
            }
        });
        // What still runs, runs out: a name that is looked up, a thread that is told to end.
        world::wait(Wait::Until(world::now() + 300 * SECOND));
        let left = world::with(|world| world.threads_of(process)).unwrap_or_default();
        if left > 0 {
            wrong.push(format!("{left} threads are left of process {process}"));
        }
        let open = world::with(|world| world.processes[process].files.len()).unwrap_or_default();
        if open > 0 {
            wrong.push(format!("{open} descriptors are left of process {process}"));
        }
        if attempt == 0 && plan.changes_hidden() {
            world::with(|world| change(world, path, content, plan.change));
        }
        world::with(|world| world.service.stops = None);
        let ended = outcome.lock().expect("no panic").take();
        let Some(Outcome { result, state, took, handles, wrong: also }) = ended else {
            if plan.work == Work::Download {
                check_received(plan, path, Received::Either, &mut wrong);
            }
            continue;
        };
        wrong.extend(also);
        if world::is_told() {
            eprintln!("process {attempt} at {} s: {state:?}: {result:?}", world::now() / SECOND);
        }
        let deadline = plan.deadline.filter(|_| !is_last);
        check_time(plan, act, deadline, took, &mut wrong);
        match result {
            Ok(()) => {
                match plan.work {
                    Work::Upload | Work::Batch | Work::Flip => {
                        check_stored(plan, attempt, &handles, &mut wrong)
                    }
                    Work::Download => check_received(plan, path, Received::New, &mut wrong),
                }
                break;
            }
            Err(error) => {
                // Of a file that is complete under its name the directory can fail to be synced.
                if plan.work == Work::Download {
                    let received = match error.message().contains("is complete, but") {
                        true if plan.act == Act::PowerLoss => Received::Either,
                        true => Received::New,
                        false => Received::Old,
                    };
                    check_received(plan, path, received, &mut wrong);
                }
                let is_told_once = attempt == TRIES && error.message().contains("the next run starts anew");
                let is_over = is_last && !is_told_once;
                check_error(plan, act, &error, state, is_over, &mut wrong);
                if is_over {
                    break;
                }
            }
        }
    }
    wrong
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

fn begin(world: &mut World, plan: &Plan, path: &Path, content: &Arc<Vec<u8>>) {
    let folder = path.parent().filter(|_| plan.act == Act::PowerLoss);
    world.disk.durable = folder.map(Durable::new);
    world.service.versions = vec![Arc::clone(content)];
    let begins = plan.files.iter().enumerate();
    world.service.begins = begins.map(|(index, range)| (plan.name(index), range.start as u64)).collect();
    // A download that is cut while the file changes could be of two versions.
    let is_both = plan.work == Work::Download && plan.changes_at.is_some();
    world.service.faults = if is_both { 400 } else { plan.faults };
    let is_upload = plan.work != Work::Download && plan.act != Act::Cancel;
    world.service.remembers = is_upload && plan.remembers() && !plan.has_disk_faults;
    world.service.loses_power = plan.act == Act::PowerLoss;
    world.service.loses_journals = plan.act == Act::PowerLoss && plan.has_disk_faults;
    world.service.forgets = if plan.faults > 0 { plan.forgets } else { 0 };
    world.service.has_digests = world.rng.u8(..4) == 0;
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
    (world.service.faults, world.service.forgets, world.service.restarts) = (0, 0, true);
    world.net.refusals = 0;
    world.net.down.clear();
    world.names.heal();
    world.disk.heal();
}

/// Kills a process soon after it was told that something is stored.
fn kill_soon(world: &mut World, process: usize) {
    let stop = move |world: &mut World| {
        let at = world.rng.u64(..200 * MILLISECOND);
        world.after(at, move |world| kill(world, process));
    };
    world.service.stops = Some((world.rng.u32(1..3), Box::new(stop)));
}

/// Has the machine stop while a process works: at any moment, or some seconds after the client was told that
/// something is stored, which it is to know afterwards.
fn stop_machine(world: &mut World, plan: &Plan, process: usize) {
    let stop = move |world: &mut World| kill(world, process);
    if plan.work == Work::Download || world.rng.u8(..4) == 0 {
        let at = plan.act_at % (2 * world.net.takes(plan.size));
        return world.after(at, stop);
    }
    // Of ranges there are few.
    let (most, soon) = if plan.has_ranges { (4, world.net.takes(plan.size / 2)) } else { (8, 8 * SECOND) };
    let count = world.rng.u32(1..most);
    let after = world.rng.u64(..soon) + 2 * world.disk.slowest;
    world.service.stops = Some((count, Box::new(move |world| world.after(after, stop))));
}

fn kill(world: &mut World, process: usize) {
    if !world.has_ended(process) {
        world.kills += 1;
        world.kill(process);
    }
}

/// The file gets other bytes, and perhaps another length.
fn change(world: &mut World, path: &Path, content: &[u8], how: Change) {
    let mut changed = content.to_vec();
    if let Some(last) = changed.last_mut() {
        *last ^= 1;
    }
    changed[0] ^= 1;
    match world.rng.u8(..4) {
        _ if how == Change::Hidden => {}
        0 => changed.truncate(world.rng.usize(1..=content.len())),
        1 => changed.extend_from_slice(&content[..world.rng.usize(..content.len().min(6 << 20))]),
        _ => {}
    }
    // The machine's own clock may not have moved on.
    let later = Duration::from_secs(u64::from(how != Change::Hidden));
    let modified = path.metadata().and_then(|metadata| metadata.modified()).expect("a time") + later;
    let (other, is_other) = (path.with_extension("new"), how == Change::Replaced);
    let target = if is_other { &other } else { path };
    std::fs::write(target, &changed).expect("changed");
    let file = std::fs::File::options().write(true).open(target);
    file.and_then(|file| file.set_modified(modified)).expect("a time");
    if is_other {
        std::fs::rename(&other, path).expect("renamed");
    }
    world.disk.wrote(path);
    world.service.changed(changed);
}

/// Where a download goes, and what is there before.
pub const RECEIVED: &str = "received";
pub const BEFORE: &[u8] = b"before";

fn client() -> Arc<Client> {
    let options = ClientOptions { base_url: Some(ADDRESS.into()), ..Default::default() };
    Client::new("KEY", options).expect("a client")
}

fn download(plan: &Plan, path: &str, act: Act, is_last: bool) -> Outcome {
    let path = Path::new(path).with_extension(RECEIVED);
    let deadline = plan.deadline.filter(|_| !is_last).map(Duration::from_nanos);
    let options = RequestOptions { deadline, ..Default::default() };
    let begin = world::now();
    let mut observer = |_: &Snapshot| act.leaves_alone() || world::now() - begin < plan.act_at;
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

/// What a process hands to the next one.
type Token = Mutex<Option<String>>;

/// The upload of the token, or that of a file which has other bytes than the token's, or no token.
fn resumed<U>(
    token: &Token,
    is_kept: bool,
    resume: impl Fn(&str) -> Result<U, Error>,
    begin: impl Fn() -> Result<U, Error>,
) -> Result<U, Error> {
    // A process that is killed holds no lock.
    let found = token.lock().expect("no panic").clone();
    let result = match &found {
        Some(text) => match resume(text) {
            Err(error) if error.message().contains("is not the file of the token") => begin(),
            other => other,
        },
        None => begin(),
    };
    if result.is_ok() && !is_kept {
        *token.lock().expect("no panic") = None;
    }
    result
}

fn upload(plan: &Plan, path: &str, journals: &str, act: Act, is_last: bool, token: &Token) -> Outcome {
    let (client, options) = (client(), || options(plan, journals, is_last));
    let resume = |token: &str| {
        // The token says how it is sent.
        let options = UploadOptions { intelligent: Intelligent::default(), ..options() };
        Upload::resume(&client, path, token, options)
    };
    let upload =
        match resumed(token, plan.keeps_token(), resume, || Upload::of_file(&client, path, options())) {
            Ok(upload) => upload,
            Err(error) => return Outcome::refused(error),
        };
    let (result, took) = go(plan, act, upload.lifecycle(), || upload.run(None));
    let handle = upload.filelink().ok().map(|link| link.handle().to_owned());
    *token.lock().expect("no panic") = upload.token().ok().filter(|_| plan.has_token);
    Outcome { result, state: upload.lifecycle().state(), took, handles: vec![handle], wrong: Vec::new() }
}

fn flip(plan: &Plan, path: &str, journals: &str, act: Act, is_last: bool, token: &Token) -> Outcome {
    let UploadOptions { concurrency, bytes_per_second, deadline, journal_dir, restart, .. } =
        options(plan, journals, is_last);
    let folder = Path::new(path).parent().expect("a folder");
    let extra = |index| (format!("tag{index}"), text(&folder.join(plan.name(index))).into());
    let extra: serde_json::Map<_, _> = (1..plan.files.len()).map(extra).collect();
    let options = telestream::UploadOptions {
        extra_files: (!extra.is_empty()).then(|| serde_json::Value::from(extra).to_string()),
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
    let resume = |token: &str| telestream::Upload::resume(&client, path, token, options.clone());
    let begin = || {
        let protocol = if plan.has_ranges { Protocol::Ranges } else { Protocol::Parts };
        let options = telestream::UploadOptions { protocol, ..options.clone() };
        telestream::Upload::new(&client, None, path, None, options)
    };
    let upload = match resumed(token, plan.keeps_token(), resume, begin) {
        Ok(upload) => upload,
        Err(error) => return Outcome::refused(error),
    };
    let (result, took) = go(plan, act, upload.lifecycle(), || upload.run(None));
    let told = upload.answer().ok().and_then(|video| video["id"].as_str().map(str::to_owned));
    // Where the answer to the last part is lost, no other names the video.
    let video = told.or_else(|| world::with(|world| world.service.whole_video()).flatten());
    let extra = (1..plan.files.len()).map(|index| video.as_ref().map(|video| format!("{video}/{index}")));
    let handles = std::iter::once(video.clone()).chain(extra).collect();
    *token.lock().expect("no panic") = upload.token().ok().filter(|_| plan.has_token);
    Outcome { result, state: upload.lifecycle().state(), took, handles, wrong: Vec::new() }
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
            if !act.leaves_alone() {
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
        world::with(|world| {
            world.service.ends.push(world.now);
            world.service.returns.push(world.now);
        });
    }
    (result, took)
}
