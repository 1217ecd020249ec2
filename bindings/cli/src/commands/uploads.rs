//! `ferry uploads`: what can go on.

use std::time::Duration;

use clap::Args;
use ferry::transfer::checkpoint::listing;
use serde_json::{Value, json};

use crate::failure::Result;
use crate::session::Session;
use crate::units;

/// List the uploads that can go on, or remove old ones
///
/// The same command as before makes one go on.
#[derive(Debug, Args)]
pub struct Uploads {
    /// Remove those that nobody works at and that have not changed for so long, such as 7d; 0 removes all
    #[arg(long, value_name = "TIME", value_parser = units::duration)]
    prune: Option<Duration>,
}

impl Uploads {
    pub fn run(self, session: &Session) -> Result<()> {
        let folder = Session::journal()?;
        if let Some(age) = self.prune {
            let removed = listing::prune(&folder, age)?;
            let text = format!("removed {removed}");
            return Ok(session.output.result(&json!({"removed": removed}), &text)?);
        }
        let mut rows: Vec<Value> = match listing::list(&folder)? {
            Value::Array(rows) => rows,
            _ => Vec::new(),
        };
        if !session.output.as_json {
            rows.iter_mut().for_each(for_people);
        }
        let columns = [
            ("FILE", "/path"),
            ("DONE", "/done"),
            ("OF", "/all"),
            ("SERVICE", "/service"),
            ("STATE", "/state"),
        ];
        Ok(session.output.table(&rows, &columns)?)
    }
}

/// Adds what the table shows.
fn for_people(row: &mut Value) {
    let number = |name: &str| row.get(name).and_then(Value::as_u64);
    let (done, all) = match (number("files_stored"), number("files")) {
        (Some(stored), Some(files)) => (format!("{stored} files"), format!("{files} files")),
        _ => {
            let bytes = |name| units::bytes(number(name).unwrap_or(0));
            (bytes("bytes_stored"), bytes("size"))
        }
    };
    let state =
        if row.get("in_use").and_then(Value::as_bool) == Some(true) { "under way" } else { "stopped" };
    if let Some(row) = row.as_object_mut() {
        row.entry("path").or_insert_with(|| "(many files)".into());
        row.extend([
            ("done".to_owned(), done.into()),
            ("all".to_owned(), all.into()),
            ("state".to_owned(), state.into()),
        ]);
    }
}
