//! The page of Astrochroma and the engine that runs in its workers.
//!
//! [`page`] is what a visitor sees and does; [`engine`] is what happens to the picture. Two programs
//! come of it (`src/bin`): `page`, which draws and relays and never computes, and `cpu`, of which
//! several instances run as workers and do everything from decoding to the finished PNG. They speak
//! through [`engine::protocol`] alone. Nothing here makes a request to another origin.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod engine;
pub mod page;
