//! Trains, measures and runs the networks of Astrochroma.
//!
//! `command` parses and reports; `device` chooses where to compute, `runner` runs shipped networks
//! there; `dataset`, `loss`, `metric`, `training` and `report` are what training is made of; what turns
//! a picture into its result is the library `astrochroma`, as in the page.

// burn's tensors nest types deeply.
#![recursion_limit = "256"]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod command;
mod dataset;
mod device;
mod loss;
mod metric;
mod report;
mod runner;
mod training;

fn main() -> std::process::ExitCode {
    device::make_processor_default();
    command::run()
}
