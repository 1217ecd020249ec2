//! Certificates that are refused, served by nginx. Each error says what is wrong with them.

use std::io::ErrorKind;
use std::net::TcpListener;

use ferry::error;
use ferry::http::Connection;
use rcgen::{BasicConstraints, CertificateParams, CrlDistributionPoint, IsCa, date_time_ymd};

use crate::authority::{Authority, Identity, self_signed, server};
use crate::nginx::Nginx;
use crate::trip::{Told, refused, round_trip};

/// nginx shows what `authority`, which is trusted, makes; an upload is refused, and why is returned.
fn why(authority: Authority, identity: &Identity) -> Option<String> {
    let nginx = Nginx::with("client_max_body_size 0;", authority, identity)?;
    let told = Told::default();
    let error = refused(&nginx.client(told.to(Connection::default())));
    assert_eq!((error.kind(), error.retryable()), (error::ErrorKind::Network, false), "{error}");
    assert!(error.message().contains("the server's certificate is refused: "), "{error}");
    assert_eq!(told.repeated_for(), [0; 0], "{}", told.texts());
    assert!(nginx.cloud.requests().is_empty());
    Some(error.message().to_owned())
}

fn trusted() -> Authority {
    Authority::new("a private authority")
}

fn says(why: Option<String>, words: &[&str]) {
    let Some(why) = why else { return };
    for word in words {
        assert!(why.contains(word), "{word} is not in: {why}");
    }
}

/// What is wrong is a date, or the name.
fn refused_for(change: impl FnOnce(&mut CertificateParams), words: &[&str]) {
    let authority = trusted();
    let mut params = server("127.0.0.1");
    change(&mut params);
    let identity = authority.sign(params);
    says(why(authority, &identity), words);
}

#[test]
fn one_that_has_expired() {
    refused_for(|params| params.not_after = date_time_ymd(2020, 1, 1), &["it expired ", " days ago"]);
}

#[test]
fn one_that_is_not_valid_yet() {
    refused_for(|params| params.not_before = date_time_ymd(2900, 1, 1), &["it is not valid before", "clock"]);
}

#[test]
fn one_for_another_name() {
    refused_for(|params| *params = server("other.example.com"), &["127.0.0.1", "other.example.com"]);
}

#[test]
fn one_that_nobody_else_has_signed() {
    says(why(trusted(), &self_signed(server("127.0.0.1"))), &["its authority", "signed by itself"]);
}

/// What `openssl req -x509` makes.
#[test]
fn one_that_nobody_else_has_signed_and_that_is_an_authoritys() {
    let mut params = server("127.0.0.1");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    says(why(trusted(), &self_signed(params)), &["CA:TRUE", "signed by themselves"]);
}

#[test]
fn one_of_an_unknown_authority() {
    let unknown = Authority::new("an unknown authority");
    let identity = unknown.identity();
    let chain = format!("{}{}", identity.chain, unknown.pem());
    says(why(trusted(), &Identity { chain, ..identity }), &["its authority", "neither in ca_file"]);
}

#[test]
fn one_without_the_authority_between() {
    let root = trusted();
    let between = root.under("an authority between");
    let identity = between.identity();
    says(why(root, &identity), &["its authority", "neither in ca_file", "intermediate"]);
}

/// Whether it was revoked is not asked for (SECURITY.md): nobody comes for the list that it names.
#[test]
fn but_not_one_that_may_be_revoked() {
    let list = TcpListener::bind("127.0.0.1:0").expect("a port");
    let uri = format!("http://{}/revoked.crl", list.local_addr().expect("an address"));
    let authority = trusted();
    let mut params = server("127.0.0.1");
    params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![uri] }];
    let identity = authority.sign(params);
    let Some(nginx) = Nginx::with("client_max_body_size 0;", authority, &identity) else { return };
    round_trip(&nginx.cloud, &nginx.client(Connection::default()));
    list.set_nonblocking(true).expect("it does not wait");
    assert_eq!(list.accept().expect_err("nobody").kind(), ErrorKind::WouldBlock);
}

#[test]
fn but_not_one_with_the_authority_between() {
    let root = trusted();
    let between = root.under("an authority between");
    let identity = between.identity();
    let chain = format!("{}{}", identity.chain, between.pem());
    let identity = Identity { chain, ..identity };
    let Some(nginx) = Nginx::with("client_max_body_size 0;", root, &identity) else { return };
    round_trip(&nginx.cloud, &nginx.client(Connection::default()));
}
