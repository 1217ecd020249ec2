//! The account: its API key, its app secret and its limit.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::json;

use super::policy::{self, Deed, Policy, Refused};
use crate::options::Options;
use crate::reply::too_large;

pub(crate) struct Account {
    apikey: Option<String>,
    app_secret: Option<String>,
    /// Bytes of the largest file that is taken.
    max_file_size: Option<u64>,
}

impl Account {
    pub(crate) fn new(options: &Options) -> Account {
        Account {
            apikey: options.apikey.clone(),
            app_secret: options.app_secret.clone(),
            max_file_size: options.max_file_size,
        }
    }

    /// Whether a file of so many bytes is taken; the sentence for one that is not.
    pub(crate) fn admits(&self, size: u64) -> Result<(), String> {
        match self.max_file_size {
            Some(most) if size > most => Err(too_large(most)),
            _ => Ok(()),
        }
    }

    pub(crate) fn knows(&self, apikey: &str) -> bool {
        self.apikey.as_deref().map_or(!apikey.is_empty(), |known| known == apikey)
    }

    /// Whether calls need a policy.
    pub(crate) fn is_secured(&self) -> bool {
        self.app_secret.is_some()
    }

    /// A policy for everything and its signature, for what the cloud looks at itself.
    pub(crate) fn pass(&self) -> Option<(String, String)> {
        let secret = self.app_secret.as_ref()?;
        let policy = json!({ "expiry": u64::MAX }).to_string();
        let policy = URL_SAFE.encode(policy);
        let signature = policy::signature(&policy, secret);
        Some((policy, signature))
    }

    /// Checks the policy that came with a call, if one came or one is needed. Without an app secret only its
    /// form is looked at.
    pub(crate) fn authorise(
        &self,
        given: Option<(&str, &str)>,
        deed: &Deed<'_>,
    ) -> Result<Option<Policy>, Refused> {
        let Some((encoded, signature)) =
            given.filter(|(encoded, signature)| !encoded.is_empty() || !signature.is_empty())
        else {
            return if self.is_secured() {
                Err(Refused::Forbidden("this app is secured: the call needs policy and signature".to_owned()))
            } else {
                Ok(None)
            };
        };
        if encoded.is_empty() || signature.is_empty() {
            return Err(Refused::Malformed("policy and signature must be given together".to_owned()));
        }
        let policy = Policy::parse(encoded)?;
        if let Some(secret) = &self.app_secret {
            if policy::signature(encoded, secret) != signature {
                return Err(Refused::Forbidden("the signature is not that of the policy".to_owned()));
            }
            policy.allow(deed)?;
        }
        Ok(Some(policy))
    }
}
