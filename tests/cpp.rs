//! The C++ binding as C++ programs use it: every program of tests/cpp under AddressSanitizer, those plain too
//! that then send more or look at the clock, and the examples of the binding's page. `make sanitize` runs all
//! under UndefinedBehaviorSanitizer.
//!
//! Each program has a cloud and a folder of its own, and ends with a check that the library left nothing
//! behind.

#[path = "c/declarations.rs"]
#[allow(dead_code)] // other tests use the rest of it
mod declarations;
mod tools;
#[path = "cpp/typed.rs"]
mod typed;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use localcloud::{Cloud, Options};
use tempfile::TempDir;
use tools::{STRICT, compiler, library_folder, link, root, run, with_cloud};

const PLAIN: &[&str] = &[];
const ADDRESS: &[&str] = &["-fsanitize=address", "-fno-omit-frame-pointer"];
const UNDEFINED: &[&str] = &["-fsanitize=undefined", "-fno-sanitize-recover=all"];

/// A compiled C++ program in a folder of its own.
struct Program {
    folder: TempDir,
    file: PathBuf,
    cloud: Cloud,
    is_slow: bool,
}

impl Program {
    /// Compiles `tests/cpp/{name}.cpp`, each for a standard, and without AddressSanitizer for another one.
    fn new(name: &str, flags: &[&str]) -> Self {
        let standard = match name {
            "cxx20" | "service" | "transform" if flags == ADDRESS => "-std=c++20",
            "cxx20" | "telestream" | "upload" if flags != ADDRESS => "-std=c++2b", // C++23
            "event" | "response" => "-std=c++2b",
            _ => "-std=c++17",
        };
        let source = root().join(format!("tests/cpp/{name}.cpp"));
        Self::compile(folder(), &source, &[&[standard], flags].concat())
    }

    fn compile(folder: TempDir, source: &Path, flags: &[&str]) -> Self {
        let file = folder.path().join("program");
        let mut cxx = Command::new(compiler("CXX", "c++"));
        cxx.args(flags).arg("-g1").args(STRICT);
        for include in ["include", "bindings/cpp", "tests/cpp", "tests/c"] {
            cxx.arg("-I").arg(root().join(include));
        }
        cxx.arg("-I").arg(folder.path()).arg(source).arg("-o").arg(&file);
        run(link(&mut cxx, &library_folder()));
        let https = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        let ca_out = Some(folder.path().join("ca.pem"));
        let cloud =
            Cloud::start(Options { https, ca_out, ..Options::default() }).expect("the local cloud starts");
        let is_slow = flags.iter().any(|flag| flag.starts_with("-fsanitize"));
        Program { folder, file, cloud, is_slow }
    }

    /// Runs it, and returns what it prints. It must end with 0.
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(&self.file);
        if self.is_slow {
            command.env("FERRY_TEST_SMALL", "1");
        }
        let (ca, folder) = (self.folder.path().join("ca.pem"), self.folder.path());
        run(with_cloud(command.args(arguments), &self.cloud, &ca, folder))
    }
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("ferry-cpp-").tempdir().expect("a folder")
}

macro_rules! programs {
    ($($name:ident)*) => {
        programs_with!(#[test] address_sanitizer ADDRESS $($name)*);
        programs_with!(#[cfg_attr(all(), test, ignore = "make sanitize runs it")]
            undefined_behavior_sanitizer UNDEFINED $($name)*);

        const PROGRAMS: &[&str] = &[$(stringify!($name)),*];
    };
}

macro_rules! programs_with {
    (#[$test:meta] $module:ident $flags:ident $($name:ident)*) => {
        mod $module {
            $(
                #[$test]
                fn $name() {
                    super::Program::new(stringify!($name), super::$flags).run(&[]);
                }
            )*
        }
    };
}

programs! { batch control cxx20 durable event parity response service telestream transform upload }

programs_with!(#[test] plain PLAIN control);

#[test]
fn every_program_is_run() {
    for entry in fs::read_dir(root().join("tests/cpp")).expect("tests/cpp") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "cpp") {
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
            assert!(
                name == "readme" || PROGRAMS.contains(&name),
                "tests/cpp/{name}.cpp is not listed in tests/cpp.rs"
            );
        }
    }
}

fn compiled_text(folder: TempDir, text: &str, flags: &[&str]) -> Program {
    let source = folder.path().join("program.cpp");
    fs::write(&source, text).expect("written");
    Program::compile(folder, &source, flags)
}

#[test]
fn every_task_has_a_method_with_every_parameter() {
    let header = fs::read_to_string(root().join("bindings/cpp/ferry/tasks.hpp")).expect("tasks.hpp");
    compiled_text(folder(), &typed::program(&header), &["-std=c++17"]).run(&[]);
}

/// The C++ blocks of the binding's page: a program, then functions.
fn blocks() -> Vec<String> {
    let page = fs::read_to_string(root().join("bindings/cpp/README.md")).expect("bindings/cpp/README.md");
    let blocks = page.split("```cpp\n").skip(1);
    blocks.map(|rest| rest.split_once("```").expect("the end of a block").0.to_owned()).collect()
}

#[test]
fn the_program_in_the_readme_uploads() {
    let program = compiled_text(folder(), &blocks()[0], &["-std=c++17"]);
    let picture = root().join("tests/data/ferry.png");
    let url = program.run(&[picture.to_str().expect("UTF-8"), "TESTKEY", &program.cloud.http_url()]);
    let fetched =
        ureq::get(url.trim()).call().expect("the file").body_mut().read_to_vec().expect("its bytes");
    assert!(fetched == fs::read(&picture).expect("the picture"), "other bytes are stored");
}

#[test]
fn the_examples_in_the_readme_do_what_it_says() {
    let folder = folder();
    fs::write(folder.path().join("examples.hpp"), blocks()[1..].concat()).expect("written");
    Program::compile(folder, &root().join("tests/cpp/readme.cpp"), &["-std=c++17"]).run(&[]);
}

/// Functions that the binding does not call, with what it does instead.
const NOT_NEEDED: &[(&str, &str)] = &[
    ("ferry_error_status", "the status that the call returned"),
    ("ferry_filestack_upload_batch", "ferry_filestack_upload_batch_new and ferry_upload_run"),
    ("ferry_webhook_verify", "ferry_webhook_verify_any with one secret"),
    ("ferry_json_new", "ferry::json writes JSON; so for the following"),
    ("ferry_json_new_array", "ferry::json"),
    ("ferry_json_set_string", "ferry::json"),
    ("ferry_json_set_int", "ferry::json"),
    ("ferry_json_set_double", "ferry::json"),
    ("ferry_json_set_bool", "ferry::json"),
    ("ferry_json_set_json", "ferry::json"),
    ("ferry_json_add_string", "ferry::json"),
    ("ferry_json_add_int", "ferry::json"),
    ("ferry_json_add_double", "ferry::json"),
    ("ferry_json_add_bool", "ferry::json"),
    ("ferry_json_add_json", "ferry::json"),
    ("ferry_json_text", "ferry::json"),
    ("ferry_json_free", "ferry::json"),
];

#[test]
fn every_function_of_the_header_is_reached() {
    let mut binding = String::new();
    for entry in fs::read_dir(root().join("bindings/cpp/ferry")).expect("the binding") {
        let path = entry.expect("an entry").path();
        if !path.ends_with("tasks.hpp") {
            binding += &fs::read_to_string(path).expect("text");
        }
    }
    let words: std::collections::HashSet<&str> =
        binding.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    for function in declarations::Declarations::read(&tools::header()).functions {
        let name = function.name.as_str();
        let is_exempt = NOT_NEEDED.iter().any(|(exempt, _)| *exempt == name);
        assert!(words.contains(name) != is_exempt, "{name} is not reached from C++, or no longer exempt");
    }
}

/// Checks the syntax of a text, under more warnings than ours: a program may compile its own code under them.
fn check(folder: &TempDir, text: &str) {
    let unit = folder.path().join("unit.cpp");
    fs::write(&unit, text).expect("written");
    let mut cxx = Command::new(compiler("CXX", "c++"));
    cxx.args(["-std=c++17", "-fsyntax-only", "-Wshadow", "-Wconversion", "-Wsign-conversion"]);
    cxx.args(STRICT).arg("-Wold-style-cast");
    cxx.arg("-I").arg(root().join("include")).arg("-I").arg(root().join("bindings/cpp"));
    run(cxx.arg(&unit));
}

/// Those of the binding, beside `ferry.hpp`.
fn headers() -> Vec<String> {
    let entries = fs::read_dir(root().join("bindings/cpp/ferry")).expect("the binding");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
}

#[test]
#[ignore = "make sanitize runs it: it takes a minute"]
fn each_header_compiles_alone() {
    let folder = folder();
    headers().iter().for_each(|name| check(&folder, &format!("#include <ferry/{name}>\n")));
}

/// As programs include them.
#[test]
fn all_headers_compile_under_more_warnings_and_in_two_units() {
    let folder = folder();
    check(&folder, "#include <ferry.hpp>\n");
    check(&folder, "#include <ferry/async.hpp>\n");
    let all: String = headers().iter().map(|name| format!("#include <ferry/{name}>\n")).collect();
    let all = format!("#include <ferry.hpp>\n{all}");
    let (first, second) = (folder.path().join("first.cpp"), folder.path().join("second.cpp"));
    fs::write(&first, format!("{all}ferry::value other() {{ return {{}}; }}\n")).expect("written");
    fs::write(&second, format!("{all}ferry::value other();\nint main() {{ return other() ? 1 : 0; }}\n"))
        .expect("written");
    let flags = ["-std=c++20", first.to_str().expect("UTF-8")];
    Program::compile(folder, &second, &flags).run(&[]);
}
