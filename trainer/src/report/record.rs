//! Lines of JSON, and the files that say what a run was made of.

use crate::dataset::folder::Item;
use crate::files::replace;
use crate::say;
use crate::training::checkpoint::Place;
use crate::training::step::Losses;
use crate::training::validation::Found;
use anyhow::{Context, Result};
use astrochroma::weights::LoadReport;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// The version of burn that this program is built with.
const BURN: &str = "0.22.1";

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

/// Bytes of lines so far.
pub fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

/// Takes away what was written after the first `length` bytes.
///
/// # Errors
/// If the disk refuses.
pub fn cut(path: &Path, length: u64) -> Result<()> {
    if self::length(path) <= length {
        return Ok(());
    }
    let file = OpenOptions::new().write(true).open(path);
    file.and_then(|file| file.set_len(length)).with_context(|| format!("{}", path.display()))
}

/// The pictures of a run, as it began; a note, where it goes on with others.
///
/// # Errors
/// If the disk refuses.
pub fn pictures(path: &Path, items: &[Item]) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for item in items {
        writer.serialize(item)?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    if keep(path, &bytes)? != bytes {
        say::note(format_args!(
            "note: {}: the run began with other pictures than it goes on with, or they have moved",
            path.display()
        ));
    }
    Ok(())
}

/// The program's version and the seed, as the run began.
///
/// # Errors
/// If the disk refuses.
pub fn versions(path: &Path, seed: u64) -> Result<()> {
    let versions = json!({ "astrochroma": env!("CARGO_PKG_VERSION"), "burn": BURN, "seed": seed });
    keep(path, &serde_json::to_vec_pretty(&versions)?)?;
    Ok(())
}

/// Writes a file unless it is there; what it holds then.
fn keep(path: &Path, bytes: &[u8]) -> Result<Vec<u8>> {
    if !path.is_file() {
        replace(path, bytes)?;
    }
    std::fs::read(path).with_context(|| format!("{}", path.display()))
}

/// Says what of a file of weights a run starts from.
pub fn start(path: &Path, report: &LoadReport) {
    say::note(format_args!(
        "{}: {} tensors taken, {} of the network start at random, {} not used, {} of another shape",
        path.display(),
        report.loaded,
        report.missing.len(),
        report.unused.len(),
        report.misshapen.len()
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_burn_is_the_locked_one() {
        let lock = include_str!("../../../Cargo.lock");
        let package = lock.split("[[package]]").find(|package| package.contains("name = \"burn\"\n"));
        assert!(package.unwrap().contains(&format!("version = \"{BURN}\"")), "{package:?}");
    }

    #[test]
    fn what_a_run_began_with_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("versions.json");
        versions(&path, 1).unwrap();
        let begun = std::fs::read(&path).unwrap();
        versions(&path, 2).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), begun);
    }

    #[test]
    fn lines_are_cut_and_never_made_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        cut(&path, 0).unwrap();
        append(&path, &json!(1)).unwrap();
        let kept = length(&path);
        append(&path, &json!(2)).unwrap();
        cut(&path, kept).unwrap();
        cut(&path, u64::MAX).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "1\n");
    }
}
