//! Finished rows made small enough for the screen: the mean of squares of pixels, as RGBA.

use astrochroma::raster::Raster;

use super::protocol::Size;

/// Takes rows in order and gives back rows of means as soon as they are complete.
///
/// # Ranges
/// Samples 0..1 go in, three or one a pixel; RGBA with 8 bits a sample comes out, opaque.
pub struct Reducer {
    factor: usize,
    columns: usize,
    rows_left: usize,
    sums: Vec<f32>,
    rows_summed: usize,
}

impl Reducer {
    /// For so many rows and columns, so many times smaller along each side.
    pub fn new(size: Size, factor: usize) -> Reducer {
        let sums = vec![0.0; size.width.div_ceil(factor) * 3];
        Reducer { factor, columns: size.width, rows_left: size.height, sums, rows_summed: 0 }
    }

    /// The rows of means that these rows complete: how many, and their pixels.
    pub fn push(&mut self, rows: &Raster) -> (usize, Vec<u8>) {
        let mut pixels = Vec::new();
        let mut count = 0;
        for row in 0..rows.height {
            self.add(rows.row(row), rows.channels);
            self.rows_left = self.rows_left.saturating_sub(1);
            if self.rows_summed == self.factor || self.rows_left == 0 {
                self.flush(&mut pixels);
                count += 1;
            }
        }
        (count, pixels)
    }

    fn add(&mut self, row: &[f32], channels: usize) {
        // A grey pixel's one sample stands for all three.
        let pick = [0, 1.min(channels - 1), 2.min(channels - 1)];
        for (pixels, sums) in row.chunks(channels * self.factor).zip(self.sums.chunks_exact_mut(3)) {
            for pixel in pixels.chunks_exact(channels) {
                for (sum, &channel) in sums.iter_mut().zip(&pick) {
                    *sum += pixel[channel];
                }
            }
        }
        self.rows_summed += 1;
    }

    fn flush(&mut self, pixels: &mut Vec<u8>) {
        for (at, sums) in self.sums.chunks_exact_mut(3).enumerate() {
            let across = self.factor.min(self.columns - at * self.factor);
            let scale = 255.0 / (across * self.rows_summed) as f32;
            pixels.extend(sums.iter().map(|sum| (sum * scale).clamp(0.0, 255.0).round() as u8));
            pixels.push(255);
            sums.fill(0.0);
        }
        self.rows_summed = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(height: usize, width: usize) -> Raster {
        let samples = (0..height * width * 3).map(|at| (at % 97) as f32 / 97.0).collect();
        Raster { height, width, channels: 3, samples }
    }

    #[test]
    fn bands_give_what_the_whole_gives() {
        let (whole, size) = (ramp(11, 7), Size { height: 11, width: 7 });
        for factor in [1, 2, 4] {
            let (rows, pixels) = Reducer::new(size, factor).push(&whole);
            assert_eq!(rows, 11_usize.div_ceil(factor));
            assert_eq!(pixels.len(), rows * 7_usize.div_ceil(factor) * 4);
            let mut reducer = Reducer::new(size, factor);
            let mut joined = Vec::new();
            for top in (0..11).step_by(3) {
                joined.extend(reducer.push(&whole.part(top..(top + 3).min(11), 0..7)).1);
            }
            assert_eq!(joined, pixels, "factor {factor}");
        }
    }

    #[test]
    fn means_are_those_of_the_pixels_that_are_there() {
        let row = Raster { height: 1, width: 3, channels: 1, samples: vec![0.0, 1.0, 0.2] };
        let (rows, pixels) = Reducer::new(Size { height: 1, width: 3 }, 2).push(&row);
        assert_eq!((rows, pixels), (1, vec![128, 128, 128, 255, 51, 51, 51, 255]));
    }
}
