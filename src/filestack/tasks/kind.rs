//! What the value of a parameter may be (`specs/filestack.md` 6.6).

use std::fmt;

/// The type and range of a parameter's value.
#[derive(Debug, Clone, Copy)]
pub enum ParamKind {
    Bool,
    /// A whole number, both ends included.
    Int {
        min: i64,
        max: i64,
    },
    /// A number with or without a fraction, both ends included.
    Number {
        min: f64,
        max: f64,
    },
    /// Any text that is not empty.
    Text,
    /// Any text that is not empty; the service wants it in double quotes whatever it holds.
    Quoted,
    /// One of these words and no other.
    Choice(&'static [&'static str]),
    /// One of these words, or another one that the SDKs do not list: letters, digits, `_`, `-`, `.`.
    Open(&'static [&'static str]),
    /// 3, 6 or 8 hexadecimal digits without `#`, or the name of a colour.
    Colour,
    /// One of [`VERTICAL`] or [`HORIZONTAL`], or a pair of the one and the other; `faces` where so said.
    Position {
        faces: bool,
    },
    /// `all`, the number of a face (1..1000), or a list of such numbers.
    Faces,
    /// 1..50 boxes `[x,y,width,height]` in pixels: x, y 0..10000; width, height 1..10000.
    Objects,
    /// A list of whole numbers, as many as there are ranges here.
    Ints(&'static [(i64, i64)]),
    /// A page, a range of pages `1-3`, `1-`, `-2`, or a list of these. Pages count from 1.
    Pages,
    /// `HH`, `HH:MM` or `HH:MM:SS`, one or two digits each.
    Clock,
    /// A share such as `50%`.
    Percent,
    /// A stored file's handle, or a file's URL or storage alias.
    File,
    /// A list of [`ParamKind::File`].
    Files,
    /// An http or https URL.
    Url,
    /// A list of texts.
    Texts,
    /// What one of these takes.
    Either(&'static [ParamKind]),
}

/// The first word of a position that is a pair.
pub const VERTICAL: &[&str] = &["top", "middle", "bottom"];

/// The second word of a position that is a pair.
pub const HORIZONTAL: &[&str] = &["left", "center", "right"];

/// Paper sizes.
pub const PAGE_FORMATS: &[&str] = &["a2", "a3", "a4", "a5", "b4", "b5", "letter", "legal", "tabloid"];

pub(super) const ORIENTATIONS: &[&str] = &["portrait", "landscape"];

/// Reads on after "must be".
impl fmt::Display for ParamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParamKind::Bool => f.write_str("true or false"),
            ParamKind::Int { min, max } => write!(f, "a whole number from {min} to {max}"),
            ParamKind::Number { min, max } => write!(f, "a number from {min} to {max}"),
            ParamKind::Text | ParamKind::Quoted => f.write_str("a text that is not empty"),
            ParamKind::Choice(words) => write!(f, "one of {}", words.join(", ")),
            ParamKind::Open(words) => write!(f, "a word such as {}", words.join(", ")),
            ParamKind::Colour => {
                f.write_str("a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name")
            }
            ParamKind::Position { faces } => {
                let also = if *faces { ", faces" } else { "" };
                let (vertical, horizontal) = (VERTICAL.join(", "), HORIZONTAL.join(", "));
                write!(f, "one of {vertical}, {horizontal}{also}, or a pair of both kinds such as [top,left]")
            }
            ParamKind::Faces => f.write_str("all, a whole number from 1 to 1000, or a list of such numbers"),
            ParamKind::Objects => f.write_str(
                "a list of 1 to 50 boxes [x,y,width,height], x and y 0 to 10000, the others 1 to 10000",
            ),
            ParamKind::Ints(ranges) => {
                write!(f, "a list of {} whole numbers:", ranges.len())?;
                for (index, (min, max)) in ranges.iter().enumerate() {
                    write!(f, "{} {min} to {max}", if index == 0 { "" } else { "," })?;
                }
                Ok(())
            }
            ParamKind::Pages => {
                f.write_str("a page from 1 on, a range such as 1-3, 1- or -2, or a list of these")
            }
            ParamKind::Clock => f.write_str("a time HH, HH:MM or HH:MM:SS up to 23:59:59"),
            ParamKind::Percent => f.write_str("a share such as 50%"),
            ParamKind::File => f.write_str("a file: a handle, an http(s) URL or src://alias/path"),
            ParamKind::Files => f.write_str("a list of files: handles, http(s) URLs or src://alias/path"),
            ParamKind::Url => f.write_str("an http or https URL"),
            ParamKind::Texts => f.write_str("a list of texts"),
            ParamKind::Either(kinds) => {
                for (index, kind) in kinds.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", or " })?;
                    kind.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}
