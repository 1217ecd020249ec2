use super::*;

const PART: u64 = 5 << 30;

/// Bytes are given in these.
const UNIT: u64 = 4096;

/// Some parts under way, and a clock.
struct Run<'a> {
    stragglers: &'a Stragglers,
    begin: Instant,
    looks: u32,
    parts: Vec<Watched<'a>>,
}

impl<'a> Run<'a> {
    fn new(stragglers: &'a Stragglers, count: u32) -> Self {
        let bounds = Bounds::new(Arc::default(), None, Duration::MAX, Duration::MAX);
        let begin = Instant::now();
        let part = |number| Part { number, offset: u64::from(number) * PART, length: PART };
        let parts =
            (1..=count).map(|number| stragglers.watch_from(part(number), &bounds, true, begin)).collect();
        Run { stragglers, begin, looks: 0, parts }
    }

    fn now(&self) -> Instant {
        self.begin + PAUSE * self.looks
    }

    /// Moves so many units of each part, then looks; the numbers of the parts that are ended by then.
    fn moves(&mut self, units: &[u64]) -> Vec<u32> {
        for (part, units) in self.parts.iter().zip(units) {
            part.moved.fetch_add(*units * UNIT, Ordering::Relaxed);
        }
        self.stragglers.look(self.now(), 1000 * PART, 0, false);
        self.looks += 1;
        let is_ended = |part: &&Watched<'_>| part.bounds.check().is_err();
        self.parts.iter().filter(is_ended).map(|part| part.part.number).collect()
    }
}

#[test]
fn a_part_that_is_slower_than_the_others_is_ended() {
    let stragglers = Stragglers::default();
    let mut run = Run::new(&stragglers, 5);
    let bytes = [100, 100, 24, 100, 100];
    assert!((0..5).all(|_| run.moves(&bytes).is_empty()));
    assert_eq!(run.moves(&bytes), [3]);
    let error = run.parts[2].bounds.check().expect_err("ended");
    assert!(error.retryable() && error.retry_after() == Some(Duration::ZERO), "{error}");
}

#[test]
fn the_usual_rate_is_that_of_what_was_sent() {
    let part = Part { number: 1, offset: 0, length: 10_000_000 };
    let bounds = Bounds::new(Arc::default(), None, Duration::MAX, Duration::MAX);
    let (stragglers, begin) = (Stragglers::default(), Instant::now());
    for _ in 0..4 {
        stragglers.watch_from(part, &bounds, true, begin).stored_at(begin + Duration::from_millis(500));
    }
    assert_eq!(stragglers.lock().usual(), Some(20_000_000.0));
}

#[test]
fn at_the_end_a_part_is_sent_again_if_that_takes_half_the_time() {
    let part = |number: u32| Part { number, offset: u64::from(number) * 10_000_000, length: 10_000_000 };
    let bounds = Bounds::new(Arc::default(), None, Duration::MAX, Duration::MAX);
    // 10 MB a second were usual; parts 7 and 8 have a half and a tenth of that.
    let ended = |stored, free| {
        let stragglers = Stragglers::default();
        let begin = Instant::now();
        let watch = |number| stragglers.watch_from(part(number), &bounds, true, begin);
        (1..=stored).for_each(|number| watch(number).stored_at(begin + Duration::from_secs(1)));
        let slow = [watch(7), watch(8)];
        for look in 0..3 {
            stragglers.look(begin + PAUSE * look, 80_000_000, free, false);
            slow[0].moved(2_500_000);
            slow[1].moved(500_000);
        }
        slow.map(|part| part.bounds.check().is_err())
    };
    assert_eq!(ended(4, 0), [false, false], "nobody would send it");
    assert_eq!(ended(4, 1), [false, true]);
    assert_eq!(ended(4, 2), [false, true], "a half has moved: 1 s is left, as long as another would take");
    assert_eq!(ended(3, 2), [false, false], "of three nobody can say what is usual");
}

#[test]
fn a_part_that_is_slow_now_and_then_stays() {
    let stragglers = Stragglers::default();
    let mut run = Run::new(&stragglers, 5);
    for _ in 0..5 {
        assert!((0..3).all(|_| run.moves(&[100, 100, 0, 100, 100]).is_empty()));
        assert!(run.moves(&[100, 100, 200, 100, 100]).is_empty());
    }
    assert!((0..9).all(|_| run.moves(&[100, 100, 30, 100, 100]).is_empty()), "not four times slower");
}

#[test]
fn a_part_is_sent_again_once() {
    let stragglers = Stragglers::default();
    let mut run = Run::new(&stragglers, 5);
    while run.moves(&[100, 100, 1, 100, 100]).is_empty() {}
    let part = run.parts[2].part;
    let bounds = Bounds::new(Arc::default(), None, Duration::MAX, Duration::MAX);
    run.parts[2] = stragglers.watch(part, &bounds, true);
    assert!((0..20).all(|_| run.moves(&[100, 100, 1, 100, 100]).is_empty()));
}

#[test]
fn what_is_not_looked_at_for_long_tells_nothing() {
    let stragglers = Stragglers::default();
    let mut run = Run::new(&stragglers, 5);
    let bytes = [100, 100, 1, 100, 100];
    for _ in 0..9 {
        assert!((0..5).all(|_| run.moves(&bytes).is_empty()));
        run.looks += 4;
    }
}

#[test]
fn no_more_than_a_hundredth_is_sent_twice_for_being_slow() {
    let stragglers = Stragglers::default();
    let mut run = Run::new(&stragglers, 30);
    run.stragglers.look(run.begin, 1000 * PART, 0, false);
    for part in &run.parts {
        part.moved.store(PART - 100_000_000, Ordering::Relaxed);
    }
    let bytes: Vec<u64> = (0..30).map(|index| if index % 2 == 0 { 1000 } else { 10 }).collect();
    let ended = (0..20).map(|_| run.moves(&bytes).len()).max();
    assert_eq!(ended, Some(10), "10 of 1,000 parts");
}

#[test]
fn parts_that_stand_still_are_ended_as_soon_as_another_moves() {
    let stragglers = Stragglers::default();
    let mut run = Run::new(&stragglers, 3);
    assert!((0..20).all(|_| run.moves(&[0, 0, 0]).is_empty()), "the line is dead");
    assert!((0..7).all(|_| run.moves(&[0, 32, 0]).is_empty()));
    assert_eq!(run.moves(&[0, 32, 0]), [1, 3]);
}

#[test]
fn the_last_part_is_held_against_those_that_were_sent() {
    let stragglers = Stragglers::default();
    let mut run = Run::new(&stragglers, 5);
    assert!(run.moves(&[256; 5]).is_empty());
    let now = run.now();
    run.parts.drain(..4).for_each(|part| part.stored_at(now));
    assert!((0..4).all(|_| run.moves(&[32]).is_empty()));
    assert_eq!(run.moves(&[32]), [5]);
}

#[test]
fn an_answer_that_takes_far_longer_than_the_others_ends_the_attempt() {
    for may_be_late in [false, true] {
        let stragglers = Stragglers::default();
        let mut run = Run::new(&stragglers, 5);
        assert!(run.moves(&[PART / UNIT; 5]).is_empty());
        let now = run.now();
        run.parts.drain(..4).for_each(|part| part.stored_at(now));
        let flag = Arc::new(AtomicBool::new(may_be_late));
        run.parts = run.parts.into_iter().map(|part| part.may_be_late(&flag)).collect();
        let looks = (0..40).take_while(|_| run.moves(&[0]).is_empty()).count();
        let expected = if may_be_late { 28..34 } else { 4..12 };
        assert!(expected.contains(&looks), "{looks}");
    }
}

#[test]
fn slow_lines_and_limits_make_no_stragglers() {
    let stragglers = Stragglers::default();
    let mut run = Run::new(&stragglers, 5);
    assert!((0..20).all(|_| run.moves(&[20, 20, 0, 20, 20]).is_empty()), "too slow to tell");
    run.stragglers.look(run.now(), 1000 * PART, 0, true);
    for _ in 0..20 {
        assert!(run.moves(&[100, 100, 0, 100, 100]).is_empty(), "it is forgotten before it is judged");
        run.moves(&[100, 100, 0, 100, 100]);
        run.stragglers.look(run.now(), 1000 * PART, 0, true);
    }
}

#[test]
fn a_range_that_cannot_be_asked_for_again_is_left_alone() {
    let bounds = Bounds::new(Arc::default(), None, Duration::MAX, Duration::MAX);
    for can_be_repeated in [true, false] {
        let stragglers = Stragglers::default();
        let range = Part { number: 1, offset: 0, length: PART };
        let watched = stragglers.watch_received(range, &bounds, can_be_repeated);
        let begin = Instant::now();
        (0..=STILL_LOOKS).for_each(|look| _ = stragglers.look_at_the_last(begin + PAUSE * look, false));
        assert_eq!(watched.bounds.check().is_err(), can_be_repeated);
    }
}

#[test]
fn small_parts_are_left_alone() {
    let stragglers = Stragglers::default();
    let bounds = Bounds::new(Arc::default(), None, Duration::MAX, Duration::MAX);
    let _part = stragglers.watch(Part { number: 1, offset: 0, length: SMALLEST - 1 }, &bounds, true);
    assert!(stragglers.lock().under_way.is_empty());
}
