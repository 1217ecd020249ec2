//! No key, secret, policy or password is in anything that the program prints.

use std::process::Command;

use serde_json::json;

use crate::desk::{Desk, told_of};

const SECRETS: [(&str, &str); 8] = [
    ("FERRY_APIKEY", "APIKEYthatIsSecret1"),
    ("FERRY_APP_SECRET", "APPSECRETthatIsSecret2"),
    ("FERRY_ACCESS_KEY", "ACCESSthatIsSecret3"),
    ("FERRY_SECRET_KEY", "SECRETKEYthatIsSecret4"),
    ("FERRY_POLICY", "eyJleHBpcnkiOjQxMDI0NDQ4MDAsIngiOiJTZWNyZXQ1In0="),
    ("FERRY_SIGNATURE", "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"),
    ("FERRY_TELESTREAM_APIKEY", "TELESTREAMKEYthatIsSecret6"),
    ("FERRY_PROXY", "http://someone:passwordThatIsSecret7@127.0.0.1:1"),
];

const HANDLE: &str = "sm9IEXAMPLEQuzfJykmA";
const OTHER: &str = "sm9IEXAMPLEQuzfJykmB";

fn with_keys(desk: &Desk, arguments: &[&str], names: &[&str]) -> Command {
    let mut command = desk.bare(arguments);
    command.env("FERRY_BASE_URL", desk.cloud.http_url());
    command.envs(SECRETS.into_iter().filter(|(name, _)| names.contains(name)));
    command
}

/// Runs it; what it printed, in which there is no secret.
fn printed(command: &mut Command, is_error: bool) -> String {
    let told = told_of(command, b"webhookThatIsSecret8\n");
    assert_eq!(told.code != Some(0), is_error, "{command:?} {told:?}");
    let all = told.out + &told.err;
    let own = SECRETS
        .map(|(_, secret)| secret.trim_start_matches("http://someone:").split('@').next().expect("text"));
    for secret in own.into_iter().chain(["webhookThatIsSecret8", "Secret"]) {
        assert!(!all.contains(secret), "{secret} is in what {command:?} printed: {all}");
    }
    all
}

const SIGNED: &[&str] = &["FERRY_APIKEY", "FERRY_APP_SECRET", "FERRY_ACCESS_KEY", "FERRY_SECRET_KEY"];
const GIVEN: &[&str] = &["FERRY_APIKEY", "FERRY_POLICY", "FERRY_SIGNATURE", "FERRY_TELESTREAM_APIKEY"];

#[test]
fn none_is_in_an_error_of_a_service_that_echoes_them() {
    let desk = Desk::new();
    desk.write("a.bin", b"abc");
    desk.write("d/a.bin", b"abc");
    desk.write("d/b.bin", b"abc");
    desk.faults(json!([{"class": "any", "action": {"echo": true}}]));
    let commands: &[&[&str]] = &[
        &["upload", "a.bin"],
        &["upload", "d", "--manifest", "all.csv"],
        &["upload", "http://127.0.0.1:1/x"],
        &["download", HANDLE, "x"],
        &["info", HANDLE],
        &["rm", HANDLE],
        &["overwrite", HANDLE, "a.bin"],
        &["transform", HANDLE, "sepia", "--store"],
        &["transform", HANDLE, "sepia", "-o", "x"],
        &["zip", HANDLE, OTHER],
        &["convert", HANDLE, "--preset", "h264"],
        &["workflow", "run", "FLOW", HANDLE],
        &["flip", "factories", "list"],
        &["flip", "upload", "a.bin", "--factory", "fac1fac1fac1fac1fac1fac1fac1fac1"],
    ];
    for arguments in commands {
        let mut all = String::new();
        for keys in [SIGNED, GIVEN] {
            all += &printed(&mut with_keys(&desk, arguments, keys), true);
        }
        all += &printed(&mut with_keys(&desk, &[*arguments, &["--json"]].concat(), SIGNED), true);
        // The beginning of an echo is printed. Of an upload it has no secret, which stands in the body.
        assert!(all.contains("***") || arguments[0] == "upload", "nothing was echoed: {arguments:?} {all}");
        assert!(desk.cloud.fired()[0] > 0, "{arguments:?}");
        desk.faults(json!([{"class": "any", "action": {"echo": true}}]));
    }
    let table = String::from_utf8(desk.read("all.csv")).expect("text");
    assert!(table.contains("d/b.bin") && !table.contains("Secret"), "{table}");
}

#[test]
fn doctor_shows_where_keys_are_from_and_none_of_them() {
    let desk = Desk::new();
    for more in [&[][..], &["--json"]] {
        let arguments = [&["doctor"], more].concat();
        let all = printed(&mut with_keys(&desk, &arguments, SIGNED), true);
        assert!(all.contains("FERRY_APP_SECRET"), "{all}");
        let all = printed(&mut with_keys(&desk, &arguments, GIVEN), true);
        assert!(all.contains("FERRY_SIGNATURE"), "{all}");
        let all = printed(&mut with_keys(&desk, &arguments, &["FERRY_PROXY"]), true);
        assert!(all.contains("127.0.0.1:1"), "{all}");
    }
    let told = desk.run(["doctor"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("clock") && told.out.contains("the keys are right"), "{told:?}");
    // The same of a profile.
    let lines = format!("apikey={}\napp_secret={}\nproxy={}\n", SECRETS[0].1, SECRETS[1].1, SECRETS[7].1);
    assert_eq!(told_of(&mut desk.bare(["login"]), lines.as_bytes()).code, Some(0));
    let all = printed(&mut desk.bare(["doctor"]), true);
    assert!(all.contains("set (profile default in "), "{all}");
}

#[test]
fn none_is_in_help_completions_and_man_pages() {
    let desk = Desk::new();
    let names = SECRETS.map(|(name, _)| name);
    for arguments in [&["--help"][..], &["upload", "--help"], &["sign", "--help"], &["completions", "zsh"]] {
        printed(&mut with_keys(&desk, arguments, &names), false);
    }
    printed(&mut with_keys(&desk, &["man", "pages"], &names), false);
    let pages: Vec<_> =
        std::fs::read_dir(desk.path("pages")).expect("pages").map(|page| page.expect("a page")).collect();
    assert!(pages.len() > 20);
    for page in pages {
        let text = std::fs::read_to_string(page.path()).expect("text");
        assert!(text.starts_with(".ie") && !text.contains("Secret"), "{text}");
    }
    let arguments = ["verify", "pages/ferry.1", "--signature", "5e5e", "--timestamp", "1"];
    printed(&mut with_keys(&desk, &arguments, &names), true);
}
