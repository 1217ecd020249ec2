//! What web pages and pickers need.

use localcloud::{Cloud, Options};
use serde_json::json;

use crate::client::{self, Client, Upload, cloud, sign};

const PAGE: (&str, &str) = ("origin", "http://a.page");

#[test]
fn a_page_may_ask_for_everything_but_the_controls() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let asks = |path: &str| {
        let headers = [
            PAGE,
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "content-md5,x-part"),
        ];
        client.send("OPTIONS", path, &headers, b"").expect("an answer")
    };
    for path in [
        "/multipart/start",
        "/filestack-local/object?partNumber=1",
        "/HANDLE",
        "/resize=width:5/HANDLE",
        "/api/file/HANDLE",
        "/api/store/S3",
        "/prefetch",
        "/process",
        "/v3.0/videos.json",
        "/flip/3.1/videos.json",
        "/upload/session?id=1",
        "/flip-output/f/x.mp4",
    ] {
        let answer = asks(path);
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(answer.header("access-control-allow-methods").contains("PUT"), "{path}");
        assert_eq!(answer.header("access-control-allow-headers"), "content-md5,x-part", "{path}");
    }
    assert_eq!(client.requests().last().expect("it")["method"], "OPTIONS");
    for path in ["/_local/requests", "/_local/settings"] {
        for method in ["OPTIONS", "GET", "PUT"] {
            let answer = client.send(method, path, &[PAGE], b"{}").expect("an answer");
            assert_eq!(answer.header("access-control-allow-origin"), "", "{method} {path}");
        }
        assert_eq!(asks(path).status, 403);
    }
}

#[test]
fn a_page_sees_each_answer_and_the_etag_of_a_part() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let upload = Upload::start(&client, 5, false, json!({}));
    let signed = upload.sign(1, None, b"hello");
    let headers = signed["headers"].as_object().expect("headers");
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str().expect("text"))).collect();
    let url = signed["url"].as_str().expect("a URL");
    let answer = client.send("PUT", url, &[&headers[..], &[PAGE]].concat(), b"hello").expect("an answer");
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"));
    assert!(answer.header("access-control-expose-headers").contains("etag"));
    client.faults(json!([{"class": "deliver", "times": 1, "action": {"status": 503}}]));
    for status in [503, 404] {
        let answer = client.send("GET", "/HANDLE", &[PAGE], b"").expect("an answer");
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (status, "*"));
    }
    assert_eq!(client.get("/HANDLE").header("access-control-allow-origin"), "", "nobody asked");
}

#[test]
fn an_ending_is_for_those_who_look_at_the_url() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = client::stored(&client, b"hello", json!({}));
    let plain = client.get(&format!("/{handle}"));
    for path in [
        format!("/{handle}+jpg"),
        format!("/{handle}+.jpg"),
        format!("/KEY/{handle}%2Bjpg"),
        format!("/api/file/{handle}+jpg?dl=true&key=KEY"),
        format!("/{handle}?extension=jpg"),
    ] {
        let answer = client.get(&path);
        assert_eq!((answer.status, answer.text().as_str()), (200, "hello"), "{path}");
        for name in ["content-type", "x-file-name", "etag"] {
            assert_eq!(answer.header(name), plain.header(name), "{path}");
        }
    }
    let metadata = client.get(&format!("/api/file/{handle}+jpg/metadata?size=true"));
    assert_eq!(metadata.json(), json!({"size": 5}));
    let picture = client::stored(&client, &client::png(8, 8), json!({}));
    assert_eq!(client.get(&format!("/resize=width:4/{picture}+png")).status, 200);
    assert_eq!(client.get("/NOSUCHHANDLE+jpg").status, 404);
}

#[test]
fn a_picker_is_told_what_the_account_allows() {
    let options = Options {
        apikey: Some("KEY".to_owned()),
        app_secret: Some("SECRET".to_owned()),
        intelligent: false,
        ..Options::default()
    };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let client = Client::of(&cloud);
    let asked = json!({
        "apikey": "KEY", "permissions": ["intelligent_ingestion", "transforms_ui"],
        "settings": ["inapp_browser"], "picker_config": {"accept": "image/*"}, "events": ["picker"],
    });
    let told = json!({
        "blocked": false, "settings": {"inapp_browser": false},
        "permissions": {"intelligent_ingestion": false, "transforms_ui": true},
        "updated_config": {"accept": "image/*"},
    });
    assert_eq!(client.post("/prefetch", &asked).json(), told);
    client.control("settings", &json!({"intelligent": true}));
    assert_eq!(client.post("/prefetch", &asked).json()["permissions"]["intelligent_ingestion"], true);
    assert_eq!(client.post("/prefetch", &json!({"apikey": "OTHER"})).text(), "Invalid Application");
    let with = |call: &str, secret: &str| {
        let policy = json!({"expiry": 4_000_000_000_u64, "call": [call]});
        let (policy, signature) = sign(&policy, secret);
        let security = json!({"security": {"policy": policy, "signature": signature}});
        client.post("/prefetch", &client::merge(asked.clone(), &security)).status
    };
    assert_eq!([with("pick", "SECRET"), with("read", "SECRET"), with("pick", "forged")], [200, 403, 403]);
}
