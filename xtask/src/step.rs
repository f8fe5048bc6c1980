//! A step of a task: its name before it, its time after it.

use anyhow::{Context, Result};
use std::time::Instant;

/// Runs one step, with its name on a line before and its time on a line after.
///
/// # Errors
/// The step's own, with the step's name around it.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    begin(name);
    let start = Instant::now();
    let value = work().with_context(|| name.to_owned())?;
    println!("   {name}: {:.1} s", start.elapsed().as_secs_f64());
    Ok(value)
}

/// As [`step`], for the last of a task: nothing is printed after it, so that the output ends with its own words.
///
/// # Errors
/// As [`step`].
pub(crate) fn last_step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    begin(name);
    work().with_context(|| name.to_owned())
}

fn begin(name: &str) {
    println!("== {name}");
}
