//! What bytes are, told from the first of them: a format that is read, or the name of one that is not.

use std::fmt;

use super::error::PictureError;

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG, baseline or progressive.
    Jpeg,
    /// Tagged Image File Format, also with 64-bit offsets.
    Tiff,
    /// WebP, with or without loss.
    WebP,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Png => "PNG",
            Format::Jpeg => "JPEG",
            Format::Tiff => "TIFF",
            Format::WebP => "WebP",
        })
    }
}

/// First bytes of what is read. Those of RIFF are looked at further.
const READ: [(&[u8], Format); 6] = [
    (b"\x89PNG\r\n\x1a\n", Format::Png),
    (b"\xff\xd8\xff", Format::Jpeg),
    (b"II\x2a\0", Format::Tiff),
    (b"MM\0\x2a", Format::Tiff),
    (b"II\x2b\0", Format::Tiff),
    (b"MM\0\x2b", Format::Tiff),
];

/// First bytes of what people drop by mistake, with the name they know it by.
const KNOWN: [(&[u8], &str); 23] = [
    (b"%PDF", "a PDF"),
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"SIMPLE  =", "a FITS file"),
    (b"XISF0100", "an XISF file"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"8BPS", "a Photoshop file"),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (b"#?RADIANCE", "a Radiance picture"),
    (b"qoif", "a QOI picture"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x1a\x45\xdf\xa3", "a video"),
    (b"\x89HDF", "an HDF5 file"),
    (b"P5", "a PGM picture"),
    (b"P6", "a PPM picture"),
    (b"LUCA", "a SER video"),
];

impl Format {
    /// The format of some bytes.
    ///
    /// # Errors
    /// [`PictureError::Unrecognized`], with what they look like.
    pub(super) fn of(bytes: &[u8]) -> Result<Format, PictureError> {
        if let Some((_, format)) = READ.iter().find(|(start, _)| bytes.starts_with(start)) {
            return Ok(*format);
        }
        match bytes {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Format::WebP),
            _ => Err(PictureError::Unrecognized { looks_like: looks_like(bytes) }),
        }
    }
}

fn looks_like(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() {
        return Some("an empty file");
    }
    let known = KNOWN.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, kind)| *kind);
    known.or_else(|| boxed(bytes)).or_else(|| written(bytes))
}

/// Files of ISO boxes: their brand tells still pictures from videos.
fn boxed(bytes: &[u8]) -> Option<&'static str> {
    let [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] = bytes else { return None };
    match brand.get(..4)? {
        b"avif" | b"avis" => Some("an AVIF picture"),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"mif1" | b"msf1" => Some("a HEIC picture"),
        b"crx " => Some("a camera's raw picture"),
        _ => Some("a video"),
    }
}

/// Files of letters.
fn written(bytes: &[u8]) -> Option<&'static str> {
    let start = &bytes[..bytes.len().min(1024)];
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // A letter may be cut in two at the end.
        Err(error) if error.valid_up_to() + 4 > start.len() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return None,
    };
    let text = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    if text.starts_with("<!doctype html") || text.starts_with("<html") {
        Some("an HTML page")
    } else if text.contains("<svg") {
        Some("an SVG drawing")
    } else if text.starts_with("<?xml") {
        Some("an XML file")
    } else if !text.is_empty() && !text.contains('\0') {
        Some("a text file")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &[u8]) -> String {
        Format::of(bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (bytes, kind) in [
            (&b""[..], "an empty file"),
            (b"%PDF-1.7\n", "a PDF"),
            (b"GIF89a\x01\0\x01\0", "a GIF"),
            (b"BM\x46\0\0\0", "a BMP"),
            (b"SIMPLE  =                    T", "a FITS file"),
            (b"PK\x03\x04\x14\0", "a ZIP archive"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture"),
            (b"\0\0\0\x1cftypavif\0\0\0\0", "an AVIF picture"),
            (b"\0\0\0\x20ftypisom\0\0\0\0", "a video"),
            (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
            (b"\xff\x0a\xfa\x7f", "a JPEG XL picture"),
            (b"\n <!DOCTYPE html><html>", "an HTML page"),
            (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
            (b"M 51, the whirlpool", "a text file"),
        ] {
            assert_eq!(
                message(bytes),
                format!("not a PNG, JPEG, TIFF or WebP picture, it looks like {kind}")
            );
        }
    }

    #[test]
    fn what_is_unknown_is_not_guessed() {
        assert_eq!(message(&[1, 2, 3, 200, 201, 202, 1, 2, 3]), "not a PNG, JPEG, TIFF or WebP picture");
        assert_eq!(message(b"RIFF\0\0\0\0WAVEfmt \xff\xfe\xfd\xfc"), "not a PNG, JPEG, TIFF or WebP picture");
    }
}
