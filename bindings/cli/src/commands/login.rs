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
        let values = if io::stdin().is_terminal() { self.asked()? } else { given()? };
        if values.is_empty() {
            output.remark("nothing was changed");
            return Ok(());
        }
        let path = profile::keep(profile, &values)?;
        output.remark(&format!("the profile {profile} is kept in {}", path.display()));
        Ok(())
    }

    fn asked(&self) -> Result<Vec<(&'static str, String)>> {
        let mut values = Vec::new();
        let is_wanted = |name: &str| self.only.is_empty() || self.only.iter().any(|only| only == name);
        for setting in SETTINGS.iter().filter(|setting| is_wanted(setting.name)) {
            let answer = secret::ask(&format!("{} ({})", setting.about, setting.name))
                .map_err(|cause| Failure::usage(format!("cannot read from the terminal: {cause}")))?;
            match answer.as_str() {
                "" => {}
                "-" => values.push((setting.name, String::new())),
                _ => values.push((setting.name, answer)),
            }
        }
        Ok(values)
    }
}

fn given() -> Result<Vec<(&'static str, String)>> {
    let text = io::read_to_string(io::stdin())
        .map_err(|cause| Failure::usage(format!("cannot read from standard input: {cause}")))?;
    let mut values = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let setting = line.split_once('=').and_then(|(name, value)| {
            let setting = SETTINGS.iter().find(|setting| setting.name == name.trim())?;
            Some((setting.name, value.trim().to_owned()))
        });
        // The line may hold a key, so it is not shown.
        values.push(setting.ok_or_else(|| {
            let known = SETTINGS.map(|setting| setting.name).join(", ");
            Failure::usage(format!("line {} is not name=value with one of {known}", number + 1))
        })?);
    }
    Ok(values)
}
