//! Which networks a command runs: those inside this program, or those of files that are named.

use super::failure::refused;
use crate::files;
use anyhow::{Context, Result};
use astrochroma::network::Task;
use astrochroma::weights::manifest::{Entry, Manifest};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// The manifest and its networks, so that the program needs no files beside it.
static MANIFEST: &[u8] = include_bytes!("../../../static/weights/manifest.json");
static FILES: [(&str, &[u8]); 2] = [
    ("unet-lite0.safetensors", include_bytes!("../../../static/weights/unet-lite0.safetensors")),
    ("edsr-small.safetensors", include_bytes!("../../../static/weights/edsr-small.safetensors")),
];

/// What was typed.
#[derive(clap::Args)]
#[group(skip)]
pub struct Options {
    /// A file of weights, with a manifest.json that names it beside it; once for each task
    #[arg(long, value_name = "FILE")]
    weights: Vec<PathBuf>,
    /// A network by its id in the manifest: one of those that share the file of --weights, else one inside
    /// this program; once for each task
    #[arg(long, value_name = "ID", alias = "id")]
    network: Vec<String>,
}

/// A network's entry in its manifest, its file's bytes, and whence they are.
pub struct Found {
    /// What the manifest says of it.
    pub entry: Entry,
    /// Not yet checked.
    pub bytes: Cow<'static, [u8]>,
    /// For messages.
    pub origin: String,
}

impl Options {
    /// The networks that were named, at most one for each of the tasks.
    ///
    /// # Errors
    /// If one is not there, does something else, or does what another does.
    pub fn find(&self, tasks: &[Task]) -> Result<Vec<Found>> {
        let mut known = Vec::new();
        let mut found = Vec::new();
        for path in &self.weights {
            let bytes = Cow::from(files::read(path)?);
            let entries = entries_of(path)?;
            let mut chosen: Vec<&Entry> =
                entries.iter().filter(|entry| self.network.contains(&entry.id)).collect();
            if chosen.is_empty() {
                chosen.push(&entries[0]);
            }
            let origin = path.display().to_string();
            found.extend(chosen.into_iter().map(|entry| Found {
                entry: entry.clone(),
                bytes: bytes.clone(),
                origin: origin.clone(),
            }));
            known.extend(entries.into_iter().map(|entry| entry.id));
        }
        for id in &self.network {
            if !found.iter().any(|network| network.entry.id == *id) {
                found.push(inside_by_id(id, &known)?);
            }
        }
        check(&found, tasks)?;
        Ok(found)
    }
}

/// What the manifest beside a file of weights says of it: at least one network.
fn entries_of(path: &Path) -> Result<Vec<Entry>> {
    let beside = path.with_file_name("manifest.json");
    if !beside.is_file() {
        let what = format!("{} is not there, and weights need it beside them", beside.display());
        return Err(refused(what, "`astrochroma export` writes weights and their manifest.json"));
    }
    let json = files::read(&beside)?;
    let manifest = Manifest::parse(&json).with_context(|| format!("{}", beside.display()))?;
    let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let entries: Vec<Entry> = manifest.networks.into_iter().filter(|entry| entry.file == file).collect();
    if entries.is_empty() {
        let what = format!("{} names no network of the file {file}", beside.display());
        return Err(refused(what, "`astrochroma export` writes weights and their entry"));
    }
    Ok(entries)
}

/// A network inside this program; `others` are those besides that might have been meant.
fn inside_by_id(id: &str, others: &[String]) -> Result<Found> {
    let manifest = Manifest::parse(MANIFEST)?;
    if let Some(entry) = manifest.networks.iter().find(|entry| entry.id == id) {
        return inside(entry);
    }
    let inside = manifest.networks.into_iter().map(|entry| entry.id);
    let mut ids: Vec<String> = others.iter().cloned().chain(inside).collect();
    let mut seen = std::collections::BTreeSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    let what = format!("there is no network {id}; there are {}", ids.join(", "));
    Err(refused(what, "name one of those with --network, or the file of another with --weights"))
}

/// The network that does a task unless another is named.
///
/// # Errors
/// If this program holds none.
pub fn default_for(task: Task) -> Result<Found> {
    let manifest = Manifest::parse(MANIFEST)?;
    let entry = manifest.default_for(task);
    inside(entry.with_context(|| format!("no network to {task} is inside this program"))?)
}

fn inside(entry: &Entry) -> Result<Found> {
    let file = FILES.iter().find(|(name, _)| *name == entry.file);
    let (_, bytes) = file.with_context(|| format!("{} is not inside this program", entry.file))?;
    Ok(Found { entry: entry.clone(), bytes: Cow::Borrowed(bytes), origin: entry.id.clone() })
}

fn check(found: &[Found], tasks: &[Task]) -> Result<()> {
    for (index, Found { entry, .. }) in found.iter().enumerate() {
        if !tasks.contains(&entry.task) {
            let expected: Vec<String> = tasks.iter().map(ToString::to_string).collect();
            let what = format!(
                "{} is a network to {}, expected one to {}",
                entry.id,
                entry.task,
                expected.join(" or ")
            );
            return Err(refused(what, "name another with --network or --weights, or run the command for it"));
        }
        if let Some(other) = found[..index].iter().find(|other| other.entry.task == entry.task) {
            let what = format!("{} and {} are both networks to {}", other.entry.id, entry.id, entry.task);
            return Err(refused(what, "name one of them"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_of_the_manifest_is_inside_the_program() {
        for entry in Manifest::parse(MANIFEST).unwrap().networks {
            let found = inside_by_id(&entry.id, &[]).unwrap();
            found.entry.check_hash(&found.bytes).unwrap();
        }
        for task in [Task::Colorize, Task::Upscale] {
            assert_eq!(default_for(task).unwrap().entry.task, task);
        }
    }

    #[test]
    fn an_unknown_network_is_told_which_there_are() {
        let known = ["mine", "edsr-small"].map(String::from);
        let text = inside_by_id("unet", &known).err().unwrap().to_string();
        let expected = "there is no network unet; there are mine, edsr-small, unet-lite0";
        assert!(text.starts_with(expected) && text.matches("edsr-small").count() == 1, "{text}");
    }
}
