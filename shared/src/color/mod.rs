//! Colour: L\*, a\* and b\* as planes, and the way from and to sRGB.
//!
//! [`srgb`] converts, [`gamut`] brings back what no screen can show. A [`Lightness`] is no [`Chroma`],
//! so that neither is taken for the other.

pub mod gamut;
pub mod srgb;

use crate::raster::Raster;

/// L\* of every pixel, 0..100, one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Lightness(pub Raster);

/// a\* and b\* of every pixel in Lab units, two channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Chroma(pub Raster);

/// What a screen shows of L\* and (a\*, b\*): sRGB, 0..1, three channels a pixel, written to `out`.
///
/// A colour outside sRGB loses chroma until it is inside ([`gamut`]); its L\* stays. `n` samples of
/// `lightness` go with `2 n` of `chroma` and `3 n` of `out`, be it a row or a whole plane. Where a number is
/// undefined (NaN), so is the result.
pub fn display_from_lab(lightness: &[f32], chroma: &[f32], out: &mut [f32]) {
    debug_assert_eq!((2 * lightness.len(), 3 * lightness.len()), (chroma.len(), out.len()));
    let colors = lightness.iter().zip(chroma.as_chunks::<2>().0);
    for (pixel, (&l, &[a, b])) in out.as_chunks_mut::<3>().0.iter_mut().zip(colors) {
        *pixel = srgb::srgb_from_linear(gamut::linear_in_gamut([l, a, b]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in 0..1 that look random and are the same each time.
    fn noise(seed: u32) -> impl Iterator<Item = f32> {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        })
    }

    /// L\* does not fall when a channel rises, so a colour whose channels are each rounded by at most
    /// half a step has an L\* between those of the rounded colour half a step darker and lighter.
    #[test]
    fn rounding_alone_moves_lightness() {
        for levels in [255.0, 65535.0] {
            let mut random = noise(7);
            let mut next = || random.next().unwrap();
            for _ in 0..20_000 {
                let lightness = 100.0 * next();
                let chroma = [256.0 * next() - 128.0, 256.0 * next() - 128.0];
                let mut shown = [0.0; 3];
                display_from_lab(&[lightness], &chroma, &mut shown);
                let level = shown.map(|value| (value * levels + 0.5).floor());
                let beside = |step: f32| {
                    srgb::lab_from_srgb(level.map(|value| ((value + step) / levels).clamp(0.0, 1.0)))[0]
                };
                let (darker, lighter) = (beside(-0.5) - 2e-4, beside(0.5) + 2e-4);
                assert!((darker..=lighter).contains(&lightness), "{lightness} {chroma:?} {level:?}");
            }
        }
    }

    #[test]
    fn a_gray_comes_back_as_itself_at_sixteen_bits() {
        let grays = srgb::lightness_of_grays(65536);
        let mut shown = vec![0.0; 3 * grays.len()];
        display_from_lab(&grays, &vec![0.0; 2 * grays.len()], &mut shown);
        for (level, pixel) in shown.as_chunks::<3>().0.iter().enumerate() {
            let found = pixel.map(|value| (value * 65535.0 + 0.5) as usize);
            assert_eq!(found, [level; 3]);
        }
    }

    #[test]
    fn a_picture_comes_back_from_its_planes() {
        let display: Vec<f32> = noise(3).take(45).collect();
        let lab: Vec<[f32; 3]> =
            display.as_chunks::<3>().0.iter().map(|pixel| srgb::lab_from_srgb(*pixel)).collect();
        let lightness: Vec<f32> = lab.iter().map(|[l, ..]| *l).collect();
        let chroma: Vec<f32> = lab.iter().flat_map(|[_, a, b]| [*a, *b]).collect();
        let mut shown = vec![0.0; 45];
        display_from_lab(&lightness, &chroma, &mut shown);
        assert!(shown.iter().zip(&display).all(|(found, value)| (found - value).abs() < 2e-5));
    }

    #[test]
    fn what_is_undefined_stays_so() {
        let mut shown = [0.0; 3];
        display_from_lab(&[50.0], &[f32::NAN, 0.0], &mut shown);
        assert!(shown.iter().any(|value| value.is_nan()));
    }
}
