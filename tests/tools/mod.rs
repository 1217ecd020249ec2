//! What the harnesses of other languages need: their tools, the built library, and a way to run a program and see why it failed.

#![allow(dead_code)] // every harness uses another part of it

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// target/debug/deps: where cargo has put this test and, beside it, the library that it tests.
pub fn library_folder() -> PathBuf {
    let program = env::current_exe().expect("the path of this program");
    let folder = program.parent().expect("a folder").to_owned();
    assert!(
        ["libferry.so", "libferry.dylib"].iter().any(|name| folder.join(name).exists()),
        "the shared library is not in {}",
        folder.display()
    );
    folder
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

/// A tool that machines often have: what the environment variable names, else the machine's, else what `make tools` has put into
/// target/tools with Python.
pub fn find_on_the_path(variable: &str, name: &str) -> PathBuf {
    match on_the_path(name) {
        Some(tool) if env::var_os(variable).is_none() => tool,
        _ => find(variable, &format!("python/bin/{name}")),
    }
}

fn on_the_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|tool| tool.is_file())
}

/// Runs a program to its end; if it fails, so does the test, with what it wrote. `cargo test` puts target/debug before everything
/// in LD_LIBRARY_PATH, where the library of an older `cargo build` may lie: programs go by their rpath.
pub fn run(command: &mut Command) -> String {
    command.env_remove("LD_LIBRARY_PATH");
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} failed, {}:\n{text}", output.status);
    text
}
