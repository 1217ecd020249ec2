//! What the client says that it has stored, beside what the clouds have.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::cloud::Cloud;
use super::faults::Kind;

#[derive(Default)]
pub struct Ledger {
    /// Since the last look: cloud, handle, size and name of what was stored.
    stored: Vec<(usize, String, u64, String)>,
    deleted: HashSet<String>,
    /// Of the whole run: files whose call has failed. One may be stored all the same, also later, since its
    /// request may be under way.
    failed: HashSet<String>,
    /// Videos whose upload was cancelled.
    cancelled: HashSet<String>,
    /// Since the last look: name and size of videos that are stored and have no name for the client.
    unnamed: Vec<(String, u64)>,
    /// How many there were of these.
    pub all_unnamed: u64,
    /// Errors by their reason and call.
    pub errors: BTreeMap<(String, String), u64>,
    pub checked: u64,
    /// What is wrong.
    pub wrong: Vec<String>,
}

impl Ledger {
    /// Takes a line that is about a file or an error; whether it is one.
    pub fn read(&mut self, line: &str) -> bool {
        let mut words = line.splitn(5, ' ');
        let mut next = || words.next().unwrap_or_default().to_owned();
        match next().as_str() {
            "stored" => {
                let (cloud, handle, size, name) = (next(), next(), next(), next());
                let number = |text: String| text.parse().expect("a number");
                self.stored.push((number(cloud) as usize, handle, number(size), name));
            }
            "unnamed" => {
                let (name, size) = (next(), next());
                self.unnamed.push((name, size.parse().expect("a number")));
                self.all_unnamed += 1;
            }
            "deleted" => drop(self.deleted.insert(next())),
            "failed" => {
                let (reason, call, name) = (next(), next(), next());
                if reason == "expected" && call == "cancelled_video" {
                    self.cancelled.insert(name.clone());
                }
                *self.errors.entry((reason, call)).or_default() += 1;
                if name != "-" {
                    self.failed.insert(name);
                }
            }
            "wrong" => self.wrong.push(line.to_owned()),
            _ => return false,
        }
        true
    }

    fn errors_of(&self, wanted: &str) -> u64 {
        self.errors.iter().filter(|((reason, _), _)| reason == wanted).map(|(_, count)| count).sum()
    }

    /// While nothing is under way: each file that was stored is there, once, with its name and size; nothing
    /// else is there but what a failed call has left.
    pub fn check_files(&mut self, clouds: &[Cloud]) {
        for (number, cloud) in clouds.iter().enumerate() {
            let mut files = cloud.files();
            let mut names: HashMap<&str, u32> = HashMap::new();
            for (_, handle, size, name) in self.stored.iter().filter(|stored| stored.0 == number) {
                *names.entry(name).or_default() += 1;
                match (files.remove(handle), self.deleted.contains(handle)) {
                    (Some(file), false) if file.size == *size && file.name == *name => self.checked += 1,
                    (None, true) => self.checked += 1,
                    (None, false) => self.wrong.push(format!("{name}, {handle}, is not stored")),
                    (Some(file), deleted) => self.wrong.push(format!(
                        "{name}, {handle}, of {size} bytes is {} of {} bytes, deleted: {deleted}",
                        file.name, file.size
                    )),
                }
            }
            self.wrong.extend(
                names
                    .iter()
                    .filter(|(_, count)| **count > 1)
                    .map(|(name, count)| format!("{name} is stored {count} times")),
            );
            for (handle, file) in files.iter().filter(|(_, file)| !self.failed.contains(&file.name)) {
                self.wrong.push(format!("{}, {handle}, is stored, and nobody was told", file.name));
            }
            let videos = cloud.videos();
            if number == 0 {
                for video in self.unnamed.drain(..) {
                    match videos.contains(&video) {
                        true => drop(self.failed.insert(video.0)),
                        false => self.wrong.push(format!("a video of {} is not stored: {videos:?}", video.0)),
                    }
                }
            }
            let left = videos.into_iter().filter(|(name, _)| !self.failed.contains(name));
            self.wrong.extend(left.map(|(name, _)| format!("a video of {name} is left")));
            let begun = cloud.begun().into_iter().filter(|name| self.cancelled.contains(name));
            self.wrong.extend(begun.map(|name| format!("{name} was cancelled, and its upload is left")));
        }
        self.stored.clear();
        self.deleted.clear();
    }

    /// Which calls have never ended as they are to end now and then, of a run that is long enough for that.
    pub fn idle(&self) -> Vec<&'static str> {
        const STOPPED: [&str; 6] =
            ["journaled", "token", "paused", "cancelled", "too_late", "cancelled_video"];
        let is_known = |call: &&str| self.errors.contains_key(&("expected".to_owned(), (*call).to_owned()));
        STOPPED.into_iter().filter(|call| !is_known(call)).collect()
    }

    /// Each error of a kind needs a fault of that kind. `stops` calls were ended by the client, and may have
    /// met a fault that they do not tell of.
    pub fn check_errors(&mut self, clouds: &[Cloud], stops: u64) {
        let fired: Vec<Vec<u64>> = clouds.iter().map(Cloud::fired).collect();
        let of_kind = |kind| {
            let counts = clouds.iter().zip(&fired).map(|(cloud, fired)| cloud.rules.of_kind(kind, fired));
            counts.sum::<u64>()
        };
        for (reason, kind) in [("planned", Kind::Planned), ("once", Kind::Once), ("gone", Kind::Deletion)] {
            let (errors, faults) = (self.errors_of(reason), of_kind(kind));
            if errors > faults || (kind == Kind::Planned && errors + stops < faults) {
                let text =
                    format!("{errors} errors \"{reason}\", {faults} faults, {stops} calls were stopped");
                self.wrong.push(text);
            }
        }
        // The answer to the last part or range was lost, and the question what is missing finds all there.
        let lost: u64 = clouds.iter().zip(&fired).map(|(cloud, fired)| cloud.rules.of_parts(fired)).sum();
        if self.all_unnamed > lost {
            self.wrong.push(format!("{} videos without a name, {lost} faults", self.all_unnamed));
        }
    }
}
