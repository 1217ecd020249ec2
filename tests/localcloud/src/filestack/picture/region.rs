//! Blurred and pixelated pictures, and parts of pictures.

use image::imageops;
use image::{Rgba, RgbaImage};

use crate::filestack::chain::{Task, Value};

#[derive(Clone, Copy)]
pub(super) struct Area {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Area {
    /// From one box `[x,y,w,h]` or a list of them.
    pub(super) fn list(value: Option<&Value>) -> Vec<Area> {
        let numbers: Vec<u32> =
            value.map(Value::texts).unwrap_or_default().iter().flat_map(|text| text.parse()).collect();
        numbers
            .chunks(4)
            .filter_map(|chunk| match chunk {
                [x, y, width, height] => Some(Area { x: *x, y: *y, width: *width, height: *height }),
                _ => None,
            })
            .collect()
    }

    /// What of it lies in the picture.
    pub(super) fn within(self, image: &RgbaImage) -> Option<Area> {
        let width = image.width().checked_sub(self.x)?.min(self.width);
        let height = image.height().checked_sub(self.y)?.min(self.height);
        (width > 0 && height > 0).then_some(Area { width, height, ..self })
    }

    /// How far inside a point is, counted from the corner of the area, or of the ellipse that fills it; less
    /// than 0 is outside.
    fn depth(self, x: u32, y: u32, oval: bool) -> f64 {
        let (x, y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        if oval {
            let distance = (x / width * 2.0 - 1.0).hypot(y / height * 2.0 - 1.0);
            return (1.0 - distance) * width.min(height) / 2.0;
        }
        x.min(y).min(width - x).min(height - y)
    }
}

pub(super) fn blur(image: &RgbaImage, amount: f32) -> RgbaImage {
    if amount <= 0.0 { image.clone() } else { imageops::fast_blur(image, amount) }
}

/// Every square of `amount` pixels gets its mean colour.
pub(super) fn pixelate(image: &mut RgbaImage, area: Area, amount: f32) {
    let edge = (amount as u32).max(1);
    for top in (0..area.height).step_by(edge as usize) {
        for left in (0..area.width).step_by(edge as usize) {
            let (width, height) = (edge.min(area.width - left), edge.min(area.height - top));
            let points = || {
                (0..height).flat_map(move |y| (0..width).map(move |x| (area.x + left + x, area.y + top + y)))
            };
            let mut sums = [0u32; 4];
            for (x, y) in points() {
                let Rgba(channels) = image.get_pixel(x, y);
                sums.iter_mut().zip(channels).for_each(|(sum, channel)| *sum += u32::from(*channel));
            }
            let mean = sums.map(|sum| u8::try_from(sum / (width * height)).unwrap_or(u8::MAX));
            points().for_each(|(x, y)| image.put_pixel(x, y, Rgba(mean)));
        }
    }
}

/// `partial_pixelate` and `partial_blur`.
pub(super) fn partial(image: &mut RgbaImage, task: &Task) {
    let amount = task.number("amount").unwrap_or(10.0) as f32;
    let oval = task.word("type").as_deref() == Some("oval");
    // How many points the edge is wide.
    let soft = task.number("blur").unwrap_or(0.0);
    let areas: Vec<Area> =
        Area::list(task.value("objects")).into_iter().filter_map(|area| area.within(image)).collect();
    for area in areas {
        let mut part = imageops::crop_imm(image, area.x, area.y, area.width, area.height).to_image();
        if task.name == "partial_blur" {
            part = blur(&part, amount);
        } else {
            pixelate(&mut part, Area { x: 0, y: 0, ..area }, amount);
        }
        for (x, y, pixel) in part.enumerate_pixels() {
            let depth = area.depth(x, y, oval);
            let share = if soft > 0.0 { (depth / soft).clamp(0.0, 1.0) } else { f64::from(depth >= 0.0) };
            if let Some(old) = image.get_pixel_mut_checked(area.x + x, area.y + y) {
                for (old, new) in old.0.iter_mut().zip(pixel.0) {
                    *old = (f64::from(*old) + (f64::from(new) - f64::from(*old)) * share).round() as u8;
                }
            }
        }
    }
}
