//! Processes of their own: one that is killed half-way, and two that want the same journal. The kill is
//! SIGKILL, on Windows TerminateProcess: neither asks the process.

use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ferry::error::Result;
use ferry::filestack::{self, Intelligent};
use ferry::http::Connection;
use ferry::telestream::{self, Protocol};
use localcloud::Options;
use serde_json::{Value, json};

use super::emulated::this_program;
use super::filestack::{LENGTH, MIB};
use super::support::{TestCloud, control, flip, noise};
use super::{Place, text};

const URL: &str = "FERRY_DURABLE_URL";
const FILE: &str = "FERRY_DURABLE_FILE";
const JOURNALS: &str = "FERRY_DURABLE_JOURNALS";
const WAY: &str = "FERRY_DURABLE_WAY";

const FLIP_PART: usize = 64 << 10;

/// The longest that a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A way to send a file: of which length, by requests of which class. The process is killed when `before` of
/// them have stored as many bytes as `stored` says: a short last part may have its digest, and be sent,
/// before another one. `after` are left.
struct Way {
    name: &'static str,
    length: usize,
    class: &'static str,
    stored: &'static [usize],
    before: usize,
    after: usize,
}

const WAYS: [Way; 4] = [
    Way { name: "plain", length: LENGTH, class: "put", stored: &[10 * MIB, 7 * MIB], before: 2, after: 1 },
    Way {
        name: "intelligent",
        length: LENGTH,
        class: "put",
        stored: &[8 * MIB, 4 * MIB],
        before: 1,
        after: 1,
    },
    Way {
        name: "parts",
        length: 5 * FLIP_PART + 7,
        class: "flip_part",
        stored: &[2 * FLIP_PART],
        before: 2,
        after: 4,
    },
    Way {
        name: "ranges",
        length: (17 << 20) + 7,
        class: "flip_range",
        stored: &[10 << 20],
        before: 2,
        after: 2,
    },
];

impl Way {
    fn is_half(&self, listed: &Value) -> bool {
        self.stored.iter().any(|bytes| listed["bytes_stored"] == json!(bytes))
    }
}

/// A cloud that keeps what is stored in a folder, a file, and a place for journals.
struct Stage {
    way: &'static Way,
    cloud: TestCloud,
    place: Place,
    bytes: Vec<u8>,
    file: String,
}

impl Stage {
    fn new(way: &'static Way) -> Self {
        let place = Place::new();
        let options = Options {
            data: Some(place.folder.path().join("data")),
            flip_part_size: FLIP_PART as u64,
            polls: 1,
            ..Options::default()
        };
        let bytes = noise(way.length);
        let file = place.file("film.mp4", &bytes);
        Stage { way, cloud: TestCloud::with(options), place, bytes, file }
    }

    /// A process of this very program that uploads the file, and says how that ended.
    fn process(&self) -> Child {
        this_program()
            .args(["--exact", "process::uploads", "--ignored", "--nocapture"])
            .envs([(URL, self.cloud.url()), (FILE, self.file.clone()), (JOURNALS, self.place.journals())])
            .env(WAY, self.way.name)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process")
    }

    /// A process half-way: some parts are stored, and the next one hangs.
    fn half_way(&self) -> Child {
        let hangs = json!({"stall_ms": 3_600_000});
        self.cloud.faults(json!([{"class": self.way.class, "skip": self.way.before, "action": hangs}]));
        let process = self.process();
        let begin = Instant::now();
        while self.place.list().first().is_none_or(|listed| !self.way.is_half(listed))
            || self.cloud.count(self.way.class) <= self.way.before
        {
            assert!(begin.elapsed() < PATIENCE, "{}: {:?}", self.way.name, self.place.list());
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(self.place.list()[0]["in_use"], json!(true));
        process
    }

    /// The one file that is stored.
    fn stored(&self) -> Vec<u8> {
        let data = self.place.folder.path().join("data");
        let path = match self.cloud.files().as_slice() {
            [file] => return self.download(file["handle"].as_str().expect("a handle")),
            _ => data.join("flip/files").join(self.ask("sessions")[0]["video"].as_str().expect("a video")),
        };
        fs::read(path).expect("the video")
    }

    fn download(&self, handle: &str) -> Vec<u8> {
        let client = self.cloud.client(Connection::default());
        let link = filestack::Filelink::new(&client, handle).expect("a link");
        link.content(&Default::default(), None).expect("content")
    }

    fn ask(&self, what: &str) -> Value {
        control(&self.cloud.url(), what)
    }

    /// How many uploads the service was asked for, and how many parts it got although it had them.
    fn sent(&self) -> (usize, Value) {
        let begun = self.cloud.count("start") + self.cloud.count("flip_session");
        let repeated = self.ask("repeated");
        (begun, json!([repeated["filestack"]["parts"], repeated["telestream"]["parts"]]))
    }
}

fn kill(mut process: Child) {
    process.kill().expect("killed");
    let end = process.wait_with_output().expect("its end");
    assert!(!end.status.success() && !text_of(&end.stdout).contains(UPLOADED), "it was killed half-way");
}

fn text_of(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

#[test]
fn an_upload_whose_process_was_killed_goes_on_in_another() {
    for way in &WAYS {
        let stage = Stage::new(way);
        kill(stage.half_way());
        let listed = stage.place.list();
        assert_eq!((listed.len(), &listed[0]["in_use"]), (1, &json!(false)), "{}: nobody has it", way.name);
        assert!(way.is_half(&listed[0]), "{}: {listed:?}", way.name);
        stage.cloud.faults(json!([]));
        let before = stage.cloud.count(way.class);
        let end = stage.process().wait_with_output().expect("its end");
        assert!(text_of(&end.stdout).contains(UPLOADED), "{}: {}", way.name, text_of(&end.stdout));
        assert_eq!(stage.cloud.count(way.class) - before, way.after, "{}: what was missing", way.name);
        assert_eq!(stage.sent(), (1, json!([0, 0])), "{}: one upload, no part again", way.name);
        assert!(stage.stored() == stage.bytes, "{}: the stored bytes are those of the file", way.name);
        assert_eq!(stage.place.journal_files().len(), 0, "{}", way.name);
    }
}

#[test]
fn a_second_process_is_told_which_journal_the_first_one_holds() {
    for way in &WAYS {
        let stage = Stage::new(way);
        let first = stage.half_way();
        let requests = stage.cloud.requests().len();
        let second = stage.process().wait_with_output().expect("its end");
        let journal = text(&stage.place.journal());
        let words = "InvalidState: cannot upload film.mp4: another upload of this file is under way, or its handle \
                     is not freed yet: it holds";
        let said = text_of(&second.stdout);
        let whole = format!("{words} the journal {journal} until it has ended");
        assert!(said.contains(&whole), "{}: {said}", way.name);
        assert_eq!(stage.cloud.requests().len(), requests, "{}: it has sent nothing", way.name);
        kill(first);
        stage.cloud.faults(json!([]));
        let third = stage.process().wait_with_output().expect("its end");
        let said = text_of(&third.stdout);
        assert!(said.contains(UPLOADED), "{}: the journal is free again: {said}", way.name);
        assert!(stage.stored() == stage.bytes, "{}", way.name);
    }
}

const UPLOADED: &str = "the upload has ended well";

#[test]
#[ignore = "a process that the tests above start"]
fn uploads() {
    match upload() {
        Ok(()) => println!("\n{UPLOADED}"),
        Err(error) => println!("\n{:?}: {}", error.kind(), error.message()),
    }
}

fn upload() -> Result<()> {
    let told = |name: &str| std::env::var(name).expect("told by the other process");
    let (base_url, file, way) = (Some(told(URL)), told(FILE), told(WAY));
    let journal_dir = Some(told(JOURNALS));
    // The kill ends it, and nothing before.
    let connection = Connection { stall_timeout: Duration::from_secs(3600), ..Default::default() };
    match way.as_str() {
        "plain" | "intelligent" => {
            let options = filestack::ClientOptions { base_url, connection, ..Default::default() };
            let client = filestack::Client::new("TESTKEY", options)?;
            let intelligent = if way == "plain" { Intelligent::Off } else { Intelligent::On };
            let options =
                filestack::UploadOptions { journal_dir, concurrency: 1, intelligent, ..Default::default() };
            filestack::Upload::of_file(&client, &file, options)?.run(None)
        }
        _ => {
            let client = flip::client(base_url.expect("an address"), connection);
            let protocol = if way == "parts" { Protocol::Parts } else { Protocol::Ranges };
            let options =
                telestream::UploadOptions { journal_dir, concurrency: 1, protocol, ..Default::default() };
            let params = Some(r#"{"profiles": "none"}"#);
            telestream::Upload::new(&client, None, &file, params, options)?.run(None)
        }
    }
}
