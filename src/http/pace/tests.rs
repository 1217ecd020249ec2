use super::*;

const MB: u64 = 1_000_000;

/// No headers: what passes is what counts.
const BARE: Packets = Packets { payload: 1460, header: 0 };

/// Connections that always have more to send, on a clock of its own.
struct Bench {
    paces: Paces,
    packets: Packets,
    now: Instant,
    turns: Vec<Option<Turn>>,
    /// What each has sent.
    sent: Vec<u64>,
    /// How late a connection may be when its turn has come.
    late: Duration,
    random: fastrand::Rng,
}

impl Bench {
    fn new(rates: &[u64], connections: usize) -> Bench {
        Bench {
            paces: rates.iter().map(|rate| Arc::new(Pace::new(*rate))).collect(),
            packets: BARE,
            now: Instant::now(),
            turns: (0..connections).map(|_| None).collect(),
            sent: vec![0; connections],
            late: Duration::ZERO,
            random: fastrand::Rng::with_seed(1),
        }
    }

    /// Sends for so long; the bytes on the line.
    fn run(&mut self, time: Duration) -> u64 {
        let end = self.now + time;
        let mut passed = 0;
        loop {
            let mut next = end;
            for (turn, sent) in self.turns.iter_mut().zip(&mut self.sent) {
                let own = turn
                    .take()
                    .or_else(|| Turn::take_at(self.now, &self.paces, Flow::Out, 128 << 10, self.packets));
                let own = own.expect("a limit");
                let wait = own.wait(self.now);
                if wait.is_zero() {
                    let bytes = own.bytes();
                    own.passed(bytes);
                    *sent += bytes as u64;
                    passed += self.packets.on_line(bytes as u64);
                    next = self.now;
                } else {
                    *turn = Some(own);
                    next = next.min(self.now + wait);
                }
            }
            if next >= end {
                self.now = end;
                return passed;
            }
            let most = self.late.as_micros() as u64;
            let late = if next > self.now && most > 0 { self.random.u64(0..most) } else { 0 };
            self.now = next + Duration::from_micros(late);
        }
    }

    fn second(&mut self) -> u64 {
        self.run(Duration::from_secs(1))
    }
}

/// Within 2 %.
fn assert_near(passed: u64, rate: u64, what: &str) {
    assert!(passed.abs_diff(rate) * 50 <= rate, "{what}: {passed} of {rate}");
}

#[test]
fn every_second_has_what_the_limit_allows() {
    for rate in [MB, 10 * MB, 50 * MB] {
        for connections in [1, 4, 64] {
            let mut bench = Bench::new(&[rate], connections);
            let mut all = 0;
            for second in 1..=10 {
                let passed = bench.second();
                all += passed;
                assert!(all <= rate * second, "more than the limit by second {second}: {all}");
                assert_near(passed, rate, &format!("{connections} connections, second {second}"));
            }
        }
    }
}

#[test]
fn a_tenth_of_a_second_has_a_tenth_of_it_but_for_one_place() {
    let mut bench = Bench::new(&[MB], 16);
    for _ in 0..50 {
        let passed = bench.run(Duration::from_millis(100));
        assert!(passed.abs_diff(MB / 10) <= MB / 400, "{passed} bytes in 100 ms");
    }
}

#[test]
fn connections_that_come_late_lose_nothing() {
    let mut bench = Bench::new(&[10 * MB], 8);
    bench.late = Duration::from_millis(15);
    for second in 0..20 {
        assert_near(bench.second(), 10 * MB, &format!("second {second}"));
    }
}

#[test]
fn a_change_is_taken_in_the_middle_of_a_second() {
    for (before, after) in [(10 * MB, MB), (MB, 10 * MB), (50 * MB, 10 * MB), (MB, 50 * MB)] {
        let mut bench = Bench::new(&[before], 16);
        bench.second();
        assert_near(bench.run(Duration::from_millis(1500)), before + before / 2, "before");
        bench.paces[0].set_at(bench.now, after);
        for second in 0..5 {
            assert_near(bench.second(), after, &format!("{before} to {after}, second {second}"));
        }
    }
}

#[test]
fn a_limit_that_is_lowered_far_does_not_owe_and_one_that_is_raised_does_not_wait() {
    let mut bench = Bench::new(&[1000], 64);
    bench.second();
    bench.paces[0].set_at(bench.now, 10 * MB);
    bench.run(Duration::from_millis(10));
    assert_near(bench.second(), 10 * MB, "raised ten thousand times");
    bench.paces[0].set_at(bench.now, 10_000);
    let passed = bench.run(Duration::from_secs(100));
    assert_near(passed, 1_000_000, "lowered a thousand times");
}

#[test]
fn the_lower_of_two_limits_wins() {
    for rates in [[MB, 10 * MB], [10 * MB, MB], [MB, MB], [0, MB]] {
        let mut bench = Bench::new(&rates, 8);
        bench.second();
        assert_near(bench.second(), MB, &format!("{rates:?}"));
    }
}

#[test]
fn nobody_starves() {
    let mut bench = Bench::new(&[MB], 64);
    bench.run(Duration::from_secs(10));
    let (least, most) = (bench.sent.iter().min(), bench.sent.iter().max());
    let (least, most) = (*least.expect("some"), *most.expect("some"));
    assert!(most - least <= MB / PIECES, "from {least} to {most}");
}

#[test]
fn the_headers_of_packets_count() {
    let mut bench = Bench::new(&[MB], 4);
    bench.packets = Packets { payload: 1448, header: 52 };
    bench.second();
    let before: u64 = bench.sent.iter().sum();
    assert_near(bench.second(), MB, "packets");
    let sent = bench.sent.iter().sum::<u64>() - before;
    assert!((930_000..970_000).contains(&sent), "{sent}");
    for (rate, bytes) in [(100_000, 256), (MB, 2500), (10 * MB, 16 * 1448), (50 * MB, 22 * 1448)] {
        let paces: Paces = [Arc::new(Pace::new(rate))].into_iter().collect();
        let turn = Turn::take_at(bench.now, &paces, Flow::Out, 1 << 20, bench.packets).expect("a limit");
        assert_eq!(turn.bytes(), bytes, "at {rate}");
    }
}

#[test]
fn a_rest_leaves_nothing_over() {
    let mut bench = Bench::new(&[MB], 1);
    bench.second();
    bench.turns.clear();
    bench.turns.push(None);
    bench.now += Duration::from_secs(60);
    assert!(bench.second() <= MB);
}

#[test]
fn what_does_not_pass_is_given_back() {
    let mut bench = Bench::new(&[MB], 1);
    for _ in 0..1000 {
        drop(Turn::take_at(bench.now, &bench.paces, Flow::Out, 1 << 20, BARE));
    }
    assert_near(bench.second(), MB, "after turns that were not used");
}

#[test]
fn bytes_that_could_not_wait_are_paid_for_later() {
    let mut bench = Bench::new(&[MB], 1);
    Turn::take_at(bench.now, &bench.paces, Flow::Out, 1, BARE).expect("a limit").passed(500_000);
    assert_near(bench.second(), MB / 2, "half of it had passed");
}

#[test]
fn any_limit_works() {
    let mut bench = Bench::new(&[1], 1);
    assert_eq!(bench.run(Duration::from_secs(2 * SMALLEST - 1)), SMALLEST);
    let pace = Arc::new(Pace::new(u64::MAX));
    let paces: Paces = [Arc::clone(&pace)].into_iter().collect();
    let mut now = Instant::now();
    for _ in 0..1000 {
        let turn = Turn::take_at(now, &paces, Flow::Out, usize::MAX, BARE).expect("a limit");
        now += Duration::from_nanos(1);
        assert!(turn.wait(now).is_zero());
        let bytes = turn.bytes();
        turn.passed(bytes);
    }
    now += Duration::from_secs(3_000_000_000);
    assert!(
        Turn::take_at(now, &paces, Flow::Out, 1, BARE).expect("a limit").wait(now) <= Duration::from_nanos(1)
    );
    assert!(!pace.holds_back_at(now + HELD));
}

#[test]
fn without_a_limit_there_is_no_turn() {
    let pace = Arc::new(Pace::new(MB));
    let paces: Paces = [Arc::clone(&pace), Arc::default()].into_iter().collect();
    let now = Instant::now();
    let turn = Turn::take_at(now, &paces, Flow::Out, 1 << 20, BARE).expect("a limit");
    assert!(!turn.wait(now).is_zero() && pace.holds_back_at(now));
    pace.set_at(now, 0);
    assert!(turn.wait(now).is_zero() && !pace.holds_back_at(now));
    assert!(Turn::take_at(now, &paces, Flow::Out, 1 << 20, BARE).is_none());
}

#[test]
fn a_limit_of_what_is_sent_holds_nothing_else_and_lets_pass_what_is_acknowledged_at_once() {
    let now = Instant::now();
    let paces: Paces = [Arc::new(Pace::for_sending(1000))].into_iter().collect();
    assert!(Turn::take_at(now, &paces, Flow::In, 1 << 20, BARE).is_none());
    let turn = Turn::take_at(now, &paces, Flow::Out, 1 << 20, BARE).expect("a limit");
    assert_eq!(turn.bytes(), 2920);
    drop(turn);
    // A lower limit of the caller's is kept evenly.
    let paces: Paces = [Pace::for_sending(1000), Pace::new(900)].into_iter().map(Arc::new).collect();
    let turn = Turn::take_at(now, &paces, Flow::Out, 1 << 20, BARE).expect("a limit");
    assert_eq!(turn.bytes(), 256);
    // Packets may be larger than any piece.
    let huge = Packets { payload: 65_483, header: 52 };
    assert!(Turn::take_at(now, &paces, Flow::Out, 1 << 20, huge).is_some());
}

/// Turns that are given back take what was behind them with them: a place is reached all the same.
#[test]
fn a_place_is_reached_though_those_beside_it_were_given_back() {
    let pace = Pace::new(1000);
    let now = Instant::now();
    let ends = [pace.take(now, 500), pace.take(now, 500), pace.take(now, 500)];
    pace.correct(500, 0);
    pace.correct(500, 0);
    assert_eq!(ends.map(|end| pace.wait(now, end)), [Duration::from_millis(500); 3]);
    assert_eq!(ends.map(|end| pace.wait(now + Duration::from_secs(10), end)), [Duration::ZERO; 3]);
}
