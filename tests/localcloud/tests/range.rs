//! Ranges of a file (RFC 9110, 14) and what they depend on, and the faults that spoil them.

use localcloud::Cloud;
use serde_json::json;

use crate::client::{Answer, Client, bytes, cloud, sign, stored};

const LENGTH: usize = 100_000;

/// A cloud that has a file, and the path of that.
fn with_file() -> (Cloud, Client, String, Vec<u8>) {
    let (cloud, data) = (cloud(), bytes(LENGTH, 2));
    let client = Client::of(&cloud);
    let path = format!("/{}", stored(&client, &data, json!({})));
    (cloud, client, path, data)
}

fn get(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    client.send("GET", path, headers, b"").expect("an answer")
}

#[test]
fn a_range_has_its_bytes_and_says_which_they_are() {
    let (_cloud, client, path, data) = with_file();
    let whole = client.get(&path);
    assert_eq!((whole.status, whole.header("accept-ranges"), whole.body == data), (200, "bytes", true));
    for (range, first, last) in [
        ("bytes=10-19", 10, 19),
        ("bytes=0-0", 0, 0),
        ("bytes=99990-", 99_990, 99_999),
        ("bytes=-5", 99_995, 99_999),
        ("bytes=99990-200000", 99_990, 99_999),
        ("bytes=-200000", 0, 99_999),
    ] {
        let answer = get(&client, &path, &[("range", range)]);
        let said = format!("bytes {first}-{last}/{LENGTH}");
        assert_eq!((answer.status, answer.header("content-range")), (206, said.as_str()), "{range}");
        assert_eq!(answer.header("content-length"), (last - first + 1).to_string(), "{range}");
        assert!(answer.body == data[first..=last], "{range}");
        assert_eq!(answer.header("etag"), whole.header("etag"), "{range}");
    }
}

#[test]
fn a_range_outside_of_the_file_is_refused_and_what_is_no_range_is_ignored() {
    let (_cloud, client, path, data) = with_file();
    for range in ["bytes=100000-", "bytes=-0"] {
        let answer = get(&client, &path, &[("range", range)]);
        assert_eq!((answer.status, answer.header("content-range")), (416, "bytes */100000"), "{range}");
    }
    for range in ["bytes=9-1", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6"] {
        let answer = get(&client, &path, &[("range", range)]);
        assert!(answer.status == 200 && answer.body == data, "{range}");
    }
    let head = client.send("HEAD", &path, &[("range", "bytes=10-19")], b"").expect("an answer");
    assert_eq!((head.status, head.header("content-length")), (200, "100000"));
}

#[test]
fn a_range_of_another_version_is_the_whole_file() {
    let (_cloud, client, path, data) = with_file();
    let first = client.get(&path).header("etag").to_owned();
    assert!(first.starts_with('"') && first.ends_with('"') && first.len() > 20, "{first}");
    let ask = |etag: &str| get(&client, &path, &[("range", "bytes=10-"), ("if-range", etag)]);
    assert_eq!(ask(&first).status, 206);
    let weak = format!("W/{first}");
    for other in ["\"other\"", &weak, "Thu, 26 Nov 2026 08:26:28 GMT"] {
        assert!(ask(other).status == 200 && ask(other).body == data, "{other}");
    }
    let other = bytes(LENGTH, 3);
    let (policy, signature) = sign(&json!({"expiry": 4_102_444_800_u64, "call": ["write"]}), "secret");
    let overwrite = format!("/api/file{path}?policy={policy}&signature={signature}");
    let overwritten = client.send("POST", &overwrite, &[], &other).expect("an answer");
    assert_eq!(overwritten.status, 200, "{}", overwritten.text());
    let answer = ask(&first);
    assert!(answer.status == 200 && answer.body == other, "{answer:?}");
    assert_ne!(answer.header("etag"), first);
}

#[test]
fn a_fault_takes_the_ranges_away_or_spoils_what_an_answer_says_of_them() {
    let (cloud, client, path, data) = with_file();
    client.faults(json!([{"class": "deliver", "times": 1, "action": {"no_ranges": true}}]));
    let answer = get(&client, &path, &[("range", "bytes=10-19")]);
    assert_eq!((answer.status, answer.headers.contains_key("accept-ranges")), (200, false));
    assert!(answer.body == data);
    let headers = json!({"etag": "W/\"weak\"", "content-range": "bytes 11-20/100000"});
    client.faults(json!([{"class": "deliver", "times": 1, "action": {"headers": headers}}]));
    let answer = get(&client, &path, &[("range", "bytes=10-19")]);
    assert_eq!((answer.header("etag"), answer.header("content-range")), ("W/\"weak\"", "bytes 11-20/100000"));
    assert_eq!(cloud.fired(), [1]);
}

#[test]
fn the_journal_has_the_ranges_that_were_asked_for() {
    let (_cloud, client, path, _) = with_file();
    get(&client, &path, &[("range", "bytes=10-19"), ("if-range", "\"a\"")]);
    let requests = client.requests();
    let headers = &requests.last().expect("a request")["headers"];
    assert_eq!((&headers["range"], &headers["if-range"]), (&json!("bytes=10-19"), &json!("\"a\"")));
}
