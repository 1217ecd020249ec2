//! `ascii`: a page of characters.

use std::fmt::Write;

use image::{Rgba, imageops};

use super::colour::grey;
use super::{Picture, colour_of, over};
use crate::filestack::chain::Task;

/// From much ink to none.
const INK: &[u8] = b"@%#*+=-:. ";

/// Points of the picture behind one character: as the font below has them, so that 100 percent is the size of
/// the picture.
const CELL: (f64, f64) = (6.0, 12.0);

/// A page as HTML.
pub(crate) fn page(picture: &Picture, task: &Task) -> String {
    let background = colour_of(task, "background").unwrap_or(Rgba([255; 4]));
    let foreground = colour_of(task, "foreground").unwrap_or(Rgba([0, 0, 0, 255]));
    let (colored, reverse) = (task.flag("colored"), task.flag("reverse"));
    let size = task.number("size").unwrap_or(100.0) / 100.0;
    let (width, height) = picture.size();
    let cells = |edge: u32, cell: f64| ((f64::from(edge) * size / cell).round() as u32).max(1);
    let (columns, rows) = (cells(width, CELL.0), cells(height, CELL.1));
    let small = imageops::thumbnail(&picture.first.image, columns, rows);
    let mut text = String::new();
    for row in small.rows() {
        let mut before = None;
        for pixel in row {
            let Rgba([r, g, b, _]) = over(*pixel, Rgba([255; 4]));
            if colored {
                // Near colours share an element: pages get large.
                let colour = [r, g, b].map(|channel| channel & 0xF0 | channel >> 4);
                if before != Some(colour) {
                    text.push_str(if before.is_some() { "</b>" } else { "" });
                    let _ = write!(text, "<b style=\"color:{}\">", hex(&colour));
                    before = Some(colour);
                }
            }
            let shade = grey([r, g, b].map(f32::from)) / 256.0 * INK.len() as f32;
            let ink = if reverse { INK.len() - 1 - shade as usize } else { shade as usize };
            text.push(INK.get(ink).copied().unwrap_or(b' ').into());
        }
        text.push_str(if before.is_some() { "</b>\n" } else { "\n" });
    }
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><style>\
         body{{margin:0;background:{}}}\
         pre{{margin:0;color:{};font:10px/{}px monospace}}\
         b{{font-weight:normal}}\
         </style></head><body><pre>\n{text}</pre></body></html>\n",
        hex(&background.0),
        hex(&foreground.0),
        CELL.1
    )
}

fn hex(channels: &[u8]) -> String {
    channels.iter().fold("#".to_owned(), |text, channel| format!("{text}{channel:02x}"))
}
