//! SRResNet, the generator of SRGAN: a picture four times as wide and as high.
//!
//! Ledig et al. 2017, figure 4 and section 2.1; as run by Kalvankar et al. 2021, section 4.2:
//!
//! ```text
//! k9n64s1, PReLU                                      head
//! 16 x [k3n64s1, BN, PReLU, k3n64s1, BN, sum]         blocks
//! k3n64s1, BN, sum with head                          joint
//! 2 x [k3n256s1, shuffle 2, PReLU]                    upsample
//! k9n3s1                                              last
//! ```
//!
//! k is the kernel's side, n the channels, s the stride. Open in the paper is whether a PReLU has one
//! slope or one a channel; here one a channel, as in the code that Kalvankar et al. ran. No tanh at
//! the end, unlike that code: the pipeline clamps.
//!
//! 1,550,659 parameters; an output pixel depends on 40 input pixels on each side.
//! In `[3, height, width]`, 0..1; out `[3, 4 height, 4 width]`, 0..1 but for overshoot.
//! Parameters are named with the figure's words.

use super::figure::{Figure, Plane, k};
use serde::{Deserialize, Serialize};

/// The paper's figure 4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SrResNet {
    /// B in the paper, 16 there.
    pub blocks: usize,
    /// n in the paper, 64 there.
    pub channels: usize,
}

impl SrResNet {
    /// The whole network.
    pub fn figure(&self) -> Figure {
        Figure::draw(3, |picture| self.tail(self.trunk(picture)))
    }

    /// Everything at low resolution.
    fn trunk(&self, picture: Plane) -> Plane {
        let n = self.channels;
        let head = picture.part("head", |x| x.conv("conv", k(9).n(n)).prelu("prelu"));
        let deep = (0..self.blocks).fold(head.clone(), |x, i| x.part(format!("blocks.{i}"), residual_block));
        head + deep.part("joint", |x| x.conv("conv", k(3).n(n)).batch_norm("bn"))
    }

    /// From features to four times the size.
    fn tail(&self, features: Plane) -> Plane {
        let enlarged = (0..2).fold(features, |x, i| x.part(format!("upsample.{i}"), sub_pixel));
        enlarged.conv("last", k(9).n(3))
    }
}

fn residual_block(x: Plane) -> Plane {
    let n = x.channels();
    let y = x.conv("conv1", k(3).n(n)).batch_norm("bn1").prelu("prelu");
    let y = y.conv("conv2", k(3).n(n)).batch_norm("bn2");
    x + y
}

fn sub_pixel(x: Plane) -> Plane {
    x.conv("conv", k(3).n(4 * x.channels())).pixel_shuffle(2).prelu("prelu")
}
