//! Names that dnsmasq knows or does not, in namespaces with an /etc/resolv.conf of their own: what asks is
//! the system's resolver, and the machine's own settings are not touched.

use std::fs;
use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

use ferry::error::ErrorKind;
use ferry::http::Connection;

use crate::program::{Found, Program, is_root};
use crate::support::TestCloud;
use crate::tools;
use crate::trip::{Told, client, refused, round_trip};

/// Runs a test of this file as a process in namespaces of its own, which end with it.
fn within(test: &str) {
    let what = format!("names::{test}");
    if Found::look_for("dnsmasq", &what).is_none() {
        return;
    }
    let unshare = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--net", "--pid", "--fork", "--kill-child"]);
        if !is_root() {
            unshare.arg("--map-root-user");
        }
        unshare.args(["sh", "-euc"]);
        unshare.env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default()));
        unshare
    };
    let folder = tempfile::tempdir().expect("a folder");
    let resolv = folder.path().join("resolv.conf");
    fs::write(&resolv, "").expect("written");
    const SET_UP: &str = r#"ip link set lo up; mount --bind "$RESOLV" /etc/resolv.conf"#;
    let allowed = unshare().arg(SET_UP).env("RESOLV", &resolv).output();
    match allowed {
        Ok(output) if output.status.success() => {}
        Ok(output) => return tools::is_not_run(&what, String::from_utf8_lossy(&output.stderr).trim()),
        Err(error) => return tools::is_not_run(&what, &format!("unshare: {error}")),
    }
    let program = std::env::current_exe().expect("this program");
    let mut command = unshare();
    command.arg(format!(r#"{SET_UP}; exec "$@""#)).arg("sh").arg(program);
    command.args([&what, "--exact", "--ignored", "--nocapture"]).env("RESOLV", &resolv);
    let said = tools::run(&mut command);
    assert!(said.contains("1 passed"), "{said}");
}

/// What the resolver asks from now on.
fn ask(lines: &str) {
    fs::write(std::env::var_os("RESOLV").expect("a path"), lines).expect("written");
}

/// A server of names at 127.0.0.1, which knows what `names` say. Whatever else it is asked it refuses.
fn dnsmasq(names: &[&str]) -> Program {
    let found = Found::look_for("dnsmasq", "dnsmasq").expect("it was there");
    let mut command = found.command();
    command.args(["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"]);
    command.args(["--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file="]);
    command.args(["--log-queries", "--log-facility=-"]).args(names);
    Program::start_at_a_low_port(&mut command, 53)
}

fn url(cloud: &TestCloud, name: &str) -> String {
    cloud.url().replace("127.0.0.1", name)
}

#[test]
fn addresses_that_lead_nowhere_are_passed_by() {
    within("inside_some_addresses_lead_nowhere");
}

#[test]
#[ignore = "run by the test above, in namespaces"]
fn inside_some_addresses_lead_nowhere() {
    // The cloud is at 127.0.0.1 only.
    let names =
        ["--host-record=cloud.test,127.0.0.2,::1", "--host-record=cloud.test,127.0.0.1", "--local=/test/"];
    let server = dnsmasq(&names);
    // The first server never answers, so an answer takes a second.
    let _silent = UdpSocket::bind("127.0.0.9:53").expect("a socket");
    ask("nameserver 127.0.0.9\nnameserver 127.0.0.1\noptions timeout:1 attempts:2\n");
    let cloud = TestCloud::start();
    let told = Told::default();
    round_trip(&cloud, &client(&url(&cloud, "cloud.test"), told.to(Connection::default())));
    assert!(server.text("out").contains("cloud.test is 127.0.0.2"), "{}", server.text("out"));
    assert_eq!(told.repeated_for(), [0; 0], "{}", told.texts());
}

#[test]
fn a_name_that_is_not_found_is_told_from_one_that_cannot_be_looked_up() {
    within("inside_names_are_not_found");
}

#[test]
#[ignore = "run by the test above, in namespaces"]
fn inside_names_are_not_found() {
    let server = dnsmasq(&["--local=/test/"]);
    ask("nameserver 127.0.0.1\n");
    let cloud = TestCloud::start();
    let connection = Connection { max_retries: 2, ..Connection::default() };
    // It does not exist; the server refuses to say.
    for (name, is_final) in [("nowhere.test", true), ("nowhere.example", false)] {
        let told = Told::default();
        let error = refused(&client(&url(&cloud, name), told.to(connection.clone())));
        assert!(error.message().contains(&format!("cannot find the host {name}")), "{error}");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Network, !is_final), "{error}");
        assert_eq!(told.repeated_for().len(), if is_final { 0 } else { 2 }, "{}", told.texts());
        assert!(server.text("out").contains(&format!("query[A] {name}")), "{}", server.text("out"));
    }
    // Nobody says anything.
    let _silent = UdpSocket::bind("127.0.0.9:53").expect("a socket");
    ask("nameserver 127.0.0.9\n");
    let connect_timeout = Duration::from_millis(500);
    let connection = Connection { connect_timeout, max_retries: 0, ..Connection::default() };
    let error = refused(&client(&url(&cloud, "cloud.test"), connection));
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Timeout, true), "{error}");
    assert!(error.message().contains("the name service has not answered"), "{error}");
    assert!(cloud.requests().is_empty());
}
