//! Whom a client trusts: the certificate authorities of TLS.

use std::io::{self, Read as _};
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{Error, ErrorKind, Result, system_text};
use crate::memory;
use crate::sys::{self, Kind};

/// The most bytes of a bundle; that of a system has less than 1 MiB.
const LARGEST_BUNDLE: u64 = 16 << 20;

/// Which authorities are trusted beside those of a `ca_file`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trust {
    /// The public ones (Mozilla's list), built into the library.
    #[default]
    Public,
    /// The system's.
    System,
}

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
            Trust::System => match sys::trust::store() {
                Some(certificates) => of_store(certificates)?,
                None => of_bundle(&sys::trust::BUNDLES)?,
            },
        };
        if let Some(path) = &self.ca_file {
            let refused = |why: String| Error::invalid_argument(format!("ca_file {path} {why}"));
            let pem = read(path)?.ok_or_else(|| refused(too_large()))?;
            add(&mut roots, &pem).map_err(refused)?;
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

/// The authorities of a store that the system has opened.
fn of_store(certificates: io::Result<Vec<Vec<u8>>>) -> Result<RootCertStore> {
    let failed = |why: String| Error::new(ErrorKind::Io, format!("FERRY_TRUST_SYSTEM: the store {why}"));
    let certificates =
        certificates.map_err(|e| failed(format!("cannot be read: {}", system_text(&e))).with_cause(&e))?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates.into_iter().map(CertificateDer::from));
    if added == 0 { Err(failed("holds no certificate that can be read".into())) } else { Ok(roots) }
}

/// The authorities of the first file that exists. Where none does, what kept Ferry from a look at one is
/// told.
fn of_bundle(stores: &[&str]) -> Result<RootCertStore> {
    let mut hidden = None;
    let exists = |path: &&&str| match Path::new(path).try_exists() {
        Ok(exists) => exists,
        Err(e) => {
            hidden.get_or_insert_with(|| Error::file("look at", path, &e));
            false
        }
    };
    let Some(path) = stores.iter().find(exists) else {
        let none = || {
            let text = format!(
                "this system has no certificate store ({}); install its package of certificates \
                 (ca-certificates), or trust the public ones",
                stores.join(", ")
            );
            Error::new(ErrorKind::Io, text)
        };
        return Err(hidden.unwrap_or_else(none).while_doing("FERRY_TRUST_SYSTEM"));
    };
    let failed = |why: String| Error::new(ErrorKind::Io, format!("FERRY_TRUST_SYSTEM: {path} {why}"));
    let pem = read(path).map_err(|error| error.while_doing("FERRY_TRUST_SYSTEM"))?;
    let pem = pem.ok_or_else(|| failed(too_large()))?;
    let mut roots = RootCertStore::empty();
    add(&mut roots, &pem).map_err(failed)?;
    Ok(roots)
}

/// The bytes of a file; `None` if it has more than [`LARGEST_BUNDLE`]. Like a file that is uploaded it is a
/// regular one: nobody is waited for.
fn read(path: &str) -> Result<Option<Vec<u8>>> {
    let doing = "read the CA file";
    let failed = |e: io::Error| Error::file(doing, path, &e);
    let file = sys::file::open(Path::new(path)).map_err(failed)?;
    let size = match sys::file::look_at(&file).map_err(failed)? {
        (Kind::Regular, identity) => identity.size,
        (Kind::Folder, _) => return Err(Error::directory(doing, path)),
        (Kind::Other, _) => return Err(failed(io::Error::other("it is not a regular file"))),
    };
    let mut bytes = Vec::new();
    // Files in /proc say that they are empty, and any file may grow meanwhile.
    let size = size.min(LARGEST_BUNDLE + 1);
    memory::reserve(&mut bytes, usize::try_from(size).unwrap_or(usize::MAX), "the certificates")?;
    file.take(LARGEST_BUNDLE + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok((bytes.len() as u64 <= LARGEST_BUNDLE).then_some(bytes))
}

fn too_large() -> String {
    format!("has more than {} MiB, and is no list of certificates", LARGEST_BUNDLE >> 20)
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
        let error = of_bundle(&["/nowhere/a.pem", "/nowhere/b.pem"]).expect_err("no store");
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.message().contains("/nowhere/a.pem, /nowhere/b.pem"), "{error}");
    }

    #[test]
    fn a_store_that_cannot_be_looked_at_is_told_where_there_is_no_other() {
        let error = of_bundle(&["no\0path.pem", "/nowhere/b.pem"]).expect_err("no store");
        assert!(error.message().starts_with("FERRY_TRUST_SYSTEM: cannot look at "), "{error}");
    }

    #[test]
    fn a_store_that_holds_nothing_is_an_error() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().to_str().expect("UTF-8");
        let error = of_bundle(&["/nowhere/a.pem", path]).expect_err("an empty store");
        assert!(error.message().contains(path), "{error}");
        assert_eq!(of_store(Ok(vec![vec![0]])).expect_err("an empty store").kind(), ErrorKind::Io);
    }
}
