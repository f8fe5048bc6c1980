//! Trains, measures and runs the networks of Astrochroma.
//!
//! `command` parses and reports; `device` chooses where to compute, `runner` runs shipped networks
//! there; `dataset`, `loss`, `metric`, `training` and `report` are what training is made of; `files` and
//! `say` are the ways out to disk and terminal; what turns a picture into its result is the library
//! `astrochroma`, as in the page.

// burn's tensors nest types deeply.
#![recursion_limit = "256"]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod command;
mod dataset;
mod device;
mod files;
mod loss;
mod metric;
mod report;
mod runner;
mod say;
mod training;

fn main() -> std::process::ExitCode {
    device::set_environment();
    command::run()
}
