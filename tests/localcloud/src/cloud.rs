//! A running local cloud.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::certificate::Certificate;
use crate::connection::Traffic;
use crate::disk::Disk;
use crate::fault::Faults;
use crate::fetch::{self, Fetcher};
use crate::filestack::account::Account;
use crate::filestack::file::{self, Files};
use crate::filestack::job::{self, Jobs};
use crate::filestack::upload::{self, Uploads};
use crate::filestack::webhook::{Endpoint, Webhooks};
use crate::journal::Journal;
use crate::messenger::{self, Messenger};
use crate::options::Options;
use crate::origin::Origins;
use crate::pace::Pace;
use crate::pulse::Pulse;
use crate::repeated::{Counter, Repeated};
use crate::server;
use crate::state::State;
use crate::storage::Storage;
use crate::telestream::Flip;

/// A local cloud in threads of this process. It stops when it is dropped.
pub struct Cloud {
    http: SocketAddr,
    https: Option<SocketAddr>,
    ca_pem: Option<String>,
    state: Arc<State>,
    runtime: Option<Runtime>,
    // After the runtime, so that nothing writes into it any more when it is removed.
    _temporary: Option<TempDir>,
}

impl Cloud {
    /// Starts listening; when this returns the cloud is ready.
    ///
    /// # Errors
    /// An address that is taken, a folder that cannot be made, fault rules of the wrong form.
    pub fn start(options: Options) -> io::Result<Cloud> {
        let (data, temporary) = match &options.data {
            Some(data) => {
                std::fs::create_dir_all(data)?;
                (data.canonicalize()?, None)
            }
            None => {
                let folder = tempfile::Builder::new().prefix("localcloud-").tempdir()?;
                (folder.path().canonicalize()?, Some(folder))
            }
        };
        let keys = Disk::open(data.clone(), &[], options.storage)?;
        let faults = Faults::none();
        if let Some(rules) = &options.faults {
            faults
                .replace(rules.as_bytes())
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        }
        let certificate = match options.https {
            Some(_) => Some(Certificate::issue(&options.tls_names, &keys)?),
            None => None,
        };
        if let (Some(certificate), Some(path)) = (&certificate, &options.ca_out) {
            std::fs::write(path, &certificate.ca_pem)?;
        }
        let invalid = |error: String| io::Error::new(io::ErrorKind::InvalidInput, error);
        let endpoint = match &options.webhook_url {
            Some(url) => {
                fetch::check(url).map_err(invalid)?;
                Some(Endpoint { url: url.clone(), secret: options.webhook_secret.clone() })
            }
            None => None,
        };
        let ca_pem = certificate.as_ref().map(|certificate| certificate.ca_pem.as_str());
        let folders = [upload::FOLDER, file::FOLDER, job::FOLDER];
        let disk = Disk::open(data.join("filestack"), &folders, options.storage)?;
        let pulse = Arc::new(Pulse::default());
        let webhooks = Disk::open(data.clone(), &[messenger::FOLDER], options.storage)?;
        let state = Arc::new(State {
            account: Account::new(&options),
            intelligent: AtomicBool::new(options.intelligent),
            joining: AtomicU32::new(0),
            kms: AtomicBool::new(false),
            origins: OnceLock::new(),
            storage: Storage::open(options.storage, &data, &keys)?,
            uploads: Uploads::open(disk.clone(), options.session_time)?,
            files: Files::open(disk.clone())?,
            faults,
            journal: Journal::new(Arc::clone(&pulse), options.on_request),
            pulse,
            traffic: Arc::new(Traffic::default()),
            data: data.clone(),
            jobs: Jobs::open(disk.clone())?,
            repeated: Counter::open(disk)?,
            pace: options.encode_time.map_or(Pace::Looks(options.polls.max(1)), Pace::Clock),
            webhooks: Webhooks::new(endpoint),
            messenger: Messenger::open(webhooks)?,
            flip: Flip::open(&options, &data)?,
            fetcher: Fetcher::new(ca_pem)?,
            aliases: options.aliases.clone(),
            fixtures: options.fixtures.clone(),
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(options.workers.max(1))
            .thread_name("localcloud")
            .enable_all()
            .build()?;
        let plain = runtime.block_on(bind(options.http))?;
        let http = plain.local_addr()?;
        let secure = match (options.https, &certificate) {
            (Some(address), Some(certificate)) => {
                Some((runtime.block_on(bind(address))?, certificate.acceptor.clone()))
            }
            _ => None,
        };
        let https = secure.as_ref().map(|(listener, _)| listener.local_addr()).transpose()?;
        // Before the first request, which may ask for them.
        let _ = state.origins.set(Origins {
            http: format!("http://{http}"),
            https: https.map(|address| format!("https://{address}")),
        });
        {
            let _inside = runtime.enter();
            messenger::resume(&state);
            state.jobs.resume(&state);
            state.flip.resume(&state);
        }
        runtime.spawn(server::listen(plain, None, Arc::clone(&state)));
        if let Some((listener, acceptor)) = secure {
            runtime.spawn(server::listen(listener, Some(acceptor), Arc::clone(&state)));
        }
        let ca_pem = certificate.map(|certificate| certificate.ca_pem);
        Ok(Cloud { http, https, ca_pem, state, runtime: Some(runtime), _temporary: temporary })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// `https://127.0.0.1:PORT`, if TLS was asked for.
    #[must_use]
    pub fn https_url(&self) -> Option<String> {
        self.https.map(|address| format!("https://{address}"))
    }

    /// The certificate authority to trust, if TLS was asked for.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The folder with the stored files.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.state.data
    }

    /// Replaces the fault rules; the same JSON as `PUT /_local/faults`.
    ///
    /// # Errors
    /// Tells what is wrong with the rules; those before stay in force.
    pub fn set_faults(&self, json: &str) -> Result<(), String> {
        self.state.faults.replace(json.as_bytes())
    }

    /// How often each fault rule has fired since the rules were set, in their order.
    #[must_use]
    pub fn fired(&self) -> Vec<u64> {
        self.state.faults.fired()
    }

    /// What came although it was there; the same as `GET /_local/repeated`.
    #[must_use]
    pub fn repeated(&self) -> Repeated {
        self.state.repeated()
    }

    /// Makes Filestack forget all uploads, begun or complete; files stay. The same as
    /// `DELETE /_local/uploads`.
    pub fn forget_uploads(&self) {
        self.state.forget_uploads();
    }

    /// Makes Flip forget all upload sessions; videos stay. The same as `DELETE /_local/sessions`.
    pub fn forget_sessions(&self) {
        self.state.forget_sessions();
    }
}

async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))
}

impl Drop for Cloud {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // In a thread of its own: a runtime may not be ended inside another one.
            let ending = std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(1)));
            let _ = ending.join();
        }
    }
}
