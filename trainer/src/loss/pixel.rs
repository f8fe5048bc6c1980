//! The distance between pixels: mean |p − t|, weighted by the truth's saturation where asked.
//!
//! `mean(w |p − t|)` over batch, channels and pixels, w = 1 + κ c, where c is the length of the truth's
//! (a\*, b\*) over 110. κ = 0 is the L1 of Kalvankar et al. 2021, section 3.4; a weight on saturated
//! regions is what both papers name as future work.

use burn::tensor::Tensor;

/// The loss of `[batch, channels, height, width]`.
pub fn weighted_l1(prediction: Tensor<4>, truth: Tensor<4>, saturation_weight: f64) -> Tensor<1> {
    let distance = (prediction - truth.clone()).abs();
    if saturation_weight == 0.0 {
        return distance.mean();
    }
    let chroma = truth.powi_scalar(2).sum_dim(1).sqrt();
    (distance * (chroma * saturation_weight + 1.0)).mean()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn saturated_truth_weighs_more() {
        let device = Device::flex();
        let of =
            |values: [f32; 4]| Tensor::from_data(TensorData::new(values.to_vec(), [1, 2, 1, 2]), &device);
        // Two pixels: one of chroma 0.5, one grey; both off by 0.1 in a*.
        let (truth, off) = (of([0.3, 0.0, 0.4, 0.0]), of([0.4, 0.1, 0.4, 0.0]));
        let value = |weight| weighted_l1(off.clone(), truth.clone(), weight).into_scalar::<f32>();
        assert!((value(0.0) - 0.05).abs() < 1e-6);
        assert!((value(4.0) - (0.1 * 3.0 + 0.1) / 4.0).abs() < 1e-6);
    }
}
