//! What a local cloud is started with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where the bytes of uploaded parts go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StorageKind {
    /// A real S3 server over the data folder: signatures, Content-MD5 and part rules are judged by it.
    #[default]
    S3,
    /// Bodies are counted and thrown away, for benchmarks: nothing can be downloaded again.
    Null,
}

/// How to start a [`crate::Cloud`]. The default listens on a free port of 127.0.0.1 without TLS, takes any
/// API key, asks for no policy, keeps its files in a temporary folder, and has the keys `LOCAL_ACCESS_KEY`,
/// `LOCAL_SECRET_KEY` and `LOCAL_API_KEY` for Flip.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address of the plain listener; port 0 takes a free one.
    pub http: SocketAddr,
    /// Address of the TLS listener, if one is wanted.
    pub https: Option<SocketAddr>,
    /// Names and addresses for the certificate, beside localhost, 127.0.0.1 and ::1.
    pub tls_names: Vec<String>,
    /// Where to write the certificate authority as PEM.
    pub ca_out: Option<PathBuf>,
    /// Folder for what is stored and known, read again at the next start; `None` is a temporary one, removed
    /// at the end.
    pub data: Option<PathBuf>,
    pub storage: StorageKind,
    /// Fault rules as JSON text: a list of rules, or `{"seed": N, "rules": [...]}`.
    pub faults: Option<String>,
    /// The only API key that is known; `None` takes every key that is not empty.
    pub apikey: Option<String>,
    /// Switches security on: calls need a policy signed with this secret.
    pub app_secret: Option<String>,
    /// Whether the account has intelligent ingestion; can be changed while running.
    pub intelligent: bool,
    /// Folders of `src://` sources: alias and folder.
    pub aliases: Vec<(String, PathBuf)>,
    /// Folder with answers of tasks such as `tags` and `ocr`, see the README.
    pub fixtures: Option<PathBuf>,
    /// Where events are posted to; loopback only.
    pub webhook_url: Option<String>,
    /// What events are signed with.
    pub webhook_secret: String,
    /// How many polls a conversion, a workflow or an encoding takes.
    pub polls: u32,
    /// How long they take by the clock, in place of polls.
    pub encode_time: Option<Duration>,
    /// How long uploads and upload sessions are known after their beginning; `None` is for ever.
    pub session_time: Option<Duration>,
    /// The largest file that the accounts at both services take.
    pub max_file_size: Option<u64>,
    /// Threads that serve requests.
    pub workers: usize,
    /// What requests to Flip's API 3.0 are signed with.
    pub access_key: String,
    pub secret_key: String,
    /// What Flip's API 3.1 wants in `X-Api-Key`.
    pub telestream_apikey: String,
    /// Bytes of a part of Flip's upload sessions.
    pub flip_part_size: u64,
    /// How many parts at once a session of Flip says it takes.
    pub flip_max_connections: u32,
    /// Hears of each request that has been answered: a line with method, status, time, path and part, without
    /// secrets. It is called from the threads that serve.
    pub on_request: Option<fn(&str)>,
    /// Refuse more parts at once than that.
    pub flip_enforce_connections: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            http: SocketAddr::from(([127, 0, 0, 1], 0)),
            https: None,
            tls_names: Vec::new(),
            ca_out: None,
            data: None,
            storage: StorageKind::S3,
            faults: None,
            apikey: None,
            app_secret: None,
            intelligent: true,
            aliases: Vec::new(),
            fixtures: None,
            webhook_url: None,
            webhook_secret: "webhook-secret".to_owned(),
            polls: 2,
            encode_time: None,
            session_time: None,
            max_file_size: None,
            workers: 2,
            access_key: "LOCAL_ACCESS_KEY".to_owned(),
            secret_key: "LOCAL_SECRET_KEY".to_owned(),
            telestream_apikey: "LOCAL_API_KEY".to_owned(),
            flip_part_size: 5 * 1024 * 1024,
            flip_max_connections: 16,
            on_request: None,
            flip_enforce_connections: false,
        }
    }
}
