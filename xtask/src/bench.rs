//! `cargo xtask bench`: how fast it is, as ratios.

use crate::native;
use crate::step::{last_step, step};
use anyhow::Result;
use std::process::Command;
use xtask::program::run;
use xtask::workspace_root;

/// Builds the benchmark with the packages of the tests, so that nothing is built twice, and runs it.
///
/// # Errors
/// If it does not build or run.
pub(crate) fn bench() -> Result<()> {
    step("build: benchmark", || run(native::packages("build").arg("--example=bench")))?;
    let program = workspace_root().join("target/release/examples/bench");
    last_step("bench", || run(&mut Command::new(program)))
}
