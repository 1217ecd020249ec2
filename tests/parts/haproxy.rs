//! HAProxy between Ferry and the local cloud. It speaks TLS to both.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;

use ferry::filestack::Client;
use ferry::http::Connection;
use ferry::telestream;
use ferry::transfer::source::Source;
use serde_json::json;

use crate::authority::Authority;
use crate::program::{Found, Program, folder, port, until};
use crate::support::{TestCloud, flip};
use crate::trip::{Told, arrives, client, data, films, films_too_large, refused, round_trip, too_large};
use crate::{secure_cloud, upstream};

struct HaProxy {
    program: Program,
    cloud: TestCloud,
    authority: Authority,
}

impl HaProxy {
    /// `directives` are of what clients connect to. None where HAProxy is not there.
    fn start(directives: &str) -> Option<HaProxy> {
        let found = Found::look_for("haproxy", "what goes through HAProxy")?;
        let cloud = secure_cloud();
        let authority = Authority::new("a private authority");
        let identity = authority.identity();
        let (folder, port) = (folder(), port());
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
        write("server.pem", &format!("{}{}", identity.chain, identity.key));
        write("haproxy.cfg", &configuration(folder.path(), port, directives, &upstream(&cloud)));
        let mut command = found.command();
        command.args(["-db", "-f", "haproxy.cfg"]);
        Some(HaProxy { program: Program::start(&mut command, folder, port), cloud, authority })
    }

    fn client(&self, connection: Connection) -> Arc<Client> {
        client(&self.url(), self.authority.trusted(self.program.folder(), connection))
    }

    fn of_films(&self, connection: Connection) -> Arc<telestream::Client> {
        flip::client(self.url(), self.authority.trusted(self.program.folder(), connection))
    }

    fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.program.port)
    }

    /// What it answers to a command of its administrator.
    fn command(&self, command: &str) -> String {
        let path = self.program.folder().join("admin");
        let mut connected = None;
        until("its administrator is listened to", || {
            connected = UnixStream::connect(&path).ok();
            connected.is_some()
        });
        let mut socket = connected.expect("a connection");
        socket.write_all(format!("{command}\n").as_bytes()).expect("sent");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("received");
        answer
    }

    /// How many connections clients have open.
    fn connections(&self) -> u64 {
        let all = self.command("show stat");
        let line = all.lines().find(|line| line.starts_with("front,FRONTEND,")).expect("a line");
        line.split(',').nth(4).and_then(|count| count.parse().ok()).expect("a number")
    }

    /// How many requests it has answered with `status`, or connections: it calls a connection without a
    /// request a bad one.
    fn count(&self, status: u16) -> usize {
        self.program.text("out").lines().filter(|line| line.starts_with(&format!("STATUS={status} "))).count()
    }
}

fn configuration(folder: &Path, port: u16, directives: &str, upstream: &str) -> String {
    let folder = folder.display();
    format!(
        "global
            log stdout format raw local0
            stats socket {folder}/admin level admin
            maxconn 256
            tune.bufsize 4096
            tune.maxrewrite 1024
        defaults
            mode http
            log global
            log-format 'STATUS=%ST state=%tsc %HM'
            option http-server-close
            retries 0
            timeout connect 10s
            timeout server 60s
        frontend front
            bind 127.0.0.1:{port} ssl crt server.pem
            {directives}
            default_backend back
        backend back
            server cloud {upstream} ssl verify none\n"
    )
}

const SHORT: &str = "timeout client 1s\n timeout http-keep-alive 1s\n timeout http-request 1s";

const LONG: &str = "timeout client 60s";

#[test]
fn timeouts_may_be_short() {
    let Some(haproxy) = HaProxy::start(SHORT) else { return };
    // The connections that wait for the parts meet a timeout before there is a part to send.
    haproxy.cloud.faults(json!([{"class": "start", "times": 1, "action": {"hold_ms": 2500}}]));
    let told = Told::default();
    let client = haproxy.client(told.to(Connection::default()));
    round_trip(&haproxy.cloud, &client);
    assert_eq!(haproxy.cloud.fired(), [1]);
    assert!(haproxy.count(408) > 0, "no connection was closed that was opened ahead");
    until("HAProxy has closed all connections", || haproxy.connections() == 0);
    round_trip(&haproxy.cloud, &client);
    films(&haproxy.cloud, &haproxy.of_films(told.to(Connection::default())));
    assert_eq!(told.repeated_for(), [0; 0], "{}", told.texts());
}

#[test]
fn an_upload_goes_on_when_there_is_a_server_again() {
    let Some(haproxy) = HaProxy::start(LONG) else { return };
    let told = Told::default();
    let client = haproxy.client(told.to(Connection::default()));
    let data = data();
    let (reached, half) = mpsc::channel();
    let (open, opened) = mpsc::channel();
    // Two parts, and the others when the test says so.
    let mut rest = data.clone();
    let mut given = 0;
    let read = move |buffer: &mut [u8]| {
        const HALF: usize = 10 << 20;
        if given == HALF {
            reached.send(()).expect("the test waits");
            opened.recv().expect("the test answers");
        }
        let most = if given < HALF { HALF - given } else { usize::MAX };
        let count = buffer.len().min(rest.len()).min(most);
        buffer[..count].copy_from_slice(&rest[..count]);
        rest.drain(..count);
        given += count;
        Ok(count)
    };
    let source = Source::of_reader(Some(data.len() as u64), read).expect("a source");
    thread::scope(|scope| {
        let upload = scope.spawn(|| arrives(&haproxy.cloud, &client, &data, source));
        half.recv().expect("half of it was read");
        until("two parts are stored", || haproxy.cloud.confirmed("put") == 2);
        haproxy.command("disable server back/cloud");
        open.send(()).expect("the reader waits");
        until("requests were refused", || haproxy.count(503) >= 2);
        assert_eq!(haproxy.cloud.confirmed("put"), 2);
        haproxy.command("enable server back/cloud");
        upload.join().expect("no panic");
    });
    let statuses = told.repeated_for();
    assert!(statuses.len() >= 2 && statuses.iter().all(|status| *status == 503), "{statuses:?}");
}

#[test]
fn an_upload_that_never_finds_a_server_says_so() {
    let Some(haproxy) = HaProxy::start(LONG) else { return };
    haproxy.command("disable server back/cloud");
    let error = refused(&haproxy.client(Connection { max_retries: 2, ..Connection::default() }));
    assert_eq!((error.http_status(), error.step(), error.retryable()), (503, "start", true), "{error}");
    until("HAProxy has written of each attempt", || haproxy.count(503) == 3);
    assert!(haproxy.cloud.requests().is_empty());
}

#[test]
fn a_part_that_is_too_large_for_it_is_refused_once() {
    let rule = "http-request deny deny_status 413 if { req.hdr_val(content-length) gt 8192 }";
    let Some(haproxy) = HaProxy::start(&format!("{LONG}\n {rule}")) else { return };
    too_large(&haproxy.cloud, |connection| haproxy.client(connection));
    films_too_large(&haproxy.cloud, |connection| haproxy.of_films(connection));
    until("HAProxy has written why", || haproxy.count(413) > 0);
}
