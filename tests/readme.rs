//! The programs in README.md do what the page says, as they stand there; so do the examples of the bindings
//! and the samples of the guides, and every link leads somewhere.

#[path = "guides/links.rs"]
mod links;
#[path = "guides/page.rs"]
mod page;
#[path = "guides/pages.rs"]
mod pages;
#[path = "guides/programs.rs"]
mod programs;
#[path = "guides/samples.rs"]
mod samples;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use localcloud::{Cloud, Options};
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The first program of the page in that language.
fn block(language: &str) -> String {
    let page = fs::read_to_string(root().join("README.md")).expect("README.md");
    let (_, rest) = page.split_once(&format!("```{language}\n")).expect("a program");
    rest.split_once("```").expect("its end").0.to_owned()
}

#[test]
fn it_is_short() {
    let page = fs::read_to_string(root().join("README.md")).expect("README.md");
    assert!(page.lines().count() <= 165, "{} lines", page.lines().count());
}

/// The same, which is an example of the language's binding too.
fn example(language: &str, file: &str) -> PathBuf {
    let file = root().join("bindings").join(file);
    let example = fs::read_to_string(&file).expect("the example");
    assert!(block(language) == example, "README.md does not show {}", file.display());
    file
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// `-L`, `-lferry` and where the program finds it.
fn linked(command: &mut Command) -> &mut Command {
    let library = tools::library_folder();
    command
        .arg(format!("-L{}", library.display()))
        .arg("-lferry")
        .arg(format!("-Wl,-rpath,{}", library.display()))
}

fn compiler(variable: &str, default: &str) -> Command {
    Command::new(std::env::var_os(variable).unwrap_or_else(|| default.into()))
}

/// Uploads a picture with a program, which prints its URL at the end, and downloads it again. Returns what
/// the program wrote.
fn uploads(program: impl Fn() -> Command) -> String {
    let cloud = Cloud::start(Options::default()).expect("the local cloud starts");
    let picture = root().join("tests/data/ferry.png");
    let text = tools::run(program().arg(&picture).arg("TESTKEY").arg(cloud.http_url()));
    let url = text.split_whitespace().find(|word| word.starts_with("http://")).expect("a filelink");
    let fetched = ureq::get(url).call().expect("the file").body_mut().read_to_vec().expect("its bytes");
    assert!(fetched == fs::read(&picture).expect("the picture"), "other bytes are stored");

    let mut missing = program();
    let refused = missing.arg("missing.png").arg("TESTKEY").arg(cloud.http_url());
    let refused = refused.env_remove("LD_LIBRARY_PATH").output().expect("the program runs");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("missing.png"));
    text
}

#[test]
fn the_program_in_c_uploads() {
    let source = block("c");
    assert!(source.lines().count() <= 32, "the program is to be short");
    let folder = folder();
    let (file, program) = (folder.path().join("send.c"), folder.path().join("send"));
    fs::write(&file, source).expect("the source is written");
    let mut cc = compiler("CC", "cc");
    cc.args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"]).arg(root().join("include"));
    tools::run(linked(cc.arg(&file)).arg("-o").arg(&program));
    let text = uploads(|| Command::new(&program));
    assert!(text.contains("44 of 44 kB"), "{text}");
}

#[test]
fn the_program_in_cpp_uploads() {
    let (folder, file) = (folder(), example("cpp", "cpp/examples/upload.cpp"));
    let program = folder.path().join("send");
    let mut cxx = compiler("CXX", "c++");
    cxx.args(["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]);
    for include in ["include", "bindings/cpp"] {
        cxx.arg("-I").arg(root().join(include));
    }
    tools::run(linked(cxx.arg(&file)).arg("-o").arg(&program));
    let text = uploads(|| Command::new(&program));
    assert!(text.contains("43 kB"), "{text}");
}

#[test]
fn the_program_in_python_uploads() {
    let file = example("python", "python/examples/upload.py");
    let python = tools::find("FERRY_PYTHON", "python/bin/python");
    let library = ["libferry.so", "libferry.dylib"].map(|name| tools::library_folder().join(name));
    let library = library.into_iter().find(|library| library.exists()).expect("the library");
    let text = uploads(|| {
        let mut command = Command::new(&python);
        command.arg("-B").arg(&file);
        command.env("PYTHONPATH", root().join("bindings/python")).env("FERRY_LIBRARY", &library);
        command
    });
    assert!(text.contains("44 kB"), "{text}");
}

#[test]
fn the_program_in_go_uploads() {
    let folder = folder();
    let program = folder.path().join("send");
    tools::run(
        tools::go_in_tree(&root().join("bindings/go/ferry"))
            .args(["build", "-o"])
            .arg(&program)
            .arg("./examples/upload"),
    );
    let text = uploads(|| Command::new(&program));
    assert!(text.contains("43 kB"), "{text}");
}

/// An example of bindings/c, compiled under every warning.
fn c_example(name: &str, folder: &Path) -> PathBuf {
    let program = folder.join(name);
    let mut cc = compiler("CC", "cc");
    cc.arg("-std=c11").args(tools::STRICT).arg("-I").arg(root().join("include"));
    let source = root().join(format!("bindings/c/examples/{name}.c"));
    tools::run(linked(cc.arg(source)).arg("-o").arg(&program));
    program
}

/// Its keys are those of the local cloud.
fn encode(program: &Path, cloud: &Cloud) -> Command {
    let mut command = Command::new(program);
    command.args(["--access-key", "LOCAL_ACCESS_KEY", "--secret-key", "LOCAL_SECRET_KEY"]);
    command.args(["--factory", "fac1fac1fac1fac1fac1fac1fac1fac1", "--base-url", &cloud.http_url()]);
    command
}

/// Starts an example whose requests of that class, but for the first `answered`, are not answered, and
/// interrupts it once one is under way. Returns what it wrote.
fn interrupted(mut command: Command, cloud: &Cloud, class: &str, answered: usize) -> String {
    let action = r#"{"stall_ms":60000}"#;
    let rules = format!(r#"[{{"class":"{class}","skip":{answered},"action":{action}}}]"#);
    let faults = format!("{}/_local/faults", cloud.http_url());
    ureq::put(&faults).send(&rules).expect("the fault is set");
    let requests = format!("{}/_local/requests", cloud.http_url());
    ureq::delete(&requests).call().expect("the journal is empty");
    command.env_remove("LD_LIBRARY_PATH").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the example starts");
    let wanted = format!(r#""class":"{class}""#);
    let journal = || ureq::get(&requests).call().expect("the journal").body_mut().read_to_string();
    let end = Instant::now() + Duration::from_secs(60);
    while journal().expect("text").matches(&wanted).count() <= answered {
        assert!(Instant::now() < end, "no {class} came within a minute");
        thread::sleep(Duration::from_millis(20));
    }
    tools::run(Command::new("kill").args(["-INT", &child.id().to_string()]));
    let asked = Instant::now();
    let output = child.wait_with_output().expect("it ends");
    assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?} to end", asked.elapsed());
    assert_eq!(output.status.code(), Some(130));
    assert!(output.stdout.is_empty(), "it prints a URL although it was interrupted");
    ureq::put(&faults).send("[]").expect("the fault is gone");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn ctrl_c_interrupts_the_example_that_uploads() {
    let folder = folder();
    let program = c_example("upload", folder.path());
    let cloud = Cloud::start(Options::default()).expect("the local cloud starts");
    let picture = root().join("tests/data/ferry.png");
    let upload = || {
        let mut command = Command::new(&program);
        command.args(["--apikey", "TESTKEY", "--base-url", &cloud.http_url()]).arg(&picture);
        command
    };
    let text = interrupted(upload(), &cloud, "put", 0);
    assert!(text.contains("upload: interrupted\n  the same command starts from the beginning"), "{text}");
    let back = folder.path().join("back");
    let text = tools::run(upload().arg("--download").arg(&back));
    assert!(text.contains("100.0 %") && text.contains("http://"), "{text}");
    assert!(fs::read(&back).expect("a file") == fs::read(&picture).expect("the picture"));
}

#[test]
fn ctrl_c_interrupts_the_example_that_encodes_and_it_can_wait_again() {
    let folder = folder();
    let program = c_example("encode", folder.path());
    let cloud = Cloud::start(Options::default()).expect("the local cloud starts");
    let film = folder.path().join("film.mp4");
    fs::write(&film, "not really a film").expect("written");
    let upload = || {
        let mut command = encode(&program, &cloud);
        command.args(["--profiles", "h264"]).arg(&film);
        command
    };
    let text = interrupted(upload(), &cloud, "flip_part", 0);
    assert!(text.contains("encode: interrupted\n  the same command starts from the beginning"), "{text}");

    let text = tools::run(&mut upload());
    let (_, rest) = text.split_once("video ").expect("it tells the video");
    let video = rest.lines().next().expect("its id").to_owned();
    let wait = || {
        let mut command = encode(&program, &cloud);
        command.args(["--video", &video]);
        command
    };
    let text = interrupted(wait(), &cloud, "flip_api", 1); // the first one finds the factory
    assert!(text.contains(&format!("the service goes on; wait for it with --video {video}")), "{text}");
    let text = tools::run(&mut wait());
    assert!(text.starts_with("http"), "{text}");
}
