//! The vendors' own SDKs, in Python and JavaScript, work against the local cloud: the proof that the cloud,
//! which every other test talks to, is true.

mod tools;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
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

#[test]
fn the_vendors_javascript_sdk_uploads() {
    run_node("upload.test.js");
}

#[test]
fn the_vendors_javascript_sdk_works_with_stored_files() {
    run_node("file.test.js");
}

#[test]
fn the_vendors_javascript_sdk_works_in_a_browser() {
    let Some(modules) = node_modules("browser.mjs") else { return };
    let (node, chromium, playwright) = match tools::browser() {
        Ok(found) => found,
        Err(why) => return tools::is_not_run("browser.mjs", &why),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let cloud = cloud(folder.path(), None, Some("TESTKEY"));
    let mut command = Command::new(node);
    command
        .arg(tools::root().join("tests/javascript/browser.mjs"))
        .env("CLOUD", cloud.https_url().expect("an address"))
        .env("SDK", modules.join("filestack-js"))
        .env("PLAYWRIGHT", playwright)
        .env("CHROMIUM", chromium);
    tools::run(&mut command);
    let requests = ureq::get(format!("{}/_local/requests", cloud.http_url())).call().expect("the journal");
    let requests = requests.into_body().read_to_string().expect("text");
    assert!(requests.contains("\"method\":\"OPTIONS\""), "no browser has asked: {requests}");
}

#[test]
#[should_panic(expected = "0 of")]
fn a_runner_of_javascript_that_found_no_test_is_noticed() {
    let script = tools::root().join("tests/javascript/upload.test.js");
    tools::assert_node_tests_ran(&script, "TAP version 13\n1..0\n# tests 0\n# pass 0\n# fail 0\n");
}

/// Where npm has put the SDK, if it could.
fn node_modules(script: &str) -> Option<PathBuf> {
    let modules = tools::folder().join("js/node_modules");
    let found = modules.join("filestack-js").exists();
    if !found {
        tools::is_not_run(script, "npm could not install filestack-js when `make tools` was run last");
    }
    found.then_some(modules)
}

/// Runs a file of JavaScript tests against a local cloud of its own, where npm could install the SDK.
fn run_node(script: &str) {
    let Some(modules) = node_modules(script) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let cloud = cloud(folder.path(), Some(SECRET), Some("TESTKEY"));
    let script = tools::root().join("tests/javascript").join(script);
    let mut command = Command::new(tools::find("FERRY_NODE", "node/bin/node"));
    command
        .args(["--test", "--test-reporter=tap", "--test-timeout=120000"])
        .arg(&script)
        .env("FERRY_TEST_HTTPS", https(&cloud))
        .env("FERRY_TEST_SECRET", SECRET)
        .env("NODE_EXTRA_CA_CERTS", folder.path().join("ca.pem"))
        .env("NODE_PATH", modules)
        .current_dir(folder.path());
    tools::assert_node_tests_ran(&script, &tools::run(&mut command));
}

/// A cloud with a certificate for the hosts that the SDKs know by name; its authority is in the folder.
fn cloud(folder: &Path, secret: Option<&str>, apikey: Option<&str>) -> Cloud {
    let domain = ["upload", "www", "process", "cdn"].map(|role| format!("{role}.media.example"));
    let vendors = [
        "upload.filestackapi.com",
        "www.filestackapi.com",
        "process.filestackapi.com",
        "cdn.filestackcontent.com",
        "api-gce.pandastream.com",
    ];
    let options = Options {
        https: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        tls_names: vendors.map(String::from).into_iter().chain(domain).collect(),
        ca_out: Some(folder.join("ca.pem")),
        app_secret: secret.map(String::from),
        apikey: apikey.map(String::from),
        ..Options::default()
    };
    Cloud::start(options).expect("the local cloud starts")
}

/// Its address: 127.0.0.1:PORT.
fn https(cloud: &Cloud) -> String {
    cloud.https_url().expect("an address").trim_start_matches("https://").to_owned()
}

/// Runs a file of Python tests against a local cloud of its own; where webhooks go, the tests tell the cloud
/// themselves.
fn run(script: &str, secret: Option<&str>) {
    let folder = tempfile::tempdir().expect("a folder");
    let cloud = cloud(folder.path(), secret, None);
    let python = tools::find("FERRY_PYTHON", "python/bin/python");
    let script = tools::root().join("tests/python").join(script);
    let mut command = Command::new(python);
    command
        .arg("-B")
        .arg(&script)
        .env("FERRY_TEST_HTTPS", https(&cloud))
        .env_remove("FERRY_TEST_SECRET")
        .env("REQUESTS_CA_BUNDLE", folder.path().join("ca.pem"))
        .env("NO_PROXY", "*")
        .current_dir(folder.path());
    if let Some(secret) = secret {
        command.env("FERRY_TEST_SECRET", secret);
    }
    tools::assert_unittest_ran(&script, &tools::run(&mut command));
}
