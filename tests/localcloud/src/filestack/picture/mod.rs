//! Pictures, really transformed (6.7).

mod codec;
mod colour;
mod compose;
mod mask;
mod region;
mod size;

use std::collections::HashMap;

use bytes::Bytes;
use image::{Rgba, RgbaImage};

use super::chain::{Task, Value};

pub(crate) use codec::{Picture, dimensions};

/// Pictures that tasks name beside the source.
pub(crate) type Others = HashMap<String, Bytes>;

/// Tasks that are done here. Every other task of the table is refused by name.
pub(crate) const TASKS: &[&str] = &[
    "auto_image",
    "blackwhite",
    "blur",
    "border",
    "circle",
    "collage",
    "compress",
    "crop",
    "flip",
    "flop",
    "modulate",
    "monochrome",
    "negative",
    "no_metadata",
    "output",
    "partial_blur",
    "partial_pixelate",
    "pixelate",
    "pjpg",
    "quality",
    "resize",
    "rotate",
    "rounded_corners",
    "sepia",
    "sharpen",
    "vignette",
    "watermark",
];

/// Formats that `output` can write here.
pub(crate) const FORMATS: &[&str] = &["jpg", "jpeg", "pjpg", "png", "webp", "gif", "bmp"];

/// Does one task. The error is a sentence for the client.
pub(crate) fn apply(picture: &mut Picture, task: &Task, others: &Others, webp: bool) -> Result<(), String> {
    let image = &mut picture.image;
    match task.name.as_str() {
        "resize" => *image = size::resize(image, task)?,
        "crop" => *image = size::crop(image, task)?,
        "rotate" => size::rotate(picture, task)?,
        "flip" => image::imageops::flip_vertical_in_place(image),
        "flop" => image::imageops::flip_horizontal_in_place(image),
        "blur" => *image = region::blur(image, amount(task, 2.0)),
        "sharpen" => colour::sharpen(image, amount(task, 2.0)),
        "pixelate" => {
            let (width, height) = image.dimensions();
            region::pixelate(image, region::Area { x: 0, y: 0, width, height }, amount(task, 2.0));
        }
        "partial_pixelate" | "partial_blur" => region::partial(image, task),
        "monochrome" => colour::monochrome(image),
        "negative" => colour::negative(image),
        "sepia" => colour::sepia(image, task.number("tone").unwrap_or(80.0)),
        "blackwhite" => colour::black_and_white(image, task.number("threshold").unwrap_or(50.0)),
        "modulate" => colour::modulate(image, task),
        "vignette" => mask::vignette(image, task),
        "circle" => mask::circle(image, colour_of(task, "background")),
        "rounded_corners" => mask::rounded_corners(image, task),
        "border" => *image = compose::border(image, task)?,
        "watermark" => compose::watermark(image, task, others)?,
        "collage" => *image = compose::collage(image, task, others)?,
        _ => picture.set_format(task, webp),
    }
    Ok(())
}

fn amount(task: &Task, default: f64) -> f32 {
    task.number("amount").unwrap_or(default) as f32
}

fn colour_of(task: &Task, name: &str) -> Option<Rgba<u8>> {
    task.text(name).and_then(super::chain::colour).map(Rgba)
}

/// A colour over another one.
fn over(top: Rgba<u8>, bottom: Rgba<u8>) -> Rgba<u8> {
    let mut result = bottom;
    image::Pixel::blend(&mut result, &top);
    result
}

/// Where something smaller lies in something larger: shares of the free width and height.
fn place(value: Option<&Value>) -> (f64, f64) {
    let words = value.map(Value::texts).unwrap_or_default();
    let share = |low: &str, high: &str| {
        if words.contains(&low) {
            0.0
        } else if words.contains(&high) {
            1.0
        } else {
            0.5
        }
    };
    (share("left", "right"), share("top", "bottom"))
}

/// Pictures larger than this are not made (6.1).
pub(crate) const MOST_PIXELS: u64 = 100_000_000;

fn room(width: u32, height: u32) -> Result<(), String> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS {
        return Err(format!("{width} x {height} pixels are more than the limit of {MOST_PIXELS}"));
    }
    Ok(())
}

fn each(image: &mut RgbaImage, change: impl Fn([f32; 3]) -> [f32; 3]) {
    for Rgba([red, green, blue, _]) in image.pixels_mut() {
        let [r, g, b] = change([f32::from(*red), f32::from(*green), f32::from(*blue)]);
        (*red, *green, *blue) = (r as u8, g as u8, b as u8); // `as` saturates at 0 and 255
    }
}
