//! A folder of pictures and its split into train, val and test.
//!
//! A `manifest.csv` with the columns `file` and `split` decides (`object_key` and `terms` are used where
//! they are there); without one, files are split by a hash of their name and the seed, eight to one to one.

use crate::training::config::Data;
use crate::{files, say};
use anyhow::{Context, Error, Result, ensure};
use astrochroma::picture::Picture;
use astrochroma::picture::limits::Limits;
use astrochroma::weights::manifest::sha256;
use rayon::prelude::*;
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
        ensure!(
            data.terms.is_none(),
            "{} is not there, and so nothing says to which pictures the `terms` apply; leave them out to use all",
            manifest.display()
        );
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
    let mut items = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if !looks_like_a_picture(&path) {
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

/// Whether a file is taken for a picture where a folder is named, not the file: by the end of its name.
pub fn looks_like_a_picture(path: &Path) -> bool {
    let known = ["png", "jpg", "jpeg", "tif", "tiff", "webp"];
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    extension.is_some_and(|extension| known.contains(&extension.as_str()))
}

/// Those of one split that can be read and have no side below `side` pixels; it is said what is amiss with
/// each of the others.
///
/// # Errors
/// If there are fewer than `least`.
pub fn usable(items: &[Item], split: Split, side: usize, least: usize) -> Result<Vec<Item>> {
    let enough = |some: &[Item]| {
        let name = format!("{split:?}").to_lowercase();
        ensure!(
            some.len() >= least,
            "{} usable pictures in the {name} split, at least {least} are needed",
            some.len()
        );
        Ok(())
    };
    let some: Vec<Item> = items.iter().filter(|item| item.split == split).cloned().collect();
    enough(&some)?;
    let (usable, amiss) = tried(some, side);
    for error in amiss {
        say::note(format_args!("note: skipped: {error:#}"));
    }
    enough(&usable)?;
    Ok(usable)
}

/// Those that can be read and are large enough; and what is amiss with each of the others.
fn tried(items: Vec<Item>, side: usize) -> (Vec<Item>, Vec<Error>) {
    let tried: Vec<_> =
        items.into_par_iter().map(|item| read_with_sides(&item.path, side).map(|_| item)).collect();
    let (mut usable, mut amiss) = (Vec::new(), Vec::new());
    for result in tried {
        match result {
            Ok(item) => usable.push(item),
            Err(error) => amiss.push(error),
        }
    }
    (usable, amiss)
}

/// The shortest side of a picture to learn from or to measure on: reduced four times, and four pixels of
/// border left out, something has to be left.
pub const LEAST_SIDE: usize = 16;

/// Reads a picture.
///
/// # Errors
/// If it cannot be read or decoded, or is too small for any of its uses.
pub fn read(path: &Path) -> Result<Picture> {
    read_with_sides(path, LEAST_SIDE)
}

fn read_with_sides(path: &Path, side: usize) -> Result<Picture> {
    let picture = Picture::decode(&files::read(path)?, &Limits::NATIVE)
        .with_context(|| format!("{}", path.display()))?;
    let (height, width) = (picture.height(), picture.width());
    ensure!(
        height.min(width) >= side,
        "{}: {width} × {height} pixels, at least {side} × {side} are needed; take it out of the folder",
        path.display()
    );
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::write;

    fn data(folder: &Path, terms: Option<&[&str]>) -> Data {
        let terms = terms.map(|terms| terms.iter().map(ToString::to_string).collect());
        Data { folder: folder.to_path_buf(), terms }
    }

    /// Name, split and object of each picture.
    fn told(items: &[Item]) -> Vec<(&str, Split, &str)> {
        items.iter().map(|i| (i.path.file_name().unwrap().to_str().unwrap(), i.split, &*i.object)).collect()
    }

    #[test]
    fn a_manifest_decides() {
        let folder = tempfile::tempdir().unwrap();
        let rows = [
            "credit,file,terms,split,object_key",
            "A,m.png,pd,test,moon",
            "B,a.png,by,train,",
            "C,b.png,nc,val,mars",
        ];
        write(folder.path().join("manifest.csv"), rows.join("\n")).unwrap();
        let all = list(&data(folder.path(), None), 1).unwrap();
        // Sorted by name; a picture without an object is its own.
        let expected =
            [("a.png", Split::Train, "a.png"), ("b.png", Split::Val, "mars"), ("m.png", Split::Test, "moon")];
        assert_eq!(told(&all), expected);
        let free = list(&data(folder.path(), Some(&["pd", "by"])), 1).unwrap();
        assert_eq!(told(&free), [expected[0], expected[2]]);
    }

    #[test]
    fn a_manifest_needs_two_columns_alone_and_known_splits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.csv");
        write(&path, "file,split\na.png,train\n").unwrap();
        let plain = list(&data(folder.path(), None), 1).unwrap();
        assert_eq!(told(&plain), [("a.png", Split::Train, "a.png")]);
        assert_eq!(list(&data(folder.path(), Some(&["pd"])), 1).unwrap(), []);
        for (rows, word) in [("file,split\na.png,trein\n", "trein"), ("split\ntrain\n", "file")] {
            write(&path, rows).unwrap();
            let text = format!("{:#}", list(&data(folder.path(), None), 1).unwrap_err());
            assert!(text.contains("manifest.csv") && text.contains(word), "{text}");
        }
    }

    #[test]
    fn terms_need_a_manifest() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path().join("a.png"), "").unwrap();
        let text = list(&data(folder.path(), Some(&["pd"])), 1).unwrap_err().to_string();
        assert!(text.contains("manifest.csv is not there") && text.contains("`terms`"), "{text}");
    }

    #[test]
    fn without_a_manifest_names_and_seed_split_eight_to_one_to_one() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<String> = (0..400).map(|index| format!("{index}.png")).collect();
        names.iter().for_each(|name| write(folder.path().join(name), "").unwrap());
        write(folder.path().join("notes.txt"), "").unwrap();
        let split = |seed| list(&data(folder.path(), None), seed).unwrap();
        let (first, again, other) = (split(1), split(1), split(2));
        assert_eq!(first.len(), names.len());
        assert_eq!(first, again);
        assert_ne!(first, other);
        for (split, expected) in [(Split::Train, 320), (Split::Val, 40), (Split::Test, 40)] {
            let found = first.iter().filter(|item| item.split == split).count();
            // Four deviations of a draw of 400, and a little more.
            assert!(found.abs_diff(expected) <= 32, "{found} of {split:?}, about {expected} expected");
        }
    }

    #[test]
    fn a_name_keeps_its_split_when_others_come_or_go() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| write(folder.path().join(name), "").unwrap();
        let of_b =
            || list(&data(folder.path(), None), 1).unwrap().into_iter().find(|item| item.object == "b.jpg");
        put("b.jpg");
        let before = of_b();
        ["a.tif", "c.webp"].into_iter().for_each(put);
        assert!(before.is_some() && before == of_b());
    }

    #[test]
    fn what_cannot_be_used_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        image::GrayImage::new(40, 32).save(path("good.png")).unwrap();
        image::GrayImage::new(40, 31).save(path("low.png")).unwrap();
        write(path("broken.png"), "no picture").unwrap();
        let item = |name: &str| Item { path: path(name), split: Split::Train, object: name.into() };
        let (found, amiss) =
            tried(["broken.png", "good.png", "low.png", "missing.png"].map(item).to_vec(), 32);
        assert_eq!(found, [item("good.png")]);
        let amiss: Vec<String> = amiss.iter().map(|error| format!("{error:#}")).collect();
        for (text, words) in
            amiss.iter().zip(["broken.png: not a PNG", "low.png: 40 × 31 pixels", "missing.png"])
        {
            assert!(text.contains(words), "{text}");
        }
        assert_eq!(amiss.len(), 3);
    }

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
