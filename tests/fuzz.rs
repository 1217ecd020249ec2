//! The fuzzers (tests/fuzz): their corpora are replayed on the stable toolchain, for what once was
//! interesting stays right; and they compile.

#[path = "fuzz/src/lib.rs"]
mod targets;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

fn replay(name: &str, target: fn(&[u8])) {
    // A fuzzer runs one input at a time, and several have the same service.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = folder().join("corpus").join(name);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("a corpus") {
        let path = entry.expect("an entry").path();
        println!("{}", path.display());
        target(&std::fs::read(&path).expect("a seed"));
        count += 1;
    }
    assert!(count > 0, "the corpus {} is empty", folder.display());
}

macro_rules! replayed {
    ($($name:ident)*) => {
        const REPLAYED: &[&str] = &[$(stringify!($name)),*];

        $(
            #[test]
            fn $name() {
                replay(stringify!($name), targets::$name);
            }
        )*
    };
}

replayed! {
    answer chunked download head journal policy telestream tls token transform transform_json webhook
}

#[test]
fn every_fuzzer_is_replayed() {
    let manifest = std::fs::read_to_string(folder().join("Cargo.toml")).expect("the manifest");
    let programs = manifest.split("[[bin]]").skip(1).filter_map(|bin| bin.split('"').nth(1));
    assert_eq!(programs.collect::<BTreeSet<_>>(), REPLAYED.iter().copied().collect());
}

/// libFuzzer itself, which is C++ and takes as long as all else, is left to `make fuzz`.
#[test]
fn the_fuzzers_compile() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("fuzz").join("check");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["check", "--quiet", "--locked", "--bins", "--no-default-features", "--manifest-path"]);
    cargo.arg(folder().join("Cargo.toml")).arg("--target-dir").arg(target);
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "false");
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
