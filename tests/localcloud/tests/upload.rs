//! Plain and intelligent uploads, and what the service refuses.

use md5::{Digest, Md5};
use serde_json::json;
use sha2::Sha256;

use crate::client::{self, Client, MIB, Upload, bytes, cloud, merge, start_body, upload};

#[test]
fn a_plain_upload_of_several_parts_comes_back_byte_for_byte() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(11 * MIB + 17, 1);
    let file = upload(&client, &data, json!({}));
    assert_eq!(file["handle"].as_str().map(str::len), Some(20));
    assert_eq!(file["status"], "Stored");
    assert_eq!(file["size"], data.len());
    let url = file["url"].as_str().expect("a URL");
    assert!(url.starts_with(&cloud.http_url()), "{url}");
    let answer = client.get(url);
    assert_eq!(answer.header("content-length"), data.len().to_string());
    assert_eq!(answer.header("x-file-name"), "file.bin");
    assert!(answer.body == data);
    let files = client.get("/_local/files").json();
    assert_eq!(files[0]["sha256"], client::hex(&Sha256::digest(&data)));
}

#[test]
fn a_body_with_another_md5_is_a_bad_digest_and_leaves_the_good_part_alone() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(1000, 3);
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let part = upload.part(1, &data);
    let signed = upload.sign(1, None, &data);
    let answer = upload.put(&signed, &bytes(1000, 4)).expect("an answer");
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("<Code>BadDigest</Code>"), "{}", answer.text());
    let file = upload.complete(Some(json!([part]))).json();
    assert!(client.get(file["url"].as_str().expect("a URL")).body == data);
}

#[test]
fn the_storage_refuses_a_changed_signature_and_a_changed_header() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(6 * MIB, 5);
    let upload = Upload::start(&client, data.len(), false, json!({}));
    for name in ["Authorization", "x-amz-date", "Content-MD5"] {
        let mut signed = upload.sign(1, None, &data);
        let value = signed["headers"][name].as_str().expect("a value");
        let changed = match name {
            "Authorization" => format!("{}{}", &value[..value.len() - 4], "0000"),
            "x-amz-date" => format!("{}000000Z", &value[..9]),
            _ => client::md5(b"other"),
        };
        signed["headers"][name] = json!(changed);
        let answer = upload.put(&signed, &data).expect("an answer");
        assert!((400..404).contains(&answer.status), "{name}: {}", answer.text());
        assert!(answer.text().contains("<Code>"), "{name}: {}", answer.text());
    }
    let mut signed = upload.sign(1, None, &data);
    let moved = signed["url"].as_str().expect("a URL").replace("partNumber=1", "partNumber=2");
    signed["url"] = json!(moved);
    let answer = upload.put(&signed, &data).expect("an answer");
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("SignatureDoesNotMatch"), "{}", answer.text());
}

#[test]
fn an_intelligent_upload_joins_split_and_repeated_chunks() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(20 * MIB + 5, 6);
    let upload = Upload::start(&client, data.len(), true, json!({}));
    assert_eq!(upload.started["upload_type"], "intelligent_ingestion");
    for (index, part) in data.chunks(8 * MIB).enumerate() {
        // The whole part arrives but its answer is lost, so it comes again in two unequal chunks, the second
        // one first.
        upload.chunk(index + 1, 0, part);
        let (first, second) = part.split_at(part.len() / 3);
        upload.chunk(index + 1, first.len(), second);
        upload.chunk(index + 1, 0, first);
        let answer = upload.commit(index + 1);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(upload.commit(index + 1).status, 200, "a repeated commit is harmless");
    }
    let file = upload.complete(None).json();
    assert!(client.get(file["url"].as_str().expect("a URL")).body == data);
}

#[test]
fn complete_before_every_part_is_committed_is_a_206() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(9 * MIB, 7);
    let upload = Upload::start(&client, data.len(), true, json!({}));
    assert_eq!(upload.complete(None).status, 206);
    upload.chunk(1, 0, &data[..8 * MIB]);
    assert_eq!(upload.commit(1).status, 200);
    upload.chunk(2, 0, &data[8 * MIB..]);
    assert_eq!(upload.complete(None).status, 206);
    assert_eq!(upload.commit(2).status, 200);
    assert_eq!(upload.complete(None).status, 200);
}

#[test]
fn a_commit_with_a_hole_between_chunks_is_refused() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(8 * MIB, 8);
    let upload = Upload::start(&client, data.len(), true, json!({}));
    upload.chunk(1, 0, &data[..1000]);
    upload.chunk(1, 2000, &data[2000..]);
    let answer = upload.commit(1);
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("offset 1000"), "{}", answer.text());
}

#[test]
fn a_mixed_upload_lists_only_its_plain_parts() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(10 * MIB, 9);
    let upload = Upload::start(&client, data.len(), true, json!({}));
    let plain = upload.part(1, &data[..8 * MIB]);
    upload.chunk(2, 0, &data[8 * MIB..]);
    assert_eq!(upload.commit(2).status, 200);
    let body = merge(upload.complete_body(None), &json!({"parts": [plain]}));
    let file = client.post("/multipart/complete", &body).json();
    assert!(client.get(file["url"].as_str().expect("a URL")).body == data);
}

#[test]
fn intelligent_ingestion_is_granted_only_if_the_account_has_it() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    client.control("settings", &json!({"intelligent": false}));
    let data = bytes(1000, 10);
    let upload = Upload::start(&client, data.len(), true, json!({}));
    assert!(upload.started.get("upload_type").is_none());
    let body = merge(upload.common(), &json!({"part": 1, "size": 1000, "offset": 0, "fii": true}));
    assert_eq!(client.post("/multipart/upload", &body).status, 400);
    let part = upload.part(1, &data);
    assert_eq!(upload.complete(Some(json!([part]))).status, 200);
}

#[test]
fn who_asked_for_intelligent_ingestion_must_use_it() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(1000, 11);
    let upload = Upload::start(&client, data.len(), true, json!({}));
    let part = upload.part(1, &data);
    assert_eq!(upload.complete(Some(json!([part]))).status, 400);
}

#[test]
fn a_repeated_complete_gives_the_same_file() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(1000, 12);
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let part = upload.part(1, &data);
    let body = merge(upload.complete_body(Some(json!([part]))), &json!({"upload_tags": {"a": "b"}}));
    let first = client.post("/multipart/complete", &body).json();
    assert_eq!(first["upload_tags"], json!({"a": "b"}));
    assert_eq!(client.post("/multipart/complete", &body).json(), first);
    assert_eq!(client.get("/_local/files").json().as_array().map(Vec::len), Some(1));
}

#[test]
fn a_start_that_lacks_a_field_or_has_a_wrong_one_is_refused() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    for name in ["apikey", "filename", "mimetype", "size", "store"] {
        let mut body = start_body(10);
        body.as_object_mut().expect("an object").remove(name);
        let answer = client.post("/multipart/start", &body);
        assert_eq!(answer.status, 400, "{name}: {}", answer.text());
        assert!(answer.text().contains(name), "{}", answer.text());
    }
    let wrong = [
        json!({"size": "10"}),
        json!({"size": 0}),
        json!({"size": 1.5}),
        json!({"filename": 7}),
        json!({"store": {}}),
        json!({"store": {"location": "floppy"}}),
        json!({"store": {"location": "s3", "access": "everybody"}}),
        json!({"store": {"location": "s3", "workflows": [5]}}),
        json!({"fii": "true"}),
    ];
    for more in &wrong {
        let answer = client.post("/multipart/start", &merge(start_body(10), more));
        assert_eq!(answer.status, 400, "{more}: {}", answer.text());
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = client.send("POST", "/multipart/start", &form, b"apikey=KEY").expect("an answer");
    assert_eq!(answer.status, 400);
}

#[test]
fn a_part_must_fit_the_upload_it_belongs_to() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let upload = Upload::start(&client, 1000, false, json!({}));
    let good = merge(upload.common(), &json!({"part": 1, "size": 1000, "md5": client::md5(b"x")}));
    assert_eq!(client.post("/multipart/upload", &good).status, 200);
    let wrong = [
        json!({"part": 0}),
        json!({"part": 10_001}),
        json!({"size": 1001}),
        json!({"size": 0}),
        json!({"md5": "abc"}),
        json!({"md5": "1B2M2Y8AsgTpgAmY7PhCfg"}),
        json!({"uri": "/elsewhere"}),
        json!({"region": "moon-1"}),
        json!({"upload_id": "none"}),
        json!({"apikey": "OTHER"}),
        json!({"store": 5}),
        json!({"offset": 0}),
        json!({"fii": true}),
    ];
    for more in &wrong {
        let answer = client.post("/multipart/upload", &merge(good.clone(), more));
        assert_eq!(answer.status, 400, "{more}: {}", answer.text());
    }
}

#[test]
fn complete_checks_the_list_of_parts() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(11 * MIB, 13);
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let parts: Vec<_> = data.chunks(5 * MIB).enumerate().map(|(i, part)| upload.part(i + 1, part)).collect();
    let [one, two, three] = &parts[..] else { panic!("three parts") };
    let wrong = merge(one.clone(), &json!({"etag": format!("\"{}\"", "0".repeat(32))}));
    for list in [
        json!([]),
        json!([one, two]),
        json!([two, one, three]),
        json!([one, one, three]),
        json!([one, three]),
        json!([wrong, two, three]),
        json!([one, two, three, {"part_number": 4, "etag": "\"x\""}]),
        json!("1:etag;2:etag"),
    ] {
        let answer = upload.complete(Some(list.clone()));
        assert_eq!(answer.status, 400, "{list}: {}", answer.text());
    }
    let good = upload.complete_body(Some(json!(parts)));
    for more in [
        json!({"size": 5}),
        json!({"filename": "other"}),
        json!({"mimetype": "text/plain"}),
        json!({"upload_tags": {"k": 5}}),
        json!({"upload_tags": {"k": "v".repeat(257)}}),
        json!({"upload_tags": {"k".repeat(129): "v"}}),
        json!({"upload_tags": (0..11).map(|i| (i.to_string(), json!("v"))).collect::<serde_json::Map<_, _>>()}),
    ] {
        assert_eq!(client.post("/multipart/complete", &merge(good.clone(), &more)).status, 400, "{more}");
    }
    assert_eq!(client.post("/multipart/complete", &good).status, 200);
}

#[test]
fn small_parts_are_refused_when_the_upload_completes() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(6 * MIB, 14);
    let upload = Upload::start(&client, data.len(), false, json!({}));
    let parts: Vec<_> = data.chunks(3 * MIB).enumerate().map(|(i, part)| upload.part(i + 1, part)).collect();
    let answer = upload.complete(Some(json!(parts)));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("EntityTooSmall"), "{}", answer.text());
}

#[test]
fn metadata_tells_what_is_asked_or_the_default_set() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(1000, 15);
    let file = upload(&client, &data, json!({}));
    let handle = file["handle"].as_str().expect("a handle");
    let asked = client.get(&format!("/{handle}/metadata?size=true&md5=true")).json();
    assert_eq!(asked, json!({"size": 1000, "md5": client::hex(&Md5::digest(&data))}));
    for path in [
        format!("/{handle}/metadata"),
        format!("/api/file/{handle}/metadata"),
        format!("/file/{handle}/metadata"),
    ] {
        let default = client.get(&path).json();
        assert_eq!(default["filename"], "file.bin");
        assert!(default["uploaded"].is_f64());
        assert_eq!(default.as_object().map(serde_json::Map::len), Some(9));
    }
    assert_eq!(client.get("/NoSuchHandle12345678/metadata").status, 404);
}

#[test]
fn a_deleted_file_is_gone() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let (policy, signature) = client::sign(&json!({"expiry": 4_000_000_000_u64}), "any");
    for skip in ["", "&skip_storage=true"] {
        let file = upload(&client, b"hello", json!({}));
        let handle = file["handle"].as_str().expect("a handle");
        let bare =
            client.send("DELETE", &format!("/api/file/{handle}?key=KEY"), &[], b"").expect("an answer");
        assert_eq!(bare.status, 403);
        let url = format!("/api/file/{handle}?key=KEY&policy={policy}&signature={signature}{skip}");
        let url = url.replace("==", "%3D%3D");
        assert_eq!(client.send("DELETE", &url, &[], b"").expect("an answer").status, 200);
        assert_eq!(client.get(&format!("/{handle}")).status, 404);
        assert_eq!(client.send("DELETE", &url, &[], b"").expect("an answer").status, 404);
    }
}

#[test]
fn many_uploads_at_once_do_not_disturb_each_other() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    std::thread::scope(|scope| {
        for seed in 0..8 {
            let client = &client;
            scope.spawn(move || {
                let data = bytes(5 * MIB + usize::from(seed), seed);
                let file = upload(client, &data, json!({}));
                assert!(client.get(file["url"].as_str().expect("a URL")).body == data);
            });
        }
    });
}

#[test]
fn who_comes_by_a_service_name_gets_the_service_s_url() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let headers = [("content-type", "application/json"), ("host", "upload.filestackapi.com")];
    let body = start_body(5).to_string();
    let started =
        client.send("POST", "/multipart/start", &headers, body.as_bytes()).expect("an answer").json();
    assert_eq!(started["location_url"], "upload.filestackapi.com");
}

#[test]
fn complete_answers_202_by_itself_while_parts_are_joined() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    client.control("settings", &json!({"joining": 2}));
    for fii in [false, true] {
        let data = bytes(1000, 30);
        let upload = Upload::start(&client, data.len(), fii, json!({}));
        let parts = if fii {
            upload.chunk(1, 0, &data);
            assert_eq!(upload.commit(1).status, 200);
            None
        } else {
            Some(json!([upload.part(1, &data)]))
        };
        let statuses: Vec<u16> = (0..4).map(|_| upload.complete(parts.clone()).status).collect();
        assert_eq!(statuses, [202, 202, 200, 200]);
    }
    assert_eq!(client.get("/_local/settings").json()["joining"], 2);
    assert_eq!(client.get("/_local/files").json().as_array().map(Vec::len), Some(2));
}

#[test]
fn a_storage_with_a_key_of_its_own_gives_etags_that_are_no_md5() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(6 * MIB, 31);
    let check = |is_encrypted: bool| {
        let upload = Upload::start(&client, data.len(), false, json!({}));
        let parts = data.chunks(5 * MIB).enumerate().map(|(index, part)| {
            let answer = upload.put(&upload.sign(index + 1, None, part), part).expect("an answer");
            let (etag, how) = (answer.header("etag"), answer.header("x-amz-server-side-encryption"));
            assert_eq!(how, if is_encrypted { "aws:kms" } else { "" });
            let is_md5 = etag.trim_matches('"') == client::hex(&Md5::digest(part));
            assert_eq!(is_md5, !is_encrypted, "{etag}");
            json!({"part_number": index + 1, "etag": etag})
        });
        let parts: Vec<_> = parts.collect();
        let answer = upload.complete(Some(json!(parts)));
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(client.get(answer.json()["url"].as_str().expect("a URL")).body == data);
    };
    check(false);
    client.control("settings", &json!({"kms": true}));
    check(true);
    client.control("settings", &json!({"kms": false}));
    client.faults(json!([{"class": "put", "action": {"kms": true}}]));
    check(true);
}

/// What goes to another storage is copied after the answer, and can be fetched meanwhile.
#[test]
fn a_file_for_another_storage_is_in_transit() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let data = bytes(1000, 32);
    for (location, status) in [("s3", "Stored"), ("gcs", "InTransit"), ("dropbox", "InTransit")] {
        let file = upload(&client, &data, json!({"store": {"location": location}}));
        assert_eq!(file["status"], status, "{location}");
        assert!(client.get(file["url"].as_str().expect("a URL")).body == data);
    }
}
