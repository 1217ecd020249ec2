//! Authorities, and the certificates of servers that they sign.

use std::fs;
use std::path::Path;

use ferry::http::Connection;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};

pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with those that belong to it, and its key; PEM.
pub struct Identity {
    pub chain: String,
    pub key: String,
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let signed = CertifiedIssuer::self_signed(authority(name), key());
        Authority(signed.expect("an authority"))
    }

    /// An authority that this one has signed.
    pub fn under(&self, name: &str) -> Authority {
        let signed = CertifiedIssuer::signed_by(authority(name), key(), &self.0);
        Authority(signed.expect("an authority"))
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for 127.0.0.1.
    pub fn identity(&self) -> Identity {
        self.sign(server("127.0.0.1"))
    }

    pub fn sign(&self, params: CertificateParams) -> Identity {
        let key = key();
        let signed = params.signed_by(&key, &self.0).expect("a certificate");
        Identity { chain: signed.pem(), key: key.serialize_pem() }
    }

    /// The same of a client that trusts it, by a file in `folder`.
    pub fn trusted(&self, folder: &Path, connection: Connection) -> Connection {
        let path = folder.join("authority.pem");
        fs::write(&path, self.pem()).expect("written");
        Connection { ca_file: path.to_str().map(str::to_owned), ..connection }
    }
}

/// What the certificate of a server with this name says.
pub fn server(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
    params.distinguished_name.push(DnType::CommonName, "a server");
    params
}

/// A certificate that nobody but its own key has signed.
pub fn self_signed(params: CertificateParams) -> Identity {
    let key = key();
    let signed = params.self_signed(&key).expect("a certificate");
    Identity { chain: signed.pem(), key: key.serialize_pem() }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}
