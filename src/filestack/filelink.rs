//! A stored file: its handle, its address, its bytes (`specs/filestack.md` 5).

use std::sync::Arc;

use crate::http::Method;
use serde_json::{Value, json};

use super::request::{Asked, RequestOptions, query};
use super::tasks::nearest;
use super::{Client, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::http;
use crate::transfer::form::Form;
use crate::transfer::report::Observer;
use crate::transfer::source::Source;

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
    pub fn new(client: &Arc<Client>, handle: &str) -> Result<Self> {
        let is_handle = !handle.is_empty()
            && handle.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if !is_handle {
            let text =
                "handle must be a file's handle, letters, digits, - and _ only: the last element of its URL";
            return Err(Error::invalid_argument(text));
        }
        Ok(Self::with(client, handle.to_owned(), client.security().cloned(), json!({"handle": handle})))
    }

    /// The filelink of a file that was just stored, from the service's description of it. Where that has no `handle`, the handle
    /// is the last element of its `url` (`specs/filestack.md` 5.7).
    pub(super) fn stored(client: &Arc<Client>, security: Option<Security>, answer: Value) -> Result<Self> {
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        let handle =
            text("handle").or_else(|| text("url")?.rsplit('/').next()).filter(|handle| !handle.is_empty());
        match handle.map(str::to_owned) {
            Some(handle) => Ok(Self::with(client, handle, security, answer)),
            None => Err(Error::new(
                ErrorKind::Protocol,
                "the service's description of the stored file has no handle",
            )
            .with_answer(200, answer.to_string())),
        }
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

    /// Downloads the file to `path`; how many bytes it has. Nothing stands under `path` until all of them are there.
    pub fn download(
        &self,
        path: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<u64> {
        self.delivery(options)?.download(path, observer)
    }

    /// The bytes of the file, at most 1 GiB.
    pub fn content(&self, options: &RequestOptions, observer: Option<Observer<'_>>) -> Result<Vec<u8>> {
        self.delivery(options)?.content(observer)
    }

    /// What the service knows of the file: the `attributes`, separated by commas, or its own choice.
    pub fn metadata(
        &self,
        attributes: Option<&str>,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        let mut pairs = Vec::new();
        for name in
            attributes.into_iter().flat_map(|list| list.split(',')).map(str::trim).filter(|n| !n.is_empty())
        {
            if !ATTRIBUTES.contains(&name) {
                let meant = nearest(name, ATTRIBUTES.iter().copied())
                    .map_or_else(|| ATTRIBUTES.join(", "), |near| format!("did you mean {near}?"));
                return Err(Error::invalid_argument(format!("attributes: {name:?} is not known: {meant}")));
            }
            pairs.push((name, "true"));
        }
        let security = self.security(options);
        let url = format!("{}/metadata{}", self.url, query(&pairs, security));
        self.asked("metadata", format!("get the metadata of {}", self.handle), Method::GET, url, options)
            .json(observer)
    }

    /// Deletes the file. `keep_stored` takes only the handle away and leaves the object in the storage.
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
        let asked = self.asked("delete", format!("delete {}", self.handle), Method::DELETE, url, options);
        asked.content(observer).map(|_| ())
    }

    /// Replaces the bytes of the file; name and type stay. What the service said.
    pub fn overwrite(
        &self,
        source: &Source<'_>,
        filename: &str,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        // `specs/filestack.md` 5.5
        let form = Form::new("fileUpload", source, filename)?;
        let mut asked = self.overwriting(&[("base64decode", "false")], options)?;
        asked.form = Some(&form);
        asked.json(observer)
    }

    /// Replaces the bytes of the file by those at `url`, which the service fetches.
    pub fn overwrite_url(
        &self,
        url: &str,
        base64decode: bool,
        options: &RequestOptions,
        observer: Option<Observer<'_>>,
    ) -> Result<Value> {
        super::store::check_url(url)?;
        let body = format!("url={}", http::escaped(url));
        let decode = if base64decode { "true" } else { "false" };
        let mut asked = self.overwriting(&[("base64decode", decode)], options)?;
        asked.body = Some(("application/x-www-form-urlencoded", body.as_bytes()));
        asked.json(observer)
    }

    fn overwriting<'a>(&'a self, pairs: &[(&str, &str)], options: &'a RequestOptions) -> Result<Asked<'a>> {
        let security = self.needed(options.security.as_ref(), "overwrite a file")?;
        let url = format!("{}/file/{}{}", self.client.hosts().api, self.handle, query(pairs, Some(security)));
        Ok(self.asked("overwrite", format!("overwrite {}", self.handle), Method::POST, url, options))
    }

    fn delivery<'a>(&'a self, options: &'a RequestOptions) -> Result<Asked<'a>> {
        let url = match self.security(options) {
            Some(security) => self.signed_url(Some(security))?,
            None => self.url.clone(),
        };
        Ok(self.asked("download", format!("download {}", self.handle), Method::GET, url, options))
    }

    fn asked<'a>(
        &'a self,
        step: &'static str,
        doing: String,
        method: Method,
        url: String,
        options: &'a RequestOptions,
    ) -> Asked<'a> {
        let security = self.security(options);
        Asked {
            client: &self.client,
            step,
            doing,
            method,
            url,
            body: None,
            form: None,
            security,
            deadline: options.deadline,
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
