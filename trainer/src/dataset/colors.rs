//! Pairs for colourisers: L\* of a crop, and its a\* and b\* at the size of the network's output.
//!
//! Pictures are reduced to what the pipeline shows a colouriser, and kept in memory. Their lightness is
//! stretched at random, for one object is published in many stretches. An object with many pictures is
//! drawn more often than one with few, but not as many times more often. Some examples are smooth grey
//! ramps instead: nothing in a ramp tells of a colour, so a colouriser is to leave it alone.

use super::folder::{Item, read};
use anyhow::Result;
use astrochroma::color::srgb::lab_from_srgb;
use astrochroma::network::Architecture;
use astrochroma::picture::resize;
use astrochroma::pipeline::colorize::{CHROMA_SCALE, view_size};
use astrochroma::raster::Raster;
use rand::distr::weighted::WeightedIndex;
use rand::{Rng, RngExt};
use std::collections::HashMap;

/// One example in so many is a grey ramp.
const RAMP_EVERY: u32 = 20;

/// Pictures as L\*, a\* and b\*, three channels in Lab units.
pub struct Colors {
    pictures: Vec<Raster>,
    /// How likely each picture is drawn.
    likely: WeightedIndex<f32>,
    scale: (f32, f32),
    /// Pixels of the input for one of the output.
    reduction: usize,
}

/// L\*, a\* and b\* of a picture, three channels in Lab units, at full size.
pub fn lab(display: &Raster) -> Raster {
    let mut lab = display.clone();
    lab.samples.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| *pixel = lab_from_srgb(*pixel));
    lab
}

/// The same, reduced to what a colouriser sees.
///
/// # Errors
/// If the picture cannot be read.
pub fn viewed(item: &Item) -> Result<Raster> {
    let picture = read(&item.path)?;
    let (height, width) = (picture.height(), picture.width());
    let lab = lab(&picture.display(0..height, 0..width));
    let (height, width) = view_size(height, width);
    Ok(resize::reduced(&lab, height, width))
}

impl Colors {
    /// Reads all pictures.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn load(items: &[Item], network: &Architecture) -> Result<Colors> {
        let pictures = items.iter().map(viewed).collect::<Result<_>>()?;
        let reduction = network.figure().scale().1;
        let likely = WeightedIndex::new(weights(items))?;
        Ok(Colors { pictures, likely, scale: network.lightness_scale(), reduction })
    }

    /// A random crop: the network's input, and the truth over [`CHROMA_SCALE`].
    pub fn example(&self, crop: usize, chance: &mut impl Rng) -> (Raster, Raster) {
        if chance.random_range(0..RAMP_EVERY) == 0 {
            return self.pair(&ramp(crop, chance), Stretch::NONE);
        }
        let picture = &self.pictures[chance.sample(&self.likely)];
        let side = crop.max(picture.height.max(picture.width)).max(1);
        let room = |length: usize| length.max(crop);
        let whole = if picture.height < crop || picture.width < crop {
            &picture.padded_by_reflection(room(picture.height).min(side), room(picture.width).min(side))
        } else {
            picture
        };
        let top = chance.random_range(0..=whole.height - crop);
        let left = chance.random_range(0..=whole.width - crop);
        let part = turned(&whole.part(top..top + crop, left..left + crop), chance.random_range(0..8));
        self.pair(&part, Stretch::random(chance))
    }

    fn pair(&self, lab: &Raster, stretch: Stretch) -> (Raster, Raster) {
        let (scale, shift) = self.scale;
        let mut input = Raster::zeros(lab.height, lab.width, 1);
        for (to, from) in input.samples.iter_mut().zip(lab.samples.as_chunks::<3>().0) {
            *to = stretch.of(from[0]) * scale + shift;
        }
        let mut chroma = Raster::zeros(lab.height, lab.width, 2);
        for (to, from) in chroma.samples.as_chunks_mut::<2>().0.iter_mut().zip(lab.samples.as_chunks::<3>().0)
        {
            *to = [from[1] / CHROMA_SCALE, from[2] / CHROMA_SCALE];
        }
        (input, averaged(&chroma, self.reduction))
    }
}

/// One over the root of how many pictures there are of an object: an object of n pictures is drawn √n
/// times as often as one of a single picture.
fn weights(items: &[Item]) -> Vec<f32> {
    let mut counts = HashMap::<&str, u32>::new();
    items.iter().for_each(|item| *counts.entry(&item.object).or_default() += 1);
    items.iter().map(|item| 1.0 / (counts[item.object.as_str()] as f32).sqrt()).collect()
}

/// Another way to show the same lightness.
#[derive(Clone, Copy)]
struct Stretch {
    gain: f32,
    gamma: f32,
}

impl Stretch {
    const NONE: Stretch = Stretch { gain: 1.0, gamma: 1.0 };

    /// Brightness within 5 %, gamma within a quarter.
    fn random(chance: &mut impl Rng) -> Stretch {
        let mut within = |most: f32| most * (2.0 * chance.random::<f32>() - 1.0);
        Stretch { gain: 1.0 + within(0.05), gamma: within(0.22).exp() }
    }

    /// L\* in 0..100 of L\* in 0..100.
    fn of(self, lightness: f32) -> f32 {
        100.0 * (lightness.max(0.0) / 100.0 * self.gain).min(1.0).powf(self.gamma)
    }
}

/// Grey that changes evenly, along a line or away from a point, from one lightness to another.
fn ramp(side: usize, chance: &mut impl Rng) -> Raster {
    let mut any = |most: f32| most * chance.random::<f32>();
    let (from, to, round) = (any(100.0), any(100.0), any(1.0) < 0.5);
    let (row, column, angle) = (any(1.0), any(1.0), any(std::f32::consts::TAU));
    let mut lab = Raster::zeros(side, side, 3);
    for (at, pixel) in lab.samples.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        let down = (at / side) as f32 / side as f32 - row;
        let right = (at % side) as f32 / side as f32 - column;
        let way = if round { down.hypot(right) } else { (down * angle.sin() + right * angle.cos()).abs() };
        pixel[0] = from + (to - from) * way.min(1.0);
    }
    lab
}

/// The mean over squares of `side` pixels.
fn averaged(plane: &Raster, side: usize) -> Raster {
    if side == 1 {
        return plane.clone();
    }
    let n = plane.channels;
    let mut mean = Raster::zeros(plane.height / side, plane.width / side, n);
    let part = 1.0 / (side * side) as f32;
    for row in 0..mean.height * side {
        for column in 0..mean.width * side {
            let to = &mut mean.row_mut(row / side)[column / side * n..][..n];
            to.iter_mut().zip(plane.pixel(row, column)).for_each(|(to, from)| *to += from * part);
        }
    }
    mean
}

/// One of the eight ways to lay a square: mirrored, transposed.
pub fn turned(square: &Raster, way: usize) -> Raster {
    let (n, side) = (square.channels, square.height);
    let mut turned = Raster::zeros(square.height, square.width, n);
    for row in 0..side {
        for column in 0..side {
            let (mut y, mut x) = if way & 4 == 0 { (row, column) } else { (column, row) };
            if way & 1 != 0 {
                y = side - 1 - y;
            }
            if way & 2 != 0 {
                x = side - 1 - x;
            }
            turned.row_mut(row)[column * n..][..n].copy_from_slice(square.pixel(y, x));
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::folder::Split;

    #[test]
    fn the_eight_ways_differ_and_keep_all_pixels() {
        let square = Raster { height: 3, width: 3, channels: 1, samples: (0..9).map(|v| v as f32).collect() };
        let mut ways: Vec<Vec<f32>> = (0..8).map(|way| turned(&square, way).samples).collect();
        for way in &ways {
            let mut sorted = way.clone();
            sorted.sort_by(f32::total_cmp);
            assert_eq!(sorted, square.samples);
        }
        ways.sort_by(|a, b| a.partial_cmp(b).unwrap());
        ways.dedup();
        assert_eq!(ways.len(), 8);
    }

    #[test]
    fn an_object_of_four_pictures_weighs_two() {
        let item = |object: &str| Item { path: "".into(), split: Split::Train, object: object.into() };
        let found = weights(&["mars", "moon", "mars", "mars", "mars"].map(item));
        assert_eq!(found, [0.5, 1.0, 0.5, 0.5, 0.5]);
    }

    #[test]
    fn ramps_are_grey_and_smooth() {
        for seed in 0..8 {
            let ramp = ramp(32, &mut crate::dataset::chance(seed, 0, 0));
            let (pixels, _) = ramp.samples.as_chunks::<3>();
            assert!(pixels.iter().all(|p| (0.0..=100.0).contains(&p[0]) && p[1] == 0.0 && p[2] == 0.0));
            assert!(
                pixels.windows(2).enumerate().all(|(at, p)| {
                    (at + 1).is_multiple_of(32) || (p[0][0] - p[1][0]).abs() < 100.0 / 31.0
                })
            );
        }
    }

    #[test]
    fn a_stretch_keeps_black_white_and_order() {
        let stretch = Stretch { gain: 1.0, gamma: 0.8 };
        let stretched = [0.0, 20.0, 60.0, 100.0].map(|l| stretch.of(l));
        assert!(stretched.is_sorted() && stretched[0] == 0.0 && (stretched[3] - 100.0).abs() < 1e-4);
        assert!(stretched[1] > 20.0 && (Stretch::NONE.of(37.0) - 37.0).abs() < 1e-4);
    }

    #[test]
    fn means_are_of_squares() {
        let plane =
            Raster { height: 2, width: 4, channels: 1, samples: vec![1., 3., 0., 0., 5., 7., 0., 8.] };
        assert_eq!(averaged(&plane, 2).samples, [4.0, 2.0]);
    }
}
