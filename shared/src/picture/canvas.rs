//! A result that is filled part by part and then becomes a picture.

use super::limits::Limits;
use super::{Colors, Depth, Picture, PictureError, Samples};
use crate::raster::Raster;

/// A picture being made: black where nothing was put.
#[derive(Clone, Debug)]
pub struct Canvas {
    height: usize,
    width: usize,
    colors: Colors,
    samples: Samples,
}

impl Canvas {
    /// A black canvas.
    ///
    /// # Errors
    /// [`PictureError::TooLarge`] above `limits.result_pixels`, before anything is allocated.
    pub fn new(
        height: usize,
        width: usize,
        colors: Colors,
        depth: Depth,
        limits: &Limits,
    ) -> Result<Canvas, PictureError> {
        limits.check_result(height, width)?;
        Ok(Canvas {
            height,
            width,
            colors,
            samples: Samples::zeros(height * width * colors.channels(), depth),
        })
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Grey or RGB.
    pub fn colors(&self) -> Colors {
        self.colors
    }

    /// Bits a sample.
    pub fn depth(&self) -> Depth {
        self.samples.depth()
    }

    /// What was put so far: `height * width * channels` samples.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// Puts a part of one or three channels, 0..1, with its first pixel at `top`, `left`: see
    /// [`Canvas::quantized`].
    ///
    /// # Panics
    /// If the part reaches beyond the canvas.
    pub fn put(&mut self, top: usize, left: usize, part: &Raster) {
        let samples = Canvas::quantized(part, self.colors, self.depth());
        self.put_samples(top, left, part.height, part.width, &samples);
    }

    /// Puts a part that is quantised already.
    ///
    /// # Panics
    /// If the part reaches beyond the canvas, or has another depth or number of channels.
    pub fn put_samples(&mut self, top: usize, left: usize, height: usize, width: usize, samples: &Samples) {
        let channels = self.colors.channels();
        assert!(top + height <= self.height && left + width <= self.width, "part beyond the canvas");
        assert_eq!(samples.len(), height * width * channels, "samples of a part");
        copy_part(
            &mut self.samples,
            self.width * channels,
            (top, left * channels),
            width * channels,
            samples,
        );
    }

    /// A part of one or three channels as samples: clamped to 0..1, rounded half up, NaN as 0.
    ///
    /// Three channels into grey go as their mean, one into RGB as a grey.
    pub fn quantized(part: &Raster, colors: Colors, depth: Depth) -> Samples {
        // The casts cut off towards 0 and take NaN to 0.
        match depth {
            Depth::Eight => Samples::Eight(levels(part, colors, |v| (v.clamp(0.0, 1.0) * 255.0 + 0.5) as u8)),
            Depth::Sixteen => {
                Samples::Sixteen(levels(part, colors, |v| (v.clamp(0.0, 1.0) * 65535.0 + 0.5) as u16))
            }
        }
    }

    /// The picture, with the opacity of its pixels if it has one.
    ///
    /// # Panics
    /// If `alpha` does not hold a sample a pixel at the depth of the canvas.
    pub fn finish(self, alpha: Option<Samples>) -> Picture {
        let Canvas { height, width, colors, samples } = self;
        if let Some(alpha) = &alpha {
            assert_eq!((alpha.len(), alpha.depth()), (height * width, samples.depth()), "alpha of a result");
        }
        Picture { height, width, colors, samples, alpha, format: None }
    }
}

/// The levels of a part, in the channels that `colors` stores.
fn levels<T: Copy>(part: &Raster, colors: Colors, level: impl Fn(f32) -> T) -> Vec<T> {
    match (part.channels, colors) {
        (3, Colors::Gray) => {
            part.samples.as_chunks::<3>().0.iter().map(|[r, g, b]| level((r + g + b) / 3.0)).collect()
        }
        (1, Colors::Rgb) => part.samples.iter().flat_map(|&value| [level(value); 3]).collect(),
        _ => part.samples.iter().map(|&value| level(value)).collect(),
    }
}

/// Copies rows of `count` samples into rows of `stride`, from row and column `(top, left)` on; columns are
/// counted in samples.
pub(super) fn copy_part(
    to: &mut Samples,
    stride: usize,
    (top, left): (usize, usize),
    count: usize,
    part: &Samples,
) {
    fn copy<T: Copy>(to: &mut [T], stride: usize, start: usize, count: usize, part: &[T]) {
        for (row, samples) in part.chunks_exact(count.max(1)).enumerate() {
            to[start + row * stride..][..count].copy_from_slice(samples);
        }
    }
    let start = top * stride + left;
    match (to, part) {
        (Samples::Eight(to), Samples::Eight(part)) => copy(to, stride, start, count, part),
        (Samples::Sixteen(to), Samples::Sixteen(part)) => copy(to, stride, start, count, part),
        (to, part) => panic!("part of {:?} into {:?}", part.depth(), to.depth()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raster(channels: usize, samples: &[f32]) -> Raster {
        Raster { height: 1, width: samples.len() / channels, channels, samples: samples.to_vec() }
    }

    #[test]
    fn values_are_clamped_and_rounded_half_up() {
        let part = raster(1, &[-3.0, 0.5 / 255.0, 0.499 / 255.0, 1.0, 7.0, f32::NAN, f32::INFINITY]);
        let samples = Canvas::quantized(&part, Colors::Gray, Depth::Eight);
        assert_eq!(samples, Samples::Eight(vec![0, 1, 0, 255, 255, 0, 255]));
        let deep = Canvas::quantized(&raster(1, &[0.5, 1.0]), Colors::Gray, Depth::Sixteen);
        assert_eq!(deep, Samples::Sixteen(vec![32768, 65535]));
    }

    #[test]
    fn every_level_comes_back() {
        for depth in [Depth::Eight, Depth::Sixteen] {
            let top = (depth.levels() - 1) as f32;
            let all = raster(1, &(0..depth.levels()).map(|level| level as f32 / top).collect::<Vec<_>>());
            let expected = match depth {
                Depth::Eight => Samples::Eight((0..=255).collect()),
                Depth::Sixteen => Samples::Sixteen((0..=65535).collect()),
            };
            assert_eq!(Canvas::quantized(&all, Colors::Gray, depth), expected);
        }
    }

    #[test]
    fn channels_are_brought_to_those_of_the_canvas() {
        let gray = Canvas::quantized(&raster(3, &[0.0, 0.4, 0.8, 1.0, 1.0, 1.0]), Colors::Gray, Depth::Eight);
        assert_eq!(gray, Samples::Eight(vec![102, 255]));
        let rgb = Canvas::quantized(&raster(1, &[0.2]), Colors::Rgb, Depth::Eight);
        assert_eq!(rgb, Samples::Eight(vec![51; 3]));
    }

    #[test]
    fn parts_land_where_they_belong() {
        let mut canvas = Canvas::new(3, 4, Colors::Gray, Depth::Eight, &Limits::PAGE).unwrap();
        let part = Raster { height: 2, width: 2, channels: 1, samples: vec![0.2, 0.4, 0.6, 0.8] };
        canvas.put(1, 2, &part);
        canvas.put_samples(0, 0, 1, 1, &Samples::Eight(vec![9]));
        let picture = canvas.finish(Some(Samples::zeros(12, Depth::Eight)));
        let expected = vec![9, 0, 0, 0, 0, 0, 51, 102, 0, 0, 153, 204];
        assert_eq!(picture.samples(), &Samples::Eight(expected));
        assert_eq!((picture.alpha().map(Samples::len), picture.format()), (Some(12), None));
    }

    #[test]
    fn a_canvas_above_the_limit_is_refused_with_numbers() {
        let refused =
            Canvas::new(1 << 31, 1 << 31, Colors::Rgb, Depth::Sixteen, &Limits::NATIVE).unwrap_err();
        assert!(matches!(refused, PictureError::TooLarge(crate::picture::TooLarge::Result { .. })));
        assert!(refused.to_string().ends_with("at most 256 are made"), "{refused}");
    }
}
