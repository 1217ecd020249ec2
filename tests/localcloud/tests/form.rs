//! Uploads as older SDKs send them: flat fields in a form.

use std::slice::from_ref;

use localcloud::{Cloud, Options};
use serde_json::{Value, json};

use crate::client::{self, Answer, Client, MIB, Server, bytes, cloud, sign};

type Field = (&'static str, String);
type Send = fn(&Client, &str, &[Field]) -> Answer;

/// As PHP's and Python's HTTP libraries write a form; the empty file is what both add.
fn multipart(client: &Client, path: &str, fields: &[Field]) -> Answer {
    let mut body = String::new();
    for (name, value) in fields {
        let length = value.len();
        body += &format!(
            "--B0\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\
             Content-Length: {length}\r\n\r\n{value}\r\n"
        );
    }
    body += "--B0\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a; b.bin\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n\r\n--B0--\r\n";
    let kind = [("content-type", "multipart/form-data; boundary=B0")];
    client.send("POST", path, &kind, body.as_bytes()).expect("an answer")
}

fn urlencoded(client: &Client, path: &str, fields: &[Field]) -> Answer {
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", crate::flip::escape(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    let kind = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    client.send("POST", path, &kind, body.as_bytes()).expect("an answer")
}

/// An upload by forms.
struct Sender<'a> {
    client: &'a Client,
    send: Send,
    /// What goes with every call.
    common: Vec<Field>,
    size: usize,
}

impl Sender<'_> {
    fn call(&self, path: &str, fields: &[Field]) -> Answer {
        (self.send)(self.client, path, &[&self.common[..], fields].concat())
    }

    fn named(&self, more: &[Field]) -> Vec<Field> {
        let own = [
            ("filename", "a; b.bin".to_owned()),
            ("mimetype", "a/b".to_owned()),
            ("size", self.size.to_string()),
        ];
        [&own, more].concat()
    }

    fn start(&mut self, more: &[Field]) -> Value {
        let answer = self.call("/multipart/start", &self.named(more));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let started = answer.json();
        for name in ["uri", "region", "upload_id"] {
            self.common.push((name, started[name].as_str().expect("a text").to_owned()));
        }
        started
    }

    /// Gives the ETag.
    fn put(&self, part: usize, data: &[u8], more: &[Field]) -> String {
        let own = [("part", part.to_string()), ("size", data.len().to_string()), ("md5", client::md5(data))];
        let answer = self.call("/multipart/upload", &[&own, more].concat());
        assert_eq!(answer.status, 200, "{}", answer.text());
        let signed = answer.json();
        let headers = signed["headers"].as_object().expect("headers");
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str().expect("text"))).collect();
        let answer = self.client.send("PUT", signed["url"].as_str().expect("a URL"), &headers, data);
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.header("etag").to_owned()
    }

    /// The parts, and how `complete` is told of them.
    fn parts(&self, data: &[u8], size: usize) -> Field {
        let put = |(index, part): (usize, &[u8])| format!("{}:{}", index + 1, self.put(index + 1, part, &[]));
        ("parts", data.chunks(size).enumerate().map(put).collect::<Vec<_>>().join(";"))
    }

    fn complete(&self, more: Field) -> Answer {
        self.call("/multipart/complete", &self.named(&[more]))
    }
}

fn sender<'a>(client: &'a Client, send: Send, size: usize) -> Sender<'a> {
    let common = vec![("apikey", "KEY".to_owned()), ("store_location", "s3".to_owned())];
    Sender { client, send, common, size }
}

fn flag(name: &'static str, value: &str) -> Field {
    (name, value.to_owned())
}

#[test]
fn forms_of_either_kind_make_plain_uploads() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(6 * MIB, 1);
    for send in [multipart, urlencoded] {
        let mut sender = sender(&client, send, data.len());
        sender.start(&[
            flag("store_path", "in/"),
            flag("store_container", "c"),
            flag("store_access", "public"),
        ]);
        let parts = sender.parts(&data, 5 * MIB);
        let answer = sender.complete(parts);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let file = answer.json();
        assert_eq!((&file["filename"], &file["container"]), (&json!("a; b.bin"), &json!("c")));
        assert!(file["key"].as_str().is_some_and(|key| key.starts_with("in/")), "{file}");
        assert!(client.get(file["url"].as_str().expect("a URL")).body == data);
        let starts = client.requests();
        let start = starts.iter().rfind(|request| request["class"] == "start").expect("it");
        assert_eq!(
            (&start["body"]["size"], &start["body"]["store"]["path"]),
            (&json!(data.len()), &json!("in/"))
        );
    }
}

/// PHP asks for intelligent ingestion whenever a file has more than one of its parts of 8 MiB, and uses it
/// only if its caller wants it. It writes true as 1, and sends the number of parts with `complete`.
#[test]
fn forms_make_intelligent_uploads_and_those_that_only_asked_for_it() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(9 * MIB, 2);
    let wants = flag("multipart", "1");
    let mut plain = sender(&client, multipart, data.len());
    assert_eq!(plain.start(from_ref(&wants))["upload_type"], "intelligent_ingestion");
    let parts = plain.parts(&data, 8 * MIB);
    let file = plain.complete(parts);
    assert_eq!(file.status, 200, "{}", file.text());
    assert!(client.get(file.json()["url"].as_str().expect("a URL")).body == data);

    let mut sender = sender(&client, multipart, data.len());
    sender.start(from_ref(&wants));
    for (index, part) in data.chunks(8 * MIB).enumerate() {
        for (place, chunk) in part.chunks(5 * MIB).enumerate() {
            let offset = flag("offset", &(place * 5 * MIB).to_string());
            sender.put(index + 1, chunk, &[wants.clone(), offset]);
        }
        let whole = flag("size", &data.len().to_string());
        let answer = sender.call("/multipart/commit", &[flag("part", &(index + 1).to_string()), whole]);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    sender.common.push(wants);
    let file = sender.complete(flag("parts", "2"));
    assert_eq!(file.status, 200, "{}", file.text());
    assert!(client.get(file.json()["url"].as_str().expect("a URL")).body == data);
}

#[test]
fn a_form_is_refused_for_the_same_reasons_as_json() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let full = [
        flag("apikey", "KEY"),
        flag("filename", "f"),
        flag("mimetype", "a/b"),
        flag("size", "10"),
        flag("store_location", "s3"),
    ];
    assert_eq!(urlencoded(&client, "/multipart/start", &full).status, 200);
    for (place, reason) in ["apikey", "filename", "mimetype", "size", "store"].iter().enumerate() {
        let mut lacking = full.to_vec();
        lacking.remove(place);
        let answer = urlencoded(&client, "/multipart/start", &lacking);
        assert!(answer.status == 400 && answer.text().contains(reason), "{reason}: {}", answer.text());
    }
    let wrong = [&full[..3], &[flag("size", "ten"), flag("store_location", "s3")]].concat();
    assert!(multipart(&client, "/multipart/start", &wrong).text().contains("size must be an integer"));
    let kind = [("content-type", "multipart/form-data; boundary=B0")];
    let torn = b"--B0\r\nContent-Disposition: form-data; name=\"apikey\"\r\n\r\nKEY";
    assert_eq!(client.send("POST", "/multipart/start", &kind, torn).expect("an answer").status, 400);
    let neither = client.send("POST", "/multipart/start", &[("content-type", "text/plain")], b"{}");
    assert!(neither.expect("an answer").text().contains("Content-Type must be"));
}

#[test]
fn what_a_form_signs_with_is_not_in_the_journal() {
    let options = Options { app_secret: Some("SECRET".to_owned()), ..Options::default() };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let client = Client::of(&cloud);
    let (policy, signature) = sign(&json!({"expiry": 4_000_000_000_u64}), "SECRET");
    let data = bytes(100, 3);
    for send in [multipart, urlencoded] {
        let mut sender = sender(&client, send, data.len());
        let pair = [flag("policy", &policy), flag("signature", &signature)];
        assert_eq!(sender.call("/multipart/start", &sender.named(&[])).status, 403, "no policy");
        sender.start(&pair);
        // Python 2 and the older SDK for Ruby send a policy with `start` alone.
        let parts = sender.parts(&data, 5 * MIB);
        let answer = sender.complete(parts);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let journal = client.get("/_local/requests").text();
    assert!(!journal.contains(&policy) && !journal.contains(&signature), "{journal}");
    let requests = client.requests();
    let signed: Vec<&Value> =
        requests.iter().map(|it| &it["body"]["policy"]).filter(|it| !it.is_null()).collect();
    assert_eq!(signed, ["***", "***"]);
}

/// Python 2 puts the options of its caller into the query.
#[test]
fn options_in_the_query_of_a_form_count() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let fields = "apikey=KEY&filename=f&mimetype=a/b&size=5&store_location=S3";
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let path = "/multipart/start?path=q/&access=nobody";
    let answer = client.send("POST", path, &kind, fields.as_bytes()).expect("an answer");
    assert!(answer.text().contains("store.access"), "{}", answer.text());
    let answer =
        client.send("POST", "/multipart/start?path=q/", &kind, fields.as_bytes()).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(client.requests().last().expect("it")["body"]["store"]["path"], "q/");
}

/// PHP writes the options of its caller into the query as they are, and signs with a stray `&`.
#[test]
fn a_url_is_stored_as_php_asks_for_it() {
    let server = Server::start(|_, _| (200, b"remote".to_vec()));
    let options = Options { app_secret: Some("SECRET".to_owned()), ..Options::default() };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let client = Client::of(&cloud);
    let (policy, signature) = sign(&json!({"expiry": 4_000_000_000_u64}), "SECRET");
    let path = format!(
        "/api/store/S3?key=KEY&filename=a%20b.txt&location=S3&path=p/&&policy={policy}&signature={signature}"
    );
    let answer = urlencoded(&client, &path, &[("url", format!("{}/x.txt", server.url))]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!((&answer.json()["filename"], &answer.json()["size"]), (&json!("a b.txt"), &json!(6)));
}
