//! `redeye`, without knowing where faces are: what is red, round and small is taken for a pupil.

use image::{Rgba, RgbaImage};

pub(super) fn redeye(image: &mut RgbaImage) {
    let (width, height) = image.dimensions();
    let most = (width.min(height) / 6).max(3);
    let mut seen = vec![false; width as usize * height as usize];
    let mut pupils = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let spot = Spot::at(image, &mut seen, (x, y));
            if spot.is_pupil(most) {
                pupils.extend(spot.points);
            }
        }
    }
    for (x, y) in pupils {
        if let Some(Rgba([red, green, blue, _])) = image.get_pixel_mut_checked(x, y) {
            *red = u8::midpoint(*green, *blue);
        }
    }
}

/// Pupils in a flash are far redder than skin and lips.
fn is_red(Rgba([r, g, b, a]): Rgba<u8>) -> bool {
    r > 80 && a > 0 && u32::from(r) > 2 * u32::from(g.max(b))
}

/// Red points that hang together.
#[derive(Default)]
struct Spot {
    points: Vec<(u32, u32)>,
    /// Sums over the points around: red, and the stronger one of the other colours.
    around: (u32, u32),
}

impl Spot {
    /// The spot that a point belongs to, without what was seen before.
    fn at(image: &RgbaImage, seen: &mut [bool], start: (u32, u32)) -> Spot {
        let mut spot = Spot::default();
        let mut waiting = vec![start];
        while let Some((x, y)) = waiting.pop() {
            let Some(pixel) = image.get_pixel_checked(x, y) else { continue };
            if !is_red(*pixel) {
                let Rgba([r, g, b, _]) = *pixel;
                spot.around.0 += u32::from(r);
                spot.around.1 += u32::from(g.max(b));
                continue;
            }
            match seen.get_mut(y as usize * image.width() as usize + x as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            spot.points.push((x, y));
            waiting.extend([(x + 1, y), (x.wrapping_sub(1), y), (x, y + 1), (x, y.wrapping_sub(1))]);
        }
        spot
    }

    /// As wide as high, mostly filled (a circle fills 0.79 of its square), and not in something reddish.
    fn is_pupil(&self, most: u32) -> bool {
        let extent = |edge: fn(&(u32, u32)) -> u32| {
            let (least, greatest) = (self.points.iter().map(edge).min(), self.points.iter().map(edge).max());
            greatest.zip(least).map_or(0, |(greatest, least)| greatest - least + 1)
        };
        let (width, height) = (extent(|(x, _)| *x), extent(|(_, y)| *y));
        let filled = self.points.len() as f64 / (f64::from(width) * f64::from(height)).max(1.0);
        (3..=most).contains(&width)
            && (3..=most).contains(&height)
            && width <= 2 * height
            && height <= 2 * width
            && (0.55..0.95).contains(&filled)
            && f64::from(self.around.0) < 1.6 * f64::from(self.around.1)
    }
}
