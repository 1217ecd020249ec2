//! The Node binding against the local cloud, and what holds for its sources.

#[path = "c/declarations.rs"]
#[allow(dead_code)] // the names are enough here
mod declarations;
mod tools;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use localcloud::{Cloud, Options};

const SECRET: &str = "a secret of the application";

#[test]
fn uploads_report_stop_and_go_on() {
    run("upload.test.js", Options::default());
}

#[test]
fn wrong_names_and_arguments_are_refused() {
    run("arguments.test.js", Options::default());
}

/// It has the version that is needed, and not the functions.
#[test]
fn a_library_that_lacks_functions_is_named_with_its_version() {
    let Some(folder) = package("a library that lacks functions") else { return };
    let source = folder.path().join("old.c");
    let version = env!("CARGO_PKG_VERSION");
    let number =
        version.split('.').fold(0, |number, part| number << 8 | part.parse::<u32>().expect("a number"));
    let functions = format!(
        "unsigned ferry_version_number(void) {{ return {number}; }}\n\
         const char *ferry_version(void) {{ return \"{version}-old\"; }}\n"
    );
    fs::write(&source, functions).expect("written");
    let library = folder.path().join("libold.so");
    let mut cc = Command::new(tools::compiler("CC", "cc"));
    tools::run(cc.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source));
    let mut command = node(folder.path());
    command.args(["--input-type=module", "--eval", "import 'libferry'"]).env("FERRY_LIBRARY", &library);
    let output = command.output().expect("node starts");
    let said = String::from_utf8_lossy(&output.stderr);
    let lacks = format!("ferry: {} is libferry {version}-old and lacks ferry_", library.display());
    assert!(said.contains(&lacks) && said.contains("install both from one release"), "{said}");
}

#[test]
fn stored_files_are_read_transformed_and_signed() {
    run("filelink.test.js", Options { app_secret: Some(SECRET.into()), ..Options::default() });
}

#[test]
fn films_go_up_and_are_encoded() {
    run("telestream.test.js", Options::default());
}

#[test]
fn what_every_binding_does_alike() {
    run("parity.test.js", Options::default());
}

#[test]
fn what_is_made_is_freed() {
    run("memory.test.js", Options::default());
}

#[test]
fn a_local_cloud_for_tests_of_ones_own() {
    run("testing.test.js", Options::default());
}

#[test]
fn the_programs_of_its_page_run() {
    let [access_key, secret_key] = ["ACCESS_KEY", "SECRET_KEY"].map(String::from);
    run("page.test.js", Options { access_key, secret_key, polls: 1, ..Options::default() });
}

/// In its strict form, with the declarations that the package is published with, and the samples of its page
/// and the example beside what they are to look like.
#[test]
fn its_types_are_right() {
    let Some(folder) = package("tsc") else { return };
    let home = folder.path().join("node_modules/libferry");
    let samples = tools::blocks(&home.join("README.md"), "js");
    for (index, sample) in samples.iter().enumerate() {
        fs::write(folder.path().join(format!("sample-{index}.ts")), sample).expect("written");
    }
    fs::copy(home.join("examples/upload.js"), folder.path().join("example.js")).expect("copied");
    fs::write(folder.path().join("package.json"), r#"{"type": "module"}"#).expect("written");
    let config = serde_json::json!({
        "compilerOptions": {
            "strict": true,
            "noEmit": true,
            "allowJs": true,
            "checkJs": true,
            "target": "es2022",
            "lib": ["es2024", "esnext.disposable"],
            "module": "nodenext",
            "moduleDetection": "force",
            "types": ["node"],
        },
        "include": ["typed.ts", "sample-*.ts", "example.js"],
    });
    fs::write(folder.path().join("tsconfig.json"), config.to_string()).expect("written");
    let tsc = || {
        let mut command = node(folder.path());
        command.arg("node_modules/typescript/bin/tsc").arg("-p");
        command
    };
    tools::run(tsc().arg(&home).args(["--noEmit", "false"]));
    assert!(home.join("types/index.d.ts").exists());
    tools::run(tsc().arg(folder.path()));
}

/// Functions that the binding has no use for, beside those of JSON.
const NOT_REACHED: &[&str] = &[
    // All headers are copied.
    "ferry_response_header",
    // koffi fills what is left out of a struct with zeros, which are the defaults.
    "ferry_request_options_init",
    "ferry_connection_options_init",
    "ferry_filestack_options_init",
    "ferry_upload_options_init",
    "ferry_store_options_init",
    "ferry_telestream_options_init",
    "ferry_telestream_upload_options_init",
    // The upload of a path, and a batch, are handles, which the event loop polls.
    "ferry_filestack_upload_file",
    "ferry_filestack_upload_batch",
    "ferry_upload_run",
];

#[test]
fn every_function_of_the_header_is_reached() {
    let sources: String = sources().iter().map(|path| fs::read_to_string(path).expect("UTF-8")).collect();
    let kinds = ["new", "resume", "bytes_new", "reader_new"]; // factory.js puts these names together
    let uploads = kinds.map(|kind| format!("ferry_telestream_upload_{kind}"));
    let words: HashSet<&str> = sources
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .chain(uploads.iter().map(String::as_str))
        .collect();
    let declared = declarations::Declarations::read(&tools::header()).functions;
    assert!(declared.len() > 150, "{} functions", declared.len());
    let not_reached = [tools::JSON, NOT_REACHED].concat();
    for name in declared.iter().map(|function| function.name.as_str()) {
        let is_reached = words.contains(name);
        assert!(is_reached != not_reached.contains(&name), "{name}: reached: {is_reached}");
    }
}

#[test]
fn its_sources_have_no_long_line_and_are_one_thing_each() {
    let tests = files(&tools::root().join("tests/node"));
    let pages = [binding().join("README.md"), binding().join("examples/upload.js")];
    for path in sources().into_iter().chain(tests).chain(pages) {
        let text = fs::read_to_string(&path).expect("UTF-8");
        assert!(text.lines().count() <= 500, "{} is two things", path.display());
        for (number, line) in text.lines().enumerate() {
            let is_fine = line.chars().count() <= 110 || line.starts_with('|') || line.contains(" @typedef ");
            assert!(is_fine, "{}:{}: too long", path.display(), number + 1);
        }
    }
}

/// What is written by hand.
fn sources() -> Vec<PathBuf> {
    let found = files(&binding().join("ferry"));
    let found: Vec<_> =
        found.into_iter().filter(|path| !path.ends_with("abi.js") && !path.ends_with("tasks.js")).collect();
    assert!(found.len() > 20, "{found:?}");
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()).collect()
}

fn binding() -> PathBuf {
    tools::root().join("bindings/node")
}

/// A folder with the tests, in which the package is installed as npm would do it; `None` where npm could not
/// bring what it needs.
fn package(what: &str) -> Option<tempfile::TempDir> {
    let modules = tools::folder().join("js/node_modules");
    if !modules.join("koffi").exists() {
        tools::is_not_run(what, "npm could not install koffi when `make tools` was run last");
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let installed = folder.path().join("node_modules");
    for part in ["", "ferry", "examples"] {
        copy(&binding().join(part), &installed.join("libferry").join(part));
    }
    for needed in ["koffi", "typescript", "@types"] {
        std::os::unix::fs::symlink(modules.join(needed), installed.join(needed)).expect("a link");
    }
    copy(&tools::root().join("tests/node"), folder.path());
    Some(folder)
}

/// The files of a folder, but not its folders.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for path in files(from) {
        fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("copied");
    }
}

fn node(folder: &Path) -> Command {
    let mut command = Command::new(tools::find("FERRY_NODE", "node/bin/node"));
    command.current_dir(folder).env("FERRY_LIBRARY", tools::library());
    command.env("FERRY_LOCALCLOUD", tools::local_cloud());
    command
}

/// Runs a file of tests against a cloud of its own.
fn run(script: &str, options: Options) {
    let Some(folder) = package(script) else { return };
    let secret = options.app_secret.clone();
    let cloud = Cloud::start(options).expect("the local cloud starts");
    let mut command = node(folder.path());
    command
        .args(["--test", "--test-reporter=tap", "--test-timeout=120000", script])
        .env("FERRY_TEST_HTTP", cloud.http_url())
        .env("FERRY_TEST_DATA", tools::root().join("tests/data"))
        .env("FERRY_TEST_VECTORS", tools::root().join("tests/vectors"))
        .env_remove("FERRY_TEST_SECRET");
    if let Some(secret) = secret {
        command.env("FERRY_TEST_SECRET", secret);
    }
    let report = tools::run(&mut command);
    tools::assert_node_tests_ran(&tools::root().join("tests/node").join(script), &report);
}
