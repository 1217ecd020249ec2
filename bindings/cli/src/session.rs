//! What every command has: the profile, the clients made of it, what stops them, and where they print.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ferry::error::{Error, ErrorKind};
use ferry::filestack::{self, Security, security};
use ferry::http::Connection;
use ferry::telestream;
use ferry::transfer::progress::Snapshot;
use ferry::transfer::report::Observer;
use serde_json::json;

use crate::bars::Bars;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::profile::Profile;
use crate::stop::Stop;
use crate::sys;

/// How long a policy is valid that the program signs for one command, in seconds. Uploads of days need days.
const VALID: u64 = 7 * 86_400;

pub struct Session {
    pub profile: Profile,
    pub output: Output,
    pub stop: Stop,
}

impl Session {
    pub fn new(profile: Option<&str>, output: Output) -> Result<Self> {
        let stop = Stop::at_signals()
            .map_err(|cause| Failure::usage(format!("cannot listen to signals: {cause}")))?;
        Ok(Session { profile: Profile::load(profile)?, output, stop })
    }

    /// A client of Filestack whose policy, if there is one, allows these calls.
    pub fn filestack(&self, calls: &[&str]) -> Result<Arc<filestack::Client>> {
        let apikey = self.profile.need("apikey")?;
        let options =
            filestack::ClientOptions { security: self.security(calls, VALID)?, ..self.filestack_options() };
        Ok(filestack::Client::new(apikey, options)?)
    }

    /// Where Filestack is, and how it is reached.
    pub fn filestack_options(&self) -> filestack::ClientOptions {
        filestack::ClientOptions {
            cname: self.owned("cname"),
            base_url: self.owned("base_url"),
            connection: self.connection(),
            ..filestack::ClientOptions::default()
        }
    }

    /// The policy of the profile, or one that is signed for these calls and so many seconds.
    pub fn security(&self, calls: &[&str], seconds: u64) -> Result<Option<Security>> {
        match (self.profile.get("policy"), self.profile.get("signature"), self.profile.get("app_secret")) {
            (Some(policy), Some(signature), _) => Ok(Some(Security::from_signed(policy, signature)?)),
            (Some(_), None, _) | (None, Some(_), _) => Err(Failure::usage(
                "a policy needs its signature: set both FERRY_POLICY and FERRY_SIGNATURE, or FERRY_APP_SECRET",
            )),
            (None, None, Some(secret)) => {
                let policy = json!({"expiry": security::expiry_in(seconds), "call": calls});
                Ok(Some(Security::new(&policy.to_string(), secret)?))
            }
            (None, None, None) => Ok(None),
        }
    }

    /// An error where nothing signs policies, for calls that the service takes signed only.
    pub fn need_security(&self) -> Result<()> {
        if self.security(&["read"], VALID)?.is_some() {
            return Ok(());
        }
        Err(Failure::usage(
            "the service takes this only signed: set FERRY_APP_SECRET, or FERRY_POLICY and FERRY_SIGNATURE, or \
             run `ferry login`",
        ))
    }

    /// A client of Telestream Cloud Flip.
    pub fn telestream(&self, factory: Option<&str>) -> Result<Arc<telestream::Client>> {
        let options = telestream::ClientOptions {
            factory_id: factory.map(str::to_owned).or_else(|| self.owned("factory")),
            api_host: self.owned("telestream_host"),
            base_url: self.owned("base_url"),
            connection: self.connection(),
            ..telestream::ClientOptions::default()
        };
        if let Some(apikey) = self.profile.get("telestream_apikey") {
            return Ok(telestream::Client::with_apikey(apikey, options)?);
        }
        let (access, secret) = (self.profile.need("access_key")?, self.profile.need("secret_key")?);
        Ok(telestream::Client::new(access, secret, options)?)
    }

    fn connection(&self) -> Connection {
        Connection {
            ca_file: self.owned("ca_file"),
            proxy: self.owned("proxy"),
            user_agent: Some(concat!("ferry/", env!("CARGO_PKG_VERSION")).to_owned()),
            ..Connection::default()
        }
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.profile.get(name).map(str::to_owned)
    }

    /// Makes a call with a progress bar. Ctrl-C ends it.
    pub fn with_bar<T>(
        &self,
        name: &str,
        call: impl FnOnce(Observer<'_>) -> std::result::Result<T, Error>,
    ) -> std::result::Result<T, Error> {
        let bars = Bars::new(self.output, name);
        call(&mut |snapshot| {
            bars.show(snapshot);
            !self.stop.is_set()
        })
    }

    /// An observer of calls that have no bar: it ends them when the program is to stop.
    pub fn until_stopped(&self) -> impl FnMut(&Snapshot) -> bool + use<> {
        let stop = self.stop.clone();
        move |_| !stop.is_set()
    }

    /// [`Session::journal`], which is made if it is not there.
    pub fn made_journal() -> Result<String> {
        let folder = Session::journal()?;
        sys::create_folder(Path::new(&folder)).map_err(|cause| {
            let text = format!(
                "cannot make {folder}, where uploads keep what they need to go on: {cause}; set XDG_STATE_HOME \
                 to another folder, or use --no-resume"
            );
            Error::new(ErrorKind::Io, text)
        })?;
        Ok(folder)
    }

    /// The folder of what uploads need to go on, in the user's folder of state.
    pub fn journal() -> Result<String> {
        let folder: PathBuf = dirs::state_dir().or_else(dirs::data_local_dir).ok_or_else(|| {
            Failure::usage("the home directory is not known: set HOME or XDG_STATE_HOME, or use --no-resume")
        })?;
        let folder = folder.join("ferry").join("uploads");
        folder.into_os_string().into_string().map_err(|folder| {
            Failure::usage(format!("the folder {} has a name that is not UTF-8", folder.display()))
        })
    }
}
