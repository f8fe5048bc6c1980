//! Installs what is missing: the wasm32 target, the tools that build and check the page, the browser.

use crate::step::step;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use xtask::program::{CHROMEDRIVER, CHROMIUM, find, has_version, output, run, run_within, try_times};
use xtask::workspace_root;

const TARGET: &str = "wasm32-unknown-unknown";

/// Longest time for one try to fetch the target: a try that hangs is worth repeating, not waiting for.
const TARGET_LIMIT: Duration = Duration::from_secs(120);

const TRIES: u32 = 3;

/// A program that cargo can install, in one version.
struct Tool {
    package: &'static str,
    program: &'static str,
    version: String,
    /// Whether the package's own lock file is used. The one of wasm-bindgen-cli 0.2.130 names a version that
    /// the registry no longer gives.
    locked: bool,
    /// Whether its own speed matters. Trunk only calls other programs and copies files, and optimising it takes
    /// minutes.
    optimized: bool,
}

/// Where the tools that build the page are.
pub(crate) struct PageTools {
    /// The program `trunk`.
    pub(crate) trunk: PathBuf,
    /// The folder that holds `wasm-bindgen`.
    pub(crate) wasm_bindgen_folder: PathBuf,
    /// The version of `wasm-bindgen`, that of `Cargo.lock`.
    pub(crate) wasm_bindgen_version: String,
}

/// What building the page needs.
///
/// # Errors
/// If something is missing and cannot be installed.
pub(crate) fn page_tools() -> Result<PageTools> {
    step("set up: wasm32 target", wasm_target)?;
    let trunk = Tool {
        package: "trunk",
        program: "trunk",
        version: "0.21.14".to_owned(),
        locked: true,
        optimized: false,
    }
    .path()?;
    let version = locked_version("wasm-bindgen")?;
    let wasm_bindgen = Tool {
        package: "wasm-bindgen-cli",
        program: "wasm-bindgen",
        version: version.clone(),
        locked: false,
        optimized: true,
    }
    .path()?;
    let folder = wasm_bindgen.parent().unwrap_or(Path::new("."));
    Ok(PageTools { trunk, wasm_bindgen_folder: folder.to_path_buf(), wasm_bindgen_version: version })
}

/// The wasm32 target of the toolchain in use.
///
/// # Errors
/// If it is missing and rustup cannot add it.
pub(crate) fn wasm_target() -> Result<()> {
    let root = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(&root).join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    try_times(TRIES, || run_within(TARGET_LIMIT, Command::new("rustup").args(["target", "add", TARGET])))
        .with_context(|| {
            format!("the target {TARGET} is missing; help: install it for this toolchain, then try again")
        })
}

/// Chromium and its driver, from the system's packages.
///
/// # Errors
/// If they are missing and cannot be installed: what needs a browser fails, it is never left out.
pub(crate) fn browser() -> Result<()> {
    let present = || find(&CHROMIUM).is_some() && find(&CHROMEDRIVER).is_some();
    if present() {
        return Ok(());
    }
    let help = "help: install the packages chromium and chromium-driver (or the browser's and driver's of your system) and try again";
    let is_root = output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0");
    if find(&["apt-get"]).is_none() || !is_root {
        bail!("chromium and chromedriver are not on PATH and cannot be installed from here; {help}");
    }
    try_times(TRIES, || {
        run(Command::new("apt-get").args(["update", "--quiet"]))?;
        run(Command::new("apt-get")
            .args(["install", "--yes", "--quiet", "--no-install-recommends", "chromium", "chromium-driver"])
            .env("DEBIAN_FRONTEND", "noninteractive"))
    })
    .context(help)?;
    if !present() {
        bail!("chromium and chromedriver were installed but are not on PATH; {help}");
    }
    Ok(())
}

impl Tool {
    /// Where the program is, installed first where it is missing.
    fn path(&self) -> Result<PathBuf> {
        step(&format!("set up: {} {}", self.package, self.version), || {
            let root = tools_folder()?.join(format!("{}-{}", self.package, self.version));
            let installed = root.join("bin").join(self.program);
            if has_version(&installed, &self.version) {
                return Ok(installed);
            }
            if let Some(found) = find(&[self.program]).filter(|path| has_version(path, &self.version)) {
                return Ok(found);
            }
            try_times(TRIES, || self.install(&root))?;
            Ok(installed)
        })
    }

    /// Builds the program apart from the workspace: its dependencies are none of ours.
    fn install(&self, root: &Path) -> Result<()> {
        let scratch = std::env::temp_dir().join(format!("astrochroma-{}-{}", self.package, self.version));
        let mut command = cargo();
        command.args(["install", self.package, "--version", &self.version, "--root"]).arg(root);
        command.arg("--target-dir").arg(&scratch);
        if self.locked {
            command.arg("--locked");
        }
        if !self.optimized {
            command.arg("--debug").env("CARGO_PROFILE_DEV_DEBUG", "0");
        }
        let done = run(command.current_dir(std::env::temp_dir()));
        // What cannot be removed now is the system's to clean; the tool is built either way.
        std::fs::remove_dir_all(&scratch).ok();
        done
    }
}

/// A call of the cargo that runs this program.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace_root());
    command
}

/// The version of a package in `Cargo.lock`.
///
/// # Errors
/// If the lock file does not hold the package.
pub(crate) fn locked_version(package: &str) -> Result<String> {
    let path = workspace_root().join("Cargo.lock");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    version_in_lock(&text, package).with_context(|| format!("Cargo.lock holds no package {package}"))
}

fn version_in_lock(lock: &str, package: &str) -> Option<String> {
    let table: toml::Table = lock.parse().ok()?;
    let packages = table.get("package")?.as_array()?;
    let entry =
        packages.iter().find(|entry| entry.get("name").and_then(|name| name.as_str()) == Some(package))?;
    Some(entry.get("version")?.as_str()?.to_owned())
}

fn tools_folder() -> Result<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    Ok(home.context("neither CARGO_HOME nor a home folder is set")?.join("astrochroma-tools"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_gives_a_version_by_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.2.1\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in_lock(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in_lock(lock, "wasm"), None);
    }
}
