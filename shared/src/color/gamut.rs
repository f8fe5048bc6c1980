//! Colours that sRGB does not hold, brought inside: chroma shrinks, hue and L\* stay.

use super::srgb::linear_from_lab;

/// How far outside 0..1 linear light may lie and still be sRGB: by a share of the brightest channel, and by
/// a little more. So much is left by single precision on the faces of the cube (at most 0.9 of it for all
/// 8-bit colours); it moves L\* by less than 2e-4.
const SLACK: (f32, f32) = (7e-7, 2e-8);

/// Halvings of the interval in which the chroma is sought: it falls short by at most 1/4096.
const STEPS: usize = 12;

/// The colour itself if sRGB holds it; else the one of the same hue and L\* (0..100) that has the most
/// chroma inside.
pub fn into_gamut(lab: [f32; 3]) -> [f32; 3] {
    if is_shown(linear_from_lab(lab)) { lab } else { shrunk(lab) }
}

/// Linear light of [`into_gamut`].
pub(super) fn linear_in_gamut(lab: [f32; 3]) -> [f32; 3] {
    let linear = linear_from_lab(lab);
    if is_shown(linear) { linear } else { linear_from_lab(shrunk(lab)) }
}

fn is_shown(linear: [f32; 3]) -> bool {
    let brightest = linear.into_iter().fold(0.0, f32::max);
    let slack = SLACK.0 * brightest + SLACK.1;
    linear.iter().all(|value| (-slack..=1.0 + slack).contains(value))
}

fn shrunk([l, a, b]: [f32; 3]) -> [f32; 3] {
    let at = |share: f32| [l, share * a, share * b];
    let (mut inside, mut outside) = (0.0, 1.0);
    for _ in 0..STEPS {
        let middle = 0.5 * (inside + outside);
        if is_shown(linear_from_lab(at(middle))) { inside = middle } else { outside = middle }
    }
    at(inside)
}

#[cfg(test)]
mod tests {
    use super::super::srgb::{lab_from_srgb, srgb_from_lab};
    use super::*;

    #[test]
    fn what_is_inside_is_left_alone() {
        let levels = [0.0, 1.0 / 255.0, 0.5, 254.0 / 255.0, 1.0];
        for red in levels {
            for green in levels {
                for blue in levels {
                    let lab = lab_from_srgb([red, green, blue]);
                    assert_eq!(into_gamut(lab), lab);
                }
            }
        }
    }

    #[test]
    fn what_is_outside_lands_on_the_border_with_hue_and_lightness() {
        for lab in [[50.0, 0.0, -200.0], [5.0, 40.0, -80.0], [90.0, 110.0, -110.0], [97.0, -60.0, 3.0]] {
            let [l, a, b] = into_gamut(lab);
            assert_eq!(l, lab[0]);
            assert!((a * lab[2] - b * lab[1]).abs() < 1e-2, "hue of {lab:?}");
            let shown = srgb_from_lab([l, a, b]);
            assert!(shown.iter().all(|value| (-2e-5..=1.00002).contains(value)), "{shown:?}");
            let further = srgb_from_lab([l, 1.002 * a, 1.002 * b]);
            assert!(further.iter().any(|value| !(0.0..=1.0).contains(value)), "{further:?}");
        }
    }

    #[test]
    fn black_and_white_have_no_chroma() {
        for lightness in [0.0, 100.0] {
            let [l, a, b] = into_gamut([lightness, 60.0, -60.0]);
            assert_eq!(l, lightness);
            assert!(a.hypot(b) < 0.05, "{a} {b}");
        }
    }
}
