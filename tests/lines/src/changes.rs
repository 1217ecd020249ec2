//! What happens to a line while it is used.

use std::time::Duration;

use crate::line::Settings;

/// A change of the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// From now on both directions are like this, there and back.
    Set([Settings; 2]),
    /// The connection that has sent the most over the last second gets this share of that rate.
    Cut(f64),
}

/// Changes, each with its time, the earliest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes(Vec<(Duration, Change)>);

impl Changes {
    pub fn at(mut self, time: Duration, change: Change) -> Changes {
        let place = self.0.partition_point(|(other, _)| *other <= time);
        self.0.insert(place, (time, change));
        self
    }

    /// The line loses everything from `begin` on, for `length`.
    pub fn outage(self, begin: Duration, length: Duration, usual: [Settings; 2]) -> Changes {
        let dead = usual.map(|settings| Settings { loss: 1.0, ..settings });
        self.at(begin, Change::Set(dead)).at(begin + length, Change::Set(usual))
    }

    /// The next change that is due by `now`.
    pub fn take(&mut self, now: Duration) -> Option<Change> {
        (self.0.first()?.0 <= now).then(|| self.0.remove(0).1)
    }

    /// The same, counted from `start`.
    pub fn from(self, start: Duration) -> Changes {
        Changes(self.0.into_iter().map(|(time, change)| (start + time, change)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn changes_come_in_the_order_of_their_times() {
        let mut changes = Changes::default().at(3 * S, Change::Cut(0.3)).at(S, Change::Cut(0.1)).from(10 * S);
        assert_eq!(changes.take(10 * S), None);
        assert_eq!(changes.take(20 * S), Some(Change::Cut(0.1)));
        assert_eq!(changes.take(12 * S), None);
        assert_eq!(changes.take(13 * S), Some(Change::Cut(0.3)));
        assert_eq!(changes.take(99 * S), None);
    }

    #[test]
    fn an_outage_ends() {
        let usual = [Settings::new(1_000_000, S / 10, 0.001), Settings::new(1_000_000, S / 10, 0.0)];
        let mut changes = Changes::default().outage(S, 30 * S, usual);
        let Some(Change::Set(dead)) = changes.take(S) else { panic!("no outage") };
        assert!(dead.iter().all(|settings| settings.loss == 1.0));
        assert_eq!(changes.take(30 * S), None);
        assert_eq!(changes.take(31 * S), Some(Change::Set(usual)));
    }
}
