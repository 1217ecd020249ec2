//! How an error ends the program: one sentence with the next step, and the library's status as the exit code.

use std::process::ExitCode;

use ferry::error::{Error, ErrorKind};
use ferry::ffi::error::{name_of, status_of};
use serde_json::json;

use crate::output::{note, paint};

pub type Result<T> = std::result::Result<T, Failure>;

/// What ended a command.
#[derive(Debug)]
pub struct Failure {
    error: Error,
    /// Whether it goes to standard output as JSON.
    as_json: bool,
    /// It was told already, file by file.
    is_told: bool,
    /// The file that it is about, for programs.
    path: Option<String>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure { error: error.shortened(), as_json: false, is_told: false, path: None }
    }
}

impl Failure {
    pub fn usage(text: impl Into<String>) -> Self {
        Error::invalid_argument(text).into()
    }

    /// An error of the system, about a local file.
    pub fn file(doing: &str, path: &std::path::Path, cause: &std::io::Error) -> Self {
        Error::file(doing, &path.display().to_string(), cause).into()
    }

    pub fn with_json(mut self, as_json: bool) -> Self {
        self.as_json = as_json;
        self
    }

    /// Names the file that it is about.
    pub fn about(self, path: &str) -> Self {
        Failure { path: Some(path.to_owned()), ..self }
    }

    pub fn told(mut self) -> Self {
        self.is_told = true;
        self
    }

    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Says what went wrong and returns the exit code.
    pub fn tell(self) -> ExitCode {
        if self.as_json && !self.is_told {
            // The reader of the JSON may have gone, which is no error.
            let mut said = to_json(&self.error);
            if let (Some(said), Some(path)) = (said.as_object_mut(), &self.path) {
                said.insert("path".into(), path.as_str().into());
            }
            let _ = crate::output::line(&said.to_string());
        }
        if !self.is_told {
            note(&format!("{} {}", paint("1;31", "ferry:"), self.error.message()));
        }
        if let Some(advice) = advice(&self.error) {
            note(&paint("2", advice));
        }
        code(self.error.kind())
    }
}

/// What a program is told of an error.
pub fn to_json(error: &Error) -> serde_json::Value {
    json!({"error": {
        "status": name_of(status_of(error.kind())).to_string_lossy(),
        "message": error.message(),
        "step": error.step(),
        "http_status": error.http_status(),
        "retryable": error.retryable(),
    }})
}

/// What to do next, where the message does not say so already.
fn advice(error: &Error) -> Option<&'static str> {
    let text = match (error.kind(), error.http_status()) {
        // A wrong key is answered with 200 (`specs/filestack.md` 9.1).
        _ if error.body().trim() == "Invalid Application" => {
            "The service does not know the API key: `ferry doctor` shows where it comes from."
        }
        (_, 401) => "Check the key and the secret: `ferry doctor` shows which ones are used.",
        (_, 403) => "The policy does not allow this, or the secret is another one: see `ferry doctor`.",
        (_, 404) => "Nothing is there: check the handle or the id.",
        (ErrorKind::Network | ErrorKind::Timeout, _) => {
            "Run the same command again; uploads go on where they were. `ferry doctor` looks at the connection."
        }
        (ErrorKind::Cancelled, _) if error.retryable() => {
            "Run the same command again; uploads of files go on where they were."
        }
        (ErrorKind::FileChanged, _) => "Run the command again when nobody writes to the file any more.",
        (ErrorKind::Integrity, _) => "Run the command again; if it happens again, report it to the service.",
        _ => return None,
    };
    Some(text)
}

fn code(kind: ErrorKind) -> ExitCode {
    ExitCode::from(u8::try_from(status_of(kind)).unwrap_or(u8::MAX))
}

/// What clap says of a command line: help and version are no errors.
pub fn usage(error: &clap::Error, as_json: bool) -> ExitCode {
    if as_json && error.use_stderr() {
        let text = error.render().to_string();
        let text = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
        let _ = crate::output::line(&to_json(&Error::invalid_argument(text)).to_string());
    }
    // A pager that was closed is no error.
    let _ = error.print();
    if error.use_stderr() { code(ErrorKind::InvalidArgument) } else { ExitCode::SUCCESS }
}
