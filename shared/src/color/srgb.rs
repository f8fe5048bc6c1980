//! sRGB to CIE L\*a\*b\* and back, for the white of daylight (D65).
//!
//! Constants and curves are `palette`'s: IEC 61966-2-1 for sRGB, the CIE's exact fractions for L\*. They
//! give the Lab of scikit-image up to 0.005 (`tests/golden/color/lab`).
//!
//! Computed in single precision, which is enough: 8-bit sRGB to Lab and back is the identity for all
//! 16,777,216 colours.

use palette::convert::FromColorUnclamped;
use palette::white_point::D65;
use palette::{Lab, LinSrgb, Srgb, Xyz};

/// L\* (0..100), a\* and b\* of a colour in sRGB, 0..1.
///
/// All of sRGB lies within −86.2..98.3 for a\* and −107.9..94.5 for b\*.
pub fn lab_from_srgb(srgb: [f32; 3]) -> [f32; 3] {
    lab_from_linear(Srgb::from(srgb).into_linear().into())
}

/// sRGB of L\* (0..100), a\* and b\*.
///
/// Not clamped: a colour that sRGB does not hold has channels outside 0..1. The curve goes on as a
/// straight line below 0 and as a power above 1.
pub fn srgb_from_lab(lab: [f32; 3]) -> [f32; 3] {
    Srgb::<f32>::from_linear(LinSrgb::from(linear_from_lab(lab))).into()
}

/// Linear light (0..1 inside sRGB) of L\*, a\* and b\*.
pub(super) fn linear_from_lab([l, a, b]: [f32; 3]) -> [f32; 3] {
    let xyz = Xyz::from_color_unclamped(Lab::<D65, f32>::new(l, a, b));
    LinSrgb::from_color_unclamped(xyz).into()
}

/// sRGB, 0..1, of linear light; what is outside is clamped.
pub(super) fn srgb_from_linear(linear: [f32; 3]) -> [f32; 3] {
    Srgb::<f32>::from_linear(LinSrgb::from(linear.map(|value| value.clamp(0.0, 1.0)))).into()
}

/// L\*, a\* and b\* of linear light, 0..1.
pub(crate) fn lab_from_linear(linear: [f32; 3]) -> [f32; 3] {
    let xyz = Xyz::<D65, f32>::from_color_unclamped(LinSrgb::from(linear));
    let Lab { l, a, b, .. } = Lab::<D65, f32>::from_color_unclamped(xyz);
    [l, a, b]
}

/// The linear light of each of the `levels` (256 or 65536) that a channel can take.
pub(crate) fn linear_of_levels(levels: usize) -> Vec<f32> {
    displayed(levels).map(|value| Srgb::new(value, value, value).into_linear().red).collect()
}

/// L\* of each of the `levels` (256 or 65536) greys.
pub(crate) fn lightness_of_grays(levels: usize) -> Vec<f32> {
    displayed(levels).map(|value| lab_from_srgb([value; 3])[0]).collect()
}

fn displayed(levels: usize) -> impl Iterator<Item = f32> {
    (0..levels).map(move |level| level as f32 / (levels - 1) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: &str = include_str!("../../../tests/golden/color/lab/expected.csv");
    const INVERSE: &str = include_str!("../../../tests/golden/color/lab/inverse.csv");

    fn rows<const N: usize>(table: &str) -> Vec<[f32; N]> {
        let numbers = |line: &str| line.split(',').map(|cell| cell.parse().unwrap()).collect::<Vec<f32>>();
        table.lines().skip(1).map(|line| numbers(line).try_into().unwrap()).collect()
    }

    fn apart(found: [f32; 3], expected: &[f32]) -> f32 {
        found.iter().zip(expected).map(|(f, e)| (f - e).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn lab_agrees_with_the_cie_and_with_scikit_image() {
        let rows = rows::<9>(EXPECTED);
        assert_eq!(rows.len(), 20);
        for row in rows {
            let lab = lab_from_srgb([row[0], row[1], row[2]].map(|level| level / 255.0));
            assert!(apart(lab, &row[6..]) <= 1e-3, "{row:?} gives {lab:?}");
            assert!(apart(lab, &row[3..6]) <= 1e-2, "{row:?} gives {lab:?}");
        }
    }

    #[test]
    fn srgb_agrees_with_scikit_image() {
        let rows = rows::<6>(INVERSE);
        assert_eq!(rows.len(), 8);
        for row in rows {
            let shown = srgb_from_lab([row[0], row[1], row[2]]).map(|value| 255.0 * value.clamp(0.0, 1.0));
            assert!(apart(shown, &row[3..]) <= 0.02, "{row:?} gives {shown:?}");
        }
    }

    /// Every 37th of all colours (37 shares no factor with 256, so every level of every channel is
    /// met), every grey, every edge of the cube.
    #[test]
    fn eight_bits_come_back_from_lab() {
        let spread = (0..1_u32 << 24).step_by(37).map(|code| [code >> 16, code >> 8, code].map(|c| c as u8));
        let grays = (0..=255).map(|level| [level; 3]);
        let edges = (0..=255).flat_map(|level| {
            let ends = [[0, 0], [0, 255], [255, 0], [255, 255]];
            ends.into_iter().flat_map(move |[x, y]| [[level, x, y], [x, level, y], [x, y, level]])
        });
        for color in spread.chain(grays).chain(edges) {
            let lab = lab_from_srgb(color.map(|level| f32::from(level) / 255.0));
            let back = srgb_from_lab(lab).map(|value| (value * 255.0 + 0.5).floor() as i32);
            assert_eq!(back, color.map(i32::from), "{lab:?}");
        }
    }

    #[test]
    fn tables_hold_what_the_functions_say() {
        let (linear, lightness) = (linear_of_levels(256), lightness_of_grays(256));
        for level in 0..256 {
            let lab = lab_from_srgb([level as f32 / 255.0; 3]);
            assert_eq!(lightness[level], lab[0]);
            assert!((lab_from_linear([linear[level]; 3])[0] - lab[0]).abs() < 1e-4);
        }
        assert!((lightness[118] - 49.637).abs() < 1e-3);
    }
}
