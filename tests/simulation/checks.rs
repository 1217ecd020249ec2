//! What must hold after a run, whatever has happened.

use std::collections::BTreeSet;
use std::path::Path;

use ferry::error::{Error, ErrorKind};
use ferry::transfer::lifecycle::UploadState;

use super::plan::{Act, Plan, Work};
use super::scenario::{BEFORE, RECEIVED};
use super::world::{self, MILLISECOND, SECOND, Time};

/// A call ends so long after its deadline, or after a cancel, at the latest.
const LATE: Time = SECOND;

/// An operation of the disk cannot be interrupted, and so many may be between a cancel and the end.
const OPERATIONS: u64 = 6;

/// What an interrupt comes too early for: a run forgets one that came before it had begun.
const BEGINS: Time = 10 * MILLISECOND;

/// The library's own limits on a connection that is not ready, and on a wait in which no byte moves.
const CONNECT: Time = 10 * SECOND;
const STALL: Time = 120 * SECOND;

/// How long the requests that are under way may take, which a pause lets end: to their own ends, or to those
/// that the timeouts set them. Of them there may be as many as the file has parts; the request for the
/// address of a part comes before it, and both may meet a fault.
fn requests_under_way(plan: &Plan) -> Time {
    let bytes = plan.size as u64;
    let limited = (bytes * SECOND).checked_div(plan.limit).unwrap_or(0);
    let (takes, thinks, slowest, down) = world::with(|world| {
        let down = world.net.down.iter().map(|(begin, end)| end - begin).sum::<Time>();
        (world.net.takes(plan.size), world.service.thinks, world.disk.slowest, down)
    })
    .unwrap_or_default();
    let faulty = if plan.faults > 0 { 2 * STALL + down } else { 0 };
    CONNECT + 2 * (limited + takes) + 4 * thinks + slowest * (bytes >> 16) + faulty
}

pub fn check_time(plan: &Plan, act: Act, deadline: Option<Time>, took: Time, wrong: &mut Vec<String>) {
    let late = LATE + OPERATIONS * world::with(|world| world.disk.slowest).unwrap_or_default();
    let ends_at = match act {
        Act::Cancel => Some(plan.act_at),
        Act::Interrupt if plan.act_at > BEGINS => Some(plan.act_at),
        Act::Pause if plan.work == Work::Download => Some(plan.act_at),
        Act::Pause => Some(plan.act_at + requests_under_way(plan)),
        _ => None,
    };
    // The scope of a run waits for the thread that acts.
    let has_thread = !act.leaves_alone() && plan.work != Work::Download;
    let is_over = deadline.map(|deadline| if has_thread { deadline.max(plan.act_at) } else { deadline });
    let Some(most) = ends_at.into_iter().chain(is_over).min().map(|end| end + late) else { return };
    if took > most {
        wrong.push(format!(
            "the call took {} ms, and has {} at most",
            took / MILLISECOND,
            most / MILLISECOND
        ));
    }
}

pub fn check_stored(plan: &Plan, attempt: usize, handles: &[Option<String>], wrong: &mut Vec<String>) {
    // A change that anybody can see is over before the second process begins.
    let is_changed = attempt > 0 && plan.changes_at.is_some() && !plan.changes_hidden();
    let faults = world::with(|world| {
        let mut faults = Vec::new();
        let newest = world.service.versions.len() - 1;
        for (index, range) in plan.files.iter().enumerate() {
            let stored = handles.get(index).and_then(Option::as_ref).map(|it| world.service.files.get(it));
            match stored {
                None => faults.push(format!("a success has no file {index}")),
                Some(None) => {
                    faults.push(format!("a success names {handles:?}, of which {index} is not stored"))
                }
                Some(Some(file))
                    if file.name != plan.name(index)
                        || (plan.changes_at.is_none() && file.size != range.len() as u64)
                        || file.versions.is_empty()
                        || (is_changed && !file.versions.contains(&newest)) =>
                {
                    faults.push(format!(
                        "a success has {} bytes of {range:?}, named {}, of versions {:?}",
                        file.size, file.name, file.versions
                    ));
                }
                Some(Some(_)) => {}
            }
        }
        let may_be_once = plan.stores_once(attempt) && !world.service.has_forgotten;
        if may_be_once && world.service.files.len() != plan.files.len() {
            faults.push(format!("{} files are stored, not {}", world.service.files.len(), plan.files.len()));
        }
        faults
    });
    wrong.extend(faults.into_iter().flatten());
}

/// What a download has to leave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Received {
    /// The file that the service has, or has had.
    New,
    /// What was there before.
    Old,
    /// One of them: the process was killed, or the power lost.
    Either,
}

/// The file is as it has to be, and nothing is left beside it.
pub fn check_received(plan: &Plan, path: &Path, received: Received, wrong: &mut Vec<String>) {
    let target = path.with_extension(RECEIVED);
    let found = std::fs::read(&target);
    let is_new = |bytes: &Vec<u8>| {
        world::with(|world| world.service.versions.iter().any(|version| **version == *bytes)) == Some(true)
    };
    let is_right = found.as_ref().is_ok_and(|bytes| {
        (received != Received::New && bytes == BEFORE) || (received != Received::Old && is_new(bytes))
    });
    if !is_right {
        let length = found.map(|bytes| bytes.len());
        wrong.push(format!("received: {received:?}, and the file has {length:?} bytes"));
    }
    let entries = path.parent().and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten();
    let names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    // A process that is killed between two system calls leaves a second name of the file.
    let may_be_left =
        |name: &str| matches!(plan.act, Act::Kill | Act::PowerLoss) && name.starts_with(".ferry-");
    let is_known =
        |name: &str| ["film.mov", "film.received", "journals"].contains(&name) || may_be_left(name);
    if !names.iter().all(|name| name.to_str().is_some_and(is_known)) {
        wrong.push(format!("there is {names:?}"));
    }
}

pub fn check_error(
    plan: &Plan,
    act: Act,
    error: &Error,
    state: UploadState,
    is_last: bool,
    wrong: &mut Vec<String>,
) {
    let mut expected = BTreeSet::new();
    if plan.faults > 0 || plan.changes_at.is_some() {
        expected.extend(["Http", "Network", "Timeout", "Protocol", "Integrity", "NotReady"]);
    }
    if plan.deadline.is_some() {
        expected.insert("Timeout");
    }
    match act {
        _ if !act.leaves_alone() && plan.work == Work::Download => {
            expected.insert("Cancelled");
        }
        Act::Cancel | Act::Interrupt => _ = expected.insert("Cancelled"),
        Act::Pause => _ = expected.insert("Paused"),
        Act::Nothing | Act::Kill | Act::PowerLoss => {}
    }
    if plan.has_disk_faults {
        expected.insert("Io");
    }
    if plan.changes_at.is_some() {
        expected.insert("FileChanged");
        expected.insert("InvalidState");
    }
    if error.message().contains("before it was sent all bytes") {
        wrong.push(format!("the service tells of no video before it has all: {error}"));
    }
    let kind = format!("{:?}", error.kind());
    // All other changes are over when the last process begins. This one may be seen by it first, and one that
    // a token does not tell: it is of any file of that size.
    let is_of_token = plan.changes_at.is_some() && plan.has_token && error.kind() == ErrorKind::FileChanged;
    if !expected.contains(kind.as_str()) || (is_last && !plan.changes_hidden() && !is_of_token) {
        wrong.push(format!("{} error, {state:?}: {kind}: {error}", if is_last { "a last" } else { "an" }));
    }
    if act == Act::Cancel && error.kind() == ErrorKind::Cancelled && state != UploadState::Aborted {
        wrong.push(format!("after a cancel the upload is {state:?}"));
    }
}
