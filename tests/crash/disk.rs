//! The folder of the journals goes wrong.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Lengths;
use super::lab::Lab;
use super::tools;
use super::trial::{End, Trial};

const IO: i32 = 3;

/// Who has no rights that root has.
const NOBODY: u32 = 65534;

/// The journal could not be begun, and nothing was sent.
fn check_refused(trial: &Trial<'_>, status: i32, message: &str) {
    assert_eq!(status, IO, "{message}");
    assert!(message.contains("journal"), "{message}");
    assert_eq!(trial.service.begun(trial.shape), 0, "{message}");
    assert_eq!(trial.journal_files(), [""; 0].map(PathBuf::from), "{message}");
}

/// No more than any number of bytes can be written. A journal that cannot grow is no reason to fail.
#[test]
fn full_after_any_byte() {
    let mut lab = Lab::new("full after any byte", 5);
    let lengths = Lengths::known();
    while lab.has_to_go_on() {
        let mut trial = lab.trial();
        let limit = lab.random.u64(500..2500);
        trial.environment.push(("FERRY_CRASH_LIMIT", limit.to_string()));
        let moment = lengths.moment(&mut lab, &trial);
        match if lab.random.bool() { trial.run() } else { trial.killed_after(moment) } {
            End::Stored => {}
            // What the journal does not know is sent again, if need be all of it.
            End::Killed => trial.forgets(),
            End::Failed(status, message) => check_refused(&trial, status, &message),
        }
        trial.environment.clear();
        trial.end(&mut lab);
    }
    lab.end();
}

/// A file system of its own, which only root may make.
struct FileSystem {
    at: PathBuf,
}

impl FileSystem {
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir(at).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs"]).arg(at);
        let is_done = mount.output().is_ok_and(|output| output.status.success());
        is_done.then(|| FileSystem { at: at.to_owned() })
    }

    /// Leaves no room at all.
    fn fill(&self) {
        let mut file = fs::File::create(self.at.join("ballast")).expect("a file");
        while file.write(&[1; 4096]).is_ok_and(|count| count > 0) {}
    }

    fn free(&self) {
        fs::remove_file(self.at.join("ballast")).expect("removed");
    }
}

impl Drop for FileSystem {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.at).output();
    }
}

/// A disk that is full at the start, and one that gets full later: the journal has its space already.
#[test]
fn full_file_system() {
    let mut lab = Lab::new("full file system", 3);
    let lengths = Lengths::known();
    while lab.has_to_go_on() {
        let mut trial = lab.trial();
        let Some(file_system) = FileSystem::mount(&trial.folder().join("small")) else {
            return tools::is_not_run("the full file system", "this user may not mount one");
        };
        trial.journals = file_system.at.join("journals");
        file_system.fill();
        match trial.run() {
            End::Failed(status, message) => check_refused(&trial, status, &message),
            end => panic!("{end:?} on a full disk"),
        }
        file_system.free();
        let mut client = trial.spawn();
        loop {
            let is_over = client.try_wait().expect("its state").is_some();
            if trial.service.begun(trial.shape) > 0 {
                break;
            }
            assert!(!is_over, "{:?}: no upload has begun", trial.wait(client));
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        file_system.fill();
        std::thread::sleep(lengths.moment(&mut lab, &trial));
        client.kill().expect("killed");
        let end = trial.wait(client);
        assert!(!matches!(end, End::Failed(..)), "{end:?}");
        trial.end(&mut lab);
        drop(file_system);
    }
    lab.end();
}

/// Somebody removes the folder.
#[test]
fn gone() {
    let mut lab = Lab::new("folder gone", 4);
    let lengths = Lengths::known();
    while lab.has_to_go_on() {
        let mut trial = lab.trial();
        let mut client = trial.spawn();
        std::thread::sleep(lengths.moment(&mut lab, &trial));
        let is_gone = fs::remove_dir_all(&trial.journals).is_ok();
        if lab.random.bool() {
            std::thread::sleep(lengths.moment(&mut lab, &trial) / 2);
            client.kill().expect("killed");
        }
        match trial.wait(client) {
            End::Stored => {}
            // Nobody knows of the upload any more: all of it is sent again.
            End::Killed if is_gone => trial.forgets(),
            End::Killed => {}
            End::Failed(status, message) => check_refused(&trial, status, &message),
        }
        trial.end(&mut lab);
    }
    lab.end();
}

/// Somebody takes away the right to write to the folder, and gives it back later.
#[test]
fn read_only() {
    let mut lab = Lab::new("folder read-only", 4);
    let lengths = Lengths::known();
    let is_root = fs::metadata(lab.folder()).expect("the folder").uid() == 0;
    let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode));
    while lab.has_to_go_on() {
        let mut trial = lab.trial();
        fs::create_dir(&trial.journals).expect("a folder");
        set(&trial.journals, 0o700).expect("private");
        if is_root {
            for folder in [lab.folder(), trial.folder()] {
                set(folder, 0o755).expect("open to all");
            }
            chown(&trial.journals, Some(NOBODY), None).expect("given away");
            trial.environment.push(("FERRY_CRASH_USER", NOBODY.to_string()));
        }
        let mut client = trial.spawn();
        std::thread::sleep(lengths.moment(&mut lab, &trial));
        set(&trial.journals, 0o500).expect("read-only");
        if lab.random.bool() {
            std::thread::sleep(lengths.moment(&mut lab, &trial) / 2);
            client.kill().expect("killed");
        }
        match trial.wait(client) {
            End::Stored | End::Killed => {}
            End::Failed(status, message) => check_refused(&trial, status, &message),
        }
        set(&trial.journals, 0o700).expect("writable");
        trial.end(&mut lab);
    }
    lab.end();
}
