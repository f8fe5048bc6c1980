//! Whether everything that is built may be handed on: the licences of all packages against `deny.toml`.
//!
//! `cargo deny check licenses` says the same from the same file; building that tool takes longer than all our
//! other checks, so its list is read here.

use crate::setup::cargo;
use anyhow::{Context, Result, bail};
use spdx::{Expression, ParseMode};
use std::collections::BTreeSet;
use xtask::{program::output, workspace_root};

const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"];

/// Checks the licence of every package that either target needs.
///
/// # Errors
/// With all packages whose licence is missing, not understood or not in the list.
pub(crate) fn licences() -> Result<()> {
    let allowed = allowed()?;
    let mut refused = BTreeSet::new();
    for target in TARGETS {
        // Not `cargo metadata`: that also lists what only features switched off would need.
        let mut tree = cargo();
        tree.args([
            "tree",
            "--workspace",
            "--features=astrochroma-web/gpu",
            "--locked",
            "--prefix=none",
            "--format={p}\t{l}",
            "--target",
            target,
        ]);
        refused.extend(refused_packages(&output(&mut tree)?, &allowed));
    }
    if !refused.is_empty() {
        let list = refused.into_iter().collect::<Vec<_>>().join("\n  ");
        bail!(
            "licences not in deny.toml:\n  {list}\nhelp: do without the package, or add its licence to deny.toml"
        );
    }
    Ok(())
}

fn allowed() -> Result<BTreeSet<String>> {
    let text =
        std::fs::read_to_string(workspace_root().join("deny.toml")).context("cannot read deny.toml")?;
    let table: toml::Table = text.parse().context("deny.toml is not TOML")?;
    let list = table.get("licenses").and_then(|licenses| licenses.get("allow")?.as_array());
    let list = list.context("deny.toml has no list licenses.allow")?;
    Ok(list.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect())
}

/// The packages, a line each, whose licence does not fit, each with its reason.
fn refused_packages(tree: &str, allowed: &BTreeSet<String>) -> BTreeSet<String> {
    let lines = tree.lines().filter(|line| !line.is_empty());
    lines
        .filter_map(|line| {
            let (package, licence) = line.split_once('\t').unwrap_or((line, ""));
            // A package that was listed before is marked as such.
            let reason = refusal(licence.trim_end_matches(" (*)").trim(), allowed)?;
            Some(format!("{package}: {reason}"))
        })
        .collect()
}

/// Why a licence does not fit, if it does not.
fn refusal(licence: &str, allowed: &BTreeSet<String>) -> Option<String> {
    if licence.is_empty() {
        return Some("names no licence".to_owned());
    }
    match Expression::parse_mode(licence, ParseMode::LAX) {
        Ok(expression) => (!expression.evaluate(|requirement| allowed.contains(&requirement.to_string())))
            .then(|| licence.to_owned()),
        Err(error) => Some(format!("`{licence}` is not understood: {}", error.reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal_of(licence: &str) -> Option<String> {
        refusal(licence, &["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into())
    }

    #[test]
    fn one_of_several_is_enough_and_all_of_several_are_needed() {
        for fits in
            ["MIT", "GPL-3.0 OR MIT", "MIT/AGPL-3.0", "MIT AND Zlib", "Apache-2.0 WITH LLVM-exception"]
        {
            assert_eq!(refusal_of(fits), None, "{fits}");
        }
        for refused in ["AGPL-3.0-only", "MIT AND GPL-3.0", "Apache-2.0", "my own words"] {
            assert!(refusal_of(refused).is_some(), "{refused}");
        }
        assert_eq!(refusal_of("").as_deref(), Some("names no licence"));
    }

    #[test]
    fn a_refused_package_is_named_once() {
        let tree =
            "good v1.0.0\tMIT\nbad v2.0.0\tX\nbad v2.0.0\tX (*)\ngood v1.0.0\tMIT (*)\n\nnone v3.0.0\t\n";
        let refused = refused_packages(tree, &["MIT".to_owned()].into());
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(refused.contains("none v3.0.0: names no licence"), "{refused:?}");
    }
}
