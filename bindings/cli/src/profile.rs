//! Keys and addresses: from the environment, else from a profile of the file that `ferry login` writes. They
//! are never arguments, which every user of the machine can read.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use ferry::error::{Error, ErrorKind};
use ferry::http::redacted;
use toml::{Table, Value};

use crate::failure::{Failure, Result};
use crate::sys;

/// Something that a profile can say.
#[derive(Debug)]
pub struct Setting {
    pub name: &'static str,
    pub variable: &'static str,
    pub is_secret: bool,
    pub about: &'static str,
}

const fn setting(name: &'static str, variable: &'static str, about: &'static str) -> Setting {
    Setting { name, variable, is_secret: false, about }
}

const fn secret(name: &'static str, variable: &'static str, about: &'static str) -> Setting {
    Setting { name, variable, is_secret: true, about }
}

/// All of them, in the order in which `ferry login` asks.
pub const SETTINGS: [Setting; 13] = [
    secret("apikey", "FERRY_APIKEY", "Filestack: API key"),
    secret("app_secret", "FERRY_APP_SECRET", "Filestack: app secret, which signs policies"),
    secret("policy", "FERRY_POLICY", "Filestack: a policy in base64, instead of the app secret"),
    secret("signature", "FERRY_SIGNATURE", "Filestack: the signature of that policy"),
    setting("cname", "FERRY_CNAME", "Filestack: a domain of your own"),
    secret("access_key", "FERRY_ACCESS_KEY", "Telestream: access key"),
    secret("secret_key", "FERRY_SECRET_KEY", "Telestream: secret key"),
    secret("telestream_apikey", "FERRY_TELESTREAM_APIKEY", "Telestream: API key, instead of the two keys"),
    setting("factory", "FERRY_FACTORY", "Telestream: id of the factory that commands are about"),
    setting("telestream_host", "FERRY_TELESTREAM_HOST", "Telestream: API host of your region"),
    setting("base_url", "FERRY_BASE_URL", "an address to use for both services, such as a local cloud's"),
    setting("ca_file", "FERRY_CA_FILE", "a file of certificate authorities to trust, PEM"),
    setting("proxy", "FERRY_PROXY", "URL of an HTTP proxy; `environment` takes those of the environment"),
];

/// Where a value is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Variable(&'static str),
    File(PathBuf),
}

/// The values in use.
#[derive(Debug)]
pub struct Profile {
    pub name: String,
    values: BTreeMap<&'static str, (String, Origin)>,
}

impl Profile {
    /// The values of the environment and of a profile; the environment has precedence.
    pub fn load(name: Option<&str>) -> Result<Self> {
        let own = name.map(str::to_owned).or_else(|| variable("FERRY_PROFILE"));
        let path = file()?;
        let table = read(&path)?;
        check(&path, &table)?;
        let wanted = own.as_deref().unwrap_or("default");
        let section = table.get(wanted).and_then(Value::as_table);
        if section.is_none() && own.is_some() {
            let known: Vec<&str> = table.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Failure::usage(format!(
                "there is no profile {wanted:?} in {}; known: {known}; `ferry login --profile {wanted}` writes one",
                path.display()
            )));
        }
        // The real services would get what is meant for another address.
        if std::env::var_os("FERRY_BASE_URL").is_some_and(|value| value.is_empty()) {
            return Err(Failure::usage("FERRY_BASE_URL is empty: set it to an address, or unset it"));
        }
        let mut values = BTreeMap::new();
        for setting in &SETTINGS {
            let of_file = section.and_then(|section| section.get(setting.name)).and_then(Value::as_str);
            let value = match (variable(setting.variable), of_file) {
                (Some(value), _) => Some((value, Origin::Variable(setting.variable))),
                (None, Some(value)) => Some((value.to_owned(), Origin::File(path.clone()))),
                (None, None) => None,
            };
            if let Some(value) = value.filter(|(value, _)| !value.is_empty()) {
                values.insert(setting.name, value);
            }
        }
        Ok(Profile { name: wanted.to_owned(), values })
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.as_str())
    }

    /// The value, or an error that says where to put it.
    pub fn need(&self, name: &'static str) -> Result<&str> {
        self.get(name).ok_or_else(|| {
            let known = SETTINGS.iter().find(|setting| setting.name == name);
            let variable = known.map_or("", |setting| setting.variable);
            Failure::usage(format!(
                "there is no {name}: set {variable}, or run `ferry login` to keep it in a profile"
            ))
        })
    }

    /// Name, shown value and origin of all that is set.
    pub fn shown(&self) -> impl Iterator<Item = (&'static Setting, String, &Origin)> {
        let known = |setting: &'static Setting| {
            let (value, origin) = self.values.get(setting.name)?;
            // A proxy may have a password in its address.
            let shown = match value.contains("://") {
                _ if setting.is_secret => "set".to_owned(),
                true => redacted(value),
                false => value.clone(),
            };
            Some((setting, shown, origin))
        };
        SETTINGS.iter().filter_map(known)
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where profiles are: `FERRY_CONFIG`, or `ferry/config.toml` in the user's folder of configurations.
pub fn file() -> Result<PathBuf> {
    if let Some(path) = variable("FERRY_CONFIG") {
        return Ok(path.into());
    }
    let folder = dirs::config_dir().ok_or_else(|| {
        Failure::usage("the home directory is not known: set HOME, or FERRY_CONFIG to the file of profiles")
    })?;
    Ok(folder.join("ferry").join("config.toml"))
}

/// Refuses what would have no effect.
fn check(path: &Path, table: &Table) -> Result<()> {
    let wrong = |what: String| Err(Failure::usage(format!("{}: {what}", path.display())));
    let names = SETTINGS.map(|setting| setting.name);
    for (profile, section) in table {
        let Some(section) = section.as_table() else {
            return wrong(format!("{profile} stands in no profile: write [default] above it"));
        };
        for (name, value) in section {
            if !names.contains(&name.as_str()) {
                return wrong(format!("[{profile}] has {name}, which is no setting; {}", names.join(", ")));
            }
            if !value.is_str() {
                return wrong(format!("{name} of [{profile}] is no text: write it in quotes"));
            }
        }
    }
    Ok(())
}

/// The largest file of profiles, in bytes.
const LARGEST: u64 = 1 << 20;

/// All profiles. A file that others can read is refused, as by ssh.
fn read(path: &Path) -> Result<Table> {
    let failed = |cause: std::io::Error| Failure::file("read the profiles in", path, &cause);
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Table::new()),
        Err(cause) => return Err(failed(cause)),
    };
    // Reading anything else may never end.
    if !found.is_file() || found.len() > LARGEST {
        return Err(Failure::usage(format!("{} is no file of profiles", path.display())));
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    if let Some(mode) = sys::mode(&found).filter(|mode| mode & 0o077 != 0) {
        return Err(Failure::usage(format!(
            "others can read the keys in {0} (mode {1:03o}): run `chmod 600 {0}`",
            path.display(),
            mode & 0o777
        )));
    }
    let wrong = |cause: toml::de::Error| {
        let at =
            cause.span().map_or(0, |span| text.get(..span.start).unwrap_or(&text).lines().count().max(1));
        // The message alone: the text around it has keys.
        let text = format!("{}, line {at}, is not TOML: {}", path.display(), cause.message());
        Failure::from(Error::new(ErrorKind::InvalidArgument, text))
    };
    text.parse::<Table>().map_err(wrong)
}

/// Adds values to a profile; an empty one is taken out of it.
pub fn keep(profile: &str, values: &[(&'static str, String)]) -> Result<PathBuf> {
    let path = file()?;
    let mut table = read(&path)?;
    let section = table.entry(profile).or_insert_with(|| Value::Table(Table::new()));
    let Some(section) = section.as_table_mut() else {
        return Err(Failure::usage(format!("{profile} is no profile in {}", path.display())));
    };
    for (name, value) in values {
        match value.as_str() {
            "" => section.remove(*name),
            value => section.insert((*name).to_owned(), value.into()),
        };
    }
    let write = || -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        sys::create_folder(folder)?;
        // Renamed when it is whole: a full disk takes no keys away.
        let fresh = folder.join(format!(".config-{}.toml", std::process::id()));
        let mut file = sys::create_private(&fresh)?;
        let written = file.write_all(table.to_string().as_bytes()).and_then(|()| file.sync_all());
        written.and_then(|()| fs::rename(&fresh, &path)).inspect_err(|_| {
            let _ = fs::remove_file(&fresh);
        })
    };
    write().map_err(|cause| Failure::file("write", &path, &cause))?;
    Ok(path)
}
