//! Tasks that take away what lies outside of a shape.

use image::{Rgba, RgbaImage};

use super::{colour_of, over};
use crate::filestack::chain::{Task, Value};

/// How much of a pixel stays, by its distance from the edge: one pixel of softness.
fn keep(image: &mut RgbaImage, background: Option<Rgba<u8>>, inside: impl Fn(f64, f64) -> f64) {
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let share = inside(f64::from(x) + 0.5, f64::from(y) + 0.5).clamp(0.0, 1.0);
        pixel.0[3] = (f64::from(pixel.0[3]) * share).round() as u8;
        if let Some(background) = background {
            *pixel = over(*pixel, background);
        }
    }
}

/// The largest ellipse that fits.
pub(super) fn circle(image: &mut RgbaImage, background: Option<Rgba<u8>>) {
    let (a, b) = (f64::from(image.width()) / 2.0, f64::from(image.height()) / 2.0);
    keep(image, background, |x, y| {
        let distance = (((x - a) / a).powi(2) + ((y - b) / b).powi(2)).sqrt();
        (1.0 - distance) * a.min(b) + 0.5
    });
}

pub(super) fn rounded_corners(image: &mut RgbaImage, task: &Task) {
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let most = width.min(height) / 2.0;
    let radius = match task.text("radius") {
        Some("max") => most,
        radius => radius.and_then(|radius| radius.parse().ok()).unwrap_or(10.0_f64).min(most),
    };
    // How many points the edge of a corner is wide.
    let soft = 1.0 + 2.0 * task.number("blur").unwrap_or(0.3);
    keep(image, colour_of(task, "background"), |x, y| {
        let outside = |at: f64, edge: f64| (radius - at).max(at - (edge - radius)).max(0.0);
        let (dx, dy) = (outside(x, width), outside(y, height));
        if dx > 0.0 && dy > 0.0 { (radius - dx.hypot(dy)) / soft + 0.5 } else { 1.0 }
    });
}

/// Each edge is torn off between `a` and `b` pixels from where it was. The same picture is torn the same way.
pub(super) fn torn_edges(image: &mut RgbaImage, task: &Task) {
    let spread: Vec<f64> = match task.value("spread").map(Value::texts) {
        Some(texts) => texts.iter().flat_map(|text| text.parse()).collect(),
        None => vec![1.0, 10.0],
    };
    let (least, most) =
        spread.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), edge| (low.min(*edge), high.max(*edge)));
    let (width, height) = image.dimensions();
    let mut random = fastrand::Rng::with_seed(7);
    let mut tear = |length: u32| tear(&mut random, length, least, most);
    let (top, bottom, left, right) = (tear(width), tear(width), tear(height), tear(height));
    let depth = |edge: &[f64], at: f64| edge.get(at as usize).copied().unwrap_or(least);
    keep(image, colour_of(task, "background"), |x, y| {
        let across = (x - depth(&left, y)).min(f64::from(width) - x - depth(&right, y));
        let down = (y - depth(&top, x)).min(f64::from(height) - y - depth(&bottom, x));
        across.min(down) + 0.5
    });
}

/// How deep an edge is torn at each of its points: from tooth to tooth in a line, as paper is.
fn tear(random: &mut fastrand::Rng, length: u32, least: f64, most: f64) -> Vec<f64> {
    let tooth = (((most - least) / 3.0) as u32).max(2);
    let mut depth = |_| least + random.f64() * (most - least);
    let teeth: Vec<f64> = (0..length / tooth + 2).map(&mut depth).collect();
    (0..length)
        .map(|at| {
            let (before, share) = ((at / tooth) as usize, f64::from(at % tooth) / f64::from(tooth));
            match teeth.get(before..before + 2) {
                Some([from, to]) => from + (to - from) * share,
                _ => least,
            }
        })
        .collect()
}

/// Towards the background, or to black, from the middle to the corners.
pub(super) fn vignette(image: &mut RgbaImage, task: &Task) {
    let (a, b) = (f64::from(image.width()) / 2.0, f64::from(image.height()) / 2.0);
    let strength = task.number("amount").unwrap_or(20.0) / 100.0;
    let linear = task.word("blurmode").as_deref() == Some("linear");
    let edge = colour_of(task, "background").unwrap_or(Rgba([0, 0, 0, 255]));
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let (dx, dy) = ((f64::from(x) + 0.5 - a) / a, (f64::from(y) + 0.5 - b) / b);
        let share = (dx * dx + dy * dy) / 2.0;
        let share = (if linear { share.sqrt() } else { share } * strength).clamp(0.0, 1.0);
        let Rgba([r, g, b, _]) = edge;
        let opacity = (share * f64::from(edge.0[3])).round() as u8;
        let opaque = pixel.0[3];
        *pixel = over(Rgba([r, g, b, opacity]), *pixel);
        pixel.0[3] = opaque;
    }
}
