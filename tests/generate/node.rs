//! What the Node binding does not have by hand: the declarations of the header for koffi, and a typed method
//! for each task.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::declarations::{Declarations, declared, statements};

/// How wide a line of the binding may be, in characters.
const WIDTH: usize = 110;

/// Tasks whose method needs more than its parameters, and stands in ferry/filelink.js or ferry/client.js.
const BY_HAND: &[&str] = &["store", "run_workflow", "workflow_status", "metadata"];

/// The task that starts a job, and its method.
const JOB: (&str, &str) = ("video_convert", "avConvert");

/// Tasks that answer with JSON and are a chain all the same: they come first, or go on for long.
const CHAINED: &[&str] = &["pdfinfo", "debug", "video_playlist"];

const TASKS_HEAD: &str = r#"// Written by `make bindings` from the table that the library checks every task against; do not edit.

import { Owner } from "./handle.js";

/** @import { CallOptions } from "./options.js" */

/**
 * A stored file: a Filelink, or its handle.
 * @typedef {string | { readonly handle: string }} Stored
 */
"#;

const CLASS_HEAD: &str = r#"
/**
 * The tasks. Each is added to the chain, which it returns; of a Filelink it begins a chain. Those that answer
 * with JSON run at once, with the chain as it is, and give the answer. Parameters that are undefined are left
 * to the service.
 * @template Chained, Job
 */
export class Tasks extends Owner {
  /**
   * @internal
   * @param {string} _task
   * @param {Record<string, any>} _parameters
   * @returns {Chained}
   */
  _add(_task, _parameters) {
    throw new Error("a chain has this method");
  }

  /**
   * @internal
   * @param {string} _task
   * @param {Record<string, any>} _parameters
   * @param {CallOptions} [_options]
   * @returns {Promise<any>}
   */
  async _answer(_task, _parameters, _options) {
    throw new Error("a chain has this method");
  }

  /**
   * @internal
   * @param {Record<string, any>} _parameters
   * @param {CallOptions} [_options]
   * @returns {Promise<Job>}
   */
  async _convert(_parameters, _options) {
    throw new Error("a chain has this method");
  }
"#;

/// ferry/tasks.js.
pub fn tasks(table: &Value) -> String {
    let (mut types, mut methods) = (String::new(), String::new());
    let mut names = BTreeMap::new();
    for task in list(table).iter().flat_map(|group| list(&group["tasks"])) {
        if BY_HAND.contains(&text(&task["name"])) {
            continue;
        }
        for param in list(&task["params"]) {
            let wire = text(&param["name"]);
            let other = names.insert(camel(wire), wire);
            assert!(
                other.is_none_or(|other| other == wire),
                "two parameters would be called {}",
                camel(wire)
            );
        }
        parameters(&mut types, task);
        method(&mut methods, task);
    }
    names.retain(|name, wire| name != wire);
    let mut map = String::new();
    for (name, wire) in names {
        let _ = writeln!(map, "  {name}: \"{wire}\",");
    }
    format!(
        "{TASKS_HEAD}{types}\n/**\n * How the service calls parameters that have another name here.\n \
         * @internal\n * @type {{Readonly<Record<string, string>>}}\n */\nexport const WIRE_NAMES = {{\n{map}}};\n\
         {CLASS_HEAD}{methods}}}\n"
    )
}

/// The type of a task's parameters.
fn parameters(file: &mut String, task: &Value) {
    let params = list(&task["params"]);
    if params.is_empty() {
        return;
    }
    let _ = write!(file, "\n/**\n * @typedef {{object}} {}\n", type_name(text(&task["name"])));
    for param in params {
        let default = param["default"].as_str().map(|it| format!(" Default: {it}.")).unwrap_or_default();
        let name = camel(text(&param["name"]));
        let name = if param["required"] == true { name } else { format!("[{name}]") };
        let (doc, allowed) = (text(&param["doc"]), text(&param["allowed"]));
        let words = format!("{doc} Takes {allowed}.{default}");
        let property = format!("@property {{{}}} {name} {words}", hint(&param["kind"]));
        file.push_str(&wrapped(" *", " *   ", &property));
    }
    file.push_str(" */\n");
}

fn method(file: &mut String, task: &Value) {
    let name = text(&task["name"]);
    let params = list(&task["params"]);
    let is_job = name == JOB.0;
    let runs = task["answer"] == "json" && !CHAINED.contains(&name) && !is_job;
    let needed = params.iter().any(|param| param["required"] == true) || !list(&task["one_of"]).is_empty();
    let (method, result) = match (runs, is_job) {
        (true, _) => (camel(name), "Promise<any>"),
        (_, true) => (JOB.1.into(), "Promise<Job>"),
        _ => (camel(name), "Chained"),
    };
    let mut doc = text(&task["doc"]).to_owned();
    let words = |key: &str| list(&task[key]).iter().map(text).map(camel).collect::<Vec<_>>().join(", ");
    if !list(&task["one_of"]).is_empty() {
        let _ = write!(doc, " At least one is needed of {}.", words("one_of"));
    }
    for word in list(&task["bare"]) {
        let _ = write!(doc, " Without parameters: add(\"{name}\", \"{}\").", text(word));
    }
    if let Some(param) = task["json_if"].as_str() {
        let _ = write!(doc, " With {}: true it answers JSON: go on with json().", camel(param));
    }
    let (indent, mut declared, mut given) = ("   * ", vec![], "{}".to_owned());
    file.push_str("\n  /**\n");
    file.push_str(&wrapped("   *", indent, &doc));
    if !params.is_empty() {
        let kind = type_name(name);
        let (argument, default) = if needed { ("parameters", "") } else { ("[parameters]", " = {}") };
        let _ = writeln!(file, "{indent}@param {{{kind}}} {argument}");
        declared.push(format!("parameters{default}"));
        given = "parameters".into();
    }
    if runs || is_job {
        let _ = writeln!(file, "{indent}@param {{CallOptions}} [options]");
        declared.push("options".into());
    }
    let call = match (runs, is_job) {
        (true, _) => format!("this._answer(\"{name}\", {given}, options)"),
        (_, true) => format!("this._convert({given}, options)"),
        _ => format!("this._add(\"{name}\", {given})"),
    };
    let _ = write!(
        file,
        "{indent}@returns {{{result}}}\n   */\n  {method}({}) {{\n    return {call};\n  }}\n",
        declared.join(", ")
    );
}

/// Words in lines of at most WIDTH characters: the first begins with `first`, the others with `indent`.
fn wrapped(first: &str, indent: &str, words: &str) -> String {
    let (mut text, mut line) = (String::new(), first.to_owned());
    for word in words.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            text = text + &line + "\n";
            line = indent.strip_suffix(' ').unwrap_or(indent).to_owned();
        }
        line = line + " " + word;
    }
    text + &line + "\n"
}

fn hint(kind: &Value) -> String {
    let simple = match text(&kind["type"]) {
        "bool" => "boolean",
        "int" | "number" => "number",
        "text" | "quoted" | "choice" | "open" | "colour" | "clock" | "percent" | "url" => "string",
        "position" => "string | readonly string[]",
        "faces" => "number | string | readonly number[]",
        "objects" => "readonly (readonly number[])[]",
        "ints" => "readonly number[]",
        "pages" => "number | string | readonly (number | string)[]",
        "file" => "Stored",
        "files" => "readonly Stored[]",
        "texts" => "readonly string[]",
        "either" => {
            let mut hints: Vec<String> = list(&kind["kinds"]).iter().map(hint).collect();
            hints.dedup();
            return hints.join(" | ");
        }
        other => panic!("a kind that JavaScript has no type for: {other}"),
    };
    simple.into()
}

fn type_name(wire: &str) -> String {
    let name = camel(wire);
    let (first, rest) = name.split_at(1);
    first.to_ascii_uppercase() + rest + "Parameters"
}

fn camel(wire: &str) -> String {
    let mut words = wire.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (letter, rest) = word.split_at(1);
        name + &letter.to_ascii_uppercase() + rest
    })
}

/// ferry/abi.js. The table has no part in it.
pub fn abi(_table: &Value) -> String {
    let header = include_str!("../../include/ferry.h");
    let declarations = Declarations::read(header);
    let mut module = String::from(
        "// What include/ferry.h declares, as koffi takes it. Written by `make bindings`; do not edit.\n\n",
    );
    for line in header.lines() {
        let Some((name, value)) = line.strip_prefix("#define ").and_then(|rest| rest.split_once(' ')) else {
            continue;
        };
        let _ = writeln!(module, "export const {name} = {};", value.replace("ull", "n"));
    }
    let (mut callbacks, mut structs) = (String::new(), String::new());
    for statement in statements(header) {
        match statement.strip_prefix("typedef struct ").and_then(|rest| rest.split_once('{')) {
            Some((name, body)) => structure(&mut structs, name.trim(), body),
            None => callback(&mut callbacks, &statement),
        }
    }
    let _ = write!(
        module,
        "\n/**\n * The result and the arguments of each callback.\n \
         * @type {{Readonly<Record<string, readonly [string, readonly string[]]>>}}\n */\n\
         export const CALLBACKS = {{\n{callbacks}}};\n\n\
         /** The fields of each struct, in their order. */\nexport const STRUCTS = {{\n{structs}}};\n\n\
         /**\n * The result and the arguments of each function.\n \
         * @satisfies {{Readonly<Record<string, readonly [string, readonly string[]]>>}}\n */\n\
         export const FUNCTIONS = /** @type {{const}} */ ({{\n"
    );
    let known: Vec<&str> = declarations.structs.iter().map(|it| it.name.as_str()).collect();
    for function in &declarations.functions {
        let arguments: Vec<String> =
            function.arguments.iter().map(|(kind, _)| format!("\"{}\"", argument(kind, &known))).collect();
        let result = argument(&function.result, &known);
        let line = format!("  {}: [\"{result}\", [{}]],", function.name, arguments.join(", "));
        let _ = match line.chars().count() {
            0..=WIDTH => writeln!(module, "{line}"),
            _ => {
                let arguments = arguments.join(", ").replace(' ', "\u{a0}").replace(",\u{a0}", ", ");
                let arguments = wrapped("     ", "      ", &arguments).replace('\u{a0}', " ");
                write!(module, "  {}: [\n    \"{result}\",\n    [\n{arguments}    ],\n  ],\n", function.name)
            }
        };
    }
    module.push_str("});\n");
    module
}

fn structure(module: &mut String, name: &str, body: &str) {
    let (body, _) = body.rsplit_once('}').expect("the end of the struct");
    let _ = writeln!(module, "  {name}: {{");
    for field in body.split(';').map(str::trim).filter(|field| !field.is_empty()) {
        let (kind, field) = declared(field);
        let kind = match kind.as_str() {
            "bool" | "double" | "int32_t" | "size_t" | "uint32_t" | "uint64_t" | "const char *" => kind,
            "ferry_status" => "int32_t".into(),
            callback if callback.ends_with("_fn") => format!("{callback} *"),
            options if options.ends_with("_options *") => kind,
            _ => "const void *".into(),
        };
        let _ = writeln!(module, "    {field}: \"{kind}\",");
    }
    module.push_str("  },\n");
}

fn callback(module: &mut String, statement: &str) {
    let inner = statement.strip_prefix("typedef ").and_then(|rest| rest.strip_suffix(");"));
    let (result, rest) = inner.and_then(|text| text.split_once(" (*")).expect("a callback");
    let (name, arguments) = rest.split_once(")(").expect("the arguments of a callback");
    let arguments = arguments.split(',').map(|argument| self::argument(&declared(argument.trim()).0, &[]));
    let arguments: Vec<String> = arguments.map(|kind| format!("\"{kind}\"")).collect();
    let _ = writeln!(module, "  {name}: [\"{result}\", [{}]],", arguments.join(", "));
}

/// A type as koffi calls it. Handles are addresses, and so are structs that a callback is lent.
fn argument(kind: &str, structs: &[&str]) -> String {
    match kind {
        "ferry_status" => "int32_t".into(),
        "void" | "bool" | "double" | "int32_t" | "int64_t" | "size_t" | "uint32_t" | "uint64_t"
        | "const char *" => kind.into(),
        "const char *const *" => "const char **".into(),
        "uint64_t *" => "_Out_ uint64_t *".into(),
        callback if callback.ends_with("_fn") => format!("{callback} *"),
        pointers if pointers.ends_with("**") => "_Out_ void **".into(),
        pointer => {
            let target = pointer.strip_suffix('*').unwrap_or_else(|| panic!("not understood: {kind}"));
            let target = target.trim().trim_start_matches("const ");
            let is_lent = structs.contains(&target) && pointer.starts_with("const ");
            if is_lent { pointer.into() } else { "const void *".into() }
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
