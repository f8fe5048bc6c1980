//! How good a network is on pictures that it does not learn from: through the pipeline that is shipped.

use crate::dataset::colors::viewed;
use crate::dataset::folder::{Item, read};
use crate::dataset::upscaling::{middle, small};
use crate::metric::chroma::chroma_error;
use crate::metric::psnr::psnr;
use anyhow::Result;
use astrochroma::color::Lightness;
use astrochroma::color::display_from_lab;
use astrochroma::network::{Architecture, Task};
use astrochroma::picture::resize;
use astrochroma::pipeline::Network;
use astrochroma::pipeline::colorize::colorize;
use astrochroma::pipeline::upscale::Upscaler;
use astrochroma::raster::Raster;
use astrochroma::weights::Tensors;
use astrochroma::weights::manifest::Entry;
use rayon::prelude::*;
use serde::Serialize;

/// Side of the middle of a picture on which upscalers are validated.
const MIDDLE: usize = 256;
/// Pictures that upscalers are validated on, and of which samples are kept.
const UPSCALED: usize = 24;
/// Pictures of a sample grid.
const SAMPLES: usize = 8;

/// Pictures and truth, kept in memory.
pub struct Validation {
    task: Task,
    truths: Vec<Raster>,
    inputs: Vec<Raster>,
}

/// What was found, means over pictures.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Found {
    /// Lower is better: the error of a colouriser, minus the decibels of an upscaler.
    pub loss: f64,
    /// Each number by its name.
    pub numbers: Vec<(&'static str, f64)>,
    /// Input, output and truth of some pictures, for the eye.
    #[serde(skip)]
    pub samples: Vec<[Raster; 3]>,
}

impl Validation {
    /// Reads the pictures.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn load(items: &[Item], task: Task) -> Result<Validation> {
        let mut validation = Validation { task, truths: Vec::new(), inputs: Vec::new() };
        for item in items {
            if task == Task::Upscale {
                let picture = read(&item.path)?;
                let truth = middle(&picture.display(0..picture.height(), 0..picture.width()), MIDDLE);
                validation.inputs.push(small(&truth));
                validation.truths.push(truth);
                if validation.truths.len() == UPSCALED {
                    break;
                }
            } else {
                let lab = viewed(item)?;
                let samples = lab.samples.iter().step_by(3).copied().collect();
                validation.inputs.push(Raster { channels: 1, samples, ..lab });
                validation.truths.push(lab);
            }
        }
        Ok(validation)
    }

    /// Measures.
    ///
    /// # Errors
    /// If the weights do not fit.
    pub fn measure(&self, architecture: &Architecture, tensors: &Tensors) -> Result<Found> {
        let network = Network::compile(&Entry::unnamed(architecture.clone()), tensors)?;
        let pairs: Vec<_> = self.inputs.iter().zip(&self.truths).collect();
        if self.task == Task::Upscale {
            let upscaler = Upscaler::new(&network)?;
            let results = pairs
                .par_iter()
                .map(|(input, truth)| {
                    let output = upscaler.whole(input)?;
                    let bicubic = resize::bicubic(input, truth.height, truth.width);
                    Ok((psnr(&output, truth), psnr(&bicubic, truth), [bicubic, output, (*truth).clone()]))
                })
                .collect::<Result<Vec<_>>>()?;
            let count = results.len() as f64;
            let mean = |of: fn(&(f64, f64, [Raster; 3])) -> f64| results.iter().map(of).sum::<f64>() / count;
            let (network, bicubic) = (mean(|r| r.0), mean(|r| r.1));
            let numbers = vec![("psnr", network), ("bicubic_psnr", bicubic), ("gain", network - bicubic)];
            let samples = results.into_iter().take(SAMPLES).map(|r| r.2).collect();
            return Ok(Found { loss: -network, numbers, samples });
        }
        let results = pairs
            .par_iter()
            .map(|(input, truth)| {
                let colored = colorize(&network, Lightness((*input).clone()))?;
                let (rows, columns) = (0..truth.height, 0..truth.width);
                let output = colored.display(rows.clone(), columns.clone());
                let error = chroma_error(&colored.chroma(rows, columns).0, &chroma_of(truth));
                Ok((error, [display(truth, false), output, display(truth, true)]))
            })
            .collect::<Result<Vec<_>>>()?;
        let count = results.len() as f64;
        let mean = |of: fn(&crate::metric::chroma::ChromaError) -> f64| {
            results.iter().map(|(error, _)| of(error)).sum::<f64>() / count
        };
        let (error, chroma, truth) = (mean(|e| e.error), mean(|e| e.chroma), mean(|e| e.truth));
        let cosine = mean(|e| e.cosine);
        let numbers = vec![("error", error), ("chroma_ratio", chroma / truth), ("cosine", cosine)];
        let samples = results.into_iter().step_by(9).take(SAMPLES).map(|r| r.1).collect();
        Ok(Found { loss: error, numbers, samples })
    }
}

/// a\* and b\* of a plane of L\*, a\* and b\*.
pub fn chroma_of(lab: &Raster) -> Raster {
    let samples = lab.samples.as_chunks::<3>().0.iter().flat_map(|[_, a, b]| [*a, *b]).collect();
    Raster { channels: 2, samples, ..*lab }
}

/// For the screen: in colour, or the lightness alone.
fn display(lab: &Raster, colored: bool) -> Raster {
    let mut display = Raster::zeros(lab.height, lab.width, 3);
    let lightness: Vec<f32> = lab.samples.iter().step_by(3).copied().collect();
    let chroma = chroma_of(lab).samples;
    let chroma = if colored { chroma } else { vec![0.0; chroma.len()] };
    display_from_lab(&lightness, &chroma, &mut display.samples);
    display
}
