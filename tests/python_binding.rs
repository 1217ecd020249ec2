//! The Python binding against the local cloud, and what holds for its sources.

mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;

use localcloud::{Cloud, Options};

fn with_security() -> Options {
    Options { app_secret: Some("a secret of the application".into()), ..Options::default() }
}

#[test]
fn the_readme_of_the_vendors_sdk_works_where_security_is_on() {
    run("test_binding_readme.py", with_security());
}

#[test]
fn the_readme_of_the_vendors_sdk_works_where_security_is_off() {
    run("test_binding_readme.py", Options::default());
}

#[test]
fn programs_for_the_vendors_sdks_run_as_they_are() {
    run("test_binding_ported.py", with_security());
}

#[test]
fn uploads_report_stop_and_go_on() {
    run("test_binding_upload.py", Options::default());
}

#[test]
fn limits_hold_and_can_be_changed() {
    run("test_binding_limit.py", Options::default());
}

#[test]
fn uploads_outlive_their_process() {
    run("test_binding_durable.py", Options::default());
}

#[test]
fn many_files_go_up_in_one_call() {
    run("test_binding_batch.py", with_security());
}

#[test]
fn calls_for_asyncio_and_file_objects() {
    run("test_binding_asyncio.py", Options::default());
}

#[test]
fn every_attempt_has_its_event() {
    run("test_binding_events.py", Options::default());
}

#[test]
fn what_is_made_of_keys_and_options_can_be_pickled() {
    run("test_binding_pickle.py", Options::default());
}

#[test]
fn a_fleet_goes_on_when_a_worker_is_killed() {
    run("test_binding_fleet.py", Options::default());
}

#[test]
fn objects_are_those_of_the_vendors_sdk_or_better() {
    run("test_binding_objects.py", Options::default());
}

#[test]
fn a_local_cloud_for_tests_of_ones_own() {
    run("test_binding_testing.py", Options::default());
}

#[test]
fn the_readme_of_the_telestream_sdk_works() {
    run("test_binding_telestream.py", Options::default());
}

#[test]
fn its_sources_have_no_circle_and_no_long_line() {
    run("test_binding_sources.py", Options::default());
}

#[test]
fn what_every_binding_does_alike() {
    run("test_binding_parity.py", Options::default());
}

#[test]
fn the_programs_of_its_page_run() {
    let [access_key, secret_key] = ["ACCESS_KEY", "SECRET_KEY"].map(String::from);
    run("test_binding_page.py", Options { access_key, secret_key, ..Options::default() });
}

#[test]
fn a_wheel_works_in_an_empty_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let (wheels, environment) = (folder.path().join("wheels"), folder.path().join("environment"));
    let pip = ["-m", "pip", "--quiet", "--disable-pip-version-check"];
    tools::run(python().args(pip).args(["wheel", "--no-index", "--wheel-dir"]).arg(&wheels).arg(binding()));
    let wheel =
        std::fs::read_dir(&wheels).expect("wheels").next().expect("a wheel").expect("an entry").path();
    let name = wheel.file_name().and_then(|name| name.to_str()).expect("a name");
    let start = format!("libferry-{}-py3-none-", env!("CARGO_PKG_VERSION"));
    assert!(name.starts_with(&start), "{name}");

    tools::run(python().args(["-m", "venv"]).arg(&environment));
    let mut fresh = Command::new(environment.join("bin/python"));
    tools::run(fresh.args(pip).args(["install", "--no-index"]).arg(&wheel));
    let cloud = Cloud::start(Options::default()).expect("the local cloud starts");
    let program = "import ferry, os\n\
        link = ferry.Client('KEY', base_url=os.environ['CLOUD']).upload(b'from a wheel')\n\
        print(link.get_content(), ferry._library.lib._name)\n";
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("a folder");
    let mut command = Command::new(environment.join("bin/python"));
    command.args(["-I", "-c", program]).env("CLOUD", cloud.http_url()).env_remove("FERRY_LIBRARY");
    let text = tools::run(command.current_dir(&empty));
    let library = environment.canonicalize().expect("a path");
    assert!(text.starts_with("b'from a wheel' "), "{text}");
    assert!(text.contains(library.to_str().expect("UTF-8")), "not the library of the wheel: {text}");
}

#[test]
fn a_wheel_is_for_the_platform_of_its_library() {
    run("test_binding_wheel.py", Options::default());
}

#[test]
fn without_a_library_the_import_says_what_to_do() {
    let mut command = python();
    command.env("FERRY_LIBRARY", "/no/such/file").env("PYTHONPATH", binding()).args(["-c", "import ferry"]);
    let output = command.output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("ImportError: ferry: /no/such/file cannot be loaded"), "{text}");
    assert!(text.contains("Install a wheel of this package"), "{text}");
}

/// Functions that the binding has no use for, beside those of JSON.
const NOT_REACHED: &[&str] = &[
    // All headers are copied into a mapping.
    "ferry_response_header",
    // Every batch is a handle, which tells the results as objects.
    "ferry_filestack_upload_batch",
    // A chain with the task, whose parameters are JSON.
    "ferry_filestack_screenshot",
];

#[test]
fn every_function_of_the_header_is_reached() {
    let header = tools::header();
    let sources: String = std::fs::read_dir(binding().join("ferry"))
        .expect("the package")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|it| it == "py"))
        .filter(|path| !path.ends_with("_abi.py") && !path.ends_with("_tasks.py"))
        .map(|path| std::fs::read_to_string(path).expect("UTF-8"))
        .collect();
    let words: std::collections::HashSet<&str> = words(&sources).collect();
    let not_reached = [tools::JSON, NOT_REACHED].concat();
    for line in
        header.lines().filter(|line| !line.starts_with([' ', '/', '#']) && !line.starts_with("typedef"))
    {
        let Some((head, _)) = line.split_once('(') else { continue };
        let name = self::words(head).last().expect("a name");
        let is_reached = words.contains(name);
        assert!(is_reached != not_reached.contains(&name), "{name}: reached: {is_reached}");
    }
}

/// mypy in its strict form and pyright read the package, its example and what it is to look like, side by
/// side. As they come they read the samples of the pages, page by page, since each goes on with the names of
/// those before.
#[test]
fn its_types_are_right() {
    let folder = tempfile::tempdir().expect("a folder");
    let samples = samples_in(folder.path());
    let typed = tools::root().join("tests/python/typed.py");
    let package = ["ferry", "examples/upload.py", "platform_tag.py"].map(|path| binding().join(path));
    let mypy = || {
        let mut command = python();
        command.args(["-m", "mypy", "--cache-dir"]).arg(folder.path().join("cache"));
        command.env("MYPYPATH", binding());
        command
    };
    let config = serde_json::json!({
        "include": [&package[0], &binding().join("examples"), &package[2], &typed, &samples[0].parent()],
        "extraPaths": [binding()],
        "typeCheckingMode": "standard",
        "pythonVersion": "3.9",
    });
    let project = folder.path().join("pyright.json");
    std::fs::write(&project, config.to_string()).expect("written");
    let mut pyright = Command::new(tools::find("FERRY_PYRIGHT", "python/bin/basedpyright"));
    pyright.args(["--level", "error", "--project"]).arg(&project);
    pyright.arg("--pythonpath").arg(tools::find("FERRY_PYTHON", "python/bin/python"));
    std::thread::scope(|scope| {
        let report = scope.spawn(|| tools::run(&mut pyright));
        tools::run(mypy().arg("--strict").args(package).arg(&typed));
        tools::run(mypy().args(["--disable-error-code", "name-defined"]).args(&samples));
        let report = report.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        assert!(report.contains("0 errors"), "{report}");
    });
}

/// A file of the samples of each page.
fn samples_in(folder: &Path) -> Vec<PathBuf> {
    let folder = folder.join("samples");
    std::fs::create_dir(&folder).expect("a folder");
    let mut written = Vec::new();
    for page in tools::guides().into_iter().chain([binding().join("README.md")]) {
        let blocks = tools::blocks(&page, "python");
        if !blocks.is_empty() {
            let names =
                page.with_extension("").strip_prefix(tools::root()).expect("a page of ours").to_owned();
            let name = names.to_str().expect("UTF-8").replace(['/', '-'], "_"); // two are called README
            let sample = folder.join(format!("{name}.py"));
            let text = format!("# pyright: reportUndefinedVariable=false\n{}", blocks.join("\n"));
            std::fs::write(&sample, text).expect("written");
            written.push(sample);
        }
    }
    assert!(written.len() > 5, "{written:?}");
    written
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn binding() -> PathBuf {
    tools::root().join("bindings/python")
}

fn python() -> Command {
    let mut command = Command::new(tools::find("FERRY_PYTHON", "python/bin/python"));
    command.arg("-B").env("FERRY_LIBRARY", tools::library()).env("NO_PROXY", "*").env_remove("PYTHONPATH");
    command
}

/// Runs a file of Python tests against a local cloud of its own.
fn run(script: &str, options: Options) {
    let folder = tempfile::tempdir().expect("a folder");
    let script = tools::root().join("tests/python").join(script);
    let mut command = python();
    command.env_remove("FERRY_TEST_SECRET");
    if let Some(secret) = &options.app_secret {
        command.env("FERRY_TEST_SECRET", secret);
    }
    let cloud = Cloud::start(options).expect("the local cloud starts");
    command
        .arg(&script)
        .env("PYTHONPATH", binding())
        .env("FERRY_TEST_CLOUD", cloud.http_url())
        .env("FERRY_LOCALCLOUD", tools::local_cloud())
        .env("FERRY_TEST_PAGE", binding().join("README.md"))
        .env("FERRY_TEST_VECTORS", tools::root().join("tests/vectors"))
        .current_dir(folder.path());
    tools::assert_unittest_ran(&script, &tools::run(&mut command));
}
