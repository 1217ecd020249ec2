//! What the page of the program shows.

use std::path::Path;
use std::process::Command;

use crate::desk::{Desk, told};

const PAGE: &str = include_str!("../README.md");

/// The blocks of shell commands.
fn blocks() -> impl Iterator<Item = &'static str> {
    PAGE.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next())
}

#[test]
fn the_first_upload_works_as_it_is_shown() {
    let desk = Desk::new();
    desk.write("photo.png", include_bytes!("../../../tests/data/ferry.png"));
    let block = blocks().find(|block| block.contains("url=$(")).expect("the first upload");
    assert!(block.contains("http://127.0.0.1:8080"), "{block}");
    let script = block.replace("http://127.0.0.1:8080", &desk.cloud.http_url());
    let own = Path::new(env!("CARGO_BIN_EXE_ferry")).parent().expect("a folder").display();
    let template = desk.bare([""; 0]);
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().args(["-euc", &script]).current_dir(desk.path(""));
    shell.envs(template.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.env("PATH", format!("{own}:/usr/bin:/bin"));
    let told = told(&mut shell);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(desk.read("copy.png") == desk.read("photo.png") && desk.path("small.png").exists());
}

/// Every command and option that it shows is there.
#[test]
fn every_option_that_is_shown_is_there() {
    let desk = Desk::new();
    let mut checked = 0;
    for line in blocks().flat_map(str::lines) {
        let Some((_, command)) = line.split_once("ferry ").filter(|(before, _)| !before.contains('#')) else {
            continue;
        };
        if line.starts_with("cargo") || command.starts_with("cloud") {
            continue;
        }
        let command = command.split(['#', '|', ')', '<', '>']).next().expect("a command");
        let words: Vec<&str> = command.split_whitespace().collect();
        // A command below a command, such as `flip encodings list`.
        let depth = match words[0] {
            "flip" if words[1] != "upload" => 3,
            "flip" | "workflow" => 2,
            _ => 1,
        };
        let help = desk.done([&words[..depth], &["--help"]].concat());
        for option in words.iter().filter(|word| word.starts_with('-') && **word != "-") {
            assert!(help.split([' ', ',', '\n']).any(|word| word == *option), "{line}: {help}");
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
}
