//! What happens to each pixel's colour.

use image::RgbaImage;

use super::each;
use super::region::blur;
use crate::filestack::chain::Task;

pub(super) fn grey([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// Farther from grey, or nearer to it.
pub(super) fn saturated(pixel: [f32; 3], saturation: f32) -> [f32; 3] {
    let luma = grey(pixel);
    pixel.map(|channel| luma + (channel - luma) * saturation)
}

pub(super) fn monochrome(image: &mut RgbaImage) {
    each(image, |pixel| [grey(pixel).round(); 3]);
}

pub(super) fn negative(image: &mut RgbaImage) {
    each(image, |pixel| pixel.map(|channel| 255.0 - channel));
}

pub(super) fn black_and_white(image: &mut RgbaImage, threshold: f64) {
    let limit = threshold as f32 * 2.55;
    each(image, |pixel| [if grey(pixel) > limit { 255.0 } else { 0.0 }; 3]);
}

/// `tone` in percent: how brown it gets.
pub(super) fn sepia(image: &mut RgbaImage, tone: f64) {
    let share = tone as f32 / 100.0;
    each(image, |[r, g, b]| {
        let brown = [
            0.393 * r + 0.769 * g + 0.189 * b,
            0.349 * r + 0.686 * g + 0.168 * b,
            0.272 * r + 0.534 * g + 0.131 * b,
        ];
        let mix = |old: f32, new: f32| (old + (new - old) * share).round();
        [mix(r, brown[0]), mix(g, brown[1]), mix(b, brown[2])]
    });
}

pub(super) fn sharpen(image: &mut RgbaImage, amount: f32) {
    let soft = blur(image, amount);
    for (pixel, soft) in image.pixels_mut().zip(soft.pixels()) {
        for (channel, soft) in pixel.0.iter_mut().zip(soft.0).take(3) {
            *channel = (2.0 * f32::from(*channel) - f32::from(soft)) as u8; // `as` saturates at 0 and 255
        }
    }
}

/// Brightness and saturation in percent; hue in degrees.
pub(super) fn modulate(image: &mut RgbaImage, task: &Task) {
    let brightness = task.number("brightness").unwrap_or(100.0) as f32 / 100.0;
    let saturation = task.number("saturation").unwrap_or(100.0) as f32 / 100.0;
    let (sin, cos) = task.number("hue").unwrap_or(0.0).to_radians().sin_cos();
    let (sin, cos) = (sin as f32, cos as f32);
    each(image, |pixel| {
        let luma = grey(pixel);
        let [r, g, b] = saturated(pixel, saturation);
        // Around the grey axis, in the colour space of television.
        let (i, q) = (0.596 * r - 0.274 * g - 0.322 * b, 0.211 * r - 0.523 * g + 0.312 * b);
        let (i, q) = (i * cos - q * sin, i * sin + q * cos);
        [luma + 0.956 * i + 0.621 * q, luma - 0.272 * i - 0.647 * q, luma - 1.106 * i + 1.703 * q]
            .map(|channel| (channel * brightness).round())
    });
}
