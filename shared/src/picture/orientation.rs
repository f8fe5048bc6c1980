//! Upright: what a camera's EXIF tag says, done to the samples.

use image::metadata::Orientation;

/// How a pixel of the upright picture is found in the stored one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// Rows and columns change places; done first.
    transposed: bool,
    /// Rows are counted from the bottom of the stored picture.
    rows_flipped: bool,
    /// Columns are counted from its right.
    columns_flipped: bool,
}

impl Turn {
    /// What undoes an orientation (EXIF 2.32, tag 274, values 1 to 8).
    pub(super) fn of(orientation: Orientation) -> Turn {
        let (transposed, rows_flipped, columns_flipped) = match orientation {
            Orientation::NoTransforms => (false, false, false),
            Orientation::FlipHorizontal => (false, false, true),
            Orientation::Rotate180 => (false, true, true),
            Orientation::FlipVertical => (false, true, false),
            Orientation::Rotate90FlipH => (true, false, false),
            Orientation::Rotate90 => (true, true, false),
            Orientation::Rotate270FlipH => (true, true, true),
            Orientation::Rotate270 => (true, false, true),
        };
        Turn { transposed, rows_flipped, columns_flipped }
    }

    /// Height and width of the upright picture.
    pub(super) fn size(self, height: usize, width: usize) -> (usize, usize) {
        if self.transposed { (width, height) } else { (height, width) }
    }

    /// The samples of the upright picture, from those of the stored one.
    pub(super) fn samples<T: Copy>(
        self,
        stored: Vec<T>,
        height: usize,
        width: usize,
        channels: usize,
    ) -> Vec<T> {
        if self == Turn::of(Orientation::NoTransforms) {
            return stored;
        }
        let (rows, columns) = self.size(height, width);
        let mut upright = Vec::with_capacity(stored.len());
        for row in 0..rows {
            for column in 0..columns {
                let (row, column) = if self.transposed { (column, row) } else { (row, column) };
                let row = if self.rows_flipped { height - 1 - row } else { row };
                let column = if self.columns_flipped { width - 1 - column } else { column };
                upright.extend_from_slice(&stored[(row * width + column) * channels..][..channels]);
            }
        }
        upright
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An F, told from all its turns.
    const UPRIGHT: [&str; 3] = ["##", "# ", "# "];

    #[test]
    fn all_eight_stand_upright() {
        let stored: [&[&str]; 8] = [
            &["##", "# ", "# "],
            &["##", " #", " #"],
            &[" #", " #", "##"],
            &["# ", "# ", "##"],
            &["###", "#  "],
            &["#  ", "###"],
            &["  #", "###"],
            &["###", "  #"],
        ];
        for (tag, rows) in (1..).zip(stored) {
            let turn = Turn::of(Orientation::from_exif(tag).unwrap());
            let (height, width) = (rows.len(), rows[0].len());
            let upright = turn.samples(rows.concat().into_bytes(), height, width, 1);
            assert_eq!(turn.size(height, width), (3, 2), "tag {tag}");
            assert_eq!(String::from_utf8(upright).unwrap(), UPRIGHT.concat(), "tag {tag}");
        }
    }

    #[test]
    fn the_channels_of_a_pixel_stay_together() {
        let turn = Turn::of(Orientation::FlipHorizontal);
        assert_eq!(turn.samples(vec![1, 2, 3, 4, 5, 6], 1, 2, 3), [4, 5, 6, 1, 2, 3]);
    }
}
