//! What makes and changes stored files beside uploads: `store`, `/process`, overwriting, archives.

use std::io::{Cursor, Read};

use localcloud::{Cloud, Options};
use serde_json::{Value, json};

use crate::client::{self, Client, Server, bytes, cloud, png, stored};

#[test]
fn a_transformed_picture_can_be_stored() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, &png(20, 10), json!({}));
    let path = format!("/resize=width:8/store=filename:small.png,path:%22a/b/%22,location:S3/{handle}");
    for method in ["GET", "POST"] {
        let answer = client.send(method, &path, &[], b"").expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let file = answer.json();
        assert_eq!((&file["filename"], &file["type"]), (&json!("small.png"), &json!("image/png")));
        assert!(file["key"].as_str().is_some_and(|key| key.starts_with("a/b/")), "{file}");
        assert!(file["url"].as_str().is_some_and(|url| url.starts_with(&cloud.http_url())), "{file}");
        let again = client.get(&format!("/{}", file["handle"].as_str().expect("a handle")));
        assert_eq!(file["size"], again.body.len());
        assert_eq!(image::load_from_memory(&again.body).expect("a picture").width(), 8);
    }
    // One SDK puts the task first.
    let first = client.get(&format!("/store/flip/{handle}")).json();
    assert_ne!(first["handle"], json!(handle));
    let encoded = stored(&client, b"aGVsbG8=", json!({}));
    let decoded = client.get(&format!("/store=base64decode:true/{encoded}")).json();
    assert_eq!(client.get(decoded["url"].as_str().expect("a URL")).text(), "hello");
    assert_eq!(client.get(&format!("/store=location:nowhere/{handle}")).status, 400);
}

#[test]
fn process_stores_what_is_at_a_url() {
    let server = Server::start(|_, _| (200, png(9, 9)));
    let cloud = cloud();
    let client = Client::of(&cloud);
    let url = format!("{}/x/photo.png", server.url);
    let body = json!({
        "apikey": "KEY",
        "sources": [{"source": url, "headers": {"X-Token": "secret"}}],
        "tasks": [{"name": "store", "params": {"location": "S3", "path": "p/"}}, {"name": "store", "params": {"workflows": ["w1"]}}],
        "upload_tags": {"k": "v"},
    });
    let answer = client.post("/process", &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let file = answer.json();
    assert_eq!((&file["filename"], &file["type"]), (&json!("photo.png"), &json!("image/png")));
    assert_eq!((&file["upload_tags"], &file["size"]), (&json!({"k": "v"}), &json!(png(9, 9).len())));
    assert!(file["workflows"]["w1"]["jobid"].is_string(), "{file}");
    assert_eq!(server.received.lock().expect("the list")[0].header("x-token"), "secret");
    let tasks = json!([{"Name": "resize", "Params": {"width": 3}}, {"Name": "store", "Params": {}}]);
    let small = client.post("/process", &json!({"apiKey": "KEY", "sources": [url], "tasks": tasks})).json();
    let small = client.get(small["url"].as_str().expect("a URL"));
    assert_eq!(image::load_from_memory(&small.body).expect("a picture").width(), 3);
    // A filelink of the service's own host is a file that is here.
    let handle = file["handle"].as_str().expect("a handle");
    let own = json!({"apikey": "KEY", "sources": [format!("https://cdn.filestackcontent.com/{handle}")], "tasks": [{"name": "store"}]});
    assert_eq!(client.post("/process", &own).json()["size"], file["size"]);
    // So is what is made of one.
    let made = format!("https://cdn.filestackcontent.com/KEY/resize=width:3/{handle}");
    let own = json!({"apikey": "KEY", "sources": [made], "tasks": [{"name": "store"}]});
    let small = client
        .get(&format!("/{}", client.post("/process", &own).json()["handle"].as_str().expect("a handle")));
    assert_eq!(image::load_from_memory(&small.body).expect("a picture").width(), 3);
}

#[test]
fn process_says_what_is_wrong() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let good = json!({"apikey": "KEY", "sources": ["http://127.0.0.1:1/x"], "tasks": [{"name": "store", "params": {}}]});
    let cases: [(&str, Value, u16); 8] = [
        ("apikey", json!(5), 400),
        ("sources", json!([]), 400),
        ("sources", json!([5]), 400),
        ("tasks", json!([]), 400),
        ("tasks", json!([{"params": {}}]), 400),
        ("tasks", json!([{"name": "store", "params": {"colour": "red"}}]), 400),
        ("upload_tags", json!({"a": 5}), 400),
        ("sources", json!(["https://example.org/x"]), 502),
    ];
    for (name, value, status) in cases {
        let mut body = good.clone();
        body[name] = value;
        let answer = client.post("/process", &body);
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
    assert_eq!(client.send("POST", "/process", &[], b"nonsense").expect("an answer").status, 400);
}

#[test]
fn a_file_can_be_overwritten_in_four_ways() {
    let server = Server::start(|_, _| (200, b"from afar".to_vec()));
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, b"old", json!({}));
    let path = format!("/api/file/{handle}");
    let form = b"--BB\r\nContent-Disposition: form-data; name=\"fileUpload\"; filename=\"filename\"\r\n\
        Content-Type: application/octet-stream\r\n\r\nfrom a form\r\n--BB--\r\n";
    let url = format!("url={}/x", server.url);
    let cases: [(&str, &str, &[u8], &str); 4] = [
        ("?base64decode=false", "multipart/form-data; boundary=BB", form, "from a form"),
        ("", "text/plain", b"raw", "raw"),
        ("?base64decode=true", "text/plain", b"aGVsbG8=", "hello"),
        ("", "application/x-www-form-urlencoded", url.as_bytes(), "from afar"),
    ];
    for (query, mimetype, body, wanted) in cases {
        let answer = client.send("POST", &format!("{path}{query}"), &[("content-type", mimetype)], body);
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let told = answer.json();
        assert_eq!((&told["size"], &told["filename"]), (&json!(wanted.len()), &json!("file.bin")));
        assert_eq!(
            (&told["isWriteable"], &told["mimetype"]),
            (&json!(true), &json!("application/octet-stream"))
        );
        assert_eq!(client.get(&format!("/{handle}")).text(), wanted);
    }
    let status = |path: &str, body: &[u8]| {
        client.send("POST", path, &[("content-type", "a/b")], body).expect("an answer").status
    };
    assert_eq!(status("/api/file/NOSUCHHANDLE", b"x"), 404);
    assert_eq!(status(&path, b""), 400);
    assert_eq!(status(&format!("{path}?base64decode=true"), b"***"), 400);
    assert_eq!(status(&format!("{path}?url=http://example.org/"), b""), 502);
    assert_eq!(client.get(&format!("/{handle}")).text(), "from afar");
}

#[test]
fn a_file_can_be_stored_in_one_request() {
    let server = Server::start(|_, _| (200, b"from afar".to_vec()));
    let cloud = cloud();
    let client = Client::of(&cloud);
    let form = b"--BB\r\nContent-Disposition: form-data; name=\"fileUpload\"; filename=\"own.csv\"\r\n\
        Content-Type: text/csv\r\n\r\nfrom a form\r\n--BB--\r\n";
    let url = format!("url={}/x/y.bin", server.url);
    let asked = "&filename=a%20b.txt&mimetype=a%2Fb&path=p%2F&container=c&access=public";
    type Case<'a> = (&'a str, &'a str, &'a [u8], &'a str, [&'a str; 2]);
    let cases: [Case<'_>; 6] = [
        (asked, "text/plain", b"raw", "raw", ["a b.txt", "a/b"]),
        ("", "image/png", b"raw", "raw", ["unnamed_file", "image/png"]),
        ("&base64decode=true", "", b"aGVsbG8=", "hello", ["unnamed_file", "text/plain"]),
        ("", "multipart/form-data; boundary=BB", form, "from a form", ["own.csv", "text/csv"]),
        (asked, "multipart/form-data; boundary=BB", form, "from a form", ["a b.txt", "a/b"]),
        ("&mimetype=x/y", "application/x-www-form-urlencoded", url.as_bytes(), "from afar", ["y.bin", "x/y"]),
    ];
    for (query, mimetype, body, wanted, [filename, kind]) in cases {
        let headers = [("content-type", mimetype)];
        let headers = if mimetype.is_empty() { &[][..] } else { &headers[..] };
        let answer = client.send("POST", &format!("/api/store/S3?key=KEY{query}"), headers, body);
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let told = answer.json();
        assert_eq!(
            (&told["size"], &told["filename"], &told["type"]),
            (&json!(wanted.len()), &json!(filename), &json!(kind))
        );
        assert_eq!(told.get("handle"), None, "the handle is only in the URL");
        let key = told["key"].as_str().expect("a key");
        assert_eq!(
            (key.starts_with("p/"), &told["container"] == "c"),
            (query == asked, query == asked),
            "{told}"
        );
        let handle = told["url"].as_str().and_then(|url| url.rsplit('/').next()).expect("a handle");
        assert_eq!(client.get(&format!("/{handle}")).text(), wanted);
        assert_eq!(
            client.requests().iter().rfind(|r| r["class"] == "store_api").expect("it")["body"],
            json!(null)
        );
    }
}

#[test]
fn a_file_in_one_request_is_refused_with_its_reason() {
    let secured =
        Options { app_secret: Some("SECRET".into()), apikey: Some("KEY".into()), ..Options::default() };
    let cloud = Cloud::start(secured).expect("the cloud starts");
    let client = Client::of(&cloud);
    let send = |path: &str, policy: Value, body: &[u8]| {
        let (policy, signature) = client::sign(&policy, "SECRET");
        let path = format!("{path}&policy={}&signature={signature}", policy.replace('=', "%3D"));
        client.send("POST", &path, &[("content-type", "a/b")], body).expect("an answer")
    };
    let may = |call: &str| json!({"expiry": 4_000_000_000_u64, "call": [call], "maxSize": 5, "path": "p/.*", "container": "c"});
    let place = "/api/store/gcs?key=KEY&path=p/&container=c";
    for call in ["store", "pick"] {
        assert_eq!(send(place, may(call), b"hello").status, 200, "{call}");
    }
    let cases: [(&str, &str, &[u8], u16, &str); 8] = [
        (place, "read", b"hello", 403, "does not allow the call"),
        (place, "store", b"hello!", 403, "maxSize"),
        ("/api/store/gcs?key=KEY&path=q/&container=c", "store", b"x", 403, "path"),
        ("/api/store/gcs?key=KEY&path=p/&container=d", "store", b"x", 403, "container"),
        ("/api/store/tape?key=KEY&path=p/&container=c", "store", b"x", 400, "the storage is none of"),
        ("/api/store/gcs?key=KEY&path=p/&container=c&access=all", "store", b"x", 400, "access"),
        (place, "store", b"", 400, "no file"),
        ("/api/store/gcs?key=OTHER&path=p/&container=c", "store", b"x", 200, "Invalid Application"),
    ];
    for (path, call, body, status, text) in cases {
        let answer = send(path, may(call), body);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.text().contains(text), "{path}: {}", answer.text());
    }
    assert_eq!(client.send("POST", place, &[], b"x").expect("an answer").status, 403, "no policy");
    assert_eq!(client.get("/_local/files").json().as_array().expect("a list").len(), 2);
}

fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let entry = |index| {
        let mut entry = archive.by_index(index).expect("an entry");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("its bytes");
        (entry.name().expect("a name").to_string(), content)
    };
    (0..archive_length(bytes)).map(entry).collect()
}

fn archive_length(bytes: &[u8]) -> usize {
    zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive").len()
}

#[test]
fn several_files_come_as_one_archive() {
    let server = Server::start(|_, _| (200, b"remote".to_vec()));
    let cloud = cloud();
    let client = Client::of(&cloud);
    let (first, second) = (stored(&client, &bytes(1000, 1), json!({})), stored(&client, b"two", json!({})));
    for path in [
        format!("/KEY/zip/[{first},{second},{}/r.txt]", server.url),
        format!("/KEY/zip/%5B{first},{second},{}/r.txt%5D", server.url),
    ] {
        let answer = client.get(&path);
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/zip"));
        let entries = entries(&answer.body);
        let wanted =
            [("file.bin", bytes(1000, 1)), ("file (1).bin", b"two".to_vec()), ("r.txt", b"remote".to_vec())];
        assert_eq!(entries, wanted.map(|(name, content)| (name.to_owned(), content)), "{path}");
    }
    assert_eq!(entries(&client.get(&format!("/zip/{second}")).body).len(), 1);
    assert_eq!(client.get(&format!("/KEY/zip/[{first},NOSUCHHANDLE]")).status, 404);
    let many = vec![first.as_str(); 101].join(",");
    assert_eq!(client.get(&format!("/KEY/zip/[{many}]")).status, 400);
    let stored = client.get(&format!("/zip/store=filename:all.zip/{first}")).json();
    assert_eq!((&stored["type"], &stored["filename"]), (&json!("application/zip"), &json!("all.zip")));
}

#[test]
fn each_kind_of_request_has_its_own_class_of_faults() {
    let server = Server::start(|_, _| (200, png(9, 9)));
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = stored(&client, &png(9, 9), json!({}));
    let process = json!({"apikey": "KEY", "sources": [server.url], "tasks": [{"name": "store"}]});
    for (class, method, path) in [
        ("transform", "GET", format!("/flip/{handle}")),
        ("store", "POST", format!("/flip/store/{handle}")),
        ("process", "POST", "/process".to_owned()),
        ("overwrite", "POST", format!("/api/file/{handle}")),
        ("store_api", "POST", "/api/store/S3?key=KEY&mimetype=a/b".to_owned()),
        ("zip", "GET", format!("/KEY/zip/[{handle}]")),
        ("av", "GET", format!("/video_convert=preset:webm/{handle}")),
        ("workflow", "GET", format!("/run_workflow=id:w1/{handle}")),
        ("deliver", "GET", format!("/{handle}")),
    ] {
        client.faults(json!([{"class": class, "times": 1, "action": {"status": 503, "retry_after": 1}}]));
        let body = process.to_string();
        let send = || {
            client
                .send(method, &path, &[("content-type", "application/json")], body.as_bytes())
                .expect("an answer")
        };
        let refused = send();
        assert_eq!((refused.status, refused.header("retry-after")), (503, "1"), "{class}");
        let answer = send();
        assert_eq!(answer.status, 200, "{class}: {}", answer.text());
        assert_eq!(client.requests().last().expect("a request")["class"], class);
        if class == "overwrite" {
            let answer =
                client.send("POST", &path, &[("content-type", "image/png")], &png(9, 9)).expect("an answer");
            assert_eq!(answer.status, 200);
        }
    }
}
