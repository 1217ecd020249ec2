//! `ferry flip upload`: a film, and what is made of it.

use clap::Args;
use ferry::error::{Error, ErrorKind};
use ferry::telestream;
use serde_json::{Map, Value, json};

use super::{ENCODINGS, Where, wait_for_encodings};
use crate::failure::Result;
use crate::pair;
use crate::session::Session;
use crate::units;

/// Upload a film and have it encoded
///
/// The same command, run again after Ctrl-C, SIGKILL or a reboot, goes on where it was.
#[derive(Debug, Args)]
pub struct Upload {
    #[arg(value_name = "FILE")]
    file: String,
    /// A profile to encode it with, by its name or id; may be repeated
    #[arg(long = "encode", value_name = "PROFILE")]
    profiles: Vec<String>,
    /// The name of the video; by default the file's
    #[arg(long)]
    name: Option<String>,
    /// A file that belongs to it, such as subtitles=film.srt; may be repeated
    #[arg(long = "extra", value_name = "TAG=FILE")]
    extra: Vec<String>,
    /// Where outputs are stored, such as :id/:profile
    #[arg(long, value_name = "FORMAT")]
    path_format: Option<String>,
    /// What notifications carry back
    #[arg(long, value_name = "TEXT")]
    payload: Option<String>,
    /// The most bytes a second, such as 5MB/s or 40Mbit/s
    #[arg(long, value_name = "RATE", value_parser = units::rate)]
    limit: Option<u64>,
    /// How many parts are sent at once, 1 to 64; by default what suits the line
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    concurrency: Option<u32>,
    /// Wait until all encodings have ended
    #[arg(long)]
    wait: bool,
    /// Keep nothing for another run
    #[arg(long)]
    no_resume: bool,
    #[command(flatten)]
    place: Where,
}

impl Upload {
    pub fn run(self, session: &Session) -> Result<()> {
        let client = session.telestream(self.place.factory.as_deref())?;
        let options = telestream::UploadOptions {
            filename: self.name.clone(),
            concurrency: self.concurrency.unwrap_or(0),
            bytes_per_second: self.limit.unwrap_or(0),
            extra_files: self.extra()?,
            journal_dir: if self.no_resume { None } else { Some(Session::made_journal()?) },
            ..telestream::UploadOptions::default()
        };
        let params = Value::Object(self.params()).to_string();
        let upload = telestream::Upload::new(&client, None, &self.file, Some(&params), options)?;
        session.with_bar(&self.file, |observer| upload.run(Some(observer)))?;
        let video = upload.answer()?;
        let id = video.get("id").and_then(Value::as_str).unwrap_or_default();
        if !self.wait {
            return Ok(session.output.result(&video, id)?);
        }
        session.output.remark(&format!("video {id}"));
        let encodings = wait_for_encodings(session, &client, id)?;
        if session.output.as_json {
            let both = json!({"video": video, "encodings": encodings});
            crate::output::line(&both.to_string())?;
        } else {
            session.output.table(encodings.as_array().map_or(&[][..], Vec::as_slice), ENCODINGS)?;
        }
        failed(&encodings)
    }

    fn params(&self) -> Map<String, Value> {
        let profiles = (!self.profiles.is_empty()).then(|| self.profiles.join(","));
        let params = [
            ("profiles", profiles),
            ("path_format", self.path_format.clone()),
            ("payload", self.payload.clone()),
        ];
        params.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
    }

    /// The files that belong to it, as the library takes them: a list of paths for each tag.
    fn extra(&self) -> Result<Option<String>> {
        let mut files = Map::new();
        for extra in &self.extra {
            let (tag, path) = pair::split(extra, &format!("--extra {extra}"), "TAG=FILE")?;
            let paths = files.entry(tag).or_insert_with(|| Value::Array(Vec::new()));
            if let Some(paths) = paths.as_array_mut() {
                paths.push(path.into());
            }
        }
        Ok((!files.is_empty()).then(|| Value::Object(files).to_string()))
    }
}

/// An error if an encoding has failed.
fn failed(encodings: &Value) -> Result<()> {
    let all = encodings.as_array().map_or(&[][..], Vec::as_slice);
    let has_failed = |encoding: &&Value| encoding.get("status").and_then(Value::as_str) == Some("fail");
    let Some(first) = all.iter().find(has_failed) else { return Ok(()) };
    let text = |name: &str| first.get(name).and_then(Value::as_str).unwrap_or("unknown");
    let message =
        format!("encoding {} ({}) has failed: {}", text("id"), text("profile_name"), text("error_message"));
    Err(Error::new(ErrorKind::Http, message).into())
}
