//! The vendor's own SDKs, each in a process of its own, with the defaults it comes with.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

/// The hosts that the SDKs know by name; the certificate of the local cloud holds them.
pub const HOSTS: [&str; 4] = [
    "upload.filestackapi.com",
    "www.filestackapi.com",
    "process.filestackapi.com",
    "cdn.filestackcontent.com",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sdk {
    Python,
    JavaScript,
}

impl fmt::Display for Sdk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Sdk::Python => "filestack-python 4.0.0",
            Sdk::JavaScript => "filestack-js 4.3.8",
        })
    }
}

/// Every connection goes to the local cloud, whatever name it is for.
const PYTHON: &str = r#"
import socket, sys
host, port = sys.argv[1].rsplit(":", 1)
real = socket.getaddrinfo
socket.getaddrinfo = lambda name, _, *rest, **named: real(host, int(port), *rest, **named)
import filestack
assert filestack.__version__ == "4.0.0", filestack.__version__
print(filestack.Client("BENCH").upload(filepath=sys.argv[2]).upload_response["size"])
"#;

/// The SDK passes "host:port" as a host name; Node wants them apart.
const JAVASCRIPT: &str = r#"
const https = require('https');
const request = https.request;
https.request = (options, done) => {
  const [host, port] = options.host.split(':');
  return request({ ...options, host, port: port || options.port }, done);
};
const client = require('filestack-js').init('BENCH');
const url = 'https://' + process.argv[1];
Object.assign(client.session.urls, { uploadApiUrl: url, fileApiUrl: url + '/api/file', cdnUrl: url, processUrl: url });
client.upload(process.argv[2]).then(
  (answer) => { console.log(answer.size); process.exit(0); },
  (error) => { console.error(error); process.exit(1); },
);
"#;

impl Sdk {
    /// Those that are on this machine, and why others are not.
    pub fn found() -> (Vec<Sdk>, Vec<String>) {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for (sdk, path) in [(Sdk::Python, python()), (Sdk::JavaScript, modules())] {
            match path {
                Some(_) => found.push(sdk),
                None => missing.push(format!("{sdk} is not there to compare with: run `make tools`")),
            }
        }
        (found, missing)
    }

    /// The command that uploads `file` to the cloud at `url`, whose authority is in the file `ca`.
    pub fn command(self, url: &str, ca: impl AsRef<OsStr>, file: &Path) -> Result<Command> {
        let address = url.trim_start_matches("https://");
        let missing = || format!("{self} is not there");
        let mut command = match self {
            Sdk::Python => {
                let mut command = Command::new(python().ok_or_else(missing)?);
                command.args(["-B", "-c", PYTHON]).env("REQUESTS_CA_BUNDLE", ca).env("NO_PROXY", "*");
                command
            }
            Sdk::JavaScript => {
                let mut command = Command::new(tools().ok_or_else(missing)?.join("node/bin/node"));
                command.args(["-e", JAVASCRIPT]).env("NODE_EXTRA_CA_CERTS", ca);
                command.env("NODE_PATH", modules().ok_or_else(missing)?);
                command
            }
        };
        command.arg(address).arg(file);
        Ok(command)
    }

    /// Refuses a run that did not store all.
    pub fn check(self, said: &str, size: u64) -> Result<()> {
        if said.split_whitespace().last() == Some(size.to_string().as_str()) {
            return Ok(());
        }
        Err(format!("{self} did not tell that it stored {size} bytes: {said:?}").into())
    }
}

/// Where `make tools` puts what it fetches.
fn tools() -> Option<PathBuf> {
    match std::env::var_os("FERRY_TOOLS") {
        Some(folder) => Some(folder.into()),
        // target/release/deps/upload-…
        None => Some(std::env::current_exe().ok()?.parent()?.join("../../tools")),
    }
}

fn python() -> Option<PathBuf> {
    let named = std::env::var_os("FERRY_PYTHON").map(PathBuf::from);
    named.or_else(|| Some(tools()?.join("python/bin/python"))).filter(|python| python.exists())
}

fn modules() -> Option<PathBuf> {
    Some(tools()?.join("js/node_modules")).filter(|folder| folder.join("filestack-js").exists())
}
