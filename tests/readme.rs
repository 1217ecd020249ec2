//! The program in README.md compiles as it stands there, and does what the page says.

mod tools;

use std::fs;
use std::path::Path;
use std::process::Command;

use localcloud::{Cloud, Options};

#[test]
fn the_program_in_the_readme_uploads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("README.md")).expect("README.md");
    let (_, rest) = page.split_once("```c\n").expect("a C program");
    let (source, _) = rest.split_once("```").expect("its end");
    assert!(source.lines().count() <= 32, "the program is to be short");

    let folder = tempfile::tempdir().expect("a folder");
    let (file, program) = (folder.path().join("send.c"), folder.path().join("send"));
    fs::write(&file, source).expect("the source is written");
    let library = tools::library_folder();
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    tools::run(
        Command::new(compiler)
            .args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
            .arg(root.join("include"))
            .arg(&file)
            .arg(format!("-L{}", library.display()))
            .arg("-lferry")
            .arg(format!("-Wl,-rpath,{}", library.display()))
            .arg("-o")
            .arg(&program),
    );

    let cloud = Cloud::start(Options::default()).expect("the local cloud starts");
    let picture = root.join("tests/data/ferry.png");
    let text = tools::run(Command::new(&program).arg(&picture).arg("TESTKEY").arg(cloud.http_url()));
    assert!(text.contains("44 of 44 kB"), "{text}");
    let url = text.split_whitespace().find(|word| word.starts_with("http://")).expect("a filelink");
    let fetched = ureq::get(url).call().expect("the file").body_mut().read_to_vec().expect("its bytes");
    assert!(fetched == fs::read(&picture).expect("the picture"), "other bytes are stored");

    let refused = Command::new(&program).arg("missing.png").arg("TESTKEY").arg(cloud.http_url()).output();
    let refused = refused.expect("the program runs");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("missing.png"));
}
