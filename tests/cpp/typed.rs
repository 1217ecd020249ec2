//! Writes a C++ program that sets every parameter of every task, and compares the URL with that of the same
//! task added by its name and JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

const HANDLE: &str = "sm9IEXAMPLEQuzfJykmA";

pub fn program(header: &str) -> String {
    let table: Value = serde_json::from_str(&ferry::filestack::tasks::to_json()).expect("JSON");
    let mut body = String::new();
    for task in table.as_array().expect("groups").iter().flat_map(|group| list(&group["tasks"])) {
        let name = text(&task["name"]);
        let method =
            if header.contains(&format!("&{name}_task(")) { format!("{name}_task") } else { name.into() };
        let mut params = serde_json::Map::new();
        body += "    {\n";
        if !list(&task["params"]).is_empty() {
            let _ = writeln!(body, "        ferry::tasks::{name} params;");
        }
        for param in list(&task["params"]) {
            let (name, value) = (text(&param["name"]), sample(&param["kind"]));
            let member = if name == "export" { "export_" } else { name };
            let _ = writeln!(body, "        params.{member} = {};", literal(&value));
            params.insert(name.into(), value);
        }
        let given = if params.is_empty() { "" } else { "params" };
        let _ = writeln!(
            body,
            "        CHECK_EQ(client.transform(\"{HANDLE}\").{method}({given}).url(),\n                 \
             client.transform(\"{HANDLE}\").add_json(\"{name}\", R\"--({})--\").url());\n    }}",
            Value::Object(params)
        );
    }
    format!(
        "#include \"test.hpp\"\n\n\
         static void tasks() {{\n    const ferry::filestack client = new_client();\n{body}}}\n\n\
         int main() {{\n    return test(tasks);\n}}\n"
    )
}

/// A value that the parameter takes.
fn sample(kind: &Value) -> Value {
    let least = |of: &Value| of.as_f64().expect("a bound") as i64;
    match text(&kind["type"]) {
        "bool" => json!(true),
        "int" | "number" => json!(least(&kind["min"])),
        "text" | "quoted" => json!("a \"b\""),
        "choice" | "open" => kind["words"][0].clone(),
        "colour" => json!("red"),
        "position" => json!(["top", "left"]),
        "faces" => json!([1, 2]),
        "objects" => json!([[1, 2, 3, 4]]),
        "ints" => list(&kind["ranges"]).iter().map(|range| json!(least(&range[0]))).collect(),
        "pages" => json!("1-3"),
        "clock" => json!("01:02:03"),
        "percent" => json!("50%"),
        "file" => json!(HANDLE),
        "files" => json!([HANDLE]),
        "url" => json!("https://example.com/a,b.png"),
        "texts" => json!(["a", "b"]),
        "either" => sample(&kind["kinds"][0]),
        other => panic!("no sample for {other}"),
    }
}

/// The value in C++.
fn literal(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("{{{}}}", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
