//! Pictures: decoded from bytes, checked against limits, encoded again.
//!
//! In reading order: [`Picture`] here (samples of 8 or 16 bits), `format` (what bytes look like),
//! [`limits`], `decode` (bytes to picture), `jpeg` (what a JPEG does not tell its decoder's user),
//! `orientation` (upright), [`Canvas`] (a result, filled part by part), [`encode`] (picture to bytes),
//! [`resize`], `preview` (small, for a screen), [`PictureError`].

use std::ops::Range;

use crate::color::{Lightness, srgb};
use crate::raster::Raster;

mod canvas;
mod decode;
pub mod encode;
mod error;
mod format;
mod jpeg;
pub mod limits;
mod orientation;
mod preview;
pub mod resize;

pub use canvas::Canvas;
pub use error::PictureError;
pub use format::Format;
pub use limits::{Limits, TooLarge};

/// Bits a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// 0..255.
    Eight,
    /// 0..65535.
    Sixteen,
}

impl Depth {
    /// How many values a sample can take.
    pub fn levels(self) -> usize {
        match self {
            Depth::Eight => 256,
            Depth::Sixteen => 65536,
        }
    }
}

/// What the samples of a pixel are, alpha aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colors {
    /// One sample: grey, as sRGB encodes it.
    Gray,
    /// Three: red, green and blue in sRGB.
    Rgb,
}

impl Colors {
    /// Samples a pixel: 1 or 3.
    pub fn channels(self) -> usize {
        match self {
            Colors::Gray => 1,
            Colors::Rgb => 3,
        }
    }
}

/// Samples, row by row, the channels of a pixel side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Samples {
    /// Each 0..255.
    Eight(Vec<u8>),
    /// Each 0..65535.
    Sixteen(Vec<u16>),
}

impl Samples {
    /// `count` samples of 0.
    pub fn zeros(count: usize, depth: Depth) -> Samples {
        match depth {
            Depth::Eight => Samples::Eight(vec![0; count]),
            Depth::Sixteen => Samples::Sixteen(vec![0; count]),
        }
    }

    /// Bits a sample.
    pub fn depth(&self) -> Depth {
        match self {
            Samples::Eight(_) => Depth::Eight,
            Samples::Sixteen(_) => Depth::Sixteen,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Samples::Eight(samples) => samples.len(),
            Samples::Sixteen(samples) => samples.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Some of them as 0..1, appended to `to`.
    fn extend_display(&self, range: Range<usize>, to: &mut Vec<f32>) {
        match self {
            Samples::Eight(samples) => to.extend(samples[range].iter().map(|&v| f32::from(v) / 255.0)),
            Samples::Sixteen(samples) => to.extend(samples[range].iter().map(|&v| f32::from(v) / 65535.0)),
        }
    }
}

/// A picture as it was read or made: grey or RGB at 8 or 16 bits, with an alpha plane of the same depth
/// if it has one. At least 1 × 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    height: usize,
    width: usize,
    colors: Colors,
    samples: Samples,
    alpha: Option<Samples>,
    format: Option<Format>,
}

impl Picture {
    /// Reads PNG, JPEG, TIFF or WebP, told apart by content.
    ///
    /// Palettes become RGB, 1, 2 and 4 bits become 8, floats (clamped to 0..1) become 16 bits; EXIF
    /// orientation is applied. Of several pages or frames the first is read. Colour profiles are not.
    ///
    /// # Errors
    /// Refused before anything of its size is allocated: what is above `limits`, what has four inks
    /// (CMYK), what is no such file. Refused while reading: what is broken or ends early. What no check
    /// can see is damage inside the data of a JPEG, which decodes to other pixels.
    pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
        decode::decode(bytes, limits)
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Bits a sample.
    pub fn depth(&self) -> Depth {
        self.samples.depth()
    }

    /// Grey or RGB, as stored: see [`Picture::is_neutral`] for what it looks like.
    pub fn colors(&self) -> Colors {
        self.colors
    }

    /// `height * width * channels` samples.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// `height * width` samples of opacity, not multiplied into the colours.
    pub fn alpha(&self) -> Option<&Samples> {
        self.alpha.as_ref()
    }

    /// What it was read from; none for a result.
    pub fn format(&self) -> Option<Format> {
        self.format
    }

    /// Whether no pixel has a colour: grey, or RGB with equal channels throughout.
    pub fn is_neutral(&self) -> bool {
        fn equal<T: PartialEq>(samples: &[T]) -> bool {
            samples.as_chunks::<3>().0.iter().all(|[red, green, blue]| red == green && green == blue)
        }
        match (self.colors, &self.samples) {
            (Colors::Gray, _) => true,
            (Colors::Rgb, Samples::Eight(samples)) => equal(samples),
            (Colors::Rgb, Samples::Sixteen(samples)) => equal(samples),
        }
    }

    /// Some rows and columns as sRGB, 0..1, three channels; grey is repeated.
    pub fn display(&self, rows: Range<usize>, columns: Range<usize>) -> Raster {
        let stored = raster(&self.samples, self.width, self.colors.channels(), rows, columns);
        match self.colors {
            Colors::Rgb => stored,
            Colors::Gray => {
                let samples = stored.samples.iter().flat_map(|&value| [value; 3]).collect();
                Raster { channels: 3, samples, ..stored }
            }
        }
    }

    /// The opacity of a picture `factor` times as wide and as high, by [`resize::bicubic`].
    ///
    /// Made in bands of rows: memory goes with the width, not with the size of the picture.
    pub fn enlarged_alpha(&self, factor: usize) -> Option<Samples> {
        const BAND: usize = 64;
        // Four taps, two on either side, and one to spare.
        const AROUND: usize = 3;
        let alpha = self.alpha.as_ref()?;
        let (height, width) = (factor * self.height, factor * self.width);
        let mut enlarged = Samples::zeros(height * width, alpha.depth());
        for top in (0..self.height).step_by(BAND) {
            let bottom = (top + BAND).min(self.height);
            let around = top.saturating_sub(AROUND)..(bottom + AROUND).min(self.height);
            let above = factor * (top - around.start);
            let band = raster(alpha, self.width, 1, around, 0..self.width);
            let band = resize::bicubic(&band, factor * band.height, width);
            let kept = band.part(above..above + factor * (bottom - top), 0..width);
            let kept = Canvas::quantized(&kept, Colors::Gray, alpha.depth());
            canvas::copy_part(&mut enlarged, width, (factor * top, 0), width, &kept);
        }
        Some(enlarged)
    }

    /// L\* of every pixel. A pixel whose channels are equal has that of the grey, to the bit.
    pub fn lightness(&self) -> Lightness {
        let samples = match &self.samples {
            Samples::Eight(samples) => lightness(samples, self.colors, 256),
            Samples::Sixteen(samples) => lightness(samples, self.colors, 65536),
        };
        Lightness(Raster { height: self.height, width: self.width, channels: 1, samples })
    }

    /// Height, width and pixels (RGBA of 8 bits) of the picture for a screen: reduced, antialiased, so
    /// that no side is above `longest_side`; never enlarged.
    pub fn preview(&self, longest_side: usize) -> (usize, usize, Vec<u8>) {
        preview::preview(self, longest_side)
    }
}

/// L\* of every pixel, whose samples are below `levels`.
fn lightness<T: Copy + Into<usize>>(samples: &[T], colors: Colors, levels: usize) -> Vec<f32> {
    let grays = srgb::lightness_of_grays(levels);
    if colors == Colors::Gray {
        return samples.iter().map(|&level| grays[level.into()]).collect();
    }
    let linear = srgb::linear_of_levels(levels);
    let pixels = samples.as_chunks::<3>().0.iter().map(|pixel| pixel.map(Into::into));
    let of_pixel = |[red, green, blue]: [usize; 3]| match red == green && green == blue {
        true => grays[red],
        false => srgb::lab_from_linear([linear[red], linear[green], linear[blue]])[0],
    };
    pixels.map(of_pixel).collect()
}

/// Some rows and columns of samples that are `width` pixels of `channels` a row, as 0..1.
fn raster(
    samples: &Samples,
    width: usize,
    channels: usize,
    rows: Range<usize>,
    columns: Range<usize>,
) -> Raster {
    let (height, count) = (rows.len(), columns.len());
    let mut found = Vec::with_capacity(height * count * channels);
    for row in rows {
        let start = (row * width + columns.start) * channels;
        samples.extend_display(start..start + count * channels, &mut found);
    }
    Raster { height, width: count, channels, samples: found }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(colors: Colors, samples: Samples, alpha: Option<Samples>) -> Picture {
        let width = 3;
        let height = samples.len() / width / colors.channels();
        Picture { height, width, colors, samples, alpha, format: None }
    }

    #[test]
    fn grey_is_repeated_for_a_screen() {
        let gray = picture(Colors::Gray, Samples::Eight(vec![0, 51, 255, 1, 2, 3]), None);
        let shown = gray.display(0..1, 1..3);
        assert_eq!((shown.height, shown.width, shown.channels), (1, 2, 3));
        assert_eq!(shown.samples, [0.2, 0.2, 0.2, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn rgb_of_equal_channels_has_the_lightness_of_the_grey() {
        let levels = [0_u16, 300, 65535];
        let gray = picture(Colors::Gray, Samples::Sixteen(levels.to_vec()), None);
        let tripled = levels.iter().flat_map(|&level| [level; 3]).collect();
        let rgb = picture(Colors::Rgb, Samples::Sixteen(tripled), None);
        assert!(rgb.is_neutral());
        assert_eq!(rgb.lightness(), gray.lightness());
    }

    #[test]
    fn a_colour_has_the_lightness_of_its_lab() {
        let levels: [u8; 9] = [255, 0, 0, 12, 34, 56, 250, 200, 150];
        let rgb = picture(Colors::Rgb, Samples::Eight(levels.to_vec()), None);
        assert!(!rgb.is_neutral());
        for (found, expected) in rgb.lightness().0.samples.iter().zip([53.2408, 12.6562, 83.8814]) {
            assert!((found - expected).abs() < 1e-3);
        }
    }

    #[test]
    fn alpha_enlarged_in_bands_is_alpha_enlarged_at_once() {
        let count = 3 * 150;
        let alpha = Samples::Sixteen((0..count).map(|at| (at * 7919 % 65536) as u16).collect());
        let small = raster(&alpha, 3, 1, 0..150, 0..3);
        let gray = picture(Colors::Gray, Samples::Sixteen(vec![0; count]), Some(alpha));
        let whole = resize::bicubic(&small, 600, 12);
        let Samples::Sixteen(whole) = Canvas::quantized(&whole, Colors::Gray, Depth::Sixteen) else {
            panic!()
        };
        let Some(Samples::Sixteen(bands)) = gray.enlarged_alpha(4) else { panic!() };
        assert_eq!(bands.len(), whole.len());
        assert!(bands.iter().zip(&whole).all(|(band, whole)| band.abs_diff(*whole) <= 1));
    }
}
