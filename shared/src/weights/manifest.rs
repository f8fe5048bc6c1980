//! The manifest: what each file of weights is, and where it comes from.

use super::WeightsError;
use crate::network::{Architecture, Task};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Of all the files beside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The first of a task is its default.
    pub networks: Vec<Entry>,
}

/// Of one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name, unique in the manifest.
    pub id: String,
    /// For people: one line.
    pub title: String,
    /// What it does.
    pub task: Task,
    /// What is drawn to read it.
    pub architecture: Architecture,
    /// How the result of a colouriser is used.
    #[serde(default, skip_serializing_if = "Gain::is_one")]
    pub gain: Gain,
    /// The file, beside the manifest.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// Of its bytes, in lower-case hexadecimal digits.
    pub sha256: String,
    /// What it was trained on.
    pub data: String,
    /// Measured on the test split: name and value.
    pub metrics: Vec<Metric>,
    /// Of the weights.
    pub licence: String,
    /// Who has to be named.
    pub notice: String,
}

/// A measured number, with what it means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// What was measured, with its unit.
    pub name: String,
    /// The number.
    pub value: f64,
    /// How it was obtained, and on what.
    pub method: String,
}

/// By what a colouriser's a\* and b\* are multiplied: calibrated on the validation split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Gain(pub f32);

impl Default for Gain {
    fn default() -> Gain {
        Gain(1.0)
    }
}

impl Gain {
    fn is_one(&self) -> bool {
        self.0 == 1.0
    }
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// If it is no manifest, two networks have the same id, a network cannot be drawn, a task is not that of
    /// its architecture, or a file's name leads out of the folder.
    pub fn parse(json: &[u8]) -> Result<Manifest, WeightsError> {
        let manifest: Manifest =
            serde_json::from_slice(json).map_err(|error| WeightsError::Manifest(error.to_string()))?;
        let mut ids = std::collections::BTreeSet::new();
        for entry in &manifest.networks {
            entry.check().map_err(WeightsError::Manifest)?;
            if !ids.insert(&entry.id) {
                return Err(WeightsError::Manifest(format!("two networks are called {}", entry.id)));
            }
        }
        Ok(manifest)
    }

    /// The network that does a task unless another is asked for.
    pub fn default_for(&self, task: Task) -> Option<&Entry> {
        self.networks.iter().find(|entry| entry.task == task)
    }
}

impl Entry {
    /// For a network that no manifest names, as while it is trained.
    pub fn unnamed(architecture: Architecture) -> Entry {
        Entry {
            id: "unnamed".into(),
            title: String::new(),
            task: architecture.task(),
            architecture,
            gain: Gain::default(),
            file: "unnamed.safetensors".into(),
            bytes: 0,
            sha256: String::new(),
            data: String::new(),
            metrics: Vec::new(),
            licence: String::new(),
            notice: String::new(),
        }
    }

    fn check(&self) -> Result<(), String> {
        self.architecture.check().map_err(|error| format!("{}: {error}", self.id))?;
        if self.task != self.architecture.task() {
            return Err(format!("{} is said to {}, but its network does not", self.id, self.task));
        }
        if self.file.is_empty() || self.file.contains(['/', '\\']) || self.file.starts_with('.') {
            return Err(format!(
                "{} names the file {:?}, expected a file beside the manifest",
                self.id, self.file
            ));
        }
        Ok(())
    }

    /// Whether these are the bytes of which the manifest speaks.
    ///
    /// # Errors
    /// If they are not.
    pub fn check_hash(&self, bytes: &[u8]) -> Result<(), WeightsError> {
        let found = sha256(bytes);
        if found == self.sha256 {
            return Ok(());
        }
        Err(WeightsError::Hash { file: self.file.clone(), found, expected: self.sha256.clone() })
    }
}

/// SHA-256 in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(change: impl FnOnce(&mut serde_json::Value)) -> Result<Manifest, WeightsError> {
        let mut json = serde_json::json!({ "networks": [{
            "id": "a", "title": "A", "task": "upscale",
            "architecture": { "name": "edsr", "blocks": 8, "channels": 32, "last_channels": 12 },
            "file": "a.safetensors", "bytes": 3, "sha256": sha256(b"abc"), "data": "", "metrics": [],
            "licence": "MIT", "notice": ""
        }]});
        change(&mut json);
        Manifest::parse(json.to_string().as_bytes())
    }

    #[test]
    fn a_hash_is_checked() {
        let manifest = manifest(|_| {}).unwrap();
        let entry = manifest.default_for(Task::Upscale).unwrap();
        assert!(entry.check_hash(b"abc").is_ok());
        let text = entry.check_hash(b"abd").unwrap_err().to_string();
        assert!(text.starts_with("a.safetensors has SHA-256 a52d159f"), "{text}");
        // The standard's own example, FIPS 180-2, appendix B.1.
        assert!(entry.sha256.starts_with("ba7816bf8f01cfea414140de5dae2223"));
    }

    #[test]
    fn a_wrong_manifest_is_refused() {
        let refused = |change: fn(&mut serde_json::Value)| manifest(change).unwrap_err().to_string();
        assert!(refused(|m| m["networks"][0]["file"] = "../a".into()).contains("\"../a\""));
        assert!(refused(|m| m["networks"][0]["task"] = "colorize".into()).contains("is said to colorize"));
        assert!(refused(|m| m["networks"][0]["colour"] = 1.into()).contains("unknown field `colour`"));
        assert!(
            refused(|m| m["networks"][0]["architecture"]["name"] = "x".into()).contains("unknown variant")
        );
        assert!(
            refused(|m| {
                let first = m["networks"][0].clone();
                m["networks"].as_array_mut().unwrap().push(first)
            })
            .contains("two networks are called a")
        );
    }
}
