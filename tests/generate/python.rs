//! What the Python binding does not have by hand: the declarations of the header for ctypes, and a typed
//! method for each task.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::declarations::{Declarations, declared, statements};

/// How wide a line of the binding may be, in characters.
const WIDTH: usize = 110;

/// Tasks whose method needs more than its parameters, and stands in ferry/files.py.
const BY_HAND: &[&str] = &["store", "run_workflow", "workflow_status", "metadata"];

/// The task that starts a job, and the vendor's name for it.
const JOB: (&str, &str) = ("video_convert", "av_convert");

/// Tasks that answer with JSON and are a chain all the same: those that the vendor's SDK chains, that come
/// first, or that go on for long.
const CHAINED: &[&str] = &["pdfinfo", "debug", "video_playlist"];

/// How the vendor's SDK calls tasks whose name it changes.
const VENDOR_NAMES: &[(&str, &str)] = &[
    ("output", "filetype_conversion"),
    ("pdfinfo", "pdf_info"),
    ("pdfconvert", "pdf_convert"),
    ("rounded_corners", "round_corners"),
];

/// Where the order of the vendor's SDK is another one than that of the table. A parameter that is needed and
/// does not come first has None as its default, which the library refuses.
const VENDOR_ORDER: &[(&str, &[&str])] = &[
    ("ascii", &["background", "foreground", "colored", "size", "reverse"]),
    ("collage", &["files", "margin", "width", "height"]),
    ("partial_blur", &["amount", "blur", "type", "objects"]),
    ("partial_pixelate", &["amount", "blur", "type", "objects"]),
    ("upscale", &["upscale", "noise", "style"]),
];

const KEYWORDS: &[&str] =
    &["class", "def", "from", "import", "in", "is", "lambda", "not", "pass", "self", "with"];

/// ferry/_tasks.py.
pub fn tasks(table: &Value) -> String {
    let mut module = String::from(
        r#""""A method for each task of a chain. Written by `make bindings` from the table that the library checks every
task against; do not edit.
"""

from __future__ import annotations

from typing import Any, Dict, Generic, Optional, Protocol, Sequence, TypeVar, Union

from .policy import Security
from .progress import Reporter

Chained = TypeVar("Chained")
Job = TypeVar("Job")


class Stored(Protocol):
    """A Filelink."""

    @property
    def handle(self) -> str: ...


class Tasks(Generic[Chained, Job]):
    """The tasks. Each is added to the chain, which it returns (Chained); of a Filelink it begins a chain.
    Those that answer with JSON run at once and return the answer. Parameters that are None are left to the
    service.
    """

    def _add(self, task: str, parameters: Dict[str, Any]) -> Chained:
        raise NotImplementedError

    def _answer(
        self,
        task: str,
        parameters: Dict[str, Any],
        security: Optional[Security],
        deadline: Optional[float],
        progress: Reporter,
    ) -> Any:
        raise NotImplementedError

    def _av_convert(
        self,
        parameters: Dict[str, Any],
        security: Optional[Security],
        deadline: Optional[float],
        progress: Reporter,
    ) -> Job:
        raise NotImplementedError
"#,
    );
    for task in list(table).iter().flat_map(|group| list(&group["tasks"])) {
        if !BY_HAND.contains(&text(&task["name"])) {
            method(&mut module, task);
        }
    }
    module
}

fn method(module: &mut String, task: &Value) {
    let name = text(&task["name"]);
    let is_job = name == JOB.0;
    let runs = task["answer"] == "json" && !CHAINED.contains(&name) && !is_job;
    let params = list(&task["params"]);
    let (mut needed, mut optional) = (vec![], vec![]);
    let order = VENDOR_ORDER.iter().find(|(task, _)| *task == name).map_or(&[][..], |(_, names)| names);
    let place =
        |param: &&Value| order.iter().position(|it| *it == text(&param["name"])).unwrap_or(order.len());
    let mut ordered: Vec<&Value> = params.iter().collect();
    ordered.sort_by_key(place);
    for param in ordered {
        let name = text(&param["name"]);
        assert!(!KEYWORDS.contains(&name), "{name} cannot be the name of an argument");
        if param["required"] == true && (order.is_empty() || optional.is_empty()) {
            needed.push(format!("{name}: {}", hint(&param["kind"])));
        } else {
            optional.push(format!("{name}: Optional[{}] = None", hint(&param["kind"])));
        }
    }
    if runs || is_job {
        optional.push("security: Optional[Security] = None".into());
        optional.push("*".into());
        optional.push("deadline: Optional[float] = None".into());
        optional.push("progress: Reporter = None".into());
    }
    let (method, result) = match (runs, is_job) {
        (true, _) => (name, "Any"),
        (_, true) => (JOB.1, "Job"),
        _ => (name, "Chained"),
    };
    let arguments = [vec!["self".into()], needed, optional].concat();
    let _ = match arguments.len() {
        1..=2 => writeln!(module, "\n    def {method}({}) -> {result}:", arguments.join(", ")),
        _ => writeln!(
            module,
            "\n    def {method}(\n        {},\n    ) -> {result}:",
            arguments.join(",\n        ")
        ),
    };
    documentation(module, task);
    let given: Vec<String> =
        params.iter().map(|param| text(&param["name"])).map(|name| format!("\"{name}\": {name}")).collect();
    let given = match given.len() {
        0..=1 => format!("{{{}}}", given.join(", ")),
        _ => format!("{{\n            {},\n        }}", given.join(",\n            ")),
    };
    let _ = match (runs, is_job) {
        (true, _) => {
            writeln!(module, "        return self._answer(\"{name}\", {given}, security, deadline, progress)")
        }
        (_, true) => {
            writeln!(module, "        return self._av_convert({given}, security, deadline, progress)")
        }
        _ => writeln!(module, "        return self._add(\"{name}\", {given})"),
    };
    for (_, vendor_name) in VENDOR_NAMES.iter().filter(|(wire_name, _)| *wire_name == name) {
        let _ = writeln!(module, "\n    {vendor_name} = {name}");
    }
}

fn documentation(module: &mut String, task: &Value) {
    let mut lines = vec![];
    for param in list(&task["params"]) {
        let default = param["default"].as_str().map(|it| format!(" Default: {it}.")).unwrap_or_default();
        let (name, doc, allowed) = (text(&param["name"]), text(&param["doc"]), text(&param["allowed"]));
        lines.push(format!("{name}: {doc} Takes {allowed}.{default}"));
    }
    let words = |title: &str, key: &str| {
        let words: Vec<&str> = list(&task[key]).iter().map(text).collect();
        (!words.is_empty()).then(|| format!("{title} {}.", words.join(", ")))
    };
    lines.extend(words("At least one is needed of", "one_of"));
    for word in list(&task["bare"]) {
        lines.push(format!("Without parameters: add(\"{}\", \"{}\").", text(&task["name"]), text(word)));
    }
    if let Some(param) = task["json_if"].as_str() {
        lines.push(format!("With {param}=True it answers JSON: go on with json()."));
    }
    let doc = text(&task["doc"]);
    let indent = " ".repeat(8);
    if lines.is_empty() && doc.chars().count() + 8 + 6 <= WIDTH {
        let _ = writeln!(module, "{indent}\"\"\"{doc}\"\"\"");
        return;
    }
    module.push_str(&wrapped(&format!("{indent}\"\"\""), &indent, doc));
    if !lines.is_empty() {
        module.push('\n');
    }
    for line in lines {
        module.push_str(&wrapped(&indent, &indent, &line));
    }
    let _ = writeln!(module, "{indent}\"\"\"");
}

/// Words in lines of at most WIDTH characters: the first begins with `first`, the others with `indent`.
fn wrapped(first: &str, indent: &str, words: &str) -> String {
    let (mut text, mut line, mut is_empty) = (String::new(), first.to_owned(), true);
    for word in words.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text = text + &line + "\n";
            line = indent.to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    text + &line + "\n"
}

fn hint(kind: &Value) -> String {
    let simple = match text(&kind["type"]) {
        "bool" => "bool",
        "int" => "int",
        "number" => "float",
        "text" | "quoted" | "choice" | "open" | "colour" | "clock" | "percent" | "url" => "str",
        "position" => "Union[str, Sequence[str]]",
        "faces" => "Union[int, str, Sequence[int]]",
        "objects" => "Sequence[Sequence[int]]",
        "ints" => "Sequence[int]",
        "pages" => "Union[int, str, Sequence[Union[int, str]]]",
        "file" => "Union[str, Stored]",
        "files" => "Sequence[Union[str, Stored]]",
        "texts" => "Sequence[str]",
        "either" => {
            let mut hints: Vec<String> = list(&kind["kinds"]).iter().map(hint).collect();
            hints.dedup();
            return if hints.len() == 1 { hints.remove(0) } else { format!("Union[{}]", hints.join(", ")) };
        }
        other => panic!("a kind that Python has no type for: {other}"),
    };
    simple.into()
}

/// ferry/_abi.py. The table has no part in it.
pub fn abi(_table: &Value) -> String {
    let header = include_str!("../../include/ferry.h");
    let declarations = Declarations::read(header);
    let known = Known { structs: declarations.structs.iter().map(|it| it.name.clone()).collect() };
    let mut module = String::from(
        r#""""What include/ferry.h declares, for ctypes. Written by `make bindings`; do not edit."""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    c_bool,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Dict, Optional, Tuple

"#,
    );
    for line in header.lines() {
        let Some((name, value)) = line.strip_prefix("#define ").and_then(|rest| rest.split_once(' ')) else {
            continue;
        };
        let _ = writeln!(module, "{name} = {}", value.trim_end_matches("ull"));
    }
    for statement in statements(header) {
        match statement.strip_prefix("typedef struct ").and_then(|rest| rest.split_once('{')) {
            Some((name, body)) => known.structure(&mut module, name.trim(), body),
            None => known.callback(&mut module, &statement),
        }
    }
    module.push_str("\n\n# What each function returns and takes.\nFUNCTIONS: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {\n");
    for function in &declarations.functions {
        let arguments: Vec<String> = function.arguments.iter().map(|(kind, _)| known.ctype(kind)).collect();
        let comma = if arguments.len() == 1 { "," } else { "" };
        let (name, result) = (&function.name, known.ctype(&function.result));
        let line = format!("    \"{name}\": ({result}, ({}{comma})),", arguments.join(", "));
        let _ = match line.chars().count() {
            0..=WIDTH => writeln!(module, "{line}"),
            _ => {
                let arguments = wrapped("            ", "            ", &arguments.join(", "));
                write!(
                    module,
                    "    \"{name}\": (\n        {result},\n        (\n{arguments}        ),\n    ),\n"
                )
            }
        };
    }
    module.push_str("}\n");
    module
}

struct Known {
    structs: BTreeSet<String>,
}

impl Known {
    fn structure(&self, module: &mut String, name: &str, body: &str) {
        let (body, _) = body.rsplit_once('}').expect("the end of the struct");
        let _ = write!(module, "\n\nclass {name}(ctypes.Structure):\n");
        let mut fields = String::new();
        for field in body.split(';').map(str::trim).filter(|field| !field.is_empty()) {
            let (kind, field) = declared(field);
            let kind = self.ctype(&kind);
            let hint = match kind.as_str() {
                "c_char_p" => "Optional[bytes]",
                "c_bool" => "bool",
                "c_double" => "float",
                "c_void_p" => "Any",
                kind if kind.starts_with("c_") => "int",
                _ => "Any",
            };
            let _ = writeln!(module, "    {field}: {hint}");
            let _ = writeln!(fields, "        (\"{field}\", {kind}),");
        }
        let _ = write!(module, "    _fields_ = [\n{fields}    ]\n");
    }

    fn callback(&self, module: &mut String, statement: &str) {
        let inner = statement.strip_prefix("typedef ").and_then(|rest| rest.strip_suffix(");"));
        let (result, rest) = inner.and_then(|text| text.split_once(" (*")).expect("a callback");
        let (name, arguments) = rest.split_once(")(").expect("the arguments of a callback");
        let kinds = arguments.split(',').map(|argument| self.ctype(&declared(argument.trim()).0));
        let kinds: Vec<String> = std::iter::once(self.ctype(result)).chain(kinds).collect();
        let _ = write!(module, "\n\n{name} = ctypes.CFUNCTYPE({})\n", kinds.join(", "));
    }

    fn ctype(&self, kind: &str) -> String {
        let known = match kind {
            "void" => "None",
            "bool" => "c_bool",
            "double" => "c_double",
            "ferry_status" | "int32_t" => "c_int32",
            "int64_t" => "c_int64",
            "size_t" => "c_size_t",
            "uint32_t" => "c_uint32",
            "uint64_t" => "c_uint64",
            "const char *" => "c_char_p",
            "const char *const *" => "POINTER(c_char_p)",
            "uint64_t *" => "POINTER(c_uint64)",
            callback if callback.ends_with("_fn") => callback,
            pointers if pointers.ends_with("**") => "POINTER(c_void_p)",
            pointer => {
                let target = pointer.strip_suffix('*').unwrap_or_else(|| panic!("not understood: {kind}"));
                let target = target.trim().trim_start_matches("const ");
                if self.structs.contains(target) {
                    return format!("POINTER({target})");
                }
                "c_void_p"
            }
        };
        known.into()
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
