//! `ferry login`: keeps keys in a profile.

use std::io::{self, IsTerminal as _};

use clap::Args;

use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::profile::{self, SETTINGS};
use crate::secret;

/// Keep keys in a profile
///
/// Asks for each setting; an empty answer leaves it as it is, `-` takes it away. Without a terminal it reads
/// lines `name=value` from standard input. The file is readable by its owner alone.
#[derive(Debug, Args)]
pub struct Login {
    /// Ask for these settings only, such as apikey,app_secret
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    only: Vec<String>,
}

impl Login {
    pub fn run(self, profile: Option<&str>, output: Output) -> Result<()> {
        let profile = profile.unwrap_or("default");
        let known = SETTINGS.map(|setting| setting.name);
        if let Some(unknown) = self.only.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(Failure::usage(format!("{unknown} is no setting; there are {}", known.join(", "))));
        }
        if profile.is_empty() || profile.chars().any(char::is_control) {
            return Err(Failure::usage(
                "the name of a profile has a character at least, and none to steer with",
            ));
        }
        let values = if io::stdin().is_terminal() { self.asked()? } else { self.given()? };
        if values.is_empty() {
            output.remark("nothing was changed");
            return Ok(());
        }
        let path = profile::keep(profile, &values)?;
        output.remark(&format!("the profile {profile} is kept in {}", path.display()));
        Ok(())
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    fn asked(&self) -> Result<Vec<(&'static str, String)>> {
        let mut values = Vec::new();
        for setting in SETTINGS.iter().filter(|setting| self.is_wanted(setting.name)) {
            let answer = secret::ask(&format!("{} ({})", setting.about, setting.name))
                .map_err(|cause| Failure::usage(format!("cannot read from the terminal: {cause}")))?;
            values.extend(taken(setting.name, &answer));
        }
        Ok(values)
    }

    fn given(&self) -> Result<Vec<(&'static str, String)>> {
        let text = io::read_to_string(io::stdin())
            .map_err(|cause| Failure::usage(format!("cannot read from standard input: {cause}")))?;
        let wanted: Vec<&str> =
            SETTINGS.iter().map(|setting| setting.name).filter(|name| self.is_wanted(name)).collect();
        let mut values = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let (name, value) = line.split_once('=').unwrap_or_default();
            // The line may hold a key, so it is not shown.
            let Some(name) = wanted.iter().find(|wanted| **wanted == name.trim()) else {
                let known = wanted.join(", ");
                return Err(Failure::usage(format!(
                    "line {} is not name=value with one of {known}",
                    number + 1
                )));
            };
            values.extend(taken(name, value.trim()));
        }
        Ok(values)
    }
}

/// What an answer changes: an empty one nothing, `-` takes the value away.
fn taken(name: &'static str, answer: &str) -> Option<(&'static str, String)> {
    match answer {
        "" => None,
        "-" => Some((name, String::new())),
        answer => Some((name, answer.to_owned())),
    }
}
