//! One call of the API, once it has proved who sent it.

use std::sync::{Arc, MutexGuard};

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::Flip;
use super::params::Params;
use super::refusal::{Outcome, Refusal};
use super::table::Table;
use crate::fault::lock;
use crate::origin::Origin;
use crate::state::State;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V30,
    V31,
}

/// A file that came in a form; its bytes are kept under the id that the video gets.
pub(crate) struct FormFile {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) size: u64,
}

pub(crate) struct Call<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) version: Version,
    pub(crate) method: &'a Method,
    pub(crate) params: Params,
    pub(crate) origin: Origin<'a>,
    pub(crate) file: Option<FormFile>,
    /// A fault wants the encodings that this call starts to fail.
    pub(crate) fails: bool,
}

impl Call<'_> {
    pub(crate) fn flip(&self) -> &Flip {
        &self.state.flip
    }

    pub(crate) fn table(&self) -> MutexGuard<'_, Table> {
        lock(&self.state.flip.table)
    }

    /// The factory that the call is for. An old client of 3.0 calls it a cloud.
    pub(crate) fn factory(&self) -> Result<String, Refusal> {
        let given = self.params.text("factory_id").or_else(|| self.params.text("cloud_id"));
        let id = given.ok_or_else(|| Refusal::lacks("factory_id"))?;
        self.table().factory(&id)?;
        Ok(id)
    }

    /// 3.1 answers 201 where it makes a video or a factory.
    pub(crate) fn created(&self) -> StatusCode {
        if self.version == Version::V31 { StatusCode::CREATED } else { StatusCode::OK }
    }

    /// One page of a list: an array in 3.0, an object with the total in 3.1 (3.2).
    pub(crate) fn page(&self, name: &str, all: Vec<Value>) -> Outcome {
        let (page, per_page) = self.window()?;
        let total = all.len();
        let skipped = usize::try_from((page - 1).saturating_mul(per_page)).unwrap_or(usize::MAX);
        let size = usize::try_from(per_page).unwrap_or(usize::MAX);
        let members: Value = all.into_iter().skip(skipped).take(size).collect();
        Ok((
            StatusCode::OK,
            match self.version {
                Version::V30 => members,
                Version::V31 => json!({ name: members, "page": page, "per_page": per_page, "total": total }),
            },
        ))
    }

    /// The page, from 1, and how much is on it: 100 at most.
    fn window(&self) -> Result<(u64, u64), Refusal> {
        let page = self.params.integer("page")?.unwrap_or(1);
        let per_page = self.params.integer("per_page")?.unwrap_or(100);
        if page == 0 || per_page == 0 {
            return Err(Refusal::bad("page and per_page start at 1"));
        }
        Ok((page, per_page.min(100)))
    }
}

pub(crate) fn ok(value: Value) -> Outcome {
    Ok((StatusCode::OK, value))
}
