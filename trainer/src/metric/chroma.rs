//! How far predicted colours lie from the truth, in Lab units; and against what that is to be held.

use astrochroma::raster::Raster;

/// Of one picture: the planes are a\* and b\* in Lab units, two channels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ChromaError {
    /// Mean of |Δa\*| and |Δb\*| over both planes.
    pub error: f64,
    /// Mean length of the predicted (a\*, b\*).
    pub chroma: f64,
    /// Mean length of the true (a\*, b\*).
    pub truth: f64,
    /// Σ p·t / Σ |p| |t| over the pixels: 1 where all hues are right; 0 where there is no colour.
    pub cosine: f64,
}

/// Compares two planes of chroma of one size.
pub fn chroma_error(prediction: &Raster, truth: &Raster) -> ChromaError {
    let (mut error, mut chroma, mut true_chroma, mut dot, mut lengths) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let pixels = prediction.samples.as_chunks::<2>().0.iter().zip(truth.samples.as_chunks::<2>().0);
    for (p, t) in pixels {
        let [p, t] = [p.map(f64::from), t.map(f64::from)];
        error += ((p[0] - t[0]).abs() + (p[1] - t[1]).abs()) / 2.0;
        let (long_p, long_t) = (p[0].hypot(p[1]), t[0].hypot(t[1]));
        chroma += long_p;
        true_chroma += long_t;
        dot += p[0] * t[0] + p[1] * t[1];
        lengths += long_p * long_t;
    }
    let count = (truth.height * truth.width).max(1) as f64;
    let cosine = if lengths > 0.0 { dot / lengths } else { 0.0 };
    ChromaError { error: error / count, chroma: chroma / count, truth: true_chroma / count, cosine }
}

/// A plane of one colour.
pub fn flat(color: [f32; 2], like: &Raster) -> Raster {
    let samples = color.repeat(like.height * like.width);
    Raster { height: like.height, width: like.width, channels: 2, samples }
}

/// The median of each plane over all pixels of all pictures: the constant of least absolute error.
pub fn median(planes: &[Raster]) -> [f32; 2] {
    [0, 1].map(|channel| {
        let mut values: Vec<f32> =
            planes.iter().flat_map(|plane| plane.samples.iter().skip(channel).step_by(2)).copied().collect();
        let middle = values.len() / 2;
        if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f32::total_cmp).1 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(samples: [f32; 4]) -> Raster {
        Raster { height: 1, width: 2, channels: 2, samples: samples.to_vec() }
    }

    #[test]
    fn a_worked_example() {
        let found = chroma_error(&plane([3.0, 4.0, 0.0, 0.0]), &plane([6.0, 8.0, 0.0, 2.0]));
        let expected = ChromaError { error: (3.5 + 1.0) / 2.0, chroma: 2.5, truth: 6.0, cosine: 1.0 };
        assert_eq!(found, expected);
        assert_eq!(chroma_error(&plane([0.0; 4]), &plane([1.0; 4])).cosine, 0.0);
        let opposite = chroma_error(&plane([1.0, 0.0, 1.0, 0.0]), &plane([-2.0, 0.0, -1.0, 0.0]));
        assert_eq!(opposite.cosine, -1.0);
    }

    #[test]
    fn a_median_is_of_all_pixels() {
        assert_eq!(median(&[plane([1.0, 9.0, 2.0, 8.0]), plane([3.0, 7.0, 4.0, 6.0])]), [3.0, 8.0]);
    }
}
