//! How everything native is selected: always the same packages and features, so that it is built once.
//!
//! Cargo unites the features of what is asked for together. Asked for apart, the library and the trainer would
//! each have their own burn, minutes of compiling each.

use crate::setup::cargo;
use crate::step::step;
use anyhow::Result;
use std::process::Command;
use xtask::program::run;

const PACKAGES: [&str; 7] = [
    "--release",
    "--locked",
    "--package=astrochroma",
    "--package=astrochroma-trainer",
    "--package=astrochroma-tests",
    "--package=xtask",
    "--features=astrochroma/burn",
];

/// A cargo command on the native packages, whose targets the caller names.
pub(crate) fn packages(command: &str) -> Command {
    let mut packages = cargo();
    packages.arg(command).args(PACKAGES);
    packages
}

/// Builds the programs.
///
/// # Errors
/// If the compiler is not content.
pub(crate) fn build() -> Result<()> {
    step("build: native", || run(packages("build").arg("--bins")))
}

/// A cargo command on what of the page needs no browser; apart, for nothing of it is shared with burn.
pub(crate) fn page(command: &str) -> Command {
    let mut page = cargo();
    page.args([command, "--release", "--locked", "--package=astrochroma-web", "--lib"]);
    page
}

/// Two commands that reach all native targets, tests among them.
///
/// The browser's tests need the built page and are therefore not among the usual tests; cargo leaves them out of
/// `--tests` even where they are named beside it.
pub(crate) fn all_targets(command: &str) -> [Command; 2] {
    let (mut usual, mut browser) = (packages(command), packages(command));
    usual.args(["--lib", "--bins", "--tests", "--examples"]);
    browser.arg("--test=browser");
    [usual, browser]
}
