//! A small colouriser: a U-net whose encoder is EfficientNet-Lite0 to its fifth stage, L\* in, a\* and
//! b\* out at half the size.
//!
//! Kalvankar et al. 2021 name EfficientNet as future work; encoder after Tan and Le 2019, table 1, in
//! Google's Lite0 form (no squeeze-excite, ReLU6), with the names of the published weights:
//!
//! ```text
//! k3n32s2, BN, ReLU6                                  encoder._conv_stem    1/2
//! inverted residual k3 x 1, n16                       encoder._blocks.0     1/2
//! inverted residual k3 x 6, n24, two, the first s2    encoder._blocks.1     1/4
//! inverted residual k5 x 6, n40, two, the first s2    encoder._blocks.3     1/8
//! inverted residual k3 x 6, n80, three, the first s2  encoder._blocks.5     1/16
//! inverted residual k5 x 6, n112, three               encoder._blocks.8     1/16
//! 3 x [enlarge, concat with the encoder's, 2 x (k3, BN, ReLU)]   decoder    1/8 .. 1/2
//! k1n2                                                head                  1/2
//! ```
//!
//! The stem takes one channel: the sum of the published three. The head stops at half the size, for
//! chroma is smooth and the pipeline enlarges it along the edges of L\*.
//!
//! 911,650 parameters. In `[1, height, width]`, (2.55 L\* − 127) / 128; out `[2, height / 2, width / 2]`,
//! a\* and b\* over 110. Sides are multiples of 16.

use super::figure::{Conv, Figure, Plane, k};
use super::unet::double;
use serde::{Deserialize, Serialize};

/// The figure above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnetLite0 {
    /// Channels of the stem and of the five stages: 32, 16, 24, 40, 80, 112 in EfficientNet-Lite0.
    pub encoder: [usize; 6],
    /// Channels of the decoder's steps, from small to large planes: 64, 48, 32.
    pub decoder: [usize; 3],
}

/// Kernel, stride, expansion and number of the blocks of each stage.
const STAGES: [(usize, usize, usize, usize); 5] =
    [(3, 1, 1, 1), (3, 2, 6, 2), (5, 2, 6, 2), (3, 2, 6, 3), (5, 1, 6, 3)];

impl UnetLite0 {
    /// The whole network.
    pub fn figure(&self) -> Figure {
        Figure::draw(1, |lightness| {
            let [stem, stages @ ..] = self.encoder;
            let mut x = lightness.part("encoder", |x| {
                norm(x.conv("_conv_stem", slid(3, 2).n(stem).without_bias()), "_bn0").relu6()
            });
            let mut taps = Vec::new();
            let mut block = 0;
            for ((kernel, stride, expansion, count), n) in STAGES.into_iter().zip(stages) {
                if stride == 2 {
                    taps.push(x.clone());
                }
                for i in 0..count {
                    let stride = if i == 0 { stride } else { 1 };
                    x = x.part(format!("encoder._blocks.{block}"), |x| {
                        inverted_residual(x, kernel, stride, expansion, n)
                    });
                    block += 1;
                }
            }
            let steps = self.decoder.into_iter().zip(taps.iter().rev()).enumerate();
            let y = steps.fold(x, |y, (i, (n, tap))| {
                y.enlarge().concat(tap).part(format!("decoder.{i}"), |x| double(x, n))
            });
            y.conv("head", k(1).n(2))
        })
    }
}

/// On an even side, as TensorFlow pads: more below and right than above and left.
fn slid(kernel: usize, stride: usize) -> Conv {
    let padding = if stride == 2 { [(kernel - 2) / 2, (kernel - 1) / 2] } else { [kernel / 2; 2] };
    k(kernel).s(stride).padded(padding)
}

fn norm(x: Plane, name: &str) -> Plane {
    x.batch_norm_with(name, 1e-3)
}

fn inverted_residual(x: Plane, kernel: usize, stride: usize, expansion: usize, n: usize) -> Plane {
    let wide = x.channels() * expansion;
    let mut y = x.clone();
    if expansion > 1 {
        y = norm(y.conv("_expand_conv", k(1).n(wide).without_bias()), "_bn0").relu6();
    }
    let depthwise = slid(kernel, stride).n(wide).depthwise().without_bias();
    y = norm(y.conv("_depthwise_conv", depthwise), "_bn1").relu6();
    y = norm(y.conv("_project_conv", k(1).n(n).without_bias()), "_bn2");
    if stride == 1 && x.channels() == n { x + y } else { y }
}
