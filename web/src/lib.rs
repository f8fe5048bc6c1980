//! The page of Astrochroma and the engine that runs in its workers.
//!
//! [`page`] is what a visitor sees and does; [`engine`] is what happens to the picture. Three programs
//! come of it (`src/bin`): `page`, which draws and relays and never computes; `cpu`, of which several
//! instances run as workers and do everything from decoding to the finished PNG; and `gpu` (feature
//! `gpu`), which runs the networks where there is a graphics device. They speak through
//! [`engine::protocol`] alone. Nothing here makes a request to another origin.

// burn's tensors nest types deeply.
#![cfg_attr(feature = "gpu", recursion_limit = "256")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod engine;
pub mod page;
