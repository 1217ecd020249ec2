//! Profiles: `ferry login`, and which keys are used.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::desk::{Desk, Told, json_lines, told, told_of};

/// Keeps lines in a profile.
fn login(desk: &Desk, profile: &str, lines: &str) -> Told {
    told_of(&mut desk.bare(["login", "--profile", profile]), lines.as_bytes())
}

/// What doctor says of a setting.
fn shown(desk: &Desk, arguments: &[&str], name: &str) -> String {
    let told = told(&mut desk.bare([&["doctor", "--json"], arguments].concat()));
    let lines = json_lines(&told.out);
    let line = lines.iter().find(|line| line["check"] == name).unwrap_or_else(|| panic!("{name}: {lines:?}"));
    line["text"].as_str().expect("text").to_owned()
}

#[test]
fn login_keeps_keys_for_their_owner_alone() {
    let desk = Desk::new();
    let lines = format!("apikey = MYKEYMYKEY\nbase_url={}\n\n", desk.cloud.http_url());
    let told = login(&desk, "default", &lines);
    assert_eq!((told.code, &*told.out), (Some(0), ""), "{told:?}");
    assert!(told.err.contains("the profile default is kept in "), "{told:?}");
    let mode = |path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(desk.config()), 0o600);
    assert_eq!(mode(desk.config().parent().expect("a folder").to_owned()), 0o700);
    desk.write("a.bin", b"abc");
    assert_eq!(told_of(&mut desk.bare(["upload", "a.bin"]), b"").code, Some(0));
    assert_eq!(desk.files().len(), 1);
    // More is added, and `-` takes one away.
    login(&desk, "default", "cname=files.example.com\napikey=-");
    assert!(shown(&desk, &[], "cname").starts_with("files.example.com (profile default in "));
    let without = told_of(&mut desk.bare(["upload", "a.bin"]), b"");
    assert_eq!(without.code, Some(1));
    let told = login(&desk, "default", "apikey=MYKEYMYKEY\nsecretkey=HUSHHUSH");
    assert_eq!(told.code, Some(1));
    assert!(
        told.err.contains("line 2 is not name=value with one of apikey, ") && !told.err.contains("HUSH"),
        "{told:?}"
    );
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let desk = Desk::new();
    login(&desk, "default", "apikey=MYKEYMYKEY");
    fs::set_permissions(desk.config(), fs::Permissions::from_mode(0o640)).expect("changed");
    let told = desk.run(["info", "HANDLE"]);
    assert_eq!((told.code, desk.requests()), (Some(1), 0));
    assert!(told.err.contains("(mode 640): run `chmod 600 "), "{told:?}");
}

#[test]
fn the_environment_has_precedence_over_the_profile_that_is_named() {
    let desk = Desk::new();
    login(&desk, "default", "factory=of-default");
    login(&desk, "work", "factory=of-work");
    assert!(shown(&desk, &[], "factory").starts_with("of-default (profile default in "));
    assert!(shown(&desk, &["--profile", "work"], "factory").starts_with("of-work (profile work in "));
    let doctor = |variables: &[(&str, &str)]| told(desk.bare(["doctor"]).envs(variables.iter().copied())).out;
    assert!(doctor(&[("FERRY_PROFILE", "work")]).contains("of-work (profile work"));
    let both = doctor(&[("FERRY_PROFILE", "work"), ("FERRY_FACTORY", "of-variable")]);
    assert!(both.contains("of-variable (FERRY_FACTORY)") && !both.contains("of-work"), "{both}");
    let told = desk.run(["info", "HANDLE", "--profile", "home"]);
    assert_eq!((told.code, desk.requests()), (Some(1), 0));
    assert!(told.err.contains(r#"there is no profile "home" in "#), "{told:?}");
    assert!(told.err.contains("known: default, work; `ferry login --profile home` writes one"), "{told:?}");
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_line_and_without_its_keys() {
    let desk = Desk::new();
    fs::create_dir_all(desk.config().parent().expect("a folder")).expect("a folder");
    for text in [
        "[default]\napikey = HUSHHUSHHUSH\n",
        "[default]\napikey = \"HUSHHUSHHUSH\n",
        "[default]\nHUSHHUSHHUSH\n",
    ] {
        fs::write(desk.config(), text).expect("written");
        fs::set_permissions(desk.config(), fs::Permissions::from_mode(0o600)).expect("changed");
        let told = desk.run(["info", "HANDLE"]);
        assert_eq!((told.code, desk.requests()), (Some(1), 0), "{told:?}");
        assert!(told.err.contains("config.toml, line 2, is not TOML: "), "{told:?}");
        assert!(!told.err.contains("HUSH"), "{told:?}");
    }
}

#[test]
fn what_would_have_no_effect_is_refused_by_name() {
    let desk = Desk::new();
    fs::create_dir_all(desk.config().parent().expect("a folder")).expect("a folder");
    for (text, expected) in [
        ("apikey = \"HUSHHUSH\"\n", "apikey stands in no profile"),
        ("[default]\napikye = \"HUSHHUSH\"\n", "[default] has apikye, which is no setting"),
        ("[default]\napikey = 5\n", "apikey of [default] is no text"),
    ] {
        fs::write(desk.config(), text).expect("written");
        fs::set_permissions(desk.config(), fs::Permissions::from_mode(0o600)).expect("changed");
        let told = desk.run(["info", "HANDLE"]);
        assert!(
            told.code == Some(1) && told.err.contains(expected) && !told.err.contains("HUSH"),
            "{told:?}"
        );
    }
    fs::remove_file(desk.config()).expect("removed");
    fs::create_dir(desk.config()).expect("made");
    let told = desk.run(["info", "HANDLE"]);
    assert!(told.code == Some(1) && told.err.contains("is no file of profiles"), "{told:?}");
    let told =
        told_of(desk.command(["info", "HANDLE"]).env("FERRY_CONFIG", "/none").env("FERRY_BASE_URL", ""), b"");
    assert!(told.code == Some(1) && told.err.contains("FERRY_BASE_URL is empty"), "{told:?}");
}

#[test]
fn login_takes_only_what_it_was_asked_to_take() {
    let desk = Desk::new();
    let mut command = desk.bare(["login", "--only", "apikey"]);
    let told = told_of(&mut command, b"app_secret=HUSHHUSH\n");
    assert!(told.code == Some(1) && !told.err.contains("HUSH") && !desk.config().exists(), "{told:?}");
    assert_eq!(login(&desk, "a\nb", "apikey=MYKEYMYKEY\n").code, Some(1));
}
