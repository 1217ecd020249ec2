//! Tasks that take away what lies outside of a shape.

use image::{Rgba, RgbaImage};

use super::{colour_of, over};
use crate::filestack::chain::Task;

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
    keep(image, colour_of(task, "background"), |x, y| {
        let outside = |at: f64, edge: f64| (radius - at).max(at - (edge - radius)).max(0.0);
        let (dx, dy) = (outside(x, width), outside(y, height));
        if dx > 0.0 && dy > 0.0 { radius - dx.hypot(dy) + 0.5 } else { 1.0 }
    });
}

/// Towards the background, or to black, from the middle to the corners.
pub(super) fn vignette(image: &mut RgbaImage, task: &Task) {
    let (a, b) = (f64::from(image.width()) / 2.0, f64::from(image.height()) / 2.0);
    let strength = task.number("amount").unwrap_or(20.0) / 100.0;
    let edge = colour_of(task, "background").unwrap_or(Rgba([0, 0, 0, 255]));
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let (dx, dy) = ((f64::from(x) + 0.5 - a) / a, (f64::from(y) + 0.5 - b) / b);
        let share = ((dx * dx + dy * dy) / 2.0 * strength).clamp(0.0, 1.0);
        let Rgba([r, g, b, _]) = edge;
        let opacity = (share * f64::from(edge.0[3])).round() as u8;
        let opaque = pixel.0[3];
        *pixel = over(Rgba([r, g, b, opacity]), *pixel);
        pixel.0[3] = opaque;
    }
}
