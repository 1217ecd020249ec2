//! The C interface, used as a C program uses it: every program of tests/c as it is, most under valgrind, some
//! under AddressSanitizer. `make sanitize` runs all of them under all, with an instrumented library too.
//!
//! Each program has a cloud and a folder of its own, and ends by checking that the library left nothing
//! behind. Under a checker `FERRY_TEST_SMALL` keeps sizes small.

#[path = "c/cases.rs"]
mod cases;
#[path = "c/declarations.rs"]
#[allow(dead_code)] // tests/abi.rs uses the rest of it
mod declarations;
#[path = "c/harness.rs"]
mod harness;
#[path = "c/null_args.rs"]
mod null_args;
mod tools;

use harness::{Program, Under};
use localcloud::StorageKind;

macro_rules! programs {
    ($($name:ident)* ; $($slow:ident)*) => {
        programs_under!(#[test] plain Nothing $($name)* $($slow)*);
        programs_under!(#[test] valgrind Valgrind $($name)*);
        programs_under!(#[cfg_attr(all(), test, ignore = "make sanitize runs it")]
            slow_valgrind Valgrind $($slow)*);
        programs_under!(#[cfg_attr(all(), test, ignore = "make sanitize runs it, with an instrumented library")]
            address_sanitizer AddressSanitizer $($name)* $($slow)*);
        programs_under!(#[cfg_attr(all(), test, ignore = "make sanitize runs it, with an instrumented library")]
            thread_sanitizer ThreadSanitizer $($name)* $($slow)*);

        const PROGRAMS: &[&str] = &[$(stringify!($name),)* $(stringify!($slow)),*];
    };
}

macro_rules! programs_under {
    (#[$test:meta] $module:ident $under:ident $($name:ident)*) => {
        mod $module {
            $(
                #[$test]
                fn $name() {
                    super::program(stringify!($name), super::Under::$under).run(&[]);
                }
            )*
        }
    };
}

programs! {
    bad_client bad_input cancel errors events filelink json overwrite parity reader response single store stream
    telestream_bad_input telestream_signing transform_urls value
    ; // Those that wait or compute most, or hand over what others do, are under valgrind in `make sanitize` only.
    batch changed connection conversion delivery download interrupt journal limit null_arguments options pause
    permission policy progress round_trip security signal started telestream_factories telestream_keyed
    telestream_options telestream_resources telestream_resume telestream_upload telestream_wait threads token
    transform_run transform_store transform_tasks upload_url webhook workflow zip
}

// What valgrind does not see is in the programs alone: a short form of `make sanitize`.
programs_under!(#[test] short_address_sanitizer AddressSanitizer
    bad_input null_arguments parity round_trip telestream_bad_input telestream_upload value);

/// A program with what it needs beside its cloud.
fn program(name: &str, under: Under) -> Program {
    if name == "null_arguments" {
        return null_arguments(under);
    }
    let program = Program::new(name, under);
    match name {
        "permission" => program.secured("a secret of the application"),
        "transform_tasks" => program.give_file("FERRY_TEST_CASES", &cases::text()),
        _ => program,
    }
}

/// Every function of the header with every pointer NULL; the program is written from the header.
fn null_arguments(under: Under) -> Program {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("null_args.c");
    std::fs::write(&source, null_args::program(&tools::header())).expect("written");
    Program::compile(&source, under)
}

/// Memory does not grow with the file: the same bound for 100 MiB and for a bit more than 4 GiB, whose length
/// has more than 32 bits.
#[test]
fn memory_does_not_grow_with_the_file() {
    const MIB: u64 = 1 << 20;
    let peak = |bytes: u64| -> u64 {
        let program = Program::new("memory", Under::Nothing).storage(StorageKind::Null);
        let kib = program.run(&[&bytes.to_string()]);
        kib.trim().parse().expect("a number of KiB")
    };
    // An emulator keeps in the same process what it has translated, of an upload more than of none.
    let bound = if tools::emulated::is_emulated() { 64 << 10 } else { 24 << 10 };
    let empty = peak(0);
    for bytes in [100 * MIB, 4097 * MIB + 1] {
        let more = peak(bytes).saturating_sub(empty);
        assert!(more <= bound, "an upload of {bytes} bytes takes {more} KiB of memory");
    }
}

#[test]
fn every_program_is_run() {
    let folder = tools::root().join("tests/c");
    for entry in std::fs::read_dir(folder).expect("tests/c") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "c") {
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
            assert!(
                name == "memory" || PROGRAMS.contains(&name),
                "tests/c/{name}.c is not listed in tests/c.rs"
            );
        }
    }
}
