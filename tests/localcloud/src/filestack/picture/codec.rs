//! Pictures from bytes and to bytes.

use std::io::Cursor;
use std::path::PathBuf;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits, RgbaImage};

use super::MOST_PIXELS;
use crate::filestack::chain::Task;

const QUALITY: u8 = 90;

pub(crate) struct Picture {
    pub(super) image: RgbaImage,
    pub(super) orientation: Orientation,
    /// Kept from JPEG to JPEG, unless a task drops it.
    pub(super) exif: Option<Vec<u8>>,
    pub(super) format: ImageFormat,
    /// Some task said which format to write.
    chosen: bool,
    quality: u8,
}

impl Picture {
    pub(crate) fn read(bytes: &[u8]) -> Result<Picture, String> {
        let failed =
            |error: &dyn std::fmt::Display| format!("the source is no picture that can be read: {error}");
        let mut reader =
            ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| failed(&error))?;
        let format = reader.format().ok_or("the source is no picture that can be read: unknown format")?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(MOST_PIXELS * 8);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(|error| failed(&error))?;
        let (width, height) = decoder.dimensions();
        super::room(width, height)?;
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let exif = decoder.exif_metadata().ok().flatten();
        let image = DynamicImage::from_decoder(decoder).map_err(|error| failed(&error))?.into_rgba8();
        Ok(Picture { image, orientation, exif, format, chosen: false, quality: QUALITY })
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        self.image.dimensions()
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
        let holes = self.image.pixels().any(|pixel| pixel.0[3] < 255);
        if holes && self.format == ImageFormat::Jpeg && !self.chosen {
            self.format = ImageFormat::Png;
        }
        let mut bytes = Cursor::new(Vec::new());
        let failed = |error: &dyn std::fmt::Display| format!("the picture cannot be written: {error}");
        if self.format == ImageFormat::Jpeg {
            let mut encoder = JpegEncoder::new_with_quality(&mut bytes, self.quality.clamp(1, 100));
            if let Some(exif) = self.exif.take() {
                // A picture without its EXIF data is better than none.
                let _ = encoder.set_exif_metadata(exif);
            }
            DynamicImage::from(self.image)
                .into_rgb8()
                .write_with_encoder(encoder)
                .map_err(|error| failed(&error))?;
        } else {
            self.image.write_to(&mut bytes, self.format).map_err(|error| failed(&error))?;
        }
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

/// Width and height of a stored picture; `None` for anything else.
pub(crate) fn dimensions(path: PathBuf) -> Option<(u32, u32)> {
    ImageReader::open(path).ok()?.with_guessed_format().ok()?.into_dimensions().ok()
}
