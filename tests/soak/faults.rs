//! What goes wrong at the clouds, and how often.

use serde_json::{Value, json};

/// The word by which the client knows that it was refused for good on purpose.
const PLAN: &str = "soak refusal";

/// What an error of the client may be explained by.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// It passes: the library tries again, and nobody notices.
    Passing,
    /// The service refuses for good.
    Planned,
    /// Of what is not sent again once it may have arrived: an error.
    Once,
    /// Of a deletion: that is repeated, and may find nothing.
    Deletion,
}

pub struct Rules(Vec<(Value, Kind)>);

impl Rules {
    /// Of requests of these classes one in `1 / chance` meets each of the faults.
    pub fn new(classes: &[&str], chance: f64) -> Rules {
        let mut rules = Vec::new();
        for class in classes {
            let kind = match *class {
                "store_api" => Kind::Once,
                "delete" | "flip_api" => Kind::Deletion,
                _ => Kind::Passing,
            };
            let mut add = |share: f64, kind, action: Value| {
                let rule = json!({"class": class, "probability": chance * share, "action": action});
                rules.push((rule, kind));
            };
            add(1.0, kind, json!({"status": 503}));
            add(1.0, kind, json!({"cut_after": 0}));
            add(1.0, kind, json!({"lost_answer": true}));
            add(0.5, kind, json!({"stall_ms": 300}));
            add(0.05, kind, json!({"stall_ms": 3000}));
            add(0.5, Kind::Passing, json!({"hold_ms": 200}));
            add(0.5, Kind::Passing, json!({"slow_bytes_per_second": 4_000_000}));
            add(0.25, Kind::Passing, json!({"status": 429, "retry_after": 1}));
            if kind == Kind::Passing {
                add(1.0, kind, json!({"cut_response_after": 5}));
            }
            if *class == "put" {
                add(1.0, kind, json!({"cut_after": 20_000}));
                add(1.0, kind, json!({"wrong_etag": true}));
                add(0.5, kind, json!({"status": 403, "code": "RequestTimeTooSkewed"}));
                add(0.25, kind, json!({"stall_after": 100_000, "stall_ms": 500}));
            }
            if ["start", "deliver", "metadata", "flip_session"].contains(class) {
                let body = json!({"error": PLAN}).to_string();
                add(0.5, Kind::Planned, json!({"status": 403, "body": body}));
            }
        }
        Rules(rules)
    }

    pub fn to_json(&self) -> Value {
        let rules: Vec<&Value> = self.0.iter().map(|(rule, _)| rule).collect();
        json!({"seed": 7, "rules": rules})
    }

    /// How often the answer about a part or a range of a video was no success.
    pub fn of_parts(&self, fired: &[u64]) -> u64 {
        let is_of_parts = |rule: &Value| {
            ["flip_part", "flip_range", "flip_missing"].iter().any(|class| rule["class"] == *class)
        };
        self.0.iter().zip(fired).filter(|((rule, _), _)| is_of_parts(rule)).map(|(_, fired)| fired).sum()
    }

    /// How often rules of that kind have fired.
    pub fn of_kind(&self, kind: Kind, fired: &[u64]) -> u64 {
        self.0.iter().zip(fired).filter(|((_, each), _)| *each == kind).map(|(_, fired)| fired).sum()
    }
}
