//! What a run resumes from: written whole, or not at all.
//!
//! A checkpoint is written into a folder beside the last one, which it then replaces; whenever the
//! program is killed, one of them is whole.

use super::step::{Learner, Learners, adam};
use anyhow::{Context, Result};
use astrochroma::module::Trainable;
use astrochroma::network::Architecture;
use astrochroma::weights::Tensors;
use astrochroma::weights::safetensors::Precision;
use burn::tensor::{Bytes, Device};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Where a run is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The stage under way.
    pub stage: usize,
    /// Batches of it that are done.
    pub step: u64,
    /// The best validation so far; lower is better.
    pub best: Option<f64>,
}

/// The whole checkpoint of a run, if there is one.
pub fn find(run: &Path) -> Option<PathBuf> {
    [run.join("checkpoint"), run.join("checkpoint.old")].into_iter().find(|folder| folder.is_dir())
}

/// Writes a checkpoint.
///
/// # Errors
/// If the disk refuses.
pub fn write(run: &Path, place: &Place, learners: &Learners) -> Result<()> {
    let [new, now, old] = ["checkpoint.new", "checkpoint", "checkpoint.old"].map(|name| run.join(name));
    remove(&new)?;
    fs::create_dir_all(&new)?;
    write_learner(&new, "generator", &learners.generator)?;
    write_tensors(&new.join("average.safetensors"), &learners.average.tensors())?;
    if let Some(critic) = &learners.critic {
        write_learner(&new, "critic", critic)?;
    }
    fs::write(new.join("place.json"), serde_json::to_vec_pretty(place)?)?;
    remove(&old)?;
    if now.is_dir() {
        fs::rename(&now, &old)?;
    }
    fs::rename(&new, &now)?;
    remove(&old)
}

fn remove(folder: &Path) -> Result<()> {
    if folder.is_dir() { Ok(fs::remove_dir_all(folder)?) } else { Ok(()) }
}

fn write_tensors(path: &Path, tensors: &Tensors) -> Result<()> {
    Ok(fs::write(path, tensors.to_safetensors(Precision::Single)?)?)
}

fn write_learner(folder: &Path, name: &str, learner: &Learner) -> Result<()> {
    write_tensors(&folder.join(format!("{name}.safetensors")), &learner.module.tensors())?;
    let state = learner.optimizer.into_bytes().context("the optimiser's state")?;
    Ok(fs::write(folder.join(format!("{name}.optimizer")), &state[..])?)
}

/// Reads where a checkpoint was.
///
/// # Errors
/// If it cannot be read.
pub fn read_place(checkpoint: &Path) -> Result<Place> {
    Ok(serde_json::from_slice(&fs::read(checkpoint.join("place.json"))?)?)
}

/// Reads the networks of a checkpoint.
///
/// # Errors
/// If a file cannot be read, or is of another network.
pub fn read_learners(
    checkpoint: &Path,
    network: &Architecture,
    critic: Option<&Architecture>,
    betas: [f32; 2],
    device: &Device,
) -> Result<Learners> {
    let inner = device.clone().inner();
    let generator = read_learner(checkpoint, "generator", network, betas, device)?;
    let average = read_module(&checkpoint.join("average.safetensors"), network, &inner)?;
    let critic = critic
        .filter(|_| checkpoint.join("critic.safetensors").is_file())
        .map(|critic| read_learner(checkpoint, "critic", critic, betas, device))
        .transpose()?;
    Ok(Learners { generator, average, critic })
}

/// Reads a safetensors file.
///
/// # Errors
/// If it cannot be read.
pub fn read_tensors(path: &Path) -> Result<Tensors> {
    let bytes = fs::read(path).with_context(|| format!("{}", path.display()))?;
    Tensors::from_safetensors(&bytes).with_context(|| format!("{}", path.display()))
}

fn read_module(path: &Path, network: &Architecture, device: &Device) -> Result<Trainable> {
    let module = Trainable::init(&network.figure(), device);
    module.loaded(&read_tensors(path)?, device).with_context(|| format!("{}", path.display()))
}

fn read_learner(
    folder: &Path,
    name: &str,
    network: &Architecture,
    betas: [f32; 2],
    device: &Device,
) -> Result<Learner> {
    let module = read_module(&folder.join(format!("{name}.safetensors")), network, device)?;
    let state = fs::read(folder.join(format!("{name}.optimizer")))?;
    let optimizer = adam(betas).from_bytes(Bytes::from_bytes_vec(state)).context("the optimiser's state")?;
    Ok(Learner { module, optimizer })
}
