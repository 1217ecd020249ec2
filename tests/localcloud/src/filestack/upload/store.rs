//! Store params: where and how a file is to be kept (3.10).

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::super::chain::{Task, Value};
use super::fields::{Fields, Step, refuse};
use crate::storage::BUCKET;

pub(crate) const LOCATIONS: [&str; 5] = ["s3", "gcs", "azure", "rackspace", "dropbox"];

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Store {
    pub(crate) location: String,
    pub(crate) path: String,
    pub(crate) container: String,
    pub(crate) region: Option<String>,
    pub(crate) workflows: Vec<String>,
}

impl Store {
    pub(crate) fn read(fields: Fields<'_>) -> Step<Store> {
        let store = fields.object("store")?;
        let location = store.text("location")?.to_ascii_lowercase();
        if !LOCATIONS.contains(&location.as_str()) {
            return refuse(format!("store.location must be one of {}", LOCATIONS.join(", ")));
        }
        if let Some(access) = store.optional_text("access")?
            && access != "public"
            && access != "private"
        {
            return refuse("store.access must be public or private");
        }
        Ok(Store {
            location,
            path: store.optional_text("path")?.unwrap_or("").to_owned(),
            container: store.optional_text("container")?.unwrap_or(BUCKET).to_owned(),
            region: store.optional_text("region")?.map(str::to_owned),
            workflows: workflows(store)?,
        })
    }

    /// What comes with `upload` and `commit`: `start` has said it all, and some SDKs for PHP and Java send
    /// none.
    pub(crate) fn check(fields: Fields<'_>) -> Step<()> {
        if fields.has("store") {
            fields.object("store")?.text("location")?;
        }
        Ok(())
    }

    /// From the parameters of a task, which have been checked; the location may be left out there.
    pub(crate) fn of(task: &Task) -> Store {
        let text = |name: &str| task.text(name).unwrap_or_default().to_owned();
        let workflows = task.value("workflows").map(Value::texts).unwrap_or_default();
        Store {
            location: task.text("location").unwrap_or("s3").to_ascii_lowercase(),
            path: text("path"),
            container: task.text("container").unwrap_or(BUCKET).to_owned(),
            region: task.text("region").map(str::to_owned),
            workflows: workflows.into_iter().map(str::to_owned).collect(),
        }
    }

    /// The key under which the file is kept: the folder, then a random prefix and the file name.
    pub(crate) fn key(&self, handle: &str, filename: &str) -> String {
        match self.path.rsplit_once('/') {
            Some((folder, "")) => format!("{folder}/{handle}_{filename}"),
            Some((folder, name)) => format!("{folder}/{handle}_{name}"),
            None if self.path.is_empty() => format!("{handle}_{filename}"),
            None => format!("{handle}_{}", self.path),
        }
    }
}

/// Ids, or objects with an id, at most 20.
fn workflows(store: Fields<'_>) -> Step<Vec<String>> {
    let Some(list) = store.list("workflows")? else {
        return Ok(Vec::new());
    };
    if list.len() > 20 {
        return refuse(format!("store.workflows has {} entries, 20 are allowed", list.len()));
    }
    list.iter()
        .map(|entry| match entry.as_str().or_else(|| entry.get("id").and_then(Json::as_str)) {
            Some(id) if !id.is_empty() => Ok(id.to_owned()),
            _ => refuse("store.workflows must list ids"),
        })
        .collect()
}
