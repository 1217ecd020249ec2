//! Pictures put together.

use image::imageops::{self, FilterType};
use image::{Rgba, RgbaImage};

use super::{Others, Picture, colour_of, place, room};
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

pub(super) fn watermark(image: &mut RgbaImage, task: &Task, others: &Others) -> Result<(), String> {
    let mut mark = other(task.text("file").unwrap_or(""), others)?;
    let size = task.number("size").unwrap_or(100.0) / 100.0;
    if size <= 0.0 {
        return Ok(());
    }
    if size != 1.0 {
        let scale = |edge: u32| ((f64::from(edge) * size).round() as u32).max(1);
        let (width, height) = (scale(mark.width()), scale(mark.height()));
        room(width, height)?;
        mark = imageops::resize(&mark, width, height, FilterType::Triangle);
    }
    let (right, bottom) = place(task.value("position"));
    let offset =
        |outer: u32, inner: u32, share: f64| ((f64::from(outer) - f64::from(inner)) * share).round() as i64;
    let x = offset(image.width(), mark.width(), right);
    let y = offset(image.height(), mark.height(), bottom);
    imageops::overlay(image, &mark, x, y);
    Ok(())
}

/// The source and the others in a grid, row by row. The service arranges them more cleverly.
pub(super) fn collage(image: &RgbaImage, task: &Task, others: &Others) -> Result<RgbaImage, String> {
    let edge = |name: &str| task.number(name).unwrap_or(0.0) as u32;
    let (width, height, margin) =
        (edge("width").max(1), edge("height").max(1), task.number("margin").unwrap_or(10.0) as u32);
    room(width, height)?;
    let files = task.value("files").map(Value::texts).unwrap_or_default();
    let mut pictures = vec![image.clone()];
    for file in files {
        pictures.push(other(file, others)?);
    }
    let count = u32::try_from(pictures.len()).unwrap_or(u32::MAX);
    let columns = (f64::from(count).sqrt().ceil() as u32).max(1);
    let rows = count.div_ceil(columns);
    let cell = |edge: u32, count: u32| (edge.saturating_sub(margin * (count + 1)) / count).max(1);
    let (across, down) = (cell(width, columns), cell(height, rows));
    let background = colour_of(task, "color").unwrap_or(Rgba([255; 4]));
    let mut sheet = RgbaImage::from_pixel(width, height, background);
    for (number, picture) in (0..count).zip(&pictures) {
        let (column, row) = (number % columns, number / columns);
        let (x, y) = (margin + column * (across + margin), margin + row * (down + margin));
        let cropped = super::size::resize(picture, &filling(across, down))?;
        imageops::overlay(&mut sheet, &cropped, i64::from(x), i64::from(y));
    }
    Ok(sheet)
}

fn filling(width: u32, height: u32) -> Task {
    let text = |text: String| Value::Text(text);
    let params = [
        ("width", text(width.to_string())),
        ("height", text(height.to_string())),
        ("fit", text("crop".to_owned())),
    ];
    Task::new("resize".to_owned(), params.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

fn other(name: &str, others: &Others) -> Result<RgbaImage, String> {
    let bytes = others.get(name).ok_or_else(|| format!("{name} is not there"))?;
    Picture::read(bytes).map(|picture| picture.image)
}
