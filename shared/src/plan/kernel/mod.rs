//! The kernels: rows of some rings in, rows of one ring out; one file a kind.

pub(super) mod convolve;
mod resample;

use super::fuse::{After, Kernel, Step};
use super::ring::Ring;
use std::ops::Range;

/// Makes some rows of a step's plane. `scratch` is a row's worth of memory, kept between calls.
pub(super) fn compute(
    step: &Step,
    rings: &[Ring],
    out: &mut Ring,
    rows: Range<usize>,
    scratch: &mut Vec<f32>,
) {
    let x = &rings[step.from];
    for row in rows.clone().step_by(step.grain()) {
        match &step.kernel {
            Kernel::Convolve(convolution) => convolution.row(x, out, row, scratch),
            Kernel::Depthwise(depthwise) => depthwise.row(x, out, row),
            Kernel::MaxPool(window) => resample::max_pool(x, out, row, *window),
            Kernel::Enlarge => resample::enlarge(x, out, row),
            Kernel::Shuffle(ratio) => resample::shuffle(x, out, row, *ratio),
            Kernel::Concat(other) => resample::concat(x, &rings[*other], out, row),
            Kernel::Copy => out.row_mut(row).copy_from_slice(x.row(row)),
        }
    }
    for row in rows {
        step.after.iter().for_each(|after| apply(after, out.row_mut(row), row, rings));
    }
}

fn apply(after: &After, out: &mut [f32], row: usize, rings: &[Ring]) {
    match after {
        After::Scale(scale, shift) => {
            for pixel in out.chunks_exact_mut(scale.len()) {
                pixel.iter_mut().zip(scale.iter().zip(shift)).for_each(|(x, (a, b))| *x = *x * a + b);
            }
        }
        After::Slope(slopes) => {
            for pixel in out.chunks_exact_mut(slopes.len()) {
                pixel.iter_mut().zip(slopes).for_each(|(x, slope)| *x = x.max(0.0) + slope * x.min(0.0));
            }
        }
        After::AtMost(top) => out.iter_mut().for_each(|x| *x = x.min(*top)),
        After::Plus(other) => out.iter_mut().zip(rings[*other].row(row)).for_each(|(x, y)| *x += y),
    }
}
