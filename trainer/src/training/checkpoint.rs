//! What a run resumes from: written whole, or not at all, and read only as it was written.
//!
//! A checkpoint is written into a folder beside the last one, which it then replaces; whenever the
//! program is killed, one of them is whole. `place.json` holds the SHA-256 of each file beside it.

use super::step::{Learner, Learners, adam};
use crate::files::{self, replace};
use anyhow::{Context, Result, bail};
use astrochroma::module::Trainable;
use astrochroma::network::Architecture;
use astrochroma::weights::Tensors;
use astrochroma::weights::manifest::sha256;
use astrochroma::weights::safetensors::Precision;
use burn::tensor::{Bytes, Device};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
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
    /// Bytes of `metrics.jsonl` that were written before; what follows is written again.
    #[serde(default = "all")]
    pub recorded: u64,
    /// The SHA-256 of each file of the checkpoint; of none, where an earlier version wrote it.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// Of checkpoints that do not say.
fn all() -> u64 {
    u64::MAX
}

/// A checkpoint that cannot be gone on from.
#[derive(Debug, thiserror::Error)]
#[error("the checkpoint is damaged or incomplete: {0}")]
pub struct Damaged(String);

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
    let average = learners.average.tensors().to_safetensors(Precision::Single)?;
    let mut files = vec![("average.safetensors".to_string(), average)];
    files.extend(files_of("generator", &learners.generator)?);
    if let Some(critic) = &learners.critic {
        files.extend(files_of("critic", critic)?);
    }
    let mut place = Place { files: BTreeMap::new(), ..place.clone() };
    for (name, bytes) in files {
        replace(&new.join(&name), &bytes)?;
        place.files.insert(name, sha256(&bytes));
    }
    replace(&new.join("place.json"), &serde_json::to_vec_pretty(&place)?)?;
    // Where there is no newer one, the old one is what a killed run resumed from.
    if now.is_dir() {
        remove(&old)?;
        fs::rename(&now, &old)?;
    }
    fs::rename(&new, &now)?;
    remove(&old)
}

fn remove(folder: &Path) -> Result<()> {
    if folder.is_dir() { Ok(fs::remove_dir_all(folder)?) } else { Ok(()) }
}

/// Writes a safetensors file, whole or not at all.
///
/// # Errors
/// If the disk refuses.
pub fn write_tensors(path: &Path, tensors: &Tensors) -> Result<()> {
    replace(path, &tensors.to_safetensors(Precision::Single)?)
}

/// A learner's network and its optimiser's state.
fn files_of(name: &str, learner: &Learner) -> Result<[(String, Vec<u8>); 2]> {
    let tensors = learner.module.tensors().to_safetensors(Precision::Single)?;
    let state = learner.optimizer.into_bytes().context("the optimiser's state")?;
    Ok([(format!("{name}.safetensors"), tensors), (format!("{name}.optimizer"), state.to_vec())])
}

/// Reads where a checkpoint was, and its networks; `stage` says which critic and betas a place has.
///
/// # Errors
/// [`Damaged`] if a file is missing, not as it was written, or of another network.
pub fn read<'a>(
    checkpoint: &Path,
    network: &Architecture,
    stage: impl Fn(&Place) -> (Option<&'a Architecture>, [f32; 2]),
    device: &Device,
) -> Result<(Place, Learners)> {
    let read = || {
        let place = read_place(&checkpoint.join("place.json"))?;
        let (critic, betas) = stage(&place);
        let learners = Reader { checkpoint, place: &place, betas, device }.learners(network, critic)?;
        Ok((place, learners))
    };
    read().map_err(|error: anyhow::Error| {
        let kind = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
        match kind {
            Some(io::ErrorKind::PermissionDenied) => error,
            _ => Damaged(format!("{error:#}")).into(),
        }
    })
}

fn read_place(path: &Path) -> Result<Place> {
    let json = fs::read(path).with_context(|| format!("{}", path.display()))?;
    serde_json::from_slice(&json).with_context(|| format!("{}", path.display()))
}

/// What is needed to read the files of a checkpoint.
struct Reader<'a> {
    checkpoint: &'a Path,
    place: &'a Place,
    betas: [f32; 2],
    device: &'a Device,
}

impl Reader<'_> {
    fn learners(&self, network: &Architecture, critic: Option<&Architecture>) -> Result<Learners> {
        let generator = self.learner("generator", network)?;
        let average = self.module("average", network, &self.device.clone().inner())?;
        let critic =
            critic.filter(|_| self.has_critic()).map(|critic| self.learner("critic", critic)).transpose()?;
        Ok(Learners { generator, average, critic })
    }

    /// At the start of a stage there is none yet.
    fn has_critic(&self) -> bool {
        let name = "critic.safetensors";
        self.place.files.contains_key(name) || self.checkpoint.join(name).is_file()
    }

    fn learner(&self, name: &str, network: &Architecture) -> Result<Learner> {
        let module = self.module(name, network, self.device)?;
        let file = format!("{name}.optimizer");
        let state = Bytes::from_bytes_vec(self.bytes(&file)?);
        let optimizer = adam(self.betas).from_bytes(state).with_context(|| self.path(&file))?;
        Ok(Learner { module, optimizer })
    }

    fn module(&self, name: &str, network: &Architecture, device: &Device) -> Result<Trainable> {
        let file = format!("{name}.safetensors");
        let tensors = Tensors::from_safetensors(&self.bytes(&file)?).with_context(|| self.path(&file))?;
        let module = Trainable::init(&network.figure(), device);
        module.loaded(&tensors, device).with_context(|| self.path(&file))
    }

    /// Of a file, as it was written.
    fn bytes(&self, file: &str) -> Result<Vec<u8>> {
        let bytes = fs::read(self.checkpoint.join(file)).with_context(|| self.path(file))?;
        let found = sha256(&bytes);
        match self.place.files.get(file) {
            Some(expected) if *expected != found => {
                bail!("{} has SHA-256 {found}, place.json says {expected}", self.path(file))
            }
            _ => Ok(bytes),
        }
    }

    /// For messages.
    fn path(&self, file: &str) -> String {
        self.checkpoint.join(file).display().to_string()
    }
}

/// Reads a safetensors file.
///
/// # Errors
/// If it cannot be read.
pub fn read_tensors(path: &Path) -> Result<Tensors> {
    Tensors::from_safetensors(&files::read(path)?).with_context(|| format!("{}", path.display()))
}
