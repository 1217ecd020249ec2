//! A small client that speaks the upload API over real sockets, for the tests beside it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use hmac::{Hmac, KeyInit, Mac};
use image::{ImageFormat, Rgb, RgbImage};
use localcloud::{Cloud, Options};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha2::Sha256;
use ureq::Agent;
use ureq::http::HeaderMap;

pub const MIB: usize = 1024 * 1024;

pub fn cloud() -> Cloud {
    Cloud::start(Options::default()).expect("the cloud starts")
}

/// Bytes that differ from place to place and from seed to seed.
pub fn bytes(length: usize, seed: u8) -> Vec<u8> {
    let mut state = u32::from(seed) | 1;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

pub fn md5(bytes: &[u8]) -> String {
    STANDARD.encode(Md5::digest(bytes))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Policy and signature.
pub fn sign(policy: &Value, secret: &str) -> (String, String) {
    let encoded = URL_SAFE.encode(policy.to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(encoded.as_bytes());
    (encoded, hex(&mac.finalize().into_bytes()))
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON expected: {self:?}"))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

pub struct Client {
    base: String,
    agent: Agent,
}

pub type Outcome = Result<Answer, ureq::Error>;

impl Client {
    pub fn of(cloud: &Cloud) -> Client {
        Client::at(&cloud.http_url())
    }

    pub fn at(base: &str) -> Client {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)));
        Client { base: base.to_owned(), agent: config.build().into() }
    }

    /// One request; `path` may also be a whole URL.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Outcome {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bodyless = matches!(method, "GET" | "HEAD" | "DELETE");
        let mut response = if bodyless {
            self.agent.run(request.body(()).expect("a request"))?
        } else {
            self.agent.run(request.body(body).expect("a request"))?
        };
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec()?;
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").expect("an answer")
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).expect("an answer")
    }

    pub fn try_post(&self, path: &str, body: &Value) -> Outcome {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    pub fn control(&self, name: &str, body: &Value) {
        let answer = self.send("PUT", &format!("/_local/{name}"), &[], body.to_string().as_bytes());
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    pub fn faults(&self, rules: Value) {
        self.control("faults", &rules);
    }

    pub fn requests(&self) -> Vec<Value> {
        self.get("/_local/requests").json().as_array().expect("a list").clone()
    }
}

/// An upload that is carried out by hand, step by step.
pub struct Upload<'a> {
    pub client: &'a Client,
    pub started: Value,
    pub size: usize,
    pub extra: Value,
}

/// `start` with a valid body, to be changed by the tests.
pub fn start_body(size: usize) -> Value {
    json!({
        "apikey": "KEY", "filename": "file.bin", "mimetype": "application/octet-stream", "size": size,
        "store": {"location": "s3"},
    })
}

pub fn merge(mut body: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

impl<'a> Upload<'a> {
    /// `extra` goes into every body: a policy and its signature.
    pub fn start(client: &'a Client, size: usize, fii: bool, extra: Value) -> Upload<'a> {
        let mut body = merge(start_body(size), &extra);
        if fii {
            body["fii"] = json!(true);
        }
        let answer = client.post("/multipart/start", &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        Upload { client, started: answer.json(), size, extra }
    }

    pub fn common(&self) -> Value {
        let common = json!({
            "apikey": "KEY", "uri": self.started["uri"], "region": self.started["region"],
            "upload_id": self.started["upload_id"], "store": {"location": "s3"},
        });
        merge(common, &self.extra)
    }

    /// The signed PUT for these bytes.
    pub fn sign(&self, part: usize, offset: Option<usize>, data: &[u8]) -> Value {
        let mut body = merge(self.common(), &json!({"part": part, "size": data.len(), "md5": md5(data)}));
        if let Some(offset) = offset {
            body = merge(body, &json!({"offset": offset, "fii": true}));
        }
        let answer = self.client.post("/multipart/upload", &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    pub fn put(&self, signed: &Value, data: &[u8]) -> Outcome {
        let headers = signed["headers"].as_object().expect("headers");
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str().expect("text"))).collect();
        self.client.send("PUT", signed["url"].as_str().expect("a URL"), &headers, data)
    }

    /// Sends one part; gives its entry for `complete`.
    pub fn part(&self, number: usize, data: &[u8]) -> Value {
        let answer = self.put(&self.sign(number, None, data), data).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        json!({"part_number": number, "etag": answer.header("etag")})
    }

    pub fn chunk(&self, part: usize, offset: usize, data: &[u8]) {
        let answer = self.put(&self.sign(part, Some(offset), data), data).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    pub fn commit(&self, part: usize) -> Answer {
        let body = merge(self.common(), &json!({"part": part, "size": self.size}));
        self.client.post("/multipart/commit", &body)
    }

    pub fn complete_body(&self, parts: Option<Value>) -> Value {
        let fixed =
            json!({"filename": "file.bin", "mimetype": "application/octet-stream", "size": self.size});
        let body = merge(self.common(), &fixed);
        match parts {
            Some(parts) => merge(body, &json!({"parts": parts})),
            None => merge(body, &json!({"fii": true})),
        }
    }

    pub fn complete(&self, parts: Option<Value>) -> Answer {
        self.client.post("/multipart/complete", &self.complete_body(parts))
    }
}

/// A whole plain upload; gives the answer of `complete`.
pub fn upload(client: &Client, data: &[u8], extra: Value) -> Value {
    let upload = Upload::start(client, data.len(), false, extra);
    let chunks = data.chunks(5 * MIB).enumerate();
    let parts: Vec<Value> = chunks.map(|(index, part)| upload.part(index + 1, part)).collect();
    let answer = upload.complete(Some(json!(parts)));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// A handle of a file with these bytes.
pub fn stored(client: &Client, data: &[u8], extra: Value) -> String {
    upload(client, data, extra)["handle"].as_str().expect("a handle").to_owned()
}

/// A picture whose left half is red and whose right half is blue.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let picture =
        RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { [200, 0, 0] } else { [0, 0, 200] }));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("a PNG");
    bytes.into_inner()
}

pub struct Received {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// A server on loopback that answers what it is told to.
pub struct Server {
    pub url: String,
    pub received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// `answer` gets the number of the request, from 0.
    pub fn start(answer: impl Fn(usize, &Received) -> (u16, Vec<u8>) + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let list = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.expect("a connection"));
                let request = read_request(&mut stream);
                let number = list.lock().expect("the list").len();
                let (status, body) = answer(number, &request);
                list.lock().expect("the list").push(request);
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: image/png\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.get_mut().write_all(&[head.as_bytes(), &body].concat());
            }
        });
        Server { url, received }
    }

    pub fn count(&self) -> usize {
        self.received.lock().expect("the list").len()
    }
}

fn read_request(stream: &mut BufReader<TcpStream>) -> Received {
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    };
    let first = line();
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().expect("a method"), words.next().expect("a path"));
    let mut headers = Vec::new();
    loop {
        let line = line();
        let Some((name, value)) = line.split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("the body");
    Received { method, path, headers, body }
}
