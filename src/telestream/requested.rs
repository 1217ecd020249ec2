//! What an upload is to become, beside its bytes: what a journal and a token keep of it.

use serde_json::{Map, Value, json};

use super::files::Extra;
use crate::error::{Error, Result};
use crate::transfer::checkpoint::{Intent, UploadedFile};

/// Uploads to Telestream, in journals and tokens.
pub(super) const SERVICE: &str = "telestream";

/// How bytes go up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Parts in any order, several at once; ranges where the service offers no parts.
    #[default]
    Parts,
    /// The older one: range after range on one connection.
    Ranges,
}

#[derive(Debug)]
pub(super) struct Requested {
    pub factory_id: Option<String>,
    pub members: Map<String, Value>,
    pub protocol: Protocol,
}

/// A file as a journal or a token keeps it.
pub(super) struct Named {
    pub name: String,
    pub tag: Option<String>,
    pub path: String,
}

impl Requested {
    pub fn to_value(&self, files: &[Extra]) -> Value {
        let named = |file: &Extra| json!({"name": file.name, "tag": file.tag});
        json!({"factory_id": self.factory_id, "members": self.members,
            "ranges": self.protocol == Protocol::Ranges, "files": files.iter().map(named).collect::<Vec<_>>()})
    }

    /// What was asked for, and the files in the order of the upload.
    pub fn of_intent(intent: &Intent) -> Result<(Self, Vec<Named>)> {
        let request = &intent.request;
        let named = |(file, at): (&Value, &UploadedFile)| {
            let name = file.get("name")?.as_str()?.to_owned();
            let tag = file.get("tag")?.as_str().map(str::to_owned);
            Some(Named { name, tag, path: at.path.clone() })
        };
        let read = || {
            let files = request.get("files")?.as_array()?;
            let files = files.iter().zip(&intent.files).map(named).collect::<Option<Vec<_>>>()?;
            let protocol = match request.get("ranges")?.as_bool()? {
                true => Protocol::Ranges,
                false => Protocol::Parts,
            };
            let factory_id = request.get("factory_id")?.as_str().map(str::to_owned);
            let members = request.get("members")?.as_object()?.clone();
            Some((Requested { factory_id, members, protocol }, files))
        };
        read().ok_or_else(unreadable)
    }
}

pub(super) fn unreadable() -> Error {
    Error::invalid_argument("the token is of an upload that this version of Ferry cannot make")
}
