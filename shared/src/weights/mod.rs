//! Weights: tensors by name, what a drawing makes of them, and the files and manifest that hold them.
//!
//! A file is safetensors ([`safetensors`]); [`manifest`] says of each file what network it is, its
//! SHA-256 and where it comes from. Nothing is used before hash, names and shapes agree.

pub mod manifest;
pub mod safetensors;

use crate::network::figure::Figure;
use std::collections::BTreeMap;
use std::fmt;

/// One tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Sides, as PyTorch orders them: `[outputs, inputs, kernel, kernel]` of a convolution.
    pub shape: Vec<usize>,
    /// As many as the sides multiply to.
    pub values: Vec<f32>,
}

/// Tensors by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tensors(BTreeMap<String, Tensor>);

/// Why weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// Names or shapes are not those of the network.
    #[error("{0}; nothing was loaded")]
    Misfit(LoadReport),
    /// The file is not what the manifest says.
    #[error("{file} has SHA-256 {found}, the manifest says {expected}")]
    Hash {
        /// The file's name.
        file: String,
        /// Of the bytes at hand.
        found: String,
        /// Of the manifest.
        expected: String,
    },
    /// The header of a safetensors file is longer than any of ours.
    #[error("the header of the weights claims {found} bytes, at most {most} are read")]
    Header {
        /// As claimed.
        found: u64,
        /// As allowed.
        most: u64,
    },
    /// Not a safetensors file, or a broken one.
    #[error("these weights cannot be read: {0}")]
    Broken(String),
    /// A tensor holds something that is no number.
    #[error("{name} holds values that are not finite")]
    NotFinite {
        /// The tensor.
        name: String,
    },
    /// The manifest is not one of ours.
    #[error("the manifest cannot be read: {0}")]
    Manifest(String),
}

/// What of some tensors fits a drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Tensors of the network that are there, in the right shape.
    pub loaded: usize,
    /// Tensors of the network that are not there.
    pub missing: Vec<String>,
    /// Tensors that the network does not have.
    pub unused: Vec<String>,
    /// Name, shape found, shape expected.
    pub misshapen: Vec<(String, Vec<usize>, Vec<usize>)>,
}

impl LoadReport {
    /// # Errors
    /// If anything is missing, unused or misshapen.
    pub fn complete(self) -> Result<(), WeightsError> {
        if self.missing.is_empty() && self.unused.is_empty() && self.misshapen.is_empty() {
            return Ok(());
        }
        Err(WeightsError::Misfit(self))
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = self.loaded + self.missing.len() + self.misshapen.len();
        write!(f, "{} of the {expected} tensors of the network are there", self.loaded)?;
        if let Some(first) = self.missing.first() {
            write!(f, ", {} missing (first: {first})", self.missing.len())?;
        }
        if let Some((name, found, expected)) = self.misshapen.first() {
            let count = self.misshapen.len();
            write!(f, ", {count} of another shape (first: {name} has {found:?}, expected {expected:?})")?;
        }
        if let Some(first) = self.unused.first() {
            write!(f, ", and {} that it does not have (first: {first})", self.unused.len())?;
        }
        Ok(())
    }
}

impl Tensors {
    /// A tensor by its name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.0.get(name)
    }

    /// Adds one, or replaces the one of that name.
    pub fn insert(&mut self, name: impl Into<String>, tensor: Tensor) {
        self.0.insert(name.into(), tensor);
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.0.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// What of them fits this drawing.
    pub fn fit(&self, figure: &Figure) -> LoadReport {
        let mut report = LoadReport::default();
        let expected: BTreeMap<String, Vec<usize>> = figure.tensors().into_iter().collect();
        for (name, shape) in &expected {
            match self.0.get(name) {
                None => report.missing.push(name.clone()),
                Some(tensor) if tensor.shape == *shape => report.loaded += 1,
                Some(tensor) => report.misshapen.push((name.clone(), tensor.shape.clone(), shape.clone())),
            }
        }
        report.unused = self.0.keys().filter(|name| !expected.contains_key(*name)).cloned().collect();
        report
    }
}

impl FromIterator<(String, Tensor)> for Tensors {
    fn from_iter<I: IntoIterator<Item = (String, Tensor)>>(tensors: I) -> Tensors {
        Tensors(tensors.into_iter().collect())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::network::Architecture;
    use crate::network::edsr::Edsr;

    /// Small, distinct, reproducible values for a drawing; variances positive.
    pub(crate) fn filled(figure: &Figure) -> Tensors {
        let tensor = |(name, shape): (String, Vec<usize>)| {
            let count: usize = shape.iter().product();
            let fan_in = (count / shape[0]).max(1) as f32;
            let random = noise(&name, count);
            let values = random.into_iter().map(|r| match name.rsplit('.').next() {
                Some("running_var") => 1.0 + r,
                _ if shape.len() > 1 => r * (12.0 / fan_in).sqrt(),
                _ if name.contains("prelu") => 0.25 + 0.2 * r,
                Some("weight") => 1.0 + 0.4 * r,
                _ => 0.3 * r,
            });
            (name.clone(), Tensor { values: values.collect(), shape })
        };
        figure.tensors().into_iter().map(tensor).collect()
    }

    /// Reproducible noise of −0.5..0.5, another for each name.
    pub(crate) fn noise(name: &str, count: usize) -> Vec<f32> {
        let mut seed = name.bytes().fold(17u64, |h, b| h.wrapping_mul(31).wrapping_add(b as u64));
        let mut next = || {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 40) as f32 / (1u64 << 24) as f32 - 0.5
        };
        (0..count).map(|_| next()).collect()
    }

    fn small() -> Figure {
        Architecture::Edsr(Edsr { blocks: 1, channels: 4, last_channels: 4 }).figure()
    }

    #[test]
    fn weights_that_do_not_fit_are_refused_with_all_that_is_amiss() {
        let mut tensors = filled(&small());
        tensors.0.remove("head.weight");
        tensors.insert("head.bias", Tensor { shape: vec![5], values: vec![0.0; 5] });
        tensors.insert("fc.weight", Tensor { shape: vec![1], values: vec![0.0] });
        let text = tensors.fit(&small()).complete().unwrap_err().to_string();
        assert_eq!(
            text,
            "12 of the 14 tensors of the network are there, 1 missing (first: head.weight), \
             1 of another shape (first: head.bias has [5], expected [4]), \
             and 1 that it does not have (first: fc.weight); nothing was loaded"
        );
    }

    #[test]
    fn weights_that_fit_are_taken() {
        let report = filled(&small()).fit(&small());
        assert_eq!(report.loaded, 14);
        report.complete().unwrap();
    }
}
