//! A local cloud in a process of its own, so that what it holds is not measured.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;

use super::faults::Rules;

pub struct Cloud {
    child: Child,
    /// Its end ends the cloud.
    _input: Option<ChildStdin>,
    /// Where clients reach it.
    pub url: String,
    controls: String,
    pub rules: Rules,
}

/// What the cloud says of a stored file.
pub struct Stored {
    pub name: String,
    pub size: u64,
}

impl Cloud {
    /// With `ca_out` clients reach it by https, and that file vouches for it.
    pub fn start(program: &Path, storage: &str, data: &Path, ca_out: Option<&Path>, rules: Rules) -> Cloud {
        let mut command = Command::new(program);
        command.args(["--exit-with-stdin", "--storage", storage, "--data"]).arg(data);
        if let Some(ca_out) = ca_out {
            command.args(["--https", "127.0.0.1:0", "--ca-out"]).arg(ca_out);
        }
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the cloud starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).expect("one line of JSON");
        let text = |name: &str| ready[name].as_str().map(str::to_owned);
        let controls = text("http").expect("an address");
        let url = text("https").unwrap_or_else(|| controls.clone());
        let cloud = Cloud { _input: child.stdin.take(), child, url, controls, rules };
        ureq::put(cloud.control("faults"))
            .send(cloud.rules.to_json().to_string())
            .expect("the faults are set");
        cloud
    }

    fn control(&self, what: &str) -> String {
        format!("{}/_local/{what}", self.controls)
    }

    fn get(&self, what: &str) -> Value {
        let mut answer = ureq::get(self.control(what)).call().expect("an answer");
        let text = answer.body_mut().with_config().limit(1 << 30).read_to_string().expect("text");
        serde_json::from_str(&text).expect("JSON")
    }

    /// By their handles.
    pub fn files(&self) -> HashMap<String, Stored> {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let entry = |file: &Value| {
            let size = file["size"].as_u64().expect("a size");
            (text(&file["handle"]), Stored { name: text(&file["filename"]), size })
        };
        self.get("files").as_array().expect("a list").iter().map(entry).collect()
    }

    /// The names and sizes of the files that videos were made of.
    pub fn videos(&self) -> Vec<(String, u64)> {
        let videos = self.get("videos");
        let file = |video: &Value| {
            let name = video["original_filename"].as_str().expect("a name").to_owned();
            (name, video["file_size"].as_u64().unwrap_or(0))
        };
        videos.as_array().expect("a list").iter().map(file).collect()
    }

    /// The names of the files whose upload sessions have bytes, and have not ended.
    pub fn begun(&self) -> Vec<String> {
        let sessions = self.get("sessions");
        let open = sessions.as_array().expect("a list").iter().filter(|session| session["video"].is_null());
        let files = open.flat_map(|session| session["files"].as_array().expect("files"));
        let has_bytes = |file: &&Value| {
            file["reached"] != 0 || file["stored"].as_array().is_some_and(|all| !all.is_empty())
        };
        files.filter(has_bytes).map(|file| file["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// How often each rule has fired.
    pub fn fired(&self) -> Vec<u64> {
        let rules = self.get("faults");
        rules
            .as_array()
            .expect("a list")
            .iter()
            .map(|rule| rule["fired"].as_u64().expect("a number"))
            .collect()
    }

    /// What was stored and asked is forgotten, or the cloud would grow with each upload.
    pub fn forget(&self) {
        for what in ["files", "uploads", "sessions", "requests"] {
            ureq::delete(self.control(what)).call().expect("it is forgotten");
        }
    }

    /// Resident memory of its process, in KiB.
    pub fn memory(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
