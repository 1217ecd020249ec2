//! What `src/http` promises, each against a small server in the test: redaction, redirects, pauses, bounds of
//! an answer, and what is never sent.

mod addresses;
mod answers;
mod errors;
mod redirects;
mod secrets;
mod server;
