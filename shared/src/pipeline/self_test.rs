//! Whether another engine computes what the CPU plan computes, on a tile that it cannot know beforehand.
//!
//! A GPU can be wrong without a word: where a shader is refused, a buffer may still hold what was
//! computed before. A tile made from a fresh seed, its result compared number by number, finds out.

use super::{Network, PipelineError};
use crate::network::Task;
use crate::raster::Raster;

/// Side of the tile, in pixels of the network's input: a multiple of every network's grid.
const SIDE: usize = 64;

/// The most that a number may be off, for outputs of about 1: a fortieth of a level of eight bits.
/// Engines that add in another order differ by a hundredth of it.
const TOLERANCE: f32 = 1e-4;

/// A tile, and what the CPU plan makes of it.
#[derive(Clone, Debug)]
pub struct SelfTest {
    input: Raster,
    expected: Raster,
}

/// How another engine's result differs.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Disagreement {
    /// It is of another size.
    #[error("the test tile's result has {found} values, expected {expected}")]
    Size {
        /// How many values came.
        found: usize,
        /// How many the network makes.
        expected: usize,
    },
    /// A number of it is off, or is none.
    #[error("the test tile's value {at} is {found}, expected {expected}")]
    Value {
        /// Its place among the values.
        at: usize,
        /// What came.
        found: f32,
        /// What the CPU plan computed.
        expected: f32,
    },
}

impl SelfTest {
    /// Makes a tile from a seed and runs the CPU plan on it.
    ///
    /// # Errors
    /// If the network cannot take the tile.
    pub fn new(network: &Network, seed: u64) -> Result<SelfTest, PipelineError> {
        let (plan, entry) = (network.plan(), network.entry());
        let mut input = Raster::zeros(SIDE, SIDE, plan.figure().input_channels());
        let (scale, shift) = match entry.task {
            Task::Colorize => {
                let (scale, shift) = entry.architecture.lightness_scale();
                (100.0 * scale, shift)
            }
            Task::Upscale | Task::Criticize => (1.0, 0.0),
        };
        let mut state = seed;
        input.samples.iter_mut().for_each(|v| *v = random(&mut state) * scale + shift);
        let expected = plan.run(&input)?;
        Ok(SelfTest { input, expected })
    }

    /// What the other engine is to run the network on.
    pub fn input(&self) -> &Raster {
        &self.input
    }

    /// Compares its result.
    ///
    /// # Errors
    /// The first number that is off.
    pub fn compare(&self, result: &Raster) -> Result<(), Disagreement> {
        let (found, expected) = (&result.samples, &self.expected.samples);
        if found.len() != expected.len() {
            return Err(Disagreement::Size { found: found.len(), expected: expected.len() });
        }
        let tolerance = TOLERANCE * expected.iter().fold(1.0, |most: f32, v| most.max(v.abs()));
        // Written so that what is no number is off.
        let agrees = |(a, b): (&f32, &f32)| (a - b).abs() <= tolerance;
        match found.iter().zip(expected).position(|pair| !agrees(pair)) {
            None => Ok(()),
            Some(at) => Err(Disagreement::Value { at, found: found[at], expected: expected[at] }),
        }
    }
}

/// The next number of 0..1 (splitmix64, Steele et al. 2014).
fn random(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Architecture;
    use crate::network::edsr::Edsr;
    use crate::network::unet_lite0::UnetLite0;
    use crate::pipeline::tests::network;
    use crate::weights::tests::filled;

    fn both() -> [Architecture; 2] {
        [
            Architecture::Edsr(Edsr { blocks: 2, channels: 8, last_channels: 4 }),
            Architecture::UnetLite0(UnetLite0 { encoder: [8, 4, 6, 6, 8, 10], decoder: [8, 6, 4] }),
        ]
    }

    #[test]
    fn the_same_network_passes_and_seeds_differ() {
        for architecture in both() {
            let network = network(architecture);
            let test = SelfTest::new(&network, 7).unwrap();
            let mut result = network.plan().run(test.input()).unwrap();
            test.compare(&result).unwrap();
            assert!(SelfTest::new(&network, 8).unwrap().compare(&result).is_err());
            result.samples[3] = f32::NAN;
            assert!(matches!(test.compare(&result), Err(Disagreement::Value { at: 3, .. })));
            result.samples.pop();
            assert!(matches!(test.compare(&result), Err(Disagreement::Size { .. })));
        }
    }

    /// In whichever convolution: its largest weight gets the other sign. Some feed nothing but a ReLU that
    /// stays shut, and change nothing.
    #[test]
    fn one_spoilt_weight_is_found() {
        for architecture in both() {
            let sound = network(architecture);
            let test = SelfTest::new(&sound, 7).unwrap();
            let tensors = filled(sound.plan().figure());
            let convolutions: Vec<_> = tensors.iter().filter(|(_, tensor)| tensor.shape.len() == 4).collect();
            let found = convolutions.iter().filter(|(name, tensor)| {
                let mut tensor = (*tensor).clone();
                let size = |v: &&mut f32| v.abs();
                let largest = tensor.values.iter_mut().max_by(|a, b| size(a).total_cmp(&size(b))).unwrap();
                *largest = -*largest;
                let mut spoilt = tensors.clone();
                spoilt.insert(*name, tensor);
                let spoilt = Network::compile(sound.entry(), &spoilt).unwrap();
                test.compare(&spoilt.plan().run(test.input()).unwrap()).is_err()
            });
            let (found, all) = (found.count(), convolutions.len());
            assert!(found * 4 >= all * 3, "{found} of {all}");
        }
    }
}
