//! Pictures from bytes and to bytes.

use std::io::Cursor;
use std::path::PathBuf;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits, Rgba, RgbaImage};

use super::animation::{self, Frame};
use super::{MOST_PIXELS, colour_of, over};
use crate::filestack::chain::Task;

const QUALITY: u8 = 90;

pub(crate) struct Picture {
    pub(super) first: Frame,
    /// The other frames of an animation.
    pub(super) more: Vec<Frame>,
    /// How often an animation runs; 0 is for ever.
    pub(super) repeat: u16,
    /// Kept by formats that have room for it, unless a task drops it.
    exif: Option<Vec<u8>>,
    pub(super) format: ImageFormat,
    /// Some task said which format to write.
    pub(super) chosen: bool,
    quality: u8,
    /// What lies behind holes in formats that have none.
    background: Rgba<u8>,
}

pub(super) fn unreadable(error: &dyn std::fmt::Display) -> String {
    format!("the source is no picture that can be read: {error}")
}

impl Picture {
    /// `upright`: turned as its EXIF data say.
    pub(crate) fn read(bytes: &[u8], upright: bool) -> Result<Picture, String> {
        let mut reader =
            ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| unreadable(&error))?;
        let format = reader.format().ok_or_else(|| unreadable(&"unknown format"))?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(MOST_PIXELS * 8);
        reader.limits(limits.clone());
        let mut decoder = reader.into_decoder().map_err(|error| unreadable(&error))?;
        let (width, height) = decoder.dimensions();
        super::room(width, height)?;
        if width == 0 || height == 0 {
            return Err(unreadable(&"it has no points"));
        }
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut exif = decoder.exif_metadata().ok().flatten();
        if let Some(exif) = &mut exif {
            // Either the pixels are turned now, or nothing is to turn them.
            let _ = Orientation::remove_from_exif_chunk(exif);
        }
        let (first, more, repeat) = match animation::read(bytes, format, limits)? {
            Some(animation) => animation,
            None => {
                let image = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?;
                (Frame::still(image.into_rgba8()), Vec::new(), 0)
            }
        };
        let background = Rgba([255; 4]);
        let mut picture =
            Picture { first, more, repeat, exif, format, chosen: false, quality: QUALITY, background };
        if upright && orientation != Orientation::NoTransforms {
            picture.each(|image| {
                let mut turned = DynamicImage::from(std::mem::take(image));
                turned.apply_orientation(orientation);
                *image = turned.into_rgba8();
                Ok(())
            })?;
        }
        Ok(picture)
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        self.first.image.dimensions()
    }

    pub(super) fn pixels(&self) -> u64 {
        let frames = std::iter::once(&self.first).chain(&self.more);
        frames.map(|frame| u64::from(frame.image.width()) * u64::from(frame.image.height())).sum()
    }

    /// Changes every frame.
    pub(super) fn each(
        &mut self,
        mut change: impl FnMut(&mut RgbaImage) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut pixels = 0;
        for frame in std::iter::once(&mut self.first).chain(&mut self.more) {
            change(&mut frame.image)?;
            pixels += u64::from(frame.image.width()) * u64::from(frame.image.height());
            super::room_for(pixels)?;
        }
        Ok(())
    }

    /// Tasks about the form of the result.
    pub(super) fn set_format(&mut self, task: &Task, webp: bool) {
        let quality = task.text("quality").or(task.text("value")).and_then(|text| text.parse().ok());
        if let Some(quality) = quality {
            self.quality = quality;
        }
        match task.name.as_str() {
            "output" => {
                let format = task.text("format").and_then(ImageFormat::from_extension);
                let format = format.or(task.text("format").map(|_| ImageFormat::Jpeg));
                self.chosen |= format.is_some();
                self.format = format.unwrap_or(self.format);
                self.background = colour_of(task, "background").unwrap_or(self.background);
                if task.flag("strip") {
                    self.exif = None;
                }
            }
            "pjpg" => (self.format, self.chosen) = (ImageFormat::Jpeg, true),
            "auto_image" if webp => (self.format, self.chosen) = (ImageFormat::WebP, true),
            _ => {}
        }
        let drops = match task.name.as_str() {
            "no_metadata" => true,
            "compress" | "pjpg" => !task.flag("metadata"),
            _ => false,
        };
        if drops {
            self.exif = None;
        }
    }

    /// The bytes, their type and the extension that goes with it.
    pub(crate) fn write(mut self) -> Result<(Bytes, &'static str, &'static str), String> {
        // A task may have made holes: JPEG has none, and the service answers with a PNG then.
        let holes = self.first.image.pixels().any(|pixel| pixel.0[3] < 255);
        if holes && self.format == ImageFormat::Jpeg && !self.chosen {
            self.format = ImageFormat::Png;
        }
        let mut bytes = Cursor::new(Vec::new());
        let exif = self.exif.take();
        let still = &mut self.first.image;
        let written = match self.format {
            ImageFormat::Jpeg => {
                for pixel in still.pixels_mut().filter(|pixel| pixel.0[3] < 255) {
                    *pixel = over(*pixel, self.background);
                }
                let encoder = JpegEncoder::new_with_quality(&mut bytes, self.quality.clamp(1, 100));
                let image = DynamicImage::from(std::mem::take(still)).into_rgb8();
                image.write_with_encoder(with_exif(encoder, exif))
            }
            ImageFormat::Png => still.write_with_encoder(with_exif(PngEncoder::new(&mut bytes), exif)),
            ImageFormat::WebP if self.more.is_empty() => {
                still.write_with_encoder(with_exif(WebPEncoder::new_lossless(&mut bytes), exif))
            }
            ImageFormat::WebP => {
                animation::write_webp(&mut bytes, &self.first, &self.more, self.repeat, exif)
            }
            ImageFormat::Gif => animation::write_gif(&mut bytes, self.first, self.more, self.repeat),
            format => still.write_to(&mut bytes, format),
        };
        written.map_err(|error| format!("the picture cannot be written: {error}"))?;
        let (mimetype, extension) = match self.format {
            ImageFormat::Png => ("image/png", "png"),
            ImageFormat::Gif => ("image/gif", "gif"),
            ImageFormat::WebP => ("image/webp", "webp"),
            ImageFormat::Bmp => ("image/bmp", "bmp"),
            _ => ("image/jpeg", "jpg"),
        };
        Ok((Bytes::from(bytes.into_inner()), mimetype, extension))
    }
}

fn with_exif<E: ImageEncoder>(mut encoder: E, exif: Option<Vec<u8>>) -> E {
    if let Some(exif) = exif {
        // A picture without its EXIF data is better than none.
        let _ = encoder.set_exif_metadata(exif);
    }
    encoder
}

/// Width and height of a stored picture; `None` for anything else.
pub(crate) fn dimensions(path: PathBuf) -> Option<(u32, u32)> {
    ImageReader::open(path).ok()?.with_guessed_format().ok()?.into_dimensions().ok()
}
