//! The address by which a client reached the cloud.

#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) scheme: &'static str,
    /// The Host header.
    pub(crate) host: &'a str,
}

impl Origin<'_> {
    /// The URL of a file on the CDN. Whoever came by the service's own host name gets the service's
    /// own URL.
    pub(crate) fn cdn(self, path: &str) -> String {
        let name = self.host.rsplit_once(':').map_or(self.host, |(name, _)| name);
        let own = ["filestackapi.com", "filestackcontent.com"].iter().any(|domain| name.ends_with(domain));
        if own || name.starts_with("upload.") {
            format!("https://cdn.filestackcontent.com/{path}")
        } else {
            self.url(path)
        }
    }

    /// The URL of anything else at this cloud.
    pub(crate) fn url(self, path: &str) -> String {
        format!("{}://{}/{path}", self.scheme, self.host)
    }
}

/// Where a cloud listens: scheme, address and port.
pub(crate) struct Origins {
    pub(crate) http: String,
    pub(crate) https: Option<String>,
}

impl Origins {
    /// Fills `{http}`, `{https}` and `{path}` into the target of a redirect. Without TLS `{https}` leads
    /// nowhere.
    pub(crate) fn expand(&self, target: &str, path: &str) -> String {
        let https = self.https.as_deref().unwrap_or("https://no-tls.invalid");
        target.replace("{http}", &self.http).replace("{https}", https).replace("{path}", path)
    }
}
