//! What every test of another language needs: the built library, compilers and tools, a way to run a program
//! and see why it failed, and a guard against a test runner that ran nothing.

#![allow(dead_code)] // every test program uses another part of it

pub mod emulated;

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use localcloud::Cloud;

/// What C and C++ have to compile under without a warning.
pub const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// Functions that a language has no use for that reads and writes JSON itself: what a service answers becomes
/// objects in one step, which keeps numbers and NUL characters as they came.
pub const JSON: &[&str] = &[
    "ferry_value_type",
    "ferry_value_get",
    "ferry_value_at",
    "ferry_value_key",
    "ferry_value_len",
    "ferry_value_string",
    "ferry_value_int",
    "ferry_value_double",
    "ferry_value_bool",
    "ferry_json_new",
    "ferry_json_new_array",
    "ferry_json_set_string",
    "ferry_json_set_int",
    "ferry_json_set_double",
    "ferry_json_set_bool",
    "ferry_json_set_json",
    "ferry_json_add_string",
    "ferry_json_add_int",
    "ferry_json_add_double",
    "ferry_json_add_bool",
    "ferry_json_add_json",
    "ferry_json_text",
    "ferry_json_free",
    "ferry_response_json",
];

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of include/ferry.h.
pub fn header() -> String {
    fs::read_to_string(root().join("include/ferry.h")).expect("include/ferry.h")
}

/// The pages of include/guides, README.md first, upon which the others build.
pub fn guides() -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join("include/guides")).expect("the guides");
    let mut pages: Vec<_> = folder
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    pages.sort();
    pages
}

/// The samples in that language on a page.
pub fn blocks(page: &Path, language: &str) -> Vec<String> {
    let text = fs::read_to_string(page).expect("a page");
    let fence = format!("\n```{language}\n");
    let blocks = text.split(&fence).skip(1).map(|rest| {
        let block = rest.split_once("\n```").expect("the end of a block").0;
        format!("{block}\n")
    });
    blocks.collect()
}

/// target/debug/deps: cargo puts the library that it built for this test beside the test.
pub fn library_folder() -> PathBuf {
    let folder = built();
    library_in(&folder);
    folder
}

/// Where this program is.
fn built() -> PathBuf {
    let program = env::current_exe().expect("the path of this program");
    program.parent().expect("a folder").to_owned()
}

/// The library that programs in C are linked with, which may be another platform's (`tests/platforms/run`).
pub fn linked_folder() -> PathBuf {
    env::var_os("FERRY_PLATFORM_LIBRARY").map_or_else(library_folder, PathBuf::from)
}

/// The compiler for programs that are linked with it.
pub fn linking_compiler() -> String {
    env::var("FERRY_PLATFORM_CC").unwrap_or_else(|_| compiler("CC", "cc"))
}

/// A program that was linked with it.
pub fn linked(program: &Path) -> Command {
    emulated::emulated(program)
}

/// The shared library that cargo built for this test.
pub fn library() -> PathBuf {
    library_in(&library_folder())
}

fn library_in(folder: &Path) -> PathBuf {
    let library = ["libferry.so", "libferry.dylib"].map(|name| folder.join(name));
    let library = library.into_iter().find(|library| library.exists());
    library.unwrap_or_else(|| panic!("the shared library is not in {}", folder.display()))
}

/// make, with a library that is built fast, and with all else that an installed one has.
pub fn make(arguments: &[&str]) {
    let target = library_folder().join("../..");
    let target = target.canonicalize().expect("the target folder");
    let lib = format!("LIB={}", target.join("ferry-dev").display());
    let mut make = Command::new("make");
    make.current_dir(root()).args(["PROFILE=dev", &lib]).args(arguments);
    make.env("CARGO_TARGET_DIR", &target).env("CARGO_PROFILE_DEV_OPT_LEVEL", "0");
    for of_the_make_that_runs_this_test in
        ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "LIBDIR", "INCLUDEDIR", "DOCDIR", "MANDIR"]
    {
        make.env_remove(of_the_make_that_runs_this_test);
    }
    run(&mut make);
}

/// Where that library is, once `make(&["lib"])` was run.
pub fn made_library() -> PathBuf {
    library_folder().join("../../ferry-dev")
}

/// The program localcloud, which cargo builds with all of the workspace.
pub fn local_cloud() -> PathBuf {
    let program = library_folder().join("../localcloud");
    assert!(program.exists(), "{} is not there: run `cargo build -p localcloud`", program.display());
    program
}

/// Links with the library in this folder, which the program then finds by itself.
pub fn link<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    let folder = folder.display();
    command.arg(format!("-L{folder}")).arg(format!("-Wl,-rpath,{folder}")).args(["-lferry", "-pthread"])
}

/// The compiler that the environment variable names, else the machine's.
pub fn compiler(variable: &str, default: &str) -> String {
    env::var(variable).unwrap_or_else(|_| default.into())
}

/// target/tools, where `make test` puts what the machine lacks; `make` says where that is.
pub fn folder() -> PathBuf {
    let beside = || library_folder().join("../../tools");
    env::var_os("FERRY_TOOLS").map_or_else(beside, PathBuf::from)
}

/// A tool: what the environment variable names, else what is in target/tools.
pub fn find(variable: &str, path: &str) -> PathBuf {
    let named = env::var_os(variable).map(PathBuf::from);
    let tool = named.unwrap_or_else(|| folder().join(path));
    assert!(
        tool.exists(),
        "{} is not there: run `make tools`, which finds or installs what the tests need, or set {variable}",
        tool.display()
    );
    tool
}

/// The go command, which finds what it needs on this machine only, and Ferry by the `pkgconfig/ferry.pc` of
/// a library's folder. All is built with the race detector, and no flag for C is in the environment: with
/// other flags Go's own packages would be compiled once more. What pkg-config says is not in the key of Go's
/// cache: each target folder has a cache of its own, and what is built with another `ferry.pc` needs another
/// folder of sources.
pub fn go(folder: &Path, library: &Path) -> Command {
    let mut command = Command::new(find("FERRY_GO", "go"));
    command
        .current_dir(folder)
        .env("CGO_ENABLED", "1")
        .env_remove("CGO_CFLAGS")
        .env_remove("CGO_LDFLAGS")
        .env("PKG_CONFIG", find_on_the_path("PKG_CONFIG", "pkg-config"))
        .env("PKG_CONFIG_PATH", library.join("pkgconfig"))
        .env("GOCACHE", library_folder().join("../../go-cache"))
        .env("GOFLAGS", format!("-race '-ldflags=-w -extldflags=-Wl,-rpath,{}'", library.display()))
        .env("GOPROXY", "off")
        .env("GOTELEMETRY", "off")
        .env("GOTOOLCHAIN", "local")
        .env("GOWORK", "off");
    command
}

/// [`go`] with the library that cargo has built.
pub fn go_in_tree(folder: &Path) -> Command {
    let library = library_folder();
    let flags = format!(
        "Name: ferry\nDescription: Ferry\nVersion: 0\nCflags: -I{}\nLibs: -L{} -lferry\n",
        root().join("include").display(),
        library.display()
    );
    let place = library.join("pkgconfig");
    fs::create_dir_all(&place).expect("a folder");
    // Whole at once: other tests read it.
    let file = tempfile::NamedTempFile::new_in(&place).expect("a file");
    fs::write(&file, flags).expect("written");
    file.persist(place.join("ferry.pc")).expect("ferry.pc");
    go(folder, &library)
}

/// A tool that machines often have: what the environment variable names, else the machine's, else what `make
/// tools` has put into target/tools with Python.
pub fn find_on_the_path(variable: &str, name: &str) -> PathBuf {
    match on_the_path(name) {
        Some(tool) if env::var_os(variable).is_none() => tool,
        _ => find(variable, &format!("python/bin/{name}")),
    }
}

pub fn on_the_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|tool| tool.is_file())
}

/// javac, java and JNA's jar; or what is missing.
pub fn java() -> Result<(PathBuf, PathBuf, PathBuf), String> {
    let [javac, java] = ["javac", "java"].map(|name| on_the_path(name).ok_or("a JDK is not there"));
    let javac = javac?;
    let version = run(Command::new(&javac).arg("-version"));
    let number = |text: &str| text.split(['.', '-']).next()?.parse::<u32>().ok();
    let is_new = version.split_whitespace().last().and_then(number).is_some_and(|number| number >= 17);
    let jna = env::var_os("FERRY_JNA").map_or_else(|| "/usr/share/java/jna.jar".into(), PathBuf::from);
    match (is_new, jna.exists()) {
        (false, _) => Err(format!("{} is older than 17", version.trim())),
        (_, false) => Err("JNA is not there; on Debian: apt-get install libjna-java".into()),
        _ => Ok((javac, java?, jna)),
    }
}

/// What drives a browser: node, Chromium, playwright-core; or what is missing.
pub fn browser() -> Result<(PathBuf, PathBuf, PathBuf), String> {
    let node = on_the_path("node").ok_or("node is not there")?;
    let named = env::var_os("FERRY_CHROMIUM").map(PathBuf::from);
    let chromium = named.or_else(|| ["chromium", "chromium-browser"].into_iter().find_map(on_the_path));
    let chromium = chromium.ok_or("Chromium is not there; on Debian: apt-get install chromium")?;
    let playwright = folder().join("browser/node_modules/playwright-core");
    let playwright = playwright.canonicalize().map_err(|_| "`make page` installs playwright-core")?;
    Ok((node, chromium, playwright))
}

/// Runs a program to its end; what it wrote, standard error last. If it fails, so does the test. `cargo test`
/// puts target/debug first in LD_LIBRARY_PATH, where the library of an older `cargo build` may lie: programs
/// go by their rpath.
pub fn run(command: &mut Command) -> String {
    command.env_remove("LD_LIBRARY_PATH");
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} failed, {}:\n{text}", output.status);
    text
}

/// The variables by which the programs in C and C++ find their cloud, which has TLS, and their folder.
pub fn with_cloud<'a>(command: &'a mut Command, cloud: &Cloud, ca: &Path, folder: &Path) -> &'a mut Command {
    command
        .env("FERRY_TEST_HTTP", cloud.http_url())
        .env("FERRY_TEST_HTTPS", cloud.https_url().expect("TLS"))
        .env("FERRY_TEST_CA", ca)
        .env("FERRY_TEST_FOLDER", folder)
        .env("FERRY_TEST_VECTORS", root().join("tests/vectors"))
        .env("FERRY_TEST_DATA", root().join("tests/data"))
        .env("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1")
        .current_dir(folder)
}

/// How many tests of a file in Python may be skipped, because of the user, the system, or whether security is
/// on; of all others none.
const MAY_BE_SKIPPED: &[(&str, usize)] = &[
    ("test_binding_limit.py", 1),
    ("test_binding_objects.py", 1),
    ("test_binding_upload.py", 1),
    ("test_binding_wheel.py", 1),
    ("test_readme.py", 6),
];

/// The report of Python's unittest says that every test of the script was run, and that none was skipped but
/// those that may be: a runner that finds no test says "OK" too.
pub fn assert_unittest_ran(script: &Path, report: &str) {
    let source = fs::read_to_string(script).expect("the script");
    let written = source.lines().filter(|line| line.trim_start().starts_with("def test_")).count();
    let number = |before: &str| -> Option<usize> {
        let (_, rest) = report.rsplit_once(before)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let (ran, skipped) = (number("\nRan ").unwrap_or(0), number("skipped=").unwrap_or(0));
    let may_skip = MAY_BE_SKIPPED.iter().find(|(name, _)| script.ends_with(name)).map_or(0, |(_, few)| *few);
    let is_fine = report.contains("\nOK") && written > 0 && ran >= written && skipped <= may_skip;
    assert!(is_fine, "{}: {ran} of {written} tests ran, {skipped} skipped:\n{report}", script.display());
}

/// The report of `go test -v` says that every test of the folder's files passed, and every example that has
/// an output; Go only compiles the others.
pub fn assert_go_tests_ran(folder: &Path, report: &str) {
    let mut written = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.to_str().is_some_and(|path| path.ends_with("_test.go")) {
            let source = fs::read_to_string(&path).expect("a Go file");
            for function in source.split("\nfunc ").skip(1) {
                let name = function.split('(').next().unwrap_or_default();
                let is_run = match name {
                    "TestMain" => false,
                    _ if name.starts_with("Example") => function.to_lowercase().contains("output:"),
                    _ => name.starts_with("Test"),
                };
                if is_run {
                    written.push(name.to_owned());
                }
            }
        }
    }
    assert!(!written.is_empty(), "{} has no test", folder.display());
    let passed: Vec<&str> =
        report.lines().filter_map(|line| line.strip_prefix("--- PASS: ")?.split(' ').next()).collect();
    let missing: Vec<&String> = written.iter().filter(|name| !passed.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "{}: not run, or not passed: {missing:?}:\n{report}", folder.display());
}

/// The report of Node's test runner says that every test of the script has passed; one may be written for
/// many cases.
pub fn assert_node_tests_ran(script: &Path, report: &str) {
    let source = fs::read_to_string(script).expect("the script");
    let written = source.lines().filter(|line| line.trim_start().starts_with("test(")).count();
    let number =
        |before: &str| report.lines().find_map(|line| line.strip_prefix(before)?.parse::<usize>().ok());
    let (tests, passed) = (number("# tests ").unwrap_or(0), number("# pass ").unwrap_or(0));
    assert!(
        written > 0 && passed >= written && passed == tests,
        "{}: {passed} of {written} tests passed:\n{report}",
        script.display()
    );
}

/// Says that something is not run; not by a macro, whose output is shown of failed tests only.
pub fn is_not_run(what: &str, why: &str) {
    writeln!(std::io::stderr(), "{what} is not run: {why}").expect("written");
}
