//! A drawing and its weights, compiled for the CPU and run row by row.
//!
//! Batch norm is folded away, what follows a step is done on its fresh rows, and no plane between
//! input and output is ever whole: each keeps just the rows that somebody still needs, in a ring.
//! Every row of every layer is computed once, so a picture of any height costs what its pixels cost,
//! in memory that grows with its width alone (input and output aside). Known for chips as fused-layer
//! execution (Alwani et al. 2016).
//!
//! In reading order: `fuse` (which layers become one step), `schedule` (which rows when), `ring` (the
//! rows still read), `kernel` (rows of some rings in, rows of one ring out).

mod fuse;
mod kernel;
mod ring;
mod schedule;

use crate::network::figure::Figure;
use crate::network::geometry::SizeError;
use crate::raster::Raster;
use crate::weights::{Tensors, WeightsError};
use fuse::Step;
use ring::{Ring, Shape};
use schedule::Goals;
use std::sync::Arc;

/// A compiled network.
#[derive(Debug)]
pub struct Plan {
    steps: Vec<Step>,
    figure: Figure,
}

/// A network under way: each call of `next` makes a band of rows.
///
/// Whoever stops asking has cancelled.
pub struct Run {
    plan: Arc<Plan>,
    rings: Vec<Ring>,
    goals: std::vec::IntoIter<Goals>,
    scratch: Vec<f32>,
}

/// Some rows of a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The first of them.
    pub top: usize,
    /// The rows.
    pub raster: Raster,
}

impl Plan {
    /// Compiles a drawing with its weights, by name.
    ///
    /// # Errors
    /// If a tensor is missing, left over or of another shape.
    pub fn compile(figure: &Figure, tensors: &Tensors) -> Result<Plan, WeightsError> {
        tensors.fit(figure).complete()?;
        Ok(Plan { steps: fuse::steps(figure, tensors), figure: figure.clone() })
    }

    /// The drawing.
    pub fn figure(&self) -> &Figure {
        &self.figure
    }

    /// Starts on a picture; each band is of `band` output rows, but for the last.
    ///
    /// # Errors
    /// If the sides of the picture do not fit the strides of the network.
    pub fn start(self: &Arc<Plan>, input: &Raster, band: usize) -> Result<Run, SizeError> {
        let (goals, shapes) = self.layout(input.height, input.width, band)?;
        let mut rings: Vec<Ring> = shapes.into_iter().map(Ring::new).collect();
        rings[0].fill(input);
        Ok(Run { plan: self.clone(), rings, goals: goals.into_iter(), scratch: Vec::new() })
    }

    /// What is made when, and the ring of each plane.
    fn layout(
        &self,
        height: usize,
        width: usize,
        band: usize,
    ) -> Result<(Vec<Goals>, Vec<Shape>), SizeError> {
        let sizes = self.figure.sizes(height, width)?;
        let goals = schedule::goals(&self.steps, &sizes, band.max(1));
        let rows = schedule::ring_rows(&self.steps, &sizes, &goals);
        let borders = schedule::borders(&self.steps, &sizes);
        let shape = |plane: usize| Shape {
            size: sizes[plane],
            channels: self.figure.layers[plane].channels,
            rows: rows[plane],
            border: borders[plane],
        };
        Ok((goals, (0..sizes.len()).map(shape).collect()))
    }

    /// The whole result at once.
    ///
    /// # Errors
    /// As [`Plan::start`].
    pub fn run(self: &Arc<Plan>, input: &Raster) -> Result<Raster, SizeError> {
        let mut whole = Raster { channels: self.figure.output_channels(), ..Raster::default() };
        for band in self.start(input, 8)? {
            whole.width = band.raster.width;
            whole.height += band.raster.height;
            whole.samples.extend_from_slice(&band.raster.samples);
        }
        Ok(whole)
    }

    /// Floats alive at once, known before anything runs; the input is counted apart, and so is the row
    /// that a convolution works on.
    ///
    /// # Errors
    /// As [`Plan::start`].
    pub fn memory(&self, height: usize, width: usize, band: usize) -> Result<usize, SizeError> {
        let (_, shapes) = self.layout(height, width, band)?;
        Ok(shapes.iter().skip(1).map(Shape::floats).sum())
    }
}

impl Iterator for Run {
    type Item = Band;

    fn next(&mut self) -> Option<Band> {
        let Goals { done, reached } = self.goals.next()?;
        for step in &self.plan.steps {
            let mut out = std::mem::take(&mut self.rings[step.to]);
            kernel::compute(step, &self.rings, &mut out, done[step.to]..reached[step.to], &mut self.scratch);
            self.rings[step.to] = out;
        }
        let last = self.rings.last()?;
        let rows = done.last().copied()?..reached.last().copied()?;
        let samples = rows.clone().flat_map(|row| last.row(row)).copied().collect();
        let raster = Raster { height: rows.len(), width: last.width, channels: last.channels, samples };
        Some(Band { top: rows.start, raster })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.goals.size_hint()
    }
}

impl ExactSizeIterator for Run {}

#[cfg(test)]
impl Run {
    /// Floats that the rings hold, but for the input's.
    pub(crate) fn held(&self) -> usize {
        self.rings.iter().skip(1).map(Ring::held).sum()
    }
}
