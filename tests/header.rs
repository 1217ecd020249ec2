//! The header is what src/ffi says: written by the pinned cbindgen, put into sections and compared here, so
//! it can be neither stale nor edited.

#[path = "header/generate.rs"]
mod generate;

use std::fs;
use std::path::Path;
use std::process::Command;

use generate::{SECTIONS, WIDTH, header};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_header_is_not_stale() {
    let path = root().join("include/ferry.h");
    let generated = header();
    if std::env::var_os("FERRY_WRITE_HEADER").is_some() {
        fs::write(&path, &generated).expect("include/ferry.h is written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == generated, "include/ferry.h is stale: run `make header` and commit it");
}

#[test]
fn every_file_of_the_interface_is_in_the_header() {
    const INSIDE: [&str; 5] = ["allocator", "errand", "mod", "options", "tests"];
    for entry in fs::read_dir(root().join("src/ffi")).expect("src/ffi") {
        let path = entry.expect("an entry").path();
        let noun = path.file_stem().and_then(|s| s.to_str()).expect("a name").to_owned();
        let is_listed = SECTIONS.iter().any(|(listed, _)| *listed == noun);
        assert!(
            INSIDE.contains(&noun.as_str()) || is_listed,
            "src/ffi/{noun}.rs is not listed in tests/header/generate.rs"
        );
    }
}

#[test]
fn the_version_of_the_header_is_that_of_the_package() {
    let header = header();
    let parts = ["MAJOR", "MINOR", "PATCH"].map(|part| {
        let (_, rest) = header.split_once(&format!("#define FERRY_VERSION_{part} ")).expect("a version");
        rest.lines().next().expect("a number").to_owned()
    });
    assert_eq!(parts.join("."), env!("CARGO_PKG_VERSION"));
}

#[test]
fn no_line_is_longer_than_a_page() {
    for (number, line) in (1..).zip(header().lines()) {
        assert!(line.chars().count() <= WIDTH, "line {number} has {} columns: {line}", line.chars().count());
    }
}

/// What the examples of the header may use without declaring it.
const AROUND: &str = r#"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ferry.h"

void example(const ferry_filestack *client, const ferry_telestream *telestream, const ferry_filelink *link);
void example(const ferry_filestack *client, const ferry_telestream *telestream, const ferry_filelink *link) {
    ferry_error *err = NULL;
    (void)client, (void)telestream, (void)link, (void)err;
    {
"#;

/// Every section has an example, and every example compiles: those that are functions by themselves, the
/// others inside one.
#[test]
fn the_examples_of_the_header_compile() {
    let header = header();
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("ferry.h"), &header).expect("written");
    for section in header.split("/** @defgroup ").skip(1) {
        let noun = section.split(' ').next().expect("a name");
        let examples: Vec<&str> = section
            .split("@code{.c}\n")
            .skip(1)
            .map(|rest| rest.split_once(" * @endcode").expect("the end of the example").0)
            .collect();
        assert!(!examples.is_empty(), "the section {noun} of the header has no example");
        for example in examples {
            let code: String = example
                .lines()
                .map(|line| line.strip_prefix(" *").expect("a line of the comment"))
                .fold(String::new(), |code, line| code + line + "\n");
            let program = if code.trim_start().starts_with("static ") {
                let (function, rest) = code.split_once("\n }\n").expect("the end of the function");
                AROUND.replacen("\nvoid example", &format!("\n{function}\n}}\nvoid example"), 1) + rest
            } else {
                AROUND.to_owned() + &code
            };
            let file = folder.path().join(format!("{noun}.c"));
            fs::write(&file, program + "    }\n}\n").expect("written");
            let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
            let output = Command::new(compiler)
                .args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"])
                .arg("-I")
                .arg(folder.path())
                .arg(&file)
                .output()
                .expect("a C compiler");
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "the example of {noun} does not compile:\n{told}\n{code}");
        }
    }
}
