//! Whether a value is one that its parameter takes, and how it is written in a URL.

use super::arg::Arg;
use super::encode::push_text;
use super::source;
use crate::filestack::tasks::{HORIZONTAL, ParamKind, VERTICAL, is_colour};

pub(super) fn accepts(kind: &ParamKind, arg: &Arg<'_>) -> bool {
    match kind {
        ParamKind::Bool => matches!(arg.literal(), Some("true" | "false")),
        ParamKind::Int { min, max } => whole(arg).is_some_and(|value| (*min..=*max).contains(&value)),
        ParamKind::Number { min, max } => number(arg).is_some_and(|value| (*min..=*max).contains(&value)),
        ParamKind::Text | ParamKind::Quoted => text(arg),
        ParamKind::Choice(words) => arg.word().is_some_and(|word| words.contains(&word)),
        ParamKind::Open(_) => arg.word().is_some_and(plain),
        ParamKind::Colour => arg.word().is_some_and(is_colour),
        ParamKind::Position { faces } => position(arg, *faces),
        ParamKind::Faces => arg.word() == Some("all") || face(arg) || each(arg, 1..=1000, face),
        ParamKind::Objects => each(arg, 1..=50, |object| ints(object, OBJECT)),
        ParamKind::Ints(ranges) => ints(arg, ranges),
        ParamKind::Pages => pages(arg) || each(arg, 1..=usize::MAX, pages),
        ParamKind::Clock => arg.word().is_some_and(clock),
        ParamKind::Percent => arg.word().is_some_and(percent),
        ParamKind::File => arg.word().is_some_and(source::is_file),
        ParamKind::Files => each(arg, 1..=usize::MAX, |file| file.word().is_some_and(source::is_file)),
        ParamKind::Url => arg.word().is_some_and(source::is_url),
        ParamKind::Texts => each(arg, 1..=usize::MAX, text),
        ParamKind::Either(kinds) => kinds.iter().any(|kind| accepts(kind, arg)),
    }
}

/// Writes a value that [`accepts`] took.
pub(super) fn push(out: &mut String, kind: &ParamKind, arg: &Arg<'_>) {
    match (kind, arg) {
        (ParamKind::Quoted, Arg::Token(text) | Arg::Text(text)) => push_text(out, text, true),
        (_, Arg::Token(text) | Arg::Text(text)) => push_text(out, text, false),
        (_, Arg::Literal(text)) => out.push_str(text),
        (_, Arg::List(items)) => {
            out.push_str("%5B");
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                push(out, kind, item);
            }
            out.push_str("%5D");
        }
    }
}

const OBJECT: &[(i64, i64)] = &[(0, 10_000), (0, 10_000), (1, 10_000), (1, 10_000)];

/// The whole number that a text is: no sign but a minus, no zero in front. One number is written in one way,
/// since the service keeps results by their URL. More digits than any range has make none.
fn whole_number(text: &str) -> Option<i64> {
    let (digits, sign) = text.strip_prefix('-').map_or((text, 1), |digits| (digits, -1));
    if digits.len() > 15 || (digits.len() > 1 && digits.starts_with('0')) || digits.is_empty() {
        return None;
    }
    digits
        .bytes()
        .try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
        .map(|value| sign * value)
}

/// [`whole_number`], or one with a fraction behind it, but no exponent.
fn any_number(text: &str) -> Option<f64> {
    // Fifteen digits are exact.
    if let Some(value) = whole_number(text) {
        return Some(value as f64);
    }
    let (whole, fraction) = text.split_once('.')?;
    let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    (digits && whole_number(whole).is_some()).then(|| text.parse().ok())?
}

fn whole(arg: &Arg<'_>) -> Option<i64> {
    whole_number(arg.literal()?)
}

fn number(arg: &Arg<'_>) -> Option<f64> {
    any_number(arg.literal()?)
}

fn text(arg: &Arg<'_>) -> bool {
    arg.word().is_some_and(|word| !word.is_empty())
}

fn plain(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

fn face(arg: &Arg<'_>) -> bool {
    whole(arg).is_some_and(|face| (1..=1000).contains(&face))
}

fn each(arg: &Arg<'_>, count: std::ops::RangeInclusive<usize>, of: impl Fn(&Arg<'_>) -> bool) -> bool {
    matches!(arg, Arg::List(items) if count.contains(&items.len()) && items.iter().all(of))
}

fn ints(arg: &Arg<'_>, ranges: &[(i64, i64)]) -> bool {
    let Arg::List(items) = arg else { return false };
    items.len() == ranges.len()
        && items
            .iter()
            .zip(ranges)
            .all(|(item, (min, max))| whole(item).is_some_and(|value| (*min..=*max).contains(&value)))
}

fn position(arg: &Arg<'_>, faces: bool) -> bool {
    let (vertical, horizontal) = (|word| VERTICAL.contains(&word), |word| HORIZONTAL.contains(&word));
    match arg {
        Arg::List(pair) => match pair.as_slice() {
            [first, second] => first.word().is_some_and(vertical) && second.word().is_some_and(horizontal),
            _ => false,
        },
        one => {
            one.word().is_some_and(|word| vertical(word) || horizontal(word) || (faces && word == "faces"))
        }
    }
}

fn pages(arg: &Arg<'_>) -> bool {
    let page = |text: &str| whole_number(text).is_some_and(|page| page > 0);
    if arg.literal().or(arg.word()).is_some_and(page) {
        return true;
    }
    match arg.word().and_then(|word| word.split_once('-')) {
        Some(("", "")) | None => false,
        Some((first, "")) => page(first),
        Some(("", last)) => page(last),
        Some((first, last)) => page(first) && page(last),
    }
}

fn clock(word: &str) -> bool {
    let mut most = [23, 59, 59].into_iter();
    word.split(':').all(|part| {
        let digits = matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
        digits && most.next().is_some_and(|most| part.parse::<u32>().is_ok_and(|value| value <= most))
    })
}

fn percent(word: &str) -> bool {
    word.strip_suffix('%').and_then(any_number).is_some_and(|share| (0.0..=100.0).contains(&share))
}
