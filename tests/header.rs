//! The header is what src/ffi says: written by the pinned cbindgen, compared here, so it can be neither stale nor edited.

use std::path::Path;

/// In the order in which a reader of the header meets them.
const NOUNS: [&str; 19] = [
    "version",
    "error",
    "bytes",
    "value",
    "progress",
    "connection",
    "security",
    "filestack",
    "upload",
    "request",
    "filelink",
    "store",
    "transform",
    "av",
    "workflow",
    "webhook",
    "telestream",
    "telestream_resources",
    "telestream_upload",
];

fn generated() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for noun in NOUNS {
        builder = builder.with_src(root.join(format!("src/ffi/{noun}.rs")));
    }
    let mut header = Vec::new();
    builder.generate().expect("src/ffi is what cbindgen understands").write(&mut header);
    String::from_utf8(header).expect("UTF-8")
}

#[test]
fn the_header_is_not_stale() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/ferry.h");
    let generated = generated();
    if std::env::var_os("FERRY_WRITE_HEADER").is_some() {
        std::fs::write(&path, &generated).expect("include/ferry.h is written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == generated, "include/ferry.h is stale: run `make header` and commit it");
}

#[test]
fn every_file_of_the_interface_is_in_the_header() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ffi");
    for entry in std::fs::read_dir(folder).expect("src/ffi") {
        let path = entry.expect("an entry").path();
        let noun = path.file_stem().and_then(|s| s.to_str()).expect("a name").to_owned();
        assert!(
            noun == "mod" || NOUNS.contains(&noun.as_str()),
            "src/ffi/{noun}.rs is not listed in tests/header.rs"
        );
    }
}

#[test]
fn the_version_of_the_header_is_that_of_the_package() {
    let header = generated();
    let parts = ["MAJOR", "MINOR", "PATCH"].map(|part| {
        let (_, rest) = header.split_once(&format!("#define FERRY_VERSION_{part} ")).expect("a version");
        rest.lines().next().expect("a number").to_owned()
    });
    assert_eq!(parts.join("."), env!("CARGO_PKG_VERSION"));
}
