//! Pictures that lie on something: `shadow` and `polaroid`.

use image::{Rgba, RgbaImage, imageops};

use super::region::blur;
use super::{colour_of, room, size};
use crate::filestack::chain::{Task, Value};

struct Shadow {
    blur: f64,
    opacity: f64,
    vector: (i64, i64),
    colour: Rgba<u8>,
}

impl Shadow {
    /// The picture over its shadow, on a canvas that holds both.
    fn under(&self, image: &RgbaImage, background: Rgba<u8>) -> Result<RgbaImage, String> {
        // Farther away a blurred edge cannot be seen.
        let reach = (self.blur * 2.0).ceil() as i64;
        let (right, down) = self.vector;
        let (left, top) = ((reach - right).max(0), (reach - down).max(0));
        let grown = |edge: u32, before: i64, vector: i64| {
            let edge = i64::from(edge) + before + (reach + vector).max(0);
            u32::try_from(edge).unwrap_or(u32::MAX)
        };
        let (width, height) = (grown(image.width(), left, right), grown(image.height(), top, down));
        room(width, height)?;
        let Rgba([r, g, b, a]) = self.colour;
        let mut shadow = RgbaImage::from_pixel(width, height, Rgba([r, g, b, 0]));
        for (x, y, pixel) in image.enumerate_pixels() {
            let (x, y) = (i64::from(x) + left + right, i64::from(y) + top + down);
            let at = u32::try_from(x).ok().zip(u32::try_from(y).ok());
            if let Some(shaded) = at.and_then(|(x, y)| shadow.get_pixel_mut_checked(x, y)) {
                let opacity = f64::from(pixel.0[3]) * f64::from(a) / 255.0 * self.opacity;
                shaded.0[3] = opacity.round() as u8;
            }
        }
        let shadow = blur(&shadow, self.blur as f32);
        let mut canvas = RgbaImage::from_pixel(width, height, background);
        imageops::overlay(&mut canvas, &shadow, 0, 0);
        imageops::overlay(&mut canvas, image, left, top);
        Ok(canvas)
    }
}

pub(super) fn shadow(image: &RgbaImage, task: &Task) -> Result<RgbaImage, String> {
    let vector: Vec<i64> = task
        .value("vector")
        .map(Value::texts)
        .map_or(vec![4, 4], |texts| texts.iter().flat_map(|text| text.parse()).collect());
    let shadow = Shadow {
        blur: task.number("blur").unwrap_or(4.0),
        opacity: task.number("opacity").unwrap_or(60.0) / 100.0,
        vector: match vector.as_slice() {
            [right, down] => (*right, *down),
            _ => (4, 4),
        },
        colour: colour_of(task, "color").unwrap_or(Rgba([0, 0, 0, 255])),
    };
    shadow.under(image, colour_of(task, "background").unwrap_or(Rgba([0; 4])))
}

/// An instant photo: a frame that is wider below, a shadow, and turned.
pub(super) fn polaroid(image: &RgbaImage, task: &Task) -> Result<RgbaImage, String> {
    let (width, height) = image.dimensions();
    let edge = (width.min(height) / 16).max(2);
    let (outer_width, outer_height) = (width + 2 * edge, height + 5 * edge);
    room(outer_width, outer_height)?;
    let frame = colour_of(task, "color").unwrap_or(Rgba([255, 250, 250, 255]));
    let mut photo = RgbaImage::from_pixel(outer_width, outer_height, frame);
    imageops::overlay(&mut photo, image, i64::from(edge), i64::from(edge));
    let background = colour_of(task, "background").unwrap_or(Rgba([0; 4]));
    let photo = size::turned(&photo, task.number("rotate").unwrap_or(0.0), Rgba([0; 4]))?;
    // The light comes from above, however the photo lies.
    let fall = i64::from((edge / 4).max(1));
    let shadow =
        Shadow { blur: f64::from(edge) / 4.0, opacity: 0.5, vector: (0, fall), colour: Rgba([0, 0, 0, 255]) };
    shadow.under(&photo, background)
}
