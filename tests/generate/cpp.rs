//! Writes the tasks of a transformation for C++: a struct of parameters and a method for each.

use std::fmt::Write as _;

use serde_json::Value;

const HEAD: &str = "\
/// Every task that a chain can have, and its parameters. A parameter that is not set is not sent.
///
/// Written by `make bindings` from `src/filestack/tasks`, which the library checks every task against. Do not
/// edit.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include \"json.hpp\"
";

const ADD: &str = "
template <class T> void add(object &params, std::string_view name, const std::optional<T> &given) {
    if (given) {
        params.set(name, *given);
    }
}
template <class T> void add(object &params, std::string_view name, const std::vector<T> &given) {
    if (!given.empty()) {
        params.set(name, given);
    }
}
inline void add(object &params, std::string_view name, const json &given) {
    params.set(name, given);
}
";

/// Lines are at most this long.
const WIDTH: usize = 110;

/// Methods of a chain that add no task.
const METHODS_OF_A_CHAIN: [&str; 2] = ["content", "store"];

pub fn header(table: &Value) -> String {
    let (mut structs, mut params, mut methods) = (String::new(), String::new(), String::new());
    for group in list(table) {
        let _ = write!(structs, "\n// {}\n", text(&group["title"]));
        for task in list(&group["tasks"]) {
            if !list(&task["params"]).is_empty() {
                structs += &params_struct(task);
                params += &params_writer(task);
            }
            methods += &method(task);
        }
    }
    format!(
        "{HEAD}\nnamespace ferry::tasks {{\n{structs}\n}} // namespace ferry::tasks\n\n\
         namespace ferry::detail {{\n{ADD}{params}\n\
         /// The methods of a chain that add tasks.\n\
         template <class Chain> class task_methods {{\npublic:\n{methods}\nprivate:\n    \
         Chain &add_task(std::string_view name, const object &params = {{}}) {{\n        \
         return static_cast<Chain &>(*this).add_json(name, params);\n    }}\n}};\n\n\
         }} // namespace ferry::detail\n"
    )
}

/// The struct of a task's parameters.
fn params_struct(task: &Value) -> String {
    let mut text = format!("\n{}struct {} {{\n", comment("", &documentation(task)), name(task));
    for param in list(&task["params"]) {
        let (doc, allowed) = (self::text(&param["doc"]), self::text(&param["allowed"]));
        let needed = if param["required"] == true { " Required." } else { "" };
        let default = param["default"].as_str().map(|it| format!(" Default: {it}.")).unwrap_or_default();
        let (first, rest) = allowed.split_at(1);
        text += &comment("    ", &format!("{doc} {}{rest}.{needed}{default}", first.to_uppercase()));
        let _ =
            writeln!(text, "    {} {} = {{}};", kind(&param["kind"]), identifier(self::text(&param["name"])));
    }
    text + "};\n"
}

/// The function that makes an object of them.
fn params_writer(task: &Value) -> String {
    let mut text =
        format!("\ninline object params(const tasks::{} &of) {{\n    object params;\n", name(task));
    for param in list(&task["params"]) {
        let wire = self::text(&param["name"]);
        let _ = writeln!(text, "    add(params, \"{wire}\", of.{});", identifier(wire));
    }
    text + "    return params;\n}\n"
}

fn method(task: &Value) -> String {
    let name = name(task);
    let method = if METHODS_OF_A_CHAIN.contains(&name) { format!("{name}_task") } else { identifier(name) };
    let (declared, passed, added) = match list(&task["params"]) {
        [] => (String::new(), "", ""),
        _ => (format!("const tasks::{name} &params = {{}}"), "params", ", detail::params(params)"),
    };
    comment("    ", &documentation(task))
        + &function(&format!("Chain &{method}({declared}) &"), &format!("add_task(\"{name}\"{added})"))
        + &function(&format!("Chain {method}({declared}) &&"), &format!("std::move({method}({passed}))"))
}

/// A member function that returns an expression, in one line if it fits.
fn function(head: &str, value: &str) -> String {
    let line = format!("    {head} {{ return {value}; }}\n");
    if line.len() <= WIDTH { line } else { format!("    {head} {{\n        return {value};\n    }}\n") }
}

/// A comment of as many lines as it needs.
fn comment(indent: &str, text: &str) -> String {
    let (mut lines, mut line) = (String::new(), format!("{indent}///"));
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(lines, "{line}");
            line = format!("{indent}///");
        }
        line = line + " " + word;
    }
    lines + &line + "\n"
}

fn documentation(task: &Value) -> String {
    let mut doc = text(&task["doc"]).to_owned();
    let mut note = |title: &str, words: &Value| {
        let words: Vec<&str> = list(words).iter().map(text).collect();
        if !words.is_empty() {
            let _ = write!(doc, " {title} {}.", words.join(", "));
        }
    };
    note("At least one is needed of", &task["one_of"]);
    note("In place of parameters `add` takes", &task["bare"]);
    match (text(&task["answer"]), &task["json_if"]) {
        ("json", _) => doc.push_str(" Answers JSON."),
        (_, Value::String(param)) => {
            let _ = write!(doc, " Answers JSON if {} is true.", identifier(param));
        }
        _ => {}
    }
    doc
}

/// The type of a parameter; `json` where it can be given in several ways.
fn kind(kind: &Value) -> &'static str {
    match text(&kind["type"]) {
        "bool" => "std::optional<bool>",
        "int" => "std::optional<int>",
        "number" => "std::optional<double>",
        "ints" => "std::vector<int>",
        "texts" | "files" => "std::vector<std::string>",
        "objects" => "std::vector<std::array<int, 4>>",
        "text" | "quoted" | "choice" | "open" | "colour" | "clock" | "file" | "url" => {
            "std::optional<std::string>"
        }
        "position" | "faces" | "pages" | "percent" | "either" => "json",
        other => panic!("no C++ type for {other}"),
    }
}

/// The name, followed by _ where it is a keyword of C++.
fn identifier(name: &str) -> String {
    let reserved =
        ["default", "delete", "export", "explicit", "inline", "operator", "private", "public", "register"];
    if reserved.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

fn name(task: &Value) -> &str {
    text(&task["name"])
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
