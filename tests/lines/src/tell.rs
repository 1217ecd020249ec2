//! What is going on, on standard error.

use std::io::{IsTerminal, Write};

/// On a terminal this line is replaced by the next one.
pub fn tell(text: &str) {
    let mut out = std::io::stderr();
    if out.is_terminal() {
        let _ = write!(out, "\r\x1b[K{text}");
    } else if !text.is_empty() {
        let _ = writeln!(out, "{text}");
    }
}
