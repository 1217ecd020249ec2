//! Processing URLs: `/{apikey}/{task}/…/{source}` (6.1).

pub(crate) mod catalogue;
mod element;
mod kind;

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};

pub(crate) use element::Value;
pub(crate) use kind::colour;

#[derive(Clone)]
pub(crate) struct Task {
    pub(crate) name: String,
    /// Under their long names, where the task is known.
    pub(crate) params: Vec<(String, Value)>,
}

impl Task {
    pub(crate) fn new(name: String, mut params: Vec<(String, Value)>) -> Task {
        if let Some(entry) = catalogue::find(&name) {
            for (param, _) in &mut params {
                *param = entry.long(param).to_owned();
            }
        }
        Task { name, params }
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.params.iter().find(|(param, _)| param == name).map(|(_, value)| value)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::text)
    }

    /// Words may be written in any case.
    pub(crate) fn word(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_ascii_lowercase)
    }

    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        self.params.iter().map(|(name, value)| (name.clone(), value.to_json())).collect()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }
}

#[derive(Clone, Default)]
pub(crate) struct Chain {
    /// The API key element, where the URL has one.
    pub(crate) apikey: Option<String>,
    pub(crate) tasks: Vec<Task>,
    /// A handle, a URL, an alias or a list of them; empty where there is none.
    pub(crate) source: String,
}

impl Chain {
    /// `None` for an empty path.
    pub(crate) fn parse(path: &str) -> Option<Chain> {
        let marks = element::marks(path);
        let mut chain = Chain::default();
        let mut rest = Some(marks.as_slice());
        while let Some(marks) = rest {
            if is_source(&element::text(marks)) {
                chain.source = source(&element::text(marks));
                break;
            }
            let (segment, behind) = element::first(marks);
            rest = behind.filter(|behind| !behind.is_empty());
            let text = element::text(segment);
            if text.is_empty() {
                continue;
            }
            let name = text.split('=').next().unwrap_or_default().to_owned();
            let is_task = catalogue::find(&name).is_some();
            if rest.is_none() && !is_task && !text.contains('=') {
                chain.source = source(&text);
            } else if chain.takes_key() && !is_task && looks_like_key(&text) {
                chain.apikey = Some(text);
            } else if name == "b64" {
                let (encoded, behind) = rest.map_or((Default::default(), None), element::first);
                rest = behind;
                // Tasks that cannot be read are one that nobody knows: it is refused like any other.
                chain
                    .tasks
                    .extend(encoded_tasks(&element::text(encoded)).unwrap_or_else(|| vec![unreadable()]));
            } else {
                let params = segment.get(name.len() + 1..).map(element::params).unwrap_or_default();
                chain.tasks.push(Task::new(name, params));
            }
        }
        let empty = chain.apikey.is_none() && chain.tasks.is_empty() && chain.source.is_empty();
        (!empty).then_some(chain)
    }

    /// The key is the first element, or the one behind `debug` (5.10).
    fn takes_key(&self) -> bool {
        self.apikey.is_none() && self.tasks.iter().all(|task| task.name == "debug")
    }

    pub(crate) fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.name == name)
    }

    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.tasks.iter().any(|task| names.contains(&task.name.as_str()))
    }

    /// Whether the file itself is asked for, not something made of it.
    pub(crate) fn is_plain(&self) -> bool {
        self.tasks.iter().all(|task| matches!(task.name.as_str(), "security" | "cache"))
    }

    /// Policy and signature, from the `security` task.
    pub(crate) fn security(&self) -> Option<(&str, &str)> {
        let task = self.task("security")?;
        Some((task.text("policy").unwrap_or(""), task.text("signature").unwrap_or("")))
    }

    /// The text of the first task or parameter that is wrong (9.1).
    pub(crate) fn check(&self) -> Result<(), String> {
        self.tasks.iter().try_for_each(catalogue::check)
    }
}

/// Elements that can be nothing but a source.
fn is_source(text: &str) -> bool {
    let starts = ["http:", "https:", "src:", "b64:", "wf:", "ftp:", "[", "\""];
    starts.iter().any(|start| text.starts_with(start))
}

/// Keys are letters and digits; tasks that nobody knows mostly are not.
fn looks_like_key(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// A source without its quotes, and read where it is base64. `https:/` with one slash is a client that tidied
/// the path.
fn source(text: &str) -> String {
    let text = text.strip_prefix('"').map_or(text, |text| text.strip_suffix('"').unwrap_or(text));
    if let Some(encoded) = text.strip_prefix("b64://").or_else(|| text.strip_prefix("b64:/")) {
        let decoded = decode(encoded).and_then(|bytes| String::from_utf8(bytes).ok());
        return decoded.map_or_else(|| text.to_owned(), |inner| source(&inner));
    }
    for scheme in ["http:/", "https:/", "src:/", "wf:/"] {
        if let Some(rest) = text.strip_prefix(scheme)
            && !rest.starts_with('/')
        {
            return format!("{scheme}/{rest}");
        }
    }
    text.to_owned()
}

fn decode(encoded: &str) -> Option<Vec<u8>> {
    URL_SAFE.decode(encoded).or_else(|_| URL_SAFE_NO_PAD.decode(encoded)).ok()
}

/// `[{"name":…,"params":{…}}]` as base64 (6.4).
fn encoded_tasks(encoded: &str) -> Option<Vec<Task>> {
    let json: serde_json::Value = serde_json::from_slice(&decode(encoded)?).ok()?;
    json_tasks(json.as_array()?)
}

/// Tasks as JSON. One SDK begins the keys with capitals.
pub(crate) fn json_tasks(list: &[serde_json::Value]) -> Option<Vec<Task>> {
    let task = |task: &serde_json::Value| {
        let name = task.get("name").or_else(|| task.get("Name"))?.as_str()?.to_owned();
        let params = match task.get("params").or_else(|| task.get("Params")) {
            None | Some(serde_json::Value::Null) => Vec::new(),
            Some(params) => params
                .as_object()?
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.clone(), json_value(value)))
                .collect(),
        };
        Some(Task::new(name, params))
    };
    list.iter().map(task).collect()
}

fn json_value(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(list) => Value::List(list.iter().map(json_value).collect()),
        // Workflows may be given as objects.
        serde_json::Value::Object(object) => match object.get("id") {
            Some(id) => json_value(id),
            None => Value::Text(value.to_string()),
        },
        other => Value::Text(other.to_string()),
    }
}

fn unreadable() -> Task {
    Task { name: "b64".to_owned(), params: vec![("json".to_owned(), Value::Text(String::new()))] }
}

/// The members of a list source, or the one source there is.
pub(crate) fn members(source: &str) -> Vec<String> {
    match source.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        None => vec![self::source(source)],
        Some(inner) => {
            let pieces = inner.split(',').map(|piece| piece.trim().trim_matches('"'));
            pieces.filter(|piece| !piece.is_empty()).map(self::source).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(path: &str) -> Chain {
        Chain::parse(path).expect("a chain")
    }

    fn names(chain: &Chain) -> Vec<&str> {
        chain.tasks.iter().map(|task| task.name.as_str()).collect()
    }

    #[test]
    fn the_elements_of_a_url_are_told_apart() {
        let chain = chain("/AKey1/resize=w:5/security=p:abc==,s:def/HANDLE");
        assert_eq!(chain.apikey.as_deref(), Some("AKey1"));
        assert_eq!(names(&chain), ["resize", "security"]);
        assert_eq!(chain.tasks[0].text("width"), Some("5"));
        assert_eq!(chain.security(), Some(("abc==", "def")));
        assert_eq!(chain.source, "HANDLE");
    }

    #[test]
    fn a_bare_task_is_no_api_key() {
        for path in ["/enhance/HANDLE", "/round_corners/HANDLE"] {
            let chain = chain(path);
            assert!(chain.apikey.is_none() && chain.tasks.len() == 1, "{path}");
        }
    }

    #[test]
    fn sources_come_in_many_forms() {
        let url = "https://example.org/a/b.png?x=1";
        for source in [
            "https://example.org/a/b.png%3Fx=1",
            "https:%2F%2Fexample.org%2Fa%2Fb.png%3Fx=1",
            "%22https://example.org/a/b.png%3Fx=1%22",
            "b64://aHR0cHM6Ly9leGFtcGxlLm9yZy9hL2IucG5nP3g9MQ==",
            "b64://aHR0cHM6Ly9leGFtcGxlLm9yZy9hL2IucG5nP3g9MQ",
        ] {
            let chain = chain(&format!("/AKey1/resize=width:5/{source}"));
            assert_eq!(chain.source, url, "{source}");
            assert_eq!(names(&chain), ["resize"], "{source}");
        }
        assert_eq!(chain("/AKey1/flip/src://alias/a/b.png").source, "src://alias/a/b.png");
        let list = chain("/AKey1/zip/%5Bh1,https://example.org/a%5D");
        assert_eq!(members(&list.source), ["h1", "https://example.org/a"]);
    }

    #[test]
    fn tasks_may_share_a_segment_or_be_encoded_as_json() {
        assert_eq!(names(&chain("/resize=width:5%2Fflip/HANDLE")), ["resize", "flip"]);
        let chain = chain("/AKey1/b64/W3sibmFtZSI6InVwc2NhbGUifV0=/b64://NWFZa0VRSlNRQ21ZU2hzb0NuWk4=");
        assert_eq!((names(&chain), chain.source.as_str()), (vec!["upscale"], "5aYkEQJSQCmYShsoCnZN"));
    }

    #[test]
    fn a_quoted_path_keeps_its_slashes() {
        let chain = chain("/store=path:%22a/b/%22,workflows:[w1,w2]/HANDLE");
        assert_eq!(chain.tasks[0].text("path"), Some("a/b/"));
        assert_eq!(chain.tasks[0].value("workflows").map(Value::texts), Some(vec!["w1", "w2"]));
    }

    #[test]
    fn some_tasks_need_no_source() {
        let chain = chain("/AKey1/workflow_status=job_id:1234-5678");
        assert_eq!((names(&chain), chain.source.as_str()), (vec!["workflow_status"], ""));
    }
}
