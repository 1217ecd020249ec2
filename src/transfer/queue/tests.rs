use std::time::Duration;
use std::vec;

use super::*;
use crate::error::ErrorKind;
use crate::transfer::control::Control;
use crate::transfer::plan::Plan;
use crate::transfer::progress::Progress;
use crate::transfer::slots::Slots;

/// A source whose parts are all here.
const HERE: Source<'static> = Source::Bytes(&[]);

fn state(parts: u64, part_size: u64) -> State<vec::IntoIter<Part>, Md5> {
    let parts: Vec<Part> = Plan::new(parts * part_size, part_size).parts().collect();
    State {
        waiting: parts.into_iter().peekable(),
        ready: VecDeque::new(),
        digesting: 0,
        digesters: 0,
        most_digesters: 3,
        sending: 0,
        most: 2,
        error: None,
    }
}

impl<I: Iterator<Item = Part>> State<I, Md5> {
    /// The numbers of the parts to digest, or of the one to send.
    fn numbers(&mut self, workers: usize, has_digested: bool) -> Option<(&'static str, Vec<u32>)> {
        self.step(&HERE, true, workers, has_digested).map(|step| match step {
            Step::Digest(group) => ("digest", group.iter().map(|part| part.number).collect()),
            Step::Send(part, _) => ("send", vec![part.number]),
        })
    }

    fn digested(&mut self, parts: impl IntoIterator<Item = u32>) {
        for number in parts {
            self.digesting -= 1;
            self.digesters = self.digesters.saturating_sub(1);
            self.ready.push_back((Part { number, offset: 0, length: 0 }, Some([0; 16])));
        }
    }
}

#[test]
fn a_group_has_about_64_mib_or_one_part() {
    for (part_size, most) in [(5 * MIB, 12), (16 * MIB, 4), (64 * MIB, 1), (1 << 30, 1), (5 << 30, 1)] {
        assert_eq!(state(100, part_size).group(&HERE).len(), digest::lanes().min(most), "{part_size}");
    }
    assert_eq!(state(1000, 1).group(&HERE).len(), digest::lanes());
    assert_eq!(state(2, 5 * MIB).group(&HERE).len(), digest::lanes().min(2));
}

#[test]
fn a_huge_part_is_sent_before_the_next_one_is_digested() {
    let mut state = state(9, 1 << 30);
    assert_eq!(state.numbers(1, false), Some(("digest", vec![1])));
    state.digested([1]);
    assert_eq!(state.numbers(1, true), Some(("send", vec![1])));
    assert_eq!(state.numbers(1, false), Some(("digest", vec![2])));
}

#[test]
fn several_workers_digest_a_huge_part_each_and_send_it() {
    let mut state = state(9, 1 << 30);
    assert_eq!(state.numbers(2, false), Some(("digest", vec![1])));
    assert_eq!(state.numbers(2, false), Some(("digest", vec![2])));
    state.digested([1]);
    assert_eq!(state.numbers(2, true), Some(("send", vec![1])));
    state.digested([2]);
    assert_eq!(state.numbers(2, true), Some(("send", vec![2])));
}

#[test]
fn one_worker_digests_ahead_while_the_others_send() {
    let mut state = state(100, 64 * MIB);
    state.digesting = 3;
    state.digested([101, 102, 103]);
    assert_eq!(state.numbers(4, false), Some(("digest", vec![1])), "3 parts for 4 workers");
    assert_eq!(state.numbers(4, false), Some(("send", vec![101])), "one digests already");
    assert_eq!(state.numbers(4, false), Some(("send", vec![102])));
    state.digested([1]);
    assert_eq!(state.numbers(4, true), Some(("send", vec![103])), "who has digested sends");
    assert_eq!(state.numbers(4, false), Some(("digest", vec![2])));
}

#[test]
fn no_worker_digests_while_there_are_parts_for_all() {
    let mut state = state(100, 64 * MIB);
    state.digesting = 4;
    state.digested([101, 102, 103, 104]);
    assert_eq!(state.numbers(4, false), Some(("send", vec![101])));
}

#[test]
fn a_worker_waits_while_enough_is_being_digested() {
    let mut state = state(100, MIB);
    state.digesting = 2;
    assert_eq!(state.numbers(2, false), None);
    assert!(matches!(state.numbers(3, false), Some(("digest", _))));
}

/// Gives `body` a queue of two parts.
fn with_queue<F: Fn(Part, Option<Md5>, Wait<'_>) -> Result<()> + Sync>(
    digest: Option<Digest<Md5>>,
    send: F,
    body: impl FnOnce(Queue<'_, vec::IntoIter<Part>, F, Md5>) -> Result<()>,
) -> Result<()> {
    let (control, progress) = (Control::default(), Progress::default());
    let second = Duration::from_secs(1);
    let bounds = Bounds::new(control.stop(), None, second, second);
    let context = TransferContext::new(&control, bounds, &progress);
    let state = Mutex::new(state(2, 1));
    let slots = Slots::fixed(2);
    let turns = Turns::new(&slots);
    body(Queue { context: &context, source: &Source::Bytes(b"ab"), turns, digest, send, state })
}

#[test]
fn a_panic_while_digesting_ends_the_upload() {
    let digest: Digest<Md5> = |_, _, _| panic!("no digest");
    let error = with_queue(Some(digest), |_, _, _| Ok(()), |queue| queue.run()).expect_err("a panic");
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(error.message().contains("no digest"), "{error}");
}

#[test]
fn a_consequence_hides_no_cause_whichever_comes_first() {
    let paused = || Error::new(ErrorKind::Paused, "paused");
    let cause = || Error::new(ErrorKind::FileChanged, "it has grown");
    let result = |errors: [Error; 2]| {
        with_queue(
            None,
            |_, _, _| Ok(()),
            |queue| {
                errors.into_iter().for_each(|error| queue.fail(error));
                queue.state.into_inner().expect("not poisoned").error.map_or(Ok(()), Err)
            },
        )
        .expect_err("failed")
    };
    for consequence in [paused, Error::interrupted, Error::cancelled] {
        assert_eq!(result([consequence(), cause()]).kind(), ErrorKind::FileChanged);
        assert_eq!(result([cause(), consequence()]).kind(), ErrorKind::FileChanged);
    }
    assert_eq!(result([paused(), Error::interrupted()]).kind(), ErrorKind::Cancelled);
    assert!(!result([Error::interrupted(), Error::cancelled()]).retryable());
    assert_eq!(result([cause(), Error::new(ErrorKind::Network, "cut")]).kind(), ErrorKind::FileChanged);
}

#[test]
fn few_workers_digest_at_the_same_time() {
    let mut state = state(100, 64 * MIB);
    let groups = [(); 4].map(|()| state.numbers(64, false));
    assert!(groups[..3].iter().all(Option::is_some) && groups[3].is_none(), "{groups:?}");
    state.digested([1]);
    assert_eq!(state.numbers(64, false), Some(("send", vec![1])));
    assert_eq!(state.numbers(64, false), Some(("digest", vec![4])));
}

#[test]
fn without_digests_parts_are_sent_as_they_come() {
    let mut state = state(2, MIB);
    let mut sent = || match state.step(&HERE, false, 1, false)? {
        Step::Send(part, None) => Some(part.number),
        other => panic!("{other:?}"),
    };
    assert_eq!([sent(), sent(), sent()], [Some(1), Some(2), None]);
}
