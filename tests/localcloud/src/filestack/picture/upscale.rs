//! `upscale`: twice as large, by Lanczos' method, and the noise taken away before.

use image::imageops::{self, FilterType};
use image::{Rgba, RgbaImage};

use super::colour::sharpen;
use super::room;
use crate::filestack::chain::Task;

pub(super) fn upscale(image: &RgbaImage, task: &Task) -> Result<RgbaImage, String> {
    let passes = match task.word("noise").as_deref() {
        Some("low") => 1,
        Some("medium") => 2,
        Some("high") => 3,
        _ => 0,
    };
    let mut clean = image.clone();
    for _ in 0..passes {
        clean = median(&clean);
    }
    if task.text("upscale").is_some() && !task.flag("upscale") {
        return Ok(clean);
    }
    let (width, height) = (image.width().saturating_mul(2), image.height().saturating_mul(2));
    room(width, height)?;
    let mut large = imageops::resize(&clean, width, height, FilterType::Lanczos3);
    if task.word("style").as_deref() == Some("artwork") {
        // Lines of drawings are to stay hard.
        sharpen(&mut large, 1.0);
    }
    Ok(large)
}

/// Each channel of each point becomes the middle one of the nine around it: single wrong points go, edges
/// stay.
pub(super) fn median(image: &RgbaImage) -> RgbaImage {
    let (width, height) = image.dimensions();
    RgbaImage::from_fn(width, height, |x, y| {
        let mut channels = [[0_u8; 9]; 4];
        let offsets = (0..3_u32).flat_map(|down| (0..3_u32).map(move |right| (right, down)));
        for (place, (right, down)) in offsets.enumerate() {
            let x = (x + right).saturating_sub(1).min(width - 1);
            let y = (y + down).saturating_sub(1).min(height - 1);
            let pixel = image.get_pixel_checked(x, y).copied().unwrap_or(Rgba([0; 4]));
            for (list, channel) in channels.iter_mut().zip(pixel.0) {
                list.iter_mut().skip(place).take(1).for_each(|slot| *slot = channel);
            }
        }
        Rgba(channels.map(|mut list| {
            list.sort_unstable();
            let [.., middle, _, _, _, _] = list;
            middle
        }))
    })
}
