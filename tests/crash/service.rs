//! The local cloud as a process of its own, which can be killed and goes on where it was.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use localcloud::{Cloud, Options};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::shape::{Kind, Shape};
use super::support::control;

/// Bytes of a part of Telestream: the smallest that Ferry sends.
pub const FLIP_PART: u64 = 64 << 10;

const DATA: &str = "FERRY_CRASH_DATA";
const PORT: &str = "FERRY_CRASH_PORT";
const READY: &str = "serving at port ";

pub struct Service {
    data: PathBuf,
    port: u16,
    process: Child,
}

/// Parts that came and were of no use, of one service.
#[derive(Default)]
pub struct Wasted {
    pub parts: u64,
    pub bytes: u64,
}

impl AddAssign for Wasted {
    fn add_assign(&mut self, other: Self) {
        self.parts += other.parts;
        self.bytes += other.bytes;
    }
}

impl Service {
    /// One that knows nothing yet, with its data in a folder that is empty.
    pub fn start(data: &Path) -> Self {
        let (process, port) = serving(data, 0);
        Service { data: data.to_owned(), port, process }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// SIGKILL. Whether it lived.
    pub fn kill(&mut self) -> bool {
        let lived = matches!(self.process.try_wait(), Ok(None));
        self.process.kill().expect("killed");
        self.process.wait().expect("its end");
        lived
    }

    /// Starts it again after it was killed, at the same address.
    pub fn restart(&mut self) {
        (self.process, _) = serving(&self.data, self.port);
    }

    fn ask(&self, what: &str) -> Value {
        control(&self.url(), what)
    }

    /// What came although its upload had it.
    pub fn repeated(&self, shape: &Shape) -> Wasted {
        let all = self.ask("repeated");
        let of = &all[shape.kind.name()];
        Wasted { parts: number(&of["parts"]), bytes: number(&of["bytes"]) }
    }

    /// What is there of uploads that came to nothing: for the stored file it was sent once more.
    pub fn left_over(&self, shape: &Shape) -> Wasted {
        let mut left = Wasted::default();
        for upload in self.uploads(shape) {
            match shape.kind {
                Kind::Filestack if upload["handle"].is_null() => {
                    let parts = upload["parts"].as_object().expect("parts").values();
                    let chunks = upload["chunks"].as_object().expect("chunks").values();
                    let chunks = chunks.flat_map(|chunks| chunks.as_array().expect("a list"));
                    for part in parts.chain(chunks).filter(|part| part["confirmed"] == true) {
                        left += Wasted { parts: 1, bytes: number(&part["size"]) };
                    }
                }
                Kind::Telestream if upload["video"].is_null() => {
                    let file = &upload["files"][0];
                    let stored = file["stored"].as_array().expect("parts").len() as u64;
                    left += Wasted { parts: stored, bytes: (stored * shape.part).min(shape.size) };
                    let reached = number(&file["reached"]);
                    left += Wasted { parts: reached.div_ceil(shape.part), bytes: reached };
                }
                _ => {}
            }
        }
        left
    }

    /// How many uploads have begun.
    pub fn begun(&self, shape: &Shape) -> u64 {
        self.uploads(shape).len() as u64
    }

    fn uploads(&self, shape: &Shape) -> Vec<Value> {
        let what = match shape.kind {
            Kind::Filestack => "uploads",
            Kind::Telestream => "sessions",
        };
        let Value::Array(uploads) = self.ask(what) else { panic!("a list of {what}") };
        uploads
    }

    /// The SHA-256 of each file that is stored.
    pub fn stored(&self, shape: &Shape) -> Vec<[u8; 32]> {
        match shape.kind {
            Kind::Filestack => {
                let files = self.ask("files");
                let sum = |file: &Value| {
                    let digits = file["sha256"].as_str().expect("a digest");
                    let bytes = base16ct::lower::decode_vec(digits).expect("hexadecimal digits");
                    bytes.try_into().expect("32 bytes")
                };
                files.as_array().expect("a list").iter().map(sum).collect()
            }
            Kind::Telestream => {
                let sessions = self.ask("sessions");
                let videos = sessions.as_array().expect("a list").iter().filter_map(|s| s["video"].as_str());
                let bytes = |id| std::fs::read(self.data.join("flip/files").join(id)).expect("the video");
                videos.map(|id| Sha256::digest(bytes(id)).into()).collect()
            }
        }
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A process of this very program that serves.
fn serving(data: &Path, port: u16) -> (Child, u16) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "service::serve", "--ignored", "--nocapture"]);
    command.env(DATA, data).env(PORT, port.to_string());
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
    let mut ports = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix(READY)?.parse().ok());
    let port = ports.next().expect("the service is ready");
    (process, port)
}

/// Serves until it is killed, or until the test that started it has ended, which closes the pipe.
#[test]
#[ignore = "a service: the tests start it"]
fn serve() {
    let given = |name| std::env::var(name).expect("a service that a test starts");
    let options = Options {
        data: Some(given(DATA).into()),
        http: SocketAddr::from((Ipv4Addr::LOCALHOST, given(PORT).parse::<u16>().expect("a port"))),
        flip_part_size: FLIP_PART,
        flip_max_connections: 32,
        workers: 1,
        ..Options::default()
    };
    let cloud = Cloud::start(options).expect("the local cloud starts");
    let port = cloud.http_url().rsplit(':').next().expect("a port").to_owned();
    let mut output = std::io::stdout().lock();
    writeln!(output, "\n{READY}{port}").and_then(|()| output.flush()).expect("the test listens");
    std::io::stdin().read_to_end(&mut Vec::new()).expect("the end of the test");
}
