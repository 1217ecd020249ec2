//! The reference page of the transformations.

use std::fmt::Write as _;

use serde_json::Value;

pub fn page(table: &Value) -> String {
    let mut page = String::from(
        "# Transformations\n\nEvery task that a chain can have, and its parameters. Written by `make bindings` from `src/filestack/tasks`, which the \
         library checks every task against.\n",
    );
    for group in list(table) {
        let _ = write!(page, "\n## {}\n", text(&group["title"]));
        for task in list(&group["tasks"]) {
            section(&mut page, task);
        }
    }
    page
}

fn section(page: &mut String, task: &Value) {
    let _ = write!(page, "\n### {}\n\n{}\n", text(&task["name"]), text(&task["doc"]));
    let mut note = |title: &str, words: &Value| {
        let words: Vec<String> = list(words).iter().map(|word| format!("`{}`", text(word))).collect();
        if !words.is_empty() {
            let _ = write!(page, "\n{title} {}.\n", words.join(", "));
        }
    };
    note("Also known as", &task["aliases"]);
    note("In place of parameters:", &task["bare"]);
    note("At least one is needed of", &task["one_of"]);
    match (text(&task["answer"]), &task["json_if"]) {
        ("json", _) => page.push_str("\nAnswers JSON.\n"),
        (_, Value::String(param)) => {
            let _ = write!(page, "\nAnswers JSON if `{param}` is true.\n");
        }
        _ => {}
    }
    let params = list(&task["params"]);
    if params.is_empty() {
        return;
    }
    page.push_str("\n| Parameter | Value | Meaning |\n|---|---|---|\n");
    for param in params {
        let mut names = format!("`{}`", text(&param["name"]));
        for alias in list(&param["aliases"]) {
            let _ = write!(names, ", `{}`", text(alias));
        }
        let needed = if param["required"] == true { " (needed)" } else { "" };
        let default = param["default"].as_str().map(|it| format!(" Default: {it}.")).unwrap_or_default();
        let (allowed, doc) = (text(&param["allowed"]).replace('|', "\\|"), text(&param["doc"]));
        let _ = writeln!(page, "| {names}{needed} | {allowed} | {doc}{default} |");
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
