//! What a call needs of a policy, as far as that is known without the service.

use super::policy::{CALLS, Policy};
use super::unix_now;

/// Calls of which a policy has to name one.
pub type OneOf = &'static [&'static str];

pub const READ: OneOf = &["read"];
pub const STAT: OneOf = &["stat"];
pub const EXIF: OneOf = &["exif"];
pub const WRITE: OneOf = &["write"];
pub const WRITE_URL: OneOf = &["writeUrl"];
pub const STORE: OneOf = &["store", "pick"];
pub const REMOVE: OneOf = &["remove"];
const CONVERT: OneOf = &["convert"];
const CONTENT: OneOf = &["read", "convert"];
const WORKFLOW: OneOf = &["runWorkflow"];

/// What a call needs of a policy. The default is a call of which only the service knows what it needs.
#[derive(Debug, Clone, Default)]
pub struct Needs<'a> {
    /// The policy has to name one of each.
    calls: Vec<OneOf>,
    handle: Option<&'a str>,
}

impl<'a> Needs<'a> {
    pub fn of(calls: &[OneOf], handle: Option<&'a str>) -> Self {
        Needs { calls: calls.to_vec(), handle }
    }

    /// Those of a chain of tasks over `handle`, if its source is one.
    pub fn of_tasks<'t>(tasks: impl Iterator<Item = &'t str>, handle: Option<&'a str>) -> Self {
        let mut calls: Vec<OneOf> = Vec::new();
        for task in tasks {
            let needed = match task {
                "cache" | "debug" => continue,
                "content" | "fallback" | "zip" => CONTENT,
                "metadata" => STAT,
                "store" => STORE,
                "run_workflow" | "workflow_status" => WORKFLOW,
                _ => CONVERT,
            };
            if !calls.contains(&needed) {
                calls.push(needed);
            }
        }
        if calls.is_empty() {
            calls.push(READ);
        }
        Needs { calls, handle }
    }

    /// Why the service will surely refuse the call, if it will. A policy with a call that is not known here
    /// may allow anything.
    pub(super) fn lacking(&self, policy: &Policy) -> Option<String> {
        if let Some(expiry) = policy.integer("expiry")
            && let Some(past) = unix_now().checked_sub(expiry).filter(|past| *past > 0)
        {
            return Some(format!("the policy expired {past} seconds ago by this machine's clock"));
        }
        let listed = policy.calls();
        let is_known = |call: &&str| CALLS.contains(call) || *call == "revoke";
        if listed.as_ref().is_none_or(|listed| listed.iter().all(is_known)) {
            let allows = |call: &str| match &listed {
                None => call != "exif",
                Some(listed) => listed.iter().any(|own| super::call::same_call(own, call)),
            };
            if let Some(missing) = self.calls.iter().find(|calls| !calls.iter().any(|call| allows(call))) {
                let (missing, listed) = (missing.join(" or "), listed.unwrap_or_default().join(", "));
                let only = if listed.is_empty() { String::new() } else { format!(", only {listed}") };
                return Some(format!("the policy does not allow the call {missing}{only}"));
            }
        }
        match (policy.text("handle"), self.handle) {
            (Some(allowed), Some(handle)) if allowed != handle => {
                Some(format!("the policy is for another handle than {handle}"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filestack::Security;

    fn lacking(policy: &str, needs: &Needs<'_>) -> String {
        let security = Security::unchecked(policy, "s").expect(policy);
        security.check(needs).map_or_else(|why| why, |()| "nothing".to_owned())
    }

    #[test]
    fn only_what_the_service_surely_refuses_is_lacking() {
        let read = Needs::of(&[READ], Some("h"));
        for fine in [
            r#"{"expiry":4102444800}"#,
            r#"{"expiry":4102444800,"call":"read","handle":"h"}"#,
            r#"{"expiry":4102444800,"call":["everything"]}"#,
            r#"{"expiry":"never","call":["read"]}"#,
        ] {
            assert_eq!(lacking(fine, &read), "nothing", "{fine}");
        }
        assert!(lacking(r#"{"expiry":1,"call":["read"]}"#, &read).contains("expired"));
        assert_eq!(
            lacking(r#"{"expiry":4102444800,"call":["stat","pick"]}"#, &read),
            "the policy does not allow the call read, only stat, pick"
        );
        assert!(lacking(r#"{"expiry":4102444800,"handle":"g"}"#, &read).contains("another handle than h"));
        let exif = Needs::of(&[STAT, EXIF], None);
        assert!(lacking(r#"{"expiry":4102444800}"#, &exif).ends_with("the call exif"));
        assert_eq!(lacking(r#"{"expiry":4102444800,"call":["exif","stat"]}"#, &exif), "nothing");
        let removal = Needs::of(&[REMOVE], None);
        assert_eq!(lacking(r#"{"expiry":4102444800,"call":["revoke"]}"#, &removal), "nothing");
    }

    #[test]
    fn a_chain_needs_what_its_tasks_need() {
        let policy = r#"{"expiry":4102444800,"call":["read","pick"]}"#;
        let lacks = |tasks: &[&str]| lacking(policy, &Needs::of_tasks(tasks.iter().copied(), None));
        assert_eq!(lacks(&[]), "nothing");
        assert_eq!(lacks(&["zip", "cache", "store"]), "nothing");
        assert!(lacks(&["resize", "store"]).contains("the call convert"));
        assert!(lacks(&["run_workflow"]).contains("the call runWorkflow"));
    }
}
