//! Whether the links of pages lead somewhere: the file is there, and the heading in it; and the paths of the
//! repository that they name in code.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A page without its code blocks.
struct Page {
    lines: Vec<(usize, String)>,
    headings: Vec<String>,
}

impl Page {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a page");
        let (mut lines, mut headings, mut is_code) = (Vec::new(), Vec::new(), false);
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                is_code = !is_code;
            } else if !is_code {
                if let Some(heading) = line.strip_prefix('#') {
                    let anchor = anchor(heading.trim_start_matches('#').trim());
                    let before = headings.iter().filter(|it| **it == anchor).count();
                    headings.push(if before > 0 { format!("{anchor}-{before}") } else { anchor });
                }
                lines.push((number + 1, line.to_owned()));
            }
        }
        Page { lines, headings }
    }
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Every file with that ending, but for what is built or is a corpus.
pub fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if name != "target" && name != "corpus" && !name.starts_with('.') {
                files(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

/// The targets of `[text](target)`.
fn links(line: &str) -> Vec<&str> {
    let mut links = Vec::new();
    for (at, _) in line.match_indices("](") {
        let is_code = line[..at].matches('`').count() % 2 == 1;
        if let (false, Some((target, _))) = (is_code, line[at + 2..].split_once(')')) {
            links.push(target);
        }
    }
    links
}

/// A path that begins with one of the repository's folders. Words in capitals and stars stand for others.
fn named_path(code: &str) -> Option<&str> {
    let path = code.split_whitespace().next()?.trim_end_matches([':', ',', ';', '/']);
    let (first, rest) = path.split_once('/')?;
    let is_ours = ["bindings", "docs", "include", "specs", "src", "tests"].contains(&first);
    let is_pattern = path.contains(['*', '…', '<', '{', '(', '='])
        || rest.split(['/', '.']).any(|part| {
            part.len() > 1
                && part.chars().all(|c| c.is_ascii_uppercase())
                && part != "TASKS"
                && part != "README"
        });
    (is_ours && !is_pattern).then_some(path)
}

/// The links in the pages of this folder that lead nowhere, and what they want.
pub fn broken(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    files(folder, ".md", &mut found);
    let read: HashMap<PathBuf, Page> = found.iter().map(|path| (path.clone(), Page::read(path))).collect();
    let mut wrong = Vec::new();
    let mut links_seen = 0;
    for path in &found {
        for (number, line) in &read[path].lines {
            let links = links(line);
            links_seen += links.len();
            let place = format!("{}:{number}", path.strip_prefix(folder).expect("inside").display());
            for link in links.into_iter().filter(|link| !link.contains("://")) {
                let (file, heading) =
                    link.split_once('#').map_or((link, None), |(file, it)| (file, Some(it)));
                let target = match file {
                    "" => path.clone(),
                    _ => path.parent().expect("a folder").join(file),
                };
                match target.canonicalize() {
                    Err(_) => wrong.push(format!("{place}: {link} is not there")),
                    Ok(target) => {
                        let page = read.iter().find(|(it, _)| it.canonicalize().is_ok_and(|it| it == target));
                        let has = |heading: &str| {
                            page.is_some_and(|(_, page)| page.headings.iter().any(|it| it == heading))
                        };
                        if heading.is_some_and(|heading| !has(heading)) {
                            wrong.push(format!("{place}: {link}: no such heading"));
                        }
                    }
                }
            }
        }
    }
    assert!(links_seen > 20, "only {links_seen} links were seen");
    wrong
}

/// The paths of the repository that its pages name in code marks, and that are not there, neither from its
/// root nor from the page's folder.
pub fn missing_names(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    files(folder, ".md", &mut found);
    let mut wrong = Vec::new();
    for page in &found {
        let beside = page.parent().expect("a folder");
        for (number, line) in &Page::read(page).lines {
            let names = line.split('`').skip(1).step_by(2).filter_map(named_path);
            for name in names.filter(|name| !folder.join(name).exists() && !beside.join(name).exists()) {
                let place = page.strip_prefix(folder).expect("inside").display();
                wrong.push(format!("{place}:{number}: `{name}` is not there"));
            }
        }
    }
    wrong
}
