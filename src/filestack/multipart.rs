//! The calls that the multipart upload of Filestack is made of (`specs/filestack.md` 3.2 to 3.6).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::client::Trace;
use super::request::{explained, malformed};
use super::spec::UploadSpec;
use super::{Client, Intelligent, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::http::retry::Attempt;
use crate::http::{
    Bounds, Method, Payload, Request, Response, check_headers, check_scheme, is_plain, xml_element,
};
use crate::transfer::context::TransferContext;
use crate::transfer::operation::Operation;

/// The longest text of an answer that is kept and sent again, in bytes. The service's own have less than 200.
const LONGEST_TEXT: usize = 4096;

/// What the service said at the start.
#[derive(Debug, Clone)]
pub struct Started {
    pub uri: String,
    pub region: String,
    pub upload_id: String,
    /// The base URL of the calls that follow.
    pub base: String,
    pub location_region: Option<String>,
    /// Whether the account has intelligent ingestion.
    pub intelligent: bool,
}

impl Started {
    fn new(answer: &Response, base: &str) -> Result<Self> {
        let value = answer.json()?;
        let text = |name: &str| match value.get(name).and_then(Value::as_str) {
            Some(text) if text.len() > LONGEST_TEXT || text.contains(char::is_control) => {
                Err(malformed(answer, &format!("the answer to the start has a {name} that cannot be used")))
            }
            text => Ok(text.filter(|text| !text.is_empty())),
        };
        let needed = |name: &str| match text(name) {
            Ok(Some(text)) => Ok(text.to_owned()),
            Ok(None) => Err(malformed(answer, &format!("the answer to the start has no {name}"))),
            Err(error) => Err(error),
        };
        let location_region = text("location_region")?.map(str::to_owned);
        if let Some(region) = &location_region {
            check_headers(&[("filestack-upload-region".to_owned(), region.clone())])?;
        }
        Ok(Started {
            uri: needed("uri")?,
            region: needed("region")?,
            upload_id: needed("upload_id")?,
            base: location_base(&needed("location_url")?, base)?,
            location_region,
            intelligent: text("upload_type")? == Some("intelligent_ingestion"),
        })
    }
}

/// The members of a [`Started`] as a value.
const STARTED: [&str; 5] = ["uri", "region", "upload_id", "base", "location_region"];

impl Started {
    pub fn to_value(&self) -> Value {
        let Started { uri, region, upload_id, base, location_region, intelligent } = self;
        let [of_uri, of_region, of_upload, of_base, of_location] = STARTED;
        json!({of_uri: uri, of_region: region, of_upload: upload_id, of_base: base,
            of_location: location_region, "intelligent": intelligent})
    }

    /// None for a value that [`Started::to_value`] has not made.
    pub fn from_value(value: &Value) -> Option<Self> {
        let text = |name| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let [uri, region, upload_id, base, location_region] = STARTED.map(text);
        let intelligent = value.get("intelligent")?.as_bool()?;
        Some(Started {
            uri: uri?,
            region: region?,
            upload_id: upload_id?,
            base: base?,
            location_region,
            intelligent,
        })
    }
}

/// `location_url` is a host, or a base URL of its own (`specs/filestack.md` 3.2).
fn location_base(location: &str, base: &str) -> Result<String> {
    if location.contains(['?', '#', '@', '\\', ' ']) {
        return Err(Error::new(ErrorKind::Protocol, "the service names a location_url that is no host"));
    }
    let url = if location.contains("://") {
        location.trim_end_matches('/').to_owned()
    } else {
        let scheme = if is_plain(base) { "http" } else { "https" };
        format!("{scheme}://{}", location.trim_end_matches('/'))
    };
    check_scheme(&url, base)?;
    Ok(url)
}

/// Whether an error says that the service does not know the upload (any more): S3's own code, or a 404 of the
/// upload API.
pub fn is_forgotten(error: &Error) -> bool {
    if error.kind() != ErrorKind::Http {
        return false;
    }
    let body = error.body().to_ascii_lowercase();
    let says_so = ["unknown upload", "upload_id is unknown", "no such upload", "upload not found"]
        .iter()
        .any(|words| body.contains(words));
    let is_call = matches!(error.step(), "upload" | "commit" | "complete");
    xml_element(error.body(), "Code") == Some("NoSuchUpload")
        || (is_call && (error.http_status() == 404 || (error.http_status() == 400 && says_so)))
}

/// What the calls of one upload have in common.
#[derive(Clone, Copy)]
pub struct MultipartCalls<'a> {
    pub client: &'a Client,
    pub spec: &'a UploadSpec,
    /// Whose secrets no error of a call shows, and how often a call is repeated.
    pub operation: &'a Operation,
    pub trace: &'a Trace,
    /// Bytes of the whole file.
    pub size: u64,
}

impl<'a> MultipartCalls<'a> {
    /// Begins the upload. The service forgets a session that nobody uses, so a lost answer does no harm.
    pub fn start(&self, context: &TransferContext<'_>) -> Result<Started> {
        let mut body = Map::new();
        body.insert("apikey".into(), self.client.apikey().into());
        self.describe_file(&mut body);
        if self.spec.intelligent != Intelligent::Off {
            body.insert("fii".into(), true.into());
        }
        add_security(&mut body, self.spec.security.as_ref());
        let body = Value::Object(body);
        let base = &self.client.hosts().upload;
        self.operation
            .retry(self.client.http(), context, |attempt| {
                self.post(base, attempt.at("start"), None, &body, &context.bounds)
            })
            .and_then(|answer| Started::new(&answer, base))
            .map_err(|e| e.at("start"))
    }

    pub fn of(self, started: &'a Started) -> MultipartCall<'a> {
        MultipartCall { calls: self, started }
    }

    fn describe_file(&self, body: &mut Map<String, Value>) {
        body.insert("filename".into(), self.spec.filename.as_str().into());
        body.insert("mimetype".into(), self.spec.mimetype.as_str().into());
        body.insert("size".into(), self.size.into());
        body.insert("store".into(), self.spec.store.clone());
    }

    /// One attempt of a step; a success, its body read.
    fn post(
        &self,
        base: &str,
        attempt: Attempt,
        region: Option<&str>,
        body: &Value,
        bounds: &Arc<Bounds>,
    ) -> Result<Response> {
        let mut headers = self.client.headers(self.trace);
        headers.push(("content-type".into(), "application/json".into()));
        if let Some(region) = region {
            headers.push(("filestack-upload-region".into(), region.to_owned()));
        }
        let step = attempt.step;
        let url = format!("{base}/multipart/{step}");
        let body = body.to_string();
        let request = Request {
            method: Method::POST,
            shown: None,
            url,
            headers,
            body: Payload::Bytes(body.as_bytes()),
            secrets: self.operation.secrets.clone(),
            attempt,
        };
        self.client
            .http()
            .send(request, bounds)
            .and_then(Response::success)
            .map_err(|error| explained(error, self.spec.security.as_ref()).at(step))
    }
}

/// The calls of an upload that has begun.
#[derive(Clone, Copy)]
pub struct MultipartCall<'a> {
    pub calls: MultipartCalls<'a>,
    pub started: &'a Started,
}

impl MultipartCall<'_> {
    /// The fields that every call after the start carries.
    pub fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        let Started { uri, region, upload_id, .. } = self.started;
        let apikey = self.calls.client.apikey();
        for (name, value) in [("apikey", apikey), ("uri", uri), ("region", region), ("upload_id", upload_id)]
        {
            body.insert(name.into(), value.into());
        }
        add_security(&mut body, self.calls.spec.security.as_ref());
        body
    }

    /// The fields of the completion (`specs/filestack.md` 3.6); `etags` lists the parts that were stored as a
    /// whole.
    pub fn completion(&self, etags: Vec<Value>) -> Value {
        let mut body = self.body();
        let spec = self.calls.spec;
        self.calls.describe_file(&mut body);
        if let Some(tags) = &spec.tags {
            body.insert("upload_tags".into(), tags.clone());
        }
        if let Some(alt) = &spec.alt_text {
            body.insert("alt".into(), alt.as_str().into());
        }
        if spec.intelligent != Intelligent::Off && self.started.intelligent {
            body.insert("fii".into(), true.into());
        }
        if !etags.is_empty() {
            body.insert("parts".into(), etags.into());
        }
        Value::Object(body)
    }

    /// One attempt of a step; a success, its body read.
    pub fn post(&self, attempt: Attempt, body: &Value, bounds: &Arc<Bounds>) -> Result<Response> {
        let region = self.started.location_region.as_deref();
        self.calls.post(&self.started.base, attempt, region, body, bounds)
    }
}

fn add_security(body: &mut Map<String, Value>, security: Option<&Security>) {
    if let Some(security) = security {
        body.insert("policy".into(), security.policy_b64().into());
        body.insert("signature".into(), security.signature().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_host_or_a_base() {
        let base = |location, base| location_base(location, base).ok();
        assert_eq!(base("up.example.com", "https://a").as_deref(), Some("https://up.example.com"));
        assert_eq!(base("127.0.0.1:9", "http://127.0.0.1:9").as_deref(), Some("http://127.0.0.1:9"));
        assert_eq!(base("https://up.example.com/", "https://a").as_deref(), Some("https://up.example.com"));
        assert_eq!(base("http://up.example.com", "https://a"), None);
        assert_eq!(base("u:p@up.example.com", "https://a"), None);
    }

    /// This machine is the exception: nobody sees what goes there.
    #[test]
    fn a_location_of_an_encrypted_base_is_encrypted() {
        for base in ["https://a", "https://127.0.0.1:9", "HTTPS://a"] {
            for location in [
                "http://a",
                "HTTP://a",
                "http://up.example.com:443/x",
                "http://localhost.example.com",
                "http://127.0.0.1.example.com",
                "http://0x7f000001",
                "ftp://up.example.com",
            ] {
                assert!(location_base(location, base).is_err(), "{location} after {base}");
            }
            let url = location_base("up.example.com:80", base).expect("a host");
            assert_eq!(url, "https://up.example.com:80");
            let url = location_base("http://127.0.0.1:9", base).expect("this machine");
            assert_eq!(url, "http://127.0.0.1:9");
        }
    }

    #[test]
    fn only_what_the_service_says_of_the_upload_means_that_it_is_forgotten() {
        let error = |step, status, body: &str| {
            Error::new(ErrorKind::Http, "x").at(step).with_answer(status, body.to_owned())
        };
        assert!(is_forgotten(&error("upload", 404, "")));
        assert!(is_forgotten(&error("put", 404, "<Error><Code>NoSuchUpload</Code></Error>")));
        assert!(is_forgotten(&error("complete", 400, r#"{"error":"Unknown upload"}"#)));
        assert!(!is_forgotten(&error("put", 404, "<Error><Code>NoSuchBucket</Code></Error>")));
        assert!(!is_forgotten(&error("start", 404, "")));
        assert!(!is_forgotten(&error("complete", 400, "bad size")));
    }
}
