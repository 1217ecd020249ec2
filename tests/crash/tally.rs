//! What has happened, in figures: a line of the table that the tests print.

use std::fmt;

#[derive(Default)]
pub struct Tally {
    pub uploads: u64,
    pub runs: u64,
    pub kills: u64,
    pub service_kills: u64,
    /// Files at the service that are not the file.
    pub wrong: u64,
    /// Files more than one an upload.
    pub twice: u64,
    /// Runs that have said that the file is stored where it was not, and uploads that have ended without one.
    pub missing: u64,
    /// Parts that were sent although the service had them, and how many may have been.
    pub repeated: u64,
    pub allowed: u64,
    /// The same of uploads that had their journals.
    pub known_repeated: u64,
    pub known_allowed: u64,
    /// Uploads of which more was sent again than may have been.
    pub too_many: u64,
    pub bytes_again: u64,
    /// Files in the folder of the journals at the end.
    pub journals: u64,
    /// Runs that did not end well though nobody disturbed them.
    pub stuck: u64,
}

/// A line of the table.
pub struct Line<'a> {
    pub name: &'a str,
    pub tally: &'a Tally,
    pub seed: u64,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { uploads, runs, kills, service_kills, wrong, twice, missing, .. } = self.tally;
        let Tally { repeated, allowed, too_many, bytes_again, journals, stuck, .. } = self.tally;
        write!(
            f,
            "{:<24} seed {}: {uploads} uploads, {runs} runs, {kills} kills, {service_kills} of the service; \
             wrong {wrong}, twice {twice}, missing {missing}, sent again {repeated} of at most {allowed} parts \
             ({bytes_again} bytes), too many {too_many}, journals left {journals}, stuck {stuck}",
            self.name, self.seed
        )
    }
}

impl Tally {
    pub fn check(&self, line: &Line<'_>) {
        let faults = [self.wrong, self.twice, self.missing, self.too_many, self.journals, self.stuck];
        assert_eq!(faults, [0; 6], "{line}");
        // Each kill allows as many parts as go at once, which have seldom all been on their way: of few kills
        // that says nothing.
        let is_enough = self.known_allowed >= 1000;
        assert!(!is_enough || self.known_repeated * 2 <= self.known_allowed, "too much goes again: {line}");
    }
}
