//! The local cloud in a process of its own, and what is asked of it beside the uploads that are measured.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use ferry::http::retry::Attempt;
use ferry::http::{Connection, Http, Payload, Request, Secrets};
use localcloud::{Cloud, Options, StorageKind};
use serde_json::{Value, json};
use ureq::http::Method;

use crate::Result;
use crate::data::PART;

/// The process: prints its address and serves until its input ends, which is when the benchmark does.
pub fn main(ca: &str) -> Result<()> {
    let cloud = Cloud::start(Options {
        https: Some(([127, 0, 0, 1], 0).into()),
        ca_out: Some(ca.into()),
        storage: StorageKind::Null,
        tls_names: crate::sdk::HOSTS.map(String::from).into(),
        ..Options::default()
    })?;
    println!("{}", cloud.https_url().unwrap_or_default());
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// The cloud as the benchmark sees it.
pub struct Peer {
    pub url: String,
    pub ca: String,
    http: Http,
    process: Child,
}

impl Peer {
    pub fn start(folder: &Path) -> Result<Peer> {
        let ca = folder.join("ca.pem").display().to_string();
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--cloud", &ca])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut url)?;
        }
        let url = url.trim().to_owned();
        if url.is_empty() {
            return Err("the local cloud did not start".into());
        }
        let http = Http::new(Connection { ca_file: Some(ca.clone()), ..Connection::default() })?;
        Ok(Peer { url, ca, http, process })
    }

    fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let text = body.map(Value::to_string);
        let payload = text.as_ref().map_or(Payload::None, |text| Payload::Bytes(text.as_bytes()));
        let headers = vec![("content-type".into(), "application/json".into())];
        let request = Request {
            method,
            url: format!("{}{path}", self.url),
            headers,
            body: payload,
            shown: None,
            secrets: Secrets::default(),
            attempt: Attempt::default(),
        };
        let bounds = self.http.bounds(Arc::default(), None);
        Ok(self.http.send(request, &bounds)?.success()?.json()?)
    }

    /// Connections taken so far.
    pub fn connections(&self) -> Result<u64> {
        let stats = self.ask(Method::GET, "/_local/stats", None)?;
        stats["accepted_connections"].as_u64().ok_or_else(|| "the cloud does not count connections".into())
    }

    /// The configuration with which curl sends `files` where an upload's parts would go: one transfer each,
    /// signed in advance.
    pub fn curl_config(&self, files: &[PathBuf], path: &Path) -> Result<()> {
        let store = json!({"location": "S3"});
        let total = files.len() as u64 * PART;
        let start = json!({
            "apikey": "BENCH", "filename": "f", "mimetype": "application/octet-stream", "size": total, "store": store,
        });
        let started = self.ask(Method::POST, "/multipart/start", Some(&start))?;
        let mut config = String::new();
        for (file, number) in files.iter().zip(1..) {
            let body = json!({
                "apikey": "BENCH", "uri": started["uri"], "region": started["region"],
                "upload_id": started["upload_id"], "part": number, "size": file.metadata()?.len(), "store": store,
            });
            let signed = self.ask(Method::POST, "/multipart/upload", Some(&body))?;
            if number > 1 {
                config.push_str("next\n");
            }
            // Without "Expect:" curl would wait for leave to send each part.
            writeln!(
                config,
                "silent\nshow-error\nhttp1.1\nfail\ncacert = {:?}\nheader = \"Expect:\"",
                self.ca
            )?;
            for (name, value) in signed["headers"].as_object().into_iter().flatten() {
                writeln!(config, "header = \"{name}: {}\"", value.as_str().unwrap_or_default())?;
            }
            let url = signed["url"].as_str().unwrap_or_default();
            writeln!(config, "url = {url:?}\nupload-file = {file:?}\noutput = \"/dev/null\"")?;
            writeln!(config, "write-out = \"%{{http_code}} %{{size_upload}}\\n\"")?;
        }
        Ok(std::fs::write(path, config)?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
