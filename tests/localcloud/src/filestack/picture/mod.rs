//! Pictures, really transformed (6.7).

mod animation;
mod ascii;
mod codec;
mod colour;
mod compose;
mod enhance;
mod mask;
mod paint;
mod redeye;
mod region;
mod shadow;
mod size;
mod smart_crop;
mod upscale;

use std::collections::HashMap;

use bytes::Bytes;
use image::{Rgba, RgbaImage};

use super::chain::{Task, Value};

pub(crate) use ascii::page;
pub(crate) use codec::{Picture, dimensions};
pub(crate) use smart_crop::coordinates;

/// Pictures that tasks name beside the source.
pub(crate) type Others = HashMap<String, Bytes>;

/// Tasks that are done here. Every other task of the table is refused by name.
pub(crate) const TASKS: &[&str] = &[
    "animate",
    "ascii",
    "auto_image",
    "blackwhite",
    "blur",
    "border",
    "circle",
    "collage",
    "compress",
    "crop",
    "enhance",
    "flip",
    "flop",
    "modulate",
    "monochrome",
    "negative",
    "no_metadata",
    "oil_paint",
    "output",
    "partial_blur",
    "partial_pixelate",
    "pixelate",
    "pjpg",
    "polaroid",
    "quality",
    "redeye",
    "resize",
    "rotate",
    "rounded_corners",
    "sepia",
    "shadow",
    "sharpen",
    "smart_crop",
    "torn_edges",
    "upscale",
    "vignette",
    "watermark",
];

/// Tasks that make one picture of several.
pub(crate) const JOINING: &[&str] = &["animate", "collage"];

/// Formats that `output` can write here.
pub(crate) const FORMATS: &[&str] = &["jpg", "jpeg", "pjpg", "png", "webp", "gif", "bmp"];

/// What a chain works on: one picture, or those of a list until a task makes one of them.
pub(crate) struct Pictures {
    pub(crate) first: Picture,
    more: Vec<Picture>,
}

impl Pictures {
    pub(crate) fn read<'a>(
        mut sources: impl Iterator<Item = &'a Bytes>,
        upright: bool,
    ) -> Result<Pictures, String> {
        let first = sources.next().ok_or("the URL names no source")?;
        let mut pictures = Pictures { first: Picture::read(first, upright)?, more: Vec::new() };
        for source in sources {
            pictures.more.push(Picture::read(source, upright)?);
            pictures.check_room()?;
        }
        Ok(pictures)
    }

    /// Does one task. The error is a sentence for the client.
    pub(crate) fn apply(&mut self, task: &Task, others: &Others, webp: bool) -> Result<(), String> {
        match task.name.as_str() {
            "animate" => animation::animate(&mut self.first, std::mem::take(&mut self.more), task),
            "collage" => compose::collage(&mut self.first, std::mem::take(&mut self.more), task, others),
            _ => {
                for picture in std::iter::once(&mut self.first).chain(&mut self.more) {
                    apply(picture, task, others, webp)?;
                }
                self.check_room()
            }
        }
    }

    fn check_room(&self) -> Result<(), String> {
        room_for(self.first.pixels() + self.more.iter().map(Picture::pixels).sum::<u64>())
    }
}

/// Does one task to each frame of a picture.
fn apply(picture: &mut Picture, task: &Task, others: &Others, webp: bool) -> Result<(), String> {
    match task.name.as_str() {
        "auto_image" | "compress" | "no_metadata" | "output" | "pjpg" | "quality" => {
            picture.set_format(task, webp);
            Ok(())
        }
        // Where a task looks at the picture first, all frames get what is right for the first one.
        "enhance" => {
            let enhancement = enhance::Enhancement::of(&picture.first.image, task);
            picture.each(|image| enhancement.apply(image))
        }
        "smart_crop" => {
            let cut = smart_crop::Cut::of(&picture.first.image, task);
            picture.each(|image| cut.apply(image))
        }
        "watermark" => {
            let mark = compose::mark(task, others)?;
            picture.each(|image| {
                compose::watermark(image, &mark, task);
                Ok(())
            })
        }
        _ => picture.each(|image| change(image, task)),
    }
}

fn change(image: &mut RgbaImage, task: &Task) -> Result<(), String> {
    match task.name.as_str() {
        "resize" => *image = size::resize(image, task)?,
        "crop" => *image = size::crop(image, task)?,
        "rotate" => *image = size::rotate(image, task)?,
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
        "redeye" => redeye::redeye(image),
        "oil_paint" => *image = paint::oil_paint(image, amount(task, 2.0) as u32),
        "upscale" => *image = upscale::upscale(image, task)?,
        "vignette" => mask::vignette(image, task),
        "circle" => mask::circle(image, colour_of(task, "background")),
        "rounded_corners" => mask::rounded_corners(image, task),
        "torn_edges" => mask::torn_edges(image, task),
        "shadow" => *image = shadow::shadow(image, task)?,
        "polaroid" => *image = shadow::polaroid(image, task)?,
        "border" => *image = compose::border(image, task)?,
        name => return Err(format!("the task `{name}` cannot be done to a picture")),
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

/// The same for the pixels of all frames and pictures.
fn room_for(pixels: u64) -> Result<(), String> {
    if pixels > MOST_PIXELS {
        return Err(format!("{pixels} pixels in all pictures are more than the limit of {MOST_PIXELS}"));
    }
    Ok(())
}

fn each(image: &mut RgbaImage, change: impl Fn([f32; 3]) -> [f32; 3]) {
    for Rgba([red, green, blue, _]) in image.pixels_mut() {
        let [r, g, b] = change([f32::from(*red), f32::from(*green), f32::from(*blue)]);
        (*red, *green, *blue) = (r as u8, g as u8, b as u8); // `as` saturates at 0 and 255
    }
}
