//! The table of tasks turned into cases for a C program: what each parameter takes, and what it refuses with
//! which words.
//!
//! One case a line, its fields separated by tabs: `take`, task, parameters as in a URL, parameters as JSON,
//! the element of the URL; or `refuse`, task, parameters as in a URL (`-`: they can only be wrong as JSON),
//! parameters as JSON, two parts of the message.

use ferry::filestack::tasks;
use serde_json::{Value, json};

const HANDLE: &str = "sm9IEXAMPLEQuzfJykmA";

pub fn text() -> String {
    let table: Value = serde_json::from_str(&tasks::to_json()).expect("the table is JSON");
    let mut text = String::new();
    for task in table.as_array().expect("groups").iter().flat_map(|group| list(group, "tasks")) {
        for case in cases(task) {
            text += &case.join("\t");
            text.push('\n');
        }
    }
    text
}

fn list<'a>(of: &'a Value, name: &str) -> &'a Vec<Value> {
    of[name].as_array().unwrap_or_else(|| panic!("no list {name} in {of}"))
}

fn name(of: &Value) -> &str {
    of["name"].as_str().expect("a name")
}

type Case = Vec<String>;

fn cases(task: &Value) -> Vec<Case> {
    let mut cases = Vec::new();
    let alone = needed(task, "");
    for spelling in list(task, "aliases").iter().chain([&task["name"]]) {
        cases.push(take(spelling, &alone, task));
    }
    for bare in list(task, "bare") {
        let bare = bare.as_str().expect("a word");
        let element = format!("{}={bare}", name(task));
        cases.push(["take", name(task), bare, bare, &element].map(String::from).into());
    }
    cases.push(refuse(
        task,
        Some("nothing_like_it:1"),
        r#"{"nothing_like_it":1}"#,
        "nothing_like_it",
        "there is no",
    ));
    for param in list(task, "params") {
        let allowed = param["allowed"].as_str().expect("what is allowed");
        for sample in takes(&param["kind"]) {
            let mut pairs = needed(task, name(param));
            pairs.push(Pair::new(param, name(param), sample.clone()));
            cases.push(take(&task["name"], &pairs, task));
            for alias in list(param, "aliases") {
                let last = pairs.len() - 1;
                pairs[last] = Pair::new(param, alias.as_str().expect("an alias"), sample.clone());
                cases.push(take(&task["name"], &pairs, task));
            }
        }
        let others = needed(task, name(param));
        let start = format!("{}: {} is ", name(task), name(param));
        for value in refuses(&param["kind"]) {
            let pair = Pair { name: name(param).into(), wire: name(param).into(), value };
            let pairs: Vec<Pair> = others.iter().cloned().chain([pair]).collect();
            cases.push(refuse(task, None, &in_json(&pairs), &start, &format!("must be {allowed}")));
        }
        if param["required"] == true {
            let missing = format!("{}: {} is missing", name(task), name(param));
            cases.push(refuse(task, Some(&in_url(&others)), &in_json(&others), &missing, allowed));
        }
        let mut twice = others.clone();
        let sample = takes(&param["kind"]).swap_remove(0);
        twice.extend([0, 1].map(|_| Pair::new(param, name(param), sample.clone())));
        let message = format!("{} is given twice", name(param));
        // JSON that names a member twice has one of that name.
        cases.push(refuse(task, Some(&in_url(&twice)), "-", name(task), &message));
    }
    if !list(task, "one_of").is_empty() {
        cases.push(refuse(task, Some(""), "{}", name(task), "at least one of"));
    }
    cases
}

#[derive(Clone)]
struct Pair {
    /// As it is given.
    name: String,
    /// As it is sent.
    wire: String,
    value: Value,
}

impl Pair {
    fn new(param: &Value, given: &str, value: Value) -> Pair {
        Pair { name: given.into(), wire: name(param).into(), value }
    }
}

/// The parameters without which a task is refused, `but` for one.
fn needed(task: &Value, but: &str) -> Vec<Pair> {
    let one_of = list(task, "one_of");
    let first = one_of.first().filter(|_| !one_of.iter().any(|name| name == but));
    let is_needed =
        |param: &&Value| param["required"] == true || first.is_some_and(|first| *first == param["name"]);
    let params = list(task, "params").iter().filter(is_needed).filter(|param| name(param) != but);
    params.map(|param| Pair::new(param, name(param), takes(&param["kind"]).swap_remove(0))).collect()
}

fn take(spelling: &Value, pairs: &[Pair], task: &Value) -> Case {
    let mut sent: Vec<(String, String)> =
        pairs.iter().map(|pair| (pair.wire.clone(), element(task, pair))).collect();
    sent.sort();
    let sent: Vec<String> = sent.into_iter().map(|(name, value)| format!("{name}:{value}")).collect();
    let equals = if sent.is_empty() { "" } else { "=" };
    let element = format!("{}{equals}{}", name(task), sent.join(","));
    let spelling = spelling.as_str().expect("a name");
    ["take", spelling, &in_url(pairs), &in_json(pairs), &element].map(String::from).into()
}

fn refuse(task: &Value, url: Option<&str>, json: &str, part: &str, other: &str) -> Case {
    ["refuse", name(task), url.unwrap_or("-"), json, part, other].map(String::from).into()
}

fn in_json(pairs: &[Pair]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|pair| format!("{}:{}", json!(pair.name), pair.value)).collect();
    format!("{{{}}}", pairs.join(","))
}

fn in_url(pairs: &[Pair]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|pair| format!("{}:{}", pair.name, plain(&pair.value))).collect();
    pairs.join(",")
}

/// A value as it is written in a URL, without percent-encoding.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains(['/', ',', '"', ' ']) => format!("\"{text}\""),
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("[{}]", values.iter().map(plain).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// The value of a pair as it stands in the URL that is sent.
fn element(task: &Value, pair: &Pair) -> String {
    let param = list(task, "params").iter().find(|param| name(param) == pair.wire).expect("a parameter");
    let plain = plain(&pair.value);
    let quoted = param["kind"]["type"] == "quoted" && !plain.starts_with('"');
    let plain = if quoted { format!("\"{plain}\"") } else { plain };
    let mut encoded = String::new();
    for byte in plain.bytes() {
        match byte {
            b'[' | b']' | b'"' | b'%' | b' ' | 0x80.. => encoded += &format!("%{byte:02X}"),
            byte => encoded.push(char::from(byte)),
        }
    }
    encoded
}

/// Values that a parameter of this kind takes: both ends of a range, every word.
fn takes(kind: &Value) -> Vec<Value> {
    let words = || list(kind, "words").clone();
    match kind["type"].as_str().expect("a type") {
        "bool" => vec![json!(true), json!(false)],
        "int" => vec![kind["max"].clone(), kind["min"].clone()],
        "number" => vec![whole(&kind["max"], 0), whole(&kind["min"], 0), json!(midway(kind))],
        "text" | "quoted" => vec![json!("text"), json!("two words, a/b")],
        "choice" => words(),
        "open" => words().into_iter().chain([json!("another-1.x")]).collect(),
        "colour" => ["a1b2c3", "fff", "00112233", "snow"].map(Value::from).into(),
        "position" => {
            let faces = if kind["faces"] == true { json!("faces") } else { json!("center") };
            vec![json!("top"), json!(["bottom", "right"]), faces]
        }
        "faces" => vec![json!([1, 1000]), json!("all"), json!(7)],
        "objects" => vec![json!([[0, 0, 1, 1], [10000, 10000, 10000, 10000]])],
        "ints" => vec![edges(kind, 1, 0), edges(kind, 0, 0)],
        "pages" => vec![json!([1, "3-5", "7-", "-2"]), json!(4), json!("2-3")],
        "clock" => ["1:02:59", "23", "00:30"].map(Value::from).into(),
        "percent" => vec![json!("50%")],
        "file" => vec![json!(HANDLE), json!("https://x/y.png"), json!("src://alias/z.png")],
        "files" => vec![json!([HANDLE]), json!([HANDLE, "https://x/y.png"])],
        "url" => vec![json!("https://x/y")],
        "texts" => vec![json!(["a", "b"])],
        "either" => list(kind, "kinds").iter().flat_map(takes).collect(),
        other => panic!("values of the type {other} are not known here: add some"),
    }
}

/// Values that it refuses.
fn refuses(kind: &Value) -> Vec<Value> {
    match kind["type"].as_str().expect("a type") {
        "bool" => vec![json!("true"), json!(1), json!([true])],
        "int" => vec![whole(&kind["max"], 1), whole(&kind["min"], -1), json!(midway(kind)), json!("5")],
        "number" => vec![whole(&kind["max"], 1), whole(&kind["min"], -1), json!("5"), json!(true)],
        "text" | "quoted" => vec![json!(""), json!([]), json!(5), json!(true)],
        "choice" => vec![json!("nothing_like_it"), json!(""), json!(5)],
        "open" => vec![json!("two words"), json!(""), json!([]), json!(5)],
        "colour" => ["#a1b2c3", "ffff", "reddish", ""].map(Value::from).into(),
        "position" => vec![json!(["right", "bottom"]), json!("up"), json!([]), json!(["top"]), json!(5)],
        "faces" => vec![json!(0), json!(1001), json!("some"), json!([]), json!([1, "all"])],
        "objects" => vec![json!([]), json!([0, 0, 1, 1]), json!([[0, 0, 0, 1]]), json!([[0, 0, 1]])],
        "ints" => vec![edges(kind, 1, 1), edges(kind, 0, -1), json!([1]), json!([]), json!(1)],
        "pages" => vec![json!(0), json!([]), json!("-"), json!("a-b"), json!([[1]]), json!(1.5)],
        "clock" => vec![json!("24"), json!("1:60"), json!("1:2:3:4"), json!(""), json!("1:"), json!(5)],
        "percent" => vec![json!("101%"), json!("%")],
        "file" => vec![json!("a.b"), json!([]), json!(5), json!("ftp://x/y")],
        "files" => vec![json!([]), json!(HANDLE), json!(["a.b"])],
        "url" => vec![json!("x/y"), json!(5), json!("https://")],
        "texts" => vec![json!([]), json!("a"), json!([5])],
        // What one of them refuses another one may take.
        "either" => vec![json!("nothing like it"), json!([[]])],
        other => panic!("values that the type {other} refuses are not known here: add some"),
    }
}

/// A number with `more` added, without a fraction if it has none.
fn whole(number: &Value, more: i32) -> Value {
    let sum = number.as_f64().expect("a number") + f64::from(more);
    if sum.fract() == 0.0 { json!(sum as i64) } else { json!(sum) }
}

/// A number with a fraction between both ends.
fn midway(kind: &Value) -> f64 {
    let end = |name: &str| kind[name].as_f64().expect("a number");
    end("min").floor() + if end("max") - end("min") >= 1.0 { 0.5 } else { (end("max") - end("min")) / 2.0 }
}

/// All first (0) or last (1) numbers of the ranges, the first of them with `more` added.
fn edges(kind: &Value, end: usize, more: i64) -> Value {
    let number = |range: &Value| range[end].as_i64().expect("a number");
    let mut numbers: Vec<i64> = list(kind, "ranges").iter().map(number).collect();
    numbers[0] += more;
    json!(numbers)
}
