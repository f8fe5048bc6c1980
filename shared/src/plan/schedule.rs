//! Which rows are made when, and how many of them have to be kept: integers only.

use super::fuse::{After, Kernel, Step};
use super::kernel::convolve::PIXELS;
use crate::network::figure::{Op, Window};
use std::ops::Range;

/// Rows made of each plane, before and after a band.
#[derive(Debug)]
pub(super) struct Goals {
    pub(super) done: Vec<usize>,
    pub(super) reached: Vec<usize>,
}

/// How far each plane has to get for each band of output rows.
pub(super) fn goals(steps: &[Step], sizes: &[[usize; 2]], band: usize) -> Vec<Goals> {
    let last = sizes.len() - 1;
    let mut bands = Vec::new();
    let mut done = vec![0; sizes.len()];
    while done[last] < sizes[last][0] {
        let mut reached = done.clone();
        reached[last] = done[last] + band;
        for step in steps.iter().rev() {
            let goal = reached[step.to].next_multiple_of(step.grain()).min(sizes[step.to][0]);
            reached[step.to] = goal;
            for (plane, rows) in step.needs(done[step.to]..goal, sizes) {
                reached[plane] = reached[plane].max(rows.end);
            }
        }
        bands.push(Goals { done, reached: reached.clone() });
        done = reached;
    }
    bands
}

/// How many rows each plane has to keep: from the oldest that is still read to the newest.
pub(super) fn ring_rows(steps: &[Step], sizes: &[[usize; 2]], goals: &[Goals]) -> Vec<usize> {
    let last = sizes.len() - 1;
    let mut rows = vec![0; sizes.len()];
    for Goals { done, reached } in goals {
        for step in steps {
            for (plane, needed) in step.needs(done[step.to]..reached[step.to], sizes) {
                rows[plane] = rows[plane].max(reached[plane] - needed.start);
            }
        }
        rows[last] = rows[last].max(reached[last] - done[last]);
    }
    rows[0] = sizes[0][0];
    rows
}

/// Columns of zeros that kernels read beside each plane, left and right.
pub(super) fn borders(steps: &[Step], sizes: &[[usize; 2]]) -> Vec<[usize; 2]> {
    let mut borders = vec![[0; 2]; sizes.len()];
    for step in steps {
        let Some((window, ratio)) = step.slid() else { continue };
        let [left, right] = &mut borders[step.from];
        let before = window.padding[0];
        let columns = (sizes[step.to][1] / ratio).next_multiple_of(PIXELS);
        let read = (columns - 1) * window.stride + window.kernel;
        *left = before.max(*left);
        *right = read.saturating_sub(before + sizes[step.from][1]).max(*right);
    }
    borders
}

impl Step {
    /// The window of a convolution, and the ratio of its shuffle.
    fn slid(&self) -> Option<(Window, usize)> {
        match &self.kernel {
            Kernel::Convolve(convolution) => Some((convolution.window, convolution.ratio)),
            Kernel::Depthwise(depthwise) => Some((depthwise.window, 1)),
            _ => None,
        }
    }

    /// Rows of each plane read that `rows` of the result need.
    fn needs(&self, rows: Range<usize>, sizes: &[[usize; 2]]) -> Vec<(usize, Range<usize>)> {
        if rows.is_empty() {
            return Vec::new();
        }
        let signed = rows.start as isize..rows.end as isize;
        let under = match (self.slid(), &self.kernel) {
            (Some((window, ratio)), _) => Op::MaxPool(window).under(Op::PixelShuffle { ratio }.under(signed)),
            (_, Kernel::MaxPool(window)) => Op::MaxPool(*window).under(signed),
            (_, Kernel::Enlarge) => Op::Enlarge.under(signed),
            (_, Kernel::Shuffle(ratio)) => Op::PixelShuffle { ratio: *ratio }.under(signed),
            _ => signed,
        };
        let inside = |at: isize| at.clamp(0, sizes[self.from][0] as isize) as usize;
        let mut reads = vec![(self.from, inside(under.start)..inside(under.end))];
        if let Kernel::Concat(other) = self.kernel {
            reads.push((other, rows.clone()));
        }
        reads.extend(self.after.iter().filter_map(|after| match after {
            After::Plus(plane) => Some((*plane, rows.clone())),
            _ => None,
        }));
        reads
    }

    /// Rows are made in multiples of this.
    pub(super) fn grain(&self) -> usize {
        match (self.slid(), &self.kernel) {
            (Some((_, ratio)), _) => ratio,
            (_, Kernel::Shuffle(ratio)) => *ratio,
            _ => 1,
        }
    }
}
