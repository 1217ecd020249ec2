//! The table of tasks beside two that were written without it: the catalogue of the local cloud, and the
//! parameters with which the vendor's Python SDK made the vectors. Each difference has its reason here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What the two tables say differently, as [`differences`] tells it, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    ("b64: in the local cloud only", "a way to write a chain, no task"),
    ("security: in the local cloud only", "a signed URL brings it along"),
    ("cache.: in the local cloud only", "a word without a name, which the table has as `bare`"),
];

const NO_METHOD: &str = "the Python SDK has no such method";
const NO_PARAMETER: &str = "the method of the Python SDK does not take it";
const EXECUTES: &str = "the Python SDK sends it at once, so that there is no URL";
const WRONG_NAME: &str = "the Python SDK sends `round_corners`, which the service does not know";

/// Tasks, and `task.parameter`, that no vector has, and why.
const NOT_IN_THE_VECTORS: &[(&str, &str)] = &[
    ("imagesize", NO_METHOD),
    ("blur_faces", NO_METHOD),
    ("rounded_corners", WRONG_NAME),
    ("pjpg", NO_METHOD),
    ("compress", NO_METHOD),
    ("cache", NO_METHOD),
    ("doc_detection", NO_METHOD),
    ("slide", NO_METHOD),
    ("preview", NO_METHOD),
    ("content", NO_METHOD),
    ("qr", NO_METHOD),
    ("urlscreenshot", "a method of the client, with a source of its own"),
    ("tags", EXECUTES),
    ("sfw", EXECUTES),
    ("ocr", EXECUTES),
    ("store", EXECUTES),
    ("video_convert", EXECUTES),
    ("video_playlist", NO_METHOD),
    ("caption", NO_METHOD),
    ("copyright", NO_METHOD),
    ("image_sentiment", NO_METHOD),
    ("text_sentiment", NO_METHOD),
    ("metadata", "the Python SDK asks for it in a query"),
    ("run_workflow", NO_METHOD),
    ("workflow_status", NO_METHOD),
    ("debug", NO_METHOD),
    ("resize.filter", NO_PARAMETER),
    ("smart_crop.object", NO_PARAMETER),
    ("crop_faces.minsize", NO_PARAMETER),
    ("crop_faces.maxsize", NO_PARAMETER),
    ("minify_js.booleans", NO_PARAMETER),
    ("minify_js.builtIns", NO_PARAMETER),
    ("minify_js.consecutiveAdds", NO_PARAMETER),
    ("minify_js.deadcode", NO_PARAMETER),
    ("minify_js.evaluate", NO_PARAMETER),
    ("minify_js.flipComparisons", NO_PARAMETER),
    ("minify_js.guards", NO_PARAMETER),
    ("minify_js.infinity", NO_PARAMETER),
    ("minify_js.memberExpressions", NO_PARAMETER),
    ("minify_js.numericLiterals", NO_PARAMETER),
    ("minify_js.propertyLiterals", NO_PARAMETER),
    ("minify_js.regexpConstructors", NO_PARAMETER),
    ("minify_js.removeDebugger", NO_PARAMETER),
    ("minify_js.simplify", NO_PARAMETER),
    ("minify_js.simplifyComparisons", NO_PARAMETER),
    ("minify_js.typeConstructors", NO_PARAMETER),
    ("minify_js.undefinedToVoid", NO_PARAMETER),
];

fn parse(json: &str) -> Vec<Value> {
    serde_json::from_str(json).expect("a list")
}

fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    value[key].as_array().map(|list| list.iter().collect()).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

/// Tasks by name, each with its parameters by name.
type Table = BTreeMap<String, (Value, BTreeMap<String, Value>)>;

fn by_name(tasks: impl IntoIterator<Item = Value>) -> Table {
    let entry = |task: Value| {
        let params =
            list(&task, "params").into_iter().map(|param| (text(param, "name").into(), param.clone()));
        let params = params.collect();
        (text(&task, "name").to_owned(), (task, params))
    };
    tasks.into_iter().map(entry).collect()
}

fn of_the_library() -> Table {
    let groups = parse(&ferry::filestack::tasks::to_json());
    by_name(groups.iter().flat_map(|group| list(group, "tasks")).cloned())
}

/// A kind in the words of both tables: what both can say of it. The protocol notes give ranges of numbers and
/// seldom say whether they may have a fraction, so that is not compared.
fn limits(kind: &Value) -> Value {
    match text(kind, "type") {
        "either" => limits(list(kind, "kinds")[0]),
        "int" | "int_or" | "number" => {
            let bound = |key: &str| kind[key].as_f64().expect("a number");
            serde_json::json!({"from": bound("min"), "to": bound("max")})
        }
        "choice" | "word" => {
            let words =
                list(kind, "words").into_iter().map(|word| word.as_str().expect("a word").to_lowercase());
            serde_json::json!({"words": words.collect::<BTreeSet<_>>()})
        }
        "position" => serde_json::json!({"position with faces": kind["faces"]}),
        "bool" => "bool".into(),
        "colour" => "colour".into(),
        "faces" => "faces".into(),
        // A text of some form: each table has its own names for these.
        _ => Value::Null,
    }
}

/// Every difference as one line.
fn differences(ours: &Table, theirs: &Table) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, (_, params)) in ours {
        let Some((other, other_params)) = theirs.get(name) else {
            found.insert(format!("{name}: the local cloud has no such task"));
            continue;
        };
        for (param, details) in params {
            let Some(other_details) = other_params.get(param) else {
                found.insert(format!("{name}.{param}: the local cloud has no such parameter"));
                continue;
            };
            let (own, cloud) = (limits(&details["kind"]), limits(&other_details["kind"]));
            // Where the table takes other words too, the local cloud may know more of them.
            if let ("open", Some(known)) = (text(&details["kind"], "type"), cloud["words"].as_array()) {
                for word in list(&details["kind"], "words").into_iter().filter_map(Value::as_str) {
                    if !known.contains(&word.to_lowercase().into()) {
                        found.insert(format!("{name}.{param}: the local cloud does not take {word}"));
                    }
                }
            }
            if own != cloud && !own.is_null() && !cloud.is_null() {
                found.insert(format!("{name}.{param}: {own}, in the local cloud {cloud}"));
            }
            let short = &other_details["short"];
            if !short.is_null() && !list(details, "aliases").contains(&short) {
                found.insert(format!("{name}.{param}: the local cloud calls it {short} too"));
            }
            let is_required = list(other, "required").contains(&&Value::from(param.as_str()));
            if details["required"] != is_required {
                found.insert(format!("{name}.{param}: required in one table only"));
            }
        }
        for param in other_params.keys().filter(|param| !params.contains_key(*param)) {
            found.insert(format!("{name}.{param}: in the local cloud only"));
        }
    }
    for name in theirs.keys().filter(|name| !ours.contains_key(*name)) {
        found.insert(format!("{name}: in the local cloud only"));
    }
    found
}

fn reasoned(exceptions: &[(&str, &str)]) -> BTreeSet<String> {
    assert!(exceptions.iter().all(|(_, reason)| !reason.is_empty()), "an exception has a reason");
    exceptions.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn the_local_cloud_knows_the_same_tasks_parameters_and_ranges() {
    let found = differences(&of_the_library(), &by_name(parse(&localcloud::tasks())));
    let known = reasoned(DIFFERENCES);
    let (new, gone) = (&found - &known, &known - &found);
    assert!(new.is_empty() && gone.is_empty(), "new: {new:#?}\nno longer so: {gone:#?}");
}

#[test]
fn the_vectors_have_every_task_and_parameter_and_no_other() {
    let mut used = BTreeSet::new();
    for vector in parse(include_str!("transform_urls.json")) {
        for task in list(&vector, "tasks") {
            let name = text(task, "task");
            used.insert(name.to_owned());
            for param in task["params"].as_object().expect("parameters").keys() {
                used.insert(format!("{name}.{param}"));
            }
        }
    }
    let mut ours = BTreeSet::new();
    for (name, (_, params)) in of_the_library() {
        ours.insert(name.clone());
        for (param, details) in params {
            let names = list(&details, "aliases").into_iter().filter_map(Value::as_str).map(str::to_owned);
            // A vector may call a parameter by another of its names.
            for alias in names {
                if used.remove(&format!("{name}.{alias}")) {
                    used.insert(format!("{name}.{param}"));
                }
            }
            ours.insert(format!("{name}.{param}"));
        }
    }
    let unknown = &used - &ours;
    assert!(unknown.is_empty(), "the table lacks {unknown:#?}");
    let known = reasoned(NOT_IN_THE_VECTORS);
    // A task that no vector has excuses its parameters.
    let of_a_known_task = |name: &String| name.split_once('.').is_some_and(|(task, _)| known.contains(task));
    let missing: BTreeSet<String> =
        (&ours - &used).into_iter().filter(|name| !of_a_known_task(name)).collect();
    let (new, gone) = (&missing - &known, &known - &missing);
    assert!(new.is_empty() && gone.is_empty(), "no vector has {new:#?}\nsome vector has {gone:#?}");
}
