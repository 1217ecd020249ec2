//! `oil_paint`: every point gets the mean colour of the shade that is most frequent under the brush.

use image::{Rgba, RgbaImage};

const SHADES: usize = 24;

/// How many points of each shade, and the sums of their colours.
type Tally = [[u32; 4]; SHADES];

/// Tallies of columns move down row by row and are added up from left to right, so the size of the brush
/// costs nothing.
pub(super) fn oil_paint(image: &RgbaImage, radius: u32) -> RgbaImage {
    let (width, height) = image.dimensions();
    let mut columns: Vec<Tally> = vec![[[0; 4]; SHADES]; width as usize];
    let mut painted = image.clone();
    for row in 0..radius.min(height) {
        count(image, &mut columns, row, u32::wrapping_add);
    }
    for y in 0..height {
        if y + radius < height {
            count(image, &mut columns, y + radius, u32::wrapping_add);
        }
        if let Some(gone) = y.checked_sub(radius + 1) {
            count(image, &mut columns, gone, u32::wrapping_sub);
        }
        let mut brush: Tally = [[0; 4]; SHADES];
        let move_over = |column: Option<usize>, how: fn(u32, u32) -> u32, brush: &mut Tally| {
            let Some(column) = column.and_then(|column| columns.get(column)) else { return };
            for (sum, part) in brush.iter_mut().flatten().zip(column.iter().flatten()) {
                *sum = how(*sum, *part);
            }
        };
        let radius = radius as usize;
        for column in 0..radius {
            move_over(Some(column), u32::wrapping_add, &mut brush);
        }
        for (x, column) in (0..width).zip(0_usize..) {
            move_over(Some(column + radius), u32::wrapping_add, &mut brush);
            move_over(column.checked_sub(radius + 1), u32::wrapping_sub, &mut brush);
            let [points, red, green, blue] =
                brush.iter().max_by_key(|[points, ..]| *points).copied().unwrap_or_default();
            if let Some(pixel) = painted.get_pixel_mut_checked(x, y).filter(|_| points > 0) {
                let mean = |sum: u32| u8::try_from(sum / points).unwrap_or(u8::MAX);
                *pixel = Rgba([mean(red), mean(green), mean(blue), pixel.0[3]]);
            }
        }
    }
    painted
}

/// Adds a row of the picture to the tallies of the columns, or takes it away.
fn count(image: &RgbaImage, columns: &mut [Tally], y: u32, how: fn(u32, u32) -> u32) {
    for (x, column) in (0..image.width()).zip(columns) {
        let Some(Rgba([r, g, b, a])) = image.get_pixel_checked(x, y) else { continue };
        // Holes have no colour.
        if *a == 0 {
            continue;
        }
        let [r, g, b] = [*r, *g, *b].map(u32::from);
        let shade = (299 * r + 587 * g + 114 * b) as usize * SHADES / 256_000;
        if let Some(tally) = column.get_mut(shade) {
            tally.iter_mut().zip([1, r, g, b]).for_each(|(sum, part)| *sum = how(*sum, part));
        }
    }
}
