//! `cargo xtask dist`: the page as a folder for any static host, and what it weighs on the wire.

use crate::{page, policy, setup, step};
use anyhow::{Context, Result};
use flate2::write::GzEncoder;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use xtask::workspace_root;

/// Brotli's quality: what a host takes for files that it compresses once. 11 gains a few per cent more and takes
/// minutes on the WebGPU engine.
const BROTLI_QUALITY: i32 = 9;
const BROTLI_WINDOW_BITS: i32 = 22;

/// Where the page keeps its networks.
const WEIGHTS: &str = "weights/";

#[derive(Clone, Copy, Default)]
struct Bytes {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

/// Builds the page into `dist/` and prints the size of each file.
///
/// # Errors
/// If a step fails.
pub(crate) fn dist() -> Result<()> {
    let tools = setup::page_tools()?;
    let folder = workspace_root().join("dist");
    page::build(&tools, &folder)?;
    step::step("measure", || report(&folder))?;
    println!(
        "dist/ can be served as it is, under any path. A host that can set headers may send, with every file,"
    );
    println!("Content-Security-Policy: {}", policy::policy(""));
    println!("The page carries its own policy; the header binds the workers too, which do not inherit it.");
    println!("For index.html leave the header out or add the hash that stands in its policy.");
    Ok(())
}

fn report(folder: &Path) -> Result<()> {
    let mut files = Vec::new();
    list(folder, &mut files)?;
    files.sort();
    let networks = default_networks(folder)?;
    let (mut total, mut first) = (Bytes::default(), Bytes::default());
    println!(
        "{:>10} {:>10} {:>10}  (* until the first result on the processor)",
        "raw", "gzip -9", "brotli -9"
    );
    for file in &files {
        let name = file.strip_prefix(folder).unwrap_or(file).to_string_lossy().into_owned();
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let size = measure(&bytes)?;
        total = total.and(size);
        let counts = is_before_first_result(&name, &networks);
        if counts {
            first = first.and(size);
        }
        println!("{size}  {} {name}", if counts { '*' } else { ' ' });
    }
    println!("{total}    all files");
    println!("{first}  * until the first result, without the picture itself");
    Ok(())
}

/// Whether a visitor without WebGPU waits for this file: not the samples, the other engine or other networks.
fn is_before_first_result(name: &str, default_networks: &BTreeSet<String>) -> bool {
    match name.strip_prefix(WEIGHTS) {
        Some("manifest.json") => true,
        Some(file) => default_networks.contains(file),
        None => !name.contains("samples/") && !name.contains("gpu"),
    }
}

/// The files of the networks that are used unless another is asked for: the first of each task.
fn default_networks(folder: &Path) -> Result<BTreeSet<String>> {
    let path = folder.join(WEIGHTS).join("manifest.json");
    let text = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: serde_json::Value =
        serde_json::from_slice(&text).context("weights/manifest.json is no JSON")?;
    Ok(first_of_each_task(&manifest))
}

fn first_of_each_task(manifest: &serde_json::Value) -> BTreeSet<String> {
    let networks = manifest["networks"].as_array().map_or(&[][..], Vec::as_slice);
    let mut tasks = BTreeSet::new();
    let first = networks.iter().filter(|network| tasks.insert(network["task"].to_string()));
    first.filter_map(|network| Some(network["file"].as_str()?.to_owned())).collect()
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() { list(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

fn measure(bytes: &[u8]) -> Result<Bytes> {
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes)?;
    let mut compressed = Vec::new();
    let settings = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW_BITS,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &settings)?;
    Ok(Bytes { raw: bytes.len(), gzip: gzip.finish()?.len(), brotli: compressed.len() })
}

impl Bytes {
    fn and(self, other: Self) -> Self {
        Self { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

impl std::fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:>10} {:>10} {:>10}", self.raw, self.gzip, self.brotli)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_repeats_gets_smaller_both_ways() {
        let size = measure("colour and four times the size, ".repeat(100).as_bytes()).unwrap();
        assert_eq!(size.raw, 3200);
        assert!(size.gzip < 200 && size.brotli < 200, "{size}");
    }

    #[test]
    fn only_what_the_first_result_waits_for_counts() {
        let manifest = serde_json::json!({ "networks": [
            { "task": "colorize", "file": "a.safetensors" },
            { "task": "upscale", "file": "b.safetensors" },
            { "task": "colorize", "file": "c.safetensors" },
        ]});
        let networks = first_of_each_task(&manifest);
        for name in ["cpu_bg.wasm", "style.css", "weights/manifest.json", "weights/b.safetensors"] {
            assert!(is_before_first_result(name, &networks), "{name}");
        }
        for name in ["samples/moon.png", "gpu_bg.wasm", "weights/c.safetensors"] {
            assert!(!is_before_first_result(name, &networks), "{name}");
        }
    }
}
