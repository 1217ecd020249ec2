//! A service that says in its answer what it was asked: the test of whatever hides secrets.

use hyper::http::request::Parts;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::substitute::status;
use crate::fault::Action;
use crate::intake::Intake;
use crate::query::decode;
use crate::reply::{self, BodyError, Reply};

/// More of a body is read, and not echoed.
const MOST: usize = 64 * 1024;

/// The request four times: as it came, decoded, and percent-encoded with digits in upper and in lower case.
/// The status is the rule's, else 400.
pub(super) fn echo(action: &Action, parts: &Parts, body: &[u8]) -> Reply {
    let mut request = format!("{} {}\n", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        request += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
    }
    request += &String::from_utf8_lossy(body.get(..MOST).unwrap_or(body));
    let encoded = percent_encode(request.as_bytes(), NON_ALPHANUMERIC).to_string();
    let text = format!("{request}\n{}\n{encoded}\n{}\n", decode(&request), lower(&encoded));
    reply::text(status(action, 400), text)
}

/// The digits after each percent sign in lower case, the rest as it is.
fn lower(encoded: &str) -> String {
    let mut pieces = encoded.split('%');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        text += &format!("%{}{rest}", digits.to_ascii_lowercase());
    }
    text
}

/// The first bytes of a body that is read to its end.
pub(super) async fn head(intake: &mut Intake) -> Result<Vec<u8>, BodyError> {
    let mut head = Vec::new();
    while let Some(block) = intake.block().await? {
        let room = MOST.saturating_sub(head.len()).min(block.len());
        head.extend(block.iter().take(room));
    }
    Ok(head)
}
