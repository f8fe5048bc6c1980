//! What can be said of a figure without running it: sizes, which input rows an output row needs,
//! multiply-adds.

use super::figure::{Conv, Figure, Layer, Op, Window};
use std::ops::Range;

/// A picture whose sides the network cannot take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a picture of {height} × {width} pixels does not fit {layer}; the sides have to be multiples of {multiple}"
)]
pub struct SizeError {
    /// Rows of the picture.
    pub height: usize,
    /// Columns of the picture.
    pub width: usize,
    /// The first layer that cannot take its planes.
    pub layer: String,
    /// What both sides have to be multiples of.
    pub multiple: usize,
}

impl Op {
    /// Rows of its inputs on which `rows` of its result depend. Not clipped: what lies outside the
    /// plane is padding. The one place for this arithmetic; columns go the same way.
    pub fn under(&self, rows: Range<isize>) -> Range<isize> {
        if rows.is_empty() {
            return 0..0;
        }
        match *self {
            Op::Conv(Conv { window, .. }) | Op::MaxPool(window) => {
                let [kernel, stride, above] =
                    [window.kernel, window.stride, window.padding[0]].map(|n| n as isize);
                rows.start * stride - above..(rows.end - 1) * stride - above + kernel
            }
            Op::PixelShuffle { ratio } => {
                let ratio = ratio as isize;
                rows.start.div_euclid(ratio)..(rows.end - 1).div_euclid(ratio) + 1
            }
            // Row y of the enlarged plane lies at (y - 1/2) / 2 of the small one.
            Op::Enlarge => (rows.start - 1).div_euclid(2)..rows.end.div_euclid(2) + 1,
            _ => rows,
        }
    }
}

impl Window {
    /// Side of the result on a plane of this side; none if the window is larger than plane and padding.
    pub fn slid(self, side: usize) -> Option<usize> {
        let room = (side + self.padding[0] + self.padding[1]).checked_sub(self.kernel)?;
        Some(room / self.stride + 1)
    }
}

impl Figure {
    /// The rows of the input on which `wanted` rows of the output depend.
    pub fn needs(&self, wanted: Range<isize>) -> Range<isize> {
        let mut needed: Vec<Option<Range<isize>>> = vec![None; self.layers.len()];
        if let Some(output) = needed.last_mut() {
            *output = Some(wanted);
        }
        for (i, layer) in self.layers.iter().enumerate().skip(1).rev() {
            let rows = layer.op.under(needed[i].clone().unwrap_or(0..0));
            for &input in &layer.inputs {
                needed[input] = Some(match needed[input].take() {
                    None => rows.clone(),
                    Some(other) => other.start.min(rows.start)..other.end.max(rows.end),
                });
            }
        }
        needed.first().cloned().flatten().unwrap_or(0..0)
    }

    /// The part of the input to cut out for `wanted` rows of the output: what they need, rounded
    /// outward to the grid of the strides, so that every window falls where it falls in the whole.
    pub fn cut(&self, wanted: Range<isize>) -> Range<isize> {
        let (needed, grid) = (self.needs(wanted), self.grid() as isize);
        needed.start.div_euclid(grid) * grid..(needed.end + grid - 1).div_euclid(grid) * grid
    }

    /// How many input rows the coarsest plane's row stands for: 32 for a U-net on a ResNet-18.
    pub fn grid(&self) -> usize {
        self.scales().into_iter().map(|(_, down)| down).max().unwrap_or(1)
    }

    /// Size of the output against the input, as (times larger, times smaller).
    pub fn scale(&self) -> (usize, usize) {
        self.scales().pop().unwrap_or((1, 1))
    }

    /// Each plane's size against the input, as (times larger, times smaller).
    fn scales(&self) -> Vec<(usize, usize)> {
        let mut scales: Vec<(usize, usize)> = Vec::new();
        for layer in &self.layers {
            let (up, down) = layer.inputs.first().map_or((1, 1), |&input| scales[input]);
            let (up, down) = match layer.op {
                Op::Conv(Conv { window, .. }) | Op::MaxPool(window) => (up, down * window.stride),
                Op::PixelShuffle { ratio } => (up * ratio, down),
                Op::Enlarge => (up * 2, down),
                _ => (up, down),
            };
            scales.push(if up % down == 0 {
                (up / down, 1)
            } else if down % up == 0 {
                (1, down / up)
            } else {
                (up, down)
            });
        }
        scales
    }

    /// Height and width of every layer's plane.
    ///
    /// # Errors
    /// If the sides do not fit the strides of the network; the error names the layer and the multiple.
    pub fn sizes(&self, height: usize, width: usize) -> Result<Vec<[usize; 2]>, SizeError> {
        let mut sizes: Vec<[usize; 2]> = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let of: Vec<[usize; 2]> = layer.inputs.iter().map(|&input| sizes[input]).collect();
            let size = match layer.op {
                Op::Input => Some([height, width]),
                Op::Conv(Conv { window, .. }) | Op::MaxPool(window) => {
                    window.slid(of[0][0]).zip(window.slid(of[0][1])).map(|(h, w)| [h, w])
                }
                Op::PixelShuffle { ratio } => Some(of[0].map(|side| side * ratio)),
                Op::Enlarge => Some(of[0].map(|side| side * 2)),
                _ => Some(of[0]).filter(|size| of.iter().all(|other| other == size)),
            };
            let misfit = || SizeError { height, width, layer: self.called(index), multiple: self.grid() };
            sizes.push(size.filter(|[h, w]| h * w > 0).ok_or_else(misfit)?);
        }
        Ok(sizes)
    }

    /// What a message calls a layer: its name, or that of the last named layer before it.
    fn called(&self, index: usize) -> String {
        let named = self.layers[..=index].iter().rev().find(|layer| !layer.name.is_empty());
        let name = named.map_or("the input", |layer| layer.name.as_str());
        if self.layers[index].name.is_empty() { format!("what follows {name}") } else { name.to_string() }
    }

    /// Multiplications and additions, counted as one, of all convolutions for an input of this size.
    ///
    /// # Errors
    /// If the size does not fit.
    pub fn multiply_adds(&self, height: usize, width: usize) -> Result<u64, SizeError> {
        let sizes = self.sizes(height, width)?;
        let of = |(layer, [h, w]): (&Layer, &[usize; 2])| match layer.op {
            Op::Conv(conv) => {
                let inputs = if conv.depthwise { 1 } else { self.layers[layer.inputs[0]].channels };
                (h * w) as u64 * (conv.channels * inputs * conv.window.kernel.pow(2)) as u64
            }
            _ => 0,
        };
        Ok(self.layers.iter().zip(&sizes).map(of).sum())
    }
}
