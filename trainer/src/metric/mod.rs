//! Numbers that say how good a network is; each names its method.

pub mod bootstrap;
pub mod chroma;
pub mod psnr;
