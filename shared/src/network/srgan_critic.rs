//! SRGAN's critic: tells enlarged pictures from real ones.
//!
//! Ledig et al. 2017, figure 4:
//!
//! ```text
//! k3n64s1, leaky ReLU                                 features.0
//! k3n64s2, then n128 s1, s2, n256 s1, s2, n512 s1, s2, each BN, leaky ReLU   features.1..7
//! dense 1024, leaky ReLU                              dense
//! dense 1                                             logit
//! ```
//!
//! A dense layer over the 6 by 6 pixels that are left of 96 by 96 is a convolution with a kernel of
//! that size and no padding, and so it is drawn: on a larger picture it judges more than one place.
//! No sigmoid at the end: the loss takes logits.
//!
//! 23,565,505 parameters, with the biases of the code that Kalvankar et al. ran. In `[3, 96, 96]`,
//! 0..1; out `[1, 1, 1]`, a logit, positive for real.

use super::figure::{Figure, k};
use serde::{Deserialize, Serialize};

/// The figure above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SrganCritic {
    /// Channels of the first layer: 64 in the paper.
    pub channels: usize,
    /// Units of the dense layer: 1024 in the paper.
    pub dense: usize,
}

impl SrganCritic {
    /// The whole network.
    pub fn figure(&self) -> Figure {
        let n = self.channels;
        Figure::draw(3, |picture| {
            let mut x = picture.conv("features.0.conv", k(3).n(n)).leaky_relu();
            for (i, (wide, stride)) in
                [(1, 2), (2, 1), (2, 2), (4, 1), (4, 2), (8, 1), (8, 2)].into_iter().enumerate()
            {
                x = x.part(format!("features.{}", i + 1), |x| {
                    x.conv("conv", k(3).n(wide * n).s(stride)).batch_norm("bn").leaky_relu()
                });
            }
            let dense = x.conv("dense", k(6).padded([0, 0]).n(self.dense)).leaky_relu();
            dense.conv("logit", k(1).n(1))
        })
    }
}
