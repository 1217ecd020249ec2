//! Where systems keep the certificate authorities that they trust.

#![forbid(unsafe_code)]

use std::io;

/// Each as one PEM file; the first that exists is read. The list is Go's (`crypto/x509/root_linux.go`,
/// `root_bsd.go`). `rustls-native-certs` knows these places too, but reads `SSL_CERT_FILE` and `SSL_CERT_DIR`
/// before it looks there, and the library reads no environment variable.
pub const BUNDLES: [&str; 8] = [
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",             // openSUSE
    "/etc/pki/tls/cacert.pem",            // OpenELEC
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // CentOS, RHEL 7
    "/etc/ssl/cert.pem",                  // Alpine, macOS, OpenBSD
    "/usr/local/etc/ssl/cert.pem",        // FreeBSD
    "/usr/local/share/certs/ca-root-nss.crt", // DragonFly
];

/// The certificates (DER) of a store that is no file; None where there is no such store.
pub fn store() -> Option<io::Result<Vec<Vec<u8>>>> {
    None
}
