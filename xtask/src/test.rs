//! `cargo xtask test`: everything that proves the project.

use crate::step::{last_step, step};
use crate::{check, native, page, setup};
use anyhow::Result;
use std::time::Instant;
use xtask::page_folder;
use xtask::program::run;

/// Sets up, checks, builds and tests; the browser's tests come last, and their summary closes the output.
///
/// # Errors
/// The first step that fails.
pub(crate) fn test() -> Result<()> {
    let start = Instant::now();
    let tools = setup::page_tools()?;
    step("set up: browser", setup::browser)?;
    check::check()?;
    step("build: native", || native::all_targets("build").iter_mut().try_for_each(run))?;
    // Without targets named, cargo runs all tests but the browser's, and the examples in the documentation.
    step("test: native", || run(&mut native::packages("test")))?;
    step("test: page, natively", || run(&mut native::page("test")))?;
    page::build(&tools, &page_folder())?;
    println!("   so far: {:.0} s", start.elapsed().as_secs_f64());
    last_step("test: browser", || run(native::packages("test").arg("--test=browser")))
}
