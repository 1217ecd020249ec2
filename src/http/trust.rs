//! Whom a client trusts: the certificate authorities of TLS.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{Error, ErrorKind, Result, system_text};

/// Which authorities are trusted beside those of a `ca_file`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trust {
    /// The public ones (Mozilla's list), built into the library.
    #[default]
    Public,
    /// The system's.
    System,
}

/// Where systems keep the authorities they trust, as one PEM file; the first that exists is read. The list is
/// Go's (`crypto/x509/root_linux.go`, `root_bsd.go`). `rustls-native-certs` knows these places too, but reads
/// `SSL_CERT_FILE` and `SSL_CERT_DIR` before it looks there, and the library reads no environment variable.
const SYSTEM_STORES: [&str; 8] = [
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",             // openSUSE
    "/etc/pki/tls/cacert.pem",            // OpenELEC
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // CentOS, RHEL 7
    "/etc/ssl/cert.pem",                  // Alpine, macOS, OpenBSD
    "/usr/local/etc/ssl/cert.pem",        // FreeBSD
    "/usr/local/share/certs/ca-root-nss.crt", // DragonFly
];

/// The authorities that one client trusts: those of `trust`, and those of `ca_file` (PEM) if there is one.
#[derive(Debug, Clone)]
pub struct Authorities {
    pub trust: Trust,
    pub ca_file: Option<String>,
}

impl Authorities {
    pub fn roots(&self) -> Result<RootCertStore> {
        let mut roots = match self.trust {
            Trust::Public => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
            Trust::System => system(&SYSTEM_STORES)?,
        };
        if let Some(path) = &self.ca_file {
            let pem = std::fs::read(path).map_err(|e| Error::file("read the CA file", path, &e))?;
            add(&mut roots, &pem).map_err(|why| Error::invalid_argument(format!("ca_file {path} {why}")))?;
        }
        Ok(roots)
    }

    /// Says that the authority of a certificate is not among these.
    pub fn unknown(&self) -> String {
        match (&self.ca_file, self.trust) {
            (Some(path), Trust::Public) => {
                format!("its authority is neither in ca_file {path} nor a public one")
            }
            (Some(path), Trust::System) => {
                format!("its authority is neither in ca_file {path} nor in the system's store")
            }
            (None, Trust::Public) => {
                "its authority is not a public one (to trust a private one, name its certificate in ca_file)"
                    .into()
            }
            (None, Trust::System) => {
                "its authority is not in the system's store (to trust it, name its certificate in ca_file)"
                    .into()
            }
        }
    }
}

fn system(stores: &[&str]) -> Result<RootCertStore> {
    let Some(path) = stores.iter().find(|path| Path::new(path).exists()) else {
        let text = format!(
            "FERRY_TRUST_SYSTEM: this system has no certificate store ({}); install its package of \
             certificates (ca-certificates), or trust the public ones",
            stores.join(", ")
        );
        return Err(Error::new(ErrorKind::Io, text));
    };
    let failed = |why: String| Error::new(ErrorKind::Io, format!("FERRY_TRUST_SYSTEM: {path} {why}"));
    let unread = |e| failed(format!("cannot be read: {}", system_text(&e))).with_cause(&e);
    let pem = std::fs::read(path).map_err(unread)?;
    let mut roots = RootCertStore::empty();
    add(&mut roots, &pem).map_err(failed)?;
    Ok(roots)
}

/// Adds the certificates of a bundle. One that cannot be read is left out: bundles of companies have such,
/// and whatever it would vouch for stays untrusted. Without any that can be read, the error says why.
fn add(roots: &mut RootCertStore, pem: &[u8]) -> std::result::Result<(), String> {
    let before = roots.len();
    let mut fault = None;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let added =
            certificate.map_err(|e| e.to_string()).and_then(|c| roots.add(c).map_err(|e| e.to_string()));
        fault = fault.or(added.err());
    }
    match fault {
        _ if roots.len() > before => Ok(()),
        Some(fault) => Err(format!("holds no certificate that can be read: {fault}")),
        None => Err("holds no certificate in PEM form".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_without_a_store_is_told_where_it_was_looked_for() {
        let error = system(&["/nowhere/a.pem", "/nowhere/b.pem"]).expect_err("no store");
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.message().contains("/nowhere/a.pem, /nowhere/b.pem"), "{error}");
    }

    #[test]
    fn a_store_that_holds_nothing_is_an_error() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().to_str().expect("UTF-8");
        let error = system(&["/nowhere/a.pem", path]).expect_err("an empty store");
        assert!(error.message().contains(path), "{error}");
    }
}
