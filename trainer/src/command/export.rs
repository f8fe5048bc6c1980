//! `astrochroma export`: weights of a run as a file to ship, named in the manifest beside it.

use super::failure::refused;
use crate::training::checkpoint::read_tensors;
use crate::training::config::Config;
use crate::{files, say};
use anyhow::{Context, Result};
use astrochroma::network::Architecture;
use astrochroma::weights::Tensors;
use astrochroma::weights::manifest::{Entry, Gain, Manifest, Metric, sha256};
use astrochroma::weights::safetensors::Precision;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(clap::Args)]
#[command(
    after_help = "Example: astrochroma export --run runs/edsr-small --id edsr-small --title \"EDSR, small\" -o static/weights"
)]
pub struct Options {
    /// The folder of the run
    #[arg(long)]
    run: PathBuf,
    /// A file of weights of the run's network, instead of the run's best
    #[arg(long)]
    weights: Option<PathBuf>,
    /// The network's name in the manifest; an entry of that name is replaced
    #[arg(long, value_parser = name)]
    id: String,
    /// A line for people
    #[arg(long)]
    title: String,
    /// By what a colouriser's a* and b* are multiplied
    #[arg(long, default_value_t = 1.0, value_parser = super::finite)]
    gain: f32,
    /// What it was trained on
    #[arg(long, default_value = "")]
    data: String,
    /// The licence of the weights
    #[arg(long, default_value = "MIT OR Apache-2.0")]
    licence: String,
    /// Whom the licence of the data or of earlier weights asks to name
    #[arg(long, default_value = "")]
    notice: String,
    /// A JSON file written by `evaluate --json`: its metrics go into the manifest
    #[arg(long)]
    metrics: Option<PathBuf>,
    /// The folder of the weights and their manifest.json
    #[arg(short, long)]
    output: PathBuf,
}

/// Writes the weights in half precision, and the manifest's entry: after all was found to be right.
///
/// # Errors
/// If the run has no weights yet, they do not fit into half precision, an argument does not do for a manifest,
/// or the disk refuses.
pub fn run(options: &Options) -> Result<()> {
    let network = Config::kept(&options.run)?
        .with_context(|| format!("{} is no folder of a run", options.run.display()))?
        .network;
    let source = options.weights.clone().unwrap_or(options.run.join("best.safetensors"));
    let bytes = weights(&source, &network)?;
    let path = options.output.join("manifest.json");
    let mut manifest = manifest_at(&path)?;
    let sha256 = sha256(&bytes);
    check_task(&manifest, &options.id, &network)?;
    let (file, keeper) = file_of(&manifest, &options.id, &sha256);
    if let Some(Entry { id, file: kept, .. }) = keeper {
        say::note(format_args!("note: {kept} holds the weights of {id} and stays; these go into {file}"));
    }
    let entry = Entry {
        id: options.id.clone(),
        title: options.title.clone(),
        task: network.task(),
        architecture: network,
        gain: Gain(options.gain),
        file,
        bytes: bytes.len() as u64,
        sha256,
        data: options.data.clone(),
        metrics: metrics(options)?,
        licence: options.licence.clone(),
        notice: options.notice.clone(),
    };
    let named = manifest.networks.iter().any(|known| known.file == entry.file);
    put(&mut manifest, entry.clone());
    let json = serde_json::to_string_pretty(&manifest)? + "\n";
    Manifest::parse(json.as_bytes())?;

    let target = options.output.join(&entry.file);
    check_target(&target, named, &source, &bytes)?;
    files::make_folder(&options.output)?;
    files::replace(&target, &bytes)?;
    files::replace(&path, json.as_bytes())?;
    say::result(format_args!("{}: {} bytes, SHA-256 {}", entry.file, entry.bytes, entry.sha256));
    Ok(())
}

/// The name of a network, which is its file's too.
fn name(text: &str) -> Result<String, String> {
    match text.is_empty() || text.starts_with('.') || text.contains(['/', '\\']) {
        true => Err("expected a name without / and \\ that does not start with a dot".into()),
        false => Ok(text.to_string()),
    }
}

/// The file to be written: of all tensors of the network, each number one that half precision knows.
fn weights(path: &Path, network: &Architecture) -> Result<Vec<u8>> {
    let tensors = read_tensors(path)?;
    tensors.fit(&network.figure()).complete().with_context(|| format!("{}", path.display()))?;
    let bytes = tensors.to_safetensors(Precision::Half)?;
    Tensors::from_safetensors(&bytes)
        .with_context(|| format!("{}: half precision ends at 65504", path.display()))?;
    Ok(bytes)
}

fn manifest_at(path: &Path) -> Result<Manifest> {
    match fs::read(path) {
        Ok(json) => Manifest::parse(&json).with_context(|| format!("{}", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Manifest::default()),
        Err(error) => Err(error).with_context(|| format!("{}", path.display())),
    }
}

/// The name of a network's file. Networks that differ in their gain alone share one; another network, whose
/// weights have the usual name, keeps it.
fn file_of<'a>(manifest: &'a Manifest, id: &str, sha256: &str) -> (String, Option<&'a Entry>) {
    let mut others = manifest.networks.iter().filter(|entry| entry.id != id);
    if let Some(same) = others.clone().find(|entry| entry.sha256 == sha256) {
        return (same.file.clone(), None);
    }
    let usual = format!("{id}.safetensors");
    match others.find(|entry| entry.file == usual) {
        Some(keeper) => (format!("{id}-{}.safetensors", &sha256[..8]), Some(keeper)),
        None => (usual, None),
    }
}

/// A network takes the place of its like alone: the default of a task would be gone.
fn check_task(manifest: &Manifest, id: &str, network: &Architecture) -> Result<()> {
    let other = manifest.networks.iter().find(|entry| entry.id == id && entry.task != network.task());
    let Some(other) = other else { return Ok(()) };
    let what =
        format!("{id} is a network to {} in the manifest, this one is to {}", other.task, network.task());
    Err(refused(what, "choose another name with --id"))
}

/// A file is written over only if the manifest names it, which can then say what it holds, and never if the
/// weights come from it.
fn check_target(target: &Path, named: bool, source: &Path, bytes: &[u8]) -> Result<()> {
    let identity = files::identity(target);
    let is_source = identity == files::identity(source);
    if identity.is_none() || (named && !is_source) || fs::read(target).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    let what = format!("{} is there and would be overwritten", target.display());
    Err(refused(what, "choose another name with --id, or another folder with -o"))
}

/// In the place of the network of that name, else at the end.
fn put(manifest: &mut Manifest, entry: Entry) {
    match manifest.networks.iter_mut().find(|known| known.id == entry.id) {
        Some(known) => *known = entry,
        None => manifest.networks.push(entry),
    }
}

fn metrics(options: &Options) -> Result<Vec<Metric>> {
    let Some(path) = &options.metrics else { return Ok(Vec::new()) };
    serde_json::from_slice(&files::read(path)?).with_context(|| format!("{}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use astrochroma::network::edsr::Edsr;

    fn entry(id: &str, file: &str, sha256: &str) -> Entry {
        let network = Architecture::Edsr(Edsr { blocks: 1, channels: 4, last_channels: 4 });
        Entry { id: id.into(), file: file.into(), sha256: sha256.into(), ..Entry::unnamed(network) }
    }

    #[test]
    fn a_file_that_two_networks_share_is_kept_for_the_other() {
        let (old, new) = ("0".repeat(64), "1".repeat(64));
        let shared = [entry("a", "a.safetensors", &old), entry("b", "a.safetensors", &old)];
        let mut manifest = Manifest { networks: shared.to_vec() };
        assert_eq!(file_of(&manifest, "a", &old), ("a.safetensors".into(), None));
        assert_eq!(file_of(&manifest, "a", &new), ("a-11111111.safetensors".into(), Some(&shared[1])));
        // The second to be exported anew shares the first one's new file.
        put(&mut manifest, entry("a", "a-11111111.safetensors", &new));
        assert_eq!(file_of(&manifest, "b", &new), ("a-11111111.safetensors".into(), None));
        assert_eq!(file_of(&manifest, "c", &new), ("a-11111111.safetensors".into(), None));
        assert_eq!(file_of(&manifest, "c", "2"), ("c.safetensors".into(), None));
        assert_eq!(manifest.networks.len(), 2);
    }
}
