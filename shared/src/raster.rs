//! A grid of float samples, channels last: what every step hands to the next.

use std::ops::Range;

/// Samples of `[height, width, channels]`, row by row, the channels of a pixel side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Raster {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Samples a pixel.
    pub channels: usize,
    /// `height * width * channels` of them.
    pub samples: Vec<f32>,
}

impl Raster {
    /// All zero.
    pub fn zeros(height: usize, width: usize, channels: usize) -> Raster {
        Raster { height, width, channels, samples: vec![0.0; height * width * channels] }
    }

    /// The samples of one row.
    pub fn row(&self, row: usize) -> &[f32] {
        let length = self.width * self.channels;
        &self.samples[row * length..][..length]
    }

    /// The samples of one row, to write.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        let length = self.width * self.channels;
        &mut self.samples[row * length..][..length]
    }

    /// The channels of one pixel.
    pub fn pixel(&self, row: usize, column: usize) -> &[f32] {
        &self.samples[(row * self.width + column) * self.channels..][..self.channels]
    }

    /// A copy of some rows and columns.
    pub fn part(&self, rows: Range<usize>, columns: Range<usize>) -> Raster {
        let (height, width) = (rows.len(), columns.len());
        let pick = columns.start * self.channels..columns.end * self.channels;
        let samples = rows.flat_map(|row| &self.row(row)[pick.clone()]).copied().collect();
        Raster { height, width, channels: self.channels, samples }
    }

    /// Writes a part over the samples at this place.
    pub fn put(&mut self, top: usize, left: usize, part: &Raster) {
        let columns = left * self.channels..(left + part.width) * self.channels;
        for row in 0..part.height {
            self.row_mut(top + row)[columns.clone()].copy_from_slice(part.row(row));
        }
    }

    /// The same with another number of rows and columns around it, mirrored at the border (the
    /// border pixel itself is not repeated), as often as needed.
    pub fn padded_by_reflection(&self, height: usize, width: usize) -> Raster {
        let mut padded = Raster::zeros(height, width, self.channels);
        for row in 0..height {
            let from = reflected(row, self.height);
            for column in 0..width {
                let pixel = self.pixel(from, reflected(column, self.width));
                padded.row_mut(row)[column * self.channels..][..self.channels].copy_from_slice(pixel);
            }
        }
        padded
    }
}

/// Where `at` falls when the plane of `side` samples is mirrored at its end and again at its start.
fn reflected(at: usize, side: usize) -> usize {
    let period = (2 * side).saturating_sub(2).max(1);
    let at = at % period;
    if at < side { at } else { period - at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reflection_does_not_repeat_the_border() {
        let row: Vec<usize> = (0..8).map(|at| reflected(at, 3)).collect();
        assert_eq!(row, [0, 1, 2, 1, 0, 1, 2, 1]);
        assert!((0..5).all(|at| reflected(at, 1) == 0));
    }

    #[test]
    fn a_part_holds_its_pixels() {
        let raster =
            Raster { height: 2, width: 3, channels: 2, samples: (0..12).map(|v| v as f32).collect() };
        assert_eq!(raster.part(1..2, 1..3).samples, [8.0, 9.0, 10.0, 11.0]);
        assert_eq!(raster.padded_by_reflection(3, 4).row(2), raster.padded_by_reflection(3, 4).row(0));
    }
}
