//! Asking for a secret without showing it.

use std::io::{self, BufRead as _, IsTerminal as _};

/// A line of the terminal that is not shown, or of standard input if that is none.
pub fn ask(prompt: &str) -> io::Result<String> {
    let text = if io::stdin().is_terminal() {
        rpassword::prompt_password(format!("{prompt}: "))?
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        line
    };
    Ok(text.trim().to_owned())
}
