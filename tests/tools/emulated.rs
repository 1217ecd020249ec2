//! Programs of another processor, which an emulator may have to run (`tests/platforms/run`).

#![allow(dead_code)] // some test programs run others only, some themselves only

use std::path::Path;
use std::process::Command;

fn emulator() -> String {
    std::env::var("FERRY_PLATFORM_EMULATOR").unwrap_or_default()
}

/// Whether such programs run in a process of an emulator, which needs memory itself.
pub fn is_emulated() -> bool {
    !emulator().is_empty()
}

/// A program of the platform that is tested.
pub fn emulated(program: &Path) -> Command {
    let emulator = emulator();
    let mut words = emulator.split_whitespace();
    let Some(emulator) = words.next() else { return Command::new(program) };
    let mut command = Command::new(emulator);
    command.args(words).arg(program);
    command
}

/// This program once more, as a process of its own.
pub fn this_program() -> Command {
    emulated(&std::env::current_exe().expect("this program"))
}

/// Runs an ignored test of this program in a process of its own, which may have so many descriptors.
#[cfg(unix)]
pub fn passes_with_descriptors(most: u32, test: &str, variables: &[(&str, &str)]) {
    let program = this_program();
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -n {most} && exec \"$0\" \"$@\"")])
        .arg(program.get_program())
        .args(program.get_args())
        .args(["--exact", test, "--ignored"])
        .envs(variables.iter().copied())
        .output()
        .expect("a process");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
