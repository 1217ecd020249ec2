//! The one error type: what was being done, to what, what came back, and whether trying again can help.

#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::time::Duration;

use crate::sys::errno;

/// What went wrong, in the terms of the C statuses (`src/ffi/error.rs` maps one to one).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    InvalidArgument,
    InvalidState,
    Io,
    Network,
    Timeout,
    Http,
    Protocol,
    Integrity,
    FileChanged,
    Cancelled,
    Paused,
    NotReady,
    SignatureMismatch,
    SignatureExpired,
    OutOfMemory,
    Internal,
}

pub type Result<T> = std::result::Result<T, Error>;

/// An error. Boxed inside, so that a `Result` stays small on the paths where nothing goes wrong.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    message_is_cut: bool,
    step: &'static str,
    http_status: u16,
    body: String,
    body_is_cut: bool,
    retryable: bool,
    retry_after: Option<Duration>,
    sent: bool,
    errno: i32,
    nobody_listens: bool,
}

impl Error {
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let (message, message_is_cut) = one_line(message.into());
        Error(Box::new(Inner {
            kind,
            message,
            message_is_cut,
            step: "",
            http_status: 0,
            body: String::new(),
            body_is_cut: false,
            retryable: matches!(kind, ErrorKind::Network | ErrorKind::Timeout),
            retry_after: None,
            sent: true,
            errno: 0,
            nobody_listens: false,
        }))
    }

    #[cold]
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::InvalidArgument, message)
    }

    /// A local file that could not be used: `doing` says what was tried, `path` with what.
    #[cold]
    pub fn file(doing: &str, path: &str, cause: &io::Error) -> Self {
        Error::new(ErrorKind::Io, format!("cannot {doing} {path}: {}", system_text(cause))).with_cause(cause)
    }

    /// A local file was needed, and `path` is a folder.
    #[cold]
    pub fn directory(doing: &str, path: &str) -> Self {
        let cause = errno::is_a_folder();
        Error::new(ErrorKind::Io, format!("cannot {doing} {path}: it is a directory")).with_cause(&cause)
    }

    /// The operation was ended for good, or is ending because another part of it has failed.
    #[cold]
    pub fn cancelled() -> Self {
        Error::new(ErrorKind::Cancelled, "the call was cancelled")
    }

    /// The operation was ended from outside and can be run again.
    #[cold]
    pub fn interrupted() -> Self {
        Error::new(ErrorKind::Cancelled, "the call was interrupted").with_retryable(true)
    }

    /// Names the step of the operation that failed; the innermost step that was named stays.
    #[cold]
    pub fn at(mut self, step: &'static str) -> Self {
        if self.0.step.is_empty() {
            self.0.step = step;
        }
        self
    }

    /// Puts what was being done before what happened.
    #[cold]
    pub fn while_doing(self, doing: impl fmt::Display) -> Self {
        self.map_message(|message| format!("{doing}: {message}"))
    }

    /// Puts the message into other words.
    #[cold]
    pub fn map_message(mut self, change: impl FnOnce(&str) -> String) -> Self {
        let (message, is_cut) = one_line(change(&self.0.message));
        self.0.message = message;
        self.0.message_is_cut |= is_cut;
        self
    }

    /// Leaves the beginning and the end of a message of more than 4,096 bytes. For a message that is free of
    /// secrets: of what is cut, they cannot be told any more.
    #[cold]
    pub fn shortened(mut self) -> Self {
        if let Cow::Owned(short) = self.short_message() {
            self.0.message = short;
        }
        self
    }

    /// Rewrites the body of the answer, which stays bounded.
    #[cold]
    pub fn map_body(mut self, change: impl FnOnce(&str) -> String) -> Self {
        let (body, is_cut) = bounded(&change(&self.0.body));
        self.0.body = body;
        self.0.body_is_cut |= is_cut;
        self
    }

    #[cold]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Adds the answer's status and the first 16 KiB of its body. Control characters in the body other than
    /// tab and newline become U+FFFD.
    #[cold]
    pub fn with_answer(mut self, http_status: u16, body: String) -> Self {
        self.0.http_status = http_status;
        (self.0.body, self.0.body_is_cut) = bounded(&body);
        self
    }

    #[cold]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    #[cold]
    pub fn with_retry_after(mut self, pause: Option<Duration>) -> Self {
        self.0.retry_after = pause;
        self
    }

    /// Says that no byte of the request has left: there was no connection.
    #[cold]
    pub fn before_sending(mut self) -> Self {
        self.0.sent = false;
        self
    }

    /// Keeps the number that the system gave. A descriptor may be free later.
    #[cold]
    pub fn with_cause(mut self, cause: &io::Error) -> Self {
        self.0.errno = system_number(cause);
        self.0.retryable |= self.is_out_of_descriptors();
        self
    }

    /// Puts it in the place of an error that tells less: a root cause tells most, then what was asked for
    /// from outside, the strongest first.
    pub fn keep_in(self, kept: &mut Option<Error>) {
        if kept.as_ref().is_none_or(|kept| self.outweighs(kept)) {
            *kept = Some(self);
        }
    }

    /// Whether it tells more than another one ([`Error::keep_in`]).
    pub fn outweighs(&self, other: &Error) -> bool {
        let weight = |error: &Error| match error.kind() {
            ErrorKind::Paused => 0,
            ErrorKind::Cancelled if error.retryable() => 1,
            ErrorKind::Cancelled => 2,
            _ => 3,
        };
        weight(self) > weight(other)
    }

    /// Says whether nobody listens at any of the addresses, which are all of this machine.
    #[cold]
    pub fn with_nobody_listening(mut self, nobody: bool) -> Self {
        self.0.nobody_listens = nobody;
        self
    }

    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// At most 384 KiB, and about 4 KiB after [`Error::shortened`].
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The message as [`Error::shortened`] leaves it.
    pub fn short_message(&self) -> Cow<'_, str> {
        let message = &self.0.message;
        if message.len() <= LONGEST_MESSAGE {
            return Cow::Borrowed(message);
        }
        // What was being done stands at the beginning, what to do at the end.
        let head = boundary(message, LONGEST_MESSAGE / 2);
        let tail = boundary(message, message.len() - LONGEST_MESSAGE / 2);
        [message.get(..head), Some("…"), message.get(tail..)].into_iter().flatten().collect()
    }

    /// Whether the message has lost its end, so that a secret in it may have lost its own.
    pub fn message_is_cut(&self) -> bool {
        self.0.message_is_cut
    }

    /// The step that failed (`start`, `upload`, `put`, `commit`, `complete`, `download`, …); empty outside
    /// one.
    pub fn step(&self) -> &'static str {
        self.0.step
    }

    /// The HTTP status of the answer; 0 when there was none.
    pub fn http_status(&self) -> u16 {
        self.0.http_status
    }

    /// The first 16 KiB of the body of the answer, without secrets; empty if there was none.
    pub fn body(&self) -> &str {
        &self.0.body
    }

    /// Whether the answer was longer than what [`Error::body`] returns.
    pub fn body_is_cut(&self) -> bool {
        self.0.body_is_cut
    }

    /// Whether the same call can succeed later without a change.
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// Whether the request may have reached the service.
    pub fn may_have_been_sent(&self) -> bool {
        self.0.sent
    }

    /// Whether the request may have done its work all the same: it may have been sent, and was not refused.
    pub fn may_have_been_done(&self) -> bool {
        self.may_have_been_sent() && !(400..500).contains(&self.http_status())
    }

    /// The number that the system gave (`errno`); 0 if it was not the system that refused.
    pub fn errno(&self) -> i32 {
        self.0.errno
    }

    /// Whether the process or the system has no file descriptor left. Fewer connections at once can then
    /// succeed.
    pub fn is_out_of_descriptors(&self) -> bool {
        errno::is_out_of_descriptors(self.0.errno)
    }

    /// Whether nobody listens there, on this very machine: a service that is not running rarely starts by
    /// itself.
    pub fn nobody_listens(&self) -> bool {
        self.0.nobody_listens
    }

    /// The pause the service asked for.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Carries this error through an interface that only knows `io::Error`; [`Error::from_io`] takes it out
    /// again.
    #[cold]
    pub fn into_io(self) -> io::Error {
        io::Error::other(self)
    }

    /// The error that [`Error::into_io`] put in, or the `io::Error` unchanged.
    pub fn from_io(error: io::Error) -> std::result::Result<Error, io::Error> {
        error.downcast::<Error>()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("step", &self.0.step)
            .field("http_status", &self.0.http_status)
            .field("retryable", &self.0.retryable)
            .finish()
    }
}

impl std::error::Error for Error {}

/// The most bytes of an answer that an error keeps.
pub const KEPT_BODY: usize = 16 << 10;

/// The most bytes of a message that people are shown.
const LONGEST_MESSAGE: usize = 4096;

/// The most bytes of a message that may still have secrets in it.
const KEPT_MESSAGE: usize = 128 << 10;

/// A text as one line of a terminal or a log, and whether it has lost its end: a run of line breaks and tabs
/// becomes a space; other control characters, and those that reorder text for the eye, become U+FFFD.
fn one_line(mut text: String) -> (String, bool) {
    let is_cut = text.len() > KEPT_MESSAGE;
    if is_cut {
        text.truncate(boundary(&text, KEPT_MESSAGE));
    }
    if !text.chars().any(is_unprintable) {
        return (text, is_cut);
    }
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' if line.ends_with(' ') => {}
            '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => line.push(' '),
            c => line.push(if is_unprintable(c) { '\u{fffd}' } else { c }),
        }
    }
    (line, is_cut)
}

/// The last boundary of characters up to `at`, which is within the text.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The beginning of a text, on one line, cut after so many characters.
pub fn excerpt(text: &str, most: usize) -> Cow<'_, str> {
    let end = text.char_indices().nth(most).map(|(end, _)| end);
    let kept = end.and_then(|end| text.get(..end)).unwrap_or(text);
    if end.is_none() && !kept.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut line = kept.replace(char::is_control, "\u{fffd}");
    line.push_str(if end.is_some() { "…" } else { "" });
    Cow::Owned(line)
}

fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The beginning of a body as an error keeps it, and whether there was more.
fn bounded(body: &str) -> (String, bool) {
    let mut kept = String::with_capacity(body.len().min(KEPT_BODY));
    for c in body.chars() {
        let c = if is_unprintable(c) && !"\t\r\n".contains(c) { '\u{fffd}' } else { c };
        if kept.len() + c.len_utf8() > KEPT_BODY {
            return (kept, true);
        }
        kept.push(c);
    }
    (kept, false)
}

/// The system's own words without the "(os error 2)" that `io::Error` appends, and without a full stop before
/// it: more may follow.
pub fn system_text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].trim_end_matches('.').to_owned(),
        None => text,
    }
}

/// The system's number. The crate tempfile wraps what the system said, and keeps the words alone.
fn system_number(error: &io::Error) -> i32 {
    let in_words = || error.to_string().split_once(" (os error ")?.1.split_once(')')?.0.parse().ok();
    error.raw_os_error().or_else(in_words).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_the_system_is_kept_however_it_is_wrapped() {
        let direct = std::fs::File::open("/no/such/folder/file").expect_err("no folder");
        let number = direct.raw_os_error().expect("a number");
        let text = format!("cannot write x: {}", system_text(&direct));
        let wrapped = tempfile::Builder::new().tempfile_in("/no/such/folder").expect_err("no folder");
        for cause in [direct, wrapped] {
            let error = Error::file("write", "x", &cause);
            assert_eq!((error.errno(), error.message()), (number, &*text));
        }
        assert_eq!(Error::file("write", "x", &io::Error::other("full")).errno(), 0);
    }

    #[test]
    fn a_descriptor_may_be_free_later() {
        let error = |number| Error::file("open", "x", &io::Error::from_raw_os_error(number));
        let lacking = (1..20_000).find(|number| errno::is_out_of_descriptors(*number)).expect("a number");
        assert!(error(lacking).retryable() && !error(2).retryable());
    }

    #[test]
    fn a_long_message_keeps_its_beginning_and_its_end() {
        let long = "\u{e9}/".repeat(KEPT_MESSAGE / 4);
        let error = Error::invalid_argument(format!("cannot open {long}: no such file"));
        assert!(error.message().len() > long.len() && !error.message_is_cut());
        let error = error.shortened();
        assert!(error.message().len() < LONGEST_MESSAGE + 8);
        assert!(error.message().starts_with("cannot open") && error.message().ends_with("no such file"));
    }

    #[test]
    fn a_message_without_end_is_cut() {
        let error = Error::invalid_argument("\u{e9}".repeat(KEPT_MESSAGE)).while_doing("x");
        assert!(error.message_is_cut() && error.message().len() <= KEPT_MESSAGE);
    }

    #[test]
    fn survives_a_trip_through_io() {
        let error = Error::new(ErrorKind::FileChanged, "shrank").at("put");
        let back = Error::from_io(error.into_io()).expect("the same error");
        assert_eq!((back.kind(), back.step()), (ErrorKind::FileChanged, "put"));
        assert!(Error::from_io(io::Error::from(io::ErrorKind::NotFound)).is_err());
    }

    #[test]
    fn the_innermost_step_stays() {
        let error = Error::cancelled().at("put").at("upload").while_doing("part 3");
        assert_eq!((error.step(), error.message()), ("put", "part 3: the call was cancelled"));
    }

    #[test]
    fn system_text_has_no_number() {
        let error = io::Error::from_raw_os_error(2);
        let (all, text) = (error.to_string(), system_text(&error));
        assert!(all.starts_with(&text) && text.ends_with(char::is_alphabetic), "{text}");
        assert!(all.ends_with("(os error 2)") && !text.contains("os error"), "{text}");
    }
}
