//! Pairs for upscalers: a picture reduced four times by Pillow's bicubic, and the picture.
//!
//! The middle of each picture is kept in memory as 8-bit samples, with its reduced form. Some examples
//! are made grey, paler or more colourful, have noise, or have been through a JPEG encoder, for that is
//! what an upscaler is given. Some are no picture but empty sky: noise on an even ground, whose truth is
//! the ground, so that noise is not taken for structure where there is nothing else.

use super::colors::turned;
use super::folder::{Item, read};
use anyhow::Result;
use astrochroma::picture::resize;
use astrochroma::pipeline::SCALE;
use astrochroma::raster::Raster;
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::{ExtendedColorType, ImageDecoder};
use rand::{Rng, RngExt};

/// The longest side that is kept, and so of an example's truth.
pub const MIDDLE: usize = 768;

/// The strongest noise that is added to an input: standard deviation, of 0..1.
const MOST_NOISE: f32 = 5.0 / 255.0;

/// One example in so many is empty sky.
const SKY_EVERY: u32 = 6;

/// Pictures and their reduced forms.
pub struct Upscaling {
    pictures: Vec<Pair>,
}

struct Pair {
    large: Bytes,
    small: Bytes,
}

/// Samples of 8 bit, three channels.
struct Bytes {
    width: usize,
    samples: Vec<u8>,
}

/// The middle of a picture, at most `side` pixels wide and high, both multiples of four.
pub fn middle(picture: &Raster, side: usize) -> Raster {
    let length = |of: usize| of.min(side) / SCALE * SCALE;
    let (height, width) = (length(picture.height), length(picture.width));
    let (top, left) = ((picture.height - height) / 2, (picture.width - width) / 2);
    picture.part(top..top + height, left..left + width)
}

/// Reduced four times by Pillow's bicubic, to the level.
pub fn small(large: &Raster) -> Raster {
    resize::bicubic_in_eight_bits(large, large.height / SCALE, large.width / SCALE)
}

impl Upscaling {
    /// Reads all pictures.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn load(items: &[Item]) -> Result<Upscaling> {
        let pair = |item: &Item| {
            let picture = read(&item.path)?;
            let large = middle(&picture.display(0..picture.height(), 0..picture.width()), MIDDLE);
            let small = small(&large);
            Ok(Pair { large: Bytes::of(&large), small: Bytes::of(&small) })
        };
        Ok(Upscaling { pictures: items.iter().map(pair).collect::<Result<_>>()? })
    }

    /// A random crop of `crop` pixels, and its truth, four times as large.
    pub fn example(&self, crop: usize, chance: &mut impl Rng) -> (Raster, Raster) {
        if chance.random_range(0..SKY_EVERY) == 0 {
            return sky(crop, chance);
        }
        let pair = &self.pictures[chance.random_range(0..self.pictures.len())];
        let (height, width) = (pair.small.height(), pair.small.width);
        let top = chance.random_range(0..=height - crop);
        let left = chance.random_range(0..=width - crop);
        let way = chance.random_range(0..8);
        let mut input = turned(&pair.small.part(top, left, crop), way);
        let mut truth = turned(&pair.large.part(top * SCALE, left * SCALE, crop * SCALE), way);
        match chance.random_range(0..20) {
            0..4 => [&mut input, &mut truth].into_iter().for_each(|part| saturate(part, 0.0)),
            4..7 => {
                let saturation = 1.6 * chance.random::<f32>();
                [&mut input, &mut truth].into_iter().for_each(|part| saturate(part, saturation));
            }
            7..9 => input = through_jpeg(&input, chance.random_range(75..96)).unwrap_or(input),
            9..18 => add_noise(&mut input, MOST_NOISE * chance.random::<f32>(), chance),
            _ => {}
        }
        (input, truth)
    }
}

impl Bytes {
    fn of(raster: &Raster) -> Bytes {
        let samples = raster.samples.iter().map(|v| (v * 255.0).round() as u8).collect();
        Bytes { width: raster.width, samples }
    }

    fn height(&self) -> usize {
        self.samples.len() / self.width / 3
    }

    fn part(&self, top: usize, left: usize, side: usize) -> Raster {
        let row = |row: usize| &self.samples[(row * self.width + left) * 3..][..side * 3];
        let samples = (top..top + side).flat_map(row).map(|byte| f32::from(*byte) / 255.0).collect();
        Raster { height: side, width: side, channels: 3, samples }
    }
}

/// Noise on a dark ground of one colour that brightens evenly along a line, and the ground, four times as
/// large.
fn sky(crop: usize, chance: &mut impl Rng) -> (Raster, Raster) {
    let mut any = |most: f32| most * chance.random::<f32>();
    let (level, slope, angle) = (any(0.4), any(0.1), any(std::f32::consts::TAU));
    let grey = any(1.0) < 0.5;
    let color = if grey { [0.0; 3] } else { [any(0.04), any(0.04), any(0.04)] };
    let deviation = MOST_NOISE * any(1.0);
    let ground = |side: usize| {
        let mut part = Raster::zeros(side, side, 3);
        for (at, pixel) in part.samples.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let [y, x] = [at / side, at % side].map(|i| (i as f32 + 0.5) / side as f32 - 0.5);
            let way = level + slope * (y * angle.sin() + x * angle.cos());
            *pixel = color.map(|c| (way + c).max(0.0));
        }
        part
    };
    let (mut input, truth) = (ground(crop), ground(crop * SCALE));
    add_noise(&mut input, deviation, chance);
    if grey {
        saturate(&mut input, 0.0);
    }
    (input, truth)
}

/// Brings each channel nearer to the pixel's luma (Rec. 601), or further from it.
fn saturate(part: &mut Raster, saturation: f32) {
    for pixel in part.samples.as_chunks_mut::<3>().0 {
        let luma = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
        *pixel = pixel.map(|v| (luma + (v - luma) * saturation).clamp(0.0, 1.0));
    }
}

/// Adds what a detector adds; the truth stays clean, so that noise is not sharpened.
fn add_noise(part: &mut Raster, deviation: f32, chance: &mut impl Rng) {
    // Twelve uniform numbers have a variance of one and nearly a normal sum.
    let mut normal = || (0..12).map(|_| chance.random::<f32>()).sum::<f32>() - 6.0;
    part.samples.iter_mut().for_each(|v| *v = (*v + deviation * normal()).clamp(0.0, 1.0));
}

fn through_jpeg(part: &Raster, quality: u8) -> Option<Raster> {
    let mut bytes = Vec::new();
    let (width, height) = (part.width as u32, part.height as u32);
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode(&Bytes::of(part).samples, width, height, ExtendedColorType::Rgb8)
        .ok()?;
    let decoder = JpegDecoder::new(std::io::Cursor::new(bytes)).ok()?;
    let mut samples = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut samples).ok()?;
    let samples = samples.into_iter().map(|byte| f32::from(byte) / 255.0).collect();
    Some(Raster { samples, ..part.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jpeg_changes_a_little() {
        let samples = (0..16 * 16 * 3).map(|i| (i % 97) as f32 / 96.0).collect();
        let part = Raster { height: 16, width: 16, channels: 3, samples };
        let changed = through_jpeg(&part, 90).unwrap();
        let mean = |a: &Raster, b: &Raster| {
            a.samples.iter().zip(&b.samples).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.samples.len() as f32
        };
        let difference = mean(&part, &changed);
        assert!(difference > 0.0 && difference < 0.2, "{difference}");
    }

    #[test]
    fn noise_has_the_deviation_that_was_asked_for() {
        let mut part = Raster { height: 64, width: 64, channels: 3, samples: vec![0.5; 64 * 64 * 3] };
        add_noise(&mut part, 0.02, &mut crate::dataset::chance(1, 0, 0));
        let variance =
            part.samples.iter().map(|v| (v - 0.5).powi(2)).sum::<f32>() / part.samples.len() as f32;
        assert!((variance.sqrt() - 0.02).abs() < 0.001, "{}", variance.sqrt());
    }

    #[test]
    fn empty_sky_is_even_in_truth_and_noisy_in_input() {
        for seed in 0..8 {
            let (input, truth) = sky(16, &mut crate::dataset::chance(seed, 0, 0));
            assert_eq!((input.height, truth.height, truth.width), (16, 64, 64));
            let steps = |part: &Raster| {
                let (pixels, _) = part.samples.as_chunks::<3>();
                pixels.windows(2).take(part.width - 1).map(|p| (p[1][1] - p[0][1]).abs()).fold(0.0, f32::max)
            };
            assert!(steps(&truth) <= 0.1 / 64.0 + 1e-6 && steps(&input) > steps(&truth), "{seed}");
        }
    }

    #[test]
    fn grey_has_equal_channels() {
        let mut part = Raster { height: 1, width: 1, channels: 3, samples: vec![0.9, 0.1, 0.4] };
        saturate(&mut part, 0.0);
        assert!(part.samples.iter().all(|v| (v - part.samples[0]).abs() < 1e-6));
    }
}
