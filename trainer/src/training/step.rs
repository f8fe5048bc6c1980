//! One batch: the generator's step, and the critic's where there is one.

use super::config::{Config, Critic, Stage};
use crate::dataset::batch::Batch;
use crate::loss::adversarial::{critic_loss, generator_loss};
use crate::loss::pixel::weighted_l1;
use anyhow::{Result, ensure};
use astrochroma::module::Trainable;
use astrochroma::network::{Architecture, Task};
use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor};

/// A network and its optimiser.
pub struct Learner {
    /// On the autodiff device.
    pub module: Trainable,
    /// Adam.
    pub optimizer: ModuleOptimizer,
}

/// All that a step changes.
pub struct Learners {
    /// What is trained.
    pub generator: Learner,
    /// A moving average of its weights, off the autodiff device: what is shipped.
    pub average: Trainable,
    /// Its opponent in an adversarial stage.
    pub critic: Option<Learner>,
}

/// What a step tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Losses {
    /// Weighted L1.
    pub pixel: f64,
    /// Of the generator against the critic; 0 without one.
    pub adversarial: f64,
    /// Of the critic; 0 without one.
    pub critic: f64,
}

/// Adam as PyTorch has it, with a stage's betas.
pub fn adam(betas: [f32; 2]) -> ModuleOptimizer {
    AdamConfig::new().with_beta_1(betas[0]).with_beta_2(betas[1]).with_epsilon(1e-8).init()
}

impl Learner {
    /// A new network; burn draws its parameters from the device's seed.
    pub fn new(network: &Architecture, betas: [f32; 2], device: &Device) -> Learner {
        Learner { module: Trainable::init(&network.figure(), device), optimizer: adam(betas) }
    }

    fn step(&mut self, loss: &Tensor<1>, learning_rate: f64) {
        let gradients = GradientsParams::from_grads(loss.backward(), &self.module);
        self.module = self.optimizer.step(learning_rate, self.module.clone(), gradients);
    }
}

impl Learners {
    /// Learns from a batch.
    ///
    /// # Errors
    /// If a loss is no number any more.
    pub fn learn(&mut self, batch: Batch, config: &Config, stage: &Stage, step: u64) -> Result<Losses> {
        let prediction = self.generator.module.forward(batch.input.clone());
        let pixel = weighted_l1(prediction.clone(), batch.truth.clone(), stage.saturation_weight);
        let mut losses = Losses { pixel: number(&pixel), ..Losses::default() };
        let rate = stage.learning_rate_at(step);
        let loss = match (&mut self.critic, &stage.critic) {
            (Some(opponent), Some(critic)) => {
                let (real, made) = judged(&batch, prediction, &config.network);
                losses.critic = opponent.judge(real, made.clone(), critic, stage, step);
                let adversarial = generator_loss(opponent.module.forward(made));
                losses.adversarial = number(&adversarial);
                adversarial * critic.weight + pixel * critic.pixel_weight
            }
            _ => pixel,
        };
        let sum = losses.pixel + losses.adversarial + losses.critic;
        ensure!(sum.is_finite(), "a loss became {sum} at step {step}; lower learning_rate");
        self.generator.step(&loss, rate);
        let kept = stage.average.min((1 + step) as f64 / (10 + step) as f64);
        self.average = self.average.clone().moved_toward(&self.generator.module.clone().valid(), 1.0 - kept);
        Ok(losses)
    }
}

impl Learner {
    /// The critic's own step, on what the generator made before its step.
    fn judge(&mut self, real: Tensor<4>, made: Tensor<4>, critic: &Critic, stage: &Stage, step: u64) -> f64 {
        let loss = critic_loss(self.module.forward(real), self.module.forward(made.detach()));
        let rate = stage.learning_rate_at(step) / stage.learning_rate * critic.learning_rate;
        self.step(&loss, rate);
        number(&loss)
    }
}

/// What a critic sees of truth and prediction: L\*, a\* and b\* of a colouriser, the picture of an
/// upscaler.
fn judged(batch: &Batch, prediction: Tensor<4>, network: &Architecture) -> (Tensor<4>, Tensor<4>) {
    if network.task() == Task::Upscale {
        return (batch.truth.clone(), prediction);
    }
    let (scale, shift) = network.lightness_scale();
    let (up, down) = network.figure().scale();
    let mut lightness = (batch.input.clone() - shift) / (scale * 50.0) - 1.0;
    if down > up {
        lightness = avg_pool2d(lightness, AvgPoolOptions::new([down; 2]).with_stride([down; 2]));
    }
    let with = |chroma: Tensor<4>| Tensor::cat(vec![lightness.clone(), chroma], 1);
    (with(batch.truth.clone()), with(prediction))
}

fn number(loss: &Tensor<1>) -> f64 {
    f64::from(loss.clone().into_scalar::<f32>())
}
