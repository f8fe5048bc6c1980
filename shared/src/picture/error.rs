//! What can be wrong with a picture: a variant for each cause that a caller treats differently.

use super::format::Format;
use super::limits::TooLarge;

/// Why bytes did not become a picture, or a picture not bytes.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// None of the formats that are read.
    #[error("not a PNG, JPEG, TIFF or WebP picture{}", guess(.looks_like))]
    Unrecognized {
        /// What the first bytes say it is, with its article: "a PDF", "an empty file".
        looks_like: Option<&'static str>,
    },
    /// Of a format that is read, but damaged or cut short.
    #[error("broken {format} picture: {reason}")]
    Broken {
        /// What it is by its first bytes.
        format: Format,
        /// What the decoder met.
        reason: String,
    },
    /// Above a limit, which is named with what was found.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// Sound, but of a kind that is not read.
    #[error("{what} is not supported")]
    Unsupported {
        /// The kind, by name: "a JPEG picture in CMYK".
        what: String,
    },
    /// A picture that could not be written.
    #[error("cannot write PNG: {reason}")]
    Unwritable {
        /// What the encoder met.
        reason: String,
    },
}

fn guess(looks_like: &Option<&'static str>) -> String {
    looks_like.map(|kind| format!(", it looks like {kind}")).unwrap_or_default()
}
