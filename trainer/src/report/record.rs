//! Lines of JSON, and the files that say what a run was made of.

use crate::dataset::folder::Item;
use crate::training::checkpoint::Place;
use crate::training::step::Losses;
use crate::training::validation::Found;
use anyhow::Result;
use astrochroma::weights::LoadReport;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

fn append(path: &Path, line: &Value) -> Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    Ok(file.write_all(format!("{line}\n").as_bytes())?)
}

/// Mean losses of the last batches.
///
/// # Errors
/// If the disk refuses.
pub fn losses(path: &Path, place: &Place, losses: &Losses) -> Result<()> {
    let Losses { pixel, adversarial, critic } = *losses;
    let mut line = json!({ "stage": place.stage, "step": place.step, "pixel": pixel });
    if critic != 0.0 {
        line["adversarial"] = adversarial.into();
        line["critic"] = critic.into();
    }
    append(path, &line)
}

/// What a validation found.
///
/// # Errors
/// If the disk refuses.
pub fn validation(path: &Path, place: &Place, found: &Found) -> Result<()> {
    let numbers: serde_json::Map<String, Value> =
        found.numbers.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
    append(path, &json!({ "stage": place.stage, "step": place.step, "validation": numbers }))
}

/// The pictures of a run.
///
/// # Errors
/// If the disk refuses.
pub fn pictures(path: &Path, items: &[Item]) -> Result<()> {
    let mut writer = csv::Writer::from_path(path)?;
    for item in items {
        writer.serialize(item)?;
    }
    Ok(writer.flush()?)
}

/// The program's version and the seed.
///
/// # Errors
/// If the disk refuses.
pub fn versions(path: &Path, seed: u64) -> Result<()> {
    let versions = json!({ "astrochroma": env!("CARGO_PKG_VERSION"), "burn": "0.22.1", "seed": seed });
    Ok(std::fs::write(path, serde_json::to_vec_pretty(&versions)?)?)
}

/// Says what of a file of weights a run starts from.
#[expect(clippy::print_stderr, reason = "a note to whoever started the run")]
pub fn start(path: &Path, report: &LoadReport) {
    eprintln!(
        "{}: {} tensors taken, {} of the network start at random, {} not used, {} of another shape",
        path.display(),
        report.loaded,
        report.missing.len(),
        report.unused.len(),
        report.misshapen.len()
    );
}
