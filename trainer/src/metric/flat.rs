//! How rough flat sky comes out of an upscaler: deviation on flat patches, against bicubic's.

use super::psnr::BORDER;
use astrochroma::pipeline::SCALE;
use astrochroma::raster::Raster;
use std::ops::Range;

/// Side of a patch, in pixels of the input.
const PATCH: usize = 12;

/// Standard deviation of a flat patch, in levels of 8 bit: below is nothing to make rough, above is structure.
const DEVIATION: Range<f64> = 0.4..2.5;

/// The brightest sky, in levels.
const BRIGHTEST: f64 = 90.0;

/// So many patches of a picture count, the flattest.
const MOST: usize = 6;

/// The mean over a picture's flattest dark patches of the made one's deviation over that of the same patch
/// enlarged another way; none where no patch is flat and dark. Deviations are those of the channels' mean.
pub fn roughness(input: &Raster, made: &Raster, other: &Raster) -> Option<f64> {
    let mut patches: Vec<(f64, [usize; 2])> = corners(input.height)
        .flat_map(|top| corners(input.width).map(move |left| [top, left]))
        .filter_map(|corner| {
            let (mean, deviation) = spread(input, corner, 1);
            (DEVIATION.contains(&deviation) && mean < BRIGHTEST).then_some((deviation, corner))
        })
        .collect();
    patches.sort_by(|a, b| a.0.total_cmp(&b.0));
    patches.truncate(MOST);
    let ratio = |&(_, corner): &(f64, [usize; 2])| {
        spread(made, corner, SCALE).1 / spread(other, corner, SCALE).1.max(1e-3)
    };
    let sum: f64 = patches.iter().map(ratio).sum();
    (!patches.is_empty()).then(|| sum / patches.len() as f64)
}

/// Where patches begin along a side, the border left out.
fn corners(side: usize) -> impl Iterator<Item = usize> {
    (BORDER..(side + 1).saturating_sub(BORDER + PATCH)).step_by(PATCH)
}

/// Mean and standard deviation of a patch, in levels of 8 bit.
fn spread(picture: &Raster, [top, left]: [usize; 2], scale: usize) -> (f64, f64) {
    let along = |start: usize| start * scale..(start + PATCH) * scale;
    let part = picture.part(along(top), along(left));
    let level = |v: &f32| f64::from((v.clamp(0.0, 1.0) * 255.0).round());
    let of_pixel = |pixel: &[f32]| pixel.iter().map(level).sum::<f64>() / pixel.len() as f64;
    let levels: Vec<f64> = part.samples.chunks_exact(part.channels).map(of_pixel).collect();
    let count = levels.len() as f64;
    let mean = levels.iter().sum::<f64>() / count;
    let variance = levels.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chessboard of two levels, `strength` above and below `level`.
    fn board(side: usize, level: f32, strength: f32) -> Raster {
        let sign = |at: usize| if (at / side + at % side).is_multiple_of(2) { 1.0 } else { -1.0 };
        let samples = (0..side * side).flat_map(|at| [(level + strength * sign(at)) / 255.0; 3]).collect();
        Raster { height: side, width: side, channels: 3, samples }
    }

    #[test]
    fn twice_the_deviation_is_two() {
        let (made, other) = (board(80, 40.0, 4.0), board(80, 40.0, 2.0));
        assert_eq!(roughness(&board(20, 40.0, 2.0), &made, &other), Some(2.0));
    }

    #[test]
    fn structure_brightness_and_nothing_are_no_flat_sky() {
        let made = board(80, 40.0, 4.0);
        for input in [board(20, 40.0, 9.0), board(20, 140.0, 2.0), board(20, 40.0, 0.0), board(19, 40.0, 2.0)]
        {
            assert_eq!(roughness(&input, &made, &made), None);
        }
    }
}
