//! `smart_crop`: the part of the picture where most of its edges are.

use image::imageops::{self, FilterType};
use image::{Rgba, RgbaImage};
use serde_json::{Value, json};

use super::colour::grey;
use super::region::Area;
use super::{Picture, colour_of, place, room, size};
use crate::filestack::chain::Task;

/// What becomes of the picture: found once, good for all frames.
pub(super) struct Cut {
    area: Area,
    width: u32,
    height: u32,
    /// The whole picture in a frame of this colour.
    frame: Option<Rgba<u8>>,
}

/// The answer to `coords:true`, in the form of `doc_detection`.
pub(crate) fn coordinates(picture: &Picture, task: &Task) -> Value {
    let Area { x, y, width, height } = Cut::of(&picture.first.image, task).area;
    json!({ "coords": { "x": x, "y": y, "width": width, "height": height } })
}

impl Cut {
    pub(super) fn of(image: &RgbaImage, task: &Task) -> Cut {
        let (old_width, old_height) = image.dimensions();
        let edge = |name: &str, old: u32| match task.number(name) {
            Some(edge) if edge > 0.0 => edge as u32,
            _ => old,
        };
        let (width, height) = (edge("width", old_width), edge("height", old_height));
        let fits = task.word("mode").as_deref() == Some("fit");
        if fits {
            let frame = Some(colour_of(task, "fill_color").unwrap_or(Rgba([0; 4])));
            let area = Area { x: 0, y: 0, width: old_width, height: old_height };
            return Cut { area, width, height, frame };
        }
        // The largest part of the right shape; it can move in one direction only.
        let factor = (f64::from(width) / f64::from(old_width)).max(f64::from(height) / f64::from(old_height));
        let part = |edge: u32, old: u32| ((f64::from(edge) / factor).round() as u32).clamp(1, old);
        let (across, down) = (part(width, old_width), part(height, old_height));
        let (columns, rows) = edges(image);
        let x = best(&columns, old_width, across);
        let y = best(&rows, old_height, down);
        Cut { area: Area { x, y, width: across, height: down }, width, height, frame: None }
    }

    pub(super) fn apply(&self, image: &mut RgbaImage) -> Result<(), String> {
        room(self.width, self.height)?;
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let Some(colour) = self.frame else {
            let Area { x, y, width: across, height: down } = self.area;
            let part = imageops::crop_imm(image, x, y, across, down).to_image();
            *image = size::scaled(&part, width, height)?;
            return Ok(());
        };
        let inner = size::inside(image, width, height, f64::INFINITY)?;
        let mut framed = RgbaImage::from_pixel(self.width, self.height, colour);
        let (right, bottom) = place(None);
        let left = f64::from(self.width.saturating_sub(inner.width())) * right;
        let top = f64::from(self.height.saturating_sub(inner.height())) * bottom;
        imageops::overlay(&mut framed, &inner, left as i64, top as i64);
        *image = framed;
        Ok(())
    }
}

/// The larger edge of the copy that is searched.
const SEARCHED: u32 = 256;

/// How much the picture changes in each column and in each row of a small copy.
fn edges(image: &RgbaImage) -> (Vec<f64>, Vec<f64>) {
    let (width, height) = image.dimensions();
    let factor = (f64::from(SEARCHED) / f64::from(width.max(height))).min(1.0);
    let small = |edge: u32| ((f64::from(edge) * factor).round() as u32).max(1);
    let copy = imageops::resize(image, small(width), small(height), FilterType::Triangle);
    let luma = |x: u32, y: u32| {
        let [r, g, b, a] = copy.get_pixel_checked(x, y).map_or([0; 4], |pixel| pixel.0).map(f32::from);
        f64::from(grey([r, g, b]) * a / 255.0)
    };
    let (mut columns, mut rows) = (vec![0.0; copy.width() as usize], vec![0.0; copy.height() as usize]);
    for (y, row) in (0..copy.height()).zip(&mut rows) {
        for (x, column) in (0..copy.width()).zip(&mut columns) {
            let (left, right) = (x.saturating_sub(1), (x + 1).min(copy.width() - 1));
            let (above, below) = (y.saturating_sub(1), (y + 1).min(copy.height() - 1));
            let change = (luma(right, y) - luma(left, y)).hypot(luma(x, below) - luma(x, above));
            *row += change;
            *column += change;
        }
    }
    (columns, rows)
}

/// Where a window over the line has the largest sum; of equal ones the one nearest to the middle.
fn best(line: &[f64], length: u32, window: u32) -> u32 {
    let scale = line.len() as f64 / f64::from(length.max(1));
    let size = ((f64::from(window) * scale).round() as usize).clamp(1, line.len().max(1));
    let free = line.len().saturating_sub(size);
    let middle = free / 2;
    let mut places: Vec<usize> = (0..=free).collect();
    places.sort_by_key(|place| place.abs_diff(middle));
    let sum = |place: usize| line.iter().skip(place).take(size).sum::<f64>();
    let (mut found, mut most) = (middle, sum(middle));
    for place in places {
        // A hair more is no reason to leave the middle.
        if sum(place) > most * 1.001 {
            (found, most) = (place, sum(place));
        }
    }
    ((found as f64 / scale).round() as u32).min(length.saturating_sub(window))
}
