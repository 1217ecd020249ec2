//! Chains of tasks and their URLs (`specs/filestack.md` 6).
//!
//! ```
//! # use ferry::filestack::transform::{TransformSource, Transform};
//! let mut transform = Transform::new(TransformSource::parse("sm9IEXAMPLEQuzfJykmA")?);
//! transform.add("resize", Some("width:800"))?;
//! transform.add_json("rotate", Some(r#"{"deg": 90}"#))?;
//! assert_eq!(
//!     transform.url("https://cdn.filestackcontent.com", "KEY"),
//!     "https://cdn.filestackcontent.com/resize=width:800/rotate=deg:90/sm9IEXAMPLEQuzfJykmA",
//! );
//! # Ok::<(), ferry::error::Error>(())
//! ```

mod arg;
mod b64;
mod check;
mod encode;
mod source;

use std::fmt;

use serde_json::Value;
use smallvec::SmallVec;

use self::arg::Arg;
use super::address::{quoted, shown_source};
use super::security::Security;
use super::tasks::{self, Param, Task};
use crate::error::{Error, Result, excerpt};
use crate::http::has_dot_segment;
use crate::json;
use crate::nearest::nearest;

pub use source::TransformSource;

/// The longest chain, and the longest parameters of one task, in bytes.
const LONGEST_CHAIN: usize = 1 << 20;

/// The parameters of one task; few have more than these, and then the heap takes them.
type Pairs<'a> = SmallVec<[(&'static Param, Arg<'a>); 4]>;

/// A source and the tasks that are done to it, one after the other.
///
/// The same tasks with the same parameters give the same URL, whatever the order of the parameters: the
/// service keeps results by their URL.
#[derive(Clone)]
pub struct Transform {
    /// The source as it was given, then the tasks as they stand in the URL, each with a slash behind it: an
    /// allocation costs as much as a task.
    text: String,
    /// Where in it the tasks begin.
    tasks_at: usize,
    /// The source as it stands in the URL, where that is not how it was given.
    encoded_source: Option<String>,
    is_handle: bool,
    always_apikey: bool,
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.elements().filter_map(|element| element.split('=').next()).collect();
        let source = shown_source(self.source());
        f.debug_struct("Transform").field("source", &source).field("tasks", &names).finish_non_exhaustive()
    }
}

impl Transform {
    #[inline]
    pub fn new(source: TransformSource) -> Self {
        let TransformSource { text, encoded, handle } = source;
        let tasks_at = text.len();
        Transform { text, tasks_at, encoded_source: encoded, is_handle: handle, always_apikey: false }
    }

    /// Whether the API key stands in the URL of a handle too, as some accounts want it. It always does for
    /// other sources.
    pub fn always_with_apikey(&mut self, always: bool) {
        self.always_apikey = always;
    }

    /// The source as it was given; a list in brackets.
    pub fn source(&self) -> &str {
        self.text.get(..self.tasks_at).unwrap_or_default()
    }

    /// The handle that is the source, if one is.
    pub(super) fn handle(&self) -> Option<&str> {
        self.is_handle.then(|| self.source())
    }

    /// The tasks as they stand in the URL, each with a slash behind it.
    fn chain(&self) -> &str {
        self.text.get(self.tasks_at..).unwrap_or_default()
    }

    /// Adds a task with its parameters as they stand in a URL, `width:500,align:[top,left],path:"a/b"`, but
    /// not percent-encoded. [`tasks::find`] says which there are.
    ///
    /// Fails with `InvalidArgument`, saying what is allowed, for an unknown task or parameter, a value of the
    /// wrong type or out of range, a parameter that is missing, and a chain of more than 1 MiB. The chain is
    /// then what it was.
    pub fn add(&mut self, task: &str, params: Option<&str>) -> Result<()> {
        let task = known(task)?;
        let params = params.map_or("", str::trim_ascii);
        check_length(params)?;
        if task.bare.contains(&params) {
            return self.push(task.name, |chain| chain.push_str(params));
        }
        let mut pairs = Pairs::new();
        arg::each_pair(params, |name, value| take(task, &mut pairs, name, value))
            .map_err(|cause| Error::invalid_argument(format!("{}: {cause}", task.name)))?;
        self.push_checked(task, &mut pairs)
    }

    /// [`Transform::add`] with the parameters as a JSON object, `{"width": 500}`. A parameter that is null is
    /// left out.
    pub fn add_json(&mut self, task: &str, params_json: Option<&str>) -> Result<()> {
        let task = known(task)?;
        let text = params_json.map(str::trim_ascii).filter(|text| !text.is_empty()).unwrap_or("{}");
        check_length(text)?;
        if task.bare.contains(&text) {
            return self.push(task.name, |chain| chain.push_str(text));
        }
        let refused = |cause: &str| Error::invalid_argument(format!("{}: {cause}", task.name));
        let value = json::parse(text.as_bytes(), |cause| refused(&format!("params is not JSON: {cause}")))?;
        let Value::Object(map) = &value else {
            return Err(refused("params is not a JSON object"));
        };
        let mut pairs = Pairs::with_capacity(map.len());
        for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
            let value = Arg::from_json(value).ok_or_else(|| {
                let name = excerpt(name, 60);
                refused(&format!("{name} holds an object or null, which no parameter takes"))
            })?;
            take(task, &mut pairs, name, value).map_err(|cause| refused(&cause))?;
        }
        self.push_checked(task, &mut pairs)
    }

    /// Adds one element of the URL's path as it is, `new_task=k:v`: the way out for what the table of tasks
    /// does not know. Only what a URL cannot carry is percent-encoded; sequences such as `%20` stay.
    ///
    /// Fails with `InvalidArgument` unless it begins with a task's name (letters, digits, `_`), holds no
    /// slash outside of double quotes, and is not `security`, which a signed URL brings along.
    pub fn add_raw(&mut self, element: &str) -> Result<()> {
        let name = element.split('=').next().unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(Error::invalid_argument(format!(
                "element {} does not begin with a task's name: it is written name or name=k:v,k:v",
                quoted(element)
            )));
        }
        check_length(element)?;
        if name == "security" {
            return Err(security_is_no_task());
        }
        if element.split('"').step_by(2).any(|outside| outside.contains('/')) {
            return Err(Error::invalid_argument(format!(
                "element {} holds a slash outside of double quotes: one element is one task",
                quoted(element)
            )));
        }
        self.append(|chain| encode::push_url(chain, element))
    }

    /// Fails with `InvalidArgument` if [`Transform::url`] would have a `.` or `..` alone between slashes, in
    /// its source or in a text of its tasks. Clients fold these, encoded or not, and the service would be
    /// asked for something else.
    pub fn check_path(&self) -> Result<()> {
        let source = self.encoded_source.as_deref().unwrap_or(self.source());
        let where_it_is = if has_dot_segment(source) {
            format!("source {}", quoted(&shown_source(self.source())))
        } else if has_dot_segment(self.chain()) {
            let task = self.elements().find(|element| has_dot_segment(element)).unwrap_or_default();
            format!("a parameter of {}", task.split('=').next().unwrap_or_default())
        } else {
            return Ok(());
        };
        Err(Error::invalid_argument(format!(
            "{where_it_is} has a . or .. alone between slashes, which no URL's path can carry: write it \
             without, or send the URL of ferry_transform_base64_url"
        )))
    }

    /// The URL at which the service delivers the result: `cdn` is the origin, such as
    /// `https://cdn.filestackcontent.com`.
    ///
    /// It is fit to be sent as it is if [`Transform::check_path`] passes it: everything else that a URL's
    /// path cannot carry is percent-encoded.
    pub fn url(&self, cdn: &str, apikey: &str) -> String {
        self.build(cdn, apikey, None)
    }

    /// [`Transform::url`] for an account with security: the signed policy stands between the tasks and the
    /// source.
    pub fn signed_url(&self, cdn: &str, apikey: &str, security: &Security) -> String {
        self.build(cdn, apikey, Some(security))
    }

    fn build(&self, cdn: &str, apikey: &str, security: Option<&Security>) -> String {
        let cdn = cdn.trim_end_matches('/');
        let (chain, source) = (self.chain(), self.encoded_source.as_deref().unwrap_or(self.source()));
        let apikey = if self.names_apikey() { apikey } else { "" };
        let signed = security.map_or(0, |security| security.policy_b64().len() + 96);
        // With room for the NUL that C wants behind it.
        let length =
            cdn.len() + 1 + apikey.len() + usize::from(!apikey.is_empty()) + chain.len() + source.len() + 1;
        let mut url = String::with_capacity(length + signed);
        url.push_str(cdn);
        url.push('/');
        if !apikey.is_empty() {
            url.push_str(apikey);
            url.push('/');
        }
        url.push_str(chain);
        if let Some(security) = security {
            security.write_url_element(&mut url);
            url.push('/');
        }
        if source.is_empty() {
            url.pop();
        }
        url.push_str(source);
        url
    }

    pub(super) fn names_apikey(&self) -> bool {
        self.always_apikey || !self.is_handle
    }

    /// Whether running the chain twice makes two of something: stores a file, starts a workflow, forces a
    /// conversion.
    pub(super) fn makes_something(&self) -> bool {
        self.elements().any(|element| match element.split_once('=') {
            Some(("video_convert" | "video_playlist", params)) => {
                params.split(',').any(|p| p == "force:true")
            }
            Some((name, _)) => matches!(name, "store" | "run_workflow"),
            None => element == "store",
        })
    }

    /// Whether a parameter may hold an address.
    pub(super) fn has_address(&self) -> bool {
        Transform::has_address_in(self.chain())
    }

    pub(super) fn has_address_in(params: &str) -> bool {
        let encoded = |marks: &[u8]| marks.eq_ignore_ascii_case(b"%3A%2F%2F");
        params.contains("://") || params.contains(":%2") || params.as_bytes().windows(9).any(encoded)
    }

    fn push_checked(&mut self, task: &'static Task, pairs: &mut [(&'static Param, Arg<'_>)]) -> Result<()> {
        let given = |param: &Param| pairs.iter().any(|(given, _)| std::ptr::eq(*given, param));
        if let Some(missing) = task.params.iter().find(|param| param.required && !given(param)) {
            let (task, name) = (task.name, missing.name);
            return Err(Error::invalid_argument(format!(
                "{task}: {name} is missing; it is {}",
                missing.kind
            )));
        }
        if !task.one_of.is_empty() && !pairs.iter().any(|(given, _)| task.one_of.contains(&given.name)) {
            let (task, names) = (task.name, task.one_of.join(", "));
            return Err(Error::invalid_argument(format!("{task}: at least one of {names} is needed")));
        }
        // No name goes on where another one ends with a character below the colon, so this is the SDK's order
        // too, which sorts `name:value`.
        pairs.sort_unstable_by_key(|(param, _)| param.name);
        self.push(task.name, |chain| {
            for (index, (param, value)) in pairs.iter().enumerate() {
                chain.push_str(if index == 0 { "" } else { "," });
                chain.push_str(param.name);
                chain.push(':');
                check::push(chain, &param.kind, value);
            }
        })
    }

    /// Adds an element; `write` writes what comes after the equals sign, and nothing when there is nothing.
    fn push(&mut self, name: &str, write: impl FnOnce(&mut String)) -> Result<()> {
        self.append(|chain| {
            chain.push_str(name);
            chain.push('=');
            let bare = chain.len();
            write(chain);
            if chain.len() == bare {
                chain.pop();
            }
        })
    }

    /// Adds what `write` writes, and a slash, unless the chain gets too long.
    fn append(&mut self, write: impl FnOnce(&mut String)) -> Result<()> {
        let before = self.text.len();
        write(&mut self.text);
        self.text.push('/');
        if self.text.len() - self.tasks_at > LONGEST_CHAIN {
            self.text.truncate(before);
            return Err(Error::invalid_argument("the chain would be longer than 1 MiB"));
        }
        Ok(())
    }

    /// The tasks one by one, as they stand in the URL: a slash between double quotes is part of a task.
    pub(super) fn elements(&self) -> impl Iterator<Item = &str> {
        let mut rest = self.chain();
        std::iter::from_fn(move || {
            let mut quoted = false;
            let end = rest.char_indices().find(|&(at, character)| {
                quoted ^= rest.get(at..).is_some_and(|ahead| ahead.starts_with("%22"));
                character == '/' && !quoted
            });
            let (element, after) = rest.split_at_checked(end?.0)?;
            rest = after.get(1..)?;
            Some(element)
        })
    }
}

fn known(name: &str) -> Result<&'static Task> {
    if let Some(task) = tasks::find(name) {
        return Ok(task);
    }
    if name == "security" {
        return Err(security_is_no_task());
    }
    let meant = match nearest(name, tasks::names()) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "add what the table of tasks does not know as a raw element".to_owned(),
    };
    Err(Error::invalid_argument(format!("task {} is not known: {meant}", quoted(name))))
}

fn check_length(params: &str) -> Result<()> {
    if params.len() <= LONGEST_CHAIN {
        return Ok(());
    }
    Err(Error::invalid_argument(format!(
        "the parameters have {} bytes, at most 1 MiB is allowed",
        params.len()
    )))
}

fn security_is_no_task() -> Error {
    Error::invalid_argument("security is not added as a task: a signed URL brings it along")
}

/// Adds a parameter to those of its task, or says what is wrong with it.
#[inline(always)] // else the value goes through memory, and waiting for it is dearer than the checks
fn take<'a>(
    task: &'static Task,
    pairs: &mut Pairs<'a>,
    name: &str,
    value: Arg<'a>,
) -> std::result::Result<(), String> {
    let Some(param) = task.param(name) else {
        return Err(no_such_param(task, name));
    };
    if !check::accepts(&param.kind, &value) {
        return Err(format!("{} is {}, but must be {}", param.name, value.shown(), param.kind));
    }
    if pairs.iter().any(|(other, _)| std::ptr::eq(*other, param)) {
        return Err(format!("{} is given twice", param.name));
    }
    pairs.push((param, value));
    Ok(())
}

fn no_such_param(task: &Task, name: &str) -> String {
    if task.params.is_empty() {
        return format!("there is no parameter {}: this task takes none", quoted(name));
    }
    let names: Vec<&str> = task.params.iter().map(|param| param.name).collect();
    let meant = match nearest(name, names.iter().copied()) {
        Some(nearest) => format!("did you mean {nearest}? "),
        None => String::new(),
    };
    format!("there is no parameter {}: {meant}this task takes {}", quoted(name), names.join(", "))
}

#[cfg(test)]
mod tests;
