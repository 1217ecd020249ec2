//! One folder of journals and several processes: clients that upload the same file, one that lists the
//! journals, one that prunes them, and one that kills a client.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use ferry::error::{Error, ErrorKind};
use ferry::http::Bounds;
use ferry::transfer::checkpoint::listing::{list, prune};
use ferry::transfer::checkpoint::{
    Checkpoint, PartEvent, PartRecord, Record, SealKey, Session, UploadedFile,
};
use ferry::transfer::context::TransferContext;
use ferry::transfer::control::Control;
use ferry::transfer::progress::Progress;
use ferry::transfer::source::Source;
use serde_json::json;

use super::linger;
use crate::world::{self, Wait, World};

const PARTS: u32 = 3;
const HOUR: Duration = Duration::from_secs(3600);

/// What the clients have done to the upload, as they see it.
#[derive(Default)]
struct Shared {
    /// The process that holds the journal.
    holder: Option<usize>,
    /// Clients between the beginning and the end of their call.
    calling: BTreeSet<usize>,
    /// Those beside which another one has called.
    disturbed: BTreeSet<usize>,
    /// What a journal says, and the part that is being recorded.
    recorded: BTreeSet<u32>,
    about: Option<u32>,
    /// A client that has recorded everything was about to remove the journal.
    is_ending: bool,
    entered: u32,
    refused: u32,
    wrong: Vec<String>,
}

#[derive(Clone)]
struct Stage {
    folder: String,
    shared: Arc<Mutex<Shared>>,
    has_pruner: bool,
}

/// What a client does with the journal that it holds.
#[derive(Clone, Copy)]
struct Conduct {
    before: u32,
    between: u32,
    sleeps: bool,
    /// It gives up after so many parts.
    fails_after: u32,
}

pub fn run(rng: &mut Rng) -> (Vec<String>, bool) {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let path = folder.path().join("film.mov");
    std::fs::write(&path, [7; PARTS as usize]).expect("written");
    let stage = Stage {
        folder: folder.path().join("journals").to_str().expect("UTF-8").to_owned(),
        shared: Arc::default(),
        has_pruner: rng.bool(),
    };
    let clients = rng.usize(2..4);
    let mut processes = Vec::new();
    for _ in 0..clients {
        let conducts: Vec<Conduct> = (0..rng.usize(1..3))
            .map(|_| Conduct {
                before: rng.u32(..30),
                between: rng.u32(..4),
                sleeps: rng.u8(..3) == 0,
                fails_after: rng.u32(..6),
            })
            .collect();
        let (stage, path) = (stage.clone(), path.clone());
        processes.push(world::spawn(move || {
            let me = world::with(|world| world.process()).unwrap_or_default();
            conducts.iter().for_each(|conduct| stage.client(me, &path, *conduct));
        }));
    }
    let victim = (rng.u8(..4) == 0).then(|| (processes[rng.usize(..clients)], rng.u32(..200)));
    if rng.bool() {
        let (stage, times) = (stage.clone(), rng.u32(1..6));
        processes.push(world::spawn(move || stage.lister(times)));
    }
    if stage.has_pruner {
        let (stage, times, before) = (stage.clone(), rng.u32(1..4), rng.u32(..60));
        processes.push(world::spawn(move || stage.pruner(times, before)));
    }
    if let Some((victim, after)) = victim {
        linger(after);
        stage.kill(victim);
    }
    for process in processes {
        world::wait(Wait::Process(process));
    }
    let mut shared = stage.shared.lock().expect("no panic");
    if shared.entered == 0 && victim.is_none() {
        let refused = shared.refused;
        shared.wrong.push(format!("nobody has held the journal, {refused} were refused"));
    }
    (std::mem::take(&mut shared.wrong), shared.disturbed.len() > 1)
}

impl Stage {
    fn with<R>(&self, look: impl FnOnce(&mut Shared) -> R) -> R {
        look(&mut self.shared.lock().expect("no panic"))
    }

    fn client(&self, me: usize, path: &Path, conduct: Conduct) {
        linger(conduct.before);
        let source = Source::open(path.to_str().expect("UTF-8")).expect("opened");
        let key = SealKey::new("filestack", "KEY").expect("a key");
        let file = UploadedFile::new(path.to_str().expect("UTF-8"), &source).expect("a file");
        let checkpoint = Checkpoint::new(key, "filestack", vec![file], json!({"filename": "film.mov"}));
        let (control, progress) = (Control::default(), Progress::default());
        let bounds = Bounds::new(control.stop(), None, HOUR, HOUR);
        let context = TransferContext::new(&control, bounds, &progress);
        self.with(|shared| {
            shared.calling.insert(me);
            if shared.calling.len() > 1 {
                shared.disturbed.extend(shared.calling.iter());
            }
        });
        let attempt = |_: &TransferContext<'_>| self.hold(me, &checkpoint, conduct);
        let result = checkpoint.go_on(Some(&self.folder), &context, &|_| false, &|| Ok(()), &attempt);
        // It closes the journal.
        drop(checkpoint);
        self.with(|shared| {
            shared.calling.remove(&me);
            let was_disturbed = shared.disturbed.remove(&me) || shared.calling.contains(&me);
            match result {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Network => {}
                Err(error) if error.kind() == ErrorKind::InvalidState && was_disturbed => shared.refused += 1,
                Err(error) => shared.wrong.push(format!("process {me}: {error:?}")),
            }
            // Whoever still calls was disturbed by this one.
            if was_disturbed {
                shared.disturbed.insert(me);
            }
        });
    }

    /// What a client does that has the journal.
    fn hold(&self, me: usize, checkpoint: &Checkpoint, conduct: Conduct) -> Result<(), Error> {
        let known: BTreeSet<u32> =
            (1..=PARTS).filter(|number| checkpoint.part(0, *number).is_some()).collect();
        self.with(|shared| {
            if let Some(other) = shared.holder.replace(me) {
                shared.wrong.push(format!("{me} and {other} hold the journal at the same time"));
            }
            shared.entered += 1;
            let mut may_know = shared.recorded.clone();
            may_know.extend(shared.about.take());
            let is_pruned = self.has_pruner && known.is_empty();
            let was_ending = std::mem::take(&mut shared.is_ending) && known.len() == PARTS as usize;
            if !is_pruned && !was_ending && known != shared.recorded && known != may_know {
                let recorded = &shared.recorded;
                shared.wrong.push(format!("{me} knows {known:?}, and {recorded:?} were recorded"));
            }
            shared.recorded.clone_from(&known);
        });
        if checkpoint.session().is_none() {
            let session = Session { part_sizes: vec![1], answer: json!({"upload_id": "u"}) };
            checkpoint.record(Record::Session(session));
        }
        for number in (1..=PARTS).filter(|number| !known.contains(number)) {
            if number > conduct.fails_after {
                self.with(|shared| shared.holder = None);
                return Err(Error::new(ErrorKind::Network, "cut"));
            }
            linger(conduct.between);
            if conduct.sleeps {
                std::thread::sleep(Duration::from_millis(150));
            }
            self.with(|shared| shared.about = Some(number));
            let event = PartEvent::Whole { md5: Some([number as u8; 16]), etag: None };
            checkpoint.record(Record::Part(PartRecord { file: 0, number, event }));
            self.with(|shared| {
                shared.about = None;
                shared.recorded.insert(number);
                if shared.holder != Some(me) {
                    shared.wrong.push(format!("{me} does not hold the journal any more"));
                }
            });
        }
        // It is removed now, and another client may begin one.
        self.with(|shared| {
            shared.holder = None;
            shared.recorded.clear();
            shared.is_ending = true;
        });
        checkpoint.record(Record::Done(json!({"handle": "h"})));
        Ok(())
    }

    fn lister(&self, times: u32) {
        for _ in 0..times {
            linger(5);
            match list(&self.folder) {
                Ok(found) if found.as_array().is_some_and(|found| found.len() <= 1) => {}
                other => self.with(|shared| shared.wrong.push(format!("the list says {other:?}"))),
            }
        }
    }

    fn pruner(&self, times: u32, before: u32) {
        for _ in 0..times {
            linger(before);
            if let Err(error) = prune(&self.folder, Duration::ZERO) {
                // Its journals may go while it looks; a file that it may remove is there, for it claims it.
                self.with(|shared| shared.wrong.push(format!("prune: {error:?}")));
            }
        }
    }

    fn kill(&self, victim: usize) {
        world::with(|world: &mut World| {
            if world.has_ended(victim) {
                return;
            }
            world.kill(victim);
        });
        self.with(|shared| {
            shared.holder.take_if(|holder| *holder == victim);
            shared.calling.remove(&victim);
        });
    }
}
