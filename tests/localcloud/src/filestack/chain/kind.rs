//! What a parameter may be (6.6, 6.7).

use serde_json::{Value as Json, json};

use super::element::Value;

pub(crate) enum Kind {
    Int(i64, i64),
    /// An integer, or one of some words.
    IntOr(i64, i64, &'static [&'static str]),
    Number(f64, f64),
    Bool,
    Word(&'static [&'static str]),
    Colour,
    Text,
    /// Edges and corners; `true`: `faces` too.
    Position(bool),
    Faces,
    /// Boxes `[x,y,w,h]`, or one such box.
    Boxes,
    Pair(i64, i64),
    Texts,
    Time,
    Any,
}

impl Kind {
    /// What is wrong with a value: what it should be.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        if self.covers(value) { Ok(()) } else { Err(self.describe()) }
    }

    fn covers(&self, value: &Value) -> bool {
        match (self, value) {
            (Kind::Any, _) => true,
            (Kind::Texts, value) => !value.texts().is_empty(),
            (Kind::Boxes, Value::List(list)) => {
                is_box(list)
                    || (1..=50).contains(&list.len())
                        && list.iter().all(|item| matches!(item, Value::List(item) if is_box(item)))
            }
            (Kind::Pair(min, max), Value::List(list)) => {
                list.len() == 2 && list.iter().all(|item| is_int(item.text(), *min, *max))
            }
            (Kind::Faces, Value::List(list)) => list.iter().all(|item| is_int(item.text(), 1, 1000)),
            (Kind::Position(_), Value::List(list)) => {
                let words: Option<Vec<&str>> = list.iter().map(Value::text).collect();
                matches!(words.as_deref(), Some(["top" | "middle" | "bottom", "left" | "center" | "right"]))
            }
            (_, Value::Text(text)) => self.covers_text(text),
            _ => false,
        }
    }

    fn covers_text(&self, text: &str) -> bool {
        match self {
            Kind::Int(min, max) => is_int(Some(text), *min, *max),
            Kind::IntOr(min, max, words) => is_int(Some(text), *min, *max) || words.contains(&text),
            Kind::Number(min, max) => {
                text.parse::<f64>().is_ok_and(|number| number.is_finite() && (*min..=*max).contains(&number))
            }
            // One SDK writes True and False.
            Kind::Bool => matches!(text, "true" | "false" | "True" | "False"),
            Kind::Word(words) => words.iter().any(|word| word.eq_ignore_ascii_case(text)),
            Kind::Colour => colour(text).is_some(),
            Kind::Text => !text.is_empty(),
            Kind::Position(faces) => {
                matches!(text, "top" | "middle" | "bottom" | "left" | "center" | "right")
                    || (*faces && text == "faces")
            }
            Kind::Faces => text == "all" || is_int(Some(text), 1, 1000),
            Kind::Time => is_time(text),
            _ => false,
        }
    }

    pub(crate) fn to_json(&self) -> Json {
        match self {
            Kind::Int(min, max) => json!({ "type": "int", "min": min, "max": max }),
            Kind::IntOr(min, max, words) => {
                json!({ "type": "int_or", "min": min, "max": max, "words": words })
            }
            Kind::Number(min, max) => json!({ "type": "number", "min": min, "max": max }),
            Kind::Bool => json!({ "type": "bool" }),
            Kind::Word(words) => json!({ "type": "word", "words": words }),
            Kind::Colour => json!({ "type": "colour" }),
            Kind::Text => json!({ "type": "text" }),
            Kind::Position(faces) => json!({ "type": "position", "faces": faces }),
            Kind::Faces => json!({ "type": "faces" }),
            Kind::Boxes => json!({ "type": "boxes" }),
            Kind::Pair(min, max) => json!({ "type": "pair", "min": min, "max": max }),
            Kind::Texts => json!({ "type": "texts" }),
            Kind::Time => json!({ "type": "time" }),
            Kind::Any => json!({ "type": "any" }),
        }
    }

    fn describe(&self) -> String {
        match self {
            Kind::Int(min, max) => format!("an integer from {min} to {max}"),
            Kind::IntOr(min, max, words) => {
                format!("an integer from {min} to {max}, or {}", words.join(", "))
            }
            Kind::Number(min, max) => format!("a number from {min} to {max}"),
            Kind::Bool => "true or false".to_owned(),
            Kind::Word(words) => format!("one of {}", words.join(", ")),
            Kind::Colour => "a colour: 3, 6 or 8 hex digits or a name".to_owned(),
            Kind::Text | Kind::Texts | Kind::Any => "a text".to_owned(),
            Kind::Position(_) => "a position such as top or [top,left]".to_owned(),
            Kind::Faces => "all, a number from 1 to 1000 or a list of such".to_owned(),
            Kind::Boxes => "[x,y,width,height], with width and height of at least 1".to_owned(),
            Kind::Pair(min, max) => format!("two integers [a,b] from {min} to {max}"),
            Kind::Time => "a time HH:MM:SS".to_owned(),
        }
    }
}

fn is_int(text: Option<&str>, min: i64, max: i64) -> bool {
    text.and_then(|text| text.parse::<i64>().ok()).is_some_and(|number| (min..=max).contains(&number))
}

fn is_box(list: &[Value]) -> bool {
    match list {
        [x, y, w, h] => {
            [x, y].iter().all(|place| is_int(place.text(), 0, 100_000))
                && [w, h].iter().all(|edge| is_int(edge.text(), 1, 100_000))
        }
        _ => false,
    }
}

fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let limits = [23, 59, 59];
    (1..=3).contains(&parts.len())
        && parts
            .iter()
            .zip(limits)
            .all(|(part, max)| (1..=2).contains(&part.len()) && is_int(Some(part), 0, max))
}

/// Red, green, blue and opacity. Shades and names that only X11 knows are taken as near ones.
pub(crate) fn colour(text: &str) -> Option<[u8; 4]> {
    if matches!(text.len(), 3 | 6 | 8) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return csscolorparser::parse(&format!("#{text}")).ok().map(|colour| colour.to_rgba8());
    }
    let name = text.to_ascii_lowercase();
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = name.strip_prefix(base).and_then(|number| number.parse::<u8>().ok());
    let base = match (base, number) {
        ("none", None) => return Some([0; 4]),
        ("gray" | "grey", Some(percent @ 0..=100)) => {
            let shade = u8::try_from(u16::from(percent) * 255 / 100).unwrap_or(u8::MAX);
            return Some([shade, shade, shade, 255]);
        }
        ("fractal", None) => "gray",
        ("lightgoldenrod", _) => "palegoldenrod",
        ("lightslateblue", None) => "mediumslateblue",
        ("mediumforestgreen", None) => "forestgreen",
        ("mediumgoldenrod", None) => "goldenrod",
        ("navyblue", None) => "navy",
        ("violetred", _) => "palevioletred",
        (base, None | Some(1..=4)) => base,
        _ => return None,
    };
    // Only names: the parser would also take functions and forms with a hash sign.
    if !base.bytes().all(|byte| byte.is_ascii_lowercase()) || text.is_empty() {
        return None;
    }
    let is_name = !base.bytes().all(|byte| byte.is_ascii_hexdigit());
    csscolorparser::parse(base).ok().filter(|_| is_name).map(|colour| colour.to_rgba8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_hex_or_names() {
        assert_eq!(colour("FF000080"), Some([255, 0, 0, 128]));
        assert_eq!(colour("0f0"), Some([0, 255, 0, 255]));
        assert_eq!(colour("snow"), Some([255, 250, 250, 255]));
        assert_eq!(colour("transparent"), Some([0, 0, 0, 0]));
        assert!(colour("gray50").is_some() && colour("red").is_some());
        for wrong in ["", "rot", "#fff", "gray101", "12", "rgb(1,2,3)", "ffff"] {
            assert_eq!(colour(wrong), None, "{wrong}");
        }
    }
}
