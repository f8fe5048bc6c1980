//! A folder of pictures and its split into train, val and test.
//!
//! A `manifest.csv` with the columns `file` and `split` decides (`object_key`, `terms` and `credit` are
//! used where they are there); without one, files are split by a hash of their name and the seed, eight
//! to one to one.

use crate::training::config::Data;
use anyhow::{Context, Result, bail, ensure};
use astrochroma::picture::Picture;
use astrochroma::picture::limits::Limits;
use astrochroma::weights::manifest::sha256;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a picture is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// To learn from.
    Train,
    /// To choose by.
    Val,
    /// To measure, once.
    Test,
}

/// A picture of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Where it is.
    pub path: PathBuf,
    /// What it is used for.
    pub split: Split,
    /// What it shows: pictures of one object are in one split.
    pub object: String,
}

#[derive(Deserialize)]
struct Row {
    file: String,
    split: Split,
    #[serde(default)]
    object_key: String,
    #[serde(default)]
    terms: String,
}

/// Lists the pictures of a folder, in the order of their names.
///
/// # Errors
/// If the folder or its manifest cannot be read, or holds no pictures.
pub fn list(data: &Data, seed: u64) -> Result<Vec<Item>> {
    let manifest = data.folder.join("manifest.csv");
    let mut items = if manifest.is_file() {
        from_manifest(&manifest, data).with_context(|| format!("{}", manifest.display()))?
    } else {
        from_names(&data.folder, seed).with_context(|| format!("{}", data.folder.display()))?
    };
    items.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(items)
}

fn from_manifest(manifest: &Path, data: &Data) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for row in csv::Reader::from_path(manifest)?.deserialize() {
        let Row { file, split, object_key, terms } = row?;
        if data.terms.as_ref().is_some_and(|wanted| !wanted.contains(&terms)) {
            continue;
        }
        let object = if object_key.is_empty() { file.clone() } else { object_key };
        items.push(Item { path: data.folder.join(&file), split, object });
    }
    Ok(items)
}

fn from_names(folder: &Path, seed: u64) -> Result<Vec<Item>> {
    let known = ["png", "jpg", "jpeg", "tif", "tiff", "webp"];
    let mut items = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if !extension.is_some_and(|extension| known.contains(&extension.as_str())) {
            continue;
        }
        let hash = sha256(format!("{seed} {name}").as_bytes());
        let split = match u8::from_str_radix(&hash[..2], 16).unwrap_or(0) {
            0..205 => Split::Train,
            205..230 => Split::Val,
            _ => Split::Test,
        };
        items.push(Item { object: name.to_string(), path, split });
    }
    Ok(items)
}

/// Those of one split.
///
/// # Errors
/// If there are fewer than `least`.
pub fn of_split(items: &[Item], split: Split, least: usize) -> Result<Vec<Item>> {
    let some: Vec<Item> = items.iter().filter(|item| item.split == split).cloned().collect();
    if some.len() < least {
        let name = format!("{split:?}").to_lowercase();
        bail!("{} usable pictures in the {name} split, at least {least} are needed", some.len());
    }
    Ok(some)
}

/// The shortest side of a picture to learn from or to measure on: reduced four times, and four pixels of
/// border left out, something has to be left.
const LEAST_SIDE: usize = 16;

/// Reads a picture.
///
/// # Errors
/// If it cannot be read or decoded, or is too small for any of its uses.
pub fn read(path: &Path) -> Result<Picture> {
    let bytes = std::fs::read(path).with_context(|| format!("{}", path.display()))?;
    let picture = Picture::decode(&bytes, &Limits::NATIVE).with_context(|| format!("{}", path.display()))?;
    let (height, width) = (picture.height(), picture.width());
    ensure!(
        height.min(width) >= LEAST_SIDE,
        "{}: {width} × {height} pixels, at least {LEAST_SIDE} × {LEAST_SIDE} are needed; take it out of the folder",
        path.display()
    );
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_too_small_to_use_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dot.png");
        image::GrayImage::new(40, 3).save(&path).unwrap();
        let text = read(&path).unwrap_err().to_string();
        assert!(text.contains("dot.png: 40 × 3 pixels, at least 16 × 16"), "{text}");
        image::GrayImage::new(16, 40).save(&path).unwrap();
        assert_eq!(read(&path).unwrap().height(), 40);
    }
}
