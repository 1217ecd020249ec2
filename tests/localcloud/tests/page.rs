//! The page and what it needs of the controls: the stream of events, rules one by one, events sent again,
//! previews; and that no other origin gets at them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use localcloud::{Cloud, Options};
use serde_json::{Value, json};
use ureq::Agent;

use crate::client::{self, Client, MIB, Server, Upload, bytes, cloud, stored};
use crate::flip::Flip;

/// `GET /_local/events`, read event by event.
struct Feed(BufReader<Box<dyn Read>>);

impl Feed {
    fn open(cloud: &Cloud) -> Feed {
        let config = Agent::config_builder().timeout_global(Some(Duration::from_secs(30)));
        let agent: Agent = config.build().into();
        let answer = agent.get(format!("{}/_local/events", cloud.http_url())).call().expect("a stream");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Feed(BufReader::new(Box::new(answer.into_body().into_reader())))
    }

    fn next(&mut self) -> (String, Value) {
        let mut kind = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).expect("a line"), 0, "the stream has ended");
            match line.trim_end().split_once(": ") {
                Some(("event", name)) => kind = name.to_owned(),
                Some(("data", data)) => return (kind, serde_json::from_str(data).expect("JSON")),
                _ => {}
            }
        }
    }

    /// Reads on until something of that kind is told that fits.
    fn until(&mut self, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (found, data) = self.next();
            let items = if found == "requests" { &data } else { &data["set"] };
            let told = items.as_array().and_then(|items| items.iter().find(|item| fits(item)));
            if let Some(told) = told.filter(|_| found == kind) {
                return told.clone();
            }
        }
    }
}

fn post(client: &Client, path: &str, body: &Value) -> client::Answer {
    client.send("POST", path, &[], body.to_string().as_bytes()).expect("an answer")
}

fn delete(client: &Client, path: &str) -> u16 {
    client.send("DELETE", path, &[], b"").expect("an answer").status
}

#[test]
fn the_page_is_small_and_needs_nothing_else() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let page = client.get("/_local/");
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    let mut size = page.body.len();
    let text = page.text();
    let mut names: Vec<String> = text.split('"').map(str::to_owned).collect();
    let scripts = ["dom", "faults", "page", "parts", "requests", "section", "stream", "studio"];
    let scripts = scripts.map(|name| format!("{name}.js"));
    for script in &scripts {
        let script = client.get(&format!("/_local/{script}")).text();
        let imports = script.split('"').filter_map(|word| word.strip_prefix("./"));
        names.extend(imports.map(str::to_owned));
        assert!(!script.contains("innerHTML") && !script.contains("insertAdjacentHTML"));
    }
    names.retain(|name| [".js", ".css", ".svg"].iter().any(|ending| name.ends_with(ending)));
    names.sort();
    names.dedup();
    let mut known = [&["icon.svg".to_owned(), "page.css".to_owned()], &scripts[..]].concat();
    known.sort();
    assert_eq!(names, known);
    for name in names {
        let file = client.get(&format!("/_local/{name}"));
        assert_eq!((file.status, file.header("x-content-type-options")), (200, "nosniff"), "{name}");
        let is_foreign = |url: &str| !url.starts_with("www.w3.org/") && !url.starts_with("127.0.0.1");
        let text = file.text();
        let foreign =
            text.split("http://").skip(1).chain(text.split("https://").skip(1)).find(|url| is_foreign(url));
        assert_eq!(foreign, None, "{name} loads from elsewhere");
        size += file.body.len();
    }
    assert!(size <= 60_000, "the page has {size} bytes");
    let moved = client.get("/_local");
    assert_eq!((moved.status, moved.header("location")), (308, "/_local/"));
    assert!(client.requests().is_empty(), "who looks at the page is in the journal");
}

#[test]
fn a_part_is_seen_arriving_and_a_new_connection_knows_all() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let mut feed = Feed::open(&cloud);
    assert_eq!(feed.next().0, "begin");
    let data = bytes(5 * MIB + 1000, 1);
    let (policy, signature) = client::sign(&json!({"expiry": 4_000_000_000_u64}), "secret");
    let extra = json!({"policy": policy, "signature": signature});
    let upload = Upload::start(&client, data.len(), false, extra);
    upload.part(1, &data[..5 * MIB]);
    let signed = upload.sign(2, None, &data[5 * MIB..]);
    // Half of the second part, and then nothing for the time being.
    let (host, path) =
        signed["url"].as_str().expect("a URL")["http://".len()..].split_once('/').expect("a path");
    let mut line = TcpStream::connect(host).expect("a connection");
    write!(line, "PUT /{path} HTTP/1.1\r\nhost: {host}\r\n").expect("sent");
    for (name, value) in signed["headers"].as_object().expect("headers") {
        write!(line, "{name}: {}\r\n", value.as_str().expect("text")).expect("sent");
    }
    write!(line, "content-length: 1000\r\n\r\n").expect("sent");
    line.write_all(&data[5 * MIB..5 * MIB + 500]).expect("sent");
    let arriving = |request: &Value| request["part"] == 2 && request["received"] == 500;
    let half = feed.until("requests", arriving);
    assert!(half["status"].is_null() && half["took_ms"].is_null(), "{half}");
    line.write_all(&data[5 * MIB + 500..]).expect("sent");
    let whole = feed.until("uploads", |upload| upload["parts"]["2"]["size"] == 1000);
    assert_eq!((&whole["part_size"], &whole["handle"]), (&json!(5 * MIB), &Value::Null));

    let mut again = Feed::open(&cloud);
    assert_eq!(again.next().0, "begin");
    let (kind, requests) = again.next();
    assert_eq!(kind, "requests");
    let list = requests.as_array().expect("a list");
    let numbers: Vec<_> = list.iter().map(|request| request["id"].as_u64()).collect();
    assert_eq!(numbers, (1..=5).map(Some).collect::<Vec<_>>());
    let text = requests.to_string();
    let secrets = [policy.as_str(), &signature, "\"KEY\""];
    assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");
    assert!(
        list.iter().all(|request| request["class"] == "put" || request["body"]["apikey"] == "***"),
        "{text}"
    );
    let told = again.until("uploads", |_| true);
    assert_eq!(told["parts"], whole["parts"]);

    assert_eq!(delete(&client, "/_local/requests"), 200);
    assert_eq!(delete(&client, "/_local/uploads"), 200);
    loop {
        let (kind, data) = again.next();
        if kind == "uploads" {
            break assert_eq!(data["gone"], json!([told["upload_id"]]));
        }
    }
}

#[test]
fn everything_that_the_page_shows_is_told() {
    let hook = Server::start(|_, _| (200, Vec::new()));
    let options = Options { webhook_url: Some(hook.url.clone()), ..Options::default() };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let client = Client::of(&cloud);
    let mut feed = Feed::open(&cloud);
    let handle = stored(&client, &client::png(8, 8), json!({}));
    assert_eq!(feed.until("files", |file| file["handle"] == handle.as_str())["filename"], "file.bin");
    client.get(&format!("/video_convert=preset:webm/{handle}"));
    // Nobody polls it: it ends because somebody waits for its event.
    let job = feed.until("jobs", |job| job["finished"] == true);
    assert_eq!(
        (&job["action"], &job["answer"]["status"]),
        (&json!("fp.video_converse"), &json!("completed"))
    );
    let flip = Flip::of(&cloud);
    let session = flip.session(8, &[("multi_chunk", "true")]);
    feed.until("sessions", |told| told["files"][0]["size"] == 8);
    flip.part(&session, 0, &[7; 8]).expect("an answer");
    let video = feed.until("videos", |video| video["status"] == "success");
    assert_eq!(video["encodings"].as_array().map(Vec::len), Some(2), "{video}");
    let names = ["files", "uploads", "sessions", "jobs", "videos", "webhooks"];
    for (name, count) in names.into_iter().zip([3, 1, 1, 1, 1, 2]) {
        let list = client.get(&format!("/_local/{name}")).json();
        assert_eq!(list.as_array().map(Vec::len), Some(count), "{name}: {list}");
    }
    let file = client.get(&format!("/_local/files/{handle}")).json();
    assert_eq!(file["md5"].as_str().map(str::len), Some(32));
    assert_eq!(client.get("/_local/files/nosuch").status, 404);
    assert_eq!(client.get("/_local/tasks").text(), localcloud::tasks());
}

#[test]
fn one_rule_comes_and_goes_and_the_others_stay() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    client.faults(json!([{"class": "start", "action": {"status": 500}}]));
    let status = |rule: &Value| rule["action"]["status"].clone();
    let start = || client.post("/multipart/start", &client::start_body(5)).status;
    assert_eq!(start(), 500);
    let added =
        post(&client, "/_local/faults", &json!({"class": "start", "times": 1, "action": {"status": 429}}));
    let id = added.json()["id"].clone();
    assert_eq!([start(), start()], [429, 500], "the new rule comes first");
    let rules = client.get("/_local/faults").json();
    assert_eq!((&rules[0]["id"], &rules[0]["fired"], &rules[1]["fired"]), (&id, &json!(1), &json!(2)));
    // What always acts goes behind what ends, and is not heard before.
    let slow = json!({"class": "start", "action": {"slow_bytes_per_second": 1_000_000_000}});
    post(&client, "/_local/faults", &json!({"class": "start", "times": 1, "action": {"status": 418}}));
    post(&client, "/_local/faults", &slow);
    assert_eq!([start(), start()], [418, 200]);
    let order: Vec<_> =
        client.get("/_local/faults").json().as_array().expect("a list").iter().map(status).collect();
    assert_eq!(order, [json!(418), json!(429), Value::Null, json!(500)]);
    let wrong = post(&client, "/_local/faults", &json!({"class": "start", "action": {}}));
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("action is empty"), "{}", wrong.text());
    assert_eq!(delete(&client, &format!("/_local/faults/{id}")), 200);
    assert_eq!(delete(&client, &format!("/_local/faults/{id}")), 404);
    assert_eq!(cloud.fired(), [1, 1, 2]);
    assert_eq!(delete(&client, "/_local/faults"), 200);
    assert_eq!(start(), 200);
}

#[test]
fn an_event_is_sent_again() {
    let hook = Server::start(|_, _| (200, Vec::new()));
    let options = Options { webhook_url: Some(hook.url.clone()), ..Options::default() };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let client = Client::of(&cloud);
    let mut feed = Feed::open(&cloud);
    stored(&client, b"hello", json!({}));
    let sent = feed.until("webhooks", |event| event["state"] == "delivered");
    assert_eq!(post(&client, &format!("/_local/webhooks/{}", sent["id"]), &Value::Null).status, 200);
    let again = feed.until("webhooks", |event| event["attempts"] == 2 && event["state"] == "delivered");
    assert_eq!((&again["id"], &again["tried"][1]["status"]), (&sent["id"], &json!(200)));
    let received = hook.received.lock().expect("the list");
    assert_eq!((received.len(), &received[0].body), (2, &received[1].body));
    assert_eq!(again["headers"]["FS-Signature"], received[1].header("fs-signature"));
    assert_eq!(again["body"].as_str().map(str::as_bytes), Some(&received[1].body[..]));
    assert_eq!(post(&client, "/_local/webhooks/7", &Value::Null).status, 404);
}

#[test]
fn the_controls_are_not_for_other_origins() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let port = cloud.http_url().rsplit(':').next().expect("a port").to_owned();
    let own = cloud.http_url();
    let rules = br#"[{"class":"any","action":{"status":500}}]"#;
    let put = |name: &str, value: &str| {
        client.send("PUT", "/_local/faults", &[(name, value)], rules).expect("an answer").status
    };
    for (name, value) in [
        ("host", "rebound.example:8080"),
        ("host", "127.0.0.1.example"),
        ("origin", "http://elsewhere.example"),
        ("origin", "http://127.0.0.1:1"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        assert_eq!(put(name, value), 403, "{name}: {value}");
        let read = client.send("GET", "/_local/requests", &[(name, value)], b"").expect("an answer");
        assert_eq!(read.status, 403, "{name}: {value}");
    }
    assert!(cloud.fired().is_empty(), "a refused request has set faults");
    let linked = client.send("GET", "/_local/", &[("sec-fetch-site", "cross-site")], b"").expect("an answer");
    assert_eq!(linked.status, 200, "a link leads to the page");
    for (name, value) in [
        ("host", format!("localhost:{port}")),
        ("host", format!("[::1]:{port}")),
        ("origin", own),
        ("sec-fetch-site", "same-origin".to_owned()),
    ] {
        assert_eq!(put(name, &value), 200, "{name}: {value}");
    }
    let answer = client.send("OPTIONS", "/_local/faults", &[], b"").expect("an answer");
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (404, ""));
}

#[test]
fn a_preview_is_no_request() {
    let options = Options { app_secret: Some("secret".to_owned()), ..Options::default() };
    let cloud = Cloud::start(options).expect("the cloud starts");
    let client = Client::of(&cloud);
    let (policy, signature) = client::sign(&json!({"expiry": 4_000_000_000_u64}), "secret");
    let extra = json!({"policy": policy, "signature": signature});
    let handle = stored(&client, &client::png(40, 20), extra);
    let before = client.requests().len();
    client.faults(json!([{"class": "any", "action": {"status": 500}}]));
    let small = client.get(&format!("/_local/preview/resize=width:10/{handle}"));
    assert_eq!((small.status, small.header("content-security-policy")), (200, "sandbox; default-src 'none'"));
    assert_eq!(image::load_from_memory(&small.body).expect("a picture").width(), 10);
    let wrong = client.get(&format!("/_local/preview/resize=heigt:10/{handle}"));
    assert_eq!((wrong.status, wrong.text().contains("heigt")), (400, true));
    assert_eq!(client.get(&format!("/_local/preview/store/{handle}")).status, 409);
    assert_eq!(client.get(&format!("/_local/preview/KEY/resize=width:10/{}", cloud.http_url())).status, 400);
    assert_eq!((cloud.fired(), client.requests().len()), (vec![0], before));
    assert_eq!(client.get("/_local/files").json().as_array().map(Vec::len), Some(1));
}

fn program(flags: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_localcloud"));
    command.args(flags).stdout(Stdio::piped()).spawn().expect("the program starts")
}

#[test]
fn on_a_console_it_says_what_to_type_and_what_comes() {
    let mut child = program(&["--http", "127.0.0.1:0", "--console"]);
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut line = || lines.next().expect("a line").expect("text");
    let url = line().rsplit(' ').next().expect("an address").to_owned();
    let greeting: Vec<_> =
        std::iter::repeat_with(&mut line).take_while(|line| !line.ends_with("Requests:")).collect();
    let greeting = greeting.join("\n");
    assert!(greeting.contains(&format!("{url}/_local/\n")), "{greeting}");
    assert!(
        greeting.contains(&format!("curl -F fileUpload=@FILE '{url}/api/store/S3?key=DEMO'")),
        "{greeting}"
    );
    assert_eq!(line(), "");
    let client = Client::at(&url);
    client.faults(json!([{"class": "deliver", "action": {"status": 503}}]));
    let policy = "policy=P0licy&signature=S1gnature";
    client.get(&format!("/HANDLE?{policy}"));
    let said = line();
    assert!(said.contains("GET    503") && said.contains(" ms  /HANDLE?"), "{said}");
    assert!(said.ends_with("policy=***&signature=***  fault"), "{said}");
    client.faults(json!([]));
    stored(&client, b"hello", json!({}));
    let put = std::iter::repeat_with(line).find(|line| line.contains("PUT")).expect("a line");
    assert!(put.contains("200") && put.ends_with("part 1"), "{put}");
    child.kill().and_then(|()| child.wait().map(drop)).expect("it ends");
}

#[test]
fn told_to_be_quiet_it_says_nothing() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let mut quiet = program(&["--http", &free.to_string(), "--console", "--quiet"]);
    while TcpStream::connect(free).is_err() {
        assert!(quiet.try_wait().expect("a state").is_none(), "it has ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(Client::at(&format!("http://{free}")).get("/HANDLE").status, 404);
    Command::new("kill").arg(quiet.id().to_string()).status().expect("kill runs");
    let mut said = String::new();
    quiet.stdout.take().expect("its output").read_to_string(&mut said).expect("text");
    quiet.wait().expect("it ends");
    assert_eq!(said, "");
}
