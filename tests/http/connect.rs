//! How a client reaches its host: names, addresses, threads, certificates.

use std::net::SocketAddr;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::Command;
use std::sync::Arc;

use ferry::error::{Error, ErrorKind};
use ferry::filestack::{Client, ClientOptions, Upload, UploadOptions};
use ferry::http::Connection;
use ferry::transfer::source::Source;
use localcloud::Options;

use crate::support::TestCloud;

fn client(base_url: &str, connection: Connection) -> Result<Arc<Client>, Error> {
    let base_url = Some(base_url.to_owned());
    Client::new("TESTKEY", ClientOptions { base_url, connection, ..ClientOptions::default() })
}

fn upload(client: &Arc<Client>) -> Result<(), Error> {
    Upload::new(client, Source::Bytes(b"some bytes"), None, UploadOptions::default())?.run(None)
}

/// A label begins with a hyphen: the system's resolver knows without asking a name server.
#[test]
fn a_host_that_does_not_exist_is_not_looked_up_again() {
    let error = upload(&client("http://-nowhere-", Connection::default()).expect("a client"))
        .expect_err("no such host");
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(!error.retryable(), "{error}");
    assert!(error.message().contains("cannot find the host -nowhere-"), "{error}");
}

/// A cloud at ::1, plain and with TLS.
fn ipv6_cloud(ca_file: &Path) -> TestCloud {
    let local = SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 0));
    TestCloud::with(Options {
        http: local,
        https: Some(local),
        ca_out: Some(ca_file.to_owned()),
        ..Options::default()
    })
}

#[test]
fn an_ipv6_literal_is_a_host() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca_file = folder.path().join("ca.pem");
    let cloud = ipv6_cloud(&ca_file);
    let connection = Connection { ca_file: ca_file.to_str().map(str::to_owned), ..Connection::default() };
    for url in [cloud.url(), cloud.https_url().expect("TLS")] {
        assert!(url.contains("[::1]"), "{url}");
        upload(&client(&url, connection.clone()).expect("a client")).expect("uploaded");
    }
}

/// A process of its own: what it limits must not hit other tests.
#[test]
#[cfg(target_os = "linux")]
#[ignore = "run by another test, as a process of its own"]
fn child_without_room_for_a_thread() {
    let url = std::env::var("TEST_URL").expect("a URL");
    let connection = Connection { max_retries: 0, ..Connection::default() };
    let client = client(&url, connection).expect("a client");
    let limit = |bytes| {
        let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
        // SAFETY: a valid struct, read during the call.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
    };
    let statm = std::fs::read_to_string("/proc/self/statm").expect("the size of this process");
    let pages: u64 = statm.split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
    // Room for what is allocated, but not for a stack.
    limit(pages * 4096 + (1 << 20));
    let result = upload(&client);
    limit(libc::RLIM_INFINITY);
    let error = result.expect_err("no thread");
    assert_eq!(error.kind(), ErrorKind::OutOfMemory, "{error}");
    assert!(error.message().contains("cannot start a thread"), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_thread_that_cannot_start_is_not_taken_for_a_missing_host() {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["connect::child_without_room_for_a_thread", "--exact", "--ignored", "--nocapture"]);
    let output = command.env("TEST_URL", "http://localhost:1").output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{errors}");
}

#[test]
fn what_can_be_read_of_a_bundle_is_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca_file = folder.path().join("ca.pem");
    let https = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let cloud = TestCloud::with(Options { https, ca_out: Some(ca_file.clone()), ..Options::default() });
    let good = std::fs::read_to_string(&ca_file).expect("the authority");
    // Not base64; not a certificate; without an end.
    let odd = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n\
               -----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let bundle = folder.path().join("bundle.pem");
    let with = |text: &str| {
        std::fs::write(&bundle, text).expect("written");
        let connection = Connection { ca_file: bundle.to_str().map(str::to_owned), ..Connection::default() };
        client(&cloud.https_url().expect("TLS"), connection)
    };
    let text = format!("{odd}{good}{odd}-----BEGIN CERTIFICATE-----\nAAAA\n");
    upload(&with(&text).expect("a client")).expect("uploaded");
    for text in [odd, "", "no certificate"] {
        let error = with(text).map(|_| ()).expect_err("nothing to trust");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains("ca_file") && error.message().contains("bundle.pem"), "{error}");
    }
}
