//! Kernels without weights: pooling, enlarging, shuffling, and two planes side by side.

use crate::network::figure::{Op, Window};
use crate::plan::ring::Ring;

pub(super) fn concat(x: &Ring, other: &Ring, out: &mut Ring, row: usize) {
    let pixels = x.row(row).chunks_exact(x.channels).zip(other.row(row).chunks_exact(other.channels));
    for (out, (a, b)) in out.row_mut(row).chunks_exact_mut(x.channels + other.channels).zip(pixels) {
        let (first, second) = out.split_at_mut(a.len());
        first.copy_from_slice(a);
        second.copy_from_slice(b);
    }
}

/// Makes `ratio` rows, of which `row` is the first.
pub(super) fn shuffle(x: &Ring, out: &mut Ring, row: usize, ratio: usize) {
    let n = out.channels;
    for place in 0..ratio * ratio {
        let to = out.row_mut(row + place / ratio);
        let pixels = to.chunks_exact_mut(n).skip(place % ratio).step_by(ratio);
        for (to, from) in pixels.zip(x.row(row / ratio).chunks_exact(x.channels)) {
            to.iter_mut()
                .zip(from.iter().skip(place).step_by(ratio * ratio))
                .for_each(|(to, from)| *to = *from);
        }
    }
}

pub(super) fn max_pool(x: &Ring, out: &mut Ring, row: usize, window: Window) {
    let inside = |at: usize, side: usize| {
        let under = Op::MaxPool(window).under(at as isize..at as isize + 1);
        under.start.max(0) as usize..under.end.min(side as isize) as usize
    };
    let (rows, n) = (inside(row, x.height), x.channels);
    for (column, out) in out.row_mut(row).chunks_exact_mut(n).enumerate() {
        out.fill(f32::NEG_INFINITY);
        for y in rows.clone() {
            for column in inside(column, x.width) {
                let pixel = &x.row(y)[column * n..][..n];
                out.iter_mut().zip(pixel).for_each(|(most, sample)| *most = most.max(*sample));
            }
        }
    }
}

/// Twice the size, bilinear, corners not aligned.
pub(super) fn enlarge(x: &Ring, out: &mut Ring, row: usize) {
    let source = |i: usize, side: usize| {
        let at = ((i as f32 + 0.5) / 2.0 - 0.5).clamp(0.0, (side - 1) as f32);
        (at.floor() as usize, at.ceil() as usize, at.fract())
    };
    let mix = |a: f32, b: f32, part: f32| a + (b - a) * part;
    let n = x.channels;
    let (y0, y1, fy) = source(row, x.height);
    let (above, below) = (x.row(y0), x.row(y1));
    for (column, out) in out.row_mut(row).chunks_exact_mut(n).enumerate() {
        let (x0, x1, fx) = source(column, x.width);
        let (left, right) = (x0 * n, x1 * n);
        for (c, out) in out.iter_mut().enumerate() {
            let upper = mix(above[left + c], above[right + c], fx);
            let lower = mix(below[left + c], below[right + c], fx);
            *out = mix(upper, lower, fy);
        }
    }
}
