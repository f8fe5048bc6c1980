//! A picture to the bytes of a PNG, with words about it inside.

use png::{BitDepth, ColorType, Compression, Encoder, SrgbRenderingIntent};
use std::io::Write;

use super::{Colors, Depth, Picture, PictureError, Samples};

/// Bytes handed to the compressor at a time.
const CHUNK: usize = 1 << 18;

/// A PNG of the picture's own depth and colours, marked as sRGB.
///
/// `text` goes in as pairs of keyword and UTF-8 text (iTXt). A keyword has 1 to 79 characters of Latin-1
/// (PNG, third edition, 11.3.3).
///
/// # Errors
/// [`PictureError::Unwritable`] for a keyword that is none, or a side above 2³¹ − 1.
pub fn png(picture: &Picture, text: &[(String, String)]) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    write(picture, text, &mut bytes)
        .map_err(|error| PictureError::Unwritable { reason: error.to_string() })?;
    Ok(bytes)
}

fn write(picture: &Picture, text: &[(String, String)], to: &mut Vec<u8>) -> Result<(), png::EncodingError> {
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let mut encoder = Encoder::new(to, side(picture.width), side(picture.height));
    encoder.set_color(match (picture.colors, &picture.alpha) {
        (Colors::Gray, None) => ColorType::Grayscale,
        (Colors::Gray, Some(_)) => ColorType::GrayscaleAlpha,
        (Colors::Rgb, None) => ColorType::Rgb,
        (Colors::Rgb, Some(_)) => ColorType::Rgba,
    });
    encoder.set_depth(match picture.depth() {
        Depth::Eight => BitDepth::Eight,
        Depth::Sixteen => BitDepth::Sixteen,
    });
    encoder.set_compression(Compression::Fast);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    for (keyword, text) in text {
        encoder.add_itxt_chunk(keyword.clone(), text.clone())?;
    }
    let mut writer = encoder.write_header()?;
    let mut data = writer.stream_writer_with_size(CHUNK)?;
    let mut row_bytes = Vec::new();
    for row in 0..picture.height {
        row_bytes.clear();
        extend_row(picture, row, &mut row_bytes);
        data.write_all(&row_bytes)?;
    }
    data.finish()?;
    writer.finish()
}

/// A row as PNG stores it: alpha behind the colours of its pixel, high byte first.
fn extend_row(picture: &Picture, row: usize, to: &mut Vec<u8>) {
    let channels = picture.colors.channels();
    let pixels = row * picture.width..(row + 1) * picture.width;
    let colors = pixels.start * channels..pixels.end * channels;
    match (&picture.samples, &picture.alpha) {
        (Samples::Eight(samples), None) => to.extend_from_slice(&samples[colors]),
        (Samples::Eight(samples), Some(Samples::Eight(alpha))) => {
            for (color, alpha) in samples[colors].chunks_exact(channels).zip(&alpha[pixels]) {
                to.extend_from_slice(color);
                to.push(*alpha);
            }
        }
        (Samples::Sixteen(samples), alpha) => {
            let alpha = match alpha {
                Some(Samples::Sixteen(alpha)) => Some(&alpha[pixels]),
                _ => None,
            };
            for (at, color) in samples[colors].chunks_exact(channels).enumerate() {
                to.extend(color.iter().flat_map(|sample| sample.to_be_bytes()));
                to.extend(alpha.iter().flat_map(|alpha| alpha[at].to_be_bytes()));
            }
        }
        (Samples::Eight(_), Some(Samples::Sixteen(_))) => {
            unreachable!("alpha has the depth of the colours: the decoder and `Canvas::finish` see to it")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Limits;
    use super::*;

    fn picture(colors: Colors, deep: bool, alpha: bool) -> Picture {
        let (height, width) = (5, 7);
        let samples = |count: usize, step: usize| match deep {
            false => Samples::Eight((0..count).map(|at| (at * step) as u8).collect()),
            true => Samples::Sixteen((0..count).map(|at| (at * step * 251) as u16).collect()),
        };
        let alpha = alpha.then(|| samples(height * width, 5));
        Picture {
            height,
            width,
            colors,
            samples: samples(height * width * colors.channels(), 3),
            alpha,
            format: None,
        }
    }

    #[test]
    fn every_kind_comes_back_to_the_bit() {
        for colors in [Colors::Gray, Colors::Rgb] {
            for (deep, alpha) in [(false, false), (false, true), (true, false), (true, true)] {
                let picture = picture(colors, deep, alpha);
                let read = Picture::decode(&png(&picture, &[]).unwrap(), &Limits::PAGE).unwrap();
                assert_eq!(Picture { format: None, ..read }, picture);
            }
        }
    }

    #[test]
    fn words_and_the_colour_space_are_inside() {
        let said = [
            ("Software".to_owned(), "Astrochroma 0.1.0".to_owned()),
            ("Comment".to_owned(), "colours are predicted, not measured: λ → a*, b*".to_owned()),
        ];
        let bytes = png(&picture(Colors::Rgb, false, false), &said).unwrap();
        let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let info = reader.info();
        assert_eq!(info.srgb, Some(SrgbRenderingIntent::Perceptual));
        let read: Vec<(String, String)> =
            info.utf8_text.iter().map(|chunk| (chunk.keyword.clone(), chunk.get_text().unwrap())).collect();
        assert_eq!(read, said);
    }

    #[test]
    fn a_keyword_that_is_none_is_refused() {
        let picture = picture(Colors::Gray, false, false);
        for keyword in [String::new(), "k".repeat(80), "λ".to_owned()] {
            let refused = png(&picture, &[(keyword, "text".to_owned())]).unwrap_err();
            assert!(refused.to_string().starts_with("cannot write PNG: "), "{refused}");
        }
    }
}
