//! Size, crop and orientation.

use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, Rgba, RgbaImage};

use super::region::Area;
use super::{Picture, colour_of, over, place, room};
use crate::filestack::chain::Task;

pub(super) fn resize(image: &RgbaImage, task: &Task) -> Result<RgbaImage, String> {
    let edge = |name: &str| task.number(name).filter(|edge| *edge > 0.0);
    let (old_width, old_height) = (f64::from(image.width()), f64::from(image.height()));
    let (width, height) = match (edge("width"), edge("height")) {
        (Some(width), Some(height)) => (width, height),
        (Some(width), None) => (width, width * old_height / old_width),
        (None, Some(height)) => (height * old_width / old_height, height),
        (None, None) => (old_width, old_height),
    };
    let (across, down) = (width / old_width, height / old_height);
    let fit = task.text("fit").unwrap_or("clip").to_ascii_lowercase();
    match fit.as_str() {
        "scale" => scaled(image, width, height),
        "crop" => {
            let factor = across.max(down);
            let large = scaled(image, (old_width * factor).max(width), (old_height * factor).max(height))?;
            let (width, height) = (whole(width), whole(height));
            let (right, bottom) = place(task.value("align"));
            let x = f64::from(large.width().saturating_sub(width)) * right;
            let y = f64::from(large.height().saturating_sub(height)) * bottom;
            let view = imageops::crop_imm(&large, x.round() as u32, y.round() as u32, width, height);
            Ok(view.to_image())
        }
        // `clip` enlarges, `max` does not.
        _ => {
            let limit = if fit == "max" { 1.0 } else { f64::INFINITY };
            let factor = across.min(down).min(limit);
            scaled(image, old_width * factor, old_height * factor)
        }
    }
}

fn whole(edge: f64) -> u32 {
    (edge.round() as u32).max(1)
}

fn scaled(image: &RgbaImage, width: f64, height: f64) -> Result<RgbaImage, String> {
    let (width, height) = (whole(width), whole(height));
    room(width, height)?;
    if (width, height) == image.dimensions() {
        return Ok(image.clone());
    }
    Ok(imageops::resize(image, width, height, FilterType::Triangle))
}

pub(super) fn crop(image: &RgbaImage, task: &Task) -> Result<RgbaImage, String> {
    let area = Area::list(task.value("dim")).into_iter().next().and_then(|area| area.within(image));
    let Some(Area { x, y, width, height }) = area else {
        return Err(format!(
            "invalid value of parameter `dim` for `crop` task: it lies outside of the picture, which has {} x {} pixels",
            image.width(),
            image.height()
        ));
    };
    Ok(imageops::crop_imm(image, x, y, width, height).to_image())
}

pub(super) fn rotate(picture: &mut Picture, task: &Task) -> Result<(), String> {
    if task.text("exif").is_some() && !task.flag("exif") {
        // Pixels stay as they are, and so they are shown.
        forget(picture);
    }
    match task.text("deg") {
        Some("exif") => {
            let mut image = DynamicImage::from(std::mem::take(&mut picture.image));
            image.apply_orientation(picture.orientation);
            picture.image = image.into_rgba8();
            forget(picture);
        }
        Some("90") => picture.image = imageops::rotate90(&picture.image),
        Some("180") => picture.image = imageops::rotate180(&picture.image),
        Some("270") => picture.image = imageops::rotate270(&picture.image),
        Some(degrees) => {
            let degrees = degrees.parse::<f64>().unwrap_or(0.0);
            if degrees != 0.0 {
                let background = colour_of(task, "background").unwrap_or(Rgba([255; 4]));
                picture.image = turned(&picture.image, degrees.to_radians(), background)?;
            }
        }
        None => {}
    }
    Ok(())
}

fn forget(picture: &mut Picture) {
    picture.orientation = Orientation::NoTransforms;
    if let Some(exif) = &mut picture.exif {
        let _ = Orientation::remove_from_exif_chunk(exif);
    }
}

/// Clockwise, on a canvas that holds all of it.
fn turned(image: &RgbaImage, angle: f64, background: Rgba<u8>) -> Result<RgbaImage, String> {
    let (sin, cos) = angle.sin_cos();
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let new_width = whole((width * cos).abs() + (height * sin).abs());
    let new_height = whole((width * sin).abs() + (height * cos).abs());
    room(new_width, new_height)?;
    let image = RgbaImage::from_fn(new_width, new_height, |x, y| {
        let dx = f64::from(x) + 0.5 - f64::from(new_width) / 2.0;
        let dy = f64::from(y) + 0.5 - f64::from(new_height) / 2.0;
        let (from_x, from_y) = (dx * cos + dy * sin + width / 2.0, dy * cos - dx * sin + height / 2.0);
        if from_x < 0.0 || from_y < 0.0 {
            return background;
        }
        let pixel = image.get_pixel_checked(from_x as u32, from_y as u32);
        pixel.map_or(background, |pixel| over(*pixel, background))
    });
    Ok(image)
}
