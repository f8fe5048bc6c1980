//! `astrochroma export`: weights of a run as a file to ship, named in the manifest beside it.

use crate::training::checkpoint::read_tensors;
use crate::training::config::Config;
use anyhow::{Context, Result, ensure};
use astrochroma::weights::manifest::{Entry, Gain, Manifest, Metric, sha256};
use astrochroma::weights::safetensors::Precision;
use std::fs;
use std::path::PathBuf;

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
    #[arg(long)]
    id: String,
    /// A line for people
    #[arg(long)]
    title: String,
    /// By what a colouriser's a* and b* are multiplied
    #[arg(long, default_value_t = 1.0)]
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

/// Writes the weights in half precision, and the manifest's entry.
///
/// # Errors
/// If the run has no weights yet, or the disk refuses.
#[expect(clippy::print_stdout, reason = "the command's result")]
pub fn run(options: &Options) -> Result<()> {
    let text = fs::read_to_string(options.run.join("config.toml"))
        .with_context(|| format!("{} is no folder of a run", options.run.display()))?;
    let config: Config = toml::from_str(&text)?;
    let best = options.run.join("best.safetensors");
    let tensors = read_tensors(options.weights.as_ref().unwrap_or(&best))?;
    tensors.fit(&config.network.figure()).complete()?;
    ensure!(!options.id.is_empty() && !options.id.contains(['/', '\\']), "--id {:?} is no name", options.id);

    let bytes = tensors.to_safetensors(Precision::Half)?;
    let sha = sha256(&bytes);
    let path = options.output.join("manifest.json");
    let mut manifest = match fs::read(&path) {
        Ok(json) => Manifest::parse(&json).with_context(|| format!("{}", path.display()))?,
        Err(_) => Manifest::default(),
    };
    // Networks that differ in their gain alone share a file.
    let same = manifest.networks.iter().find(|entry| entry.sha256 == sha && entry.id != options.id);
    let file = same.map_or(format!("{}.safetensors", options.id), |entry| entry.file.clone());
    fs::create_dir_all(&options.output)?;
    fs::write(options.output.join(&file), &bytes)?;
    let entry = Entry {
        id: options.id.clone(),
        title: options.title.clone(),
        task: config.network.task(),
        architecture: config.network,
        gain: Gain(options.gain),
        file,
        bytes: bytes.len() as u64,
        sha256: sha,
        data: options.data.clone(),
        metrics: metrics(options)?,
        licence: options.licence.clone(),
        notice: options.notice.clone(),
    };
    println!("{}: {} bytes, SHA-256 {}", entry.file, entry.bytes, entry.sha256);
    match manifest.networks.iter_mut().find(|known| known.id == entry.id) {
        Some(known) => *known = entry,
        None => manifest.networks.push(entry),
    }
    let json = serde_json::to_string_pretty(&manifest)? + "\n";
    Manifest::parse(json.as_bytes())?;
    Ok(fs::write(path, json)?)
}

fn metrics(options: &Options) -> Result<Vec<Metric>> {
    let Some(path) = &options.metrics else { return Ok(Vec::new()) };
    let bytes = fs::read(path).with_context(|| format!("{}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{}", path.display()))
}
