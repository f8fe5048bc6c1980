//! Peak signal-to-noise ratio.

use astrochroma::raster::Raster;

/// Pixels at the border that are not counted, as BasicSR leaves out the enlargement's factor.
pub const BORDER: usize = 4;

/// 20 log10(255 / RMSE) in decibels, all channels together, of pictures clamped and rounded to 8 bit,
/// without [`BORDER`] pixels at each side; 100 where they are the same.
pub fn psnr(prediction: &Raster, truth: &Raster) -> f64 {
    let byte = |v: f32| f64::from((v.clamp(0.0, 1.0) * 255.0).round());
    let inside = |side: usize| if side > 2 * BORDER { BORDER..side - BORDER } else { 0..side };
    let (rows, columns) = (inside(truth.height), inside(truth.width));
    let (a, b) = (prediction.part(rows.clone(), columns.clone()), truth.part(rows, columns));
    let squares = a.samples.iter().zip(&b.samples).map(|(a, b)| (byte(*a) - byte(*b)).powi(2));
    let mse = squares.sum::<f64>() / a.samples.len() as f64;
    if mse == 0.0 { 100.0 } else { 20.0 * 255f64.log10() - 10.0 * mse.log10() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_level_off_is_48_decibels() {
        let flat = |v: f32| Raster { height: 12, width: 10, channels: 3, samples: vec![v / 255.0; 360] };
        // 20 log10(255) = 48.1308
        assert!((psnr(&flat(100.0), &flat(101.0)) - 48.1308).abs() < 1e-3);
        assert_eq!(psnr(&flat(100.0), &flat(100.0)), 100.0);
        let mut border = flat(100.0);
        border.row_mut(3).fill(0.0);
        assert_eq!(psnr(&border, &flat(100.0)), 100.0);
    }
}
