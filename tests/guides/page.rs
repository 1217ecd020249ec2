//! The page of the local cloud in a browser: while it is open Ferry uploads. Run where node, Chromium and
//! playwright-core are found; `make page` installs the last one and takes no other answer.

use std::env;
use std::io::Write;
use std::process::Command;

use localcloud::{Cloud, Options};

use crate::tools::{self, root};
use crate::{c_example, folder};

#[test]
fn the_page_shows_an_upload_its_faults_and_its_events() {
    let shots = env::var_os("FERRY_PAGE");
    let (node, chromium, playwright) = match tools::browser() {
        Ok(found) => found,
        Err(why) => {
            assert!(shots.is_none(), "{why}");
            // Not by a macro, whose output is shown of failed tests only.
            let _ = writeln!(std::io::stderr(), "the page of the local cloud is not looked at: {why}");
            return;
        }
    };
    let folder = folder();
    let cloud = Cloud::start(Options::default()).expect("the local cloud starts");
    let example = |name: &str| c_example(name, folder.path());
    let mut script = Command::new(node);
    script.arg(root().join("tests/guides/page.mjs"));
    script.env("CLOUD", cloud.http_url()).env("FOLDER", folder.path()).env("UPLOAD", example("upload"));
    script.env("ENCODE", example("encode")).env("PICTURE", root().join("tests/data/ferry.png"));
    script.env("CHROMIUM", chromium).env("PLAYWRIGHT", playwright).env("SHOTS", shots.unwrap_or_default());
    tools::run(&mut script);
    let requests = ureq::get(format!("{}/_local/requests", cloud.http_url())).call().expect("the journal");
    let requests = requests.into_body().read_to_string().expect("text");
    assert!(requests.contains("\"class\":\"flip_part\""), "the script has uploaded nothing: {requests}");
}
