//! The samples of include/guides are compiled and run as they stand there: those in C as one program, those in Python as
//! another.

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

#[test]
fn the_samples_in_c_do_what_they_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = root().join("tests/guides/guides.c");
    let blocks = tools::guides().into_iter().flat_map(|page| tools::blocks(&page, "c"));
    let samples = blocks.collect::<Vec<_>>().join("\n");
    let caller = fs::read_to_string(&source).expect("the caller");
    for name in defined(&samples) {
        let uses = |text: &str| text.matches(&format!("{name}(")).count();
        assert!(
            uses(&caller) > 0
                || uses(&samples) > 1
                || samples.contains(&format!(" {name},"))
                || samples.contains(&format!("= {name};")),
            "tests/guides/guides.c does not call {name}"
        );
    }
    fs::write(folder.path().join("guides.h"), samples).expect("written");
    let program = folder.path().join("guides");
    let mut cc = Command::new(compiler("CC", "cc"));
    cc.args(["-std=c11", "-D_GNU_SOURCE", "-g"]).args(STRICT);
    for include in [folder.path(), &root().join("include"), &root().join("tests/c")] {
        cc.arg("-I").arg(include);
    }
    run(link(cc.arg(source).arg("-o").arg(&program), &library_folder()));

    let cloud = cloud(folder.path());
    let mut command = Command::new(&program);
    with_cloud(&mut command, &cloud, &folder.path().join("ca.pem"), folder.path());
    run(command.env("FERRY_TEST_SECRET", SECRET));
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
