//! What the tests share: a cloud, a home, and the program run in them.

#[path = "../../../tests/support/noise.rs"]
mod noise;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use localcloud::{Cloud, Options};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

pub use noise::noise;

pub const MIB: usize = 1 << 20;

/// How long something that has to happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Desk {
    pub cloud: Cloud,
    home: TempDir,
    work: TempDir,
}

/// What a command did.
#[derive(Debug)]
pub struct Told {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Desk {
    pub fn new() -> Self {
        Desk::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        let folder = || tempfile::tempdir().expect("a folder");
        let cloud = Cloud::start(options).expect("the local cloud starts");
        Desk { cloud, home: folder(), work: folder() }
    }

    /// The program, with keys of the cloud and nothing else in its environment.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.bare(arguments);
        command.env("FERRY_BASE_URL", self.cloud.http_url()).env("FERRY_APIKEY", "TESTKEY");
        command.env("FERRY_ACCESS_KEY", "LOCAL_ACCESS_KEY").env("FERRY_SECRET_KEY", "LOCAL_SECRET_KEY");
        command
    }

    /// The program without keys.
    pub fn bare<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ferry"));
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path().join("state"));
        command.env("FERRY_CONFIG", self.config());
        command.args(arguments).current_dir(self.work.path()).stdin(Stdio::null());
        command
    }

    pub fn config(&self) -> PathBuf {
        self.home.path().join("keys/config.toml")
    }

    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Told {
        told(&mut self.command(arguments))
    }

    /// Runs what has to succeed; what it printed on standard output.
    #[track_caller]
    pub fn done<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let told = self.run(arguments);
        assert_eq!(told.code, Some(0), "{told:?}");
        told.out.trim_end().to_owned()
    }

    /// Starts it in the background, with its output in pipes.
    pub fn start<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.work.path().join(name)
    }

    pub fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("the file")
    }

    /// Uploads bytes under a name; their handle.
    pub fn store(&self, name: &str, bytes: &[u8]) -> String {
        self.write(name, bytes);
        let url = self.done(["upload", name]);
        url.rsplit('/').next().expect("a handle").to_owned()
    }

    pub fn faults(&self, rules: Value) {
        self.cloud.set_faults(&rules.to_string()).expect("the rules are right");
    }

    pub fn ask(&self, what: &str) -> Vec<Value> {
        let url = format!("{}/_local/{what}", self.cloud.http_url());
        let text = ureq::get(url).call().expect("an answer").body_mut().read_to_string().expect("text");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The files that are stored.
    pub fn files(&self) -> Vec<Value> {
        self.ask("files")
    }

    /// How many requests the cloud has got.
    pub fn requests(&self) -> usize {
        self.ask("requests").len()
    }

    /// How many requests of that class came, and how many of them were answered with success.
    pub fn counts(&self, class: &str) -> (usize, usize) {
        let requests = self.ask("requests");
        let of_class = || requests.iter().filter(|request| request["class"] == class);
        let is_confirmed = |request: &&Value| request["status"].as_u64().is_some_and(|status| status < 300);
        (of_class().count(), of_class().filter(is_confirmed).count())
    }

    /// Name and digest of each stored file; no name is there twice.
    pub fn stored(&self) -> BTreeMap<String, String> {
        let files = self.files();
        let text = |file: &Value, name: &str| file[name].as_str().expect("text").to_owned();
        let stored: BTreeMap<_, _> =
            files.iter().map(|file| (text(file, "filename"), text(file, "sha256"))).collect();
        assert_eq!(stored.len(), files.len(), "a name is stored twice: {files:?}");
        stored
    }

    /// Waits until something is so.
    pub fn until(&self, what: &str, is_so: impl Fn(&Desk) -> bool) {
        let begin = Instant::now();
        while !is_so(self) {
            assert!(begin.elapsed() < PATIENCE, "{what} did not happen");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until a fault has fired.
    pub fn until_fired(&self) {
        self.until("the fault", |desk| desk.cloud.fired().iter().sum::<u64>() > 0);
    }

    /// What `ferry uploads` lists.
    pub fn uploads(&self) -> Vec<Value> {
        json_lines(&self.done(["uploads", "--json"]))
    }
}

const SECRET: &str = "SECRETSECRET";

/// One whose cloud wants signed policies.
pub fn secured() -> Desk {
    Desk::with(Options { app_secret: Some(SECRET.into()), ..Options::default() })
}

/// Runs what has to succeed, with the secret that signs policies.
#[track_caller]
pub fn signed(desk: &Desk, arguments: &[&str]) -> String {
    let told = told(desk.command(arguments).env("FERRY_APP_SECRET", SECRET));
    assert_eq!(told.code, Some(0), "{arguments:?} {told:?}");
    told.out.trim_end().to_owned()
}

pub fn told(command: &mut Command) -> Told {
    from_output(command.output().expect("the program runs"))
}

/// Runs it with a text on its standard input.
pub fn told_of(command: &mut Command, input: &[u8]) -> Told {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // It may have ended without reading.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    end(child)
}

pub fn end(child: Child) -> Told {
    from_output(child.wait_with_output().expect("its end"))
}

fn from_output(output: Output) -> Told {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Told { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

pub fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("sent");
}

#[track_caller]
pub fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
