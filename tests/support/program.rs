//! Runs the command line as a user does, in a fresh folder.

use crate::picture::Decoded;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A fresh folder with inputs and, after a run, results.
pub struct Desk {
    folder: TempDir,
}

/// What a run of the program left behind.
#[derive(Debug)]
pub struct Run {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

impl Desk {
    /// An empty folder, removed in the end.
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// Where a file of this name is or will be.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The bytes of a file.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A written picture.
    pub fn picture(&self, name: &str) -> Decoded {
        Decoded::from_png(&self.bytes(name))
    }

    /// The names of the files in a folder here, sorted; none where there is no such folder.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(folder)) else { return Vec::new() };
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Runs the program in this folder.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(Command::new(astrochroma()).args(arguments).current_dir(self.folder.path()))
    }

    /// Runs the program in this folder, its output and its notes going elsewhere; the exit code.
    pub fn run_into(
        &self,
        arguments: &[&str],
        stdout: impl Into<Stdio>,
        stderr: impl Into<Stdio>,
    ) -> Option<i32> {
        let mut command = Command::new(astrochroma());
        command.args(arguments).current_dir(self.folder.path()).stdout(stdout).stderr(stderr);
        command.status().unwrap().code()
    }

    /// Runs the program where no file may grow beyond a kilobyte, as on a full disk.
    #[cfg(unix)]
    pub fn run_without_room(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new("sh");
        // Without the trap, the program would be ended by a signal.
        command
            .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""])
            .arg(astrochroma())
            .args(arguments);
        Run::of(command.current_dir(self.folder.path()))
    }

    /// Starts the program in this folder, silently, and does not wait for it.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(astrochroma());
        command.args(arguments).current_dir(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// Runs the program on the processor, and expects that all was done.
    pub fn succeed(&self, arguments: &[&str]) -> Run {
        let run = self.run(&[arguments, &["--device", "cpu"]].concat());
        assert_eq!(run.code, Some(0), "astrochroma {}\n{}", arguments.join(" "), run.stderr);
        run
    }
}

impl Run {
    fn of(command: &mut Command) -> Run {
        let output = command.output().unwrap();
        Run {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts the exit code and that nothing panicked.
    pub fn expect_code(&self, code: i32) -> &Self {
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        self
    }

    /// Asserts that the notes on standard error contain these words.
    pub fn expect_notes(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not in:\n{}", self.stderr);
        }
        self
    }
}

/// The program, in the folder above the test's own.
fn astrochroma() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let program = folder.join(format!("astrochroma{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "the program is not built; `cargo xtask test` builds it, or `cargo build --release -p astrochroma-trainer`"
    );
    program
}

/// A file of the folder `static`.
pub fn shipped(name: &str) -> PathBuf {
    xtask::workspace_root().join("static").join(name)
}
