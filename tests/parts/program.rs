//! A program of the system that serves at a port of 127.0.0.1, in a folder of its own, until the test ends.

use std::fmt::Display;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::tools;

/// Who has no rights, on Debian and elsewhere.
const NOBODY: u32 = 65534;

/// The longest that a program may take to begin or to write a line; no test is judged by it.
const LONG: Duration = Duration::from_secs(60);

/// Where a program is, and what it needs to run.
pub struct Found {
    path: PathBuf,
    /// Where `tests/tools/parts` has unpacked it; none if it is the machine's.
    unpacked: Option<PathBuf>,
}

impl Found {
    /// The machine's program, else the one that `make tools` has unpacked. Without either it is said that
    /// `what` is not run.
    pub fn look_for(name: &str, what: &str) -> Option<Found> {
        let machine = ["/usr/sbin", "/usr/bin", "/sbin"].map(|folder| Path::new(folder).join(name));
        let machine = machine.into_iter().find(|path| path.is_file()).or_else(|| tools::on_the_path(name));
        if let Some(path) = machine {
            return Some(Found { path, unpacked: None });
        }
        let root = tools::folder().join("parts");
        let unpacked = ["usr/sbin", "usr/bin"].map(|folder| root.join(folder).join(name));
        let found = unpacked.into_iter().find(|path| path.is_file());
        if found.is_none() {
            tools::is_not_run(what, &format!("{name} is not there; on Debian `make tools` unpacks it"));
        }
        found.map(|path| Found { path, unpacked: Some(root) })
    }

    /// A file of its package, which the machine has below `/`.
    pub fn file(&self, path: &str) -> PathBuf {
        self.unpacked.as_deref().unwrap_or(Path::new("/")).join(path)
    }

    /// The program, with the libraries that were unpacked with it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.env_remove("LD_LIBRARY_PATH");
        if let Some(root) = &self.unpacked {
            let folders = ["usr/lib", "lib"].map(|folder| root.join(folder));
            let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
            let triples = entries.map(|entry| entry.path()).filter(|path| path.is_dir());
            let path = std::env::join_paths(folders.iter().cloned().chain(triples)).expect("a path");
            command.env("LD_LIBRARY_PATH", path);
        }
        command
    }
}

/// A folder that a program may write into.
pub fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    if is_root() {
        chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("the folder is nobody's");
    }
    folder
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A port of 127.0.0.1 for a program that cannot choose one itself. The system gives none of this range to
/// those who do not ask for one, so nobody takes it before the program does.
pub fn port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() * 61 % u32::from(COUNT)).expect("a small number");
    loop {
        let port = FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A program that runs. It is killed when this is dropped.
pub struct Program {
    child: Child,
    folder: TempDir,
    pub port: u16,
}

impl Program {
    /// Starts `command`, which serves `port`, in `folder`; without root's rights. What it writes goes into
    /// `out`, there. Returns when it listens.
    pub fn start(command: &mut Command, folder: TempDir, port: u16) -> Program {
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        Self::spawn(command, folder, port)
    }

    /// The same of a program that gives up root's rights by itself, for it needs one to serve its port.
    pub fn start_at_a_low_port(command: &mut Command, port: u16) -> Program {
        // In a user namespace there may be no other user.
        let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        let user = if map.contains("4294967295") { "nobody" } else { "root" };
        command.arg(format!("--user={user}"));
        Self::spawn(command, tempfile::tempdir().expect("a folder"), port)
    }

    fn spawn(command: &mut Command, folder: TempDir, port: u16) -> Program {
        let out = fs::File::create(folder.path().join("out")).expect("a file");
        let err = out.try_clone().expect("a file");
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(out).stderr(err);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let mut program = Program { child, folder, port };
        until("it listens", || {
            if let Some(status) = program.child.try_wait().expect("a child") {
                panic!("{command:?} ended, {status}:\n{}", program.said());
            }
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        program
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file that it has written; empty if there is none.
    pub fn text(&self, name: &str) -> String {
        let bytes = fs::read(self.folder().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The end of all that it has written.
    fn said(&self) -> String {
        let logs = ["out", "error.log", "cache.log", "access.log"].map(|name| self.text(name));
        logs.concat()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the program said:\n{}", self.said());
        }
    }
}

/// Waits for something that comes to pass sooner or later.
pub fn until(what: impl Display, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < LONG, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
