//! Colour and four-fold resolution for grey pictures of the sky.
//!
//! `bytes -> Picture -> L* -> colouriser -> L*a*b* -> upscaler, part by part -> Picture -> bytes`: one
//! pipeline, which the page, the command line and the tests all call. This crate opens no file, reads
//! no clock, starts no thread and knows no DOM; whoever calls it does.
//!
//! In reading order: [`picture`] (bytes to samples and back), [`raster`] and [`color`] (samples as
//! floats; L\*, a\*b\*), [`network`] (drawings), [`plan`] (a drawing run on the CPU, row by row),
//! `module` (a drawing as a burn module, feature `burn`), [`weights`] (files and their manifest),
//! [`pipeline`] (colorize, upscale, enhance).

// burn's tensors nest types deeply.
#![cfg_attr(feature = "burn", recursion_limit = "256")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout))]

pub mod color;
#[cfg(feature = "burn")]
pub mod module;
pub mod network;
pub mod picture;
pub mod pipeline;
pub mod plan;
pub mod raster;
pub mod weights;
