//! A small client of Flip that signs by itself, for the tests beside it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use localcloud::{Cloud, Options};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::client::{Answer, Client, Outcome, hex};

pub const FIRST: &str = "fac1fac1fac1fac1fac1fac1fac1fac1";
pub const SECOND: &str = "fac2fac2fac2fac2fac2fac2fac2fac2";
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Parts of 1000 bytes.
pub fn options() -> Options {
    Options { flip_part_size: 1000, ..Options::default() }
}

pub fn cloud() -> Cloud {
    Cloud::start(options()).expect("the cloud starts")
}

pub fn escape(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// A moment so many seconds from now, no two alike.
pub fn timestamp(offset: i64) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    let moment = time::OffsetDateTime::from_unix_timestamp(i64::try_from(now).expect("a number") + offset);
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let text = moment.expect("a moment").format(format).expect("a text");
    format!("{text}.{:06}Z", COUNT.fetch_add(1, Ordering::Relaxed))
}

pub type Pairs<'a> = &'a [(&'a str, &'a str)];

/// Sorted as signed: no name of these tests has another order nested than flat.
pub fn query(pairs: Pairs<'_>) -> String {
    let mut pairs: Vec<_> = pairs.iter().filter(|(name, _)| *name != "file").collect();
    pairs.sort();
    let text = |(name, value): &&(&str, &str)| match name.split_once('[') {
        Some((outer, inner)) => format!("{outer}[{inner}={}", escape(value)),
        None => format!("{}={}", escape(name), escape(value)),
    };
    pairs.iter().map(text).collect::<Vec<_>>().join("&")
}

pub fn signature(secret: &str, method: &str, path: &str, canonical: &str) -> String {
    let text = format!("{method}\n127.0.0.1\n{path}\n{canonical}");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A path with a signed query.
pub fn signed(method: &str, path: &str, pairs: Pairs<'_>, moment: &str) -> String {
    let auth = [("access_key", "LOCAL_ACCESS_KEY"), ("timestamp", moment)];
    let canonical = query(&[pairs, &auth].concat());
    let signature = signature("LOCAL_SECRET_KEY", method, path, &canonical);
    format!("/v3.0{path}?{canonical}&signature={}", escape(&signature))
}

pub struct Flip {
    pub client: Client,
    pub factory: String,
}

impl Flip {
    pub fn of(cloud: &Cloud) -> Flip {
        Flip { client: Client::of(cloud), factory: FIRST.to_owned() }
    }

    pub fn try_call(&self, method: &str, path: &str, pairs: Pairs<'_>) -> Outcome {
        let factory = [("factory_id", self.factory.as_str())];
        let target = signed(method, path, &[pairs, &factory].concat(), &timestamp(0));
        self.client.send(method, &target, &[], b"")
    }

    pub fn call(&self, method: &str, path: &str, pairs: Pairs<'_>) -> Answer {
        self.try_call(method, path, pairs).expect("an answer")
    }

    /// A call that succeeds.
    pub fn done(&self, method: &str, path: &str, pairs: Pairs<'_>) -> Value {
        let answer = self.call(method, path, pairs);
        assert!(answer.status < 300, "{method} {path}: {}", answer.text());
        answer.json()
    }

    pub fn get(&self, path: &str) -> Value {
        self.done("GET", path, &[])
    }

    /// A call that is refused: its status and its class.
    pub fn refused(&self, method: &str, path: &str, pairs: Pairs<'_>) -> (u16, String) {
        let answer = self.call(method, path, pairs);
        let error = answer.json();
        assert!(error["message"].is_string(), "{error}");
        (answer.status, error["error"].as_str().expect("a class").to_owned())
    }

    /// Uploads a file as a form.
    pub fn upload(&self, filename: &str, data: &[u8], pairs: Pairs<'_>) -> Value {
        let factory = [("factory_id", self.factory.as_str())];
        let target = signed("POST", "/videos.json", &[pairs, &factory].concat(), &timestamp(0));
        let body = form(&[], filename, data);
        let answer = self.client.send("POST", &target, &[("content-type", FORM)], &body).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Signature version 2.
    pub fn json(&self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let checksum = hex(&Sha256::digest(body.as_bytes()));
        let pairs =
            [("factory_id", self.factory.as_str()), ("signature_version", "2"), ("checksum", &checksum)];
        let target = signed("POST", path, &pairs, &timestamp(0));
        let headers = [("content-type", "application/json")];
        self.client.send("POST", &target, &headers, body.as_bytes()).expect("an answer")
    }

    /// API 3.1.
    pub fn modern(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let question = if path.contains('?') { '&' } else { '?' };
        let target = format!("/flip/3.1{path}{question}factory_id={}", self.factory);
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut headers = vec![("x-api-key", "LOCAL_API_KEY")];
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        self.client.send(method, &target, &headers, body.as_bytes()).expect("an answer")
    }

    /// A session for a file of so many bytes.
    pub fn session(&self, size: usize, pairs: Pairs<'_>) -> Value {
        let size = size.to_string();
        let fixed = [("file_name", "film.mp4"), ("file_size", size.as_str())];
        let answer = self.call("POST", "/videos/upload.json", &[pairs, &fixed].concat());
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    pub fn part(&self, session: &Value, number: usize, data: &[u8]) -> Outcome {
        let number = number.to_string();
        self.client.send("PUT", location(session), &[("x-part", &number)], data)
    }

    pub fn missing(&self, session: &Value) -> Value {
        self.client.get(location(session)).json()["missing_parts"].clone()
    }

    /// The encoding after so many looks.
    pub fn after(&self, id: &str, looks: usize) -> Value {
        let path = format!("/encodings/{id}.json");
        for _ in 1..looks {
            self.get(&path);
        }
        self.get(&path)
    }

    pub fn first_encoding(&self, video: &str) -> String {
        let encodings = self.get(&format!("/videos/{video}/encodings.json"));
        encodings[0]["id"].as_str().expect("an encoding").to_owned()
    }
}

pub fn location(session: &Value) -> &str {
    session["location"].as_str().expect("a location")
}

pub fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap_or_else(|| panic!("an id expected: {object}"))
}

pub const FORM: &str = "multipart/form-data; boundary=BOUNDARY";

pub fn form(fields: Pairs<'_>, filename: &str, data: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--BOUNDARY\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{filename}\"\r\n\r\n"
    );
    [body, head.into_bytes(), data.to_vec(), b"\r\n--BOUNDARY--\r\n".to_vec()].concat()
}
