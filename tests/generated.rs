//! What is written from the table of tasks is what the table says: compared here, so it can be neither stale
//! nor edited.

#[path = "generate/cpp.rs"]
mod cpp;
#[path = "c/declarations.rs"]
#[allow(dead_code)] // tests/c.rs uses all of it
mod declarations;
#[path = "generate/go.rs"]
mod go;
#[path = "generate/java.rs"]
mod java;
#[path = "generate/node.rs"]
mod node;
#[path = "generate/python.rs"]
mod python;
#[path = "generate/reference.rs"]
mod reference;

use std::path::Path;

use serde_json::Value;

/// A file and what writes it, given the table as `ferry::filestack::tasks::to_json` tells it.
type Written = (&'static str, fn(&Value) -> String);

const FILES: &[Written] = &[
    ("bindings/TASKS.md", reference::page),
    ("bindings/cpp/ferry/tasks.hpp", cpp::header),
    ("bindings/go/ferry/tasks.go", go::tasks),
    ("bindings/java/src/main/java/io/github/libferry/Abi.java", java::abi),
    ("bindings/java/src/main/java/io/github/libferry/Tasks.java", java::tasks),
    ("bindings/node/ferry/abi.js", node::abi),
    ("bindings/node/ferry/tasks.js", node::tasks),
    ("bindings/python/ferry/_abi.py", python::abi),
    ("bindings/python/ferry/_tasks.py", python::tasks),
];

#[test]
fn nothing_that_is_written_from_the_table_of_tasks_is_stale() {
    let table = serde_json::from_str(&ferry::filestack::tasks::to_json()).expect("JSON");
    for (name, write) in FILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let text = write(&table);
        if std::env::var_os("FERRY_WRITE_BINDINGS").is_some() {
            std::fs::write(&path, &text).expect(name);
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == text, "{name} is stale: run `make bindings` and commit it");
    }
}
