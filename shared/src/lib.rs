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
//!
//! # Example: colour for the Moon's ground
//! ```
//! use astrochroma::network::Task;
//! use astrochroma::picture::{Canvas, Colors, Picture, encode, limits::Limits};
//! use astrochroma::pipeline::{Network, colorize::colorize, metadata};
//! use astrochroma::weights::manifest::Manifest;
//! # macro_rules! file { ($path:literal) => {
//! #     include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../static/", $path))
//! # } }
//!
//! let manifest = Manifest::parse(file!("weights/manifest.json"))?;
//! let entry = manifest.default_for(Task::Colorize).expect("the manifest names one");
//! let network = Network::load(entry, file!("weights/unet-lite0.safetensors"))?;
//!
//! let picture = Picture::decode(file!("samples/moon_surface.png"), &Limits::NATIVE)?;
//! let (height, width) = (picture.height(), picture.width());
//! let colored = colorize(&network, picture.lightness())?;
//! let mut canvas = Canvas::new(height, width, Colors::Rgb, picture.depth(), &Limits::NATIVE)?;
//! canvas.put(0, 0, &colored.display(0..height, 0..width));
//! let result = canvas.finish(picture.alpha().cloned());
//!
//! assert!(picture.is_neutral() && !result.is_neutral());
//! let png = encode::png(&result, &metadata(&[entry]))?;
//! # assert_eq!(Picture::decode(&png, &Limits::NATIVE)?.width(), width);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
