//! The samples of include/guides are compiled and run as they stand there, those of each language as one
//! program.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use localcloud::{Cloud, Options};

use crate::tools::{self, STRICT, compiler, library_folder, link, root, run, with_cloud};

const SECRET: &str = "a secret of the application";

/// A cloud with TLS that asks for policies, and its folder.
fn cloud(folder: &Path) -> Cloud {
    let https = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let ca_out = Some(folder.join("ca.pem"));
    let options = Options { https, ca_out, app_secret: Some(SECRET.into()), ..Options::default() };
    Cloud::start(options).expect("the local cloud starts")
}

/// The names of the functions that are defined at the left margin.
fn defined(source: &str) -> Vec<&str> {
    let heads = source.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    heads
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The samples in that language. `tests/guides/{caller}` or another sample calls each of their functions.
fn called_samples(language: &str, caller: &str) -> String {
    let blocks = tools::guides().into_iter().flat_map(|page| tools::blocks(&page, language));
    let samples = blocks.collect::<Vec<_>>().join("\n");
    let calls = fs::read_to_string(root().join("tests/guides").join(caller)).expect("the caller");
    for name in defined(&samples) {
        let uses = |text: &str| text.matches(&format!("{name}(")).count();
        assert!(
            uses(&calls) > 0
                || uses(&samples) > 1
                || samples.contains(&format!(" {name},"))
                || samples.contains(&format!("= {name};")),
            "tests/guides/{caller} does not call {name}"
        );
    }
    samples
}

/// Runs the program in this folder that calls the samples.
fn run_samples(program: &Path, folder: &Path) {
    let cloud = cloud(folder);
    let mut command = Command::new(program);
    with_cloud(&mut command, &cloud, &folder.join("ca.pem"), folder);
    run(command.env("FERRY_TEST_SECRET", SECRET));
}

#[test]
fn the_samples_in_c_do_what_they_say() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("guides.h"), called_samples("c", "guides.c")).expect("written");
    let program = folder.path().join("guides");
    let mut cc = Command::new(compiler("CC", "cc"));
    cc.args(["-std=c11", "-D_GNU_SOURCE", "-g"]).args(STRICT);
    for include in [folder.path(), &root().join("include"), &root().join("tests/c")] {
        cc.arg("-I").arg(include);
    }
    let source = root().join("tests/guides/guides.c");
    run(link(cc.arg(source).arg("-o").arg(&program), &library_folder()));
    run_samples(&program, folder.path());
}

#[test]
fn the_samples_in_cpp_do_what_they_say() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("guides.hpp"), called_samples("cpp", "guides.cpp")).expect("written");
    let program = folder.path().join("guides");
    let mut cxx = Command::new(compiler("CXX", "c++"));
    cxx.args(["-std=c++17", "-g1"]).args(STRICT).arg("-I").arg(folder.path());
    for include in ["include", "bindings/cpp", "tests/cpp", "tests/c"] {
        cxx.arg("-I").arg(root().join(include));
    }
    let source = root().join("tests/guides/guides.cpp");
    run(link(cxx.arg(source).arg("-o").arg(&program), &library_folder()));
    run_samples(&program, folder.path());
}

#[test]
fn the_samples_in_go_do_what_they_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let samples = format!("package main\n\n{}", called_samples("go", "guides.go"));
    fs::write(folder.path().join("samples.go"), samples).expect("written");
    fs::copy(root().join("tests/guides/guides.go"), folder.path().join("guides.go")).expect("the caller");
    let binding = "github.com/libferry/ferry/bindings/go/ferry";
    let source = root().join("bindings/go/ferry");
    let module = format!(
        "module guides\n\ngo 1.21\n\nrequire {binding} v0.0.0\nreplace {binding} => {}\n",
        source.display()
    );
    fs::write(folder.path().join("go.mod"), module).expect("a module");
    let go = || tools::go_in_tree(folder.path());
    let goroot = run(go().args(["env", "GOROOT"]));
    let mut gofmt = Command::new(Path::new(goroot.trim()).join("bin/gofmt"));
    assert_eq!(run(gofmt.args(["-d", "."]).current_dir(folder.path())), "");
    run(go().args(["vet"]));
    run(go().args(["build", "-o", "guides"]));
    run_samples(&folder.path().join("guides"), folder.path());
}

#[test]
fn the_samples_in_python_do_what_they_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let cloud = cloud(folder.path());
    let mut command = Command::new(tools::find("FERRY_PYTHON", "python/bin/python"));
    command
        .args(["-B", "-W", "error"])
        .arg(root().join("tests/guides/guides.py"))
        .arg(root().join("include/guides"));
    with_cloud(&mut command, &cloud, &folder.path().join("ca.pem"), folder.path());
    command.env("FERRY_TEST_SECRET", SECRET).env("FERRY_LIBRARY", tools::library());
    command.env("PYTHONPATH", root().join("bindings/python"));
    assert!(run(&mut command).contains("all samples were run"));
}
