//! The rows of a plane that are still read, and columns of zeros beside them.

use crate::raster::Raster;

/// The last rows of a plane, channels last.
#[derive(Clone, Debug, Default)]
pub(super) struct Ring {
    /// Rows of the whole plane.
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    /// Rows kept.
    rows: usize,
    /// Columns of zeros, left and right: what a kernel reads outside of the plane.
    border: [usize; 2],
    samples: Vec<f32>,
}

impl Ring {
    pub(super) fn new([height, width]: [usize; 2], channels: usize, rows: usize, border: [usize; 2]) -> Ring {
        let samples = vec![0.0; rows * (border[0] + width + border[1]) * channels];
        Ring { height, width, channels, rows, border, samples }
    }

    /// Puts a whole picture in; there has to be a place for each of its rows.
    pub(super) fn fill(&mut self, picture: &Raster) {
        for row in 0..picture.height {
            self.row_mut(row).copy_from_slice(picture.row(row));
        }
    }

    fn stride(&self) -> usize {
        (self.border[0] + self.width + self.border[1]) * self.channels
    }

    fn start(&self, row: usize) -> usize {
        debug_assert!(self.rows > 0, "a plane that is read keeps rows");
        row % self.rows * self.stride()
    }

    pub(super) fn row(&self, row: usize) -> &[f32] {
        let start = self.start(row) + self.border[0] * self.channels;
        &self.samples[start..][..self.width * self.channels]
    }

    pub(super) fn row_mut(&mut self, row: usize) -> &mut [f32] {
        let start = self.start(row) + self.border[0] * self.channels;
        &mut self.samples[start..][..self.width * self.channels]
    }

    /// The row from `before` columns left of the plane on, with all zeros to its right.
    pub(super) fn row_with_border(&self, row: usize, before: usize) -> &[f32] {
        let skipped = (self.border[0] - before) * self.channels;
        &self.samples[self.start(row) + skipped..][..self.stride() - skipped]
    }
}
