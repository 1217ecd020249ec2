//! The core of Filestack against servers that do what the service should not: they echo secrets, lose
//! answers, forget uploads, name strange handles.

mod answers;
mod arguments;
mod calls;
mod cuts;
mod readers;
mod repeats;
mod request;
mod secrets;
mod server;
mod sessions;
mod storage;
#[path = "../support/mod.rs"]
mod support;
mod uploads;

use std::sync::Arc;

use ferry::filestack::{Client, ClientOptions, Security};
use ferry::http::Connection;

pub const APIKEY: &str = "AkEchoKey0123456789zzA";
pub const SIGNATURE: &str = "5c1f9d3e7b2a48600f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778";
/// With characters that the standard alphabet of base64 writes as + and /.
pub const POLICY: &str = r#"{"path":"???>>>","expiry":4102444800}"#;
pub const HANDLE: &str = "HANDLE0123456789abcd";

pub const ACCESS_KEY: &str = "ASIAQWERTYUIOPLKJHGF";
pub const STORAGE_SIGNATURE: &str = "77aa66bb55cc44dd33ee22ff11007788990011223344556677889900aabbccdd";
pub const SECURITY_TOKEN: &str = "FwoGZXIvYXdzEJr//////////wEaDPk+tOkEn=";
pub const PRESIGNED: &str = "X-Amz-Credential=ASIAQUERYKEYQUERYKEY%2F20260101%2Fus-east-1&X-Amz-Signature=0badc0de0badc0de\
     &X-Amz-Security-Token=QueryToken%2B%2F%3D&partNumber=1";

/// A remote file whose address is a credential.
pub const SOURCE: &str = "https://user77:pa%3Fss%2Fword@files.example.com/folder/pic.jpg?X-Amz-Credential=AKIAEXAMPLEKEY99\
                          %2F20260101&X-Amz-Signature=deadbeefcafe0123&token=t0ken-Value_1/+=#fragment99";

/// Of a link that someone else has signed.
pub const PATH_POLICY: &str = "eyJjYWxsIjpbInJlYWQiXSwiZXhwaXJ5Ijo0MTAyNDQ0ODAwfQ==";
pub const PATH_SIGNATURE: &str = "9f8e7d6c5b4a39281706f5e4d3c2b1a0a9b8c7d6e5f40312233445566778899a";

/// No error may show one of these, in whatever form.
pub const NEEDLES: &[&str] = &[
    APIKEY,
    SIGNATURE,
    POLICY,
    "user77",
    "pa?ss/word",
    "AKIAEXAMPLEKEY99",
    "deadbeefcafe0123",
    "t0ken-Value_1",
    "fragment99",
    ACCESS_KEY,
    STORAGE_SIGNATURE,
    "FwoGZXIvYXdzEJr",
    "ASIAQUERYKEYQUERYKEY",
    "0badc0de0badc0de",
    "QueryToken",
    PATH_POLICY,
    PATH_SIGNATURE,
];

pub fn policy_b64() -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(POLICY);
    assert!(text.contains('+') && text.contains('/'), "{text}");
    text
}

pub fn security() -> Security {
    Security::from_signed(&policy_b64(), SIGNATURE).expect("a ready-made policy")
}

/// A client with security that gives up after `max_retries`.
pub fn client(url: &str, max_retries: u32) -> Arc<Client> {
    let connection = Connection { max_retries, ..support::of_few_tries() };
    let options = ClientOptions {
        base_url: Some(url.to_owned()),
        security: Some(security()),
        connection,
        ..Default::default()
    };
    Client::new(APIKEY, options).expect("a client")
}
