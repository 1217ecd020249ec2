//! Requests that the cloud makes itself: remote sources and webhooks. It speaks to loopback only.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The largest remote file: the service's limit for pictures (6.1).
pub(crate) const LARGEST: usize = 256 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);
const REDIRECTS: usize = 5;

/// What a URL may not carry as it is. A percent sign stays: it is part of an encoding.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

pub(crate) struct Fetched {
    pub(crate) status: StatusCode,
    pub(crate) mimetype: Option<String>,
    pub(crate) body: Bytes,
}

/// A client that trusts this cloud's own certificate authority.
pub(crate) struct Fetcher {
    tls: TlsConnector,
}

impl Fetcher {
    pub(crate) fn new(ca_pem: Option<&str>) -> io::Result<Fetcher> {
        let mut roots = RootCertStore::empty();
        if let Some(pem) = ca_pem {
            let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(io::Error::other)?;
            roots.add(certificate).map_err(io::Error::other)?;
        }
        let provider = std::sync::Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Fetcher { tls: TlsConnector::from(std::sync::Arc::new(config)) })
    }

    /// Gets a remote file, following redirects. The error is a sentence for the client.
    pub(crate) async fn get(&self, url: &str, headers: &[(String, String)]) -> Result<Fetched, String> {
        let mut url = url.to_owned();
        for _ in 0..=REDIRECTS {
            let response = self.send(Method::GET, &url, headers, Bytes::new()).await?;
            match response {
                Outcome::Answer(fetched) if fetched.status.is_success() => return Ok(fetched),
                Outcome::Answer(fetched) => return Err(format!("{url} answered {}", fetched.status)),
                Outcome::Moved(location) => url = location,
            }
        }
        Err(format!("{url}: too many redirects"))
    }

    /// Posts an event; gives the status of the answer.
    pub(crate) async fn post(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: Bytes,
    ) -> Result<StatusCode, String> {
        match self.send(Method::POST, url, headers, body).await? {
            Outcome::Answer(fetched) => Ok(fetched.status),
            Outcome::Moved(location) => Err(format!("{url} redirects to {location}")),
        }
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(String, String)],
        body: Bytes,
    ) -> Result<Outcome, String> {
        let exchange = self.exchange(method, url, headers, body);
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(result) => result,
            Err(_) => Err(format!("{url} did not answer within {} s", PATIENCE.as_secs())),
        }
    }

    async fn exchange(
        &self,
        method: Method,
        url: &str,
        headers: &[(String, String)],
        body: Bytes,
    ) -> Result<Outcome, String> {
        let target = Target::of(url)?;
        let failed = |error: &dyn std::fmt::Display| format!("cannot fetch {url}: {error}");
        let mut request = Request::builder()
            .method(method)
            .uri(target.path.as_str())
            .header(HOST, &target.host)
            .header(USER_AGENT, "localcloud");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(body)).map_err(|error| failed(&error))?;
        let stream = TcpStream::connect(target.address).await.map_err(|error| failed(&error))?;
        if target.secure {
            let name = ServerName::try_from(target.name.clone()).map_err(|error| failed(&error))?;
            let stream = self.tls.connect(name, stream).await.map_err(|error| failed(&error))?;
            speak(stream, request, url).await
        } else {
            speak(stream, request, url).await
        }
    }
}

enum Outcome {
    Answer(Fetched),
    Moved(String),
}

async fn speak<S>(stream: S, request: Request<Full<Bytes>>, url: &str) -> Result<Outcome, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |error: &dyn std::fmt::Display| format!("cannot fetch {url}: {error}");
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| failed(&error))?;
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    if let (true, Some(location)) = (response.status().is_redirection(), text(LOCATION)) {
        let whole = location.contains("://");
        return Ok(Outcome::Moved(if whole { location } else { join(url, &location) }));
    }
    let (status, mimetype) = (response.status(), text(CONTENT_TYPE));
    let body = Limited::new(response.into_body(), LARGEST).collect().await.map_err(|error| failed(&error))?;
    Ok(Outcome::Answer(Fetched { status, mimetype, body: body.to_bytes() }))
}

/// A location without a host, on the host of the URL before.
fn join(url: &str, location: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(start..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| start + at);
    format!("{}/{}", url.get(..end).unwrap_or(url), location.trim_start_matches('/'))
}

struct Target {
    secure: bool,
    host: String,
    name: String,
    address: SocketAddr,
    path: String,
}

impl Target {
    fn of(url: &str) -> Result<Target, String> {
        let url = utf8_percent_encode(url, UNSAFE).to_string().replace('#', "%23");
        let uri: Uri = url.parse().map_err(|error| format!("{url} is not a URL: {error}"))?;
        let secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(format!("{url} is neither http nor https")),
        };
        let authority = uri.authority().ok_or_else(|| format!("{url} has no host"))?;
        let name = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let ip = match name.parse::<IpAddr>() {
            Ok(ip) if ip.is_loopback() => ip,
            Err(_) if name == "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
            _ => return Err(format!("the local cloud fetches from loopback only, {name} is elsewhere")),
        };
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Target {
            secure,
            host: authority.as_str().to_owned(),
            name,
            address: SocketAddr::new(ip, port),
            path,
        })
    }
}

/// Whether a URL is one that the cloud may send webhooks to.
pub(crate) fn check(url: &str) -> Result<(), String> {
    Target::of(url).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_spoken_to() {
        for url in ["http://127.0.0.1:5/a b?x=ü", "https://localhost/", "http://[::1]:80/x"] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for url in ["http://example.org/", "http://10.0.0.1/", "ftp://127.0.0.1/", "nothing"] {
            assert!(check(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_location_without_a_host_stays_on_the_host() {
        assert_eq!(join("http://127.0.0.1:5/a/b", "/c"), "http://127.0.0.1:5/c");
    }
}
