//! The tokens of a script. What a slash begins is told by the token before it, and behind a bracket by what
//! the bracket was for.

use super::line;

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Kind {
    /// Names, keywords, numbers.
    Word,
    /// A string, or a part of a template with its delimiters.
    Text,
    Regex,
    Mark,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// A line break stands before it.
    pub(super) broken: bool,
}

/// What a brace opened, and with it what a slash behind its end is.
#[derive(Clone, Copy, PartialEq)]
enum Brace {
    Block,
    /// An object, or the body of a function in an expression.
    Value,
    Template,
    /// A bracket; `true`: of `if`, `while`, `for` or `with`, behind which a statement begins.
    Round(bool),
    Square,
}

pub(super) struct Lexer<'a> {
    source: &'a str,
    at: usize,
    tokens: Vec<Token<'a>>,
    open: Vec<Brace>,
    /// For every open bracket, and the script itself: how many `?` wait for their `:`.
    conditions: Vec<u32>,
    /// What the last bracket that closed was.
    closed: Option<Brace>,
    /// The last `:` belongs to a `?`.
    conditional: bool,
}

/// Longest first.
const MARKS: &[&str] = &[
    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=",
    ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>",
    "**", "{", "}", "(", ")", "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "!", "~",
    "?", ":", "=", ".", "@",
];

/// Keywords behind which a value begins.
const BEFORE_VALUE: &[&str] = &[
    "return",
    "typeof",
    "instanceof",
    "in",
    "new",
    "delete",
    "void",
    "throw",
    "case",
    "do",
    "else",
    "yield",
    "await",
];

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str) -> Lexer<'a> {
        Lexer {
            source,
            at: 0,
            tokens: Vec::new(),
            open: Vec::new(),
            conditions: vec![0],
            closed: None,
            conditional: false,
        }
    }

    pub(super) fn read(mut self) -> Result<Vec<Token<'a>>, String> {
        if self.source.starts_with("#!") {
            self.at = self.source.find('\n').unwrap_or(self.source.len());
        }
        let mut broken = false;
        loop {
            broken |= self.skip()?;
            let Some(first) = self.rest().chars().next() else { break };
            let start = self.at;
            let kind = self.token(first)?;
            let text = self.source.get(start..self.at).unwrap_or_default();
            self.tokens.push(Token { kind, text, broken });
            broken = false;
        }
        if self.open.is_empty() {
            Ok(self.tokens)
        } else {
            Err("a bracket that opens is never closed".to_owned())
        }
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn error<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("{what} in line {}", line(self.source, self.at)))
    }

    /// Blanks and comments; whether there was a line break among them.
    fn skip(&mut self) -> Result<bool, String> {
        let mut broken = false;
        loop {
            let rest = self.rest();
            if let Some(comment) = rest.strip_prefix("/*") {
                let Some(end) = comment.find("*/") else { return self.error("a comment that does not end") };
                broken |= comment.get(..end).is_some_and(|comment| comment.contains(is_break));
                self.at += end + 4;
            } else if rest.starts_with("//") {
                self.at += rest.find(is_break).unwrap_or(rest.len());
            } else if rest.starts_with("<!--") {
                return self.error("`<!--`, which is a comment in some scripts and an operator in others,");
            } else {
                match rest.chars().next() {
                    Some(blank) if blank.is_whitespace() || blank == '\u{feff}' => {
                        broken |= is_break(blank);
                        self.at += blank.len_utf8();
                    }
                    _ => return Ok(broken),
                }
            }
        }
    }

    fn token(&mut self, first: char) -> Result<Kind, String> {
        match first {
            '"' | '\'' => self.string(first),
            '`' => {
                self.at += 1;
                self.template()
            }
            '}' if self.open.last() == Some(&Brace::Template) => {
                self.close(&[Brace::Template])?;
                self.at += 1;
                self.template()
            }
            '/' if self.takes_value()? => self.regex(),
            _ if first.is_ascii_digit() || self.is_fraction() => {
                self.number();
                Ok(Kind::Word)
            }
            _ if is_name(first) => {
                self.name();
                Ok(Kind::Word)
            }
            _ => self.mark(),
        }
    }

    fn is_fraction(&self) -> bool {
        let mut chars = self.rest().chars();
        chars.next() == Some('.') && chars.next().is_some_and(|c| c.is_ascii_digit())
    }

    fn string(&mut self, quote: char) -> Result<Kind, String> {
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((place, c)) = chars.next() {
            match c {
                '\\' => drop(chars.next()),
                '\n' | '\r' => break,
                c if c == quote => {
                    self.at += place + 1;
                    return Ok(Kind::Text);
                }
                _ => {}
            }
        }
        self.error("a string that does not end")
    }

    /// Up to the end of a template or to an expression in it.
    fn template(&mut self) -> Result<Kind, String> {
        let mut chars = self.rest().char_indices().peekable();
        while let Some((place, c)) = chars.next() {
            match c {
                '\\' => drop(chars.next()),
                '`' => {
                    self.at += place + 1;
                    return Ok(Kind::Text);
                }
                '$' if chars.peek().is_some_and(|(_, next)| *next == '{') => {
                    self.at += place + 2;
                    self.push(Brace::Template);
                    return Ok(Kind::Text);
                }
                _ => {}
            }
        }
        self.error("a template that does not end")
    }

    fn regex(&mut self) -> Result<Kind, String> {
        let mut in_class = false;
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((place, c)) = chars.next() {
            match c {
                '\\' => drop(chars.next()),
                '[' => in_class = true,
                ']' => in_class = false,
                '/' if !in_class => {
                    self.at += place + 1;
                    self.name();
                    return Ok(Kind::Regex);
                }
                c if is_break(c) => break,
                _ => {}
            }
        }
        self.error("a regular expression that does not end")
    }

    fn name(&mut self) {
        loop {
            let rest = self.rest();
            self.at += match rest.chars().next() {
                Some('\\') if rest.starts_with("\\u{") => rest.find('}').map_or(rest.len(), |end| end + 1),
                Some(c) if is_name(c) => c.len_utf8(),
                _ => return,
            };
        }
    }

    fn number(&mut self) {
        let rest = self.rest();
        let decimal = !rest.starts_with('0') || !rest.chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic());
        let (mut point, mut before) = (!decimal, ' ');
        let end = rest.find(|c: char| {
            let goes_on = match c {
                '.' if !point => {
                    point = true;
                    true
                }
                '+' | '-' => decimal && matches!(before, 'e' | 'E'),
                'e' | 'E' => {
                    point = true;
                    true
                }
                c => c.is_ascii_alphanumeric() || c == '_',
            };
            before = c;
            !goes_on
        });
        self.at += end.unwrap_or(rest.len());
    }

    fn mark(&mut self) -> Result<Kind, String> {
        let rest = self.rest();
        let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) else {
            return self.error("a character that no script has");
        };
        // `a?.5:1` has no `?.`.
        let is_condition = *mark == "?." && rest.chars().nth(2).is_some_and(|c| c.is_ascii_digit());
        let mark = if is_condition { "?" } else { mark };
        match mark {
            "{" => {
                let brace = self.brace();
                self.push(brace);
            }
            "(" => {
                let begins = |token: &Token<'_>| matches!(token.text, "if" | "while" | "for" | "with");
                let mut before = self.tokens.iter().rev().skip_while(|token| token.text == "await");
                let found = before.next().is_some_and(begins);
                let is_member = before.next().is_some_and(|token| matches!(token.text, "." | "?."));
                self.push(Brace::Round(found && !is_member));
            }
            "[" => self.push(Brace::Square),
            "}" => self.close(&[Brace::Block, Brace::Value])?,
            ")" => self.close(&[Brace::Round(true), Brace::Round(false)])?,
            "]" => self.close(&[Brace::Square])?,
            "?" => self.conditions.iter_mut().rev().take(1).for_each(|count| *count += 1),
            ":" => {
                let count = self.conditions.pop().unwrap_or_default();
                self.conditional = count > 0;
                self.conditions.push(count.saturating_sub(1));
            }
            _ => {}
        }
        self.at += mark.len();
        Ok(Kind::Mark)
    }

    fn push(&mut self, brace: Brace) {
        self.open.push(brace);
        self.conditions.push(0);
    }

    fn close(&mut self, wanted: &[Brace]) -> Result<(), String> {
        match self.open.pop() {
            Some(brace) if wanted.contains(&brace) => {
                self.conditions.pop();
                self.closed = Some(brace);
                Ok(())
            }
            _ => self.error("a bracket that closes what was not opened"),
        }
    }

    /// What a `{` here opens.
    fn brace(&self) -> Brace {
        let Some(before) = self.tokens.last() else { return Brace::Block };
        let is_object = match (before.kind, before.text) {
            (Kind::Word, "do" | "else") => false,
            (Kind::Word, word) => BEFORE_VALUE.contains(&word),
            (Kind::Mark, ";" | "{" | "}" | ")" | "=>") => false,
            // A label or a `case`, or else the value of a property or of a condition.
            (Kind::Mark, ":") => self.conditional || !matches!(self.open.last(), None | Some(Brace::Block)),
            (Kind::Mark, _) => true,
            _ => false,
        };
        if is_object { Brace::Value } else { Brace::Block }
    }

    /// Whether a value may begin here: then a slash begins a regular expression, else it divides.
    fn takes_value(&self) -> Result<bool, String> {
        let mut before = self.tokens.iter().rev();
        let Some(last) = before.next() else { return Ok(true) };
        let is_member = before.next().is_some_and(|token| matches!(token.text, "." | "?."));
        match (last.kind, last.text) {
            (Kind::Word, "of") if !is_member => {
                self.error("a slash behind `of`: whether it divides cannot be told; it is")
            }
            (Kind::Word, word) => Ok(!is_member && BEFORE_VALUE.contains(&word)),
            (Kind::Text, text) => Ok(text.ends_with("${")),
            (Kind::Regex, _) => Ok(false),
            (Kind::Mark, ")") => Ok(self.closed == Some(Brace::Round(true))),
            (Kind::Mark, "}") => Ok(self.closed == Some(Brace::Block)),
            (Kind::Mark, "]" | "++" | "--") => Ok(false),
            (Kind::Mark, _) => Ok(true),
        }
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

fn is_name(c: char) -> bool {
    match c {
        '$' | '_' | '#' | '\\' | '\u{200c}' | '\u{200d}' => true,
        '\u{feff}' => false,
        c if c.is_ascii() => c.is_ascii_alphanumeric(),
        c => !c.is_whitespace(),
    }
}
