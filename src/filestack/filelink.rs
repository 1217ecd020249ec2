//! A stored file: its handle, its address, its bytes (`specs/filestack.md` 5).

use std::sync::Arc;

use serde_json::{Value, json};

use super::address::{check_url, quoted};
use super::request::{ApiRequest, Body, RequestOptions, malformed, query, stored_whole, told};
use super::security::needs::{EXIF, Needs, OneOf, READ, REMOVE, STAT, WRITE, WRITE_URL};
use super::{Client, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Method, Response, escaped, shown_address};
use crate::nearest::nearest;
use crate::transfer::file_body::FileBody;
use crate::transfer::operation::{Operation, Repeat};
use crate::transfer::report::Observer;
use crate::transfer::source::Source;

/// The longest handle in bytes; the service's own have 20 (`specs/filestack.md` 0.2), and may have more one
/// day.
const LONGEST_HANDLE: usize = 128;

/// The longest size of a stored file that an error tells in the service's words, in characters.
const LONGEST_SIZE: usize = 40;

/// The longest list of attributes in bytes.
const LONGEST_ATTRIBUTES: usize = 64 << 10;

/// What the service knows of a file (`specs/filestack.md` 5.2).
const ATTRIBUTES: [&str; 20] = [
    "size",
    "mimetype",
    "filename",
    "width",
    "height",
    "uploaded",
    "writeable",
    "cloud",
    "source_url",
    "md5",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "location",
    "path",
    "container",
    "exif",
    "key",
];

/// A file in the cloud.
#[derive(Debug, Clone)]
pub struct Filelink {
    client: Arc<Client>,
    handle: String,
    url: String,
    security: Option<Security>,
    answer: Value,
}

impl Filelink {
    /// The filelink of a handle. Nothing is sent.
    pub fn new(client: &Arc<Client>, handle: &str) -> Result<Self> {
        if !is_handle(handle) {
            return Err(Error::invalid_argument(format!(
                "handle must be a file's handle, 1 to {LONGEST_HANDLE} letters, digits, - and _: the last \
                 element of its URL"
            )));
        }
        Ok(Self::with(client, handle.to_owned(), client.security().cloned(), json!({"handle": handle})))
    }

    /// The filelink of a file that was just stored, from the service's answer.
    pub(super) fn stored(
        client: &Arc<Client>,
        security: Option<&Security>,
        answer: &Response,
    ) -> Result<Self> {
        Self::described(client, security, told(answer)?).map_err(|error| malformed(answer, error.message()))
    }

    /// The filelink of a file that the service describes.
    pub(super) fn described(
        client: &Arc<Client>,
        security: Option<&Security>,
        answer: Value,
    ) -> Result<Self> {
        let handle = handle_of(&answer)?.to_owned();
        Ok(Self::with(client, handle, security.cloned(), answer))
    }

    fn with(client: &Arc<Client>, handle: String, security: Option<Security>, answer: Value) -> Self {
        let url = format!("{}/{handle}", client.hosts().cdn);
        Filelink { client: Arc::clone(client), handle, url, security, answer }
    }

    pub fn handle(&self) -> &str {
        &self.handle
    }

    /// The address without a signature, whatever the security.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the service said when the file was stored; only the handle if this was made from one.
    pub fn answer(&self) -> &Value {
        &self.answer
    }

    /// The address with a policy and its signature: `security`, or else those the filelink was made with.
    pub fn signed_url(&self, security: Option<&Security>) -> Result<String> {
        let security = self.needed(security, "sign a URL")?;
        Ok(format!("{}/{}/{}", self.client.hosts().cdn, security.url_element(), self.handle))
    }

    /// Downloads the file to `path`; returns its length in bytes. Nothing stands under `path` until all bytes
    /// have come. Repeatable.
    pub fn download(
        &self,
        path: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<u64> {
        self.delivery(options)?.download(path, observer)
    }

    /// The bytes of the file, at most 1 GiB. Repeatable.
    pub fn content(&self, options: &RequestOptions, observer: Option<Observer<'_>>) -> Result<Vec<u8>> {
        self.delivery(options)?.content(observer)
    }

    /// Hands the bytes of the file to `write`, piece by piece; returns its length in bytes.
    pub fn stream(
        &self,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<u64> {
        self.delivery(options)?.stream(observer, write)
    }

    /// What the service knows of the file: the `attributes`, separated by commas, or its own choice.
    /// Repeatable.
    pub fn metadata(
        &self,
        attributes: Option<&str>,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let mut pairs = Vec::new();
        let attributes = attributes.unwrap_or_default();
        if attributes.len() > LONGEST_ATTRIBUTES {
            return Err(Error::invalid_argument(format!(
                "attributes has {} bytes, at most {LONGEST_ATTRIBUTES} are allowed",
                attributes.len()
            )));
        }
        for name in attributes.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if !ATTRIBUTES.contains(&name) {
                let meant = nearest(name, ATTRIBUTES.iter().copied())
                    .map_or_else(|| ATTRIBUTES.join(", "), |near| format!("did you mean {near}?"));
                let name = quoted(name);
                return Err(Error::invalid_argument(format!("attributes: {name} is not known: {meant}")));
            }
            if !pairs.contains(&(name, "true")) {
                pairs.push((name, "true"));
            }
        }
        let security = self.security(options);
        let url = format!("{}/metadata{}", self.url, query(&pairs, security));
        let needed: &[OneOf] = if pairs.contains(&("exif", "true")) { &[STAT, EXIF] } else { &[STAT] };
        let (step, doing) = ("metadata", "get the metadata of");
        self.request(step, doing, Method::GET, url, needed, options).json(observer)
    }

    /// Deletes the file. `keep_stored` takes only the handle away and leaves the object in the storage.
    ///
    /// Repeatable: a file that is gone after an attempt whose answer was lost is deleted.
    pub fn delete(
        &self,
        keep_stored: bool,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<()> {
        let security = self.needed(options.security.as_ref(), "delete a file")?;
        let mut pairs = vec![("key", self.client.apikey())];
        if keep_stored {
            pairs.push(("skip_storage", "true"));
        }
        let url =
            format!("{}/file/{}{}", self.client.hosts().api, self.handle, query(&pairs, Some(security)));
        self.request("delete", "delete", Method::DELETE, url, &[REMOVE], options).delete(observer)
    }

    /// Replaces the bytes of the file; name and type stay. Returns what the service said.
    ///
    /// Repeatable. Fails as [`stored_whole`] says, and with `FileChanged` for a file that has more bytes than
    /// its size says, as those of `/proc`. An empty source empties the file.
    pub fn overwrite(
        &self,
        source: &Source<'_>,
        filename: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        // `specs/filestack.md` 5.5
        let is_longer = || source.read_exact_at(&mut [0], source.len()).is_ok();
        if matches!(source, Source::File(_)) && is_longer() {
            return Err(Error::new(
                ErrorKind::FileChanged,
                format!(
                    "cannot overwrite {} with {filename}: it has more bytes than the {} that the system \
                     tells; once nobody writes to it try again, or read it and overwrite with its bytes",
                    self.handle,
                    source.len()
                ),
            ));
        }
        let form = FileBody::form("fileUpload", source, filename)?;
        let mut request = self.overwriting(&[("base64decode", "false")], WRITE, options)?;
        request.body = Body::File(&form);
        request.answer(observer, |answer| stored_whole(&answer, &form))
    }

    /// Replaces the bytes of the file by those at `url`, which the service fetches.
    ///
    /// Repeated only if the request has surely not arrived: what the service fetches may change from one time
    /// to the next.
    pub fn overwrite_url(
        &self,
        url: &str,
        base64decode: bool,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        check_url(url)?;
        let decode = if base64decode { "true" } else { "false" };
        let mut request = self.overwriting(&[("base64decode", decode)], WRITE_URL, options)?;
        let body = format!("url={}", escaped(url));
        request.body = Body::Bytes("application/x-www-form-urlencoded", body.into_bytes());
        request.operation.repeat = Repeat::NotArrived;
        request.operation.secrets = request.operation.secrets.with_address(url);
        request.json(observer)
    }

    fn overwriting<'a>(
        &'a self,
        pairs: &[(&str, &str)],
        needed: OneOf,
        options: &'a RequestOptions,
    ) -> Result<ApiRequest<'a>> {
        let security = self.needed(options.security.as_ref(), "overwrite a file")?;
        let url = format!("{}/file/{}{}", self.client.hosts().api, self.handle, query(pairs, Some(security)));
        Ok(self.request("overwrite", "overwrite", Method::POST, url, &[needed], options))
    }

    fn delivery<'a>(&'a self, options: &'a RequestOptions) -> Result<ApiRequest<'a>> {
        let url = match self.security(options) {
            Some(security) => self.signed_url(Some(security))?,
            None => self.url.clone(),
        };
        let mut request = self.request("download", "download", Method::GET, url, &[READ], options);
        request.shown = shown_address(&self.url);
        Ok(request)
    }

    fn request<'a>(
        &'a self,
        step: &'static str,
        doing: &str,
        method: Method,
        url: String,
        needed: &[OneOf],
        options: &'a RequestOptions,
    ) -> ApiRequest<'a> {
        let security = self.security(options);
        let operation = Operation {
            step,
            doing: format!("{doing} {}", self.handle),
            repeat: Repeat::Idempotent,
            secrets: self.client.secrets(security),
            deadline: options.deadline,
        };
        let shown = shown_address(&url);
        ApiRequest {
            client: &self.client,
            security,
            needs: Needs::of(needed, Some(&self.handle)),
            operation,
            method,
            url,
            shown,
            body: Body::None,
        }
    }

    fn security<'a>(&'a self, options: &'a RequestOptions) -> Option<&'a Security> {
        options.security.as_ref().or(self.security.as_ref())
    }

    fn needed<'a>(&'a self, security: Option<&'a Security>, why: &str) -> Result<&'a Security> {
        security.or(self.security.as_ref()).ok_or_else(|| {
            Error::invalid_argument(format!(
                "security is needed to {why}: pass one, or make the client with one"
            ))
        })
    }
}

/// Whether a text can be a handle, from a caller or a service, of a filelink or as the source of a chain.
#[inline]
pub(super) fn is_handle(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'_') | (byte == b'-');
    // All of them are looked at side by side, which is faster than to stop at the first that is wrong.
    (1..=LONGEST_HANDLE).contains(&text.len()) && text.bytes().fold(true, |all, byte| all & part(byte))
}

/// The handle in a description. Where that has no `handle`, it is the last element of its `url`
/// (`specs/filestack.md` 4.3, 5.7).
pub(super) fn handle_of(answer: &Value) -> Result<&str> {
    let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    checked_handle(text("handle").or_else(|| text("url")?.rsplit('/').next()))
}

/// The handle that a service names, if a caller could give it too: it becomes a part of URLs.
pub(super) fn checked_handle(handle: Option<&str>) -> Result<&str> {
    match handle {
        Some(handle) if is_handle(handle) => Ok(handle),
        Some(handle) if !handle.is_empty() => {
            let count = handle.chars().count();
            let message = format!("the service names the file by {count} characters that are no handle");
            Err(Error::new(ErrorKind::Protocol, message))
        }
        _ => {
            let message = "the service's description of the stored file has no handle";
            Err(Error::new(ErrorKind::Protocol, message))
        }
    }
}

/// The `size` of a description as digits, whether a number or a text; `None` if there is none.
pub(super) fn stored_size(answer: &Value) -> Option<String> {
    match answer.get("size")? {
        // A beginning of it could be one of a secret, which is only told as a whole.
        Value::String(text) if text.chars().count() > LONGEST_SIZE => {
            Some(format!("a text of {} characters", text.chars().count()))
        }
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => match number.as_f64() {
            // Without a fraction in the text: 1000.0 is 1000.
            Some(size) if number.is_f64() && size.fract() == 0.0 => Some(size.to_string()),
            _ => Some(number.to_string()),
        },
        _ => None,
    }
}
