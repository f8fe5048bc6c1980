//! What a run is told: the network, the data and the stages, as a TOML file says it.

use anyhow::{Context, Result, ensure};
use astrochroma::network::{Architecture, Task};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Of all chance: parameters, order of pictures, crops.
    pub seed: u64,
    /// What is trained.
    pub network: Architecture,
    /// What it is trained on.
    pub data: Data,
    /// One after another.
    pub stages: Vec<Stage>,
    /// What is written how often.
    #[serde(default)]
    pub intervals: Intervals,
    /// Weights to start from: a safetensors file; tensors that fit are taken, the report says which.
    #[serde(default)]
    pub start: Option<PathBuf>,
}

/// Pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// A folder of pictures, with a `manifest.csv` or without.
    pub folder: PathBuf,
    /// Values of the manifest's column `terms` that are used; all, where there is none.
    #[serde(default)]
    pub terms: Option<Vec<String>>,
}

/// A stretch of training with one recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Batches.
    pub steps: u64,
    /// Examples a batch.
    pub batch: usize,
    /// Side of an example, in pixels of the network's input.
    pub crop: usize,
    /// The highest learning rate; it rises over `warm_up` steps and falls as a cosine to a hundredth.
    pub learning_rate: f64,
    /// Steps over which the learning rate rises.
    #[serde(default = "hundred")]
    pub warm_up: u64,
    /// Adam's.
    #[serde(default = "betas")]
    pub betas: [f32; 2],
    /// κ of the pixel loss: |p − t| weighs 1 + κ times the chroma of the truth, in units of 110.
    #[serde(default)]
    pub saturation_weight: f64,
    /// A part of the network that is kept as it is for `frozen_steps`.
    #[serde(default)]
    pub frozen: Option<String>,
    /// For how long.
    #[serde(default)]
    pub frozen_steps: u64,
    /// The most that the weights' moving average keeps of itself in a step.
    #[serde(default = "average")]
    pub average: f64,
    /// With a critic, where there is one.
    #[serde(default)]
    pub critic: Option<Critic>,
}

/// The adversarial part of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Critic {
    /// What judges.
    pub network: Architecture,
    /// Its learning rate.
    pub learning_rate: f64,
    /// What the generator's adversarial loss is multiplied by.
    pub weight: f64,
    /// What its pixel loss is multiplied by: 100 in pix2pix.
    #[serde(default = "one")]
    pub pixel_weight: f64,
}

/// In seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervals {
    /// Between checkpoints.
    pub checkpoint: u64,
    /// Between validations.
    pub validation: u64,
}

impl Default for Intervals {
    fn default() -> Intervals {
        Intervals { checkpoint: 180, validation: 600 }
    }
}

fn hundred() -> u64 {
    100
}

fn betas() -> [f32; 2] {
    [0.9, 0.99]
}

fn average() -> f64 {
    0.999
}

fn one() -> f64 {
    1.0
}

impl Config {
    /// Reads and checks a configuration; relative paths in it are relative to the file.
    ///
    /// # Errors
    /// If it cannot be read, or says something that cannot be trained.
    pub fn read(path: &Path, task: Task) -> Result<Config> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        let mut config: Config = toml::from_str(&text).with_context(|| format!("{}", path.display()))?;
        let beside = path.parent().unwrap_or(Path::new("."));
        config.data.folder = beside.join(&config.data.folder);
        config.start = config.start.map(|start| beside.join(start));
        config.check(task).with_context(|| format!("{}", path.display()))?;
        Ok(config)
    }

    fn check(&self, task: Task) -> Result<()> {
        let found = self.network.task();
        ensure!(found == task, "the network is one to {found}, expected one to {task}");
        ensure!(!self.stages.is_empty(), "there are no stages, expected at least one [[stages]]");
        let grid = self.network.figure().grid();
        for (index, stage) in self.stages.iter().enumerate() {
            let Stage { steps, batch, crop, .. } = *stage;
            ensure!(
                steps > 0 && batch > 0,
                "stage {index} has {steps} steps of {batch}, expected at least 1 of 1"
            );
            ensure!(
                crop > 0 && crop % grid == 0,
                "stage {index} has crops of {crop} pixels, expected a multiple of {grid}"
            );
            if let Some(critic) = &stage.critic {
                let found = critic.network.task();
                ensure!(found == Task::Criticize, "the critic of stage {index} is a network to {found}");
            }
        }
        Ok(())
    }
}

impl Stage {
    /// The learning rate of a step, counted from 0.
    pub fn learning_rate_at(&self, step: u64) -> f64 {
        if step < self.warm_up {
            return self.learning_rate * (step + 1) as f64 / self.warm_up as f64;
        }
        let rest = (self.steps - self.warm_up).max(1) as f64;
        let part = ((step - self.warm_up) as f64 / rest).min(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * part).cos());
        self.learning_rate * (0.01 + 0.99 * cosine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learning_rate_rises_and_falls() {
        let stage: Stage = toml::from_str("steps = 1100\nbatch = 1\ncrop = 1\nlearning_rate = 1.0").unwrap();
        assert!((stage.learning_rate_at(0) - 0.01).abs() < 1e-9);
        assert!((stage.learning_rate_at(99) - 1.0).abs() < 1e-9);
        assert!((stage.learning_rate_at(600) - 0.505).abs() < 1e-9);
        assert!((stage.learning_rate_at(1100) - 0.01).abs() < 1e-9);
    }

    #[test]
    fn the_shipped_configurations_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
        let mut stages = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let task = if name.starts_with("unet") { Task::Colorize } else { Task::Upscale };
            stages.push((name, Config::read(&path, task).unwrap().stages.len()));
        }
        stages.sort();
        let expected = [("edsr-small", 1), ("srresnet", 2), ("unet-lite0", 1), ("unet-resnet18", 2)];
        assert_eq!(stages, expected.map(|(name, count)| (name.to_string(), count)));
    }
}
