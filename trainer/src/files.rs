//! Files: read where they are some and not endless, written whole or not at all, and told apart.

use anyhow::{Context, Result};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The longest file that is read.
const MOST_BYTES: u64 = 1 << 30;

/// Why a file is not opened.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// Reading a pipe or a device might never end.
    #[error("{0} is a pipe or a device, expected a file")]
    NoFile(PathBuf),
    /// Longer than any picture that is read.
    #[error("{path} is {found} bytes long, expected at most {MOST_BYTES}")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        found: u64,
    },
    /// A file is in the way of a folder.
    #[error("{0} is a file, expected a folder")]
    NoFolder(PathBuf),
}

/// Reads a file.
///
/// # Errors
/// If it is none, is too long, or cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let named = || format!("{}", path.display());
    let about = fs::metadata(path).with_context(named)?;
    if !about.is_file() && !about.is_dir() {
        return Err(Unfit::NoFile(path.to_path_buf()).into());
    }
    if about.len() > MOST_BYTES {
        return Err(Unfit::TooLong { path: path.to_path_buf(), found: about.len() }.into());
    }
    fs::read(path).with_context(named)
}

/// Makes a folder, and those above it, where there is none.
///
/// # Errors
/// If a file is in the way, or the disk refuses.
pub fn make_folder(path: &Path) -> Result<()> {
    if path.exists() && !path.is_dir() {
        return Err(Unfit::NoFolder(path.to_path_buf()).into());
    }
    fs::create_dir_all(path).with_context(|| format!("{}", path.display()))
}

/// Writes a file beside its place, then puts it there: whenever the program is killed or the disk is full, the
/// old one or the new one is whole. A link in its place is replaced, not followed.
///
/// # Errors
/// If what is there is no file, or the disk refuses.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir()) {
        return Err(Unfit::NoFile(path.to_path_buf()).into());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || {
        let mut file = beside(folder)?;
        file.write_all(bytes)?;
        file.persist(path).map_err(|refused| refused.error)?;
        io::Result::Ok(())
    };
    write().with_context(|| format!("{}", path.display()))
}

/// A new file of a name that no other has, which goes if it is not put into a place.
fn beside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".astrochroma-");
    // As other programs make files; by itself the crate lets the owner alone read them.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// What tells a file from all others, whatever it is called; none where there is no file.
#[cfg(unix)]
pub fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// What tells a file from all others, whatever it is called; none where there is no file.
#[cfg(not(unix))]
pub fn identity(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for bytes in [b"first", b"other"] {
            replace(&path, bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        for in_the_way in [folder.path(), &path.join("b")] {
            let text = format!("{:#}", replace(in_the_way, b"third").unwrap_err());
            assert!(text.starts_with(&in_the_way.display().to_string()), "{text}");
        }
        assert_eq!(fs::read(&path).unwrap(), b"other");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_file_too_long_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("endless.png");
        fs::File::create(&path).unwrap().set_len(MOST_BYTES + 1).unwrap();
        let text = read(&path).unwrap_err().to_string();
        assert!(
            text.ends_with("endless.png is 1073741825 bytes long, expected at most 1073741824"),
            "{text}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_one_file_and_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let [a, hard, soft] = ["a", "hard", "soft"].map(|name| folder.path().join(name));
        fs::write(&a, b"a").unwrap();
        fs::hard_link(&a, &hard).unwrap();
        std::os::unix::fs::symlink(&a, &soft).unwrap();
        assert!(identity(&a).is_some() && identity(&a) == identity(&hard) && identity(&a) == identity(&soft));
        for link in [&hard, &soft] {
            replace(link, b"new").unwrap();
            assert_eq!(fs::read(&a).unwrap(), b"a");
        }
        let device = Path::new("/dev/null");
        for refused in [read(device).unwrap_err(), replace(device, b"").unwrap_err()] {
            assert!(refused.to_string().contains("a pipe or a device"), "{refused}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_can_be_read_by_whom_others_can() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let [plain, replaced] = ["plain", "replaced"].map(|name| folder.path().join(name));
        fs::write(&plain, b"").unwrap();
        replace(&replaced, b"").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&replaced), mode(&plain));
    }
}
