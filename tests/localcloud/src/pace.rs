//! How work that takes time comes to its end: conversions, workflows and encodings.

use std::time::Duration;

use crate::identifier;

/// How long work takes that nobody looks at, where somebody waits for its event.
pub(crate) const UNWATCHED: Duration = Duration::from_millis(500);

#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// Each look brings it nearer: after so many it is done.
    Looks(u32),
    /// It takes so long, whether somebody looks or not.
    Clock(Duration),
}

impl Pace {
    /// How far work is that was looked at so often, or began at this moment: 100 is done.
    pub(crate) fn percent(self, looks: u32, started_ms: u64) -> u32 {
        let (done, whole) = match self {
            Pace::Looks(all) => (u128::from(looks), u128::from(all)),
            Pace::Clock(all) => (identifier::since(started_ms).as_millis(), all.as_millis()),
        };
        let percent = done.saturating_mul(100).checked_div(whole).unwrap_or(100);
        u32::try_from(percent.min(100)).unwrap_or(100)
    }

    /// How long work that nobody looks at takes from now on.
    pub(crate) fn rest(self, started_ms: u64) -> Duration {
        match self {
            Pace::Looks(_) => UNWATCHED,
            Pace::Clock(all) => all.saturating_sub(identifier::since(started_ms)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_and_seconds_add_up() {
        assert_eq!([0, 1, 2, 9].map(|looks| Pace::Looks(2).percent(looks, 0)), [0, 50, 100, 100]);
        let hour = Pace::Clock(Duration::from_secs(3600));
        let ago = |seconds: u64| identifier::now_ms() - seconds * 1000;
        assert_eq!([0, 1800, 3600, 9000].map(|seconds| hour.percent(9, ago(seconds))), [0, 50, 100, 100]);
        assert_eq!(Pace::Clock(Duration::ZERO).percent(0, ago(0)), 100);
        assert_eq!(hour.rest(ago(9000)), Duration::ZERO);
    }
}
