//! The networks: one file each, drawn once, as the figure of its paper; and the catalogue of them.
//!
//! In reading order: [`figure`] is the vocabulary, [`geometry`] what can be said of a drawing without
//! running it; then the colourisers, the upscalers and the critics.

pub mod edsr;
pub mod figure;
pub mod geometry;
pub mod patch_critic;
pub mod srgan_critic;
pub mod srresnet;
mod unet;
pub mod unet_lite0;
pub mod unet_resnet18;

use edsr::Edsr;
use figure::Figure;
use patch_critic::PatchCritic;
use serde::{Deserialize, Serialize};
use srgan_critic::SrganCritic;
use srresnet::SrResNet;
use std::ops::RangeInclusive;
use unet_lite0::UnetLite0;
use unet_resnet18::{Through, UnetResnet18};

/// A network by name, with its configuration: what a manifest or a training configuration says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Architecture {
    /// Colouriser on EfficientNet-Lite0.
    UnetLite0(UnetLite0),
    /// Colouriser on ResNet-18.
    #[serde(rename = "unet-resnet18")]
    UnetResnet18(UnetResnet18),
    /// Upscaler without batch norm.
    Edsr(Edsr),
    /// Upscaler of SRGAN.
    #[serde(rename = "srresnet")]
    SrResNet(SrResNet),
    /// Critic of colourisers.
    PatchCritic(PatchCritic),
    /// Critic of upscalers.
    SrganCritic(SrganCritic),
}

/// What a network is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// L\* to a\*b\*.
    Colorize,
    /// Four times as high and wide.
    Upscale,
    /// Real or made.
    Criticize,
}

/// A configuration that no network has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {found}, expected {} to {}", allowed.start(), allowed.end())]
pub struct ConfigurationError {
    /// The field of the configuration.
    pub field: &'static str,
    /// Its value.
    pub found: usize,
    /// The values that it may have.
    pub allowed: RangeInclusive<usize>,
}

impl std::fmt::Display for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Task::Colorize => "colorize",
            Task::Upscale => "upscale",
            Task::Criticize => "criticize",
        })
    }
}

impl Architecture {
    /// Whether the numbers of the configuration make a network that can be drawn.
    ///
    /// # Errors
    /// The first number that does not.
    pub fn check(&self) -> Result<(), ConfigurationError> {
        let channels = |field, found| within(field, found, 1..=4096);
        match self {
            Architecture::UnetLite0(UnetLite0 { encoder, decoder }) => {
                encoder.iter().try_for_each(|n| channels("encoder", *n))?;
                decoder.iter().try_for_each(|n| channels("decoder", *n))
            }
            // The last double convolution has half of them.
            Architecture::UnetResnet18(UnetResnet18 { channels, .. }) => {
                within("channels", *channels, 2..=4096)
            }
            Architecture::Edsr(network) => {
                within("blocks", network.blocks, 1..=256)?;
                channels("channels", network.channels)?;
                channels("last_channels", network.last_channels)
            }
            Architecture::SrResNet(network) => {
                within("blocks", network.blocks, 1..=256)?;
                channels("channels", network.channels)
            }
            Architecture::PatchCritic(network) => channels("channels", network.channels),
            Architecture::SrganCritic(network) => {
                channels("channels", network.channels)?;
                channels("dense", network.dense)
            }
        }
    }

    /// The drawing.
    pub fn figure(&self) -> Figure {
        match self {
            Architecture::UnetLite0(network) => network.figure(),
            Architecture::UnetResnet18(network) => network.figure(),
            Architecture::Edsr(network) => network.figure(),
            Architecture::SrResNet(network) => network.figure(),
            Architecture::PatchCritic(network) => network.figure(),
            Architecture::SrganCritic(network) => network.figure(),
        }
    }

    /// What it is for.
    pub fn task(&self) -> Task {
        match self {
            Architecture::UnetLite0(_) | Architecture::UnetResnet18(_) => Task::Colorize,
            Architecture::Edsr(_) | Architecture::SrResNet(_) => Task::Upscale,
            Architecture::PatchCritic(_) | Architecture::SrganCritic(_) => Task::Criticize,
        }
    }

    /// What a colouriser makes of L\* (0..100) at its entry: (scale, shift), so that the network is
    /// given `scale * lightness + shift`.
    ///
    /// Each follows the code that its encoder's weights come from.
    pub fn lightness_scale(&self) -> (f32, f32) {
        match self {
            // (255 x - 127) / 128 of x in 0..1.
            Architecture::UnetLite0(_) => (2.55 / 128.0, -127.0 / 128.0),
            _ => (1.0 / 50.0, -1.0),
        }
    }
}

fn within(
    field: &'static str,
    found: usize,
    allowed: RangeInclusive<usize>,
) -> Result<(), ConfigurationError> {
    if allowed.contains(&found) { Ok(()) } else { Err(ConfigurationError { field, found, allowed }) }
}

/// Every network in the size of its paper, by the name it is known by.
pub fn catalogue() -> Vec<(&'static str, Architecture)> {
    vec![
        (
            "unet-lite0",
            Architecture::UnetLite0(UnetLite0 { encoder: [32, 16, 24, 40, 80, 112], decoder: [64, 48, 32] }),
        ),
        (
            "unet-resnet18",
            Architecture::UnetResnet18(UnetResnet18 { through: Through::Layer4, channels: 64 }),
        ),
        (
            "unet-resnet18-layer3",
            Architecture::UnetResnet18(UnetResnet18 { through: Through::Layer3, channels: 64 }),
        ),
        ("edsr-small", Architecture::Edsr(Edsr { blocks: 8, channels: 32, last_channels: 12 })),
        ("srresnet", Architecture::SrResNet(SrResNet { blocks: 16, channels: 64 })),
        ("patch-critic", Architecture::PatchCritic(PatchCritic { channels: 64 })),
        ("srgan-critic", Architecture::SrganCritic(SrganCritic { channels: 64, dense: 1024 })),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The papers' and torchvision's totals; for the small ones, layers summed by hand.
    #[test]
    fn parameter_counts_are_the_papers() {
        let counts = [911_650, 14_407_298, 3_653_250, 209_303, 1_550_659, 2_765_633, 23_565_505];
        for ((name, network), count) in catalogue().into_iter().zip(counts) {
            assert_eq!(network.figure().parameter_count(), count, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        for (name, network) in catalogue() {
            assert_eq!(network.check(), Ok(()), "{name}");
        }
        let text = |network: Architecture| network.check().unwrap_err().to_string();
        let none = Architecture::Edsr(Edsr { blocks: 8, channels: 32, last_channels: 0 });
        assert_eq!(text(none), "last_channels is 0, expected 1 to 4096");
        let halved = Architecture::UnetResnet18(UnetResnet18 { through: Through::Layer3, channels: 1 });
        assert_eq!(text(halved), "channels is 1, expected 2 to 4096");
        let deep = Architecture::SrResNet(SrResNet { blocks: 1 << 40, channels: 64 });
        assert_eq!(text(deep), "blocks is 1099511627776, expected 1 to 256");
    }

    #[test]
    fn multiply_adds_are_the_papers() {
        for ((name, network), (side, expected)) in catalogue().into_iter().zip([
            (256, 1.130e9),
            (256, 7.71e9),
            (256, 6.57e9),
            (64, 1.043e9),
            (64, 9.09e9),
            (256, 3.147e9),
            (96, 0.884e9),
        ]) {
            let found = network.figure().multiply_adds(side, side).unwrap();
            assert!((found as f64 / expected - 1.0).abs() < 0.005, "{name}: {found}, expected {expected}");
        }
    }

    #[test]
    fn a_size_that_does_not_fit_is_refused() {
        let error = catalogue()[1].1.figure().sizes(64, 33).unwrap_err();
        let text = error.to_string();
        assert!(text.ends_with("the sides have to be multiples of 32"), "{text}");
        assert!(text.starts_with("a picture of 64 × 33 pixels does not fit what follows "), "{text}");
    }
}
