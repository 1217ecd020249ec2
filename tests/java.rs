//! The Java binding: it compiles without a warning, the programs of tests/java use all of it, and the samples
//! of its page run. Where a JDK or JNA is missing the tests say so and pass.

#[allow(dead_code)] // the names are enough here
#[path = "c/declarations.rs"]
mod declarations;
mod tools;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use declarations::Declarations;
use localcloud::{Cloud, Options};
use tools::root;

const BINDING: &str = "bindings/java/src/main/java/io/github/libferry";

/// Functions that no Java program needs, and why.
const NOT_REACHED: &[(&str, &str)] = &[
    ("ferry_version_number", "Loader asks for it before the others are bound"),
    ("ferry_filestack_upload_batch", "ferry_filestack_upload_batch_new and ferry_upload_run"),
    ("ferry_value_get", "Json takes the whole value, member by member"),
    ("ferry_upload_fd", "Java cannot wait for a descriptor"),
    ("ferry_response_header", "Response has all headers"),
];

fn java_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|_| panic!("{}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "java"))
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("text")
}

#[test]
fn lines_have_at_most_110_columns() {
    let mut files = vec![root().join("bindings/java/README.md")];
    for folder in [BINDING, "bindings/java/examples", "tests/java"] {
        files.extend(java_files(&root().join(folder)));
    }
    for path in files {
        for (index, line) in read(&path).lines().enumerate() {
            let columns = line.chars().count();
            assert!(columns <= 110, "{}:{} has {columns} columns", path.display(), index + 1);
        }
    }
}

#[test]
fn it_has_the_version_of_the_library() {
    let version = format!("<version>{}</version>", env!("CARGO_PKG_VERSION"));
    for page in ["bindings/java/pom.xml", "bindings/java/README.md"] {
        assert!(read(&root().join(page)).contains(&version), "{page}");
    }
}

#[test]
fn every_function_is_reached() {
    let files = java_files(&root().join(BINDING)).into_iter();
    let source: String = files.filter(|path| !path.ends_with("Abi.java")).map(|path| read(&path)).collect();
    let is_called = |name: &str| {
        let calls = [format!("Abi.{name}("), format!("Abi::{name},"), format!("Abi::{name})")];
        calls.iter().any(|call| source.contains(call))
    };
    let functions = Declarations::read(&tools::header()).functions;
    assert!(functions.len() > 100, "only {} functions", functions.len());
    for function in functions {
        let is_known = NOT_REACHED.iter().any(|(name, _)| *name == function.name);
        assert!(is_called(&function.name) != is_known, "{}: is it called?", function.name);
    }
}

/// A class with a method for each sample of the page; the first one is a program of its own.
fn samples(page: &str) -> (String, String, usize) {
    let mut blocks = page.split("```java\n").skip(1).map(|rest| rest.split("\n```").next().unwrap_or(rest));
    let program = blocks.next().expect("a program").to_owned();
    let mut class = String::from(
        "package ferrytest;
import io.github.libferry.*;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.*;
import java.util.*;
import java.util.concurrent.*;
final class Page {
    private static final Path photo = Path.of(System.getenv(\"FERRY_TEST_DATA\"), \"ferry.png\");
",
    );
    let mut count = 0;
    for (index, block) in blocks.enumerate() {
        count += 1;
        let _ = write!(
            class,
            "static void sample{index}() throws Exception {{\ntry (Client client = Cloud.client()) {{\n\
             Check.that(\"a client\", client != null);\n{block}\n}}\n}}\n"
        );
    }
    (program, class + "}\n", count)
}

#[test]
fn java_programs_use_all_of_it() {
    let (javac, java, jna) = match tools::java() {
        Ok(found) => found,
        Err(missing) => return println!("the Java binding is not tested: {missing}"),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let (program, page, samples) = samples(&read(&root().join("bindings/java/README.md")));
    fs::write(at("Send.java"), program).expect("the program of the page");
    fs::write(at("Page.java"), page).expect("the samples of the page");
    let helpers = ["Check.java", "Cloud.java", "Main.java"].map(|name| root().join("tests/java").join(name));
    let mut tests = java_files(&root().join("tests/java"));
    tests.retain(|path| !helpers.contains(path));
    tools::run(
        Command::new(javac)
            .args(["-J-XX:TieredStopAtLevel=1", "-Xlint:all", "-Werror", "-encoding", "UTF-8", "-d"])
            .arg(at("classes"))
            .arg("-cp")
            .arg(&jna)
            .args(java_files(&root().join(BINDING)))
            .args(java_files(&root().join("bindings/java/examples")))
            .args(&tests)
            .args(&helpers)
            .args([at("Send.java"), at("Page.java")]),
    );

    let secret = Some("a secret of the application".into());
    let secured = Cloud::start(Options { app_secret: secret, ..Options::default() }).expect("a cloud");
    let open = Cloud::start(Options::default()).expect("one that asks for no signatures");
    // The library beside the classes: it is found there. It is a link, for its folder is large.
    let library = tools::library();
    let beside = at(library.file_name().and_then(|name| name.to_str()).expect("a name"));
    std::os::unix::fs::symlink(&library, beside).expect("a link");
    let class_path = format!("{}:{}", at("classes").display(), jna.display());
    let name = |path: &PathBuf| {
        format!("ferrytest.{}", path.file_stem().and_then(|name| name.to_str()).expect("a name"))
    };
    let report = tools::run(
        Command::new(&java)
            // It starts sooner so, and runs as long.
            .args(["-XX:TieredStopAtLevel=1", "-Xmx512m"])
            // The library takes UTF-8 whatever Java's default is.
            .args(["-Dfile.encoding=ISO-8859-1", "-cp", &class_path, "ferrytest.Main"])
            .args(tests.iter().map(name))
            .arg("ferrytest.Page")
            .env("FERRY_TEST_HTTP", open.http_url())
            .env("FERRY_TEST_URL", secured.http_url())
            .env("FERRY_TEST_FOLDER", folder.path())
            .env("FERRY_TEST_VECTORS", root().join("tests/vectors"))
            .env("FERRY_TEST_DATA", root().join("tests/data"))
            .env("TELESTREAM_URL", open.http_url())
            .env("LC_ALL", "C.UTF-8")
            .env_remove("FERRY_LIBRARY")
            .current_dir(folder.path()),
    );
    eprintln!("{report}");
    let missing = Command::new(java)
        .args(["-XX:TieredStopAtLevel=1", "-Dferry.library=/no/such/libferry.so", "-cp", &class_path])
        .args(["Send", "photo.jpg", "APIKEY"])
        .output()
        .expect("java starts");
    let said = String::from_utf8_lossy(&missing.stderr);
    assert!(!missing.status.success() && said.contains("Set FERRY_LIBRARY"), "{said}");
    let written: usize = tests.iter().map(|path| read(path).matches("\n    static void ").count()).sum();
    let passed = report.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(written > 20 && samples > 10, "{written} tests, {samples} samples");
    assert!(passed > written + samples, "{passed} of {} passed:\n{report}", written + samples);
}
