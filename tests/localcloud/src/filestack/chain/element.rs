//! The elements of a processing URL's path, and the parameters in one of them (6.3).

use super::catalogue;

/// One byte of a path, and whether it came percent-encoded.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    byte: u8,
    encoded: bool,
}

/// The values a parameter can have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    List(Vec<Value>),
}

impl Value {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            Value::List(_) => None,
        }
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Text(text) => serde_json::Value::from(text.as_str()),
            Value::List(list) => list.iter().map(Value::to_json).collect(),
        }
    }

    /// The texts of a list, or the one text there is.
    pub(crate) fn texts(&self) -> Vec<&str> {
        match self {
            Value::Text(text) => vec![text],
            Value::List(list) => list.iter().flat_map(Value::texts).collect(),
        }
    }
}

/// The bytes of a path. Some clients encode every quote (then they enclose values), others only those inside
/// of values: where one quote came raw, the encoded ones are plain text.
pub(crate) fn marks(path: &str) -> Vec<Mark> {
    let bytes = path.as_bytes();
    let mut marks = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.filter(|_| byte == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(decoded) => {
                marks.push(Mark { byte: decoded, encoded: true });
                at += 3;
            }
            None => {
                marks.push(Mark { byte, encoded: false });
                at += 1;
            }
        }
    }
    if !path.contains('"') {
        for mark in &mut marks {
            mark.encoded &= mark.byte != b'"';
        }
    }
    marks
}

pub(crate) fn text(marks: &[Mark]) -> String {
    let bytes: Vec<u8> = marks.iter().map(|mark| mark.byte).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Tells places outside of quotes and brackets from those inside.
#[derive(Default)]
struct Depth {
    quoted: bool,
    brackets: u32,
}

impl Depth {
    /// Takes the next byte; whether a separator there would count.
    fn open(&mut self, mark: Mark) -> bool {
        match mark.byte {
            b'"' if !mark.encoded => self.quoted = !self.quoted,
            b'[' if !self.quoted => self.brackets += 1,
            b']' if !self.quoted => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        !self.quoted && self.brackets == 0
    }
}

/// The first element and what is behind its slash. An encoded slash ends an element too if a task follows:
/// one SDK sends all of its tasks as one segment.
pub(crate) fn first(marks: &[Mark]) -> (&[Mark], Option<&[Mark]>) {
    let mut depth = Depth::default();
    for (place, mark) in marks.iter().enumerate() {
        if !depth.open(*mark) || mark.byte != b'/' {
            continue;
        }
        let (element, rest) = marks.split_at(place);
        let rest = rest.get(1..).unwrap_or_default();
        if !mark.encoded || starts_with_task(rest) {
            return (element, Some(rest));
        }
    }
    (marks, None)
}

fn starts_with_task(marks: &[Mark]) -> bool {
    let name = marks.split(|mark| matches!(mark.byte, b'=' | b'/')).next().unwrap_or_default();
    catalogue::find(&text(name)).is_some()
}

/// `k:v,k:v`; a text without a key has the empty one, as in `cache=false`.
pub(crate) fn params(marks: &[Mark]) -> Vec<(String, Value)> {
    let pieces = split(marks);
    pieces.into_iter().filter(|piece| !piece.is_empty()).map(pair).collect()
}

fn pair(piece: &[Mark]) -> (String, Value) {
    match piece.iter().position(|mark| mark.byte == b':') {
        Some(colon) => {
            let (name, rest) = piece.split_at(colon);
            (text(name).trim().to_owned(), value(rest.get(1..).unwrap_or_default()))
        }
        None => (String::new(), value(piece)),
    }
}

/// At the commas outside of quotes and brackets. An encoded comma belongs to the value, except in a list.
fn split(marks: &[Mark]) -> Vec<&[Mark]> {
    let mut depth = Depth::default();
    let mut pieces = Vec::new();
    let mut start = 0;
    for (place, mark) in marks.iter().enumerate() {
        if depth.open(*mark) && mark.byte == b',' && !mark.encoded {
            pieces.push(marks.get(start..place).unwrap_or_default());
            start = place + 1;
        }
    }
    pieces.push(marks.get(start..).unwrap_or_default());
    pieces
}

fn value(marks: &[Mark]) -> Value {
    value_at(marks, 0)
}

/// Lists of lists are as deep as it gets; a URL of brackets alone must not end in a stack overflow.
const DEEPEST: u32 = 3;

fn value_at(marks: &[Mark], depth: u32) -> Value {
    let inner = enclosed(marks, b'[', b']').filter(|_| depth < DEEPEST);
    match inner {
        Some(inner) => {
            // Inside of brackets it does not matter who encoded a comma.
            let plain: Vec<Mark> = inner
                .iter()
                .map(|mark| Mark { byte: mark.byte, encoded: mark.encoded && mark.byte != b',' })
                .collect();
            let items = split(&plain).into_iter().filter(|item| !text(item).trim().is_empty());
            Value::List(items.map(|item| value_at(trim(item), depth + 1)).collect())
        }
        None => Value::Text(text(enclosed(marks, b'"', b'"').unwrap_or(marks))),
    }
}

fn trim(mut marks: &[Mark]) -> &[Mark] {
    while let Some((Mark { byte: b' ', .. }, rest)) = marks.split_first() {
        marks = rest;
    }
    while let Some((Mark { byte: b' ', .. }, rest)) = marks.split_last() {
        marks = rest;
    }
    marks
}

fn enclosed(marks: &[Mark], open: u8, close: u8) -> Option<&[Mark]> {
    match marks {
        [first, inner @ .., last] if first.byte == open && last.byte == close => Some(inner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Vec<(String, Value)> {
        params(&marks(source))
    }

    fn text_value(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn quotes_keep_commas_colons_and_slashes_together() {
        for source in ["path:\"a,b/c:d\",access:public", "path:%22a,b/c:d%22,access:public"] {
            let expected = [("path", "a,b/c:d"), ("access", "public")];
            let expected = expected.map(|(name, value)| (name.to_owned(), text_value(value)));
            assert_eq!(read(source), expected, "{source}");
        }
        assert_eq!(read("text:\"say %22hi%22\""), [("text".to_owned(), text_value("say \"hi\""))]);
    }

    #[test]
    fn lists_may_be_nested_and_encoded() {
        let row = |numbers: &[&str]| Value::List(numbers.iter().map(|number| text_value(number)).collect());
        let expected = Value::List(vec![row(&["1", "2"]), row(&["3", "4"])]);
        for source in ["objects:[[1,2],[3,4]]", "objects:%5B%5B1%2C2%5D,%20%5B3,4%5D%5D"] {
            assert_eq!(read(source), [("objects".to_owned(), expected.clone())], "{source}");
        }
    }

    #[test]
    fn brackets_alone_do_no_harm() {
        let deep = format!("a:{}{}", "[".repeat(30_000), "]".repeat(30_000));
        assert_eq!(read(&deep).len(), 1);
    }

    #[test]
    fn an_encoded_comma_is_part_of_a_value() {
        assert_eq!(read("filename:a%2Cb.txt"), [("filename".to_owned(), text_value("a,b.txt"))]);
        assert_eq!(read("false"), [(String::new(), text_value("false"))]);
    }
}
