//! Whether the certificate of a server is good: rustls judges. Where nobody who is trusted has signed it, the
//! error says what the server has shown, for rustls has one word for all such certificates.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, OtherError, RootCertStore, SignatureScheme,
};
use webpki::EndEntityCert;

use crate::error::{Error, ErrorKind, Result};

#[derive(Debug)]
pub struct Verifier(Arc<WebPkiServerVerifier>);

impl Verifier {
    pub fn new(roots: RootCertStore, provider: Arc<CryptoProvider>) -> Result<Self> {
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        verifier.map(Verifier).map_err(|e| Error::new(ErrorKind::Internal, e.to_string()))
    }
}

/// A certificate that nobody who is trusted has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Its own key has signed it.
    Itself,
    /// The same, and it says that it is an authority's. rustls takes no such certificate of a server, whoever
    /// is trusted.
    Authority,
    /// An authority has, and the server shows no other certificate.
    Alone,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Unknown {}

/// `error`, with more words if it is one of a certificate that nobody who is trusted has signed.
fn told(error: rustls::Error, end_entity: &CertificateDer<'_>, others: usize) -> rustls::Error {
    let is_of_authority = match &error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => false,
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(why))) => {
            matches!(why.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
        }
        _ => return error,
    };
    let is_own = EndEntityCert::try_from(end_entity).is_ok_and(|it| it.issuer() == it.subject());
    let unknown = match (is_of_authority, is_own) {
        (true, true) => Unknown::Authority,
        (false, true) => Unknown::Itself,
        (false, false) if others == 0 => Unknown::Alone,
        (_, false) => return error,
    };
    CertificateError::Other(OtherError(Arc::new(unknown))).into()
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let judged = self.0.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        judged.map_err(|error| told(error, end_entity, intermediates.len()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.0.root_hint_subjects()
    }
}
