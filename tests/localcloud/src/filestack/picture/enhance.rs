//! `enhance`: levels, tone and colours, set by what the picture has.

use image::RgbaImage;

use super::colour::{grey, saturated};
use super::each;
use super::region::blur;
use super::upscale::median;
use crate::filestack::chain::Task;

/// What a preset may do. The service does not say what its own do; these are what their names promise.
struct Preset {
    /// Shares of the darkest and of the brightest points that become black and white.
    levels: Option<(f64, f64)>,
    /// How far the middle may be moved to the middle grey: exponents, less than 1 is brighter.
    tone: (f32, f32),
    contrast: f32,
    saturation: f32,
    /// How much fine structure is smoothed.
    soft: f32,
    /// Takes a tint away that lies over all of the picture.
    balanced: bool,
    denoised: bool,
}

const PLAIN: Preset = Preset {
    levels: Some((0.005, 0.005)),
    tone: (0.8, 1.25),
    contrast: 1.0,
    saturation: 1.1,
    soft: 0.0,
    balanced: false,
    denoised: false,
};

fn preset(name: &str) -> Preset {
    let untouched = Preset { levels: None, tone: (1.0, 1.0), saturation: 1.0, ..PLAIN };
    match name {
        "vivid" => Preset { contrast: 1.15, saturation: 1.5, ..PLAIN },
        "beautify" => Preset { tone: (0.8, 0.95), soft: 0.5, ..PLAIN },
        "beautify_plus" => Preset { tone: (0.7, 0.9), soft: 0.85, ..PLAIN },
        "fix_dark" => Preset { tone: (0.4, 1.0), ..PLAIN },
        "fix_noise" => Preset { denoised: true, ..untouched },
        "fix_tint" => Preset { balanced: true, ..untouched },
        "outdoor" => Preset { contrast: 1.1, saturation: 1.3, ..PLAIN },
        "fireworks" => Preset { levels: Some((0.25, 0.002)), tone: (1.0, 1.1), saturation: 1.5, ..PLAIN },
        _ => PLAIN,
    }
}

pub(super) struct Enhancement {
    preset: Preset,
    black: f32,
    white: f32,
    exponent: f32,
    gains: [f32; 3],
}

impl Enhancement {
    pub(super) fn of(image: &RgbaImage, task: &Task) -> Enhancement {
        let preset = preset(task.word("preset").as_deref().unwrap_or("auto"));
        let mut counts = [0_u64; 256];
        for shade in shades(image).map(|(shade, _)| shade) {
            counts.iter_mut().skip(shade).take(1).for_each(|count| *count += 1);
        }
        let (mut black, mut white, mut exponent) = (0.0, 255.0, 1.0);
        if let Some((dark, bright)) = preset.levels {
            (black, white) = (quantile(&counts, dark), quantile(&counts, 1.0 - bright));
            // In a picture of one shade there is nothing to stretch.
            if white - black < 8.0 {
                (black, white) = (0.0, 255.0);
            }
            let middle = ((quantile(&counts, 0.5) - black) / (white - black)).clamp(0.01, 0.99);
            exponent = (0.5_f32.ln() / middle.ln()).clamp(preset.tone.0, preset.tone.1);
        }
        // What is brightest is white, if there is a tint at all.
        let bright = quantile(&counts, 0.9) as usize;
        let mut sums = [0.0_f64; 3];
        for (_, colours) in shades(image).filter(|(shade, _)| *shade >= bright) {
            sums.iter_mut().zip(colours).for_each(|(sum, channel)| *sum += f64::from(channel));
        }
        let mean = sums.iter().sum::<f64>() / 3.0;
        let gain =
            |sum: f64| if preset.balanced { (mean / sum.max(1.0)).clamp(0.5, 2.0) as f32 } else { 1.0 };
        Enhancement { black, white, exponent, gains: sums.map(gain), preset }
    }

    pub(super) fn apply(&self, image: &mut RgbaImage) -> Result<(), String> {
        let preset = &self.preset;
        if preset.denoised {
            *image = median(image);
        }
        if preset.soft > 0.0 {
            soften(image, preset.soft);
        }
        let range = self.white - self.black;
        each(image, |pixel| {
            let [r, g, b] = pixel;
            let [red, green, blue] = self.gains;
            let pixel = [r * red, g * green, b * blue].map(|channel| {
                let level = ((channel - self.black) / range).clamp(0.0, 1.0).powf(self.exponent);
                ((level - 0.5) * preset.contrast + 0.5) * 255.0
            });
            saturated(pixel, preset.saturation).map(f32::round)
        });
        Ok(())
    }
}

/// How bright each point is, with its colours; holes have none.
fn shades(image: &RgbaImage) -> impl Iterator<Item = (usize, [f32; 3])> {
    let points = image.pixels().map(|pixel| pixel.0).filter(|[.., a]| *a > 0);
    points.map(|[r, g, b, _]| [r, g, b].map(f32::from)).map(|colours| (grey(colours) as usize, colours))
}

/// The shade below which a share of the points lies.
fn quantile(counts: &[u64; 256], share: f64) -> f32 {
    let wanted = counts.iter().sum::<u64>() as f64 * share;
    let mut sum = 0;
    for (shade, count) in (0_u8..=255).zip(counts) {
        sum += count;
        if sum as f64 > wanted {
            return f32::from(shade);
        }
    }
    255.0
}

/// Smooths what hardly differs from what is around it, and keeps edges.
fn soften(image: &mut RgbaImage, strength: f32) {
    let blurred = blur(image, 2.0);
    for (pixel, soft) in image.pixels_mut().zip(blurred.pixels()) {
        let [r, g, b, _] = pixel.0.map(f32::from);
        let [soft_r, soft_g, soft_b, _] = soft.0.map(f32::from);
        let difference = (grey([r, g, b]) - grey([soft_r, soft_g, soft_b])).abs();
        let share = strength * (1.0 - difference / 24.0).max(0.0);
        for (channel, soft) in pixel.0.iter_mut().zip([soft_r, soft_g, soft_b]) {
            *channel = (f32::from(*channel) * (1.0 - share) + soft * share).round() as u8;
        }
    }
}
