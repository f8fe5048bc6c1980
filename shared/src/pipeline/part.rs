//! Vertical strips of a picture, cut so that the parts give exactly the whole: integers only.

use crate::network::figure::Figure;
use std::ops::Range;

/// Some columns of a result, and the columns of the picture that they depend on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Strip {
    /// Columns of the picture to cut out.
    pub input: Range<usize>,
    /// Columns of the result that the strip is for.
    pub output: Range<usize>,
}

/// Cuts the columns of a picture of this width into `count` strips of like width (fewer if there are
/// fewer columns). `scale` is the network's enlargement.
pub fn strips(figure: &Figure, width: usize, count: usize, scale: usize) -> Vec<Strip> {
    let count = count.clamp(1, width.max(1));
    let border = |index: usize| index * width / count;
    (0..count).map(|index| strip(figure, width, border(index)..border(index + 1), scale)).collect()
}

fn strip(figure: &Figure, width: usize, columns: Range<usize>, scale: usize) -> Strip {
    let output = columns.start * scale..columns.end * scale;
    let cut = figure.cut(output.start as isize..output.end as isize);
    let inside = |at: isize| at.clamp(0, width as isize) as usize;
    Strip { input: inside(cut.start)..inside(cut.end), output }
}
