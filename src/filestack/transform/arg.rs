//! The value of a parameter as it was given, read from a URL's notation or from JSON.

use std::borrow::Cow;

use serde_json::Value;

use crate::error::excerpt;
use crate::filestack::address::quoted;
use crate::http::shown_address;

/// Lists of lists are the deepest there is (`partial_blur` takes a list of boxes).
const DEEPEST: u32 = 2;

#[derive(Debug)]
pub(super) enum Arg<'a> {
    /// A bare word of a URL, which may stand for anything.
    Token(&'a str),
    /// A number or a bool of JSON.
    Literal(Cow<'a, str>),
    /// A string of JSON, or a word of a URL in double quotes.
    Text(&'a str),
    List(Vec<Arg<'a>>),
}

impl<'a> Arg<'a> {
    /// `None` for what no parameter can be: null and objects.
    pub(super) fn from_json(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::Null | Value::Object(_) => return None,
            Value::Bool(true) => Arg::Literal(Cow::Borrowed("true")),
            Value::Bool(false) => Arg::Literal(Cow::Borrowed("false")),
            Value::Number(number) => Arg::Literal(Cow::Owned(number.to_string())),
            Value::String(text) => Arg::Text(text),
            Value::Array(items) => Arg::List(items.iter().map(Arg::from_json).collect::<Option<_>>()?),
        })
    }

    /// The text, where it can be one.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Arg::Token(text) | Arg::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number or bool, where it can be one.
    pub(super) fn literal(&self) -> Option<&str> {
        match self {
            Arg::Token(text) => Some(text),
            Arg::Literal(text) => Some(text),
            _ => None,
        }
    }

    /// For an error's message, and so not too long.
    pub(super) fn shown(&self) -> String {
        let mut text = match self {
            Arg::Token("") => "empty".to_owned(),
            Arg::Token(text) if text.contains("://") => shown_address(text),
            Arg::Token(text) => (*text).to_owned(),
            Arg::Literal(text) => text.to_string(),
            Arg::Text(text) => quoted(text),
            Arg::List(items) => {
                let items: Vec<String> = items.iter().take(8).map(Arg::shown).collect();
                format!("[{}]", items.join(","))
            }
        };
        if let Some((end, _)) = text.char_indices().nth(60) {
            text.truncate(end);
            text.push('…');
        }
        text
    }
}

/// Calls `each` with every name and value of `width:500,align:[top,left],path:"a/b"`, until it fails.
#[inline]
pub(super) fn each_pair<'a>(
    params: &'a str,
    mut each: impl FnMut(&'a str, Arg<'a>) -> Result<(), String>,
) -> Result<(), String> {
    let mut rest = params;
    if rest.is_empty() {
        return Ok(());
    }
    loop {
        // Names and values are short: looking at byte after byte beats the searches of `str`.
        let mark = rest.bytes().position(|byte| matches!(byte, b':' | b','));
        let (name, mark) = rest.split_at_checked(mark.unwrap_or(rest.len())).unwrap_or((rest, ""));
        let Some(value) = mark.strip_prefix(':') else {
            return Err(format!(
                "parameter {} has no value: parameters are written name:value,name:value",
                quoted(name)
            ));
        };
        let name = name.trim_ascii();
        let value = value.trim_ascii_start();
        // A bare word, which most values are, goes to `each` by itself: it then stays in registers.
        let after = if value.starts_with(['"', '[']) {
            let (value, after) =
                value_of(value, b",", 0).map_err(|cause| format!("{} {cause}", excerpt(name, 60)))?;
            each(name, value)?;
            after
        } else {
            let (word, after) = word(value, b",");
            each(name, Arg::Token(word))?;
            after
        };
        match after.trim_ascii_start().strip_prefix(',') {
            Some(more) => rest = more,
            None if after.trim_ascii().is_empty() => return Ok(()),
            None => {
                return Err(format!("{} goes on after its value: {}", excerpt(name, 60), quoted(after)));
            }
        }
    }
}

/// The value at the beginning of `text`, and what comes after it. A bare word ends before one of `ends`.
fn value_of<'a>(text: &'a str, ends: &[u8], depth: u32) -> Result<(Arg<'a>, &'a str), &'static str> {
    if let Some(quoted) = text.strip_prefix('"') {
        return match quoted.split_once('"') {
            Some((text, after)) => Ok((Arg::Text(text), after)),
            None => Err("has no closing double quote"),
        };
    }
    if let Some(list) = text.strip_prefix('[') {
        return list_of(list, depth);
    }
    let (word, after) = word(text, ends);
    Ok((Arg::Token(word), after))
}

#[inline]
fn word<'a>(text: &'a str, ends: &[u8]) -> (&'a str, &'a str) {
    let end = text.bytes().position(|byte| ends.contains(&byte)).unwrap_or(text.len());
    // All that ends a word is ASCII, so the split is between characters.
    let (word, after) = text.split_at_checked(end).unwrap_or((text, ""));
    (word.trim_ascii_end(), after)
}

#[cold]
fn list_of(text: &str, depth: u32) -> Result<(Arg<'_>, &str), &'static str> {
    if depth == DEEPEST {
        return Err("holds lists in lists in lists");
    }
    let mut items = Vec::new();
    let mut rest = text.trim_ascii_start();
    if let Some(after) = rest.strip_prefix(']') {
        return Ok((Arg::List(items), after));
    }
    loop {
        let (item, after) = value_of(rest, b",]", depth + 1)?;
        items.push(item);
        let after = after.trim_ascii_start();
        if let Some(after) = after.strip_prefix(']') {
            return Ok((Arg::List(items), after));
        }
        rest = after.strip_prefix(',').ok_or("has no closing bracket")?.trim_ascii_start();
    }
}
