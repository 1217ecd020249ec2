//! Help, completions and man pages.

use std::collections::BTreeSet;
use std::fs;

use crate::desk::Desk;

/// The commands that a help page lists.
fn commands(help: &str) -> Vec<String> {
    let list = help.split("\nCommands:\n").nth(1).unwrap_or_default();
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| {
        let line = line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?;
        line.split_whitespace().next()
    });
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Options that would take what others must not see among the arguments of a process.
const SECRET: [&str; 9] = [
    "--apikey",
    "--app-secret",
    "--secret",
    "--access-key",
    "--secret-key",
    "--policy",
    "--signature",
    "--password",
    "--webhook-secret",
];

/// Checks the help of a command and of all below it; how many there are.
fn check(desk: &Desk, path: &[&str]) -> usize {
    // Its help is that of the program `localcloud`.
    if path == ["cloud"] {
        return 0;
    }
    let help = desk.done([path, &["--help"]].concat());
    let usage = format!("Usage: ferry{}", path.iter().map(|name| format!(" {name}")).collect::<String>());
    assert!(help.contains(&usage), "{path:?}: {help}");
    for line in help.lines() {
        assert!(line.chars().count() <= 100, "{path:?}: {line}");
    }
    let lines = help.lines().filter(|line| line.trim_start().starts_with('-'));
    let options: Vec<&str> =
        lines.filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--"))).collect();
    let different: BTreeSet<&&str> = options.iter().collect();
    assert_eq!(different.len(), options.len(), "an option has two meanings in {path:?}: {options:?}");
    // The signature that comes with a webhook is proof of the secret, and does not tell it.
    let is_secret =
        |option: &&&str| SECRET.contains(option) && (path, **option) != (&["verify"], "--signature");
    assert_eq!(options.iter().find(is_secret), None, "{path:?} takes a secret from its arguments");
    assert!(options.contains(&"--json") && options.contains(&"--profile"), "{path:?}: {options:?}");
    let below = commands(&help);
    1 + below.iter().map(|name| check(desk, &[path, &[name.as_str()]].concat())).sum::<usize>()
}

#[test]
fn every_command_has_help_of_at_most_100_columns() {
    let desk = Desk::new();
    assert!(check(&desk, &[]) > 45);
    let told = desk.run([""; 0]);
    assert!(told.err.contains("Usage: ferry"), "{told:?}");
    assert_eq!(desk.done(["--version"]), format!("ferry {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_and_man_pages_name_every_command() {
    let desk = Desk::new();
    let names = commands(&desk.done(["--help"]));
    assert!(names.len() > 15, "{names:?}");
    for shell in ["bash", "zsh", "fish"] {
        let completions = desk.done(["completions", shell]);
        assert!(names.iter().all(|name| completions.contains(name.as_str())), "{shell}");
    }
    desk.done(["man", "pages"]);
    for name in names {
        let page = fs::read_to_string(desk.path(format!("pages/ferry-{name}.1"))).expect("a page");
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{name}: {page}");
    }
}
