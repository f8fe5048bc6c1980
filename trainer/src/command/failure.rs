//! What a failure says: the chain of causes, and one thing to do.

use crate::files::Unfit;
use crate::say;
use crate::training::checkpoint::Damaged;
use astrochroma::picture::PictureError;
use astrochroma::picture::limits::TooLarge;
use astrochroma::weights::WeightsError;

/// Refused before anything was done; the user's to mend.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Refused {
    what: String,
    help: &'static str,
}

/// An error with one thing to do about it.
pub fn refused(what: String, help: &'static str) -> anyhow::Error {
    Refused { what, help }.into()
}

/// Writes an error, and what to do about it, where that is known.
pub fn print(error: &anyhow::Error) {
    say::note(format_args!("error: {error:#}"));
    if let Some(help) = help(error) {
        say::note(format_args!("help: {help}"));
    }
}

fn help(error: &anyhow::Error) -> Option<&'static str> {
    let of_picture = |error: &PictureError| match error {
        PictureError::Unrecognized { .. } => "PNG, JPEG, TIFF and WebP are read; convert it first",
        PictureError::Unsupported { .. } => {
            "save it with 8 or 16 bits, in shades of grey or RGB, as PNG, JPEG, TIFF or WebP"
        }
        PictureError::Broken { .. } => "the file is damaged or incomplete; fetch or save it again",
        PictureError::TooLarge(TooLarge::Result { .. }) => {
            "reduce the picture first, or use `colorize`, which keeps its size"
        }
        PictureError::TooLarge(_) => "reduce the picture first; at most 64 megapixels and 512 MiB are read",
        PictureError::Unwritable { .. } => "this is our fault; please report it with the message above",
    };
    let of_weights = |error: &WeightsError| match error {
        WeightsError::Manifest(_) => "the manifest is JSON as `astrochroma export` writes it",
        _ => "fetch the weights and their manifest.json again, both from one place",
    };
    let unfit = |error: &Unfit| match error {
        Unfit::NoFile(_) => "name a file; what a pipe gives can be saved into one first",
        Unfit::TooLong { .. } => "see whether it is the right file; of a picture, reduce it first",
        Unfit::NoFolder(_) => "name a folder; it is made where there is none",
    };
    let damaged = |_: &Damaged| "train into a new folder; `start` in the configuration goes on from weights, as from the run's best.safetensors or the checkpoint's average.safetensors";
    let of_file = |error: &std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Some("check the path"),
        std::io::ErrorKind::PermissionDenied => Some("check who may read and write there"),
        std::io::ErrorKind::StorageFull => Some("make room on the disk; what was there before is kept"),
        _ => None,
    };
    error.chain().find_map(|cause| {
        None.or_else(|| cause.downcast_ref::<Refused>().map(|refused| refused.help))
            .or_else(|| cause.downcast_ref().map(damaged))
            .or_else(|| cause.downcast_ref().map(unfit))
            .or_else(|| cause.downcast_ref().map(of_picture))
            .or_else(|| cause.downcast_ref().map(of_weights))
            .or_else(|| cause.downcast_ref().and_then(of_file))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use astrochroma::picture::limits::Limits;

    #[test]
    fn each_limit_names_its_own_way_out() {
        let help_for = |error: TooLarge| help(&anyhow::Error::new(PictureError::from(error))).unwrap();
        let read = Limits::NATIVE.check(8000, 8001, 0).unwrap_err();
        assert!(help_for(read).contains("at most 64 megapixels"), "{}", help_for(read));
        let made = Limits::NATIVE.check_result(16_000, 16_001).unwrap_err();
        assert!(help_for(made).contains("`colorize`"), "{}", help_for(made));
    }
}
