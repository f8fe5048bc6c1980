//! The game between generator and critic, in logits.
//!
//! Binary cross-entropy of Goodfellow et al. 2014 as pix2pix and SRGAN use it: the critic lowers
//! ½ (−log σ(D(real)) − log(1 − σ(D(made)))), the generator −log σ(D(made)), which is softplus of the
//! logit with the sign turned.

use burn::tensor::Tensor;
use burn::tensor::activation::softplus;

/// What a critic lowers, given its logits for real and for made pictures.
pub fn critic_loss(real: Tensor<4>, made: Tensor<4>) -> Tensor<1> {
    (softplus(-real, 1.0).mean() + softplus(made, 1.0).mean()) * 0.5
}

/// What a generator lowers, given the critic's logits for what it made.
pub fn generator_loss(made: Tensor<4>) -> Tensor<1> {
    softplus(-made, 1.0).mean()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn an_undecided_critic_loses_log_two() {
        let device = Device::flex();
        let logits = |value: f32| Tensor::<4>::full([1, 1, 2, 2], value, &device);
        let value = |loss: Tensor<1>| loss.into_scalar::<f32>();
        assert!((value(critic_loss(logits(0.0), logits(0.0))) - 2f32.ln()).abs() < 1e-6);
        assert!(value(critic_loss(logits(5.0), logits(-5.0))) < 0.01);
        assert!(value(generator_loss(logits(-5.0))) > 5.0);
    }
}
