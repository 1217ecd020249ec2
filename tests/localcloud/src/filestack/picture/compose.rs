//! Pictures put together.

use image::imageops;
use image::{Rgba, RgbaImage};

use super::animation::Frame;
use super::{Others, Picture, colour_of, place, room, size};
use crate::filestack::chain::{Task, Value};

pub(super) fn border(image: &RgbaImage, task: &Task) -> Result<RgbaImage, String> {
    let edge = task.number("width").unwrap_or(2.0) as u32;
    let colour = colour_of(task, "color").unwrap_or(Rgba([0, 0, 0, 255]));
    let (width, height) = image.dimensions();
    room(width + 2 * edge, height + 2 * edge)?;
    let mut framed = RgbaImage::from_pixel(width + 2 * edge, height + 2 * edge, colour);
    let inner = RgbaImage::from_pixel(width, height, colour_of(task, "background").unwrap_or(Rgba([0; 4])));
    imageops::replace(&mut framed, &inner, i64::from(edge), i64::from(edge));
    imageops::overlay(&mut framed, image, i64::from(edge), i64::from(edge));
    Ok(framed)
}

/// The picture of a watermark, in its size.
pub(super) fn mark(task: &Task, others: &Others) -> Result<RgbaImage, String> {
    let mark = other(task.text("file").unwrap_or(""), others)?.first.image;
    let size = task.number("size").unwrap_or(100.0) / 100.0;
    if size == 1.0 {
        return Ok(mark);
    }
    if size <= 0.0 {
        return Ok(RgbaImage::from_pixel(1, 1, Rgba([0; 4])));
    }
    size::scaled(&mark, f64::from(mark.width()) * size, f64::from(mark.height()) * size)
}

pub(super) fn watermark(image: &mut RgbaImage, mark: &RgbaImage, task: &Task) {
    let (right, bottom) = place(task.value("position"));
    let offset =
        |outer: u32, inner: u32, share: f64| ((f64::from(outer) - f64::from(inner)) * share).round() as i64;
    let x = offset(image.width(), mark.width(), right);
    let y = offset(image.height(), mark.height(), bottom);
    imageops::overlay(image, mark, x, y);
}

/// The sources and the files that the task names in a grid, row by row. The service arranges them more
/// cleverly.
pub(super) fn collage(
    first: &mut Picture,
    more: Vec<Picture>,
    task: &Task,
    others: &Others,
) -> Result<(), String> {
    let edge = |name: &str| task.number(name).unwrap_or(0.0) as u32;
    let (width, height, margin) =
        (edge("width").max(1), edge("height").max(1), task.number("margin").unwrap_or(10.0) as u32);
    room(width, height)?;
    let mut images = vec![first.first.image.clone()];
    images.extend(more.into_iter().map(|picture| picture.first.image));
    for file in task.value("files").map(Value::texts).unwrap_or_default() {
        images.push(other(file, others)?.first.image);
    }
    let count = u32::try_from(images.len()).unwrap_or(u32::MAX);
    let columns = (f64::from(count).sqrt().ceil() as u32).max(1);
    let rows = count.div_ceil(columns);
    let cell = |edge: u32, count: u32| (edge.saturating_sub(margin * (count + 1)) / count).max(1);
    let (across, down) = (cell(width, columns), cell(height, rows));
    let background = colour_of(task, "color").unwrap_or(Rgba([255; 4]));
    let mut sheet = RgbaImage::from_pixel(width, height, background);
    for (number, image) in (0..count).zip(&images) {
        let (column, row) = (number % columns, number / columns);
        let (x, y) = (margin + column * (across + margin), margin + row * (down + margin));
        let cropped = size::filling(image, across, down, (0.5, 0.5))?;
        imageops::overlay(&mut sheet, &cropped, i64::from(x), i64::from(y));
    }
    first.first = Frame::still(sheet);
    first.more.clear();
    Ok(())
}

fn other(name: &str, others: &Others) -> Result<Picture, String> {
    let bytes = others.get(name).ok_or_else(|| format!("{name} is not there"))?;
    Picture::read(bytes, true)
}
