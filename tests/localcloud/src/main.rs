//! The program around the library: flags in, one line of JSON out, then it serves until it is told to stop.
#![forbid(unsafe_code)]

mod console;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use localcloud::{Cloud, Options, StorageKind};
use serde_json::json;

/// The local cloud: Filestack and Telestream Cloud Flip on loopback, for tests, demos and development without
/// an account.
///
/// When it is ready it prints one line of JSON with its addresses:
/// {"http":"http://127.0.0.1:PORT","https":"https://127.0.0.1:PORT","ca":"FILE","data":"DIR"}
/// ("https" and "ca" are null without TLS). With --console it speaks to a person instead. It stops on SIGINT
/// and SIGTERM.
#[derive(Parser)]
#[command(version, verbatim_doc_comment)]
struct Flags {
    /// Address to serve plain HTTP on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    http: SocketAddr,
    /// Address to serve HTTPS on, with a certificate made at start
    #[arg(long, value_name = "ADDR")]
    https: Option<SocketAddr>,
    /// A further name or address for the certificate; may be repeated (localhost, 127.0.0.1 and ::1 are
    /// always in it)
    #[arg(long, value_name = "NAME", num_args = 1.., requires = "https")]
    tls_name: Vec<String>,
    /// Where to write the certificate authority that clients must trust, as PEM
    #[arg(long, value_name = "FILE", requires = "https")]
    ca_out: Option<PathBuf>,
    /// Folder for stored files; without it a temporary one, removed at exit
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Stop at the end of standard input too: the end of the process that started this one, however it ends
    #[arg(long)]
    exit_with_stdin: bool,
    /// Where the bytes of uploads go
    #[arg(long, value_enum, default_value = "s3")]
    storage: Kind,
    /// Fault rules: a file with a JSON list of rules or {"seed":N,"rules":[…]} (see README.md)
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// The only API key that is known; without it every key is
    #[arg(long, value_name = "K")]
    apikey: Option<String>,
    /// Switch security on: calls need a policy signed with this secret
    #[arg(long, value_name = "S")]
    app_secret: Option<String>,
    /// The account has no intelligent ingestion
    #[arg(long)]
    no_intelligent: bool,
    /// A folder for sources src://NAME/path; may be repeated
    #[arg(long, value_name = "NAME=DIR", value_parser = alias)]
    alias: Vec<(String, PathBuf)>,
    /// Folder with answers: TASK.json, TASK/FILENAME.json (tags, sfw, ocr, …; see README.md)
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// Where to post events to; loopback only
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
    /// What events are signed with
    #[arg(long, value_name = "W", default_value = "webhook-secret")]
    webhook_secret: String,
    /// How many polls a conversion, a workflow or an encoding takes
    #[arg(long, value_name = "N", default_value_t = 2, conflicts_with = "encode_seconds")]
    polls: u32,
    /// Conversions, workflows and encodings take so many seconds by the clock instead of polls (0.5 is fine)
    #[arg(long, value_name = "N", value_parser = seconds)]
    encode_seconds: Option<Duration>,
    /// Forget uploads and upload sessions so many seconds after they have begun; without it never
    #[arg(long, value_name = "N", value_parser = seconds)]
    session_seconds: Option<Duration>,
    /// The largest file that the accounts take; larger ones are a 413
    #[arg(long, value_name = "BYTES")]
    max_file_size: Option<u64>,
    /// Threads that serve requests
    #[arg(long, value_name = "N", default_value_t = 2)]
    workers: usize,
    /// Who signs requests to Flip's API 3.0
    #[arg(long, value_name = "A", default_value = "LOCAL_ACCESS_KEY")]
    access_key: String,
    /// What requests to Flip's API 3.0 are signed with
    #[arg(long, value_name = "S", default_value = "LOCAL_SECRET_KEY")]
    secret_key: String,
    /// The API key of Flip's API 3.1
    #[arg(long, value_name = "K", default_value = "LOCAL_API_KEY")]
    telestream_apikey: String,
    /// Bytes of a part of Flip's upload sessions
    #[arg(long, value_name = "BYTES", default_value_t = 5 * 1024 * 1024)]
    flip_part_size: u64,
    /// How many parts at once a session of Flip says it takes
    #[arg(long, value_name = "N", default_value_t = 16)]
    flip_max_connections: u32,
    /// For a person: say what to type next, then a line for each request, instead of the line of JSON
    #[arg(long)]
    console: bool,
    /// Say nothing, not even the line of JSON
    #[arg(long)]
    quiet: bool,
    /// Refuse more parts at once than that with a 429; without it more are taken
    #[arg(long)]
    flip_enforce_connections: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// a real S3 server over the data folder
    S3,
    /// count and forget, for benchmarks
    Null,
}

fn alias(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, folder)) if !name.is_empty() => Ok((name.to_owned(), PathBuf::from(folder))),
        _ => Err("an alias is NAME=DIR".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn main() -> ExitCode {
    match run(Flags::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("localcloud: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: Flags) -> Result<(), Box<dyn std::error::Error>> {
    let faults = match &flags.faults {
        Some(path) => {
            let read = std::fs::read_to_string(path);
            Some(read.map_err(|error| format!("cannot read {}: {error}", path.display()))?)
        }
        None => None,
    };
    // The handlers are set before the ready line, so that a stop right after it still cleans up.
    let stop = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let signals = stop.block_on(async { signals(flags.exit_with_stdin) })?;
    let is_kept = flags.data.is_some();
    // Any key will do; one that was given is not told.
    let key = if flags.apikey.is_some() { "KEY" } else { "DEMO" };
    let cloud = Cloud::start(Options {
        http: flags.http,
        https: flags.https,
        tls_names: flags.tls_name,
        ca_out: flags.ca_out.clone(),
        data: flags.data,
        storage: match flags.storage {
            Kind::S3 => StorageKind::S3,
            Kind::Null => StorageKind::Null,
        },
        faults,
        apikey: flags.apikey,
        app_secret: flags.app_secret,
        intelligent: !flags.no_intelligent,
        aliases: flags.alias,
        fixtures: flags.fixtures,
        webhook_url: flags.webhook_url,
        webhook_secret: flags.webhook_secret,
        polls: flags.polls,
        encode_time: flags.encode_seconds,
        session_time: flags.session_seconds,
        max_file_size: flags.max_file_size,
        workers: flags.workers,
        access_key: flags.access_key,
        secret_key: flags.secret_key,
        telestream_apikey: flags.telestream_apikey,
        flip_part_size: flags.flip_part_size,
        flip_max_connections: flags.flip_max_connections,
        on_request: (flags.console && !flags.quiet).then_some(console::show as fn(&str)),
        flip_enforce_connections: flags.flip_enforce_connections,
    })?;
    if !flags.quiet {
        let ready = if flags.console {
            console::greeting(&cloud, is_kept, key)
        } else {
            let (http, https) = (cloud.http_url(), cloud.https_url());
            json!({ "http": http, "https": https, "ca": flags.ca_out, "data": cloud.data() }).to_string()
        };
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{ready}")?;
        stdout.flush()?;
    }
    stop.block_on(signals);
    Ok(())
}

/// Resolves at a signal that ends programs, and at the end of standard input if it is to.
fn signals(with_stdin: bool) -> std::io::Result<impl Future<Output = ()>> {
    // On Windows Ctrl-C and Ctrl-Break.
    #[cfg(unix)]
    let (mut interrupt, mut terminate) = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    #[cfg(windows)]
    let (mut interrupt, mut terminate) =
        (tokio::signal::windows::ctrl_c()?, tokio::signal::windows::ctrl_break()?);
    let input = if with_stdin { Some(end_of_input()?) } else { None };
    let ended = async {
        match input {
            Some(end) => drop(end.await),
            None => std::future::pending().await,
        }
    };
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = ended => {}
        }
    })
}

/// Resolves at the end of standard input. A thread of its own reads it, for a runtime waits at its end for
/// what it reads from a file.
fn end_of_input() -> std::io::Result<tokio::sync::oneshot::Receiver<()>> {
    let (end, ended) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        drop(end);
    })?;
    Ok(ended)
}
