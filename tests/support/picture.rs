//! Makes small pictures, reads PNG files to the last bit, and compares.

use image::{DynamicImage, GrayImage, ImageFormat};
use png::{BitDepth, ColorType};
use std::io::Cursor;

/// A PNG file as it is stored: no conversion.
#[derive(Debug)]
pub struct Decoded {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Grey, RGB, with or without alpha, palette.
    pub color: ColorType,
    /// Bits a sample.
    pub depth: BitDepth,
    /// Samples, rows first, channels last; below 8 bits a sample the packed bytes.
    pub samples: Vec<u16>,
    /// Keyword and text of each text chunk.
    pub texts: Vec<(String, String)>,
}

impl Decoded {
    /// Reads a PNG file.
    pub fn from_png(bytes: &[u8]) -> Self {
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
        let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut buffer).unwrap();
        reader.finish().unwrap();
        let bytes = &buffer[..frame.buffer_size()];
        let samples = match frame.bit_depth {
            BitDepth::Sixteen => {
                bytes.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect()
            }
            _ => bytes.iter().map(|byte| u16::from(*byte)).collect(),
        };
        let info = reader.info();
        let latin =
            info.uncompressed_latin1_text.iter().map(|chunk| (chunk.keyword.clone(), chunk.text.clone()));
        let packed = info
            .compressed_latin1_text
            .iter()
            .map(|chunk| (chunk.keyword.clone(), chunk.get_text().unwrap()));
        let unicode = info.utf8_text.iter().map(|chunk| (chunk.keyword.clone(), chunk.get_text().unwrap()));
        Self {
            width: frame.width,
            height: frame.height,
            color: frame.color_type,
            depth: frame.bit_depth,
            samples,
            texts: latin.chain(packed).chain(unicode).collect(),
        }
    }

    /// Width and height.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// One channel, counted from 0.
    pub fn channel(&self, index: usize) -> Vec<u16> {
        self.samples.iter().skip(index).step_by(self.color.samples()).copied().collect()
    }

    /// All text chunks, a line each.
    pub fn text(&self) -> String {
        self.texts.iter().map(|(keyword, text)| format!("{keyword}: {text}\n")).collect()
    }

    /// Asserts that another picture has the same form and differs by at most `tolerance` of the largest sample
    /// value anywhere, and by at most a twentieth of it in the mean.
    pub fn assert_close(&self, other: &Self, tolerance: f64) {
        assert_eq!((self.size(), self.color, self.depth), (other.size(), other.color, other.depth));
        let full = if self.depth == BitDepth::Sixteen { 65535.0 } else { 255.0 };
        let differences = || {
            let pairs = self.samples.iter().zip(&other.samples);
            pairs.map(|(one, two)| f64::from(one.abs_diff(*two)) / full)
        };
        let (largest, sum) =
            differences().fold((0.0, 0.0), |(most, sum), step| (f64::max(most, step), sum + step));
        let mean = sum / self.samples.len() as f64;
        assert!(
            largest <= tolerance && mean <= tolerance / 20.0,
            "largest difference {largest:.6}, mean {mean:.8}, at most {tolerance:.6} and a twentieth of it allowed"
        );
    }
}

/// A small grey sky: a slope, soft clouds and a few stars; not square, not constant, the same each time.
///
/// Values 0..=1, rows first.
pub fn sky(width: u32, height: u32) -> Vec<f32> {
    let star = |x: f32, y: f32, at: (f32, f32)| {
        let (dx, dy) = (x - at.0 * width as f32, y - at.1 * height as f32);
        (-(dx * dx + dy * dy) / 3.0).exp()
    };
    let value = |index: u32| {
        let (x, y) = ((index % width) as f32, (index / width) as f32);
        let cloud = 0.2 + 0.15 * (0.21 * x).sin() * (0.17 * y + 0.5).cos() + 0.1 * x / width as f32;
        let stars: f32 = [(0.2, 0.3), (0.7, 0.2), (0.55, 0.8)].map(|at| star(x, y, at)).iter().sum();
        (cloud + 0.7 * stars).clamp(0.0, 1.0)
    };
    (0..width * height).map(value).collect()
}

/// [`sky`] as an 8-bit grey PNG.
pub fn grey_png(width: u32, height: u32) -> Vec<u8> {
    png(width, height, ColorType::Grayscale, BitDepth::Eight, &grey_bytes(width, height))
}

/// [`sky`] as a 16-bit grey PNG.
pub fn grey_16_png(width: u32, height: u32) -> Vec<u8> {
    let samples = sky(width, height).into_iter().map(|value| (value * 65535.0).round() as u16);
    let bytes: Vec<u8> = samples.flat_map(u16::to_be_bytes).collect();
    png(width, height, ColorType::Grayscale, BitDepth::Sixteen, &bytes)
}

/// [`sky`] in one of the formats of the crate `image`.
pub fn grey_file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let grey = GrayImage::from_raw(width, height, grey_bytes(width, height)).unwrap();
    let mut bytes = Cursor::new(Vec::new());
    // The WebP encoder takes no grey.
    DynamicImage::ImageLuma8(grey).to_rgb8().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A part of a picture, grey, as PNG.
pub fn cropped_png(picture: &[u8], width: u32, height: u32) -> Vec<u8> {
    let whole = image::load_from_memory(picture).unwrap();
    let (x, y) = ((whole.width() - width) / 2, (whole.height() - height) / 2);
    let part = whole.crop_imm(x, y, width, height).to_luma8();
    png(width, height, ColorType::Grayscale, BitDepth::Eight, part.as_raw())
}

/// [`sky`] in samples of 8 bits.
pub fn grey_bytes(width: u32, height: u32) -> Vec<u8> {
    sky(width, height).into_iter().map(|value| (value * 255.0).round() as u8).collect()
}

/// A PNG file of these packed samples.
pub fn png(width: u32, height: u32, color: ColorType, depth: BitDepth, samples: &[u8]) -> Vec<u8> {
    png_with(width, height, color, depth, None, samples)
}

/// A PNG file with a palette of RGB triples.
pub fn palette_png(width: u32, height: u32, palette: &[u8], indices: &[u8]) -> Vec<u8> {
    png_with(width, height, ColorType::Indexed, BitDepth::Eight, Some(palette), indices)
}

fn png_with(
    width: u32,
    height: u32,
    color: ColorType,
    depth: BitDepth,
    palette: Option<&[u8]>,
    samples: &[u8],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if let Some(palette) = palette {
        encoder.set_palette(palette);
    }
    encoder.write_header().unwrap().write_image_data(samples).unwrap();
    bytes
}

/// A PNG file of 45 bytes whose header claims any size; no pixel follows.
pub fn header_only_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(ColorType::Grayscale);
    drop(encoder.write_header().unwrap());
    bytes
}

/// A JPEG of [`sky`] that says in its EXIF block that it has to be turned by 90 degrees to stand upright.
pub fn lying_jpeg(width: u32, height: u32) -> Vec<u8> {
    let jpeg = grey_file(width, height, ImageFormat::Jpeg);
    // Big-endian TIFF header, one directory entry: tag 0x0112 (orientation), type 3 (u16), one value, 6.
    let block = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = u16::try_from(block.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, block, &jpeg[2..]].concat()
}

/// The grey value that has the same lightness as an sRGB colour; all values 0..=1.
///
/// IEC 61966-2-1: relative luminance of the colour, encoded again.
pub fn grey_of(rgb: [f64; 3]) -> f64 {
    let linear = |value: f64| {
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
    if luminance <= 0.003_130_8 { luminance * 12.92 } else { 1.055 * luminance.powf(1.0 / 2.4) - 0.055 }
}
