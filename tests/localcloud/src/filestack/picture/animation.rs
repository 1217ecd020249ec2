//! Pictures of several frames: GIF and WebP, read, written, and made of stills.

use std::io::{Cursor, Write};

use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::error::{EncodingError, ImageFormatHint};
use image::imageops;
use image::metadata::LoopCount;
use image::{AnimationDecoder, Delay, ImageDecoder, ImageError, ImageFormat, ImageResult, Limits};
use image::{Rgba, RgbaImage};

use super::codec::unreadable;
use super::{Picture, colour_of, place, room, room_for, size};
use crate::filestack::chain::Task;

pub(super) struct Frame {
    pub(super) image: RgbaImage,
    /// In milliseconds.
    delay: u32,
}

impl Frame {
    pub(super) fn still(image: RgbaImage) -> Frame {
        Frame { image, delay: 0 }
    }
}

/// The first frame, the others, and how often they run.
type Animation = (Frame, Vec<Frame>, u16);

/// `None`: no format with frames, or a single picture.
pub(super) fn read(bytes: &[u8], format: ImageFormat, limits: Limits) -> Result<Option<Animation>, String> {
    let bytes = Cursor::new(bytes);
    match format {
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(bytes).map_err(|error| unreadable(&error))?;
            decoder.set_limits(limits).map_err(|error| unreadable(&error))?;
            collect(decoder).map(Some)
        }
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(bytes).map_err(|error| unreadable(&error))?;
            if decoder.has_animation() { collect(decoder).map(Some) } else { Ok(None) }
        }
        _ => Ok(None),
    }
}

fn collect<'a>(decoder: impl AnimationDecoder<'a>) -> Result<Animation, String> {
    let repeat = match decoder.loop_count() {
        LoopCount::Infinite => 0,
        LoopCount::Finite(times) => u16::try_from(times.get()).unwrap_or(u16::MAX),
    };
    let mut pixels = 0;
    let mut frames = decoder.into_frames().map(|frame| {
        let frame = frame.map_err(|error| unreadable(&error))?;
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let frame = Frame { delay: numerator / denominator.max(1), image: frame.into_buffer() };
        pixels += u64::from(frame.image.width()) * u64::from(frame.image.height());
        room_for(pixels)?;
        Ok::<Frame, String>(frame)
    });
    let first = frames.next().ok_or_else(|| unreadable(&"no frame"))??;
    Ok((first, frames.collect::<Result<_, _>>()?, repeat))
}

pub(super) fn write_gif(to: impl Write, first: Frame, more: Vec<Frame>, repeat: u16) -> ImageResult<()> {
    let mut encoder = GifEncoder::new_with_speed(to, 10);
    if !more.is_empty() {
        encoder.set_repeat(if repeat == 0 { Repeat::Infinite } else { Repeat::Finite(repeat) })?;
    }
    encoder.encode_frames(std::iter::once(first).chain(more).map(|mut frame| {
        // A pixel of a GIF is there or not.
        for pixel in frame.image.pixels_mut() {
            *pixel =
                if pixel.0[3] < 128 { Rgba([0; 4]) } else { Rgba([pixel.0[0], pixel.0[1], pixel.0[2], 255]) };
        }
        let delay = Delay::from_numer_denom_ms(frame.delay, 1);
        image::Frame::from_parts(frame.image, 0, 0, delay)
    }))
}

/// The container around frames that the encoder for stills made: it has none for animations.
pub(super) fn write_webp(
    to: &mut impl Write,
    first: &Frame,
    more: &[Frame],
    repeat: u16,
    exif: Option<Vec<u8>>,
) -> ImageResult<()> {
    const ANIMATED: u8 = 0b0000_0010;
    const WITH_EXIF: u8 = 0b0000_1000;
    const WITH_ALPHA: u8 = 0b0001_0000;
    const REPLACE: u8 = 0b0000_0010;
    let (width, height) = first.image.dimensions();
    let mut body = b"WEBP".to_vec();
    let mut head = vec![ANIMATED | WITH_ALPHA | if exif.is_some() { WITH_EXIF } else { 0 }, 0, 0, 0];
    head.extend(three_bytes(width.saturating_sub(1)));
    head.extend(three_bytes(height.saturating_sub(1)));
    append(&mut body, b"VP8X", &head);
    append(&mut body, b"ANIM", &[&[0; 4][..], &repeat.to_le_bytes()].concat());
    for frame in std::iter::once(first).chain(more) {
        let mut still = Vec::new();
        frame.image.write_with_encoder(WebPEncoder::new_lossless(&mut still))?;
        // Behind the head of the file there is one chunk with the picture.
        let picture = still.get(12..).filter(|chunk| chunk.starts_with(b"VP8L")).ok_or_else(odd_still)?;
        let mut data = [0; 6].to_vec(); // at the corner
        data.extend(three_bytes(frame.image.width().saturating_sub(1)));
        data.extend(three_bytes(frame.image.height().saturating_sub(1)));
        data.extend(three_bytes(frame.delay.min(0xFF_FFFF)));
        data.push(REPLACE);
        data.extend_from_slice(picture);
        append(&mut body, b"ANMF", &data);
    }
    if let Some(exif) = exif {
        append(&mut body, b"EXIF", &exif);
    }
    let mut file = Vec::new();
    append(&mut file, b"RIFF", &body);
    to.write_all(&file).map_err(ImageError::IoError)
}

fn odd_still() -> ImageError {
    let hint = ImageFormatHint::Exact(ImageFormat::WebP);
    ImageError::Encoding(EncodingError::new(hint, "a frame is not in the simple format"))
}

fn three_bytes(number: u32) -> [u8; 3] {
    let [a, b, c, _] = number.to_le_bytes();
    [a, b, c]
}

fn append(to: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    to.extend_from_slice(name);
    to.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    to.extend_from_slice(data);
    to.extend(std::iter::repeat_n(0, data.len() % 2));
}

/// `animate`: each picture is a frame.
pub(super) fn animate(first: &mut Picture, more: Vec<Picture>, task: &Task) -> Result<(), String> {
    let mut images = vec![first.first.image.clone()];
    images.extend(more.into_iter().map(|picture| picture.first.image));
    let largest = |edge: fn(&RgbaImage) -> u32| images.iter().map(edge).max().unwrap_or(1);
    let (old_width, old_height) = first.size();
    let given = |name: &str, edge: fn(&RgbaImage) -> u32| match task.text(name) {
        Some("max") => Some(largest(edge)),
        text => text.and_then(|text| text.parse().ok()),
    };
    let scale = |edge: u32, by: u32, to: u32| {
        let edge = (u64::from(edge) * u64::from(to)).div_ceil(u64::from(by.max(1)));
        u32::try_from(edge).unwrap_or(u32::MAX).max(1)
    };
    let (width, height) = match (given("width", RgbaImage::width), given("height", RgbaImage::height)) {
        (Some(width), Some(height)) => (width, height),
        (Some(width), None) => (width, scale(old_height, old_width, width)),
        (None, Some(height)) => (scale(old_width, old_height, height), height),
        (None, None) => (old_width, old_height),
    };
    room(width, height)?;
    room_for(u64::from(width) * u64::from(height) * images.len() as u64)?;
    let delay = task.number("delay").unwrap_or(1000.0) as u32;
    let background = colour_of(task, "background").unwrap_or(Rgba([0; 4]));
    let (right, bottom) = place(task.value("align"));
    let mut frames = Vec::new();
    for image in &images {
        let fitted = match task.word("fit").as_deref() {
            Some("scale") => size::scaled(image, f64::from(width), f64::from(height))?,
            Some("crop") => size::filling(image, width, height, (right, bottom))?,
            _ => size::inside(image, f64::from(width), f64::from(height), f64::INFINITY)?,
        };
        let mut frame = RgbaImage::from_pixel(width, height, background);
        let left = f64::from(width.saturating_sub(fitted.width())) * right;
        let top = f64::from(height.saturating_sub(fitted.height())) * bottom;
        imageops::overlay(&mut frame, &fitted, left.round() as i64, top.round() as i64);
        frames.push(Frame { image: frame, delay });
    }
    let mut frames = frames.into_iter();
    if let Some(frame) = frames.next() {
        first.first = frame;
    }
    first.more = frames.collect();
    first.repeat = task.number("loop").unwrap_or(0.0) as u16;
    (first.format, first.chosen) = (ImageFormat::Gif, true);
    Ok(())
}
