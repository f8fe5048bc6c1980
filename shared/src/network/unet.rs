//! What the U-nets share: the block of their decoders.
//!
//! Kalvankar et al. 2021, section 4.1, after Ronneberger et al. 2015, figure 1: twice a convolution,
//! here padded, with the batch norm that today's U-nets have.

use super::figure::{Plane, k};

/// Twice k3, BN, ReLU.
pub(super) fn double(x: Plane, n: usize) -> Plane {
    let y = x.conv("conv1", k(3).n(n).without_bias()).batch_norm("bn1").relu();
    y.conv("conv2", k(3).n(n).without_bias()).batch_norm("bn2").relu()
}
