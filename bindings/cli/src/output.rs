//! What the program prints: text for people or JSON lines for programs on standard output, everything else on
//! standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::OnceLock;

use ferry::error::{Error, ErrorKind};
use serde_json::Value;

/// What a command prints.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    pub as_json: bool,
    pub is_quiet: bool,
}

impl Output {
    /// Prints a result: `text` for people, `value` for programs.
    pub fn result(self, value: &Value, text: &str) -> Result<(), Error> {
        if self.as_json { line(&value.to_string()) } else { line(text) }
    }

    /// Prints a list as a table, or a line of JSON for each of its rows.
    pub fn table(self, rows: &[Value], columns: &[(&str, &str)]) -> Result<(), Error> {
        if self.as_json {
            return rows.iter().try_for_each(|row| line(&row.to_string()));
        }
        if rows.is_empty() {
            self.remark("none");
            return Ok(());
        }
        let head: Vec<String> = columns.iter().map(|(title, _)| (*title).to_owned()).collect();
        let cells = |row: &Value| columns.iter().map(|(_, pointer)| cell(row.pointer(pointer))).collect();
        let lines: Vec<Vec<String>> = std::iter::once(head).chain(rows.iter().map(cells)).collect();
        let width = |column: usize| {
            let widths = lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count());
            widths.max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns.len()).map(width).collect();
        for (number, cells) in lines.iter().enumerate() {
            let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            let text = padded.collect::<Vec<_>>().join("  ");
            let text = text.trim_end();
            line(&if number == 0 && io::stdout().is_terminal() {
                paint("1", text)
            } else {
                text.to_owned()
            })?;
        }
        Ok(())
    }

    /// Prints an object: a line for each member, or JSON.
    pub fn object(self, value: &Value) -> Result<(), Error> {
        let Some(members) = value.as_object().filter(|_| !self.as_json) else {
            return line(&value.to_string());
        };
        let width = members.keys().map(|name| name.chars().count()).max().unwrap_or(0);
        members
            .iter()
            .try_for_each(|(name, value)| line(&format!("{:<width$}  {}", visible(name), cell(Some(value)))))
    }

    /// Tells people something on standard error.
    pub fn remark(self, text: &str) {
        if !self.is_quiet {
            note(text);
        }
    }
}

/// A value as a person wants to read it.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => visible(text),
        Some(other) => other.to_string(),
    }
}

/// A text that others have written, without what would steer the terminal.
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

/// Prints a line on standard output.
pub fn line(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).map_err(|cause| written(&cause))
}

/// Prints a line on standard error. Nobody may listen there any more, which is no error.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// An error of standard output.
pub fn written(cause: &io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot write to standard output: {cause}"))
}

/// Text in a colour (SGR), where standard error is a terminal that may have colours (no-color.org).
pub fn paint(colour: &str, text: &str) -> String {
    static COLOURS: OnceLock<bool> = OnceLock::new();
    let has_colours = COLOURS.get_or_init(|| {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        io::stderr().is_terminal()
            && !is_set("NO_COLOR")
            && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
    });
    if *has_colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
}
