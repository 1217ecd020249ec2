//! nginx between Ferry and the local cloud. It speaks TLS to both, and HTTP/1.0 to the cloud.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use ferry::error::ErrorKind;
use ferry::filestack::Client;
use ferry::http::Connection;
use ferry::telestream;
use serde_json::json;

use crate::authority::{Authority, Identity};
use crate::program::{Found, Program, folder, port, until};
use crate::support::{TestCloud, flip};
use crate::trip::{PARTS, Told, client, films, films_too_large, refused, round_trip, too_large};
use crate::{secure_cloud, upstream};

/// A cloud behind nginx, and an authority that vouches for nginx.
pub struct Nginx {
    pub program: Program,
    pub cloud: TestCloud,
    pub authority: Authority,
}

/// A request that nginx has answered.
struct Line {
    protocol: String,
    connection: u64,
    /// How many requests came by that connection, with this one.
    requests: u64,
    status: u16,
    method: String,
}

impl Nginx {
    /// `directives` are of the server. None where nginx is not there.
    fn start(directives: &str) -> Option<Nginx> {
        let authority = Authority::new("a private authority");
        let identity = authority.identity();
        Self::with(directives, authority, &identity)
    }

    pub fn with(directives: &str, authority: Authority, identity: &Identity) -> Option<Nginx> {
        let found = Found::look_for("nginx", "what goes through nginx")?;
        let cloud = secure_cloud();
        let (folder, port) = (folder(), port());
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
        write("chain.pem", &identity.chain);
        write("key.pem", &identity.key);
        write("nginx.conf", &configuration(port, directives, &upstream(&cloud)));
        let mut command = found.command();
        command.arg("-p").arg(folder.path()).args(["-c", "nginx.conf", "-e", "error.log"]);
        Some(Nginx { program: Program::start(&mut command, folder, port), cloud, authority })
    }

    pub fn client(&self, connection: Connection) -> Arc<Client> {
        client(&self.url(), self.authority.trusted(self.program.folder(), connection))
    }

    fn of_films(&self, connection: Connection) -> Arc<telestream::Client> {
        flip::client(self.url(), self.authority.trusted(self.program.folder(), connection))
    }

    fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.program.port)
    }

    fn lines(&self) -> Vec<Line> {
        let line = |line: &str| {
            let mut words = line.split(' ').map(str::to_owned);
            let mut word = || words.next().expect("a word");
            Line {
                protocol: word(),
                connection: word().parse().expect("a number"),
                requests: word().parse().expect("a number"),
                status: word().parse().expect("a status"),
                method: word(),
            }
        };
        let log = self.program.text("access.log");
        // The last one may be in the course of being written.
        let (whole, _) = log.rsplit_once('\n').unwrap_or_default();
        whole.lines().map(line).collect()
    }

    /// How many connections clients have open.
    fn connections(&self) -> u64 {
        let mut status = UnixStream::connect(self.program.folder().join("status")).expect("a connection");
        status.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("sent");
        let mut answer = String::new();
        status.read_to_string(&mut answer).expect("received");
        let (_, rest) = answer.split_once("Active connections: ").expect("a count");
        let count: u64 = rest.split_whitespace().next().and_then(|n| n.parse().ok()).expect("a number");
        count - 1 // this one
    }
}

fn configuration(port: u16, directives: &str, upstream: &str) -> String {
    format!(
        "daemon off;
        master_process off;
        pid pid;
        error_log error.log warn;
        events {{ worker_connections 512; }}
        http {{
            log_format line '$ssl_protocol $connection $connection_requests $status $request_method';
            access_log access.log line;
            client_body_temp_path body;
            proxy_temp_path answers;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            server {{
                listen 127.0.0.1:{port} ssl;
                ssl_certificate chain.pem;
                ssl_certificate_key key.pem;
                {directives}
                location / {{
                    proxy_pass https://{upstream};
                    proxy_http_version 1.0;
                    proxy_set_header Host $http_host;
                }}
            }}
            server {{
                listen unix:status;
                access_log off;
                location / {{ stub_status; }}
            }}
        }}"
    )
}

const LARGE: &str = "client_max_body_size 0;";

#[test]
fn buffers_may_be_tiny_and_requests_kept_back_or_passed_on() {
    const TINY: &str = "client_max_body_size 0;
        client_header_buffer_size 256;
        large_client_header_buffers 4 2k;
        client_body_buffer_size 1k;
        ssl_buffer_size 1k;
        output_buffers 1 1k;
        proxy_buffer_size 2k;
        proxy_buffers 4 1k;
        proxy_busy_buffers_size 2k;
        proxy_max_temp_file_size 0;";
    for buffering in ["on", "off"] {
        let directives = format!("{TINY} proxy_request_buffering {buffering};");
        let Some(nginx) = Nginx::start(&directives) else { return };
        round_trip(&nginx.cloud, &nginx.client(Connection::default()));
        films(&nginx.cloud, &nginx.of_films(Connection::default()));
        // It has kept bodies in files, or else has not.
        let is_kept = nginx.program.text("error.log").contains("a client request body is buffered");
        assert_eq!(is_kept, buffering == "on");
    }
}

#[test]
fn either_version_of_tls_will_do() {
    for (version, is_spoken) in [("TLSv1.2", true), ("TLSv1.3", true), ("TLSv1", false), ("TLSv1.1", false)] {
        // Of the old ones OpenSSL itself has to be persuaded.
        let directives = format!("{LARGE} ssl_protocols {version}; ssl_ciphers DEFAULT:@SECLEVEL=0;");
        let Some(nginx) = Nginx::start(&directives) else { return };
        let client = nginx.client(Connection::default());
        if is_spoken {
            round_trip(&nginx.cloud, &client);
            assert!(nginx.lines().iter().all(|line| line.protocol == version));
        } else {
            let error = refused(&client);
            assert_eq!(error.kind(), ErrorKind::Network);
            assert!(error.message().contains("does not speak TLS 1.2 or 1.3"), "{error}");
            assert!(!error.retryable(), "{error}");
            assert!(nginx.cloud.requests().is_empty());
        }
    }
}

#[test]
fn a_connection_may_end_after_two_requests() {
    let Some(nginx) = Nginx::start(&format!("{LARGE} keepalive_requests 2;")) else { return };
    let told = Told::default();
    round_trip(&nginx.cloud, &nginx.client(told.to(Connection::default())));
    films(&nginx.cloud, &nginx.of_films(told.to(Connection::default())));
    assert_eq!(told.repeated_for(), [0; 0], "the answer says that it is the last");
    let lines = nginx.lines();
    assert!(lines.iter().any(|line| line.requests == 2) && lines.iter().all(|line| line.requests <= 2));
}

#[test]
fn connections_that_were_closed_while_nobody_used_them_are_not_used() {
    let directives = format!("{LARGE} keepalive_timeout 1s; client_header_timeout 1s;");
    let Some(nginx) = Nginx::start(&directives) else { return };
    // Those that wait for the parts are closed before there is a part to send.
    nginx.cloud.faults(json!([{"class": "start", "times": 1, "action": {"hold_ms": 2500}}]));
    let told = Told::default();
    let client = nginx.client(told.to(Connection::default()));
    round_trip(&nginx.cloud, &client);
    assert_eq!(nginx.cloud.fired(), [1]);
    until("nginx has closed all connections", || nginx.connections() == 0);
    let old = nginx.lines().iter().map(|line| line.connection).max();
    let count = nginx.lines().len();
    round_trip(&nginx.cloud, &client);
    assert!(nginx.lines().iter().skip(count).all(|line| Some(line.connection) > old));
    assert_eq!(told.repeated_for(), [0; 0], "{}", told.texts());
}

#[test]
fn a_part_that_is_too_large_for_it_is_refused_once() {
    let Some(nginx) = Nginx::start("client_max_body_size 8k;") else { return };
    too_large(&nginx.cloud, |connection| nginx.client(connection));
    films_too_large(&nginx.cloud, |connection| nginx.of_films(connection));
    until("nginx has written why", || nginx.lines().iter().any(|line| line.status == 413));
    assert!(nginx.lines().iter().filter(|line| line.method == "PUT").count() <= PARTS);
}
