//! Examples as tensors of `[batch, channels, height, width]`.

use super::chance;
use super::colors::Colors;
use super::folder::{Item, LEAST_SIDE};
use super::upscaling::Upscaling;
use crate::training::config::Stage;
use anyhow::Result;
use astrochroma::network::{Architecture, Task};
use astrochroma::pipeline::SCALE;
use astrochroma::raster::Raster;
use burn::tensor::{Device, Tensor, TensorData};

/// Examples for one network.
pub enum Examples {
    /// Of a colouriser.
    Colors(Colors),
    /// Of an upscaler.
    Upscaling(Upscaling),
}

/// Inputs and truths.
pub struct Batch {
    /// What the network is given.
    pub input: Tensor<4>,
    /// What it should give.
    pub truth: Tensor<4>,
}

impl Examples {
    /// The shortest side of a picture that examples can be cut from.
    pub fn least_side(network: &Architecture, stages: &[Stage]) -> usize {
        let crop = stages.iter().map(|stage| stage.crop).max().unwrap_or(1);
        // Colourisers see pictures that are smaller than their crops beside a mirror.
        if network.task() == Task::Upscale { LEAST_SIDE.max(crop * SCALE) } else { LEAST_SIDE }
    }

    /// Reads the pictures of a split.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn load(items: &[Item], network: &Architecture) -> Result<Examples> {
        Ok(match network.task() {
            Task::Upscale => Examples::Upscaling(Upscaling::load(items)?),
            _ => Examples::Colors(Colors::load(items, network)?),
        })
    }

    /// The batch of a step: the same whenever it is asked for.
    pub fn batch(&self, stage: &Stage, seed: u64, index: usize, step: u64, device: &Device) -> Batch {
        let mut chance = chance(seed, index, step);
        let pairs: Vec<(Raster, Raster)> = (0..stage.batch)
            .map(|_| match self {
                Examples::Colors(colors) => colors.example(stage.crop, &mut chance),
                Examples::Upscaling(pairs) => pairs.example(stage.crop, &mut chance),
            })
            .collect();
        let (inputs, truths): (Vec<Raster>, Vec<Raster>) = pairs.into_iter().unzip();
        Batch { input: tensor_from(&inputs, device), truth: tensor_from(&truths, device) }
    }
}

/// Rasters of one size, one after another, channels first.
pub fn tensor_from(rasters: &[Raster], device: &Device) -> Tensor<4> {
    let Raster { height, width, channels, .. } = rasters[0];
    let mut samples: Vec<f32> = Vec::with_capacity(rasters.len() * height * width * channels);
    for raster in rasters {
        for channel in 0..channels {
            samples.extend(raster.samples.iter().skip(channel).step_by(channels));
        }
    }
    Tensor::from_data(TensorData::new(samples, [rasters.len(), channels, height, width]), device)
}
