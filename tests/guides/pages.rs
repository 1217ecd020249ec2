//! What holds for the pages of the repository, whatever they say.

use std::fs;
use std::path::PathBuf;

use crate::links::{broken, files, missing_names};
use crate::tools::root;

#[test]
fn every_link_leads_somewhere() {
    let wrong = [broken(root()), missing_names(root())].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_broken_link_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let fine =
        "[here](b.md#one-two) [code `](x`](b.md) `src/NAME.rs` [web](https://example.com/x)\n".repeat(10);
    let page = format!("# A\n{fine}\n[a](c.md)\n[b](b.md#three)\n`specs/x.md 1`\n```\n[d](e.md)\n```\n");
    fs::write(folder.path().join("a.md"), page).expect("written");
    fs::write(folder.path().join("b.md"), "# B\n## One, `two`\n").expect("written");
    assert_eq!(broken(folder.path()), ["a.md:13: c.md is not there", "a.md:14: b.md#three: no such heading"]);
    assert_eq!(missing_names(folder.path()), ["a.md:15: `specs/x.md` is not there"]);
}

/// Lines of 110 columns at most, but for tables and what cannot be broken.
#[test]
fn lines_of_the_guides_are_short() {
    let mut found = Vec::new();
    files(&root().join("include/guides"), ".md", &mut found);
    for path in found {
        for (number, line) in fs::read_to_string(&path).expect("a page").lines().enumerate() {
            let length = line.chars().count();
            let is_fine = length <= 110 || line.starts_with(['|', '!']);
            assert!(is_fine, "{}:{}: {length} columns", path.display(), number + 1);
        }
    }
}

/// Comments of 110 columns at most; rustfmt and prettier do not look at them.
#[test]
fn lines_of_the_comments_are_short() {
    let mut found = Vec::new();
    for folder in ["src", "tests"] {
        files(&root().join(folder), ".rs", &mut found);
    }
    assert!(found.len() > 200, "{found:?}");
    for ending in [".js", ".mjs"] {
        files(&root().join("tests/javascript"), ending, &mut found);
    }
    for path in found {
        for (number, line) in fs::read_to_string(&path).expect("a source").lines().enumerate() {
            let is_fine = line.chars().count() <= 110 || !line.trim_start().starts_with("//");
            assert!(is_fine, "{}:{}: too long", path.display(), number + 1);
        }
    }
}

/// What differs between operating systems is in `src/sys`, tests included.
#[test]
fn only_src_sys_names_an_operating_system() {
    const NAMES: [&str; 10] = [
        "cfg(unix)",
        "cfg(windows)",
        "(unix,",
        "(windows,",
        "target_os",
        "target_family",
        "target_vendor",
        "std::os::",
        "rustix",
        "libc::",
    ];
    let mut found = Vec::new();
    files(&root().join("src"), ".rs", &mut found);
    let (own, others): (Vec<_>, Vec<_>) =
        found.iter().partition(|path| path.starts_with(root().join("src/sys")));
    let names = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a source");
        NAMES.into_iter().filter(|name| text.contains(name)).collect::<Vec<_>>()
    };
    assert!(own.iter().any(|path| names(path).len() > 3) && others.len() > 100, "{found:?}");
    for path in others {
        assert!(names(path).is_empty(), "{}: {:?} belongs to src/sys", path.display(), names(path));
    }
}

/// Who makes a crate, and why Ferry needs it, is in SECURITY.md.
#[test]
fn each_crate_that_is_called_is_explained() {
    for (manifest, heading) in
        [("Cargo.toml", "| Crate |"), ("bindings/cli/Cargo.toml", "| Crate of the program |")]
    {
        let manifest = fs::read_to_string(root().join(manifest)).expect("the manifest");
        let mut needed = Vec::new();
        let mut is_in_a_list = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                is_in_a_list = line == "[dependencies]" || line.ends_with(".dependencies]");
            } else if let (true, Some((name, _))) = (is_in_a_list, line.split_once(" = ")) {
                needed.push(name);
            }
        }
        needed.retain(|name| *name != "libferry");
        needed.sort_unstable();
        needed.dedup(); // rustix is there for each system
        assert!(needed.len() > 10, "{needed:?}");
        let page = fs::read_to_string(root().join("SECURITY.md")).expect("the page");
        let (_, table) = page.split_once(heading).expect("the table");
        let explained: Vec<&str> =
            table.lines().skip(2).map_while(|row| row.strip_prefix("| ")?.split(' ').next()).collect();
        assert_eq!(explained, needed);
    }
}

/// SECURITY.md says where `unsafe` is.
#[test]
fn unsafe_is_where_the_page_says() {
    let mut seen = 0;
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let place = path.strip_prefix(root()).expect("inside").to_owned();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("text");
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let is_there = code.into_iter().any(|line| {
                line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|it| it == "unsafe")
            });
            let may_be = ["src/ffi", "src/transfer/digest/kernel"].iter().any(|it| place.starts_with(it));
            assert!(may_be || !is_there, "{}", place.display());
            seen += usize::from(is_there);
        }
    }
    assert!(seen > 10, "{seen} files");
}

/// A name in the table of features is one of that language.
#[test]
fn the_names_of_the_features_are_those_of_the_languages() {
    let languages = [
        sources("include", "h"),
        sources("bindings/cpp/ferry", "hpp"),
        sources("bindings/go", "go"),
        sources("bindings/python/ferry", "py"),
        sources("bindings/java/src", "java"),
        sources("bindings/node/ferry", "js"),
    ];
    let page = fs::read_to_string(root().join("include/guides/features.md")).expect("the table");
    let mut seen = 0;
    for row in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Feature")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        assert_eq!(cells.len(), 8, "{row}");
        for (cell, source) in cells[2..].iter().zip(&languages) {
            for name in cell.split('`').skip(1).step_by(2) {
                seen += 1;
                assert!(is_word_of(name, source), "{name} of this row is not there: {row}");
            }
        }
    }
    assert!(seen > 150, "{seen} names");
}

/// All sources of this folder that end so.
fn sources(folder: &str, ending: &str) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(root().join(folder)).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text += &sources(path.to_str().expect("UTF-8"), ending);
        } else if path.extension().is_some_and(|it| it == ending) {
            text += &fs::read_to_string(path).expect("a source");
        }
    }
    text
}

fn is_word_of(name: &str, source: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    source
        .match_indices(name)
        .any(|(at, _)| !source[..at].ends_with(is_part) && !source[at + name.len()..].starts_with(is_part))
}
