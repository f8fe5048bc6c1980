//! One resampler, in floats: the filters of Pillow, which made the pictures that networks are trained on.
//!
//! Where a picture shrinks, the filter is widened by the factor, so nothing is aliased; at the border the
//! taps outside are left out and the rest weighs more. Nothing is rounded or clamped here; Pillow does both to
//! 8-bit pictures between its two passes, which makes a level of difference, and a few beside what is
//! saturated (`tests/golden/resize/pillow`). [`bicubic_in_eight_bits`] does as Pillow does.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::F32;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use crate::raster::Raster;

/// A raster of another size by the triangle filter (Pillow's bilinear): for the network's view and for
/// previews.
pub fn reduced(raster: &Raster, height: usize, width: usize) -> Raster {
    resized(raster, height, width, FilterType::Bilinear)
}

/// A raster of another size by the bicubic filter with a = −0.5. It may leave the range of its input.
pub fn bicubic(raster: &Raster, height: usize, width: usize) -> Raster {
    resized(raster, height, width, FilterType::CatmullRom)
}

/// A smaller raster by [`bicubic`] as Pillow reduces pictures of 8 bits: across and then down, each time
/// clamped to 0..1 and rounded to 1/255.
///
/// Where the result is lower but wider, Pillow goes down first; that is not done here.
pub fn bicubic_in_eight_bits(raster: &Raster, height: usize, width: usize) -> Raster {
    let mut across = bicubic(raster, raster.height, width);
    round_to_eight_bits(&mut across);
    let mut down = bicubic(&across, height, width);
    round_to_eight_bits(&mut down);
    down
}

fn round_to_eight_bits(raster: &mut Raster) {
    for value in &mut raster.samples {
        *value = (value.clamp(0.0, 1.0) * 255.0 + 0.5).floor() / 255.0;
    }
}

/// A raster of another size by the Lanczos filter of three lobes. It may leave the range of its input.
pub fn lanczos(raster: &Raster, height: usize, width: usize) -> Raster {
    resized(raster, height, width, FilterType::Lanczos3)
}

/// Channel after channel: one kind of pixel keeps the program of the page small.
fn resized(raster: &Raster, height: usize, width: usize, filter: FilterType) -> Raster {
    let mut result = Raster::zeros(height, width, raster.channels);
    if result.samples.is_empty() || raster.samples.is_empty() {
        return result;
    }
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
    let mut resizer = Resizer::new();
    for channel in 0..raster.channels {
        let plane: Vec<F32> =
            raster.samples[channel..].iter().step_by(raster.channels).copied().map(F32::new).collect();
        let from = TypedImageRef::new(side(raster.width), side(raster.height), &plane);
        let from = from.expect("a plane holds height times width samples");
        let mut to = TypedImage::<F32>::new(side(width), side(height));
        resizer.resize_typed(&from, &mut to, &options).expect("neither plane is empty");
        let samples = result.samples[channel..].iter_mut().step_by(raster.channels);
        for (sample, pixel) in samples.zip(to.pixels()) {
            *sample = pixel.0;
        }
    }
    result
}

fn side(length: usize) -> u32 {
    u32::try_from(length).expect("no side is above 4294967295")
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, Picture, Samples};
    use super::*;

    macro_rules! golden {
        ($file:literal) => {
            include_bytes!(concat!("../../../tests/golden/resize/pillow/", $file))
        };
    }

    fn picture(bytes: &[u8]) -> (Raster, Vec<u8>) {
        let picture = Picture::decode(bytes, &Limits::PAGE).unwrap();
        let Samples::Eight(samples) = picture.samples().clone() else { panic!("16 bits") };
        (picture.display(0..picture.height(), 0..picture.width()), samples)
    }

    /// Largest and mean difference in levels of 255.
    fn apart(found: &Raster, expected: &[u8]) -> (f32, f32) {
        assert_eq!(found.samples.len(), expected.len());
        let levels = found.samples.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0 + 0.5).floor());
        let apart: Vec<f32> = levels.zip(expected).map(|(f, e)| (f - f32::from(*e)).abs()).collect();
        (apart.iter().copied().fold(0.0, f32::max), apart.iter().sum::<f32>() / apart.len() as f32)
    }

    #[test]
    fn pictures_agree_with_pillow_to_one_level() {
        type Resize = fn(&Raster, usize, usize) -> Raster;
        let (input, _) = picture(golden!("input.png"));
        let cases: [(&str, &[u8], Resize); 6] = [
            ("bilinear, a quarter", golden!("bilinear_x025.png"), reduced),
            ("bicubic, a quarter", golden!("bicubic_x025.png"), bicubic),
            ("Lanczos, a quarter", golden!("lanczos_x025.png"), lanczos),
            ("bicubic, 4 times", golden!("bicubic_x4.png"), bicubic),
            ("Lanczos, 4 times", golden!("lanczos_x4.png"), lanczos),
            ("bicubic, to 23 rows of 41", golden!("bicubic_23x41.png"), bicubic),
        ];
        for (name, file, resize) in cases {
            let (shape, expected) = picture(file);
            let found = resize(&input, shape.height, shape.width);
            let (largest, mean) = apart(&found, &expected);
            println!("{name}: largest difference {largest}, mean {mean:.4}");
            assert!(largest <= 1.0 && mean < 0.25, "{name}: {largest}, mean {mean}");
        }
    }

    #[test]
    fn eight_bits_agree_with_pillow_beside_what_is_saturated() {
        let (input, _) = picture(golden!("saturated.png"));
        for (name, file) in [
            ("a quarter", &golden!("saturated_bicubic_x025.png")[..]),
            ("to 17 rows of 23", golden!("saturated_bicubic_17x23.png")),
        ] {
            let (shape, expected) = picture(file);
            let (largest, mean) = apart(&bicubic_in_eight_bits(&input, shape.height, shape.width), &expected);
            let (floats, _) = apart(&bicubic(&input, shape.height, shape.width), &expected);
            println!("{name}: largest difference {largest}, mean {mean:.4}; in floats {floats}");
            assert!(largest <= 1.0 && mean < 0.01, "{name}: {largest}, mean {mean}");
            assert!(floats > 1.0, "without the clamping between the passes there is a difference to see");
        }
    }

    fn table(csv: &str) -> Raster {
        let rows: Vec<Vec<f32>> =
            csv.lines().map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
        Raster { height: rows.len(), width: rows[0].len(), channels: 1, samples: rows.concat() }
    }

    #[test]
    fn floats_agree_with_pillow() {
        let input = table(include_str!("../../../tests/golden/resize/pillow/float_input.csv"));
        for (enlarged, resize) in [
            (
                include_str!("../../../tests/golden/resize/pillow/float_bilinear_3x2.csv"),
                reduced as fn(&_, _, _) -> _,
            ),
            (include_str!("../../../tests/golden/resize/pillow/float_bicubic_3x2.csv"), bicubic),
            (include_str!("../../../tests/golden/resize/pillow/float_bicubic_28x20.csv"), bicubic),
            (include_str!("../../../tests/golden/resize/pillow/float_lanczos_28x20.csv"), lanczos),
        ] {
            let expected = table(enlarged);
            let found = resize(&input, expected.height, expected.width);
            let pairs = found.samples.iter().zip(&expected.samples);
            let largest = pairs.map(|(f, e)| (f - e).abs()).fold(0.0, f32::max);
            println!("{} × {}: largest difference {largest}", expected.width, expected.height);
            assert!(largest < 1e-3);
        }
    }

    #[test]
    fn channels_do_not_mix_and_one_pixel_stays_itself() {
        let pixel = Raster { height: 1, width: 1, channels: 3, samples: vec![0.1, 0.5, 0.9] };
        for resize in [reduced, bicubic, lanczos] {
            let four = resize(&pixel, 4, 4);
            for found in four.samples.as_chunks::<3>().0 {
                assert!(found.iter().zip(&pixel.samples).all(|(f, e)| (f - e).abs() < 1e-6));
            }
            assert_eq!(resize(&pixel, 1, 1), pixel);
            assert!(resize(&pixel, 0, 5).samples.is_empty());
        }
    }
}
