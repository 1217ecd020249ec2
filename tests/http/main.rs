//! What `src/http` promises, each against a small server in the test: redaction, redirects, pauses, bounds of
//! an answer, what is never sent; how a host is reached, through a proxy too; hostile peers.

mod addresses;
mod answers;
mod connect;
#[path = "../tools/emulated.rs"]
mod emulated;
mod errors;
mod events;
mod limits;
mod manners;
mod nasty;
mod proxy;
mod redirects;
mod secrets;
mod server;
#[path = "../support/mod.rs"]
mod support;
mod transport;
