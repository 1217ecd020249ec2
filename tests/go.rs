//! The Go programs of tests/go, which link the library through cgo: vetted, and run under the race detector.

mod tools;

use std::path::Path;
use std::process::Command;

use localcloud::{Cloud, Options};

#[test]
fn go_uploads_through_cgo() {
    let cloud = Cloud::start(Options::default()).expect("the local cloud starts");
    let go = tools::find("FERRY_GO", "go");
    let library = tools::library_folder();
    let cache = tools::folder().join("go-cache");
    for arguments in [&["vet", "."][..], &["test", "-race", "-count=1", "-v", "-timeout=300s", "."]] {
        let mut command = Command::new(&go);
        command
            .args(arguments)
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/go"))
            .env("CGO_ENABLED", "1")
            .env("CGO_LDFLAGS", format!("-L{0} -Wl,-rpath,{0}", library.display()))
            .env("FERRY_TEST_URL", cloud.http_url())
            .env("GODEBUG", "cgocheck=1")
            .env("GOCACHE", &cache)
            .env("GOFLAGS", "")
            .env("GOPROXY", "off")
            .env("GOTELEMETRY", "off")
            .env("GOTOOLCHAIN", "local")
            .env("GOWORK", "off");
        tools::run(&mut command);
    }
}
