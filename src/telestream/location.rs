//! The address of an upload session. It is all that the session's requests need, and so a secret: who has it
//! can send parts. Errors name the host alone.

use std::fmt;
use std::sync::Arc;

use super::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::http::retry::Attempt;
use crate::http::{Bounds, Method, Payload, Request, Response, Secrets, Uri, secret_parts};

/// The longest address that is taken from a service, in bytes.
const LONGEST: usize = 8 << 10;

/// A shorter element of a path is a word such as "upload" and "session".
const SHORTEST_SEGMENT: usize = 8;

/// How many former addresses of a session are kept from being shown: the first, and the last ones.
const FORMER: usize = 8;

#[derive(Clone)]
pub(super) struct Location {
    url: String,
    /// What errors call it.
    shown: String,
    /// What is secret of it, and of those where the session was before, which late answers may tell.
    own: Secrets,
    former: Vec<Secrets>,
    /// Of the account and of what was asked for.
    others: Secrets,
    /// All of that.
    pub secrets: Secrets,
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Location {
    /// `None` for anything but an http or https URL. Plain http is allowed: the service has upload hosts that
    /// speak nothing else (`specs/telestream.md` 4.2).
    pub fn new(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok().filter(|_| url.len() <= LONGEST)?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
        let host = uri.host().filter(|host| !host.is_empty())?;
        let port = uri.port().map_or(String::new(), |port| format!(":{port}"));
        // A port over 65535 is none for `Uri`, and the request would go to another one.
        uri.authority().filter(|all| all.as_str().ends_with(&format!("{host}{port}")))?;
        let shown = format!("the upload session at {scheme}://{host}{port}");
        let own = secrets(url, &uri);
        let (former, others) = (Vec::new(), Secrets::default());
        Some(Location { shown, own: own.clone(), former, others, secrets: own, url: url.to_owned() })
    }

    /// The address itself, for a place that is sealed.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the session is after an answer with this `Location` header, which may be a path on the same
    /// host.
    pub fn moved(&self, to: &str) -> Result<Self> {
        let is_path = to.starts_with('/') && !to.starts_with("//");
        let moved = Location::new(&if is_path { format!("{}{to}", self.origin()) } else { to.to_owned() });
        let stays_encrypted = |moved: &Location| !self.is_encrypted() || moved.is_encrypted();
        match moved.filter(stays_encrypted) {
            Some(moved) => Ok(moved.after(self)),
            None => Err(Error::new(
                ErrorKind::Protocol,
                "the service moves the upload session to an address that cannot be used: neither http nor \
                 https, or no longer encrypted",
            )),
        }
    }

    /// The same where the session was at another address before.
    pub fn after(self, before: &Location) -> Self {
        let mut former: Vec<Secrets> = before.former.iter().chain([&before.own]).cloned().collect();
        if former.len() > FORMER {
            former.remove(1);
        }
        Location { former, ..self }.beside(&before.others)
    }

    /// The same where a request must not show `others` either.
    pub fn beside(self, others: &Secrets) -> Self {
        let secrets = self.former.iter().fold(self.own.and(others), |all, one| all.and(one));
        Location { others: others.clone(), secrets, ..self }
    }

    /// An empty request to the session.
    pub fn request(&self, method: Method, attempt: Attempt) -> Request<'static> {
        let is_written = matches!(method, Method::POST | Method::PUT);
        Request {
            method,
            url: self.url.clone(),
            headers: Vec::new(),
            body: if is_written { Payload::Bytes(&[]) } else { Payload::None },
            shown: Some(self.shown.clone()),
            secrets: self.secrets.clone(),
            attempt,
        }
    }

    /// Sends one request to the session; the response if it is a success.
    pub fn ask(&self, client: &Client, bounds: &Arc<Bounds>, mut request: Request<'_>) -> Result<Response> {
        request.headers.push(("user-agent".into(), client.http.product().into()));
        let result = client.http.send(request, bounds).and_then(Response::success);
        result.map_err(|error| self.secrets.clean_error(error))
    }

    fn is_encrypted(&self) -> bool {
        self.origin().starts_with("https:")
    }

    /// Scheme, host and port, the scheme in lower case.
    fn origin(&self) -> &str {
        self.shown.rsplit(' ').next().unwrap_or_default()
    }
}

/// The URL, and what is in it that opens the session: user, path, query, its values, as they are and decoded.
fn secrets(url: &str, uri: &Uri) -> Secrets {
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    let path = uri.path().split('/').filter(|segment| segment.len() >= SHORTEST_SEGMENT);
    let whole = [url, target].into_iter().chain(path).map(str::to_owned);
    Secrets::default().with_decoded(whole.chain(secret_parts(url)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_is_shown() {
        let location =
            Location::new("http://u.example.com:81/upload/session?id=open%2Fsesame&x=1").expect("a URL");
        assert_eq!(format!("{location:?}"), "the upload session at http://u.example.com:81");
        for echoed in [
            "http://u.example.com:81/upload/session?id=open%2Fsesame&x=1",
            "/upload/session?id=open%2Fsesame&x=1",
            "id is open%2Fsesame",
            "id is open/sesame",
            "id is open%252Fsesame",
            "id is open%2fsesame",
            "http%3A%2F%2Fu.example.com%3A81%2Fupload%2Fsession%3Fid%3Dopen%252Fsesame%26x%3D1",
        ] {
            let clean = location.secrets.clean(echoed);
            assert!(!clean.contains("sesame"), "{clean}");
        }
        assert_eq!(location.secrets.clean("upload session 1"), "upload session 1");
        let short = Location::new("http://h/s?id=abc1234").expect("a URL");
        assert_eq!(short.secrets.clean("s abc1234 is closed"), "s *** is closed");
    }

    #[test]
    fn of_former_addresses_the_first_and_the_last_are_hidden() {
        let address = |at: usize| format!("http://a.example.com/s?id=opensesame{at}");
        let mut location = Location::new(&address(100)).expect("a URL");
        for at in 101..130 {
            location = location.moved(&address(at)).expect("a URL");
        }
        for at in [100, 125, 128, 129] {
            let clean = location.secrets.clean(&format!("id is opensesame{at}"));
            assert!(!clean.contains("opensesame"), "{clean}");
        }
        assert_eq!(location.former.len(), FORMER);
    }

    #[test]
    fn a_session_moves_to_http_and_https_and_stays_encrypted() {
        let plain = Location::new("http://a.example.com:81/s?id=1").expect("a URL");
        let secure = Location::new("https://a.example.com/s?id=1").expect("a URL");
        let to = |from: &Location, to: &str| from.moved(to).ok().map(|moved| moved.url);
        assert_eq!(to(&plain, "/t?id=2").as_deref(), Some("http://a.example.com:81/t?id=2"));
        assert_eq!(to(&plain, "https://b.example.com/").as_deref(), Some("https://b.example.com/"));
        assert_eq!(to(&plain, "http://b.example.com/x").as_deref(), Some("http://b.example.com/x"));
        for bad in ["", "ftp://b.example.com/", "//b.example.com/", "t", "http://b:99999/", "http://"] {
            assert_eq!(to(&plain, bad), None, "{bad}");
        }
        assert_eq!(to(&secure, "http://b.example.com/"), None);
        let loud = Location::new("HTTPS://a.example.com/s?id=1").expect("a URL");
        assert_eq!(to(&loud, "http://a.example.com/"), None);
        assert_eq!(to(&secure, "HTTPS://b.example.com/").as_deref(), Some("HTTPS://b.example.com/"));
    }
}
