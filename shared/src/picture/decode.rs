//! Bytes to a picture: by content, upright, and refused before it can do harm.

use std::io::{Cursor, ErrorKind};

use image::error::{ImageError, UnsupportedErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader};
use tiff::tags::{SampleFormat, Tag};

use super::format::Format;
use super::jpeg::{Markers, Unknown};
use super::limits::{Limits, TooLarge};
use super::orientation::Turn;
use super::{Colors, Picture, PictureError, Samples};

/// See [`Picture::decode`].
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
    let format = Format::of(bytes)?;
    let markers = (format == Format::Jpeg).then(|| Markers::of(bytes));
    let fault = |error| match markers {
        Some(Markers { ended: false, .. }) => cut_short(bytes),
        _ => fault(format, limits, error),
    };
    check_header(bytes, format, limits)?;
    check_kind(bytes, format, markers)?;
    let mut decoder = reader(bytes, format, limits).into_decoder().map_err(fault)?;
    let (width, height) = decoder.dimensions();
    let (height, width) = (height as usize, width as usize);
    check_size(format, height, width, decoder.total_bytes(), limits)?;
    let inks = matches!(decoder.original_color_type(), ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16);
    match markers {
        Some(Markers { components: 4, .. }) => return Err(four_inks(format)),
        Some(Markers { ended: false, .. }) => return Err(cut_short(bytes)),
        _ if inks => return Err(four_inks(format)),
        _ => {}
    }
    // A tag that cannot be read says nothing about the picture.
    let turn = Turn::of(decoder.orientation().unwrap_or(Orientation::NoTransforms));
    let image = DynamicImage::from_decoder(decoder).map_err(fault)?;
    let (colors, samples, alpha) = planes(image).ok_or_else(|| PictureError::Unsupported {
        what: format!("the kind of samples of this {format} picture"),
    })?;
    let samples = upright(turn, samples, height, width, colors.channels());
    let alpha = alpha.map(|alpha| upright(turn, alpha, height, width, 1));
    let (height, width) = turn.size(height, width);
    Ok(Picture { height, width, colors, samples, alpha, format: Some(format) })
}

/// Bytes that a PNG decoder may hold besides the pixels: a row and what was unpacked of a colour profile.
const BESIDE_PIXELS: usize = 32 << 20;

/// Sides are not given to the decoders: their refusal would not name what they found.
fn reader<'a>(bytes: &'a [u8], format: Format, limits: &Limits) -> ImageReader<Cursor<&'a [u8]>> {
    let mut bounds = image::Limits::no_limits();
    bounds.max_alloc = Some(match format {
        Format::Png => limits.allocation.min(BESIDE_PIXELS) as u64,
        _ => limits.allocation as u64,
    });
    let format = match format {
        Format::Png => ImageFormat::Png,
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Tiff => ImageFormat::Tiff,
        Format::WebP => ImageFormat::WebP,
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(bounds);
    reader
}

/// The size that a PNG claims, before its decoder looks for the data that may never come.
fn check_header(bytes: &[u8], format: Format, limits: &Limits) -> Result<(), PictureError> {
    if format != Format::Png {
        return Ok(());
    }
    match png::Decoder::new(Cursor::new(bytes)).read_header_info() {
        Ok(info) => check_size(format, info.height as usize, info.width as usize, 0, limits),
        Err(_) => Ok(()),
    }
}

/// What the decoders would call broken, or take for something else.
fn check_kind(bytes: &[u8], format: Format, markers: Option<Markers>) -> Result<(), PictureError> {
    let what = match markers.and_then(|markers| markers.unknown) {
        Some(Unknown::Bits(bits)) => format!("a {format} picture of {bits} bits a sample (read are 8)"),
        Some(Unknown::Coding) => {
            format!(
                "a {format} picture of this coding (read are baseline and progressive with Huffman's code)"
            )
        }
        None if format == Format::Tiff && has_wide_integers(bytes) => {
            format!(
                "a {format} picture of 32-bit integers (read are 8 and 16 bits, and RGB of 32-bit floats)"
            )
        }
        None => return Ok(()),
    };
    Err(PictureError::Unsupported { what })
}

/// Whether samples are integers of 32 bits, which `image` would read as floats where there are three.
fn has_wide_integers(tiff: &[u8]) -> bool {
    let Ok(mut decoder) = tiff::decoder::Decoder::new(Cursor::new(tiff)) else { return false };
    let mut all = |tag| decoder.find_tag_unsigned_vec::<u16>(tag).ok().flatten().unwrap_or_default();
    let (bits, kinds) = (all(Tag::BitsPerSample), all(Tag::SampleFormat));
    bits.contains(&32) && kinds.iter().all(|kind| *kind != SampleFormat::IEEEFP.to_u16())
}

fn check_size(
    format: Format,
    height: usize,
    width: usize,
    bytes: u64,
    limits: &Limits,
) -> Result<(), PictureError> {
    if height == 0 || width == 0 {
        return Err(PictureError::Broken { format, reason: format!("it is {width} × {height} pixels") });
    }
    Ok(limits.check(height, width, bytes)?)
}

fn cut_short(jpeg: &[u8]) -> PictureError {
    let reason = format!("it ends after {} bytes, before its end marker", jpeg.len());
    PictureError::Broken { format: Format::Jpeg, reason }
}

fn four_inks(format: Format) -> PictureError {
    PictureError::Unsupported {
        what: format!("a {format} picture in CMYK (four inks instead of red, green, blue)"),
    }
}

/// Colours and alpha apart. None for a kind that no decoder here returns.
fn planes(image: DynamicImage) -> Option<(Colors, Samples, Option<Samples>)> {
    use DynamicImage::*;
    Some(match image {
        ImageLuma8(image) => (Colors::Gray, Samples::Eight(image.into_raw()), None),
        ImageLuma16(image) => (Colors::Gray, Samples::Sixteen(image.into_raw()), None),
        ImageRgb8(image) => (Colors::Rgb, Samples::Eight(image.into_raw()), None),
        ImageRgb16(image) => (Colors::Rgb, Samples::Sixteen(image.into_raw()), None),
        ImageLumaA8(image) => parted(Colors::Gray, image.into_raw(), Samples::Eight),
        ImageLumaA16(image) => parted(Colors::Gray, image.into_raw(), Samples::Sixteen),
        ImageRgba8(image) => parted(Colors::Rgb, image.into_raw(), Samples::Eight),
        ImageRgba16(image) => parted(Colors::Rgb, image.into_raw(), Samples::Sixteen),
        ImageRgb32F(image) => (Colors::Rgb, Samples::Sixteen(sixteen(&image)), None),
        ImageRgba32F(image) => parted(Colors::Rgb, sixteen(&image), Samples::Sixteen),
        _ => return None,
    })
}

/// Colours move together in place, so that only alpha is allocated.
fn parted<T: Copy>(
    colors: Colors,
    mut samples: Vec<T>,
    wrap: impl Fn(Vec<T>) -> Samples,
) -> (Colors, Samples, Option<Samples>) {
    let channels = colors.channels();
    let count = samples.len() / (channels + 1);
    let alpha = samples[channels..].iter().step_by(channels + 1).copied().collect();
    for pixel in 0..count {
        let stored = pixel * (channels + 1);
        samples.copy_within(stored..stored + channels, pixel * channels);
    }
    samples.truncate(count * channels);
    samples.shrink_to_fit();
    (colors, wrap(samples), Some(wrap(alpha)))
}

fn sixteen(values: &[f32]) -> Vec<u16> {
    values.iter().map(|value| (value.clamp(0.0, 1.0) * 65535.0 + 0.5) as u16).collect()
}

fn upright(turn: Turn, samples: Samples, height: usize, width: usize, channels: usize) -> Samples {
    match samples {
        Samples::Eight(samples) => Samples::Eight(turn.samples(samples, height, width, channels)),
        Samples::Sixteen(samples) => Samples::Sixteen(turn.samples(samples, height, width, channels)),
    }
}

/// What a decoder's error means to a caller.
fn fault(format: Format, limits: &Limits, error: ImageError) -> PictureError {
    let broken = |reason| PictureError::Broken { format, reason };
    match error {
        ImageError::Limits(_) => TooLarge::Decoding { limit: limits.allocation }.into(),
        ImageError::Unsupported(error) => {
            PictureError::Unsupported { what: unsupported(format, error.kind()) }
        }
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            broken("the file ends before the picture does".to_owned())
        }
        ImageError::IoError(error) => broken(error.to_string()),
        error => broken(cause(&error)),
    }
}

/// The words of the error below the outermost, on one line.
fn cause(error: &dyn std::error::Error) -> String {
    let words = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unsupported(format: Format, kind: UnsupportedErrorKind) -> String {
    match kind {
        UnsupportedErrorKind::Color(ExtendedColorType::Unknown(bits)) => format!(
            "a {format} picture of {bits} bits a pixel in this arrangement \
             (read are grey and RGB of 8 or 16 bits, and RGB of 32-bit floats)"
        ),
        UnsupportedErrorKind::GenericFeature(feature) => {
            format!("a feature of this {format} picture ({feature})")
        }
        _ => format!("this kind of {format} picture"),
    }
}

#[cfg(test)]
mod tests;
