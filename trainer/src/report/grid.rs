//! Pictures side by side, as a PNG.

use crate::files::replace;
use anyhow::Result;
use astrochroma::picture::limits::Limits;
use astrochroma::picture::{Canvas, Colors, Depth, encode};
use astrochroma::raster::Raster;
use std::path::Path;

/// Pixels between pictures.
const GAP: usize = 8;

/// Writes a row of pictures for each of `rows`, from left to right.
///
/// # Errors
/// If the disk refuses.
pub fn write<const N: usize>(path: &Path, rows: &[[Raster; N]]) -> Result<()> {
    let heights: Vec<usize> =
        rows.iter().map(|row| row.iter().map(|picture| picture.height).max().unwrap_or(0)).collect();
    let widest: Vec<usize> =
        (0..N).map(|column| rows.iter().map(|row| row[column].width).max().unwrap_or(0)).collect();
    let (height, width) = (spread(&heights), spread(&widest));
    let mut canvas = Canvas::new(height, width, Colors::Rgb, Depth::Eight, &Limits::NATIVE)?;
    let mut top = GAP;
    for (row, height) in rows.iter().zip(&heights) {
        let mut left = GAP;
        for (picture, width) in row.iter().zip(&widest) {
            canvas.put(top, left, picture);
            left += width + GAP;
        }
        top += height + GAP;
    }
    replace(path, &encode::png(&canvas.finish(None), &[])?)
}

fn spread(lengths: &[usize]) -> usize {
    GAP + lengths.iter().map(|length| length + GAP).sum::<usize>()
}
