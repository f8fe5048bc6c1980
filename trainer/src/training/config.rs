//! What a run is told: the network, the data and the stages, as a TOML file says it.

use crate::files::replace;
use anyhow::{Context, Result};
use astrochroma::network::{Architecture, Task};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf, absolute};

/// The file in a run's folder that says what it was begun with.
const KEPT: &str = "config.toml";

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
        let mut config = Config::parse(path)?;
        // So that links and `..` on the way to it make no other configuration.
        let folder = absolute(path)?.parent().unwrap_or(Path::new("/")).canonicalize()?;
        config.set_paths(|path| absolute(folder.join(path)))?;
        config.check(task).with_context(|| format!("{}", path.display()))?;
        Ok(config)
    }

    /// Reads the configuration that a run was begun with, if there is one.
    ///
    /// # Errors
    /// If it cannot be read, or its network cannot be drawn.
    pub fn kept(run: &Path) -> Result<Option<Config>> {
        let path = run.join(KEPT);
        if !path.is_file() {
            return Ok(None);
        }
        let mut config = Config::parse(&path)?;
        // Earlier versions kept paths as they were typed.
        config.set_paths(absolute).with_context(|| format!("{}", path.display()))?;
        config.network.check().with_context(|| format!("{}", path.display()))?;
        Ok(Some(config))
    }

    /// Whether a run of the other can go on with this one; data and start may have moved.
    pub fn is_like(&self, other: &Config) -> bool {
        let data = Data { folder: other.data.folder.clone(), ..self.data.clone() };
        Config { data, start: other.start.clone(), ..self.clone() } == *other
    }

    /// Keeps the configuration for when the run goes on.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn keep(&self, run: &Path) -> Result<()> {
        replace(&run.join(KEPT), toml::to_string_pretty(self)?.as_bytes())
    }

    fn parse(path: &Path) -> Result<Config> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{}", path.display()))
    }

    fn set_paths(&mut self, set: impl Fn(PathBuf) -> io::Result<PathBuf>) -> Result<()> {
        self.data.folder = set(std::mem::take(&mut self.data.folder))?;
        self.start = self.start.take().map(set).transpose()?;
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
    fn a_configuration_is_the_same_however_its_path_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.toml");
        let network = "network = { name = 'edsr', blocks = 1, channels = 4, last_channels = 4 }";
        let stage = "[[stages]]\nsteps = 1\nbatch = 1\ncrop = 8\nlearning_rate = 1e-3";
        std::fs::write(&path, format!("seed = 1\n{network}\ndata.folder = './pictures'\n{stage}")).unwrap();
        let plain = Config::read(&path, Task::Upscale).unwrap();
        assert_eq!(plain.data.folder, folder.path().join("pictures"));
        assert_eq!(Config::read(&folder.path().join("./x.toml"), Task::Upscale).unwrap(), plain);
        plain.keep(folder.path()).unwrap();
        assert_eq!(Config::kept(folder.path()).unwrap(), Some(plain));
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
