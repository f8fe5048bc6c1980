//! Four times the size, in strips that give exactly the untiled result.

use super::part::{Strip, strips};
use super::{Network, PipelineError, SCALE};
use crate::network::Task;
use crate::plan::{Band, Run};
use crate::raster::Raster;
use std::ops::Range;

/// Rows of the result made at once: 8 of the picture, as few as kernels like and a screen shows well.
const BAND: usize = 8 * SCALE;

/// Floats that one strip may keep: 128 MiB.
const STRIP_FLOATS: usize = 32 << 20;

/// An upscaler, ready to cut pictures into strips and to run them.
#[derive(Clone, Debug)]
pub struct Upscaler<'a> {
    network: &'a Network,
}

/// Pixels of a picture that a device enlarges at once, halo included: large enough that the halo costs
/// little, small enough for the 128 MiB that every WebGPU device takes in one buffer.
const TILE_PIXELS: usize = 1 << 16;

/// Columns of a strip that is to be cut into tiles: about as many as a tile has rows.
pub const TILE_COLUMNS: usize = 256;

/// Some rows of a strip, whole in memory at once, as GPUs like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Rows of the cut-out that it needs, and rows of the result that it makes.
    rows: Strip,
    /// The strip's columns in what the network makes of its cut-out.
    columns: Range<usize>,
}

/// A strip under way: each call of `next` makes a band of its rows.
pub struct StripRun {
    run: Run,
    /// The strip's columns in what the network makes of its cut-out.
    columns: Range<usize>,
}

impl<'a> Upscaler<'a> {
    /// # Errors
    /// If the network does something else.
    pub fn new(network: &'a Network) -> Result<Upscaler<'a>, PipelineError> {
        network.expect(Task::Upscale)?;
        Ok(Upscaler { network })
    }

    /// Cuts a picture into at least `count` strips, and more where memory asks for it.
    ///
    /// # Errors
    /// If the network cannot take a picture of this size.
    pub fn strips(&self, height: usize, width: usize, count: usize) -> Result<Vec<Strip>, PipelineError> {
        let plan = self.network.plan();
        let mut count = count.clamp(1, width.max(1));
        loop {
            let strips = strips(plan.figure(), width, count, SCALE);
            let widest = strips.iter().map(|strip| strip.input.len()).max().unwrap_or(width);
            if count >= width || plan.memory(height, widest, BAND)? <= STRIP_FLOATS {
                return Ok(strips);
            }
            count = (count * 2).min(width);
        }
    }

    /// Starts a strip on its cut-out of the picture: three channels, 0..1.
    ///
    /// # Errors
    /// If the network cannot take a picture of this size.
    pub fn start(&self, strip: &Strip, cut_out: &Raster) -> Result<StripRun, PipelineError> {
        let run = self.network.plan().start(cut_out, BAND)?;
        Ok(StripRun { run, columns: columns(strip) })
    }

    /// The same strip in tiles from top to bottom, for devices that take a whole plane at once.
    pub fn tiles(&self, strip: &Strip, height: usize) -> Vec<Tile> {
        let figure = self.network.plan().figure();
        let mut count = 1;
        loop {
            let rows = strips(figure, height, count, SCALE);
            let highest = rows.iter().map(|rows| rows.input.len()).max().unwrap_or(height);
            if count >= height || highest * strip.input.len() <= TILE_PIXELS {
                return rows.into_iter().map(|rows| Tile { rows, columns: columns(strip) }).collect();
            }
            count += 1;
        }
    }

    /// The whole result, strip after strip: for small pictures, and as the reference of the parts.
    ///
    /// # Errors
    /// If the network cannot take a picture of this size.
    pub fn whole(&self, picture: &Raster) -> Result<Raster, PipelineError> {
        let (height, width) = (picture.height, picture.width);
        let mut result = Raster::zeros(height * SCALE, width * SCALE, picture.channels);
        for strip in self.strips(height, width, 1)? {
            let cut_out = picture.part(0..height, strip.input.clone());
            for Band { top, raster } in self.start(&strip, &cut_out)? {
                result.put(top, strip.output.start, &raster);
            }
        }
        Ok(result)
    }
}

/// A strip's columns in what the network makes of its cut-out.
fn columns(strip: &Strip) -> Range<usize> {
    let left = strip.input.start * SCALE;
    strip.output.start - left..strip.output.end - left
}

impl Tile {
    /// What the network is run on.
    pub fn input(&self, cut_out: &Raster) -> Raster {
        cut_out.part(self.rows.input.clone(), 0..cut_out.width)
    }

    /// The rows that it is for, given what the network made of its input.
    ///
    /// # Errors
    /// If that is not four times as large as the input.
    pub fn band(&self, input: &Raster, output: &Raster) -> Result<Band, PipelineError> {
        let found = [output.height, output.width, output.channels];
        let expected = [input.height * SCALE, input.width * SCALE, input.channels];
        if found != expected {
            return Err(PipelineError::Output { found, expected });
        }
        let Strip { input, output: rows } = &self.rows;
        let above = input.start * SCALE;
        let raster = output.part(rows.start - above..rows.end - above, self.columns.clone());
        Ok(Band { top: rows.start, raster })
    }
}

impl Iterator for StripRun {
    type Item = Band;

    fn next(&mut self) -> Option<Band> {
        let Band { top, raster } = self.run.next()?;
        Some(Band { top, raster: raster.part(0..raster.height, self.columns.clone()) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.run.size_hint()
    }
}

impl ExactSizeIterator for StripRun {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Architecture;
    use crate::network::edsr::Edsr;
    use crate::pipeline::tests::network;
    use crate::weights::tests::noise;

    fn picture(height: usize, width: usize) -> Raster {
        Raster { height, width, channels: 3, samples: noise("sky", 3 * height * width) }
    }

    fn small() -> Network {
        network(Architecture::Edsr(Edsr { blocks: 2, channels: 4, last_channels: 4 }))
    }

    fn worst(a: &Raster, b: &Raster) -> f32 {
        assert_eq!((a.height, a.width), (b.height, b.width));
        a.samples.iter().zip(&b.samples).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
    }

    fn in_strips(upscaler: &Upscaler, picture: &Raster, strips: &[Strip]) -> Raster {
        let mut result = Raster::zeros(picture.height * SCALE, picture.width * SCALE, 3);
        for strip in strips {
            let cut_out = picture.part(0..picture.height, strip.input.clone());
            for Band { top, raster } in upscaler.start(strip, &cut_out).unwrap() {
                result.put(top, strip.output.start, &raster);
            }
        }
        result
    }

    #[test]
    fn strips_give_exactly_the_whole() {
        let network = small();
        let upscaler = Upscaler::new(&network).unwrap();
        for (height, width) in [(1, 1), (2, 1), (1, 17), (9, 7), (31, 53)] {
            let picture = picture(height, width);
            let whole = network.plan().run(&picture).unwrap();
            assert_eq!((whole.height, whole.width), (4 * height, 4 * width));
            for count in [1, 2, 3, 7, 200] {
                let strips = upscaler.strips(height, width, count).unwrap();
                assert_eq!(strips.len(), count.min(width));
                let parts = in_strips(&upscaler, &picture, &strips);
                assert!(worst(&whole, &parts) < 1e-5, "{height} x {width} in {count}");
            }
        }
    }

    #[test]
    fn tiles_give_exactly_the_whole() {
        let network = small();
        let upscaler = Upscaler::new(&network).unwrap();
        for (height, width) in [(1, 1), (9, 7), (1300, 90)] {
            let picture = picture(height, width);
            let whole = network.plan().run(&picture).unwrap();
            let mut result = Raster::zeros(height * SCALE, width * SCALE, 3);
            let mut count = 0;
            for strip in upscaler.strips(height, width, 2).unwrap() {
                let cut_out = picture.part(0..height, strip.input.clone());
                for tile in upscaler.tiles(&strip, height) {
                    let input = tile.input(&cut_out);
                    assert!(input.height * input.width <= TILE_PIXELS);
                    let output = network.plan().run(&input).unwrap();
                    let Band { top, raster } = tile.band(&input, &output).unwrap();
                    result.put(top, strip.output.start, &raster);
                    count += 1;
                }
            }
            assert!(worst(&whole, &result) < 1e-5, "{height} x {width} in {count}");
            assert!(height < 100 || count > 2);
        }
    }

    #[test]
    fn tiles_cut_short_do_not_give_the_whole() {
        let network = small();
        let upscaler = Upscaler::new(&network).unwrap();
        let picture = picture(1300, 90);
        let whole = network.plan().run(&picture).unwrap();
        let strip = &upscaler.strips(1300, 90, 1).unwrap()[0];
        let mut tile = upscaler.tiles(strip, 1300)[1].clone();
        for short in [0, 1] {
            tile.rows.input.start += short;
            let input = tile.input(&picture);
            let Band { top, raster } = tile.band(&input, &network.plan().run(&input).unwrap()).unwrap();
            let expected = whole.part(top..top + raster.height, 0..whole.width);
            assert_eq!(worst(&expected, &raster) > 1e-5, short == 1);
        }
    }

    /// Cut one pixel short, the same test fails: the strips are no wider than they have to be.
    #[test]
    fn strips_cut_short_do_not_give_the_whole() {
        let network = small();
        let upscaler = Upscaler::new(&network).unwrap();
        let picture = picture(31, 53);
        let whole = network.plan().run(&picture).unwrap();
        let strips = upscaler.strips(31, 53, 3).unwrap();
        let mut left = strips.clone();
        left[1].input.start += 1;
        let mut right = strips;
        right[1].input.end -= 1;
        for strips in [left, right] {
            assert!(worst(&whole, &in_strips(&upscaler, &picture, &strips)) > 1e-5);
        }
    }

    #[test]
    fn a_colouriser_is_no_upscaler() {
        let colouriser = crate::network::unet_lite0::UnetLite0 { encoder: [4; 6], decoder: [4; 3] };
        let network = network(Architecture::UnetLite0(colouriser));
        let text = Upscaler::new(&network).unwrap_err().to_string();
        assert_eq!(text, "test is a network to colorize, expected one to upscale");
    }
}
