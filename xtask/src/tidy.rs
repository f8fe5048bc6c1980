//! Checks on the text of the tree: what reviewers would otherwise have to look for.

use crate::setup::locked_version;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;
use xtask::{program::output, workspace_root};

/// Longest file; a longer one says why in a comment that begins with [`REASON`].
const LINES: usize = 500;

const REASON: &str = "Long because ";

/// Kinds of files that people write and read.
const TEXTS: [&str; 10] = ["rs", "toml", "md", "html", "css", "js", "py", "sh", "yml", "run"];

/// Only these of them are held to [`LINES`].
const CODE: [&str; 4] = ["rs", "css", "js", "py"];

/// Checks every text file that belongs to the tree.
///
/// # Errors
/// With all findings, each with its file and line.
pub(crate) fn tidy() -> Result<()> {
    let mut findings = Vec::new();
    for name in tree()? {
        let kind = kind(&name);
        let Some(kind) = TEXTS.into_iter().find(|text| *text == kind) else { continue };
        // A file that was removed and not yet committed is still listed.
        let Ok(text) = std::fs::read_to_string(workspace_root().join(&name)) else { continue };
        findings
            .extend(check_text(kind, &text).into_iter().map(|(line, what)| format!("{name}:{line}: {what}")));
    }
    findings.extend(check_pins()?);
    if !findings.is_empty() {
        bail!("{} findings\n  {}", findings.len(), findings.join("\n  "));
    }
    Ok(())
}

/// The files that are committed, or would be.
fn tree() -> Result<Vec<String>> {
    let list = output(
        Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(workspace_root()),
    )?;
    Ok(list.lines().map(str::to_owned).collect())
}

/// The extension, or the name of a file that has none.
fn kind(name: &str) -> &str {
    let path = Path::new(name);
    path.extension().or(path.file_name()).and_then(|kind| kind.to_str()).unwrap_or_default()
}

/// Findings in one file, by line.
fn check_text(kind: &str, text: &str) -> Vec<(usize, String)> {
    let mut findings = Vec::new();
    if kind == "rs" && !text.starts_with("//! ") {
        findings.push((1, "a module begins with a line `//! ` that says its one job".to_owned()));
    }
    let count = text.lines().count();
    if CODE.contains(&kind) && count > LINES && !gives_reason(text) {
        findings.push((count, format!("{count} lines, at most {LINES}, or a comment `{REASON}…`")));
    }
    if !text.is_empty() && !text.ends_with('\n') {
        findings.push((count, "no line end at the end".to_owned()));
    }
    for (index, line) in text.lines().enumerate() {
        findings.extend(check_line(line).map(|what| (index + 1, what)));
    }
    findings
}

/// Whether a comment, in whatever language, begins with [`REASON`].
fn gives_reason(text: &str) -> bool {
    text.lines().any(|line| {
        let words = line.trim_start_matches(['/', '*', '#', ' ', '!']);
        words.len() < line.len() && words.starts_with(REASON)
    })
}

/// What is wrong with one line, if anything.
fn check_line(line: &str) -> Option<String> {
    if line.ends_with([' ', '\t', '\r']) {
        return Some("blank at the end".to_owned());
    }
    if line.contains('\t') {
        return Some("tab".to_owned());
    }
    forbidden().into_iter().find(|word| line.contains(word.as_str())).map(|word| format!("`{word}`"))
}

/// Paths of one machine, and marks of what was left undone. Put together here, so that this file is in order too.
fn forbidden() -> Vec<String> {
    let folders = ["work", "root", "home", "Users"].map(|folder| format!("/{folder}/"));
    let marks = ["TO", "FIX"].into_iter().zip(["DO", "ME"]).map(|(first, second)| first.to_owned() + second);
    folders.into_iter().chain(marks).chain(["dbg".to_owned() + "!("]).collect()
}

/// Versions that stand in two places and have to agree, and packages that come from nowhere else than crates.io.
fn check_pins() -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let read = |name: &str| {
        std::fs::read_to_string(workspace_root().join(name)).with_context(|| format!("cannot read {name}"))
    };
    let trunk: toml::Table = read("Trunk.toml")?.parse().context("Trunk.toml is not TOML")?;
    let pinned = trunk.get("tools").and_then(|tools| tools.get("wasm_bindgen")?.as_str());
    let locked = locked_version("wasm-bindgen")?;
    if pinned != Some(locked.as_str()) {
        findings.push(format!("Trunk.toml: wasm_bindgen is {pinned:?}, Cargo.lock has {locked}"));
    }
    for (index, line) in read("Cargo.lock")?.lines().enumerate() {
        if line.starts_with("source = ")
            && line != "source = \"registry+https://github.com/rust-lang/crates.io-index\""
        {
            findings.push(format!("Cargo.lock:{}: {line}", index + 1));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(kind: &str, text: &str) -> Vec<String> {
        check_text(kind, text).into_iter().map(|(line, what)| format!("{line} {what}")).collect()
    }

    #[test]
    fn a_module_without_its_sentence_is_found() {
        assert_eq!(whats("rs", "//! A sentence.\nmod a;\n"), Vec::<String>::new());
        assert_eq!(whats("rs", "mod a;\n").len(), 1);
        assert_eq!(whats("md", "# A title\n"), Vec::<String>::new());
    }

    #[test]
    fn blanks_tabs_paths_and_marks_are_found_with_their_line() {
        let marks = format!("a\nb \nc\td\n{}x\n{}\n", forbidden()[0], forbidden()[4]);
        assert_eq!(
            whats("md", &marks),
            [
                "2 blank at the end".to_owned(),
                "3 tab".to_owned(),
                format!("4 `{}`", forbidden()[0]),
                format!("5 `{}`", forbidden()[4])
            ]
        );
    }

    #[test]
    fn a_long_file_needs_a_reason() {
        let long = format!("//! A sentence.\n{}", "x\n".repeat(LINES));
        assert_eq!(whats("rs", &long), ["501 501 lines, at most 500, or a comment `Long because …`"]);
        for (kind, mark) in [("rs", "//"), ("rs", "//!"), ("css", "/*"), ("py", "#")] {
            assert_eq!(whats(kind, &format!("{long}{mark} {REASON}it is a table.\n")), Vec::<String>::new());
        }
    }

    #[test]
    fn files_are_sorted_by_extension_or_name() {
        assert_eq!((kind("a/b.rs"), kind(".ci/run"), kind("LICENSE-MIT")), ("rs", "run", "LICENSE-MIT"));
    }
}
