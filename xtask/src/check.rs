//! `cargo xtask check`: what can be said without running anything.

use crate::step::step;
use crate::{licences, native, setup, tidy};
use anyhow::{Result, ensure};
use std::process::Command;
use xtask::program::{output, run};

/// Format, tidiness, licences, clippy and documentation.
///
/// # Errors
/// The first of them that is not in order.
pub(crate) fn check() -> Result<()> {
    step("set up: wasm32 target", setup::wasm_target)?;
    without_compiler()?;
    step("check: clippy, native", || {
        native::all_targets("clippy")
            .iter_mut()
            .try_for_each(|part| run(part.args(["--", "--deny=warnings"])))
    })?;
    step("check: clippy, wasm32", || {
        run(page_package("clippy").args(["--", "--deny=warnings"]))?;
        run(page_package("clippy").args(["--features=gpu", "--", "--deny=warnings"]))
    })?;
    step("check: documentation, native", || {
        run(native::packages("doc").arg("--no-deps").env("RUSTDOCFLAGS", "--deny=warnings"))
    })?;
    step("check: documentation, wasm32", || {
        run(page_package("doc").arg("--no-deps").env("RUSTDOCFLAGS", "--deny=warnings"))
    })
}

/// What needs no compiler.
///
/// # Errors
/// The first of them that is not in order.
pub(crate) fn without_compiler() -> Result<()> {
    step("check: licences", licences::licences)?;
    step("check: the processor's engine is without burn", engine_without_burn)?;
    step("check: tidy", tidy::tidy)?;
    step("check: format", || run(setup::cargo().args(["fmt", "--all", "--check"])))
}

/// burn is 20 MB of a page's program and belongs to the graphics device's worker alone.
fn engine_without_burn() -> Result<()> {
    let mut tree = setup::cargo();
    tree.args(["tree", "--package=astrochroma-web", "--target=wasm32-unknown-unknown"]);
    let list = output(tree.args(["--locked", "--prefix=none", "--edges=normal"]))?;
    ensure!(list.contains("astrochroma v"), "cargo tree does not list the page's packages");
    let burn = list.lines().find(|line| line.starts_with("burn"));
    ensure!(burn.is_none(), "{} is in the page without its feature `gpu`", burn.unwrap_or_default());
    Ok(())
}

/// A cargo command on the page, in the profile in which Trunk builds it.
fn page_package(command: &str) -> Command {
    let mut page = setup::cargo();
    page.arg(command).args([
        "--profile=web",
        "--package=astrochroma-web",
        "--target=wasm32-unknown-unknown",
        "--locked",
    ]);
    page
}
