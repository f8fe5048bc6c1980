//! a\* and b\* for a lightness plane of any size; the lightness itself goes through bit for bit.
//!
//! The network sees the picture reduced to 256 pixels on its long side, padded by reflection to what
//! its strides need. Its a\*b\* come back to full size by a guided filter (He et al. 2013, in the fast
//! form of He and Sun 2015): around each pixel of the small plane, chroma is written as a line in L\*,
//! the lines are brought up smoothly and applied to the full L\*, so that colour follows edges and does
//! not bleed over them.

use super::{Network, PipelineError};
use crate::color::display_from_lab;
use crate::color::{Chroma, Lightness};
use crate::network::Task;
use crate::picture::resize;
use crate::raster::Raster;
use std::ops::Range;

/// Long side of what a colouriser sees.
pub const VIEW: usize = 256;

/// What a colouriser's outputs are multiplied by to be a\* and b\*: all of sRGB lies within.
pub const CHROMA_SCALE: f32 = 110.0;

/// Radius of the guided filter's window, in pixels of the network's output.
const RADIUS: usize = 2;

/// Added to the variance of L\*: below a contrast of some five units, chroma is taken as flat.
const EPSILON: f32 = 25.0;

/// A picture with predicted colours.
#[derive(Clone, Debug)]
pub struct Colored {
    lightness: Lightness,
    /// Lines in L\* at the network's size: slope and offset of a\*, of b\*, and the L\* between which
    /// they hold.
    lines: Raster,
    /// Pixels of `lines` for one of the picture, rows and columns.
    scale: [f32; 2],
}

/// Height and width of what a colouriser sees of a picture: never larger than the picture.
pub fn view_size(height: usize, width: usize) -> (usize, usize) {
    let long = height.max(width);
    let reduced = |side: usize| ((side * VIEW + long / 2) / long).max(1);
    if long <= VIEW { (height, width) } else { (reduced(height), reduced(width)) }
}

/// What a colouriser sees of a picture: L\*, reduced.
pub fn view(lightness: &Lightness) -> Lightness {
    let (height, width) = view_size(lightness.0.height, lightness.0.width);
    Lightness(resize::reduced(&lightness.0, height, width))
}

/// A picture made ready for a colouriser, whoever runs it: [`colorize`] does so on the CPU.
#[derive(Clone, Debug)]
pub struct Prepared {
    lightness: Lightness,
    /// Rows and columns of the view, before padding.
    view: [usize; 2],
    /// L\* of the view, padded by reflection to what the strides need.
    padded: Raster,
    input: Raster,
    output: [usize; 3],
    unit: f32,
}

/// Makes a picture ready: what [`Prepared::input`] gives is what the network is run on.
///
/// # Errors
/// If the network does something else.
pub fn prepare(network: &Network, lightness: Lightness) -> Result<Prepared, PipelineError> {
    network.expect(Task::Colorize)?;
    let (figure, entry) = (network.plan().figure(), network.entry());
    let view = view(&lightness).0;
    let grid = figure.grid();
    let padded =
        view.padded_by_reflection(view.height.next_multiple_of(grid), view.width.next_multiple_of(grid));
    let (scale, shift) = entry.architecture.lightness_scale();
    let mut input = padded.clone();
    input.samples.iter_mut().for_each(|l| *l = *l * scale + shift);
    let sizes = figure.sizes(padded.height, padded.width)?;
    let [height, width] = sizes.last().copied().unwrap_or_default();
    let unit = CHROMA_SCALE * entry.gain.0;
    let view = [view.height, view.width];
    Ok(Prepared { lightness, view, padded, input, output: [height, width, figure.output_channels()], unit })
}

/// Predicts the colours of a picture. A single call: the view is small, so it takes a second at most.
///
/// # Errors
/// If the network does something else.
pub fn colorize(network: &Network, lightness: Lightness) -> Result<Colored, PipelineError> {
    let prepared = prepare(network, lightness)?;
    let output = network.plan().run(prepared.input())?;
    prepared.colored(output)
}

impl Prepared {
    /// What the network is run on: one channel, at most [`VIEW`] pixels on the long side, but for padding.
    pub fn input(&self) -> &Raster {
        &self.input
    }

    /// The picture in colour, given what the network made of the input.
    ///
    /// # Errors
    /// If that is not of the size that the network makes of it.
    pub fn colored(self, mut output: Raster) -> Result<Colored, PipelineError> {
        let found = [output.height, output.width, output.channels];
        if found != self.output {
            return Err(PipelineError::Output { found, expected: self.output });
        }
        output.samples.iter_mut().for_each(|c| *c *= self.unit);
        let guide = resize::reduced(&self.padded, output.height, output.width);
        let per_pixel = |padded: usize, made: usize, viewed: usize, whole: usize| {
            viewed as f32 / whole as f32 * made as f32 / padded as f32
        };
        let (whole, [rows, columns]) = (&self.lightness.0, self.view);
        let scale = [
            per_pixel(self.padded.height, output.height, rows, whole.height),
            per_pixel(self.padded.width, output.width, columns, whole.width),
        ];
        Ok(Colored { lines: lines(&guide, &output), scale, lightness: self.lightness })
    }
}

impl Colored {
    /// L\* as it came in.
    pub fn lightness(&self) -> &Lightness {
        &self.lightness
    }

    /// a\* and b\* of a part, as predicted: they may lie out of gamut.
    pub fn chroma(&self, rows: Range<usize>, columns: Range<usize>) -> Chroma {
        let mut chroma = Raster::zeros(rows.len(), columns.len(), 2);
        for (to, row) in rows.enumerate() {
            let (above, below, part) = self.between(row, self.scale[0], self.lines.height);
            let (above, below) = (self.lines.row(above), self.lines.row(below));
            for ((column, to), lightness) in columns
                .clone()
                .zip(chroma.row_mut(to).as_chunks_mut::<2>().0)
                .zip(&self.lightness.0.row(row)[columns.clone()])
            {
                let (left, right, part_x) = self.between(column, self.scale[1], self.lines.width);
                let line = |row: &[f32], c: usize| {
                    let (left, right) = (row[left * LINE + c], row[right * LINE + c]);
                    left + (right - left) * part_x
                };
                let at = |c: usize| {
                    let above = line(above, c);
                    above + (line(below, c) - above) * part
                };
                // A star brighter than all that the network saw around it must not be more colourful.
                let l = lightness.max(at(4)).min(at(5));
                *to = [at(0) * l + at(1), at(2) * l + at(3)];
            }
        }
        Chroma(chroma)
    }

    /// A part for the screen: sRGB, three channels, 0..1; chroma that no screen shows is reduced, L\*
    /// stays.
    pub fn display(&self, rows: Range<usize>, columns: Range<usize>) -> Raster {
        let chroma = self.chroma(rows.clone(), columns.clone()).0;
        let mut display = Raster::zeros(chroma.height, chroma.width, 3);
        for (to, row) in rows.enumerate() {
            let lightness = &self.lightness.0.row(row)[columns.clone()];
            display_from_lab(lightness, chroma.row(to), display.row_mut(to));
        }
        display
    }

    /// The two pixels of `lines` beside a pixel of the picture, and how near to the second it lies.
    fn between(&self, at: usize, scale: f32, side: usize) -> (usize, usize, f32) {
        let place = ((at as f32 + 0.5) * scale - 0.5).clamp(0.0, (side - 1) as f32);
        (place as usize, (place as usize + 1).min(side - 1), place.fract())
    }
}

/// Channels of a plane of lines.
const LINE: usize = 6;

/// The guided filter's lines: slope and offset of each chroma plane in L\*, averaged over all windows
/// that hold the pixel; then the least and the greatest L\* near it.
fn lines(guide: &Raster, chroma: &Raster) -> Raster {
    let mut moments = Raster::zeros(guide.height, guide.width, 6);
    let pixels = guide.samples.iter().zip(chroma.samples.as_chunks::<2>().0);
    for (moment, (&l, &[a, b])) in moments.samples.as_chunks_mut::<6>().0.iter_mut().zip(pixels) {
        *moment = [l, l * l, a, b, l * a, l * b];
    }
    let means = averaged(&moments);
    let mut raw = Raster::zeros(guide.height, guide.width, 4);
    for (line, &[l, ll, a, b, la, lb]) in
        raw.samples.as_chunks_mut::<4>().0.iter_mut().zip(means.samples.as_chunks().0)
    {
        let slope = |c: f32, lc: f32| (lc - l * c) / ((ll - l * l).max(0.0) + EPSILON);
        let (slope_a, slope_b) = (slope(a, la), slope(b, lb));
        *line = [slope_a, a - slope_a * l, slope_b, b - slope_b * l];
    }
    let smooth = averaged(&raw);
    let mut lines = Raster::zeros(guide.height, guide.width, LINE);
    for row in 0..guide.height {
        for column in 0..guide.width {
            let (least, most) = extremes(guide, row, column);
            let line = &mut lines.row_mut(row)[column * LINE..][..LINE];
            line[..4].copy_from_slice(smooth.pixel(row, column));
            line[4..].copy_from_slice(&[least, most]);
        }
    }
    lines
}

fn window(at: usize, side: usize) -> Range<usize> {
    at.saturating_sub(RADIUS)..(at + RADIUS + 1).min(side)
}

fn extremes(guide: &Raster, row: usize, column: usize) -> (f32, f32) {
    let near = window(row, guide.height).flat_map(|y| &guide.row(y)[window(column, guide.width)]);
    near.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), &l| (least.min(l), most.max(l)))
}

/// The mean over each pixel's window, of what of it lies in the plane.
fn averaged(plane: &Raster) -> Raster {
    let n = plane.channels;
    let mut across = Raster::zeros(plane.height, plane.width, n);
    for row in 0..plane.height {
        for column in 0..plane.width {
            let columns = window(column, plane.width);
            let part = 1.0 / columns.len() as f32;
            for from in columns {
                let to = &mut across.row_mut(row)[column * n..][..n];
                to.iter_mut().zip(plane.pixel(row, from)).for_each(|(to, from)| *to += from * part);
            }
        }
    }
    let mut mean = Raster::zeros(plane.height, plane.width, n);
    for row in 0..plane.height {
        let rows = window(row, plane.height);
        let part = 1.0 / rows.len() as f32;
        for from in rows {
            mean.row_mut(row).iter_mut().zip(across.row(from)).for_each(|(to, from)| *to += from * part);
        }
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Architecture;
    use crate::network::unet_lite0::UnetLite0;
    use crate::pipeline::tests::network;
    use crate::weights::tests::noise;

    fn sky(height: usize, width: usize) -> Lightness {
        let samples = noise("sky", height * width).into_iter().map(|r| 50.0 + 90.0 * r).collect();
        Lightness(Raster { height, width, channels: 1, samples })
    }

    fn small() -> Network {
        network(Architecture::UnetLite0(UnetLite0 { encoder: [8, 4, 6, 6, 8, 10], decoder: [8, 6, 4] }))
    }

    #[test]
    fn a_view_is_never_larger_than_the_picture() {
        assert_eq!(view_size(1, 1), (1, 1));
        assert_eq!(view_size(256, 100), (256, 100));
        assert_eq!(view_size(1000, 500), (256, 128));
        assert_eq!(view_size(1, 5000), (1, 256));
    }

    #[test]
    fn every_size_works_and_the_lightness_stays() {
        let network = small();
        for (height, width) in [(1, 1), (1, 7), (3, 2), (33, 50), (300, 301)] {
            let lightness = sky(height, width);
            let colored = colorize(&network, lightness.clone()).unwrap();
            assert_eq!(*colored.lightness(), lightness);
            let chroma = colored.chroma(0..height, 0..width).0;
            assert_eq!((chroma.height, chroma.width), (height, width));
            assert!(chroma.samples.iter().all(|c| c.is_finite()));
        }
    }

    #[test]
    fn an_output_of_another_size_is_refused() {
        let network = small();
        let prepared = prepare(&network, sky(33, 50)).unwrap();
        let output = network.plan().run(prepared.input()).unwrap();
        let (height, width) = (output.height, output.width);
        let text = prepared.colored(output.part(0..height - 1, 0..width)).unwrap_err().to_string();
        assert!(text.starts_with(&format!("the network made {} × {width} × 2", height - 1)), "{text}");
    }

    #[test]
    fn a_part_equals_the_whole() {
        let network = small();
        let colored = colorize(&network, sky(40, 70)).unwrap();
        let whole = colored.display(0..40, 0..70);
        assert_eq!(colored.display(7..19, 33..70), whole.part(7..19, 33..70));
    }

    /// Chroma that jumps with L\* keeps its edge at four times the size, to within a tenth of the jump;
    /// brought up by itself, it would be off by 15 there.
    #[test]
    fn colour_stops_at_an_edge_of_lightness() {
        let half = |side: usize, low: f32, high: f32| {
            let samples = (0..side * side).map(|i| if i % side < side / 2 { low } else { high }).collect();
            Raster { height: side, width: side, channels: 1, samples }
        };
        let (guide, edge) = (half(16, 10.0, 80.0), half(16, 0.0, 40.0));
        let chroma = Raster {
            channels: 2,
            samples: edge.samples.iter().flat_map(|&c| [c, -c]).collect(),
            ..edge.clone()
        };
        let lightness = Lightness(half(64, 10.0, 80.0));
        let colored = Colored { lightness, lines: lines(&guide, &chroma), scale: [0.25; 2] };
        let row = colored.chroma(32..33, 0..64).0;
        assert!(row.pixel(0, 31)[0] < 4.0 && row.pixel(0, 32)[0] > 36.0, "{:?}", &row.samples[56..72]);
        assert!((row.pixel(0, 32)[0] + row.pixel(0, 32)[1]).abs() < 1e-3);
    }
}
