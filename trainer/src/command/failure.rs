//! What a failure says: the chain of causes, and one thing to do.

use astrochroma::picture::PictureError;
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
#[expect(clippy::print_stderr, reason = "the program's own messages")]
pub fn print(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
    if let Some(help) = help(error) {
        eprintln!("help: {help}");
    }
}

fn help(error: &anyhow::Error) -> Option<&'static str> {
    let of_picture = |error: &PictureError| match error {
        PictureError::Unrecognized { .. } | PictureError::Unsupported { .. } => {
            "convert it first; PNG, JPEG, TIFF and WebP are read"
        }
        PictureError::Broken { .. } => "the file is damaged or incomplete; fetch or save it again",
        PictureError::TooLarge(_) => "reduce the picture first; at most 64 megapixels are read",
        PictureError::Unwritable { .. } => "this is our fault; please report it with the message above",
    };
    let of_weights = |error: &WeightsError| match error {
        WeightsError::Manifest(_) => "the manifest is JSON as `astrochroma export` writes it",
        _ => "fetch the weights and their manifest.json again, both from one place",
    };
    let of_file = |error: &std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Some("check the path"),
        std::io::ErrorKind::PermissionDenied => Some("check who may read and write there"),
        _ => None,
    };
    error.chain().find_map(|cause| {
        None.or_else(|| cause.downcast_ref::<Refused>().map(|refused| refused.help))
            .or_else(|| cause.downcast_ref().map(of_picture))
            .or_else(|| cause.downcast_ref().map(of_weights))
            .or_else(|| cause.downcast_ref().and_then(of_file))
    })
}
