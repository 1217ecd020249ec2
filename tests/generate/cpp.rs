//! The tasks of a transformation as C++ has them: a struct of parameters and a method each.

use std::fmt::Write as _;

use serde_json::Value;

const HEAD: &str = "\
/// Every task that a chain can have, and its parameters: what is not set is not sent. Written by `make bindings` from `src/filestack/tasks`, which the
/// library checks every task against. Do not edit.
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

/// What a chain does without adding a task.
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
        "{HEAD}\nnamespace ferry::tasks {{\n{structs}\n}} // namespace ferry::tasks\n\nnamespace ferry::detail {{\n{ADD}{params}\n\
         /// The methods of a chain that add tasks.\ntemplate <class Chain> class task_methods {{\npublic:\n{methods}\nprivate:\n    \
         Chain &add_task(std::string_view name, const object &params = {{}}) {{\n        \
         return static_cast<Chain &>(*this).add_json(name, params);\n    }}\n}};\n\n}} // namespace ferry::detail\n"
    )
}

/// The parameters of a task.
fn params_struct(task: &Value) -> String {
    let mut text = format!("\n/// {}\nstruct {} {{\n", documentation(task), name(task));
    for param in list(&task["params"]) {
        let (doc, allowed) = (self::text(&param["doc"]), self::text(&param["allowed"]));
        let needed = if param["required"] == true { " Needed." } else { "" };
        let default = param["default"].as_str().map(|it| format!(" Default: {it}.")).unwrap_or_default();
        let (first, rest) = allowed.split_at(1);
        let _ = writeln!(text, "    /// {doc} {}{rest}.{needed}{default}", first.to_uppercase());
        let _ =
            writeln!(text, "    {} {} = {{}};", kind(&param["kind"]), identifier(self::text(&param["name"])));
    }
    text + "};\n"
}

/// What makes an object of them.
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
    format!(
        "    /// {}\n    Chain &{method}({declared}) & {{ return add_task(\"{name}\"{added}); }}\n    \
         Chain &&{method}({declared}) && {{ return std::move({method}({passed})); }}\n",
        documentation(task)
    )
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

/// The type of a parameter; `json` where there are several ways to give it.
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

/// The name, with a _ after it where C++ has it for itself.
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
