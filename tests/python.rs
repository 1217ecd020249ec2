//! The vendors' own Python SDKs work against the local cloud: the proof that the cloud, which every other
//! test talks to, is true.

mod tools;

use std::net::SocketAddr;
use std::process::Command;

use localcloud::{Cloud, Options};

const SECRET: &str = "a secret of the application";

#[test]
fn the_vendors_sdk_works_against_the_local_cloud() {
    run("test_sdk.py", Some(SECRET));
}

#[test]
fn what_its_readme_shows_works_where_security_is_on() {
    run("test_readme.py", Some(SECRET));
}

#[test]
fn what_its_readme_shows_works_where_security_is_off() {
    run("test_readme.py", None);
}

#[test]
fn what_the_readme_of_telestreams_sdk_shows_works() {
    run("test_telestream.py", None);
}

#[test]
#[should_panic(expected = "test_sdk.py: 0 of")]
fn a_runner_that_found_no_test_is_noticed() {
    let script = tools::root().join("tests/python/test_sdk.py");
    tools::assert_unittest_ran(&script, "\n-----\nRan 0 tests in 0.000s\n\nOK\n");
}

#[test]
#[should_panic(expected = "skipped")]
fn a_runner_that_skipped_its_tests_is_noticed() {
    let script = tools::root().join("tests/python/test_sdk.py");
    tools::assert_unittest_ran(&script, "\nRan 100 tests in 0.000s\n\nOK (skipped=100)\n");
}

/// Runs a file of Python tests against a local cloud of its own; where webhooks go, the tests tell the cloud
/// themselves.
fn run(script: &str, secret: Option<&str>) {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem");
    let cloud = Cloud::start(Options {
        https: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        tls_names: [
            "upload.filestackapi.com",
            "www.filestackapi.com",
            "process.filestackapi.com",
            "cdn.filestackcontent.com",
            "api-gce.pandastream.com",
        ]
        .map(String::from)
        .into(),
        ca_out: Some(ca.clone()),
        app_secret: secret.map(String::from),
        ..Options::default()
    })
    .expect("the local cloud starts");
    let https = cloud.https_url().expect("an address");
    let python = tools::find("FERRY_PYTHON", "python/bin/python");
    let script = tools::root().join("tests/python").join(script);
    let mut command = Command::new(python);
    command
        .arg("-B")
        .arg(&script)
        .env("FERRY_TEST_HTTPS", https.trim_start_matches("https://"))
        .env_remove("FERRY_TEST_SECRET")
        .env("REQUESTS_CA_BUNDLE", &ca)
        .env("NO_PROXY", "*")
        .current_dir(folder.path());
    if let Some(secret) = secret {
        command.env("FERRY_TEST_SECRET", secret);
    }
    tools::assert_unittest_ran(&script, &tools::run(&mut command));
}
