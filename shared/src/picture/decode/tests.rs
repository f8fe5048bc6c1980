//! Pictures built here, byte by byte where it matters.

use image::ImageEncoder;
use image::codecs::{jpeg::JpegEncoder, png::PngEncoder, tiff::TiffEncoder, webp::WebPEncoder};
use png::{BitDepth, ColorType};

use super::super::Depth;
use super::*;

fn decoded(bytes: &[u8]) -> Picture {
    Picture::decode(bytes, &Limits::PAGE).unwrap()
}

fn refusal(bytes: &[u8]) -> PictureError {
    Picture::decode(bytes, &Limits::PAGE).unwrap_err()
}

fn eight(samples: &[u8]) -> Samples {
    Samples::Eight(samples.to_vec())
}

type Palette<'a> = Option<(&'a [u8], &'a [u8])>;

fn png_of(
    width: u32,
    height: u32,
    color: ColorType,
    depth: BitDepth,
    palette: Palette,
    data: &[u8],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if let Some((colors, alpha)) = palette {
        encoder.set_palette(colors);
        if !alpha.is_empty() {
            encoder.set_trns(alpha);
        }
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

/// A picture of 24 × 17 that does not compress to nothing.
fn rgb() -> Vec<u8> {
    (0..24 * 17 * 3)
        .map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8 / 8 + (at / 8) as u8)
        .collect()
}

fn jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).encode(&rgb(), 24, 17, ExtendedColorType::Rgb8).unwrap();
    bytes
}

fn webp() -> Vec<u8> {
    let mut bytes = Vec::new();
    WebPEncoder::new_lossless(&mut bytes).encode(&rgb(), 24, 17, ExtendedColorType::Rgb8).unwrap();
    bytes
}

fn tiff(data: &[u8], width: u32, height: u32, color: ExtendedColorType) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    TiffEncoder::new(&mut bytes).write_image(data, width, height, color).unwrap();
    bytes.into_inner()
}

/// A TIFF of one strip: entries of short numbers, ascending tags, the strip's offset and length added.
fn tiff_by_hand(width: u32, height: u32, entries: &[(u16, &[u16])], data: &[u8]) -> Vec<u8> {
    const START: u32 = 400;
    let mut all: Vec<(u16, u16, Vec<u32>)> = vec![
        (256, 4, vec![width]),
        (257, 4, vec![height]),
        (273, 4, vec![START]),
        (278, 4, vec![height]),
        (279, 4, vec![data.len() as u32]),
    ];
    all.extend(entries.iter().map(|(tag, values)| (*tag, 3, values.iter().map(|v| u32::from(*v)).collect())));
    all.sort_by_key(|(tag, ..)| *tag);
    let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
    bytes.extend((all.len() as u16).to_le_bytes());
    let mut behind = Vec::new();
    for (tag, kind, values) in &all {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend((values.len() as u32).to_le_bytes());
        let packed: Vec<u8> = match kind {
            3 => values.iter().flat_map(|v| (*v as u16).to_le_bytes()).collect(),
            _ => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        if packed.len() <= 4 {
            bytes.extend([packed.clone(), vec![0; 4 - packed.len()]].concat());
        } else {
            bytes.extend((300 + behind.len() as u32).to_le_bytes());
            behind.extend(packed);
        }
    }
    bytes.resize(300, 0);
    bytes.extend(behind);
    bytes.resize(START as usize, 0);
    bytes.extend(data);
    bytes
}

const BITS: u16 = 258;
const PHOTOMETRIC: u16 = 262;
const SAMPLES: u16 = 277;
const SAMPLE_FORMAT: u16 = 339;

#[test]
fn grey_of_few_bits_is_spread_over_eight() {
    let one = decoded(&png_of(
        10,
        2,
        ColorType::Grayscale,
        BitDepth::One,
        None,
        &[0b1010_0000, 0b0100_0000, 0xff, 0],
    ));
    assert_eq!((one.height(), one.width(), one.colors()), (2, 10, Colors::Gray));
    assert_eq!(one.format(), Some(Format::Png));
    let first = [255, 0, 255, 0, 0, 0, 0, 0, 0, 255];
    let second = [255, 255, 255, 255, 255, 255, 255, 255, 0, 0];
    assert_eq!(one.samples(), &eight(&[first, second].concat()));
    let four = decoded(&png_of(3, 1, ColorType::Grayscale, BitDepth::Four, None, &[0x0f, 0x10]));
    assert_eq!(four.samples(), &eight(&[0, 255, 17]));
}

#[test]
fn a_palette_becomes_rgb_with_the_alpha_it_names() {
    let colors = [10, 20, 30, 40, 50, 60, 70, 80, 90, 255, 255, 255];
    let data = [0b0001_1011];
    let picture =
        decoded(&png_of(4, 1, ColorType::Indexed, BitDepth::Two, Some((&colors, &[0, 128])), &data));
    assert_eq!((picture.colors(), picture.samples()), (Colors::Rgb, &eight(&colors)));
    assert_eq!(picture.alpha(), Some(&eight(&[0, 128, 255, 255])), "what tRNS leaves out is opaque");
    let opaque = decoded(&png_of(4, 1, ColorType::Indexed, BitDepth::Two, Some((&colors, &[])), &data));
    assert_eq!(opaque.alpha(), None);
}

#[test]
fn an_index_beyond_the_palette_does_no_harm() {
    let file = png_of(2, 1, ColorType::Indexed, BitDepth::Eight, Some((&[1, 2, 3], &[])), &[0, 200]);
    if let Ok(picture) = Picture::decode(&file, &Limits::PAGE) {
        assert_eq!(picture.samples().len(), 6);
    }
}

#[test]
fn sixteen_bits_stay_sixteen() {
    let gray =
        decoded(&png_of(2, 1, ColorType::Grayscale, BitDepth::Sixteen, None, &[0x12, 0x34, 0xff, 0xfe]));
    assert_eq!(gray.samples(), &Samples::Sixteen(vec![0x1234, 0xfffe]));
    let levels: Vec<u16> = (1..=8).map(|at| at * 1111).collect();
    let bytes: Vec<u8> = levels.iter().flat_map(|level| level.to_be_bytes()).collect();
    let rgba = decoded(&png_of(1, 2, ColorType::Rgba, BitDepth::Sixteen, None, &bytes));
    assert_eq!(rgba.depth(), Depth::Sixteen);
    assert_eq!(rgba.samples(), &Samples::Sixteen([&levels[..3], &levels[4..7]].concat()));
    assert_eq!(rgba.alpha(), Some(&Samples::Sixteen(vec![levels[3], levels[7]])));
    let native: Vec<u8> = levels[..6].iter().flat_map(|level| level.to_ne_bytes()).collect();
    let tiff = decoded(&tiff(&native, 2, 1, ExtendedColorType::Rgb16));
    assert_eq!(
        (tiff.samples(), tiff.format()),
        (&Samples::Sixteen(levels[..6].to_vec()), Some(Format::Tiff))
    );
}

#[test]
fn grey_with_alpha_is_parted() {
    let data = [10, 200, 20, 0, 30, 255];
    let picture = decoded(&png_of(3, 1, ColorType::GrayscaleAlpha, BitDepth::Eight, None, &data));
    assert_eq!((picture.colors(), picture.samples()), (Colors::Gray, &eight(&[10, 20, 30])));
    assert_eq!(picture.alpha(), Some(&eight(&[200, 0, 255])));
}

#[test]
fn a_picture_of_one_pixel_is_read() {
    let picture = decoded(&png_of(1, 1, ColorType::Rgb, BitDepth::Eight, None, &[1, 2, 3]));
    assert_eq!((picture.height(), picture.width(), picture.samples()), (1, 1, &eight(&[1, 2, 3])));
}

#[test]
fn webp_and_jpeg_are_read_by_content() {
    let webp = decoded(&webp());
    assert_eq!((webp.samples(), webp.format()), (&eight(&rgb()), Some(Format::WebP)));
    let jpeg = decoded(&jpeg());
    assert_eq!((jpeg.height(), jpeg.width(), jpeg.format()), (17, 24, Some(Format::Jpeg)));
    let Samples::Eight(samples) = jpeg.samples() else { panic!("16 bits") };
    let apart: u32 = samples.iter().zip(rgb()).map(|(a, b)| u32::from(a.abs_diff(b))).sum();
    assert!(apart < 20 * samples.len() as u32, "{apart}");
}

/// A segment of EXIF with nothing but the orientation, behind the start marker.
fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let exif =
        [b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", &[orientation, 0, 0][..], &[0; 4]]
            .concat();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn exif_orientation_is_applied() {
    let stored = decoded(&jpeg());
    for tag in 1..=8 {
        let picture = decoded(&turned(&jpeg(), tag));
        let expected = if tag < 5 { (17, 24) } else { (24, 17) };
        assert_eq!((picture.height(), picture.width()), expected, "tag {tag}");
        let corner = stored.display(0..1, 0..1).samples;
        let (row, column) = match tag {
            1 | 5 => (0, 0),
            2 | 6 => (0, picture.width() - 1),
            3 | 7 => (picture.height() - 1, picture.width() - 1),
            _ => (picture.height() - 1, 0),
        };
        assert_eq!(picture.display(row..row + 1, column..column + 1).samples, corner, "tag {tag}");
    }
    assert_eq!(decoded(&turned(&jpeg(), 77)).samples(), stored.samples());
}

/// Orientation 6: the first column becomes the first row, from the right.
#[test]
fn orientation_is_applied_in_the_other_formats_too() {
    const ORIENTATION: u16 = 274;
    let entries: &[(u16, &[u16])] =
        &[(BITS, &[8]), (PHOTOMETRIC, &[1]), (SAMPLES, &[1]), (ORIENTATION, &[6])];
    let tiff = tiff_by_hand(3, 1, entries, &[1, 2, 3]);
    let exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    let (mut png, mut webp) = (Vec::new(), Vec::new());
    let mut encoder = PngEncoder::new(&mut png);
    encoder.set_exif_metadata(exif.clone()).unwrap();
    encoder.write_image(&[1, 2, 3], 3, 1, ExtendedColorType::L8).unwrap();
    let mut encoder = WebPEncoder::new_lossless(&mut webp);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(&[1, 2, 3], 3, 1, ExtendedColorType::L8).unwrap();
    for file in [tiff, png, webp] {
        let picture = decoded(&file);
        assert_eq!((picture.height(), picture.width()), (3, 1), "{:?}", picture.format());
        let first = picture.display(0..3, 0..1).samples;
        assert!(first.is_sorted() && first[0] < first[6], "{:?}: {first:?}", picture.format());
    }
}

#[test]
fn white_may_be_zero_in_a_tiff() {
    let of = |bits: u16, data: &[u8]| {
        let entries: &[(u16, &[u16])] = &[(BITS, &[bits]), (PHOTOMETRIC, &[0]), (SAMPLES, &[1])];
        decoded(&tiff_by_hand(2, 1, entries, data))
    };
    assert_eq!(of(8, &[0, 200]).samples(), &eight(&[255, 55]));
    assert_eq!(of(16, &[0, 0, 1, 0]).samples(), &Samples::Sixteen(vec![65535, 65534]));
    assert_eq!(of(1, &[0b0100_0000]).samples(), &eight(&[255, 0]));
}

#[test]
fn a_float_tiff_is_clamped_to_sixteen_bits_or_refused_by_name() {
    let floats: Vec<u8> = [-1.0_f32, 0.5, 7.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    let entries: &[(u16, &[u16])] =
        &[(BITS, &[32, 32, 32]), (PHOTOMETRIC, &[2]), (SAMPLES, &[3]), (SAMPLE_FORMAT, &[3, 3, 3])];
    let color = decoded(&tiff_by_hand(1, 1, entries, &floats));
    assert_eq!(color.samples(), &Samples::Sixteen(vec![0, 32768, 65535]));
    let gray: &[(u16, &[u16])] =
        &[(BITS, &[32]), (PHOTOMETRIC, &[1]), (SAMPLES, &[1]), (SAMPLE_FORMAT, &[3])];
    let refused = refusal(&tiff_by_hand(1, 1, gray, &floats[..4]));
    assert!(matches!(refused, PictureError::Unsupported { .. }));
    assert!(refused.to_string().starts_with("a TIFF picture of 32 bits a pixel"), "{refused}");
}

/// With three or four samples, `image` would take them for floats.
#[test]
fn a_tiff_of_wide_integers_is_refused_by_name() {
    let data = [7; 16];
    for samples in [1, 3, 4] {
        let bits = vec![32; samples];
        for format in [&vec![1; samples], &vec![2; samples], &Vec::new()] {
            let photometric: &[u16] = if samples == 1 { &[1] } else { &[2] };
            let count = [samples as u16];
            let mut entries: Vec<(u16, &[u16])> =
                vec![(BITS, &bits), (PHOTOMETRIC, photometric), (SAMPLES, &count)];
            if !format.is_empty() {
                entries.push((SAMPLE_FORMAT, format));
            }
            let refused = refusal(&tiff_by_hand(1, 1, &entries, &data[..4 * samples])).to_string();
            assert!(refused.starts_with("a TIFF picture of 32-bit integers (read are"), "{refused}");
        }
    }
}

#[test]
fn a_jpeg_of_twelve_bits_or_of_another_coding_is_refused_by_name() {
    let mut jpeg = jpeg();
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    jpeg[frame + 1] = 0xc9;
    let refused = refusal(&jpeg).to_string();
    assert!(refused.starts_with("a JPEG picture of this coding"), "{refused}");
    jpeg[frame + 1] = 0xc1;
    jpeg[frame + 4] = 12;
    let refused = refusal(&jpeg).to_string();
    assert!(refused.starts_with("a JPEG picture of 12 bits a sample"), "{refused}");
}

#[test]
fn four_inks_are_refused_by_name() {
    let message = |format| {
        format!("a {format} picture in CMYK (four inks instead of red, green, blue) is not supported")
    };
    let entries: &[(u16, &[u16])] = &[(BITS, &[8, 8, 8, 8]), (PHOTOMETRIC, &[5]), (SAMPLES, &[4])];
    assert_eq!(refusal(&tiff_by_hand(1, 1, entries, &[1, 2, 3, 4])).to_string(), message("TIFF"));
    assert_eq!(refusal(&jpeg_of_four_inks()).to_string(), message("JPEG"));
}

/// A baseline JPEG whose four components share the tables of a grey one.
fn jpeg_of_four_inks() -> Vec<u8> {
    let mut gray = Vec::new();
    JpegEncoder::new(&mut gray).encode(&[128; 64], 8, 8, ExtendedColorType::L8).unwrap();
    let at = |marker: u8| gray.windows(2).position(|pair| pair == [0xff, marker]).unwrap();
    let (frame, scan) = (at(0xc0), at(0xda));
    let inks =
        |behind: [u8; 2]| (1..=4).flat_map(move |ink| [&[ink][..], &behind].concat()).collect::<Vec<u8>>();
    let components = inks([0x11, 0]);
    let selectors: Vec<u8> = (1..=4).flat_map(|ink| [ink, 0]).collect();
    [
        &gray[..frame],
        b"\xff\xc0\0\x14\x08\0\x08\0\x08\x04",
        &components,
        &gray[frame + 13..scan],
        b"\xff\xda\0\x0e\x04",
        &selectors,
        b"\0\x3f\0\0\0\0\0\xff\xd9",
    ]
    .concat()
}

#[test]
fn bombs_are_refused_with_both_numbers() {
    let mut png = Vec::new();
    let mut writer = png::Encoder::new(&mut png, 100_000, 100_000).write_header().unwrap();
    writer.write_chunk(png::chunk::IDAT, &[]).unwrap();
    drop(writer);
    assert_eq!(refusal(&png).to_string(), "picture is 100000 × 100000, at most 65535 pixels a side are read");

    let mut jpeg = jpeg();
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0, 0xff, 0]);
    let message = "picture is 65280 × 65280 = 4261.4784 megapixels, at most 64 are read";
    assert_eq!(refusal(&jpeg).to_string(), message);

    let entries: &[(u16, &[u16])] = &[(BITS, &[16]), (PHOTOMETRIC, &[1]), (SAMPLES, &[1])];
    let tiff = tiff_by_hand(8001, 8000, entries, &[]);
    assert_eq!(refusal(&tiff).to_string(), "picture is 8001 × 8000 = 64.008 megapixels, at most 64 are read");

    let narrow = Limits { allocation: 1000, ..Limits::PAGE };
    let message = "picture is 24 × 17 and needs 1 MiB to read, at most 1 are used";
    assert_eq!(Picture::decode(&webp(), &narrow).unwrap_err().to_string(), message);
}

#[test]
fn sides_of_four_thousand_million_do_no_harm() {
    for (width, height) in [(u32::MAX >> 1, 1), (1, u32::MAX >> 1), (u32::MAX >> 1, u32::MAX >> 1)] {
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, width, height);
        encoder.set_color(ColorType::Rgba);
        encoder.set_depth(BitDepth::Sixteen);
        let mut writer = encoder.write_header().unwrap();
        writer.write_chunk(png::chunk::IDAT, &[]).unwrap();
        drop(writer);
        assert!(
            matches!(refusal(&png), PictureError::TooLarge(_)),
            "{width} × {height}: {:?}",
            refusal(&png)
        );
    }
}

#[test]
fn a_profile_that_unpacks_to_much_is_not_unpacked() {
    let mut profile = Vec::new();
    let mut writer = png::Encoder::new(&mut profile, 16_000, 16_000).write_header().unwrap();
    writer.write_image_data(&vec![0; 256_000_000]).unwrap();
    writer.finish().unwrap();
    let start = profile.windows(4).position(|name| name == b"IDAT").unwrap();
    let length = u32::from_be_bytes(profile[start - 4..start].try_into().unwrap()) as usize;
    let packed = &profile[start + 4..start + 4 + length];
    let mut bytes = Vec::new();
    let mut writer = png::Encoder::new(&mut bytes, 1, 1).write_header().unwrap();
    writer.write_chunk(png::chunk::iCCP, &[b"p\0\0", packed].concat()).unwrap();
    writer.write_image_data(&[7]).unwrap();
    writer.finish().unwrap();
    assert_eq!(decoded(&bytes).samples(), &eight(&[7]));
}

#[test]
fn an_empty_picture_is_broken() {
    let entries: &[(u16, &[u16])] = &[(BITS, &[8]), (PHOTOMETRIC, &[1]), (SAMPLES, &[1])];
    assert!(matches!(refusal(&tiff_by_hand(0, 5, entries, &[])), PictureError::Broken { .. }));
    assert!(matches!(refusal(b"\x89PNG\r\n\x1a\n"), PictureError::Broken { format: Format::Png, .. }));
}

/// A cut file is refused, or (where only what follows the pixels is gone) read to the same pixels.
#[test]
fn a_file_cut_anywhere_is_refused() {
    let rgba: Vec<u8> = rgb().as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, *r]).collect();
    let files = [
        png_of(24, 17, ColorType::Rgba, BitDepth::Eight, None, &rgba),
        jpeg(),
        turned(&jpeg(), 6),
        webp(),
        tiff(&rgb(), 24, 17, ExtendedColorType::Rgb8),
    ];
    for file in files {
        let whole = decoded(&file);
        let cuts = (0..file.len()).step_by(37).chain(file.len().saturating_sub(16)..file.len());
        for length in cuts {
            match Picture::decode(&file[..length], &Limits::PAGE) {
                Err(PictureError::Broken { .. } | PictureError::Unrecognized { .. }) => {}
                Err(other) => panic!("{:?} cut at {length}: {other}", whole.format()),
                Ok(cut) => assert!(cut == whole, "{:?} cut at {length} of {}", whole.format(), file.len()),
            }
        }
    }
}

#[test]
fn changed_bytes_do_no_harm() {
    let files = [
        png_of(24, 17, ColorType::Rgb, BitDepth::Eight, None, &rgb()),
        jpeg(),
        webp(),
        tiff(&rgb(), 24, 17, ExtendedColorType::Rgb8),
    ];
    for file in files {
        for at in (0..file.len()).step_by(3) {
            for value in [0, 0x7f, 0xff] {
                let mut changed = file.clone();
                changed[at] = value;
                if let Ok(picture) = Picture::decode(&changed, &Limits::PAGE) {
                    assert!(picture.height() > 0 && picture.width() > 0);
                }
            }
        }
    }
}

#[test]
fn the_message_of_a_cut_file_says_so() {
    let jpeg = jpeg();
    for length in [300, jpeg.len() - 2] {
        let message = format!("broken JPEG picture: it ends after {length} bytes, before its end marker");
        assert_eq!(refusal(&jpeg[..length]).to_string(), message);
    }
    let early = |format| format!("broken {format} picture: the file ends before the picture does");
    let png = png_of(24, 17, ColorType::Rgb, BitDepth::Eight, None, &rgb());
    assert_eq!(refusal(&png[..200]).to_string(), early("PNG"));
    let tiff = tiff(&rgb(), 24, 17, ExtendedColorType::Rgb8);
    assert_eq!(refusal(&tiff[..200]).to_string(), early("TIFF"));
    assert!(refusal(&webp()[..200]).to_string().starts_with("broken WebP picture: "));
}
