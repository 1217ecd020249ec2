//! The Java binding: what include/ferry.h declares, for JNA, and a class for each task.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::declarations::{Declarations, declared, statements};

const WIDTH: usize = 110;

/// Names of parameters and tasks that Java takes for itself; they get a `_` at their end.
const TAKEN: &[&str] = &["default", "class", "native", "package", "static", "switch", "toString"];

/// Abi.java. The table has no part in it.
pub fn abi(_table: &Value) -> String {
    let header = include_str!("../../include/ferry.h");
    let declarations = Declarations::read(header);
    let structs: BTreeSet<_> = declarations.structs.iter().map(|it| it.name.as_str()).collect();
    let mut file = String::from(
        "// What include/ferry.h declares, for JNA. Written by `make bindings`; do not edit.
package io.github.libferry;

import com.sun.jna.Callback;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;

final class Abi {
    private Abi() {}

    static {
        Loader.register(Abi.class);
    }

",
    );
    for line in header.lines() {
        if let Some((name, value)) = line.strip_prefix("#define ").and_then(|rest| rest.split_once(' ')) {
            let (kind, value) = match (value.strip_suffix("ull"), value.parse::<u32>()) {
                (Some(most), _) => ("long", format!("0x{:X}L", most.parse::<u64>().expect("a number"))),
                (None, Ok(number)) if i32::try_from(number).is_ok() => ("int", number.to_string()),
                (None, Ok(number)) => ("int", format!("0x{number:X}")),
                (None, Err(_)) => ("String", value.to_owned()),
            };
            let _ = writeln!(file, "    static final {kind} {name} = {value};");
        }
    }
    for statement in statements(header) {
        match statement.strip_prefix("typedef struct ").and_then(|rest| rest.split_once('{')) {
            Some((name, body)) => write_struct(&mut file, name.trim(), body),
            None => write_callback(&mut file, &statement),
        }
    }
    file.push('\n');
    for function in &declarations.functions {
        let argument = |(kind, name): &(String, String)| format!("{} {name}", argument_type(kind, &structs));
        let arguments: Vec<String> = function.arguments.iter().map(argument).collect();
        let head = format!("    static native {} {}(", type_of(&function.result), function.name);
        write_arguments(&mut file, &head, &arguments, ");");
    }
    file.push_str("}\n");
    file
}

fn write_struct(file: &mut String, name: &str, body: &str) {
    let (body, _) = body.rsplit_once('}').expect("the end of the struct");
    let fields = body.split(';').map(str::trim).filter(|field| !field.is_empty()).map(declared);
    let fields: Vec<(String, String)> = fields.collect();
    let names: Vec<String> = fields.iter().map(|(_, name)| format!("\"{name}\"")).collect();
    file.push('\n');
    write_arguments(file, "    @FieldOrder({", &names, "})");
    let _ = writeln!(file, "    public static final class {name} extends Structure {{");
    for (kind, name) in &fields {
        let _ = writeln!(file, "        public {} {name};", inner_type(kind));
    }
    let _ = write!(
        file,
        "\n        public {name}() {{}}\n\n        {name}(Pointer memory) {{\n            super(memory);\n        }}\n    }}\n"
    );
}

fn write_callback(file: &mut String, statement: &str) {
    let inner = statement.strip_prefix("typedef ").and_then(|rest| rest.strip_suffix(");"));
    let (result, rest) = inner.and_then(|text| text.split_once(" (*")).expect("a callback");
    let (name, arguments) = rest.split_once(")(").expect("the arguments of a callback");
    let arguments = arguments.split(',').map(|argument| {
        let (kind, name) = declared(argument.trim());
        format!("{} {name}", inner_type(&kind))
    });
    let arguments: Vec<String> = arguments.collect();
    let _ = write!(file, "\n    public interface {name} extends Callback {{\n");
    write_arguments(file, &format!("        {} call(", type_of(result)), &arguments, ");");
    file.push_str("    }\n");
}

/// Writes a list in one line, or in lines of at most WIDTH columns.
fn write_arguments(file: &mut String, head: &str, arguments: &[String], tail: &str) {
    let mut line = head.to_owned();
    let last = arguments.len().saturating_sub(1);
    for (index, argument) in arguments.iter().enumerate() {
        let piece = if index == last { format!("{argument}{tail}") } else { format!("{argument},") };
        let space = if index == 0 { "" } else { " " };
        if index > 0 && line.chars().count() + 1 + piece.chars().count() > WIDTH {
            let _ = writeln!(file, "{line}");
            line = format!("{}{piece}", " ".repeat(head.len() - head.trim_start().len() + 8));
        } else {
            line = line + space + &piece;
        }
    }
    if arguments.is_empty() {
        line += tail;
    }
    let _ = writeln!(file, "{line}");
}

/// What an argument is: a struct is given by its class.
fn argument_type<'a>(kind: &'a str, structs: &BTreeSet<&str>) -> &'a str {
    let target = kind.strip_suffix(" *").map(|target| target.trim_start_matches("const "));
    match target {
        Some(target) if structs.contains(target) => target,
        _ => type_of(kind),
    }
}

/// What is inside of a struct, or given to a callback: a text stays where it is.
fn inner_type(kind: &str) -> &str {
    match type_of(kind) {
        "String" => "Pointer",
        other => other,
    }
}

fn type_of(kind: &str) -> &str {
    match kind {
        "void" => "void",
        "bool" => "byte",
        "double" => "double",
        "ferry_status" | "int32_t" | "uint32_t" => "int",
        "int64_t" | "uint64_t" | "size_t" => "long",
        "const char *" => "String",
        "const char *const *" => "Pointer",
        "uint64_t *" => "LongByReference",
        callback if callback.ends_with("_fn") => callback,
        pointers if pointers.ends_with("**") => "PointerByReference",
        pointer if pointer.ends_with('*') => "Pointer",
        other => panic!("not understood: {other}"),
    }
}

/// Tasks.java.
pub fn tasks(table: &Value) -> String {
    let mut file = String::from(
        "// Written by `make bindings` from the table that the library checks every task against; do not edit.
package io.github.libferry;

/**
 * The tasks of a chain, for {@link Client#transform} and {@link Transform#add}: {@code
 * Tasks.resize().width(200).fit(\"crop\")}. A parameter that is not set is left to the service.
 */
public final class Tasks {
    private Tasks() {}
",
    );
    for task in list(table).iter().flat_map(|group| list(&group["tasks"])) {
        write_task(&mut file, task);
    }
    file.push_str("}\n");
    file
}

fn write_task(file: &mut String, task: &Value) {
    let wire = text(&task["name"]);
    let (class, method) = (camel(wire, true), name_of(wire));
    let (mut needed, others): (Vec<&Value>, Vec<&Value>) =
        list(&task["params"]).iter().partition(|param| param["required"] == true);
    // A list comes last, where it can be written as several arguments.
    needed.sort_by_key(|param| overloads(&param["kind"]).iter().any(|(kind, _)| kind.ends_with("...")));
    let mut heads: Vec<Vec<(String, String)>> = vec![vec![]];
    for param in &needed {
        let overloads = overloads(&param["kind"]);
        let with = |head: &Vec<(String, String)>| -> Vec<Vec<(String, String)>> {
            let more = |(kind, put): &(&str, &str)| {
                let one = ((*kind).to_owned(), put_line(param, put));
                [head.clone(), vec![one]].concat()
            };
            overloads.iter().map(more).collect()
        };
        heads = heads.iter().flat_map(with).collect();
    }
    for head in heads {
        file.push('\n');
        write_doc(file, "    ", &task_doc(task, &needed));
        let arguments = head.iter().zip(&needed).enumerate().map(|(index, ((kind, _), param))| {
            // Only the last one can be a list of arguments.
            let kind = if index + 1 < needed.len() { kind.replace("...", "[]") } else { kind.clone() };
            format!("{kind} {}", name_of(text(&param["name"])))
        });
        let arguments: Vec<String> = arguments.collect();
        let start = format!("    public static {class} {method}(");
        write_arguments(file, &start, &arguments, ") {");
        if head.is_empty() {
            let _ = write!(file, "        return new {class}();\n    }}\n");
            continue;
        }
        let _ = writeln!(file, "        {class} task = new {class}();");
        for (_, put) in &head {
            let _ = writeln!(file, "        task.{put}");
        }
        file.push_str("        return task;\n    }\n");
    }
    file.push('\n');
    write_doc(file, "    ", &format!("See {{@link Tasks#{method}}}."));
    let _ = write!(
        file,
        "    public static final class {class} extends Task {{\n        {class}() {{\n            super(\"{wire}\");\n        }}\n"
    );
    for param in others {
        for (kind, put) in overloads(&param["kind"]) {
            file.push('\n');
            write_doc(file, "        ", &param_doc(param));
            let name = name_of(text(&param["name"]));
            let put = put_line(param, put);
            let _ = write!(
                file,
                "        public {class} {name}({kind} {name}) {{\n            {put}\n            return this;\n        }}\n"
            );
        }
    }
    let bare = list(&task["bare"]);
    if !bare.is_empty() {
        let words: Vec<&str> = bare.iter().map(text).collect();
        file.push('\n');
        write_doc(file, "        ", &format!("In place of parameters: {}.", words.join(" or ")));
        let _ = write!(
            file,
            "        public {class} bare(String word) {{\n            setBare(word);\n            return this;\n        }}\n"
        );
    }
    file.push_str("    }\n");
}

fn put_line(param: &Value, put: &str) -> String {
    let wire = text(&param["name"]);
    format!("put(\"{wire}\", {});", put.replace('@', &name_of(wire)))
}

fn task_doc(task: &Value, needed: &[&Value]) -> String {
    let mut doc = text(&task["doc"]).to_owned();
    let one_of: Vec<String> = list(&task["one_of"]).iter().map(|param| name_of(text(param))).collect();
    if !one_of.is_empty() {
        let _ = write!(doc, " At least one is needed of {}.", one_of.join(", "));
    }
    for param in needed {
        let _ = write!(doc, " {}: {}", name_of(text(&param["name"])), param_doc(param));
    }
    match (text(&task["answer"]), &task["json_if"]) {
        ("json", _) => doc += " The answer is JSON: go on with {@link Transform#json}.",
        (_, Value::String(param)) => {
            let _ = write!(doc, " The answer is JSON if {} is true.", name_of(param));
        }
        _ => {}
    }
    doc
}

fn param_doc(param: &Value) -> String {
    let default = param["default"].as_str().map(|it| format!(" Default: {it}.")).unwrap_or_default();
    format!("{} Takes {}.{default}", text(&param["doc"]), text(&param["allowed"]))
}

/// Writes a comment in lines of at most WIDTH columns.
fn write_doc(file: &mut String, indent: &str, doc: &str) {
    let doc = doc.replace('<', "&lt;");
    if indent.len() + doc.chars().count() + 8 <= WIDTH {
        let _ = writeln!(file, "{indent}/** {doc} */");
        return;
    }
    let _ = writeln!(file, "{indent}/**");
    let mut line = format!("{indent} *");
    for word in doc.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(file, "{line}");
            line = format!("{indent} *");
        }
        let _ = write!(line, " {word}");
    }
    let _ = writeln!(file, "{line}\n{indent} */");
}

/// The types that a parameter takes, and how each is put, with `@` for its name.
fn overloads(kind: &Value) -> Vec<(&'static str, &'static str)> {
    match text(&kind["type"]) {
        "bool" => vec![("boolean", "@")],
        "int" => vec![("int", "@")],
        "number" => vec![("double", "@")],
        "text" | "quoted" | "choice" | "open" | "colour" | "clock" | "percent" | "url" => {
            vec![("String", "@")]
        }
        "position" => vec![("String...", "Task.oneOrList(Call.list(\"@\", @))")],
        "pages" => {
            vec![
                ("int...", "Task.oneOrList(Task.numbers(\"@\", @))"),
                ("String...", "Task.oneOrList(Call.list(\"@\", @))"),
            ]
        }
        "faces" => vec![("int...", "Task.oneOrList(Task.numbers(\"@\", @))"), ("String", "@")],
        "ints" => vec![("int...", "Task.numbers(\"@\", @)")],
        "objects" => vec![("int[]...", "Call.list(\"@\", @)")],
        "file" => vec![("String", "@"), ("Filelink", "Task.handles(\"@\", @).get(0)")],
        "files" => vec![("String...", "Call.list(\"@\", @)"), ("Filelink...", "Task.handles(\"@\", @)")],
        "texts" => vec![("String...", "Call.list(\"@\", @)")],
        "either" => {
            let mut all: Vec<_> = list(&kind["kinds"]).iter().flat_map(overloads).collect();
            all.dedup();
            if all.iter().any(|(kind, _)| *kind == "double") {
                all.retain(|(kind, _)| *kind != "int");
            }
            all
        }
        other => panic!("no Java type for {other}"),
    }
}

fn name_of(wire: &str) -> String {
    let name = camel(wire, false);
    if TAKEN.contains(&name.as_str()) { format!("{name}_") } else { name }
}

fn camel(wire: &str, is_class: bool) -> String {
    let word = |(index, word): (usize, &str)| match word.chars().next() {
        Some(first) if index > 0 || is_class => format!("{}{}", first.to_ascii_uppercase(), &word[1..]),
        _ => word.to_owned(),
    };
    wire.split('_').enumerate().map(word).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
