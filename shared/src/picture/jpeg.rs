//! What the markers of a JPEG say that its decoder keeps to itself: how many inks, whether it ends, and
//! whether it is of a kind that hardly anybody writes.
//!
//! The decoder fills what is missing at the end with grey and says nothing, and turns four inks into RGB
//! by a rule that not all writers follow. Markers: ITU-T T.81, annex B.

/// Read from the markers, without decoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Markers {
    /// Components of the frame: 1 grey, 3 colour, 4 CMYK or YCCK; 0 if no frame was met.
    pub(super) components: u8,
    /// What of the frame the decoder does not know, if anything.
    pub(super) unknown: Option<Unknown>,
    /// Whether the end marker was reached.
    pub(super) ended: bool,
}

/// Kinds of frames that are no photograph from the web.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// Other than 8 bits a sample.
    Bits(u8),
    /// Lossless, hierarchical or arithmetic: neither baseline, extended nor progressive with Huffman's code.
    Coding,
}

const START: u8 = 0xd8;
const END: u8 = 0xd9;

impl Markers {
    /// Walks over the segments, and over the coded data behind each scan's header.
    pub(super) fn of(bytes: &[u8]) -> Markers {
        let mut found = Markers::default();
        let mut rest = bytes;
        while let Some((marker, behind)) = next_marker(rest) {
            rest = behind;
            match marker {
                END => return Markers { ended: true, ..found },
                START | 0x01 => continue,
                // Frames of all kinds, but not the three tables between them.
                0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                    found.components = rest.get(7).copied().unwrap_or_default();
                    found.unknown = match rest.get(2) {
                        _ if marker > 0xc2 => Some(Unknown::Coding),
                        Some(&bits) if bits != 8 => Some(Unknown::Bits(bits)),
                        _ => None,
                    };
                }
                _ => {}
            }
            let [high, low, ..] = *rest else { break };
            let length = usize::from(u16::from_be_bytes([high, low]));
            rest = rest.get(length..).unwrap_or_default();
        }
        found
    }
}

/// The next marker and what is behind it. Coded data holds 0xff only before 0 or a restart marker, so
/// both are passed over.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let at =
        bytes.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff | 0xd0..=0xd7))?;
    Some((bytes[at + 1], &bytes[at + 2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"\xff\xd8\xff\xe1\0\x06\xff\xd9ab\xff\xc0\0\x0b\x08\0\x01\0\x01\x04\0\0\0";
    const SCAN_DATA: &[u8] = b"\xff\xda\0\x04\0\0\x12\xff\0\x34\xff\xd0\x56";

    #[test]
    fn an_end_inside_a_segment_is_none() {
        let cut = [HEADER, SCAN_DATA].concat();
        assert_eq!(Markers::of(&cut), Markers { components: 4, ended: false, unknown: None });
        let whole = [HEADER, SCAN_DATA, b"\xff\xff\xd9trailing"].concat();
        assert_eq!(Markers::of(&whole), Markers { components: 4, ended: true, unknown: None });
    }

    #[test]
    fn rare_frames_are_known() {
        let frame = |marker: u8, bits: u8| {
            let bytes = [0xff, START, 0xff, marker, 0, 11, bits, 0, 1, 0, 1, 1, 0, 0, 0];
            Markers::of(&bytes).unknown
        };
        for common in 0xc0..=0xc2 {
            assert_eq!(frame(common, 8), None);
            assert_eq!(frame(common, 12), Some(Unknown::Bits(12)));
        }
        assert_eq!([frame(0xc3, 8), frame(0xc9, 8), frame(0xcf, 12)], [Some(Unknown::Coding); 3]);
    }

    #[test]
    fn any_cut_is_walked_without_harm() {
        let whole = [HEADER, SCAN_DATA, b"\xff\xd9"].concat();
        for length in 0..whole.len() {
            assert!(!Markers::of(&whole[..length]).ended);
        }
    }
}
