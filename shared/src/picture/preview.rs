//! A small picture for a screen, from one of any size, in little memory.

use super::resize;
use super::{Picture, raster};
use crate::raster::Raster;

/// Blocks of whole pixels are averaged first, down to less than twice the size; a filter does the rest. Colours
/// weigh as much as their pixel is opaque, so that nothing bleeds out of what is transparent.
pub(super) fn preview(picture: &Picture, longest_side: usize) -> (usize, usize, Vec<u8>) {
    let longest = picture.height.max(picture.width);
    let side = |length: usize| ((length * longest_side + longest / 2) / longest).max(1);
    let (height, width) = match longest <= longest_side {
        true => (picture.height, picture.width),
        false => (side(picture.height), side(picture.width)),
    };
    let block = (longest / longest_side.max(1)).clamp(1, longest);
    let averaged = resize::reduced(&block_means(picture, block), height, width);
    let pixels = averaged.samples.as_chunks::<4>().0.iter().flat_map(|[red, green, blue, alpha]| {
        let color = [red, green, blue].map(|value| level(if *alpha > 0.0 { value / alpha } else { 0.0 }));
        [color[0], color[1], color[2], level(*alpha)]
    });
    (height, width, pixels.collect())
}

fn level(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// Means over blocks of `block × block` pixels (fewer at the right and at the bottom): red, green and blue
/// multiplied by alpha, then alpha.
fn block_means(picture: &Picture, block: usize) -> Raster {
    let (rows, columns) = (picture.height.div_ceil(block), picture.width.div_ceil(block));
    let mut means = Raster::zeros(rows, columns, 4);
    for row in 0..picture.height {
        let colors = picture.display(row..row + 1, 0..picture.width);
        let alpha = picture
            .alpha
            .as_ref()
            .map(|alpha| raster(alpha, picture.width, 1, row..row + 1, 0..picture.width));
        let sums = means.row_mut(row / block).as_chunks_mut::<4>().0;
        for (column, color) in colors.samples.as_chunks::<3>().0.iter().enumerate() {
            let alpha = alpha.as_ref().map_or(1.0, |alpha| alpha.samples[column]);
            let sum = &mut sums[column / block];
            for (sum, value) in
                sum.iter_mut().zip([color[0] * alpha, color[1] * alpha, color[2] * alpha, alpha])
            {
                *sum += value;
            }
        }
    }
    for row in 0..rows {
        let high = block.min(picture.height - row * block);
        for (column, mean) in means.row_mut(row).as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let count = high * block.min(picture.width - column * block);
            *mean = mean.map(|sum| sum / count as f32);
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::super::{Colors, Samples};
    use super::*;

    fn gray(height: usize, width: usize, samples: Vec<u8>, alpha: Option<Vec<u8>>) -> Picture {
        let (samples, alpha) = (Samples::Eight(samples), alpha.map(Samples::Eight));
        Picture { height, width, colors: Colors::Gray, samples, alpha, format: None }
    }

    #[test]
    fn a_small_picture_is_shown_as_it_is() {
        let picture = gray(2, 3, vec![1, 2, 3, 4, 5, 6], None);
        let (height, width, pixels) = picture.preview(10);
        assert_eq!((height, width), (2, 3));
        assert_eq!(pixels[..8], [1, 1, 1, 255, 2, 2, 2, 255]);
    }

    #[test]
    fn sides_keep_their_ratio_and_never_vanish() {
        let size = |height: usize, width: usize, side| {
            let (rows, columns, pixels) = gray(height, width, vec![7; height * width], None).preview(side);
            assert_eq!(pixels, [7, 7, 7, 255].repeat(rows * columns));
            (rows, columns)
        };
        assert_eq!(size(30, 100, 10), (3, 10));
        assert_eq!(size(100, 33, 40), (40, 13));
        assert_eq!(size(1, 1000, 10), (1, 10));
        assert_eq!(size(17, 23, 1), (1, 1));
    }

    #[test]
    fn fine_stripes_become_their_mean() {
        let stripes = (0..64 * 64).map(|at| if at % 2 == 0 { 0 } else { 200 }).collect();
        let (_, _, pixels) = gray(64, 64, stripes, None).preview(8);
        assert!(pixels.as_chunks::<4>().0.iter().all(|[red, ..]| red.abs_diff(100) <= 2), "{pixels:?}");
    }

    #[test]
    fn what_is_transparent_does_not_bleed() {
        let picture = gray(2, 2, vec![255, 80, 255, 80], Some(vec![0, 255, 0, 255]));
        assert_eq!(picture.preview(1), (1, 1, vec![80, 80, 80, 128]));
    }
}
