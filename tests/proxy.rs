//! Uploads through an HTTP proxy: a small CONNECT proxy in the test, between Ferry and the local cloud.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ferry::error::ErrorKind;
use ferry::filestack::{Client, ClientOptions, RequestOptions, Upload, UploadOptions};
use ferry::http::Connection;
use ferry::transfer::source::Source;
use localcloud::Options;
use support::{TestCloud, noise};

/// Tunnels whoever brings `authorization`; counts the tunnels.
fn proxy(authorization: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let tunnels = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tunnels);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let count = Arc::clone(&count);
            thread::spawn(move || tunnel(client, authorization, &count));
        }
    });
    (address, tunnels)
}

fn tunnel(mut client: TcpStream, authorization: &str, count: &AtomicUsize) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let target = head.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
    if !head.contains(authorization) {
        client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").ok()?;
        return None;
    }
    let mut server = TcpStream::connect(&target).ok()?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").ok()?;
    count.fetch_add(1, Ordering::Relaxed);
    let (mut from_server, mut to_client) = (server.try_clone().ok()?, client.try_clone().ok()?);
    let back = thread::spawn(move || std::io::copy(&mut from_server, &mut to_client));
    std::io::copy(&mut reader, &mut server).ok()?;
    server.shutdown(std::net::Shutdown::Write).ok()?;
    back.join().ok()?.ok()?;
    Some(())
}

fn round_trip(client: &Arc<Client>) {
    let data = noise((6 << 20) + 1);
    let upload =
        Upload::new(client, Source::Bytes(&data), None, UploadOptions::default()).expect("an upload");
    upload.run(None).expect("uploaded");
    let content = upload.filelink().and_then(|link| link.content(&RequestOptions::default(), None));
    assert!(content.expect("fetched") == data, "other bytes are stored");
}

// base64 of "user:secret"
const AUTHORIZED: &str = "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=";

#[test]
fn everything_goes_through_the_proxy() {
    let cloud = TestCloud::start();
    let (address, tunnels) = proxy(AUTHORIZED);
    let proxy = Some(format!("http://user:secret@{address}"));
    round_trip(&cloud.client(Connection { proxy, ..Connection::default() }));
    assert!(tunnels.load(Ordering::Relaxed) > 0, "the proxy was passed by");
}

#[test]
fn tls_goes_through_the_proxy_end_to_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca_file = folder.path().join("ca.pem");
    let https = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let cloud = TestCloud::with(Options { https, ca_out: Some(ca_file.clone()), ..Options::default() });
    let (address, tunnels) = proxy("");
    let connection = Connection {
        proxy: Some(format!("http://{address}")),
        ca_file: ca_file.to_str().map(str::to_owned),
        ..Connection::default()
    };
    let options = ClientOptions { base_url: cloud.https_url(), connection, ..ClientOptions::default() };
    round_trip(&Client::new("TESTKEY", options).expect("a client"));
    assert!(tunnels.load(Ordering::Relaxed) > 0, "the proxy was passed by");
}

#[test]
fn a_proxy_that_refuses_is_named_but_not_the_password() {
    let cloud = TestCloud::start();
    let (address, _) = proxy(AUTHORIZED);
    let proxy = Some(format!("http://user:wrong-password@{address}"));
    let client = cloud.client(Connection { proxy, max_retries: 0, ..Connection::default() });
    let upload =
        Upload::new(&client, Source::Bytes(b"x"), None, UploadOptions::default()).expect("an upload");
    let error = upload.run(None).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.message().contains("proxy") && error.message().contains("407"), "{error}");
    assert!(!format!("{error:?}").contains("wrong-password"), "{error:?}");
}
