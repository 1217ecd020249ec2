//! Size, crop and orientation.

use image::imageops::{self, FilterType};
use image::{Rgba, RgbaImage};

use super::region::Area;
use super::{colour_of, over, place, room};
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
    match task.word("fit").as_deref() {
        Some("scale") => scaled(image, width, height),
        Some("crop") => filling(image, whole(width), whole(height), place(task.value("align"))),
        Some("max") => inside(image, width, height, 1.0),
        _ => inside(image, width, height, f64::INFINITY),
    }
}

fn whole(edge: f64) -> u32 {
    (edge.round() as u32).max(1)
}

pub(super) fn scaled(image: &RgbaImage, width: f64, height: f64) -> Result<RgbaImage, String> {
    let (width, height) = (whole(width), whole(height));
    room(width, height)?;
    if (width, height) == image.dimensions() {
        return Ok(image.clone());
    }
    Ok(imageops::resize(image, width, height, FilterType::Triangle))
}

/// As large as fits, but never by more than `limit`.
pub(super) fn inside(image: &RgbaImage, width: f64, height: f64, limit: f64) -> Result<RgbaImage, String> {
    let (old_width, old_height) = (f64::from(image.width()), f64::from(image.height()));
    let factor = (width / old_width).min(height / old_height).min(limit);
    scaled(image, old_width * factor, old_height * factor)
}

/// Fills all of the size; what is too much is cut away. `place` says where: shares from the left and the top.
pub(super) fn filling(
    image: &RgbaImage,
    width: u32,
    height: u32,
    (right, bottom): (f64, f64),
) -> Result<RgbaImage, String> {
    let (old_width, old_height) = (f64::from(image.width()), f64::from(image.height()));
    let (across, down) = (f64::from(width), f64::from(height));
    let factor = (across / old_width).max(down / old_height);
    let large = scaled(image, (old_width * factor).max(across), (old_height * factor).max(down))?;
    let x = f64::from(large.width().saturating_sub(width)) * right;
    let y = f64::from(large.height().saturating_sub(height)) * bottom;
    let view = imageops::crop_imm(&large, x.round() as u32, y.round() as u32, width, height);
    Ok(view.to_image())
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

/// `deg:exif` and `exif:false` were obeyed when the picture was read.
pub(super) fn rotate(image: &RgbaImage, task: &Task) -> Result<RgbaImage, String> {
    let degrees = task.number("deg").unwrap_or(0.0);
    turned(image, degrees, colour_of(task, "background").unwrap_or(Rgba([255; 4])))
}

/// Clockwise, on a canvas that holds all of it.
pub(super) fn turned(image: &RgbaImage, degrees: f64, background: Rgba<u8>) -> Result<RgbaImage, String> {
    match degrees as u32 {
        0 => return Ok(image.clone()),
        90 => return Ok(imageops::rotate90(image)),
        180 => return Ok(imageops::rotate180(image)),
        270 => return Ok(imageops::rotate270(image)),
        _ => {}
    }
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let new_width = whole((width * cos).abs() + (height * sin).abs());
    let new_height = whole((width * sin).abs() + (height * cos).abs());
    room(new_width, new_height)?;
    let image = RgbaImage::from_fn(new_width, new_height, |x, y| {
        let dx = f64::from(x) + 0.5 - f64::from(new_width) / 2.0;
        let dy = f64::from(y) + 0.5 - f64::from(new_height) / 2.0;
        sample(image, dx * cos + dy * sin + width / 2.0, dy * cos - dx * sin + height / 2.0, background)
    });
    Ok(image)
}

/// The colour at a point between pixels, by its four neighbours; clear ones lend it no colour.
fn sample(image: &RgbaImage, x: f64, y: f64, background: Rgba<u8>) -> Rgba<u8> {
    let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
    let (dx, dy) = (x - 0.5 - left, y - 0.5 - top);
    let (near_x, near_y) = (1.0 - dx, 1.0 - dy);
    let mut sums = [0.0; 4];
    for (x, y, weight) in [
        (left, top, near_x * near_y),
        (left + 1.0, top, dx * near_y),
        (left, top + 1.0, near_x * dy),
        (left + 1.0, top + 1.0, dx * dy),
    ] {
        let pixel = Some((x, y)).filter(|(x, y)| *x >= 0.0 && *y >= 0.0);
        let pixel = pixel.and_then(|(x, y)| image.get_pixel_checked(x as u32, y as u32));
        let Rgba([r, g, b, a]) = pixel.map_or(background, |pixel| over(*pixel, background));
        let opacity = f64::from(a) * weight;
        let parts = [f64::from(r) * opacity, f64::from(g) * opacity, f64::from(b) * opacity, opacity];
        sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
    }
    let [r, g, b, opacity] = sums;
    if opacity <= 0.0 {
        return Rgba([0; 4]);
    }
    let share = |sum: f64| (sum / opacity).round() as u8;
    Rgba([share(r), share(g), share(b), opacity.round() as u8])
}
