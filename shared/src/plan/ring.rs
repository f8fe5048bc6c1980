//! The rows of a plane that are still read, and columns of zeros beside them.

use crate::raster::Raster;

/// How large a ring is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    /// Rows and columns of the whole plane.
    pub(super) size: [usize; 2],
    pub(super) channels: usize,
    /// Rows kept.
    pub(super) rows: usize,
    /// Columns of zeros, left and right: what a kernel reads outside of the plane.
    pub(super) border: [usize; 2],
}

impl Shape {
    /// Floats of one row with its border.
    fn stride(&self) -> usize {
        (self.border[0] + self.size[1] + self.border[1]) * self.channels
    }

    /// Floats of all rows kept.
    pub(super) fn floats(&self) -> usize {
        self.rows * self.stride()
    }
}

/// The last rows of a plane, channels last.
#[derive(Clone, Debug, Default)]
pub(super) struct Ring {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    shape: Shape,
    samples: Vec<f32>,
}

impl Ring {
    pub(super) fn new(shape: Shape) -> Ring {
        let Shape { size: [height, width], channels, .. } = shape;
        Ring { height, width, channels, shape, samples: vec![0.0; shape.floats()] }
    }

    /// Puts a whole picture in; there has to be a place for each of its rows.
    pub(super) fn fill(&mut self, picture: &Raster) {
        for row in 0..picture.height {
            self.row_mut(row).copy_from_slice(picture.row(row));
        }
    }

    fn start(&self, row: usize) -> usize {
        debug_assert!(self.shape.rows > 0, "a plane that is read keeps rows");
        row % self.shape.rows * self.shape.stride()
    }

    pub(super) fn row(&self, row: usize) -> &[f32] {
        let start = self.start(row) + self.shape.border[0] * self.channels;
        &self.samples[start..][..self.width * self.channels]
    }

    pub(super) fn row_mut(&mut self, row: usize) -> &mut [f32] {
        let start = self.start(row) + self.shape.border[0] * self.channels;
        &mut self.samples[start..][..self.width * self.channels]
    }

    /// The row from `before` columns left of the plane on, with all zeros to its right.
    pub(super) fn row_with_border(&self, row: usize, before: usize) -> &[f32] {
        let skipped = (self.shape.border[0] - before) * self.channels;
        &self.samples[self.start(row) + skipped..][..self.shape.stride() - skipped]
    }
}

#[cfg(test)]
impl Ring {
    /// Floats held.
    pub(super) fn held(&self) -> usize {
        self.samples.len()
    }
}
