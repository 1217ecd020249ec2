//! `ferry convert`: audio and video.

use clap::Args;
use ferry::filestack::transform::{Transform, TransformSource};
use ferry::filestack::{RequestOptions, av};
use serde_json::{Map, Value, json};

use super::file::source;
use crate::failure::Result;
use crate::pair;
use crate::session::Session;

/// Convert audio or video
#[derive(Debug, Args)]
pub struct Convert {
    #[arg(value_name = "HANDLE|URL")]
    source: String,
    /// The kind of result, such as h264, webm or mp3
    #[arg(long)]
    preset: String,
    /// Another parameter of video_convert; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// Wait until it is done, and print the address of the result
    #[arg(long)]
    wait: bool,
}

impl Convert {
    pub fn run(self, session: &Session) -> Result<()> {
        let mut params = Map::from_iter([("preset".to_owned(), Value::from(self.preset))]);
        params.extend(pair::members("--param ", &self.params)?);
        let client = session.filestack(&["convert", "read", "store"])?;
        let chain = Transform::new(TransformSource::parse(&source(&client, &self.source))?);
        let (options, params) = (RequestOptions::default(), Value::Object(params).to_string());
        let mut observer = session.until_stopped();
        let conversion = av::convert(&client, &chain, Some(&params), &options, Some(&mut observer))?;
        if !self.wait {
            let said = json!({"uuid": conversion.uuid(), "answer": conversion.answer()});
            return Ok(session.output.result(&said, conversion.uuid())?);
        }
        session.output.remark(&format!("waiting for {}", conversion.uuid()));
        let mut observer = session.until_stopped();
        conversion.wait(&options, Some(&mut observer))?;
        let filelink = conversion.filelink()?;
        Ok(session.output.result(filelink.answer(), filelink.url())?)
    }
}
