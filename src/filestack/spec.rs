//! The options of an upload, checked before anything is sent.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Client, Security};
use crate::error::{Error, Result};
use crate::http::check_header;
use crate::transfer::checkpoint::absolute;
use crate::transfer::plan::{self, MIB};
use crate::transfer::slots::check_concurrency;

/// Intelligent ingestion (`specs/filestack.md` 3.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Intelligent {
    #[default]
    Off,
    /// Parts go up in chunks that shrink on a bad network.
    On,
    /// Plain until a part fails, then intelligent.
    Fallback,
}

/// Where a file is stored, and which workflows run on it. `None` is the account's default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    pub location: Option<String>,
    pub path: Option<String>,
    pub container: Option<String>,
    pub region: Option<String>,
    pub access: Option<String>,
    pub workflows_json: Option<String>,
}

impl Place {
    /// The store parameters (`specs/filestack.md` 3.10). `location` is the default of `self.location`.
    pub(super) fn params(&self, location: Option<&str>) -> Result<Map<String, Value>> {
        let mut params = Map::new();
        let fields = [
            ("location", self.location.as_deref().or(location)),
            ("path", self.path.as_deref()),
            ("container", self.container.as_deref()),
            ("region", self.region.as_deref()),
            ("access", self.access.as_deref()),
        ];
        for (name, value) in fields {
            let Some(value) = value else { continue };
            check_text(name, value, 1024)?;
            if name == "access" && !matches!(value, "public" | "private") {
                return Err(Error::invalid_argument(format!(
                    "access is \"{value}\", but must be \"public\" or \"private\""
                )));
            }
            params.insert(name.into(), value.into());
        }
        if let Some(workflows) = self.workflows_json.as_deref().map(workflows).transpose()? {
            params.insert("workflows".into(), workflows);
        }
        Ok(params)
    }
}

/// Options of one upload; `ferry_upload_options` documents the defaults.
#[derive(Debug, Clone)]
pub struct UploadOptions {
    pub filename: Option<String>,
    /// Replaces characters that are special in URLs and shells by `-` in the name (`specs/filestack.md`
    /// 3.12).
    pub sanitize_filename: bool,
    pub mimetype: Option<String>,
    pub place: Place,
    pub tags_json: Option<String>,
    pub alt_text: Option<String>,
    pub intelligent: Intelligent,
    /// Bytes; 0 is 5 MiB. Intelligent uploads always have parts of 8 MiB.
    pub part_size: u64,
    /// Parts sent at once, 1 to 64; 0: what suits the line.
    pub concurrency: u32,
    /// The most bytes a second of all connections together; 0: no limit.
    pub bytes_per_second: u64,
    pub security: Option<Security>,
    pub deadline: Option<Duration>,
    /// A folder that keeps what the upload needs to go on after the process has ended.
    pub journal_dir: Option<String>,
    /// Whether the file is the body of one request ([`super::single`]).
    pub single_request: bool,
    /// Whether an upload starts anew whose outcome cannot be known.
    pub restart: bool,
    /// Whether parts are sent with their MD5. Off only in benchmarks, to measure its cost.
    pub checksums: bool,
}

impl Default for UploadOptions {
    fn default() -> Self {
        UploadOptions {
            filename: None,
            sanitize_filename: false,
            mimetype: None,
            place: Place::default(),
            tags_json: None,
            alt_text: None,
            intelligent: Intelligent::Off,
            part_size: 0,
            concurrency: 0,
            bytes_per_second: 0,
            security: None,
            deadline: None,
            journal_dir: None,
            single_request: false,
            restart: false,
            checksums: true,
        }
    }
}

impl UploadOptions {
    pub(super) fn tags(&self) -> Result<Option<Value>> {
        self.tags_json.as_deref().map(tags).transpose()
    }

    /// Refuses what the service does not take with a file in one request (`specs/filestack.md` 4.3), and what
    /// is about parts.
    fn check_single_request(&self) -> Result<()> {
        let lost = [
            ("intelligent", self.intelligent != Intelligent::Off),
            ("part_size", self.part_size != 0),
            ("concurrency", self.concurrency != 0),
            ("journal", self.journal_dir.is_some()),
            ("restart", self.restart),
            ("tags", self.tags_json.is_some()),
            ("alt_text", self.alt_text.is_some()),
            ("region", self.place.region.is_some()),
            ("workflows", self.place.workflows_json.is_some()),
        ];
        match lost.iter().find(|(_, given)| self.single_request && *given) {
            None => Ok(()),
            Some((name, _)) => Err(Error::invalid_argument(format!(
                "{name} cannot be set with single_request: a file in one request has no such thing"
            ))),
        }
    }

    /// The size of a part in bytes, but for the last.
    pub(super) fn part_bytes(&self) -> u64 {
        match (self.part_size, self.intelligent) {
            _ if self.single_request => u64::MAX,
            (0, Intelligent::Off) => PLAIN_PART,
            (0, _) => INTELLIGENT_PART,
            (own, _) => own,
        }
    }
}

/// The options of an upload in the form that the service takes.
#[derive(Debug, Clone)]
pub struct UploadSpec {
    pub filename: String,
    pub mimetype: String,
    pub store: Value,
    pub tags: Option<Value>,
    pub alt_text: Option<String>,
    pub intelligent: Intelligent,
    pub part_size: u64,
    pub concurrency: u32,
    pub bytes_per_second: u64,
    pub security: Option<Security>,
    pub deadline: Option<Duration>,
    pub journal_dir: Option<String>,
    pub single_request: bool,
    pub restart: bool,
    pub checksums: bool,
}

/// The only part size of intelligent ingestion (`specs/filestack.md` 3.7).
const INTELLIGENT_PART: u64 = 8 * MIB;

const PLAIN_PART: u64 = 5 * MIB;

impl UploadSpec {
    /// Checks `options`. `name` is the default of their `filename`.
    pub fn new(client: &Client, options: UploadOptions, name: Option<&str>) -> Result<Self> {
        options.check_single_request()?;
        let tags = options.tags()?;
        let part_size = options.part_bytes();
        let filename = options.filename.as_deref().or(name).unwrap_or("unnamed_file");
        let filename = if options.sanitize_filename { sanitized(filename) } else { filename.to_owned() };
        check_text("filename", &filename, 1024)?;
        let mimetype = match options.mimetype {
            Some(own) => own,
            None => mime_guess::from_path(&filename).first_or_octet_stream().essence_str().to_owned(),
        };
        check_text("mimetype", &mimetype, 255)?;
        plan::check_part_size(options.part_size)?;
        check_concurrency(options.concurrency)?;
        if options.intelligent != Intelligent::Off && part_size != INTELLIGENT_PART {
            let text =
                "part_size must be 0 or 8388608 (8 MiB) for an intelligent upload, which knows no other";
            return Err(Error::invalid_argument(text));
        }
        if let Some(alt) = &options.alt_text {
            check_text("alt_text", alt, 125)?;
        }
        Ok(UploadSpec {
            filename,
            mimetype,
            store: Value::Object(options.place.params(Some(client.storage()))?),
            tags,
            alt_text: options.alt_text,
            intelligent: options.intelligent,
            part_size,
            concurrency: options.concurrency,
            bytes_per_second: options.bytes_per_second,
            security: options.security.or_else(|| client.security().cloned()),
            deadline: options.deadline,
            journal_dir: options.journal_dir.as_deref().map(absolute).transpose()?,
            single_request: options.single_request,
            restart: options.restart,
            checksums: options.checksums,
        })
    }

    /// What the service is told, as a value: what a journal and a token keep of the options.
    pub fn to_request(&self) -> Value {
        let intelligent = match self.intelligent {
            Intelligent::Off => "off",
            Intelligent::On => "on",
            Intelligent::Fallback => "fallback",
        };
        json!({"filename": self.filename, "mimetype": self.mimetype, "store": self.store, "tags": self.tags,
            "alt_text": self.alt_text, "intelligent": intelligent, "part_size": self.part_size})
    }

    /// The options of an upload that goes on. What is stored, and how, is `request`'s; the rest is
    /// `options`'.
    pub fn from_request(client: &Client, options: UploadOptions, request: &Value) -> Result<Self> {
        let stores = UploadOptions::default();
        let is_free = options.filename.is_none()
            && options.sanitize_filename == stores.sanitize_filename
            && options.mimetype.is_none()
            && options.place == stores.place
            && options.tags_json.is_none()
            && options.alt_text.is_none()
            && options.intelligent == stores.intelligent
            && options.part_size == stores.part_size
            && options.single_request == stores.single_request;
        if !is_free {
            return Err(Error::invalid_argument(
                "the token says what is stored and how: options may set concurrency, bytes_per_second, \
                 security, journal, restart, progress and deadline only",
            ));
        }
        let own = UploadSpec::new(client, options, None)?;
        let text = |name: &str| request.get(name).and_then(Value::as_str).map(str::to_owned);
        let spec = || {
            Some(UploadSpec {
                filename: text("filename")?,
                mimetype: text("mimetype")?,
                store: request.get("store").filter(|store| store.is_object())?.clone(),
                tags: request.get("tags").filter(|tags| tags.is_object()).cloned(),
                alt_text: text("alt_text"),
                intelligent: match text("intelligent")?.as_str() {
                    "off" => Intelligent::Off,
                    "on" => Intelligent::On,
                    "fallback" => Intelligent::Fallback,
                    _ => return None,
                },
                part_size: request.get("part_size")?.as_u64().filter(|size| *size > 0)?,
                ..own
            })
        };
        spec()
            .ok_or_else(|| Error::invalid_argument("the token is of an upload that this version cannot make"))
    }
}

/// The name with `-` for each character that `specs/filestack.md` 3.12 lists, except in its extension.
fn sanitized(filename: &str) -> String {
    let (stem, ending) = filename.rsplit_once('.').unwrap_or((filename, ""));
    let dot = if stem.len() == filename.len() { "" } else { "." };
    format!("{}{dot}{ending}", stem.replace(|c| r#"\{}|%`"'~[]#^<>"#.contains(c), "-"))
}

/// Refuses a text that is empty, longer than `longest` characters, or has a control character.
pub(super) fn check_text(what: &str, value: &str, longest: usize) -> Result<()> {
    check_header(what, value)?;
    if value.is_empty() {
        return Err(Error::invalid_argument(format!("{what} is empty; leave it out for the default")));
    }
    let length = value.chars().count();
    if length > longest {
        return Err(Error::invalid_argument(format!(
            "{what} has {length} characters, at most {longest} are allowed"
        )));
    }
    Ok(())
}

fn parse(what: &str, json: &str) -> Result<Value> {
    let refused = |error| Error::invalid_argument(format!("{what} is not JSON: {error}"));
    crate::json::parse(json.as_bytes(), refused)
}

/// `["id", {"id": "id"}]`, 1 to 20 of them (`specs/filestack.md` 3.10).
fn workflows(json: &str) -> Result<Value> {
    let refused = || {
        Error::invalid_argument("workflows must be a JSON array of 1 to 20 workflow ids, e.g. [\"77c1c7a9\"]")
    };
    let Value::Array(items) = parse("workflows", json)? else { return Err(refused()) };
    let id =
        |item: &Value| item.as_str().or_else(|| item.get("id").and_then(Value::as_str)).map(str::to_owned);
    let ids: Option<Vec<String>> = items.iter().map(id).collect();
    match ids {
        Some(ids) if (1..=20).contains(&ids.len()) && ids.iter().all(|id| !id.is_empty()) => Ok(json!(ids)),
        _ => Err(refused()),
    }
}

/// At most 10 pairs, names of at most 128 and values of at most 256 characters (`specs/filestack.md` 3.10).
fn tags(json: &str) -> Result<Value> {
    let Value::Object(tags) = parse("tags", json)? else {
        return Err(Error::invalid_argument(
            "tags must be a JSON object of texts, e.g. {\"album\": \"holiday\"}",
        ));
    };
    if tags.len() > 10 {
        return Err(Error::invalid_argument(format!(
            "{} tags are given, at most 10 are allowed",
            tags.len()
        )));
    }
    for (name, value) in &tags {
        let Some(text) = value.as_str() else {
            return Err(Error::invalid_argument(format!("tags: the value of \"{name}\" must be a text")));
        };
        if name.is_empty() || name.chars().count() > 128 || text.chars().count() > 256 {
            let limit = "a tag's name has 1 to 128 characters, its value at most 256";
            return Err(Error::invalid_argument(format!("tags: \"{name}\" is out of range: {limit}")));
        }
    }
    Ok(Value::Object(tags))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filestack::ClientOptions;

    fn spec(options: UploadOptions, name: Option<&str>) -> Result<UploadSpec> {
        let client = Client::new("KEY", ClientOptions::default()).expect("client");
        UploadSpec::new(&client, options, name)
    }

    fn placed(place: Place) -> UploadOptions {
        UploadOptions { place, ..Default::default() }
    }

    fn refusal(options: UploadOptions) -> String {
        spec(options, None).expect_err("refused").message().to_owned()
    }

    #[test]
    fn names_and_types_have_defaults() {
        let plain = spec(UploadOptions::default(), Some("a.JPG")).expect("a spec");
        assert_eq!((plain.filename.as_str(), plain.mimetype.as_str()), ("a.JPG", "image/jpeg"));
        let nameless = spec(UploadOptions::default(), None).expect("a spec");
        assert_eq!(
            (nameless.filename.as_str(), nameless.mimetype.as_str()),
            ("unnamed_file", "application/octet-stream")
        );
        assert_eq!(plain.store, json!({"location": "S3"}));
    }

    #[test]
    fn a_sanitized_name_keeps_its_ending() {
        let name = |name: &str| {
            let options = UploadOptions { sanitize_filename: true, ..Default::default() };
            spec(options, Some(name)).expect("a spec").filename
        };
        assert_eq!(name("a\\b{c}|%`\"'~[]#^<>d e.j~g"), format!("a-b-c{}d e.j~g", "-".repeat(13)));
        assert_eq!((name("x#y").as_str(), name(".#a").as_str()), ("x-y", ".#a"));
    }

    #[test]
    fn limits_are_kept() {
        let tags = |n: usize| {
            Some(
                json!((0..n).map(|i| (i.to_string(), "x")).collect::<std::collections::BTreeMap<_, _>>())
                    .to_string(),
            )
        };
        assert!(spec(UploadOptions { tags_json: tags(10), ..Default::default() }, None).is_ok());
        assert!(refusal(UploadOptions { tags_json: tags(11), ..Default::default() }).contains("11 tags"));
        assert!(
            refusal(UploadOptions { tags_json: Some("{".into()), ..Default::default() }).contains("not JSON")
        );
        assert!(
            refusal(placed(Place { workflows_json: Some("[]".into()), ..Default::default() }))
                .contains("1 to 20")
        );
        assert!(refusal(UploadOptions { concurrency: 65, ..Default::default() }).contains("1 to 64"));
        assert!(refusal(UploadOptions { part_size: 5 * MIB - 1, ..Default::default() }).contains("5 MiB"));
        assert!(
            refusal(UploadOptions { mimetype: Some("a\nb".into()), ..Default::default() })
                .contains("mimetype")
        );
        assert!(
            refusal(placed(Place { access: Some("all".into()), ..Default::default() })).contains("public")
        );
    }

    #[test]
    fn workflows_are_ids_in_either_form() {
        let options =
            placed(Place { workflows_json: Some(r#"["a", {"id": "b"}]"#.into()), ..Default::default() });
        assert_eq!(spec(options, None).expect("a spec").store["workflows"], json!(["a", "b"]));
    }
}
