//! Builds the page with Trunk and writes its security policy.

use crate::policy::with_policy;
use crate::setup::PageTools;
use crate::step::step;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use xtask::program::run;
use xtask::workspace_root;

/// Builds the page into `folder`.
///
/// # Errors
/// If it does not build, or holds what its policy would block.
pub(crate) fn build(tools: &PageTools, folder: &Path) -> Result<()> {
    step("build the page", || {
        run(Command::new(&tools.trunk)
            .current_dir(workspace_root())
            .args(["build", "--offline", "--dist"])
            .arg(folder)
            .env("TRUNK_TOOLS_WASM_BINDGEN", &tools.wasm_bindgen_version)
            .env("PATH", path_with(&tools.wasm_bindgen_folder)?)
            // Trunk reads the variable as a switch with a value and refuses the usual "1".
            .env_remove("NO_COLOR"))?;
        let index = folder.join("index.html");
        let page =
            std::fs::read_to_string(&index).with_context(|| format!("cannot read {}", index.display()))?;
        std::fs::write(&index, with_policy(&page)?)
            .with_context(|| format!("cannot write {}", index.display()))
    })
}

/// `PATH` with this folder before all others.
fn path_with(folder: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).context("a folder of PATH holds the separator")
}
