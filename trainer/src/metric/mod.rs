//! Numbers that say how good a network is; each names its method.
//!
//! In reading order: [`chroma`] (of a colouriser), [`psnr`] and [`flat`] (of an upscaler), [`bootstrap`]
//! (the interval of a mean of pictures).

pub mod bootstrap;
pub mod chroma;
pub mod flat;
pub mod psnr;
