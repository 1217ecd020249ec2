//! What the program draws where standard error is a terminal, and that it draws nothing elsewhere.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::thread;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;

use crate::desk::{Desk, MIB, noise};

/// A terminal: what reads from it, and what a program writes to.
fn terminal() -> (File, OwnedFd) {
    let own = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&own).and_then(|()| unlockpt(&own)).expect("unlocked");
    let name = ptsname(&own, Vec::new()).expect("its name");
    let other = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("its other side");
    (own.into(), other)
}

/// Runs it with a terminal as standard error; exit code, standard output, and what it drew.
fn drawn(command: &mut Command) -> (Option<i32>, String, String) {
    let (mut own, other) = terminal();
    command.env("TERM", "xterm").stderr(other).stdout(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    // Else the terminal has no end.
    command.stderr(Stdio::null());
    let reader = thread::spawn(move || {
        let mut drawn = Vec::new();
        // Linux says EIO where the last writer has gone.
        let _ = own.read_to_end(&mut drawn);
        String::from_utf8_lossy(&drawn).into_owned()
    });
    let output = child.wait_with_output().expect("its end");
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    (output.status.code(), out, reader.join().expect("read"))
}

/// So slow that a bar is drawn.
fn slow(desk: &Desk) {
    desk.write("film.mov", &noise(2 * MIB));
    desk.faults(json!([{"class": "put", "action": {"slow_bytes_per_second": 2_500_000}}]));
}

#[test]
fn bars_are_drawn_on_a_terminal_and_results_stay_clean() {
    let desk = Desk::new();
    slow(&desk);
    let (code, out, drawn) = drawn(&mut desk.command(["upload", "film.mov"]));
    assert_eq!((code, out.lines().count(), out.contains('\x1b')), (Some(0), 1, false), "{out}");
    assert!(drawn.contains("film.mov") && drawn.contains("2.10 MB") && drawn.contains("\x1b["), "{drawn:?}");
    let (code, _, quiet) = drawn_of_folder(&desk);
    assert_eq!((code, &*quiet), (Some(0), ""));
}

fn drawn_of_folder(desk: &Desk) -> (Option<i32>, String, String) {
    desk.write("d/a.bin", b"abc");
    desk.write("d/b.bin", b"abc");
    drawn(&mut desk.command(["upload", "d", "--quiet"]))
}

#[test]
fn errors_have_colours_on_a_terminal_unless_no_color_is_set() {
    let desk = Desk::new();
    let (code, _, colours) = drawn(&mut desk.command(["download", "missing", "x", "--quiet"]));
    assert_eq!(code, Some(6));
    assert!(colours.contains("\x1b[1;31mferry:\x1b[0m "), "{colours:?}");
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut command = desk.command(["download", "missing", "x", "--quiet"]);
        command.env("TERM", "xterm");
        let (mut own, other) = terminal();
        command.env(name, value).stderr(other);
        assert_eq!(command.status().expect("the program runs").code(), Some(6));
        drop(command);
        let mut plain = Vec::new();
        let _ = own.read_to_end(&mut plain);
        let plain = String::from_utf8(plain).expect("UTF-8");
        assert!(plain.starts_with("ferry: ") && !plain.contains('\x1b'), "{name}: {plain:?}");
    }
}

#[test]
fn nothing_is_drawn_where_there_is_no_terminal() {
    let desk = Desk::new();
    slow(&desk);
    desk.write("d/a\x1b[31m.bin", b"abc");
    desk.write("d/empty\x1b[31m", b"");
    for arguments in
        [&["upload", "film.mov"][..], &["upload", "d"], &["uploads"], &["upload", "missing\x1b[31m"]]
    {
        let told = desk.run(arguments);
        assert!(!told.out.contains('\x1b') && !told.err.contains('\x1b'), "{told:?}");
    }
    assert_eq!(desk.files().len(), 1, "a name with an escape is no name for a header");
}
