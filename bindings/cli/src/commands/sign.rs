//! `ferry sign` and `ferry verify`: policies, and the signatures of webhooks.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use clap::builder::PossibleValuesParser;
use ferry::filestack::Security;
use ferry::filestack::security::{CALLS, expiry_in};
use ferry::filestack::webhook;
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Result};
use crate::secret;
use crate::session::Session;

/// Sign a policy with the app secret: what a page or a partner may do, and how long
#[derive(Debug, Args)]
pub struct Sign {
    /// What it allows, such as read,convert; everything but exif if it is left out
    #[arg(long = "call", value_delimiter = ',', value_name = "CALLS", value_parser = PossibleValuesParser::new(CALLS))]
    calls: Vec<String>,
    /// How long it is valid, such as 15m, 2h or 7d
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = crate::units::duration)]
    expires: Duration,
    /// The only file it is for
    #[arg(long)]
    handle: Option<String>,
    /// The largest file that may be stored, such as 10MB
    #[arg(long, value_name = "SIZE", value_parser = crate::units::size)]
    max_size: Option<u64>,
    /// The smallest file that may be stored
    #[arg(long, value_name = "SIZE", value_parser = crate::units::size)]
    min_size: Option<u64>,
    /// A regular expression for paths to store at
    #[arg(long, value_name = "REGEX")]
    path: Option<String>,
    /// A regular expression for containers
    #[arg(long, value_name = "REGEX")]
    container: Option<String>,
    /// A regular expression for addresses to fetch
    #[arg(long, value_name = "REGEX")]
    url: Option<String>,
}

impl Sign {
    pub fn run(self, session: &Session) -> Result<()> {
        let secret = session.profile.need("app_secret")?;
        let mut policy = Map::new();
        policy.insert("expiry".into(), expiry_in(self.expires.as_secs()).into());
        if !self.calls.is_empty() {
            policy.insert("call".into(), self.calls.into());
        }
        let texts =
            [("handle", self.handle), ("path", self.path), ("container", self.container), ("url", self.url)];
        policy.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))));
        let sizes = [("maxSize", self.max_size), ("minSize", self.min_size)];
        policy.extend(sizes.into_iter().filter_map(|(name, size)| Some((name.to_owned(), size?.into()))));
        let security = Security::new(&Value::Object(policy).to_string(), secret)?;
        let (policy, signature) = (security.policy_b64(), security.signature());
        let said = json!({
            "policy": policy,
            "signature": signature,
            "json": serde_json::from_str::<Value>(security.policy_json()).unwrap_or_default(),
        });
        Ok(session.output.result(&said, &format!("policy={policy}\nsignature={signature}"))?)
    }
}

/// Verify the signature of a webhook
///
/// Asks for the webhook's secret, or reads it from the first line of standard input where that is no
/// terminal.
#[derive(Debug, Args)]
pub struct Verify {
    /// The body as it arrived
    #[arg(value_name = "FILE")]
    body: PathBuf,
    /// The header FS-Signature
    #[arg(long)]
    signature: String,
    /// The header FS-Timestamp
    #[arg(long)]
    timestamp: String,
    /// How old it may be
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = crate::units::duration)]
    tolerance: Duration,
}

impl Verify {
    pub fn run(self, session: &Session) -> Result<()> {
        let body = read(&self.body)?;
        let secret = secret::ask("secret of the webhook")
            .map_err(|cause| Failure::usage(format!("cannot read the secret: {cause}")))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let tolerance = u32::try_from(self.tolerance.as_secs()).unwrap_or(u32::MAX);
        webhook::verify(secret.as_bytes(), &body, &self.timestamp, &self.signature, tolerance, now)?;
        Ok(session.output.result(&json!({"verified": true}), "the signature is right")?)
    }
}

/// The largest body that a webhook has here, in bytes.
const LARGEST: u64 = 16 << 20;

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut body))
        .map_err(|cause| Failure::file("read", path, &cause))?;
    if body.len() as u64 > LARGEST {
        return Err(Failure::usage(format!("{} is larger than a webhook: 16 MiB", path.display())));
    }
    Ok(body)
}
