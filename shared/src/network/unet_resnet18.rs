//! The colouriser of the paper: a U-net whose encoder is a ResNet-18, L\* in, a\* and b\* out.
//!
//! Kalvankar et al. 2021, section 3.4; encoder He et al. 2015, table 1, with torchvision's names:
//!
//! ```text
//! k7n64s2, BN, ReLU                                   encoder.conv1      1/2
//! max pooling 3 s2, 2 x basic block 64                encoder.layer1     1/4
//! 2 x basic block 128, 256, 512, the first with s2    encoder.layer2..4  1/8 .. 1/32
//! 5 x [enlarge, concat with the encoder's, 2 x (k3, BN, ReLU)]   decoder
//! k1n2                                                head
//! ```
//!
//! The paper clips "half" of the encoder's layers; its code drops the pooling and the classifier only,
//! so `layer4` is what was run, and `layer3` the literal reading, a quarter of the size. The decoder is
//! plain (bilinear, concat, two convolutions): widths 256, 128, 64, 64, 32.
//!
//! 14,407,298 parameters through layer4, 3,653,250 through layer3. In `[1, height, width]`, L\* from
//! 0..100 to −1..1; out `[2, height, width]`, a\* and b\* over 110. Sides are multiples of 32 (16).

use super::figure::{Figure, Plane, k};
use super::unet::double;
use serde::{Deserialize, Serialize};

/// The figure above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnetResnet18 {
    /// How far the encoder goes.
    pub through: Through,
    /// Channels of the first stage: 64 in ResNet-18; all others follow.
    pub channels: usize,
}

/// The last stage of the encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Through {
    /// The literal "half": 2.78 million parameters of the encoder.
    Layer3,
    /// What the paper's code ran.
    Layer4,
}

impl UnetResnet18 {
    /// The whole network.
    pub fn figure(&self) -> Figure {
        let n = self.channels;
        Figure::draw(1, |lightness| {
            let x0 = lightness
                .part("encoder", |x| x.conv("conv1", k(7).n(n).s(2).without_bias()).batch_norm("bn1").relu());
            let x1 = stage(&x0.max_pool(3, 2, 1), "encoder.layer1", n, 1);
            let x2 = stage(&x1, "encoder.layer2", 2 * n, 2);
            let x3 = stage(&x2, "encoder.layer3", 4 * n, 2);
            let y3 = match self.through {
                Through::Layer3 => x3,
                Through::Layer4 => {
                    let x4 = stage(&x3, "encoder.layer4", 8 * n, 2);
                    x4.enlarge().concat(&x3).part("decoder.0", |x| double(x, 4 * n))
                }
            };
            let y2 = y3.enlarge().concat(&x2).part("decoder.1", |x| double(x, 2 * n));
            let y1 = y2.enlarge().concat(&x1).part("decoder.2", |x| double(x, n));
            let y0 = y1.enlarge().concat(&x0).part("decoder.3", |x| double(x, n));
            let y = y0.enlarge().part("decoder.4", |x| double(x, n / 2));
            y.conv("head", k(1).n(2))
        })
    }
}

/// Two basic blocks; the first changes width and stride.
fn stage(x: &Plane, name: &str, n: usize, stride: usize) -> Plane {
    x.part(name, |x| x.part("0", |x| basic_block(x, n, stride)).part("1", |x| basic_block(x, n, 1)))
}

fn basic_block(x: Plane, n: usize, stride: usize) -> Plane {
    let y = x.conv("conv1", k(3).n(n).s(stride).without_bias()).batch_norm("bn1").relu();
    let y = y.conv("conv2", k(3).n(n).without_bias()).batch_norm("bn2");
    let same = stride == 1 && x.channels() == n;
    let shortcut = if same {
        x
    } else {
        x.part("downsample", |x| x.conv("0", k(1).n(n).s(stride).without_bias()).batch_norm("1"))
    };
    (y + shortcut).relu()
}
