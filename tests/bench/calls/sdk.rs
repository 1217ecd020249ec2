//! The same calls by the vendor's Python SDK, in its own process.

use std::path::PathBuf;
use std::process::Command;

use crate::Result;

pub const HOW_TO_GET_IT: &str =
    "run `make tools`, or set FERRY_PYTHON to a Python that has filestack-python 4.0.0";

const PROGRAM: &str = r#"
import sys, timeit
import filestack
from filestack import Filelink, Security
from filestack.helpers import verify_webhook_signature

if filestack.__version__ != "4.0.0":
    sys.exit("this is filestack-python " + filestack.__version__ + ", not 4.0.0")

def three_tasks():
    return Filelink("sm9IEXAMPLEQuzfJykmA").resize(width=500, height=500).flip().enhance().url

def sign_policy():
    return Security({"expiry": 4102444800, "call": ["read", "convert"]}, "SECURITY-SECRET").signature

body = ('{"id": 6844, "action": "fp.upload"}' * 30)[:1024]
headers = {"FS-Timestamp": "1559199901", "FS-Signature": sys.argv[1]}

def verify():
    return verify_webhook_signature("Y5cWb1rdRDSTSqEjF5pv", body, headers)

url = "https://cdn.filestackcontent.com/resize=height:500,width:500/flip/enhance/sm9IEXAMPLEQuzfJykmA"
assert three_tasks() == url, three_tasks()
assert len(sign_policy()) == 64
for call in three_tasks, sign_policy, verify:
    print(min(timeit.repeat(call, number=2000, repeat=10)) / 2000 * 1e9)
"#;

/// Nanoseconds of each call, best of ten; `None` if there is no such SDK.
pub fn measure() -> Result<Option<Vec<f64>>> {
    let Some(python) = python() else { return Ok(None) };
    let mut command = Command::new(&python);
    // What it is given as a signature is not right: it has to be computed all the same.
    let output = command.args(["-B", "-c", PROGRAM, &"0".repeat(64)]).output();
    let output = output.map_err(|error| format!("cannot run {}: {error}", python.display()))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{} failed: {text}\n{HOW_TO_GET_IT}", python.display()).into());
    }
    let figures: std::result::Result<Vec<f64>, _> =
        String::from_utf8_lossy(&output.stdout).lines().map(str::parse).collect();
    match figures {
        Ok(figures) if figures.len() == 3 => Ok(Some(figures)),
        _ => Err(format!("{} said no three figures: {output:?}", python.display()).into()),
    }
}

/// Where `make tools` puts it, or the one that is named.
fn python() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("FERRY_PYTHON") {
        return Some(named.into());
    }
    let tools = match std::env::var_os("FERRY_TOOLS") {
        Some(folder) => PathBuf::from(folder),
        // target/release/deps/calls-…
        None => std::env::current_exe().ok()?.parent()?.join("../../tools"),
    };
    Some(tools.join("python/bin/python")).filter(|python| python.exists())
}
