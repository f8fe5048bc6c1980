//! What the workspace's tasks and its end-to-end tests share: where things are, and a server for the page.

pub mod program;
pub mod server;

use std::path::{Path, PathBuf};

/// The folder of the workspace's `Cargo.toml`.
pub fn workspace_root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}

/// The folder into which `cargo xtask serve` and `cargo xtask test` build the page.
pub fn page_folder() -> PathBuf {
    workspace_root().join("target/page")
}
