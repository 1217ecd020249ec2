//! The table as JSON, for what is generated from it.

use serde_json::{Value, json};

use super::{Answer, GROUPS, Param, ParamKind, Task};

/// The whole table: a list of groups `{name, title, tasks}`; a task is `{name, aliases, doc, params, one_of,
/// bare, answer, json_if}`, a parameter `{name, aliases, kind, required, default, doc, allowed}`. `kind` has
/// a `type`, and `min` and `max`, `words`, `ranges`, `faces` or `kinds` where the type has them. Orders are
/// those of the reference page.
pub fn to_json() -> String {
    let groups: Vec<Value> = GROUPS
        .iter()
        .map(|group| {
            let tasks: Vec<Value> = group.tasks.iter().map(task).collect();
            json!({"name": group.name, "title": group.title, "tasks": tasks})
        })
        .collect();
    Value::Array(groups).to_string()
}

fn task(task: &Task) -> Value {
    let (answer, json_if) = match task.answer {
        Answer::File => ("file", None),
        Answer::Json => ("json", None),
        Answer::JsonIf(param) => ("file", Some(param)),
    };
    json!({
        "name": task.name,
        "aliases": task.aliases,
        "doc": task.doc,
        "params": task.params.iter().map(param).collect::<Vec<_>>(),
        "one_of": task.one_of,
        "bare": task.bare,
        "answer": answer,
        "json_if": json_if,
    })
}

fn param(param: &Param) -> Value {
    json!({
        "name": param.name,
        "aliases": param.aliases,
        "kind": kind(&param.kind),
        "required": param.required,
        "default": param.default,
        "doc": param.doc,
        "allowed": param.kind.to_string(),
    })
}

fn kind(of: &ParamKind) -> Value {
    match of {
        ParamKind::Bool => json!({"type": "bool"}),
        ParamKind::Int { min, max } => json!({"type": "int", "min": min, "max": max}),
        ParamKind::Number { min, max } => json!({"type": "number", "min": min, "max": max}),
        ParamKind::Text => json!({"type": "text"}),
        ParamKind::Quoted => json!({"type": "quoted"}),
        ParamKind::Choice(words) => json!({"type": "choice", "words": words}),
        ParamKind::Open(words) => json!({"type": "open", "words": words}),
        ParamKind::Colour => json!({"type": "colour"}),
        ParamKind::Position { faces } => json!({"type": "position", "faces": faces}),
        ParamKind::Faces => json!({"type": "faces"}),
        ParamKind::Objects => json!({"type": "objects"}),
        ParamKind::Ints(ranges) => json!({"type": "ints", "ranges": ranges}),
        ParamKind::Pages => json!({"type": "pages"}),
        ParamKind::Clock => json!({"type": "clock"}),
        ParamKind::Percent => json!({"type": "percent"}),
        ParamKind::File => json!({"type": "file"}),
        ParamKind::Files => json!({"type": "files"}),
        ParamKind::Url => json!({"type": "url"}),
        ParamKind::Texts => json!({"type": "texts"}),
        ParamKind::Either(kinds) => {
            json!({"type": "either", "kinds": kinds.iter().map(kind).collect::<Vec<_>>()})
        }
    }
}
