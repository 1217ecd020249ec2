//! The folder of the journals: what is refused, what is listed, what is removed.

use std::fs;
#[cfg(unix)]
use std::fs::Permissions;
#[cfg(unix)]
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::time::{Duration, SystemTime};

use ferry::error::{Error, ErrorKind};
use ferry::filestack::UploadOptions;
use ferry::transfer::checkpoint::listing::{list, prune};

use super::Place;
#[cfg(unix)]
use super::filestack::end;
use super::filestack::{LENGTH, begin, options, upload};
use super::support::{TestCloud, noise, of_few_tries};

fn refusal(cloud: &TestCloud, path: &str, folder: &str) -> Error {
    let options = UploadOptions { journal_dir: Some(folder.into()), ..Default::default() };
    let error = upload(&cloud.client(of_few_tries()), path, options).run(None).expect_err("refused");
    assert_eq!(cloud.requests().len(), 0, "nothing was sent");
    error
}

#[test]
fn a_folder_that_is_not_safe_is_refused_with_its_reason() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let path = place.file("film.mov", b"abc");
    let says = |folder: &str, words: &str| {
        let error = refusal(&cloud, &path, folder);
        assert!(error.message().contains(words), "{error}");
        error.kind()
    };
    assert_eq!(says(&path, "it is not a folder"), ErrorKind::InvalidArgument);
    assert_eq!(says("", "empty"), ErrorKind::InvalidArgument);
    let in_a_file = format!("{path}/journals");
    assert_eq!(says(&in_a_file, &in_a_file), ErrorKind::Io);
    #[cfg(unix)]
    {
        fs::create_dir(place.journals()).expect("a folder");
        fs::set_permissions(place.journals(), Permissions::from_mode(0o777)).expect("writable by all");
        assert_eq!(says(&place.journals(), "others may write"), ErrorKind::InvalidArgument);
    }
}

#[cfg(unix)] // elsewhere a folder says who may read what is in it
#[test]
fn the_folder_and_the_journal_are_their_owners_alone() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let path = place.file("film.mov", &noise(LENGTH));
    begin(&cloud, &path, options(&place), "put", 1);
    let mode = |path: &str| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&place.journals()), 0o700);
    assert_eq!(mode(place.journal().to_str().expect("UTF-8")), 0o600);
}

#[cfg(target_os = "linux")]
#[test]
fn a_journal_whose_end_was_cut_gets_its_space_back() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let path = place.file("film.mov", &noise(LENGTH));
    begin(&cloud, &path, options(&place), "put", 1);
    let space = || fs::metadata(place.journal()).expect("a journal").blocks();
    let before = space();
    let journal = fs::File::options().write(true).open(place.journal()).expect("a journal");
    let length = journal.metadata().expect("its length").len();
    journal.set_len(length - 1).expect("cut");
    assert!(space() < before);
    begin(&cloud, &path, options(&place), "put", 0);
    assert_eq!(space(), before);
}

#[cfg(unix)] // elsewhere not everybody may make a link
#[test]
fn a_symbolic_link_in_the_place_of_a_journal_is_not_followed() {
    let (cloud, place, bytes) = (TestCloud::start(), Place::new(), noise(LENGTH));
    let path = place.file("film.mov", &bytes);
    begin(&cloud, &path, options(&place), "put", 1);
    let victim = place.file("victim", b"precious");
    let journal = place.journal();
    fs::remove_file(&journal).expect("removed");
    symlink(&victim, &journal).expect("a link");
    let error = upload(&cloud.client(of_few_tries()), &path, options(&place)).run(None).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert_eq!(fs::read(&victim).ok(), Some(b"precious".to_vec()));
    fs::remove_file(&journal).expect("removed");
    end(&cloud, &path, options(&place), &bytes);
}

#[test]
fn a_folder_that_is_not_there_has_no_uploads() {
    let place = Place::new();
    assert_eq!(list(&place.journals()).expect("a list"), serde_json::json!([]));
    assert_eq!(prune(&place.journals(), Duration::ZERO).ok(), Some(0));
}

#[test]
fn only_what_is_old_and_in_nobodys_hands_is_removed() {
    let (cloud, place) = (TestCloud::start(), Place::new());
    let (held, old, young) = (
        place.file("held", &noise(LENGTH)),
        place.file("old", &noise(LENGTH)),
        place.file("young", &noise(LENGTH)),
    );
    begin(&cloud, &old, options(&place), "put", 1);
    let journal = place.journal();
    let hour = Duration::from_secs(3600);
    let file = fs::File::options().write(true).open(&journal).expect("the journal");
    file.set_modified(SystemTime::now() - hour).expect("older");
    drop(file);
    begin(&cloud, &young, options(&place), "put", 1);
    cloud.faults(serde_json::json!([{"class": "put", "times": 9, "action": {"status": 403}}]));
    let upload = upload(&cloud.client(of_few_tries()), &held, options(&place));
    upload.run(None).expect_err("it fails");
    place.file("journals/other.txt", b"not ours");
    assert_eq!(prune(&place.journals(), hour).ok(), Some(1));
    assert!(!journal.exists());
    assert_eq!(place.list().len(), 2);
    assert_eq!(prune(&place.journals(), Duration::ZERO).ok(), Some(1));
    assert_eq!(place.list()[0]["path"], held);
    assert_eq!(place.journal_files().len(), 2, "other files stay");
}
