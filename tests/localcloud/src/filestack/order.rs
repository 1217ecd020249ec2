//! A chain that a client wants carried out, and all that came with it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::chain::Chain;
use super::policy::{Deed, Policy};
use crate::origin::Origin;
use crate::reply::{self, Step};
use crate::state::State;

#[derive(Clone, Copy)]
pub(crate) struct Order<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) origin: Origin<'a>,
    pub(crate) chain: &'a Chain,
    pub(crate) security: Option<(&'a str, &'a str)>,
    /// Headers for the origin of a remote source.
    pub(crate) source_headers: &'a [(String, String)],
    /// Tags for what is stored; `Some` for `/process`, whose answer tells them.
    pub(crate) tags: Option<&'a Map<String, Value>>,
    /// The client takes WebP.
    pub(crate) webp: bool,
    /// A fault wants the job of this request to fail.
    pub(crate) job_fails: bool,
}

impl Order<'_> {
    pub(crate) fn authorise(&self, deed: &Deed<'_>) -> Step<Option<Policy>> {
        let result = self.state.account.authorise(self.security, deed);
        result.map_err(|refused| Box::new(reply::secured(refused.reason())))
    }
}
