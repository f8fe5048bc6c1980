//! Finds programs on this machine and runs them, some with a time limit.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Names under which Chromium is installed, the usual one first.
pub const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Names under which Chromium's WebDriver is installed.
pub const CHROMEDRIVER: [&str; 2] = ["chromedriver", "chromium.chromedriver"];

/// The first of these programs that stands in a folder of `PATH`.
pub fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| {
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
    })
}

/// Runs a command, its output shown as it comes.
///
/// # Errors
/// If it cannot be started or does not end with success; the message holds the command.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", words(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", words(command));
    }
    Ok(())
}

/// Runs a command, its output shown as it comes, and ends it when it takes longer than `limit`.
///
/// # Errors
/// As [`run`], and when the time is up.
pub fn run_within(limit: Duration, command: &mut Command) -> Result<()> {
    let mut child = command.spawn().with_context(|| format!("cannot start `{}`", words(command)))?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            if !status.success() {
                bail!("`{}` ended with {status}", words(command));
            }
            return Ok(());
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("`{}` did not end within {} s", words(command), limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What a command writes to its standard output, without the blanks around it.
///
/// # Errors
/// As [`run`].
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{}`", words(command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", words(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether `program --version` runs and names this version.
pub fn has_version(program: &Path, version: &str) -> bool {
    output(Command::new(program).arg("--version"))
        .is_ok_and(|line| line.split_whitespace().any(|word| word == version))
}

/// The first success of several tries; every failure but the last is told.
///
/// # Errors
/// The last try's.
#[expect(clippy::print_stderr, reason = "a repeated try is told where it happens")]
pub fn try_times<T>(tries: u32, mut work: impl FnMut() -> Result<T>) -> Result<T> {
    for number in 1..tries {
        match work() {
            Ok(value) => return Ok(value),
            Err(error) => eprintln!("try {number} of {tries} failed: {error:#}"),
        }
    }
    work()
}

fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let all = std::iter::once(program).chain(command.get_args());
    all.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_hangs_is_ended() {
        let start = Instant::now();
        let error = run_within(Duration::from_millis(200), Command::new("sleep").arg("30")).unwrap_err();
        assert_eq!(error.to_string(), "`sleep 30` did not end within 0 s");
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_failure_names_the_command() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert!(error.to_string().starts_with("`sh -c exit 3` ended with"), "{error}");
    }

    #[test]
    fn the_third_try_may_succeed() {
        let mut count = 0;
        let value = try_times(3, || {
            count += 1;
            if count < 3 { bail!("not yet") } else { Ok(count) }
        });
        assert_eq!(value.unwrap(), 3);
    }

    #[test]
    fn a_version_is_a_whole_word() {
        let cargo = find(&["cargo"]).unwrap();
        assert!(!has_version(&cargo, "1"));
        assert!(!has_version(Path::new("no-such-program"), "1.0.0"));
    }
}
