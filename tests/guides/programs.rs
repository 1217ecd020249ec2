//! The whole programs among the examples, in every language they are written in: pictures that get
//! thumbnails, a film that gets encoded. What they say is compared with what the local cloud has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use localcloud::{Cloud, Options};
use serde_json::Value;
use tempfile::TempDir;

use crate::tools::{self, root};
use crate::{c_example, compiler, folder, interrupted, linked};

const SECRET: &str = "a secret of the application";

fn cpp_example(name: &str, folder: &Path) -> PathBuf {
    let program = folder.join(name);
    let mut cxx = compiler("CXX", "c++");
    cxx.arg("-std=c++17").args(tools::STRICT);
    for include in ["include", "bindings/cpp"] {
        cxx.arg("-I").arg(root().join(include));
    }
    let source = root().join(format!("bindings/cpp/examples/{name}.cpp"));
    tools::run(linked(cxx.arg(source)).arg("-o").arg(&program));
    program
}

fn go_example(name: &str, folder: &Path) -> PathBuf {
    let program = folder.join(name);
    let mut go = tools::go_in_tree(&root().join("bindings/go/ferry"));
    go.args(["build", "-o"]).arg(&program);
    tools::run(go.arg(format!("./examples/{name}")));
    program
}

/// What a program wrote, and its exit code.
struct Run {
    out: String,
    err: String,
    code: Option<i32>,
}

fn run(mut command: Command) -> Run {
    let output = command.env_remove("LD_LIBRARY_PATH").output().expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run { out: text(&output.stdout), err: text(&output.stderr), code: output.status.code() }
}

fn get(url: &str) -> Vec<u8> {
    let mut answer = ureq::get(url).call().expect(url);
    answer.body_mut().with_config().limit(64 << 20).read_to_vec().expect("the bytes")
}

fn requests(cloud: &Cloud) -> Vec<Value> {
    let list = get(&format!("{}/_local/requests", cloud.http_url()));
    serde_json::from_slice(&list).expect("a list")
}

/// A folder with pictures, and a cloud that asks for policies.
struct Album {
    folder: TempDir,
    cloud: Cloud,
    program: PathBuf,
}

/// Neither it nor the pictures' names are plain text in JSON.
const ALBUM: &str = "an \"album\"";
const PICTURES: [&str; 2] = ["one.png", "\"two\", ü.png"];

impl Album {
    fn new(build: fn(&str, &Path) -> PathBuf) -> Self {
        let folder = folder();
        let program = build("photos", folder.path());
        for name in PICTURES {
            fs::copy(root().join("tests/data/ferry.png"), folder.path().join(name)).expect("a picture");
        }
        let options = Options { app_secret: Some(SECRET.into()), ..Options::default() };
        let cloud = Cloud::start(options).expect("the local cloud starts");
        Album { folder, cloud, program }
    }

    fn command(&self, files: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(ALBUM).args(files).current_dir(self.folder.path());
        command.env("FILESTACK_APIKEY", "TESTKEY").env("FILESTACK_SECRET", SECRET);
        command.env("FILESTACK_URL", self.cloud.http_url());
        command
    }

    /// Reads the lines of a run, one for each picture, in order of their paths, and looks at what they name.
    fn lines(&self, run: &Run) -> Vec<Value> {
        let line = |line: &str| serde_json::from_str::<Value>(line).expect(line);
        let mut lines: Vec<Value> = run.out.lines().map(line).collect();
        lines.sort_by_key(|line| line["path"] != PICTURES[0]);
        let paths: Vec<&str> = lines.iter().filter_map(|line| line["path"].as_str()).collect();
        assert_eq!(paths, PICTURES, "{}", run.err);
        for line in &lines {
            let url = |name: &str| line[name].as_str().expect("a URL");
            let picture = fs::read(self.folder.path().join(line["path"].as_str().expect("a path")));
            assert!(get(url("url")) == picture.expect("the picture"), "other bytes are stored");
            assert!(line["width"] == 480 && line["height"] == 320, "{line}");
            // Of a PNG, the width stands at 16.
            assert_eq!(get(url("thumbnail")).get(16..20), Some(&200u32.to_be_bytes()[..]));
            for name in ["url", "thumbnail"] {
                let (_, rest) = url(name).split_once("security=p:").expect("a policy");
                let (policy, rest) = rest.split_once(",s:").expect("a signature");
                let (_, handle) = rest.split_once('/').expect("a handle");
                let policy = BASE64_URL_SAFE.decode(policy).expect("base64");
                let policy: Value = serde_json::from_slice(&policy).expect("JSON");
                assert_eq!(policy["call"], serde_json::json!(["read"]));
                assert_eq!(policy["handle"], handle);
                let left = policy["expiry"].as_u64().expect("an expiry") - now();
                assert!((1800..=3600).contains(&left), "{policy}");
            }
            assert!(url("url").ends_with(line["handle"].as_str().expect("a handle")));
        }
        lines
    }

    /// How many requests of an upload came since the last call.
    fn sent(&self) -> usize {
        let of_upload = |request: &&Value| {
            ["start", "upload", "put", "commit", "complete"].iter().any(|it| request["class"] == *it)
        };
        let count = requests(&self.cloud).iter().filter(of_upload).count();
        ureq::delete(format!("{}/_local/requests", self.cloud.http_url())).call().expect("forgotten");
        count
    }
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("a clock").as_secs()
}

fn photos(build: fn(&str, &Path) -> PathBuf) {
    let album = Album::new(build);
    let [one, two] = PICTURES;
    let stored = run(album.command(&[one, "gone.png", two]));
    assert_eq!(stored.code, Some(1), "{}", stored.err);
    assert!(stored.err.contains("gone.png: ") && stored.err.contains("2 done, 1 failed"), "{}", stored.err);
    let list = requests(&album.cloud);
    let tags: Vec<&Value> =
        list.iter().map(|it| &it["body"]["upload_tags"]).filter(|it| !it.is_null()).collect();
    assert_eq!(tags, [&serde_json::json!({"album": ALBUM}); 2]);
    let first = album.lines(&stored);
    assert!(album.sent() > 0);

    let again = run(album.command(&[one, "gone.png", two]));
    assert_eq!(again.code, Some(1), "{}", again.err);
    assert_eq!(album.sent(), 0, "what is stored is sent again");
    for (before, after) in first.iter().zip(album.lines(&again)) {
        assert_eq!(before["handle"], after["handle"]);
    }

    fs::write(album.folder.path().join("text.png"), "no picture").expect("written");
    let refused = run(album.command(&["text.png"]));
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    assert!(
        refused.err.contains("text.png: ") && refused.err.contains("0 done, 1 failed"),
        "{}",
        refused.err
    );

    let usage = run(album.command(&[]));
    assert_eq!((usage.code, usage.err.lines().count()), (Some(2), 1));
    assert!(usage.err.starts_with("usage: "), "{}", usage.err);
}

fn photos_go_on_after_ctrl_c(build: fn(&str, &Path) -> PathBuf) {
    let album = Album::new(build);
    for class in ["put", "store", "metadata"] {
        let text = interrupted(album.command(&PICTURES), &album.cloud, class, 0);
        assert!(text.contains("the same command goes on"), "{text}");
    }
    album.sent();
    let run = run(album.command(&PICTURES));
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(album.sent(), 0, "they were stored when a thumbnail was interrupted");
    album.lines(&run);
}

#[test]
fn the_photos_in_c() {
    photos(c_example);
    photos_go_on_after_ctrl_c(c_example);
}

#[test]
fn the_photos_in_cpp() {
    photos(cpp_example);
    photos_go_on_after_ctrl_c(cpp_example);
}

#[test]
fn the_photos_in_go() {
    photos(go_example);
    photos_go_on_after_ctrl_c(go_example);
}

fn film(build: fn(&str, &Path) -> PathBuf) {
    let folder = folder();
    let program = build("film", folder.path());
    let cloud = Cloud::start(Options::default()).expect("the local cloud starts");
    let film = folder.path().join("film.mp4");
    fs::write(&film, vec![7; 12_000_000]).expect("a film");
    let command = |film: &Path, factory: &str| {
        let mut command = Command::new(&program);
        command.arg(film).env("TELESTREAM_URL", cloud.http_url());
        command.env("TELESTREAM_ACCESS_KEY", "LOCAL_ACCESS_KEY");
        command.env("TELESTREAM_SECRET_KEY", "LOCAL_SECRET_KEY");
        match factory {
            "" => command.env_remove("TELESTREAM_FACTORY"),
            named => command.env("TELESTREAM_FACTORY", named),
        };
        command
    };
    let set_faults = |rules: &str| cloud.set_faults(rules).expect("rules");

    // A run ends where the service asks for a longer pause than the library makes; the next one goes on.
    set_faults(
        r#"[{"class": "flip_part", "skip": 1, "times": 1, "action": {"status": 503, "retry_after": 200}}]"#,
    );
    for factory in ["", "fac2fac2fac2fac2fac2fac2fac2fac2"] {
        let done = run(command(&film, factory));
        assert_eq!(done.code, Some(0), "{}", done.err);
        assert!(done.err.contains("upload 100.0 %") && done.err.contains("encode 100.0 %"), "{}", done.err);
        assert_eq!(done.err.contains("going on"), factory.is_empty(), "{}", done.err);
        let words: Vec<&str> = done.out.split_whitespace().collect();
        let [profile, status, url] = words[..] else { panic!("{}", done.out) };
        assert_eq!((profile, status), ("film", "success"));
        assert!(url.contains(if factory.is_empty() { "/fac1" } else { factory }), "{url}");
        assert!(get(url) == fs::read(&film).expect("the film"), "other bytes are encoded");
    }
    assert_eq!(cloud.fired(), [1]);
    assert_eq!(cloud.repeated().telestream.parts, 0);
    let requests = requests(&cloud);
    let of_class =
        |class: &str| requests.iter().filter(|request| request["class"] == class).collect::<Vec<_>>();
    let stored = of_class("flip_part").iter().filter(|request| request["status"] == 200).count();
    // Two films of three parts.
    assert_eq!((of_class("flip_session").len(), stored), (2, 6), "a film began anew");

    // The profile is there now. Five runs are enough.
    set_faults(r#"[{"class": "flip_part", "action": {"status": 503, "retry_after": 200}}]"#);
    let failed = run(command(&film, ""));
    assert_eq!((failed.code, failed.err.matches("going on").count()), (Some(1), 4), "{}", failed.err);
    set_faults(r#"[{"class": "flip_part", "action": {"job_failed": true}}]"#);
    let failed = run(command(&film, ""));
    assert_eq!(failed.code, Some(1), "{}", failed.err);
    assert_eq!(failed.out, "film fail the source could not be encoded (on purpose)\n");
    set_faults("[]");

    let missing = run(command(Path::new("gone.mp4"), ""));
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("gone.mp4"), "{}", missing.err);
    let nowhere = run(command(&film, "fac3fac3fac3fac3fac3fac3fac3fac3"));
    assert_eq!(nowhere.code, Some(1));
    assert!(nowhere.err.contains("fac3"), "{}", nowhere.err);
    let usage = run(command(Path::new("--help"), ""));
    assert_eq!((usage.code, usage.err.lines().count()), (Some(2), 1));

    interrupted(command(&film, ""), &cloud, "flip_part", 0);
    interrupted(command(&film, ""), &cloud, "flip_api", 2); // after the factory and the profile: it waits
}

#[test]
fn the_film_in_c() {
    film(c_example);
}

#[test]
fn the_film_in_go() {
    film(go_example);
}
