//! The page's Content-Security-Policy, written into the built `index.html`.
//!
//! Trunk starts the page by an inline script whose text it makes while building, so that its hash, which the
//! policy has to name, is known only afterwards.

use anyhow::{Result, bail};
use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

/// A built page with the policy in its head.
///
/// # Errors
/// If the page holds something that the policy would block, a policy of its own, or no `<head>`.
pub(crate) fn with_policy(page: &str) -> Result<String> {
    let lower = page.to_ascii_lowercase();
    for (blocked, instead) in [
        ("<style", "put the rules into the style sheet"),
        (" style=", "set a class"),
        (" onclick=", "listen from the program"),
        ("content-security-policy", "the policy is written here alone"),
    ] {
        if lower.contains(blocked) {
            bail!("index.html holds `{}`; help: {instead}", blocked.trim());
        }
    }
    let Some(head) = lower.find("<head>") else { bail!("index.html holds no <head>") };
    let hashes = inline_scripts(page)?.into_iter().map(source_hash).collect::<Vec<_>>();
    let meta =
        format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">", policy(&hashes.join(" ")));
    let (before, after) = page.split_at(head + "<head>".len());
    Ok(format!("{before}\n{meta}{after}"))
}

/// The policy: everything from the page's own origin, no code from text but the named scripts.
pub(crate) fn policy(script_hashes: &str) -> String {
    let scripts = format!("script-src 'self' 'wasm-unsafe-eval' {script_hashes}");
    let rules = [
        "default-src 'none'",
        scripts.trim_end(),
        "worker-src 'self'",
        "connect-src 'self'",
        "img-src 'self' blob: data:",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    ];
    rules.join("; ")
}

/// The texts of the scripts that stand in the page itself.
fn inline_scripts(page: &str) -> Result<Vec<&str>> {
    let mut texts = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("<script") {
        let Some((tag, after)) = rest[start..].split_once('>') else { bail!("a <script> tag does not end") };
        let Some((text, after)) = after.split_once("</script>") else { bail!("a <script> has no end") };
        if !tag.contains(" src=") {
            texts.push(text);
        }
        rest = after;
    }
    Ok(texts)
}

/// A script's hash in the words of the policy.
fn source_hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inline_script_is_named_by_its_hash() {
        // By `printf "alert('Hello, world.');" | openssl dgst -sha256 -binary | base64`.
        assert_eq!(
            source_hash("alert('Hello, world.');"),
            "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
        );
    }

    #[test]
    fn the_policy_stands_first_in_the_head_and_names_inline_scripts_only() {
        let page = "<html><head><script src=\"./a.js\"></script></head>\
                    <body><script type=\"module\">go()</script></body></html>";
        let result = with_policy(page).unwrap();
        assert!(result.starts_with("<html><head>\n<meta http-equiv=\"Content-Security-Policy\""), "{result}");
        assert_eq!(result.matches("'sha256-").count(), 1);
        assert!(result.contains(&source_hash("go()")));
    }

    #[test]
    fn what_the_policy_would_block_is_refused() {
        let error = with_policy("<head></head><p style=\"color:red\">").unwrap_err().to_string();
        assert_eq!(error, "index.html holds `style=`; help: set a class");
        let error = with_policy("<p>no head</p>").unwrap_err().to_string();
        assert_eq!(error, "index.html holds no <head>");
    }
}
