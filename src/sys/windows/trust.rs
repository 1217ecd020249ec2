//! The certificate authorities that the system trusts for this user.

#![forbid(unsafe_code)]

use std::io;

use schannel::cert_context::ValidUses;
use schannel::cert_store::CertStore;

/// They are in no file.
pub const BUNDLES: [&str; 0] = [];

/// The OID of "server authentication".
const SERVER: &str = "1.3.6.1.5.5.7.3.1";

/// The certificates (DER) of the store that may vouch for servers.
pub fn store() -> Option<io::Result<Vec<Vec<u8>>>> {
    Some(CertStore::open_current_user("ROOT").map(|store| {
        let vouches_for_servers = |uses: io::Result<ValidUses>| match uses {
            Ok(ValidUses::All) => true,
            Ok(ValidUses::Oids(all)) => all.iter().any(|oid| oid == SERVER),
            Err(_) => false,
        };
        store
            .certs()
            .filter(|certificate| vouches_for_servers(certificate.valid_uses()))
            .map(|certificate| certificate.to_der().to_vec())
            .collect()
    }))
}
