//! Faults as data: which requests go wrong, how often and in which way.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::identifier;

/// The kinds of requests that a rule can choose.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Class {
    Start,
    Upload,
    Put,
    Commit,
    Complete,
    Deliver,
    Metadata,
    Delete,
    Transform,
    Store,
    StoreApi,
    Process,
    Overwrite,
    Zip,
    Av,
    Workflow,
    FlipApi,
    FlipSession,
    FlipPart,
    FlipRange,
    FlipMissing,
    FlipAbort,
    FlipOutput,
    Other,
    /// In rules only: every class.
    Any,
}

/// What a rule may look at beside the class.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subject {
    pub(crate) part: Option<u64>,
    pub(crate) offset: Option<u64>,
    pub(crate) filename: Option<String>,
    pub(crate) handle: Option<String>,
}

impl Subject {
    fn covers(&self, other: &Subject) -> bool {
        fn agrees<T: PartialEq>(wanted: &Option<T>, seen: &Option<T>) -> bool {
            wanted.is_none() || wanted == seen
        }
        agrees(&self.part, &other.part)
            && agrees(&self.offset, &other.offset)
            && agrees(&self.filename, &other.filename)
            && agrees(&self.handle, &other.handle)
    }
}

/// What goes wrong. Several fields may be set where they make sense together.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Action {
    pub(crate) status: Option<u16>,
    pub(crate) retry_after: Option<u64>,
    /// `Retry-After` as a date, so many seconds from now.
    pub(crate) retry_after_date: Option<i64>,
    /// S3's error code; the body becomes S3's XML.
    pub(crate) code: Option<String>,
    pub(crate) body: Option<String>,
    /// Headers for the answer, be it the fault's or that of the work.
    pub(crate) headers: BTreeMap<String, String>,
    /// Answer before the request body has been read.
    pub(crate) early: bool,
    /// Where to: a URL or a path. `{http}` and `{https}` stand for the origins of this cloud, `{path}` for
    /// path and query of the request.
    pub(crate) redirect: Option<String>,
    /// Answer with the request: its method, URL, headers and body, as they came and percent-encoded.
    pub(crate) echo: bool,
    pub(crate) corrupt_answer: bool,
    pub(crate) huge_answer: Option<u64>,
    pub(crate) cut_after: Option<u64>,
    pub(crate) cut_response_after: Option<u64>,
    pub(crate) stall_ms: Option<u64>,
    pub(crate) stall_after: Option<u64>,
    pub(crate) slow_bytes_per_second: Option<u64>,
    pub(crate) accepted: bool,
    pub(crate) wrong_etag: bool,
    pub(crate) missing_etag: bool,
    /// The storage encrypts with a key of its own, so that the ETag is no MD5.
    pub(crate) kms: bool,
    /// An upload session of Flip gets another address.
    pub(crate) moved: bool,
    pub(crate) lost_answer: bool,
    /// The work is done; its answer waits.
    pub(crate) hold_ms: Option<u64>,
    /// The file is delivered as if there were no ranges.
    pub(crate) no_ranges: bool,
    /// The conversion or workflow that this request starts fails in the end.
    pub(crate) job_failed: bool,
}

impl Action {
    /// Whether the fault is an answer in place of the work.
    pub(crate) fn replaces_answer(&self) -> bool {
        self.status.is_some()
            || self.code.is_some()
            || self.body.is_some()
            || self.redirect.is_some()
            || self.echo
            || self.corrupt_answer
            || self.huge_answer.is_some()
    }

    /// Whether a client that gets the answer to a PUT does not learn from it that its bytes are there.
    pub(crate) fn spoils_answer(&self) -> bool {
        self.wrong_etag || self.missing_etag || self.cut_response_after.is_some()
    }

    fn check(&self) -> Result<(), String> {
        if *self == Action::default() {
            return Err(
                "a rule's action is empty: give it a status, cut_after, stall_ms, accepted, …".to_owned()
            );
        }
        if self.stall_after.is_some() && self.stall_ms.is_none() {
            return Err("stall_after needs stall_ms: for how long to stall".to_owned());
        }
        if self.slow_bytes_per_second == Some(0) {
            return Err(
                "slow_bytes_per_second must be at least 1; use stall_ms to stop altogether".to_owned()
            );
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err("status must be between 200 and 599".to_owned());
        }
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    class: Class,
    #[serde(default, rename = "match")]
    subject: Subject,
    #[serde(default)]
    skip: u64,
    times: Option<u64>,
    probability: Option<f64>,
    action: Action,
    #[serde(skip)]
    id: u64,
    #[serde(skip)]
    seen: u64,
    #[serde(skip)]
    fired: u64,
    /// As it came.
    #[serde(skip)]
    text: Value,
}

impl Rule {
    fn read(text: Value) -> Result<Rule, String> {
        let rule: Rule = serde_json::from_value(text.clone()).map_err(wrong)?;
        rule.action.check()?;
        if rule.probability.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return Err("probability must be between 0 and 1".to_owned());
        }
        Ok(Rule { text, id: identifier::serial(), ..rule })
    }

    /// How much it leaves for the rules behind it: what is after its end, what chance spares, or nothing.
    fn reach(&self) -> u8 {
        match (self.times, self.probability) {
            (Some(_), _) => 0,
            (None, Some(_)) => 1,
            (None, None) => 2,
        }
    }
}

fn wrong(error: serde_json::Error) -> String {
    format!("the faults have the wrong form: {error}")
}

fn parsed(json: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(json).map_err(|error| format!("the faults are not JSON: {error}"))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    #[serde(default)]
    seed: u64,
    rules: Vec<Value>,
}

/// The rules in force, with their counters.
pub(crate) struct Faults {
    table: Mutex<(Vec<Rule>, fastrand::Rng)>,
}

impl Faults {
    pub(crate) fn none() -> Faults {
        Faults { table: Mutex::new((Vec::new(), fastrand::Rng::with_seed(0))) }
    }

    /// Replaces all rules; counters and the random sequence start anew.
    pub(crate) fn replace(&self, json: &[u8]) -> Result<(), String> {
        let value = parsed(json)?;
        let plan = if value.is_array() {
            serde_json::from_value(value).map(|rules| Plan { seed: 0, rules })
        } else {
            serde_json::from_value(value)
        };
        let plan: Plan = plan.map_err(wrong)?;
        let rules = plan.rules.into_iter().map(Rule::read).collect::<Result<_, _>>()?;
        *lock(&self.table) = (rules, fastrand::Rng::with_seed(plan.seed));
        Ok(())
    }

    /// Adds a rule to the others, which go on as they are; gives its id. It stands before those that act as
    /// often as it or more often, so that "the next one fails" is heard beside "all are slow".
    pub(crate) fn add(&self, json: &[u8]) -> Result<u64, String> {
        let rule = Rule::read(parsed(json)?)?;
        let id = rule.id;
        let rules = &mut lock(&self.table).0;
        let place = rules.iter().position(|other| other.reach() >= rule.reach());
        rules.insert(place.unwrap_or(rules.len()), rule);
        Ok(id)
    }

    /// Whether there was such a rule.
    pub(crate) fn remove(&self, id: u64) -> bool {
        let rules = &mut lock(&self.table).0;
        let before = rules.len();
        rules.retain(|rule| rule.id != id);
        rules.len() < before
    }

    pub(crate) fn clear(&self) {
        lock(&self.table).0.clear();
    }

    /// The rules as they came, each with its id, how many requests it matched (`seen`) and how often it fired
    /// (`fired`).
    pub(crate) fn to_json(&self) -> Value {
        let told = |rule: &Rule| {
            let mut told = rule.text.clone();
            told["id"] = Value::from(rule.id);
            told["seen"] = Value::from(rule.seen);
            told["fired"] = Value::from(rule.fired);
            told
        };
        lock(&self.table).0.iter().map(told).collect()
    }

    /// How often each rule has fired.
    pub(crate) fn fired(&self) -> Vec<u64> {
        lock(&self.table).0.iter().map(|rule| rule.fired).collect()
    }

    /// The action for this request: that of the first rule which applies and is not used up.
    pub(crate) fn choose(&self, class: Class, subject: &Subject) -> Option<Action> {
        let mut table = lock(&self.table);
        let (rules, random) = &mut *table;
        for rule in rules {
            if (rule.class != class && rule.class != Class::Any) || !rule.subject.covers(subject) {
                continue;
            }
            rule.seen += 1;
            let spent = rule.times.is_some_and(|times| rule.fired >= times);
            if rule.seen <= rule.skip || spent {
                continue;
            }
            if rule.probability.is_some_and(|chance| random.f64() >= chance) {
                continue;
            }
            rule.fired += 1;
            return Some(rule.action.clone());
        }
        None
    }
}

/// A lock whose holder panicked is still good: every table is valid between two statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: &str) -> Faults {
        let faults = Faults::none();
        faults.replace(json.as_bytes()).expect("valid rules");
        faults
    }

    #[test]
    fn a_rule_skips_then_fires_then_ends() {
        let faults = faults(r#"[{"class":"put","skip":1,"times":2,"action":{"status":503}}]"#);
        let fired: Vec<bool> =
            (0..5).map(|_| faults.choose(Class::Put, &Subject::default()).is_some()).collect();
        assert_eq!(fired, [false, true, true, false, false]);
    }

    #[test]
    fn a_rule_for_one_part_leaves_the_others_alone() {
        let faults = faults(r#"[{"class":"put","match":{"part":3},"action":{"cut_after":0}}]"#);
        let part = |part| Subject { part: Some(part), ..Subject::default() };
        assert!(faults.choose(Class::Put, &part(2)).is_none());
        assert!(faults.choose(Class::Upload, &part(3)).is_none());
        assert!(faults.choose(Class::Put, &part(3)).is_some());
    }

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let run = || {
            let faults =
                faults(r#"{"seed":7,"rules":[{"class":"any","probability":0.5,"action":{"status":500}}]}"#);
            (0..64).map(|_| faults.choose(Class::Put, &Subject::default()).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
        assert!(run().contains(&true) && run().contains(&false));
    }

    #[test]
    fn a_misspelt_action_is_refused() {
        let error = Faults::none()
            .replace(br#"[{"class":"put","action":{"cut_afer":1}}]"#)
            .expect_err("unknown field");
        assert!(error.contains("cut_afer"), "{error}");
    }
}
