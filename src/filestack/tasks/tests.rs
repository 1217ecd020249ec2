use std::collections::HashSet;

use super::*;
use crate::nearest::nearest;

#[test]
fn every_name_is_found_and_none_is_taken_twice() {
    let mut seen = HashSet::new();
    for task in all() {
        for name in std::iter::once(&task.name).chain(task.aliases) {
            assert!(seen.insert(*name), "{name} is taken twice");
            assert_eq!(find(name).map(|found| found.name), Some(task.name));
        }
        let mut seen = HashSet::new();
        for param in task.params {
            for name in std::iter::once(&param.name).chain(param.aliases) {
                assert!(seen.insert(*name), "{}: {name} is taken twice", task.name);
                assert_eq!(task.param(name).map(|found| found.name), Some(param.name));
            }
        }
    }
    assert_eq!(names().count(), seen.len());
    assert!(names().is_sorted());
    assert!(find("rezise").is_none() && find("").is_none());
}

#[test]
fn rules_name_parameters_that_are_there() {
    for task in all() {
        for name in task.one_of {
            assert!(task.params.iter().any(|param| param.name == *name), "{}: {name}", task.name);
        }
        if let Answer::JsonIf(name) = task.answer {
            assert!(task.params.iter().any(|param| param.name == name), "{}: {name}", task.name);
        }
    }
}

#[test]
fn every_line_of_documentation_is_a_sentence() {
    for task in all() {
        let docs = task.params.iter().map(|param| param.doc).chain([task.doc]);
        for doc in docs {
            assert!(doc.ends_with('.') && !doc.contains('\n') && doc.len() < 110, "{}: {doc}", task.name);
        }
    }
}

#[test]
fn no_name_sorts_otherwise_than_with_its_colon() {
    // Transform sorts names where the Python SDK sorts `name:value`: no difference as long as a name that
    // begins with another one goes on with a character above the colon.
    for task in all() {
        for (one, other) in
            task.params.iter().flat_map(|one| task.params.iter().map(move |other| (one, other)))
        {
            let goes_on = other.name.strip_prefix(one.name).and_then(|rest| rest.chars().next());
            assert!(goes_on.is_none_or(|next| next > ':'), "{}: {} {}", task.name, one.name, other.name);
        }
    }
}

#[test]
fn the_table_can_be_read_as_json() {
    let table: serde_json::Value = serde_json::from_str(&to_json()).expect("JSON");
    let groups = table.as_array().expect("groups");
    assert_eq!(groups.len(), GROUPS.len());
    let tasks: usize = groups.iter().map(|group| group["tasks"].as_array().expect("tasks").len()).sum();
    assert_eq!(tasks, all().count());
    assert_eq!(groups[0]["tasks"][0]["params"][0]["kind"]["type"], "number");
}

#[test]
fn nearest_names_are_suggested() {
    assert_eq!(nearest("rezise", names()), Some("resize"));
    assert_eq!(nearest("sepai", names()), Some("sepia"));
    assert_eq!(nearest("xyzzy", names()), None);
}
