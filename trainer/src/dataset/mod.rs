//! Pictures of a folder, their split, and the examples that training draws from them.
//!
//! In reading order: [`folder`] (which pictures, which split), [`colors`] and [`upscaling`] (pairs of
//! input and truth), [`batch`] (pairs as tensors).

pub mod batch;
pub mod colors;
pub mod folder;
pub mod upscaling;

use rand::SeedableRng;
use rand::rngs::StdRng;

/// Chance for one place of a run: the same whenever it is asked for, so that a resumed run draws what
/// an uninterrupted one would have drawn.
pub fn chance(seed: u64, stage: usize, step: u64) -> StdRng {
    let place =
        seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add((stage as u64) << 48).wrapping_add(step);
    StdRng::seed_from_u64(place)
}
