//! Training: a run is a folder that resumes to the same result.
//!
//! In reading order: [`config`] (what a run is told), [`check`] (whether it can be done), [`run`] (the
//! loop), [`step`] (one batch, with a critic or without), [`validation`] (how good it is), [`checkpoint`]
//! (what it resumes from).

mod check;
pub mod checkpoint;
pub mod config;
pub mod run;
pub mod step;
pub mod validation;
