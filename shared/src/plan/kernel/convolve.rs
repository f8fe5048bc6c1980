//! Convolutions: a few pixels times a few outputs in registers.
//!
//! With channels last, the columns under a window lie side by side, so a row of the window is one dot
//! product of `kernel * channels` samples. Four pixels times eight outputs is what sixteen vector
//! registers of four lanes hold without spilling.

use crate::network::figure::Window;
use crate::plan::ring::Ring;

/// Pixels computed together.
pub(in crate::plan) const PIXELS: usize = 4;
/// Outputs computed together.
const OUTPUTS: usize = 8;

type Sums = [[f32; OUTPUTS]; PIXELS];

/// A convolution over all channels, and a pixel shuffle where its results are put.
#[derive(Debug)]
pub(in crate::plan) struct Convolution {
    pub(in crate::plan) window: Window,
    /// 1 where there is no shuffle.
    pub(in crate::plan) ratio: usize,
    channels: usize,
    /// For each group of outputs, for each row of the window, for each sample under it: its weights.
    weight: Vec<[f32; OUTPUTS]>,
    bias: Vec<[f32; OUTPUTS]>,
}

/// A convolution of each channel by itself.
#[derive(Debug)]
pub(in crate::plan) struct Depthwise {
    pub(in crate::plan) window: Window,
    /// For each place of the window, a weight a channel.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Convolution {
    /// `weight` is `[outputs, inputs, kernel, kernel]`, as drawn.
    pub(in crate::plan) fn new(
        window: Window,
        inputs: usize,
        weight: &[f32],
        bias: &[f32],
        ratio: usize,
    ) -> Convolution {
        let (channels, kernel) = (bias.len(), window.kernel);
        let groups = channels.div_ceil(OUTPUTS);
        let order = shuffled_order(channels, ratio);
        let of = |at: usize, pick: &dyn Fn(usize) -> f32| -> [f32; OUTPUTS] {
            std::array::from_fn(|o| order.get(at * OUTPUTS + o).map_or(0.0, |&output| pick(output)))
        };
        let mut packed = Vec::with_capacity(groups * kernel * kernel * inputs);
        for group in 0..groups {
            for place in 0..kernel * kernel {
                for input in 0..inputs {
                    packed.push(of(group, &|output| {
                        weight[(output * inputs + input) * kernel * kernel + place]
                    }));
                }
            }
        }
        let bias = (0..groups).map(|group| of(group, &|output| bias[output])).collect();
        Convolution { window, ratio, channels, weight: packed, bias }
    }

    /// Makes `ratio` rows of the result, of which `row` is the first.
    pub(in crate::plan) fn row(&self, x: &Ring, out: &mut Ring, row: usize, scratch: &mut Vec<f32>) {
        if self.ratio == 1 {
            let rows = rows_under(x, self.window, row);
            return self.row_into(&rows, x.channels, out.row_mut(row));
        }
        let columns = out.width / self.ratio;
        scratch.resize(columns * self.channels, 0.0);
        let rows = rows_under(x, self.window, row / self.ratio);
        self.row_into(&rows, x.channels, scratch);
        // The outputs are in the order of their places in the square that a pixel becomes.
        let n = out.channels;
        for (place, part) in (0..self.ratio * self.ratio).map(|place| (place, place * n)) {
            let to = out.row_mut(row + place / self.ratio);
            let pixels = to.chunks_exact_mut(n).skip(place % self.ratio).step_by(self.ratio);
            for (to, from) in pixels.zip(scratch.chunks_exact(self.channels)) {
                to.copy_from_slice(&from[part..part + n]);
            }
        }
    }

    fn row_into(&self, rows: &[(usize, &[f32])], inputs: usize, out: &mut [f32]) {
        let Window { kernel, stride, .. } = self.window;
        let length = kernel * inputs;
        let columns = out.len() / self.channels;
        for (group, bias) in self.bias.iter().enumerate() {
            let weight = &self.weight[group * kernel * length..][..kernel * length];
            let first = group * OUTPUTS;
            let outputs = OUTPUTS.min(self.channels - first);
            for column in (0..columns).step_by(PIXELS) {
                let mut sums: Sums = [*bias; PIXELS];
                for (place, samples) in rows {
                    let at = |pixel: usize| &samples[(column + pixel) * stride * inputs..][..length];
                    let under = [at(0), at(1), at(2), at(3)];
                    add_products(under, &weight[place * length..][..length], &mut sums);
                }
                for (pixel, sums) in sums.iter().take(columns - column).enumerate() {
                    let at = (column + pixel) * self.channels + first;
                    out[at..at + outputs].copy_from_slice(&sums[..outputs]);
                }
            }
        }
    }
}

/// Four dot products with eight columns of weights each. By itself, so that the sums stay in registers.
#[inline(never)]
fn add_products([a, b, c, d]: [&[f32]; PIXELS], weight: &[[f32; OUTPUTS]], sums: &mut Sums) {
    let mut held = *sums;
    let samples = a.iter().zip(b).zip(c.iter().zip(d));
    for (((a, b), (c, d)), weight) in samples.zip(weight) {
        for (sums, sample) in held.iter_mut().zip([a, b, c, d]) {
            sums.iter_mut().zip(weight).for_each(|(sum, w)| *sum += sample * w);
        }
    }
    *sums = held;
}

impl Depthwise {
    /// `weight` is `[channels, 1, kernel, kernel]`, as drawn.
    pub(in crate::plan) fn new(window: Window, weight: &[f32], bias: Vec<f32>) -> Depthwise {
        let places = window.kernel * window.kernel;
        let channels = bias.len();
        let weight = (0..places * channels).map(|i| weight[i % channels * places + i / channels]).collect();
        Depthwise { window, weight, bias }
    }

    pub(in crate::plan) fn row(&self, x: &Ring, out: &mut Ring, row: usize) {
        let Window { kernel, stride, .. } = self.window;
        let channels = self.bias.len();
        let rows = rows_under(x, self.window, row);
        for (column, out) in out.row_mut(row).chunks_exact_mut(channels).enumerate() {
            out.copy_from_slice(&self.bias);
            for (place, samples) in &rows {
                for k in 0..kernel {
                    let samples = &samples[(column * stride + k) * channels..][..channels];
                    let weight = &self.weight[(place * kernel + k) * channels..][..channels];
                    out.iter_mut().zip(samples.iter().zip(weight)).for_each(|(o, (s, w))| *o += s * w);
                }
            }
        }
    }
}

/// The rows under a window that lie in the plane, each with its place in the window.
fn rows_under(x: &Ring, window: Window, row: usize) -> Vec<(usize, &[f32])> {
    let before = window.padding[0];
    (0..window.kernel)
        .filter_map(|place| {
            let y = (row * window.stride + place).checked_sub(before).filter(|y| *y < x.height)?;
            Some((place, x.row_with_border(y, before)))
        })
        .collect()
}

/// The outputs in the order of the places where a pixel shuffle puts them (PyTorch's order: the
/// channel, then the place).
fn shuffled_order(channels: usize, ratio: usize) -> Vec<usize> {
    let places = ratio * ratio;
    let n = channels / places;
    (0..channels).map(|at| at % n * places + at / n).collect()
}
