//! EDSR, small: a picture four times as wide and as high, cheap enough for a phone.
//!
//! Lim et al. 2017, figures 2c and 3 (no batch norm), narrowed and with two departures of ours:
//!
//! ```text
//! k3n32                                               head
//! 8 x [k3n32, ReLU, k3n32, sum]                       blocks
//! k3n32, sum with head                                joint
//! k3n128, shuffle 2, ReLU                             upsample.0
//! k3n48, shuffle 2                                    upsample.1
//! k3n3, sum with the input enlarged twice, bilinear   last
//! ```
//!
//! Unlike the paper's, the last sub-pixel step has a quarter of the channels (at full size a channel
//! costs sixteen times as much), and the bilinearly enlarged input is added at the end, so that the
//! network starts from a smooth enlargement and learns what it lacks. No mean is subtracted.
//!
//! 209,303 parameters at 8 blocks of 32 channels. In `[3, height, width]`, 0..1; out
//! `[3, 4 height, 4 width]`, 0..1 but for overshoot. Parameters are named with the figure's words.

use super::figure::{Figure, Plane, k};
use serde::{Deserialize, Serialize};

/// The figure above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edsr {
    /// B in the paper: 8 in the small one.
    pub blocks: usize,
    /// F in the paper: 32 in the small one.
    pub channels: usize,
    /// Channels at full size: 12 in the small one.
    pub last_channels: usize,
}

impl Edsr {
    /// The whole network.
    pub fn figure(&self) -> Figure {
        Figure::draw(3, |picture| {
            let smooth = picture.enlarge().enlarge();
            smooth + self.tail(self.trunk(picture))
        })
    }

    /// Everything at low resolution.
    fn trunk(&self, picture: Plane) -> Plane {
        let n = self.channels;
        let head = picture.conv("head", k(3).n(n));
        let deep = (0..self.blocks).fold(head.clone(), |x, i| x.part(format!("blocks.{i}"), residual_block));
        head + deep.conv("joint", k(3).n(n))
    }

    /// From features to four times the size.
    fn tail(&self, features: Plane) -> Plane {
        let twice = features.conv("upsample.0", k(3).n(4 * self.channels)).pixel_shuffle(2).relu();
        let fourfold = twice.conv("upsample.1", k(3).n(4 * self.last_channels)).pixel_shuffle(2);
        fourfold.conv("last", k(3).n(3))
    }
}

fn residual_block(x: Plane) -> Plane {
    let n = x.channels();
    let y = x.conv("conv1", k(3).n(n)).relu().conv("conv2", k(3).n(n));
    x + y
}
