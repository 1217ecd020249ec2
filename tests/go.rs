//! The Go binding: vetted, its examples and the programs of tests/go run under the race detector, and the
//! program of its README built by pkg-config against what `make install` installs.

#[allow(dead_code)] // the names are enough here
#[path = "c/declarations.rs"]
mod declarations;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use declarations::Declarations;
use localcloud::{Cloud, Options};
use tools::root;

/// The folder of the package.
const BINDING: &str = "bindings/go/ferry";
/// The folder of the package for tests of one's own.
const TESTING: &str = "bindings/go/ferry/ferrytest";

/// Functions that no Go program needs: a prefix, the rest of the names, and why.
const NOT_REACHED: &[(&str, &[&str], &str)] = &[
    (
        "ferry_value_",
        &["type", "get", "at", "key", "len", "string", "int", "double", "bool"],
        "answers are json.RawMessage, which encoding/json reads",
    ),
    ("ferry_filestack_upload_batch", &[""], "ferry_filestack_upload_batch_new and ferry_upload_run"),
    (
        "ferry_json_",
        &[
            "new",
            "new_array",
            "set_string",
            "set_int",
            "set_double",
            "set_bool",
            "set_json",
            "add_string",
            "add_int",
            "add_double",
            "add_bool",
            "add_json",
            "text",
            "free",
        ],
        "encoding/json writes JSON",
    ),
    ("ferry_upload_", &["start", "fd", "poll", "finish"], "a goroutine runs an upload beside others"),
    ("ferry_response_", &["header", "json"], "http.Header finds a header, and encoding/json reads the body"),
];

/// A cloud that asks for signatures, as the tests of the binding expect it.
fn cloud() -> Cloud {
    let options = Options { app_secret: Some("a secret of the application".into()), ..Options::default() };
    Cloud::start(options).expect("the local cloud starts")
}

fn go_in_tree(folder: &str) -> Command {
    tools::go_in_tree(&root().join(folder))
}

/// Vets binding and tests, once. It comes first, for it compiles what they need: two commands at the same
/// time would do so twice.
fn vet() {
    static VETTED: Once = Once::new();
    VETTED.call_once(|| {
        for folder in [BINDING, "tests/go"] {
            tools::run(go_in_tree(folder).args(["vet", "./..."]));
        }
    });
}

#[test]
fn the_binding_is_formatted_and_vetted() {
    let goroot = tools::run(go_in_tree(".").args(["env", "GOROOT"]));
    let unformatted = tools::run(
        Command::new(Path::new(goroot.trim()).join("bin/gofmt"))
            .args(["-l", BINDING, "tests/go"])
            .current_dir(root()),
    );
    assert_eq!(unformatted, "", "run gofmt -w");
    vet();
}

#[test]
fn lines_have_at_most_110_columns() {
    let files = ["bindings/go", BINDING, TESTING, "tests/go"]
        .into_iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)).expect(folder))
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "go" || ending == "md"));
    for path in files {
        for (index, line) in fs::read_to_string(&path).expect("text").lines().enumerate() {
            let columns = line.replace('\t', "    ").chars().count();
            assert!(columns <= 110, "{}:{} has {columns} columns", path.display(), index + 1);
        }
    }
}

/// Runs the tests and examples of a folder whose names fit, with clouds of their own.
fn go_test(folder: &str, names: &str) -> String {
    let cloud = cloud();
    let open = Cloud::start(Options::default()).expect("a second one, that asks for no signatures");
    tools::run(
        go_in_tree(folder)
            .args(["test", "-vet=off", "-count=1", "-v", "-timeout=600s", "-run", names])
            .arg("./...")
            .env("FERRY_TEST_URL", cloud.http_url())
            .env("FERRY_TEST_OPEN_URL", open.http_url())
            .env("FERRY_LOCALCLOUD", tools::local_cloud())
            .env("GODEBUG", "cgocheck=1"),
    )
}

#[test]
fn go_programs_use_all_of_it() {
    vet();
    // In one process they would wait for one another: they count what is left.
    let [binding, first, second] = std::thread::scope(|scope| {
        [(BINDING, "."), ("tests/go", "^Test[A-E]"), ("tests/go", "^(Test[^A-E]|Example)")]
            .map(|(folder, names)| scope.spawn(move || go_test(folder, names)))
            .map(|run| run.join().expect("the tests pass"))
    });
    tools::assert_go_tests_ran(&root().join(BINDING), &binding);
    tools::assert_go_tests_ran(&root().join(TESTING), &binding);
    tools::assert_go_tests_ran(&root().join("tests/go"), &(first + &second));
}

#[test]
#[should_panic(expected = "not run, or not passed")]
fn a_runner_that_found_no_test_is_noticed() {
    tools::assert_go_tests_ran(
        &root().join("tests/go"),
        "testing: warning: no tests to run\nPASS\nok  \ttests\t0.01s\n",
    );
}

/// Not built: with flags in the environment Go's own packages would be compiled once more.
#[test]
fn with_ferry_flags_pkg_config_is_not_asked() {
    let flags = |tag: &str| {
        let format = "{{.CgoPkgConfig}} {{.CgoLDFLAGS}}";
        tools::run(go_in_tree(BINDING).args(["list", "-tags", tag, "-f", format]))
    };
    assert_eq!(flags("").trim(), "[ferry] []");
    assert_eq!(flags("ferry_static").trim(), "[ferry-static] []");
    assert_eq!(flags("ferry_flags").trim(), "[] [-lferry]");
}

#[test]
fn every_function_of_the_header_is_reached() {
    let files = fs::read_dir(root().join(BINDING)).expect("the binding");
    let code: String = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "go"))
        .map(|path| fs::read_to_string(path).expect("a Go file"))
        .collect();
    let excused = |name: &str| {
        NOT_REACHED
            .iter()
            .any(|(prefix, rest, _)| name.strip_prefix(prefix).is_some_and(|getter| rest.contains(&getter)))
    };
    let missing: Vec<String> = Declarations::read(&tools::header())
        .functions
        .into_iter()
        .map(|function| function.name)
        .filter(|name| !excused(name) && !code.contains(&format!("C.{name}(")))
        .collect();
    assert!(missing.is_empty(), "the Go binding does not call {missing:?}");
}

/// The examples of the packages.
fn examples() -> String {
    let files = [BINDING, TESTING].map(|folder| fs::read_dir(root().join(folder)).expect("a package"));
    files
        .into_iter()
        .flatten()
        .map(|file| file.expect("a file").path())
        .filter(|path| path.to_str().is_some_and(|path| path.ends_with("_test.go")))
        .map(|path| fs::read_to_string(path).expect("a Go file"))
        .collect()
}

/// Exported functions that no example needs: those of interfaces, which other packages call.
const NEEDS_NO_EXAMPLE: &str = "As Error Headers Is LiveObjects MarshalJSON MarshalText Name Read ReadAt String \
    Temporary Timeout UnmarshalJSON UnmarshalText Unwrap Write WriteTo";

#[test]
fn every_exported_function_is_in_an_example() {
    let examples = examples();
    let mut missing = Vec::new();
    for file in fs::read_dir(root().join(BINDING)).expect("the binding") {
        let path = file.expect("a file").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !name.ends_with(".go") || name.ends_with("_test.go") {
            continue;
        }
        for line in fs::read_to_string(&path).expect("a Go file").lines() {
            let Some(rest) = line.strip_prefix("func ") else { continue };
            let rest =
                if rest.starts_with('(') { rest.split_once(") ").map_or("", |(_, it)| it) } else { rest };
            let function = rest.split(['(', '[']).next().unwrap_or_default();
            let exported = function.starts_with(|first: char| first.is_ascii_uppercase());
            if exported
                && !NEEDS_NO_EXAMPLE.split_whitespace().any(|name| name == function)
                && !examples.contains(&format!(".{function}("))
            {
                missing.push(function.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "no example calls {missing:?}");
}

#[test]
fn the_readme_shows_examples_that_run() {
    let page = fs::read_to_string(root().join("bindings/go/README.md")).expect("the page");
    let examples = examples();
    let shown: Vec<&str> =
        page.split("```go\n").skip(2).map(|rest| rest.split("\n```").next().unwrap_or(rest)).collect();
    assert!(shown.len() > 4, "the page has lost its examples");
    for code in shown {
        let line = |line: &str| if line.is_empty() { String::new() } else { format!("\t{line}") };
        let body: Vec<String> = code.lines().map(line).collect();
        assert!(examples.contains(&body.join("\n")), "no example is\n{code}");
    }
}

/// What `make install` installs, of the library that cargo has built.
fn install(folder: &Path) -> PathBuf {
    let (built, prefix) = (folder.join("built"), folder.join("prefix"));
    fs::create_dir(&built).expect("a folder");
    let version = env!("CARGO_PKG_VERSION");
    for (from, to) in [
        ("libferry.so", format!("libferry.so.{version}")),
        ("libferry.dylib", format!("libferry.{version}.dylib")),
        ("libferry.a", "libferry.a".into()),
    ] {
        let from = tools::library_folder().join(from);
        if from.exists() {
            fs::copy(from, built.join(to)).expect("a copy");
        }
    }
    fs::write(built.join("native-static-libs"), "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc\n")
        .expect("a file");
    tools::run(
        Command::new("make")
            .args(["--silent", "--old-file=lib", "install"])
            .arg(format!("LIB={}", built.display()))
            .arg(format!("PREFIX={}", prefix.display()))
            .current_dir(root()),
    );
    prefix
}

#[test]
fn the_program_of_the_readme_is_built_by_pkg_config() {
    vet();
    let page = fs::read_to_string(root().join("bindings/go/README.md")).expect("the page");
    let (_, rest) = page.split_once("```go\n").expect("a program");
    let (program, _) = rest.split_once("```").expect("its end");
    let folder = tempfile::tempdir().expect("a folder");
    let library = install(folder.path()).join("lib");

    let module = folder.path().join("send");
    fs::create_dir(&module).expect("a folder");
    fs::write(module.join("main.go"), program).expect("the program");
    let binding = "github.com/libferry/ferry/bindings/go/ferry";
    // A copy, for Go's cache has the binding with the flags of another ferry.pc (`tools::go`).
    let source = folder.path().join("binding");
    tools::run(Command::new("cp").arg("-r").arg(root().join(BINDING)).arg(&source));
    let needs = format!("require {binding} v0.0.0\nreplace {binding} => {}\n", source.display());
    fs::write(module.join("go.mod"), format!("module send\n\ngo 1.21\n\n{needs}")).expect("a module");

    let cloud = Cloud::start(Options::default()).expect("the local cloud starts");
    let picture = root().join("tests/data/ferry.png");
    for (tags, shared) in [("", true), ("ferry_static", false)] {
        tools::run(tools::go(&module, &library).args(["build", "-o", "send", "-tags", tags]));
        if !shared {
            fs::rename(&library, folder.path().join("gone")).expect("the library is gone");
        }
        let send = module.join("send");
        let text = tools::run(Command::new(send).arg(&picture).arg("TESTKEY").arg(cloud.http_url()));
        let url = text.split_whitespace().find(|word| word.starts_with("http://")).expect("a filelink");
        let fetched = ureq::get(url).call().expect("the file").body_mut().read_to_vec().expect("its bytes");
        assert!(fetched == fs::read(&picture).expect("the picture"), "other bytes are stored");
    }
}
