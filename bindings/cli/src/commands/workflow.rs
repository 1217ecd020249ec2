//! `ferry workflow`: jobs of the service over a file.

use clap::Subcommand;
use ferry::filestack::{RequestOptions, workflow};

use super::file;
use crate::failure::Result;
use crate::session::Session;

/// Run a workflow on a file, or ask for its state
#[derive(Debug, Subcommand)]
pub enum Workflow {
    /// Start a workflow and print its job
    Run {
        /// The workflow's id, from the developer portal
        workflow: String,
        #[arg(value_name = "HANDLE|URL")]
        source: String,
    },
    /// Print the state of a job
    Status { job: String },
}

impl Workflow {
    pub fn run(self, session: &Session) -> Result<()> {
        let client = session.filestack(&["runWorkflow", "read", "convert"])?;
        let (options, mut observer) = (RequestOptions::default(), session.until_stopped());
        let said = match self {
            Workflow::Run { workflow, source } => {
                let source = file::source(&client, &source);
                workflow::run(&client, &workflow, &source, &options, Some(&mut observer))?
            }
            Workflow::Status { job } => workflow::status(&client, &job, &options, Some(&mut observer))?,
        };
        Ok(session.output.object(&said)?)
    }
}
