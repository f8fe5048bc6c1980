//! From a picture to its result: colorize, upscale, or both in that order.
//!
//! In reading order: [`colorize`] (a\*b\* for a lightness plane), [`upscale`] (four times the size),
//! [`part`] (the strips that several workers share), `on_device` (a network on a GPU, feature `burn`),
//! [`self_test`] (whether a GPU computes what the CPU does), and here what they have in common. Work is
//! handed out a band at a time; progress, cancelling and threads belong to the driver that asks for it.

pub mod colorize;
#[cfg(feature = "burn")]
pub mod on_device;
pub mod part;
pub mod self_test;
pub mod upscale;

use crate::network::Task;
use crate::network::geometry::SizeError;
use crate::plan::Plan;
use crate::weights::manifest::{Entry, Gain};
use crate::weights::{Tensors, WeightsError};
use std::sync::Arc;

/// How many times as high and wide [`upscale`] makes a picture.
pub const SCALE: usize = 4;

/// Why the pipeline cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The network is for something else.
    #[error("{id} is a network to {found}, expected one to {expected}")]
    Task {
        /// The network.
        id: String,
        /// What it is for.
        found: Task,
        /// What was asked of it.
        expected: Task,
    },
    /// What was computed elsewhere is of another size than the network makes.
    #[error(
        "the network made {} × {} × {} values, expected {} × {} × {}",
        found[0], found[1], found[2], expected[0], expected[1], expected[2]
    )]
    Output {
        /// Rows, columns and channels that came.
        found: [usize; 3],
        /// Rows, columns and channels that the network makes.
        expected: [usize; 3],
    },
    /// A size that the network cannot take; the pipeline pads, so this is our fault.
    #[error(transparent)]
    Size(#[from] SizeError),
}

/// A network that is ready to run on the CPU.
#[derive(Clone, Debug)]
pub struct Network {
    entry: Entry,
    plan: Arc<Plan>,
}

impl Network {
    /// Checks bytes against their entry in the manifest, and compiles them.
    ///
    /// # Errors
    /// If the hash, a name or a shape is not the expected one.
    pub fn load(entry: &Entry, bytes: &[u8]) -> Result<Network, WeightsError> {
        entry.check_hash(bytes)?;
        Network::compile(entry, &Tensors::from_safetensors(bytes)?)
    }

    /// Compiles tensors that are in memory already, as while training.
    ///
    /// # Errors
    /// If a name or a shape is not the expected one.
    pub fn compile(entry: &Entry, tensors: &Tensors) -> Result<Network, WeightsError> {
        let plan = Plan::compile(&entry.architecture.figure(), tensors)?;
        Ok(Network { entry: entry.clone(), plan: Arc::new(plan) })
    }

    /// What the manifest says of it.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The same with another gain of a colouriser.
    pub fn with_gain(mut self, gain: f32) -> Network {
        self.entry.gain = Gain(gain);
        self
    }

    /// The compiled network.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    fn expect(&self, expected: Task) -> Result<(), PipelineError> {
        let (id, found) = (self.entry.id.clone(), self.entry.task);
        if found == expected { Ok(()) } else { Err(PipelineError::Task { id, found, expected }) }
    }
}

/// What a result's file says of itself: keyword and text, for PNG's text chunks.
pub fn metadata(networks: &[&Entry]) -> Vec<(String, String)> {
    let mut texts =
        vec![("Software".to_string(), concat!("Astrochroma ", env!("CARGO_PKG_VERSION")).to_string())];
    let tasks: Vec<Task> = networks.iter().map(|entry| entry.task).collect();
    if tasks.contains(&Task::Colorize) {
        let mut text = "The colours are predicted by a network, not measured.".to_string();
        if !tasks.contains(&Task::Upscale) {
            text.push_str(" The lightness is that of the picture.");
        }
        texts.push(("Comment".to_string(), text));
    }
    if tasks.contains(&Task::Upscale) {
        let text = "Detail finer than the original's pixels is predicted by a network, not measured.";
        texts.push(("Disclaimer".to_string(), text.to_string()));
    }
    let named = networks.iter().map(|entry| format!("{} {} sha256:{}", entry.task, entry.id, entry.sha256));
    texts.push(("Source".to_string(), named.collect::<Vec<_>>().join("; ")));
    texts
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::network::Architecture;
    use crate::weights::tests::filled;

    /// A network with made-up weights.
    pub(crate) fn network(architecture: Architecture) -> Network {
        let entry = Entry { id: "test".into(), sha256: "0".repeat(64), ..Entry::unnamed(architecture) };
        Network::compile(&entry, &filled(&entry.architecture.figure())).unwrap()
    }

    #[test]
    fn a_file_says_that_it_is_predicted() {
        let colouriser = crate::network::unet_lite0::UnetLite0 { encoder: [4; 6], decoder: [4; 3] };
        let network = network(Architecture::UnetLite0(colouriser));
        let texts = metadata(&[network.entry()]);
        assert!(texts[0].1.starts_with("Astrochroma "));
        assert!(texts[1].1.contains("predicted") && texts[1].1.contains("lightness is that"));
        assert_eq!(texts[2].1, format!("colorize test sha256:{}", "0".repeat(64)));
    }

    #[test]
    fn an_enlarged_file_does_not_claim_the_lightness() {
        let colouriser = crate::network::unet_lite0::UnetLite0 { encoder: [4; 6], decoder: [4; 3] };
        let upscaler = crate::network::edsr::Edsr { blocks: 1, channels: 4, last_channels: 4 };
        let both = [Architecture::UnetLite0(colouriser), Architecture::Edsr(upscaler)].map(network);
        let texts = metadata(&[both[0].entry(), both[1].entry()]);
        assert!(texts.iter().all(|(_, text)| !text.contains("lightness")));
        assert!(texts[1].1.contains("colours are predicted") && texts[2].1.contains("Detail finer"));
    }
}
