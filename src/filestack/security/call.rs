//! Asking a policy, without the service, whether it lets a call pass.

use regex_lite::Regex;

use super::policy::Policy;
use super::unix_now;

/// A call to the service, as far as a policy looks at it. What is left out is not checked.
///
/// ```
/// # use ferry::filestack::security::{PolicyCall, Security};
/// let security = Security::new(r#"{"expiry": 1700000000, "call": ["read"]}"#, "secret")?;
/// let call = |name| PolicyCall { name, now: Some(1_600_000_000), ..PolicyCall::default() };
/// assert!(security.allows(&call("read")).is_ok());
/// assert!(security.allows(&call("remove")).is_err());
/// # Ok::<(), ferry::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct PolicyCall<'a> {
    /// `read`, `store`, `convert`, …: a value of the policy's `call`.
    pub name: &'a str,
    /// The moment of the call in Unix seconds; the system clock when left out.
    pub now: Option<u64>,
    pub handle: Option<&'a str>,
    /// Bytes of the file to be stored.
    pub size: Option<u64>,
    /// Where the file is to be stored.
    pub path: Option<&'a str>,
    pub container: Option<&'a str>,
    /// The external file to be processed.
    pub url: Option<&'a str>,
}

impl PolicyCall<'_> {
    pub(super) fn passes(&self, policy: &Policy) -> Result<(), String> {
        let expiry = policy.integer("expiry").ok_or("the policy has no expiry")?;
        let now = self.now.unwrap_or_else(unix_now);
        if now > expiry {
            return Err(format!("the policy expired {} seconds ago", now - expiry));
        }
        match policy.calls() {
            // Without `call` a policy allows everything but `exif` (specs/filestack.md 2.1).
            None if self.name == "exif" => return Err("the policy does not name the call exif".to_owned()),
            Some(calls) if !calls.iter().any(|call| same_call(call, self.name)) => {
                return Err(format!("the policy does not allow {}, only {}", self.name, calls.join(", ")));
            }
            _ => {}
        }
        if let (Some(allowed), Some(handle)) = (policy.text("handle"), self.handle)
            && allowed != handle
        {
            return Err(format!("the policy is for the handle {allowed} alone"));
        }
        if let Some(size) = self.size {
            if let Some(most) = policy.integer("maxSize").filter(|&most| size > most) {
                return Err(format!("{size} bytes are more than the policy's maxSize of {most}"));
            }
            if let Some(least) = policy.integer("minSize").filter(|&least| size < least) {
                return Err(format!("{size} bytes are less than the policy's minSize of {least}"));
            }
        }
        matches(policy, "path", self.path)?;
        matches(policy, "container", self.container)?;
        matches(policy, "url", self.url)
    }
}

/// `revoke` is the service's old word for `remove`.
pub(super) fn same_call(allowed: &str, name: &str) -> bool {
    allowed == name || (allowed == "revoke" && name == "remove")
}

fn matches(policy: &Policy, key: &str, text: Option<&str>) -> Result<(), String> {
    let (Some(pattern), Some(text)) = (policy.text(key), text) else { return Ok(()) };
    // Alone first: `a)|(?:.*` would end the group that it is put into, and match anything.
    match Regex::new(pattern).and_then(|_| Regex::new(&format!(r"\A(?:{pattern})\z"))) {
        Ok(regex) if regex.is_match(text) => Ok(()),
        Ok(_) => Err(format!("the {key} {text:?} does not match the policy's {key} {pattern:?}")),
        Err(_) => Err(format!("the policy's {key} {pattern:?} is not a pattern that can be checked here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filestack::security::Security;

    const READ: PolicyCall<'static> = PolicyCall {
        name: "read",
        now: Some(100),
        handle: None,
        size: None,
        path: None,
        container: None,
        url: None,
    };

    fn allows(policy: &str, call: PolicyCall<'_>) -> Result<(), String> {
        Security::unchecked(policy, "s").expect(policy).allows(&call)
    }

    #[test]
    fn expires_after_its_moment() {
        assert_eq!(allows(r#"{"expiry":100}"#, READ), Ok(()));
        assert_eq!(allows(r#"{"expiry":99}"#, READ), Err("the policy expired 1 seconds ago".to_owned()));
        assert!(allows(r#"{"expires":99}"#, READ).is_err());
        assert!(allows(r#"{"expiry":1}"#, PolicyCall { now: None, ..READ }).is_err());
    }

    #[test]
    fn names_the_calls_that_pass() {
        assert!(allows(r#"{"expiry":100,"call":["stat","read"]}"#, READ).is_ok());
        assert!(allows(r#"{"expiry":100,"call":"read"}"#, READ).is_ok());
        assert!(allows(r#"{"expiry":100,"call":["stat"]}"#, READ).is_err());
        assert!(allows(r#"{"expiry":100,"call":[]}"#, READ).is_err());
        assert!(allows(r#"{"expiry":100}"#, PolicyCall { name: "exif", ..READ }).is_err());
        assert!(allows(r#"{"expiry":100,"call":["exif"]}"#, PolicyCall { name: "exif", ..READ }).is_ok());
        assert!(allows(r#"{"expiry":100,"call":["revoke"]}"#, PolicyCall { name: "remove", ..READ }).is_ok());
    }

    #[test]
    fn narrows_handle_size_and_place() {
        let policy = r#"{"expiry":100,"handle":"h","maxSize":10,"minSize":5,"path":"/in/.*","container":"a|ab","url":"https://example\\.com/.*"}"#;
        assert!(allows(policy, READ).is_ok());
        let good = PolicyCall {
            handle: Some("h"),
            size: Some(5),
            path: Some("/in/x"),
            container: Some("ab"),
            url: Some("https://example.com/a"),
            ..READ
        };
        assert_eq!(allows(policy, good), Ok(()));
        for bad in [
            PolicyCall { handle: Some("g"), ..good },
            PolicyCall { size: Some(11), ..good },
            PolicyCall { size: Some(4), ..good },
            PolicyCall { path: Some("/x/in/x"), ..good },
            PolicyCall { container: Some("abc"), ..good },
            PolicyCall { url: Some("https://example-com/a"), ..good },
        ] {
            assert!(allows(policy, bad).is_err(), "{bad:?}");
        }
        for pattern in ["(?<=x)", "a)|(?:.*"] {
            let policy = format!(r#"{{"expiry":100,"path":"{pattern}"}}"#);
            assert!(allows(&policy, good).expect_err(pattern).contains("checked"));
        }
    }
}
