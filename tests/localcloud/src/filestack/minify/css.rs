//! Style sheets.

use super::line;

/// A piece of the source that is one thing.
#[derive(Clone, Copy, PartialEq)]
enum Token<'a> {
    Blank,
    /// Kept as it is: a string, `url(…)`, a name, a number, a comment that begins with `!`.
    Text(&'a str),
    Mark(u8),
}

pub(super) fn minify(source: &str) -> Result<String, String> {
    let tokens = tokens(source)?;
    let mut out = String::with_capacity(source.len());
    let mut rest = tokens.as_slice();
    while let Some(statement) = next_statement(&mut rest) {
        write_statement(&mut out, statement);
    }
    Ok(out)
}

fn tokens(source: &str) -> Result<Vec<Token<'_>>, String> {
    let bytes = source.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let (token, length) = match byte {
            b'/' if rest.starts_with(b"/*") => {
                let end = find(rest, 2, b"*/").ok_or_else(|| unended("comment", source, at))?;
                let kept = rest.get(2) == Some(&b'!');
                (if kept { Token::Text(text(source, at, end)) } else { Token::Blank }, end)
            }
            b' ' | b'\t' | b'\n' | b'\r' | 0x0C => (Token::Blank, 1),
            b'"' | b'\'' => {
                let end = string(rest, *byte).ok_or_else(|| unended("string", source, at))?;
                (Token::Text(text(source, at, end)), end)
            }
            _ if is_name(*byte) => {
                let mut end = name(rest);
                let is_url = rest.get(end) == Some(&b'(')
                    && rest.get(..end).is_some_and(|name| name.eq_ignore_ascii_case(b"url"));
                let quoted = rest.iter().skip(end + 1).find(|byte| !byte.is_ascii_whitespace());
                if is_url && !matches!(quoted, Some(b'"' | b'\'')) {
                    end = closing(rest, end + 1).ok_or_else(|| unended("url()", source, at))?;
                }
                (Token::Text(text(source, at, end)), end)
            }
            _ => (Token::Mark(*byte), 1),
        };
        // Several blanks are one.
        if token != Token::Blank || tokens.last() != Some(&Token::Blank) {
            tokens.push(token);
        }
        at += length;
    }
    Ok(tokens)
}

fn unended(what: &str, source: &str, at: usize) -> String {
    format!("the {what} in line {} does not end", line(source, at))
}

fn text(source: &str, at: usize, length: usize) -> &str {
    source.get(at..at + length).unwrap_or_default()
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(what.len()).position(|window| window == what).map(|place| from + place + what.len())
}

/// The length of a string with its quotes.
fn string(bytes: &[u8], quote: u8) -> Option<usize> {
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            b'\n' => return None,
            byte if *byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The place behind the closing bracket of a `url(` without quotes.
fn closing(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            b')' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// What names, numbers, classes and at-words are made of. `+` and `-` are not marks: `1e+3`, `-moz-`.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || !byte.is_ascii()
        || matches!(byte, b'_' | b'-' | b'\\' | b'@' | b'#' | b'.' | b'%')
}

fn name(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += escape(bytes.get(at..).unwrap_or_default()),
            byte if is_name(*byte) => at += 1,
            _ => break,
        }
    }
    at
}

/// The length of an escape: a character, or up to six digits and the one blank that ends them.
fn escape(bytes: &[u8]) -> usize {
    let digits = bytes.iter().skip(1).take(6).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let blank = bytes.get(1 + digits).is_some_and(u8::is_ascii_whitespace);
    let character = bytes.iter().skip(2).take_while(|byte| **byte & 0xC0 == 0x80).count();
    let length = if digits > 0 { 1 + digits + usize::from(blank) } else { 2 + character };
    length.min(bytes.len())
}

/// Everything up to `{`, `}` or `;`, and this mark. Brackets keep theirs inside.
fn next_statement<'a, 'b>(rest: &mut &'b [Token<'a>]) -> Option<&'b [Token<'a>]> {
    let is_custom = rest
        .iter()
        .find(|token| **token != Token::Blank)
        .is_some_and(|token| matches!(token, Token::Text(name) if name.starts_with("--")));
    let mut depth = 0_usize;
    let mut length = rest.len();
    for (place, token) in rest.iter().enumerate() {
        match token {
            Token::Mark(b'(' | b'[') => depth += 1,
            // A custom property may hold a block.
            Token::Mark(b'{') if is_custom => depth += 1,
            Token::Mark(b'}') if is_custom && depth > 0 => depth -= 1,
            Token::Mark(b')' | b']') => depth = depth.saturating_sub(1),
            Token::Mark(b'{' | b'}' | b';') if depth == 0 => {
                length = place + 1;
                break;
            }
            _ => {}
        }
    }
    let (statement, behind) = rest.split_at(length);
    *rest = behind;
    (!statement.is_empty()).then_some(statement)
}

fn write_statement(out: &mut String, statement: &[Token<'_>]) {
    let (body, end) = match statement.split_last() {
        Some((Token::Mark(mark @ (b'{' | b'}' | b';')), body)) => (body, Some(*mark)),
        _ => (statement, None),
    };
    let opens = end == Some(b'{');
    let first = body.iter().find_map(|token| match token {
        Token::Text(text) if !text.starts_with("/*") => Some(*text),
        _ => None,
    });
    let kind = match first {
        Some(name) if name.starts_with('@') => Kind::Rule,
        Some(name) if name.starts_with("--") && !opens => Kind::Custom,
        _ if opens => Kind::Selector,
        _ => Kind::Declaration,
    };
    let body = trim(body);
    write_body(out, body, kind);
    if kind == Kind::Custom && body.last() == Some(&Token::Mark(b':')) {
        // An empty value was a blank once, and still is for old browsers.
        out.push(' ');
    }
    match end {
        // The last semicolon of a block says nothing.
        Some(b'}') if out.ends_with(';') && !out.ends_with("\\;") => {
            out.pop();
            out.push('}');
        }
        // Nor does one without a declaration.
        Some(b';') if body.is_empty() && (out.ends_with([';', '{', '}']) || out.is_empty()) => {}
        Some(mark) => out.push(mark.into()),
        None => {}
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Rule,
    Selector,
    Declaration,
    /// `--name: …`: every blank may mean something to a script, so one stays.
    Custom,
}

fn write_body(out: &mut String, body: &[Token<'_>], kind: Kind) {
    let mut depth = 0_usize;
    let mut colon = None;
    for (place, token) in body.iter().enumerate() {
        match token {
            Token::Blank => {
                let before = place.checked_sub(1).and_then(|place| body.get(place));
                let spot = match colon {
                    None => Spot::Name,
                    Some(colon) if place == colon + 1 => Spot::Between,
                    Some(_) => Spot::Value,
                };
                if is_needed(before, body.get(place + 1), kind, depth, spot) {
                    out.push(' ');
                }
            }
            Token::Text(text) => out.push_str(text),
            Token::Mark(mark) => {
                match mark {
                    b'(' | b'[' => depth += 1,
                    b')' | b']' => depth = depth.saturating_sub(1),
                    b':' if depth == 0 => colon = colon.or(Some(place)),
                    _ => {}
                }
                out.push(char::from(*mark));
            }
        }
    }
}

/// Where in a declaration.
#[derive(Clone, Copy, PartialEq)]
enum Spot {
    Name,
    /// Right behind the colon.
    Between,
    Value,
}

fn trim<'a, 'b>(mut tokens: &'b [Token<'a>]) -> &'b [Token<'a>] {
    while let [Token::Blank, rest @ ..] | [rest @ .., Token::Blank] = tokens {
        tokens = rest;
    }
    tokens
}

/// Whether a blank between two tokens means something.
fn is_needed(
    before: Option<&Token<'_>>,
    after: Option<&Token<'_>>,
    kind: Kind,
    depth: usize,
    spot: Spot,
) -> bool {
    let is = |token: Option<&Token<'_>>, marks: &[u8]| match token {
        Some(Token::Mark(mark)) => marks.contains(mark),
        _ => false,
    };
    // Inside of brackets `*`, `+` and `:` may be anything: a part of a selector, a number, an operator.
    let idle = is(before, b",([") || is(after, b",)]");
    match kind {
        Kind::Custom => spot == Spot::Value,
        // `a > b` and `a>b` are the same, `a :hover` and `a:hover` are not.
        Kind::Selector if depth == 0 => !is(before, b">~+,") && !is(after, b">~+,"),
        Kind::Selector => !idle,
        Kind::Declaration => {
            let bang = is(before, b"!") || is(after, b"!");
            let ends_name = spot == Spot::Name && is(after, b":");
            !(idle || bang || ends_name || spot == Spot::Between)
        }
        Kind::Rule => !(idle || depth > 0 && is(before, b":")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(source: &str) -> String {
        minify(source).expect("a style sheet")
    }

    #[test]
    fn blanks_and_comments_go_where_they_say_nothing() {
        for (source, expected) in [
            ("a {\n  color : red ;\n  margin: 0  1px;\n}\n", "a{color:red;margin:0 1px}"),
            ("/* one */ a , b > c + d ~ e { x: y } /* two */", "a,b>c+d~e{x:y}"),
            ("a /**/ b { x: y }", "a b{x:y}"),
            ("/*! licence */ a { x: y; }", "/*! licence */ a{x:y}"),
            ("a:hover , a :hover { }", "a:hover,a :hover{}"),
            ("li:nth-child( 2n + 1 ) { x:y }", "li:nth-child(2n + 1){x:y}"),
            ("a[ href = \"x  y\" ] { x:y }", "a[href = \"x  y\"]{x:y}"),
            ("a { width: calc( 100% - 2 * ( 1px + 2px ) ) }", "a{width:calc(100% - 2 * (1px + 2px))}"),
            ("a { color: red ! important; }", "a{color:red!important}"),
            (
                "a{ background: url( x y.png ) , url( 'a /* b' ) }",
                "a{background:url( x y.png ),url('a /* b')}",
            ),
            (
                "@media screen and ( min-width : 10px ) { a { x : y } }",
                "@media screen and (min-width :10px){a{x:y}}",
            ),
            ("@import  url( \"a.css\" ) ; a{x:y}", "@import url(\"a.css\");a{x:y}"),
            (":root { --x:  { a : b ; } ; --y: 1px  2px; }", ":root{--x:{ a : b ; };--y:1px 2px}"),
            (":root{ --x: ; --y:; }", ":root{--x: ;--y: }"),
            (".a { &:hover { x: y; } ; .b & { x: y } }", ".a{&:hover{x:y}.b &{x:y}}"),
            ("a::before { content: \"\\\"  /* no */\" ; }", "a::before{content:\"\\\"  /* no */\"}"),
            (
                "@charset \"utf-8\";\n@font-face { src: local( 'x' ) }",
                "@charset \"utf-8\";@font-face{src:local('x')}",
            ),
            (".\\31 0\\;  b { x: y }", ".\\31 0\\; b{x:y}"),
            (".\\31  b{x:y}", ".\\31  b{x:y}"),
            ("a:not( b * ) , c{x:y}", "a:not(b *),c{x:y}"),
            ("a{ margin: -1px  +2px; transition: all .2s }", "a{margin:-1px +2px;transition:all .2s}"),
            ("@supports not ( display : grid ) { a { x : y } }", "@supports not (display :grid){a{x:y}}"),
            ("ü { content : 'é' }", "ü{content:'é'}"),
        ] {
            assert_eq!(small(source), expected, "{source}");
            assert_eq!(small(expected), expected, "a second time: {expected}");
        }
    }

    #[test]
    fn what_does_not_end_is_told() {
        assert_eq!(minify("a{}\n/* x").expect_err("no end"), "the comment in line 2 does not end");
        assert_eq!(minify("a{b:'x\n}").expect_err("no end"), "the string in line 1 does not end");
    }
}
