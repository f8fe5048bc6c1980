//! The colouriser's critic: judges patches of 70 by 70 pixels of L\*, a\* and b\*.
//!
//! Isola et al. 2017, section 3.2.2 and appendix 6.1.2, as run by Kalvankar et al. 2021 in L\*a\*b\*:
//!
//! ```text
//! k4n64s2, leaky ReLU                                 0
//! k4n128s2, BN, leaky ReLU                            1
//! k4n256s2, BN, leaky ReLU                            2
//! k4n512s1, BN, leaky ReLU                            3
//! k4n1s1                                              4
//! ```
//!
//! 2,765,633 parameters. In `[3, height, width]`, L\* to −1..1, a\* and b\* over 110; out
//! `[1, height / 8 − 2, width / 8 − 2]`, a logit a patch, positive for real.

use super::figure::{Figure, Plane, k};
use serde::{Deserialize, Serialize};

/// The figure above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatchCritic {
    /// Channels of the first layer: 64 in the paper.
    pub channels: usize,
}

impl PatchCritic {
    /// The whole network.
    pub fn figure(&self) -> Figure {
        let n = self.channels;
        Figure::draw(3, |lab| {
            let x = lab.conv("0.conv", k(4).n(n).s(2)).leaky_relu();
            let x = norm(x.part("1", |x| x.conv("conv", k(4).n(2 * n).s(2).without_bias())), "1");
            let x = norm(x.part("2", |x| x.conv("conv", k(4).n(4 * n).s(2).without_bias())), "2");
            let x = norm(x.part("3", |x| x.conv("conv", k(4).n(8 * n).without_bias())), "3");
            x.conv("4.conv", k(4).n(1))
        })
    }
}

fn norm(x: Plane, name: &str) -> Plane {
    x.part(name, |x| x.batch_norm("bn")).leaky_relu()
}
