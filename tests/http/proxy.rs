//! Through an HTTP proxy: a small proxy in the test, between Ferry and the local cloud.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use ferry::error::{Error, ErrorKind};
use ferry::filestack::{Client, ClientOptions, RequestOptions, Upload, UploadOptions};
use ferry::http::Connection;
use ferry::transfer::source::Source;
use localcloud::Options;
use serde_json::json;

use crate::support::{TestCloud, noise};

// base64 of "user:secret"
const AUTHORIZED: &str = "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n";

/// Forwards absolute-form requests and tunnels CONNECT.
struct TestProxy {
    address: SocketAddr,
    log: Arc<Log>,
}

#[derive(Default)]
struct Log {
    connections: AtomicUsize,
    heads: Mutex<Vec<String>>,
}

impl TestProxy {
    /// Serves requests that have `authorization` in their head; `refusal` is the answer to all others.
    fn start(authorization: &'static str, refusal: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let log = Arc::new(Log::default());
        let shared = Arc::clone(&log);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let log = Arc::clone(&shared);
                thread::spawn(move || serve(client, authorization, refusal, &log));
            }
        });
        TestProxy { address, log }
    }

    fn open() -> Self {
        Self::start("", "")
    }

    /// The first line of every request.
    fn lines(&self) -> Vec<String> {
        self.heads().iter().map(|head| head.lines().next().unwrap_or_default().to_owned()).collect()
    }

    fn heads(&self) -> Vec<String> {
        self.log.heads.lock().expect("the log").clone()
    }
}

fn serve(client: TcpStream, authorization: &str, refusal: &str, log: &Log) -> io::Result<()> {
    let mut to_client = client.try_clone()?;
    let mut from_client = BufReader::new(client);
    loop {
        let head = read_head(&mut from_client)?;
        log.heads.lock().expect("the log").push(head.clone());
        if !head.contains(authorization) {
            // With the body drained, the answer is not lost to a reset.
            io::copy(&mut (&mut from_client).take(content_length(&head)), &mut io::sink())?;
            to_client.write_all(format!("HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n").as_bytes())?;
            continue;
        }
        let (method, rest) = head.split_once(' ').expect("a request line");
        let (target, rest) = rest.split_once(' ').expect("a target");
        if method == "CONNECT" {
            return tunnel(from_client, to_client, target);
        }
        let (authority, path) =
            match target.strip_prefix("http://").and_then(|t| t.find('/').map(|i| t.split_at(i))) {
                Some(parts) => parts,
                None => {
                    to_client
                        .write_all(b"HTTP/1.1 400 Not a request for a proxy\r\nContent-Length: 0\r\n\r\n")?;
                    continue;
                }
            };
        let mut server = TcpStream::connect(authority)?;
        let head = format!("{method} {path} {rest}").replace(AUTHORIZED, "");
        server.write_all(head.as_bytes())?;
        io::copy(&mut (&mut from_client).take(content_length(&head)), &mut server)?;
        let mut from_server = BufReader::new(server);
        let head = read_head(&mut from_server)?;
        to_client.write_all(head.as_bytes())?;
        let is_counted = head.to_ascii_lowercase().contains("\r\ncontent-length:");
        let length = if is_counted || method == "HEAD" { content_length(&head) } else { u64::MAX };
        io::copy(&mut from_server.take(length), &mut to_client)?;
        if !is_counted {
            return to_client.shutdown(Shutdown::Both);
        }
    }
}

fn read_head(reader: &mut impl BufRead) -> io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}

fn content_length(head: &str) -> u64 {
    let lower = head.to_ascii_lowercase();
    let value = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    value.and_then(|v| v.trim().parse().ok()).unwrap_or(0)
}

fn tunnel(mut from_client: BufReader<TcpStream>, mut to_client: TcpStream, target: &str) -> io::Result<()> {
    let mut server = TcpStream::connect(target)?;
    to_client.write_all(b"HTTP/1.1 200 Connected\r\nVia: test\r\n\r\n")?;
    let mut from_server = server.try_clone()?;
    let back = thread::spawn(move || io::copy(&mut from_server, &mut to_client));
    io::copy(&mut from_client, &mut server)?;
    server.shutdown(Shutdown::Write)?;
    back.join().expect("no panic")?;
    Ok(())
}

fn upload(client: &Arc<Client>, data: &[u8]) -> Result<Upload<'static>, Error> {
    let data = data.to_vec().leak();
    let upload = Upload::new(client, Source::Bytes(data), None, UploadOptions::default())?;
    upload.run(None)?;
    Ok(upload)
}

fn round_trip(client: &Arc<Client>) {
    let data = noise((6 << 20) + 1);
    let upload = upload(client, &data).expect("uploaded");
    let content = upload.filelink().and_then(|link| link.content(&RequestOptions::default(), None));
    assert!(content.expect("fetched") == data, "other bytes are stored");
}

fn through(proxy: &TestProxy, user: &str) -> Connection {
    Connection { proxy: Some(format!("http://{user}{}", proxy.address)), ..Connection::default() }
}

/// Panics if the password of a proxy has come to the cloud.
fn assert_has_no_password(cloud: &TestCloud) {
    let requests = cloud.requests();
    assert!(!requests.is_empty(), "nothing has come");
    for request in requests {
        assert_eq!(request["headers"]["proxy-authorization"], false, "{request}");
    }
}

/// A cloud that speaks TLS, and a client of it.
fn tls_cloud(connection: Connection) -> (TestCloud, Arc<Client>) {
    let folder = tempfile::tempdir().expect("a folder");
    let ca_file = folder.path().join("ca.pem");
    let https = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let cloud = TestCloud::with(Options { https, ca_out: Some(ca_file.clone()), ..Options::default() });
    let connection = Connection { ca_file: ca_file.to_str().map(str::to_owned), ..connection };
    let options = ClientOptions { base_url: cloud.https_url(), connection, ..ClientOptions::default() };
    let client = Client::new("TESTKEY", options).expect("a client");
    (cloud, client)
}

#[test]
fn plain_http_is_forwarded_and_not_tunnelled() {
    let cloud = TestCloud::start();
    let proxy = TestProxy::start(AUTHORIZED, "407 Proxy Authentication Required");
    round_trip(&cloud.client(through(&proxy, "user:secret@")));
    let heads = proxy.heads();
    for head in &heads {
        let target = head.split(' ').nth(1).unwrap_or_default();
        assert!(target.starts_with(&format!("{}/", cloud.url())), "not in absolute form: {head}");
        let host = format!("host: {}\r\n", cloud.url().trim_start_matches("http://"));
        assert!(head.contains(&host), "the target's name is missing: {head}");
    }
    let connections = proxy.log.connections.load(Ordering::Relaxed);
    assert!(connections < heads.len(), "{} requests took {connections} connections", heads.len());
}

#[test]
fn https_is_tunnelled() {
    let proxy = TestProxy::start(AUTHORIZED, "407 Proxy Authentication Required");
    let (cloud, client) = tls_cloud(through(&proxy, "user:secret@"));
    let again = json!({"redirect": "{https}{path}?dl=true", "status": 307});
    cloud.faults(json!([{"class": "deliver", "times": 1, "action": again}]));
    round_trip(&client);
    assert_eq!(cloud.fired(), [1]);
    assert_has_no_password(&cloud);
    let target = cloud.https_url().expect("a URL").replace("https://", "");
    let lines = proxy.lines();
    assert!(
        !lines.is_empty() && lines.iter().all(|l| *l == format!("CONNECT {target} HTTP/1.1")),
        "{lines:?}"
    );
}

/// Asking again with the same password gets an account locked.
#[test]
fn a_refused_password_is_sent_once_and_never_shown() {
    let cloud = TestCloud::start();
    let proxy = TestProxy::start(AUTHORIZED, "407 Proxy Authentication Required");
    let connection = through(&proxy, "user:wrong-password@");
    let (_tls, https) = tls_cloud(connection.clone());
    for (client, requests) in [(cloud.client(connection), 1), (https, 2)] {
        let error = upload(&client, b"x").map(|_| ()).expect_err("refused");
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 407), "{error}");
        assert!(!error.retryable(), "{error}");
        for part in ["proxy", "user and password", &proxy.address.to_string()] {
            assert!(error.message().contains(part), "{part} is not in: {error}");
        }
        // base64 of "user:wrong-password"
        for secret in ["wrong-password", "dXNlcjp3cm9uZy1wYXNzd29yZA"] {
            assert!(!format!("{error:?}{}", error.body()).contains(secret), "{error:?}");
        }
        assert_eq!(proxy.heads().len(), requests, "{:?}", proxy.lines());
    }
}

/// tinyproxy answers so.
#[test]
fn a_password_that_is_refused_by_401_is_the_proxys_too() {
    let cloud = TestCloud::start();
    let refusal = "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"";
    let proxy = TestProxy::start(AUTHORIZED, refusal);
    let connection = through(&proxy, "user:wrong-password@");
    let (_tls, https) = tls_cloud(connection.clone());
    for (client, requests) in [(cloud.client(connection), 1), (https, 2)] {
        let error = upload(&client, b"x").map(|_| ()).expect_err("refused");
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 407), "{error}");
        assert!(!error.retryable() && error.message().contains("user and password of `proxy`"), "{error}");
        assert!(!error.message().contains("policy"), "{error}");
        assert_eq!(proxy.heads().len(), requests, "{:?}", proxy.lines());
    }
}

/// Without one of its own the proxy has nothing to refuse.
#[test]
fn a_401_of_the_server_stays_one() {
    let cloud = TestCloud::start();
    cloud.faults(json!([{"class": "start", "action": {"status": 401, "body": "who?"}}]));
    let proxy = TestProxy::open();
    for user in ["", "user:secret@"] {
        let error = upload(&cloud.client(through(&proxy, user)), b"x").map(|_| ()).expect_err("refused");
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 401), "{error}");
        assert!(!error.message().contains("proxy"), "{error}");
    }
    assert_eq!(cloud.fired(), [2]);
}

#[test]
fn a_proxy_that_wants_a_password_says_so() {
    let cloud = TestCloud::start();
    let proxy = TestProxy::start(AUTHORIZED, "407 Proxy Authentication Required");
    let error = upload(&cloud.client(through(&proxy, "")), b"x").map(|_| ()).expect_err("refused");
    assert!(error.message().contains("http://user:password@"), "{error}");
}

#[test]
fn a_refused_tunnel_names_the_status_and_only_a_passing_one_is_asked_for_again() {
    for (refusal, status, requests) in [("403 Forbidden", "403", 1), ("503 Service Unavailable", "503", 3)] {
        let proxy = TestProxy::start("nothing has this", refusal);
        let (_cloud, client) = tls_cloud(Connection { max_retries: 2, ..through(&proxy, "") });
        let error = upload(&client, b"x").map(|_| ()).expect_err("refused");
        assert_eq!(error.retryable(), requests > 1, "{error}");
        let named = error.message().contains("proxy") && error.message().contains(status);
        assert!(named && error.message().contains(&proxy.address.to_string()), "{error}");
        assert_eq!(proxy.heads().len(), requests, "{error}");
    }
}

#[test]
fn a_port_that_is_none_is_refused() {
    for port in ["65536", "99999", "0", "http", "-1", "8080x"] {
        let proxy = Some(format!("http://user:hunter2@127.0.0.1:{port}"));
        let connection = Connection { proxy, ..Connection::default() };
        let options = ClientOptions { connection, ..ClientOptions::default() };
        let error = Client::new("TESTKEY", options).map(|_| ()).expect_err(port);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains("proxy") && !error.message().contains("hunter2"), "{error}");
    }
}

/// Runs `test` of this program as a process of its own, with this environment.
fn run_with(test: &str, environment: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args([test, "--exact", "--ignored", "--nocapture"]).envs(environment.iter().copied());
    let output = command.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{environment:?}\n{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Uploads to `TEST_URL` and downloads again, through the proxy of `TEST_PROXY` if there is one.
#[test]
#[ignore = "run by other tests, as a process of its own"]
fn child() {
    let variable = |name| std::env::var(name).ok();
    let connection = Connection { proxy: variable("TEST_PROXY"), ..Connection::default() };
    let options = ClientOptions { base_url: variable("TEST_URL"), connection, ..ClientOptions::default() };
    let upload =
        upload(&Client::new("TESTKEY", options).expect("a client"), b"some bytes").expect("uploaded");
    let content = upload.filelink().and_then(|link| link.content(&RequestOptions::default(), None));
    assert_eq!(content.expect("fetched"), b"some bytes");
}

/// Nobody listens there.
const DEAD: &str = "http://127.0.0.1:1";

#[test]
fn the_environment_is_not_looked_at_unless_it_is_asked_for() {
    let cloud = TestCloud::start();
    let names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    let mut environment: Vec<_> = names.map(|name| (name, DEAD)).into();
    let url = cloud.url().replace("127.0.0.1", "localhost");
    environment.push(("TEST_URL", url.as_str()));
    // Elsewhere no thread of the test itself could start.
    if cfg!(unix) {
        environment.push(("RUST_MIN_STACK", "1000000000000000000"));
    }
    run_with("proxy::child", &environment);
}

#[test]
fn the_environment_names_the_proxy_when_it_is_asked_for() {
    let cloud = TestCloud::start();
    let url = cloud.url();
    let proxy = TestProxy::open();
    let address = proxy.address.to_string();
    let here = format!("http://{address}");
    let asked = [("TEST_URL", url.as_str()), ("TEST_PROXY", "environment")];
    let with = |more: &[(&str, &str)]| {
        let before = proxy.heads().len();
        run_with("proxy::child", &[&asked, more].concat());
        proxy.heads().len() > before
    };
    assert!(with(&[("http_proxy", &here), ("all_proxy", DEAD), ("https_proxy", DEAD)]));
    assert!(with(&[("http_proxy", &address)]), "a proxy without a scheme");
    assert!(with(&[("ALL_PROXY", &here)]));
    // A web server sets HTTP_PROXY from a header of the request ("httpoxy").
    assert!(!with(&[("HTTP_PROXY", DEAD), ("REQUEST_METHOD", "GET")]));
    // On Windows that is `http_proxy`, and asked for by who sets it elsewhere.
    assert_eq!(with(&[("HTTP_PROXY", if cfg!(windows) { &here } else { DEAD })]), cfg!(windows));
    assert!(!with(&[("http_proxy", DEAD), ("NO_PROXY", "example.com, 127.0.0.0/8")]));
    assert!(!with(&[("http_proxy", DEAD), ("no_proxy", "*")]));
    assert!(!with(&[]));
}

#[test]
fn a_password_goes_to_the_proxy_alone() {
    let cloud = TestCloud::start();
    let proxy = TestProxy::start(AUTHORIZED, "407 Proxy Authentication Required");
    let with_password = format!("http://user:secret@{}", proxy.address);
    let run = |url: &str| {
        let asked = [("TEST_URL", url), ("TEST_PROXY", "environment")];
        let environment = [("http_proxy", with_password.as_str()), ("no_proxy", "127.0.0.1")];
        run_with("proxy::child", &[asked, environment].concat());
        assert_has_no_password(&cloud);
    };
    run(&cloud.url());
    assert_eq!(proxy.lines(), [""; 0], "what needs no proxy went through it");

    // By its name the cloud is behind the proxy. It sends the download to its address, which is not.
    let redirect = json!({"redirect": "{http}{path}", "status": 307});
    cloud.faults(json!([{"class": "deliver", "times": 1, "action": redirect}]));
    run(&cloud.url().replace("127.0.0.1", "localhost"));
    assert_eq!(cloud.fired(), [1]);
    let heads = proxy.heads();
    assert!(!heads.is_empty() && heads.iter().all(|head| head.contains(AUTHORIZED)), "{heads:?}");
    let (last, address) = (cloud.requests().pop().expect("a request"), cloud.url().replace("http://", ""));
    assert_eq!((&last["class"], &last["headers"]["host"]), (&json!("deliver"), &json!(address)));
}
