//! Which layers of a drawing become one step, and what is folded into its weights.

use super::kernel::convolve::{Convolution, Depthwise};
use crate::network::figure::{Conv, Figure, LEAK, Layer, Op, Window};
use crate::weights::Tensors;

/// How a step makes its rows.
#[derive(Debug)]
pub(super) enum Kernel {
    /// With a pixel shuffle in where the results are put (ratio 1: none).
    Convolve(Convolution),
    Depthwise(Depthwise),
    MaxPool(Window),
    Enlarge,
    Shuffle(usize),
    Concat(usize),
    Copy,
}

/// What is done to the rows then, in this order; one number a channel.
#[derive(Debug)]
pub(super) enum After {
    Scale(Vec<f32>, Vec<f32>),
    /// x where x > 0, else slope * x: PReLU, and ReLU with slope 0.
    Slope(Vec<f32>),
    AtMost(f32),
    Plus(usize),
}

/// Reads one plane (and perhaps others), writes one; a plane is named by its layer in the figure.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) kernel: Kernel,
    pub(super) after: Vec<After>,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A step while it still takes layers in: its weights are those of the drawing.
struct Draft {
    conv: Option<(Conv, Vec<f32>, Vec<f32>)>,
    ratio: usize,
    after: Vec<After>,
}

/// The steps, in the order in which they run.
pub(super) fn steps(figure: &Figure, tensors: &Tensors) -> Vec<Step> {
    let uses = figure.uses();
    let mut steps: Vec<Step> = Vec::new();
    // The layer whose plane holds a layer's result, where several became one step.
    let mut held_by: Vec<usize> = (0..figure.layers.len()).collect();
    let mut next = 1;
    while next < figure.layers.len() {
        let first = next;
        let layer = &figure.layers[first];
        let mut draft = Draft { conv: None, ratio: 1, after: Vec::new() };
        let plain = match layer.op {
            Op::Conv(conv) => {
                let bias = if conv.bias { field(tensors, layer, "bias") } else { vec![0.0; conv.channels] };
                draft.conv = Some((conv, field(tensors, layer, "weight"), bias));
                None
            }
            Op::MaxPool(window) => Some(Kernel::MaxPool(window)),
            Op::Enlarge => Some(Kernel::Enlarge),
            Op::PixelShuffle { ratio } => Some(Kernel::Shuffle(ratio)),
            Op::Concat => Some(Kernel::Concat(held_by[layer.inputs[1]])),
            _ => Some(Kernel::Copy),
        };
        // Whatever can be done to the fresh rows belongs to the step, as long as nobody else reads the
        // plane between.
        if !matches!(plain, Some(Kernel::Copy)) {
            next += 1;
        }
        while next < figure.layers.len() {
            let layer = &figure.layers[next];
            let alone = next == first || (uses[next - 1] == 1 && layer.inputs.contains(&(next - 1)));
            if !alone || !draft.absorb(layer, next, first, &held_by, tensors) {
                break;
            }
            next += 1;
        }
        let to = next - 1;
        held_by[first..next].fill(to);
        let inputs = figure.layers[layer.inputs[0]].channels;
        let from = held_by[layer.inputs[0]];
        let kernel = plain.unwrap_or_else(|| draft.kernel(inputs));
        steps.push(Step { kernel, after: draft.after, from, to });
    }
    steps
}

/// A tensor of a layer; that it is there was checked when the weights were fitted to the figure.
fn field(tensors: &Tensors, layer: &Layer, field: &str) -> Vec<f32> {
    tensors.get(&format!("{}.{field}", layer.name)).map(|tensor| tensor.values.clone()).unwrap_or_default()
}

impl Draft {
    /// Takes a layer in, if it can be done on the step's fresh rows.
    fn absorb(
        &mut self,
        layer: &Layer,
        index: usize,
        first: usize,
        held_by: &[usize],
        tensors: &Tensors,
    ) -> bool {
        match (&layer.op, &mut self.conv) {
            (Op::BatchNorm { epsilon }, conv) => {
                let fields = ["weight", "bias", "running_mean", "running_var"];
                let (scale, shift) = normalization(fields.map(|f| field(tensors, layer, f)), *epsilon);
                match conv {
                    Some((_, weight, bias)) if self.after.is_empty() && self.ratio == 1 => {
                        fold(weight, bias, &scale, &shift)
                    }
                    _ => self.after.push(After::Scale(scale, shift)),
                }
            }
            (Op::PixelShuffle { ratio }, Some((conv, ..)))
                if self.after.is_empty() && self.ratio == 1 && !conv.depthwise =>
            {
                self.ratio = *ratio
            }
            (Op::Relu, _) => self.after.push(After::Slope(vec![0.0; layer.channels])),
            (Op::LeakyRelu, _) => self.after.push(After::Slope(vec![LEAK; layer.channels])),
            (Op::Relu6, _) => {
                self.after.extend([After::Slope(vec![0.0; layer.channels]), After::AtMost(6.0)])
            }
            (Op::Prelu, _) => self.after.push(After::Slope(field(tensors, layer, "weight"))),
            (Op::Sum, _) => {
                // One of the two is the step's own plane; a step that begins with a sum copies the first.
                let own_is_second = layer.inputs[1] + 1 == index && index != first;
                self.after.push(After::Plus(held_by[layer.inputs[usize::from(!own_is_second)]]))
            }
            _ => return false,
        }
        true
    }

    fn kernel(&mut self, inputs: usize) -> Kernel {
        match self.conv.take() {
            Some((conv, weight, bias)) if conv.depthwise => {
                Kernel::Depthwise(Depthwise::new(conv.window, &weight, bias))
            }
            Some((conv, weight, bias)) => {
                Kernel::Convolve(Convolution::new(conv.window, inputs, &weight, &bias, self.ratio))
            }
            None => Kernel::Copy,
        }
    }
}

/// Batch norm of running statistics, as x * scale + shift.
fn normalization([gamma, beta, mean, variance]: [Vec<f32>; 4], epsilon: f64) -> (Vec<f32>, Vec<f32>) {
    let scale: Vec<f32> = gamma.iter().zip(&variance).map(|(g, v)| g / (v + epsilon as f32).sqrt()).collect();
    let shift = (0..scale.len()).map(|c| beta[c] - mean[c] * scale[c]).collect();
    (scale, shift)
}

/// What would follow a convolution, as part of it.
fn fold(weight: &mut [f32], bias: &mut [f32], scale: &[f32], shift: &[f32]) {
    let length = weight.len() / bias.len();
    for (c, kernel) in weight.chunks_mut(length).enumerate() {
        kernel.iter_mut().for_each(|w| *w *= scale[c]);
        bias[c] = bias[c] * scale[c] + shift[c];
    }
}
