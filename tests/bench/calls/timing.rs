//! Whether the time of a refusal tells where a wrong signature begins to differ from the right one: who can
//! measure that finds the right one digit by digit.

use std::ffi::CStr;
use std::hint::black_box;
use std::time::Instant;

use crate::interface::Webhook;
use crate::table;

/// Samples of each signature.
const SAMPLES: usize = 40_000;
/// Verifications in one sample: the clock is coarse.
const BATCH: usize = 4;
/// Above this, t is no chance.
const BOUND: f64 = 4.5;
/// The share of the samples, the fastest ones, that count: what is above was interrupted.
const KEPT: f64 = 0.9;

/// A signature with its NUL, at places in memory that are alike: where a text lies shows too.
#[derive(Clone, Copy)]
#[repr(align(128))]
struct Text([u8; 65]);

/// How often the samples are taken anew where other work on the machine hides what is looked for.
const TRIES: usize = 5;

/// What the samples say.
pub struct Verdict {
    pub kept: bool,
    pub text: String,
}

/// Prints the medians, and Welch's t of each place against the first one.
pub fn report(webhook: &Webhook) -> Verdict {
    // The first place twice: what this machine shows where there is nothing to see.
    let places = [0, 0, 1, 31, 32, 62, 63];
    let texts = places.map(|place| differing(&webhook.right, place));
    // Filled before, so that no page is touched for the first time between two samples.
    let mut samples: Vec<Vec<f64>> = vec![vec![0.0; 2 * SAMPLES]; places.len()];
    let (mut t, mut same, mut worst) = (Vec::new(), f64::INFINITY, f64::INFINITY);
    for _ in 0..TRIES {
        take(webhook, &texts, &mut samples);
        t = samples.iter().map(|here| welch(&samples[0], here)).collect::<Vec<f64>>();
        (same, worst) = (t[1].abs(), t[2..].iter().fold(0.0_f64, |worst, t| worst.max(t.abs())));
        // A place that shows is believed only where the same place, measured twice, does not.
        if worst < BOUND || same < BOUND {
            break;
        }
    }
    let rows: Vec<Vec<String>> = places
        .iter()
        .enumerate()
        .map(|(index, place)| {
            let again = if index == 1 { " once more" } else { "" };
            let shown = if index == 0 { "-".to_owned() } else { format!("{:+.2}", t[index]) };
            let median = samples[index][samples[index].len() / 2];
            vec![format!("digit {place}{again}"), format!("{median:.1}"), shown]
        })
        .collect();
    println!("Refusal of a signature that differs in one digit, {SAMPLES} samples of {BATCH} each, mixed\n");
    table::print(&["", "median ns", "Welch's t"], &rows);
    let what = "webhook: the time of a refusal does not tell the digit that differs";
    let text = if worst < BOUND {
        format!("{what}: |t| is at most {worst:.2}, chance stays below {BOUND}")
    } else if same >= BOUND {
        format!("{what}: cannot be measured, the machine is busy: |t| of the same digit is {same:.2}")
    } else {
        format!("{what}: |t| is {worst:.2}, chance stays below {BOUND}")
    };
    Verdict { kept: worst < BOUND, text }
}

/// Samples of every signature, mixed, each list sorted and without the slowest.
fn take(webhook: &Webhook, texts: &[Text], samples: &mut [Vec<f64>]) {
    samples.iter_mut().for_each(Vec::clear);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..SAMPLES * texts.len() {
        // In an order that nothing can follow.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let which = (state % texts.len() as u64) as usize;
        samples[which].push(sample(webhook, black_box(texts[which])));
    }
    for samples in samples {
        samples.sort_by(f64::total_cmp);
        samples.truncate((samples.len() as f64 * KEPT) as usize);
    }
}

/// The right signature but for one digit, which stays a figure or a letter.
fn differing(right: &CStr, place: usize) -> Text {
    let mut text = Text([0; 65]);
    text.0.copy_from_slice(right.to_bytes_with_nul());
    text.0[place] = match text.0[place] {
        b'9' => b'8',
        b'f' => b'e',
        digit => digit + 1,
    };
    text
}

#[inline(never)]
fn sample(webhook: &Webhook, text: Text) -> f64 {
    let signature = CStr::from_bytes_with_nul(&text.0).unwrap_or_default();
    let start = Instant::now();
    for _ in 0..BATCH {
        black_box(webhook.verdict(black_box(signature)));
    }
    start.elapsed().as_secs_f64() * 1e9 / BATCH as f64
}

/// How far the means are apart, in units of what chance moves them.
fn welch(one: &[f64], other: &[f64]) -> f64 {
    let moments = |samples: &[f64]| {
        let count = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / count;
        let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((mean, error), (other_mean, other_error)) = (moments(one), moments(other));
    (other_mean - mean) / (error + other_error).sqrt()
}
