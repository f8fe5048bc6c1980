//! `astrochroma train colorizer|upscaler`.

use super::{opened, processor_instead};
use crate::device::Choice;
use crate::runner::prove_for_training;
use crate::training::config::Config;
use crate::training::run::Run;
use anyhow::Result;
use astrochroma::network::Task;
use std::path::PathBuf;

/// What was typed.
#[derive(clap::Args)]
#[command(
    after_help = "Example: astrochroma train upscaler --config trainer/configs/edsr-small.toml --run runs/edsr-small"
)]
pub struct Options {
    /// What to train, on what, and how: a TOML file
    #[arg(long)]
    config: PathBuf,
    /// The folder of the run; one that exists goes on from its last checkpoint
    #[arg(long)]
    run: PathBuf,
    /// Where to compute
    #[arg(long, value_enum, default_value = "auto")]
    device: Choice,
}

/// Trains, or goes on training.
///
/// # Errors
/// If the configuration, the data or the run's folder cannot be used.
pub fn run(options: &Options, task: Task) -> Result<()> {
    let config = Config::read(&options.config, task)?;
    let found = opened(options.device)?;
    let device = match prove_for_training(&config.network, &found) {
        Err(error) if options.device == Choice::Auto => processor_instead(&error).device(),
        proved => proved.map(|()| found.device())?,
    };
    Run::open(&options.run, config, &device)?.train()
}
