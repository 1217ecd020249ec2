//! What the API says no with (5.1): a class, a sentence and a status.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::reply::{self, Reply};

#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    class: &'static str,
    message: String,
}

/// What a call comes to: a status and JSON, or a refusal.
pub(crate) type Outcome = Result<(StatusCode, Value), Refusal>;

impl Refusal {
    pub(crate) fn bad(message: impl Into<String>) -> Refusal {
        Refusal { status: StatusCode::BAD_REQUEST, class: "BadRequest", message: message.into() }
    }

    /// Names the parameters that a call cannot do without.
    pub(crate) fn lacks(names: &str) -> Refusal {
        Refusal::bad(format!("All required parameters were not supplied: {names}"))
    }

    pub(crate) fn unauthorised(message: &str) -> Refusal {
        Refusal { status: StatusCode::UNAUTHORIZED, class: "NotAuthorized", message: message.to_owned() }
    }

    /// `kind` is the class of the object: `Video`.
    pub(crate) fn not_found(kind: &str, id: &str) -> Refusal {
        Refusal::missing(format!("Couldn't find {kind} with ID={id}"))
    }

    pub(crate) fn missing(message: impl Into<String>) -> Refusal {
        Refusal { status: StatusCode::NOT_FOUND, class: "RecordNotFound", message: message.into() }
    }

    pub(crate) fn too_large(message: String) -> Refusal {
        Refusal { status: StatusCode::PAYLOAD_TOO_LARGE, class: "FileSizeLimitExceeded", message }
    }

    /// More parts at once than a session takes. What the service says then is not known; a client that
    /// pauses and repeats is right.
    pub(crate) fn too_many(most: u32) -> Refusal {
        Refusal {
            status: StatusCode::TOO_MANY_REQUESTS,
            class: "TooManyConnections",
            message: format!("the session takes {most} parts at once"),
        }
    }

    /// What the service has and this cloud has not.
    pub(crate) fn unimplemented(what: &str) -> Refusal {
        Refusal {
            status: StatusCode::NOT_IMPLEMENTED,
            class: "NotImplemented",
            message: format!("the local cloud does not do {what}"),
        }
    }

    /// The disk of the cloud failed; nothing that a caller did.
    pub(crate) fn internal(error: &std::io::Error) -> Refusal {
        Refusal {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            class: "InternalError",
            message: error.to_string(),
        }
    }

    pub(crate) fn reply(&self) -> Reply {
        reply::json(self.status, &json!({ "error": self.class, "message": self.message }))
    }
}

pub(crate) fn reply(outcome: Outcome) -> Reply {
    match outcome {
        Ok((status, value)) => reply::json(status, &value),
        Err(refusal) => refusal.reply(),
    }
}
