//! What a network is drawn with: layers, names and arrows, no weights and no tensors.
//!
//! A [`Figure`] is drawn once, by a function that reads like the paper's figure; everything else
//! is read off it: names and shapes of the parameters, receptive field, multiply-adds, the burn
//! module, the CPU plan.

use std::cell::RefCell;
use std::rc::Rc;

/// What a layer does to a plane of `[channels, height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Where the picture enters.
    Input,
    /// A convolution.
    Conv(Conv),
    /// Batch normalisation.
    BatchNorm {
        /// Added to the variance.
        epsilon: f64,
    },
    /// One slope a channel.
    Prelu,
    /// The negative cut off.
    Relu,
    /// ReLU that ends at 6.
    Relu6,
    /// The negative times 0.2, the slope of both critics.
    LeakyRelu,
    /// Padded alike on all sides.
    MaxPool(Window),
    /// Twice as wide and high, bilinear, corners not aligned.
    Enlarge,
    /// `[channels, h, w]` to `[channels / r^2, r h, r w]`, PyTorch's order.
    PixelShuffle {
        /// How many times as high and wide.
        ratio: usize,
    },
    /// Two planes added.
    Sum,
    /// The channels of the second after those of the first.
    Concat,
}

/// The slope of [`Op::LeakyRelu`].
pub const LEAK: f32 = 0.2;

/// A convolution in the papers' notation: `k(9).n(64).s(1)` is k9n64s1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv {
    /// The kernel and how it slides.
    pub window: Window,
    /// Channels of the result.
    pub channels: usize,
    /// Each channel by a kernel of its own.
    pub depthwise: bool,
    /// Whether a number is added to each channel.
    pub bias: bool,
}

/// A square that slides over a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Side of the square.
    pub kernel: usize,
    /// How far it moves from result to result.
    pub stride: usize,
    /// Above and left, below and right.
    pub padding: [usize; 2],
}

impl Op {
    /// Whether training changes something in it.
    pub fn has_parameters(&self) -> bool {
        matches!(self, Op::Conv(_) | Op::BatchNorm { .. } | Op::Prelu)
    }
}

/// A convolution with a kernel of `kernel` by `kernel`, stride 1, that keeps the size
/// (an even kernel says its padding with `padded`).
pub const fn k(kernel: usize) -> Conv {
    let window = Window { kernel, stride: 1, padding: [(kernel - 1) / 2; 2] };
    Conv { window, channels: 0, depthwise: false, bias: true }
}

impl Conv {
    /// With so many channels in the result.
    pub const fn n(self, channels: usize) -> Conv {
        Conv { channels, ..self }
    }
    /// With this stride.
    pub const fn s(self, stride: usize) -> Conv {
        Conv { window: Window { stride, ..self.window }, ..self }
    }
    /// With so many rows of zeros above and left, below and right.
    pub const fn padded(self, padding: [usize; 2]) -> Conv {
        Conv { window: Window { padding, ..self.window }, ..self }
    }
    /// Each channel by a kernel of its own.
    pub const fn depthwise(self) -> Conv {
        Conv { depthwise: true, ..self }
    }
    /// Without a bias, for a batch norm follows.
    pub const fn without_bias(self) -> Conv {
        Conv { bias: false, ..self }
    }
}

/// One box of the figure.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Dotted, as the published weights have it; empty where there are no parameters.
    pub name: String,
    /// What it does.
    pub op: Op,
    /// Indices of earlier layers.
    pub inputs: Vec<usize>,
    /// Channels of its plane.
    pub channels: usize,
}

/// A whole network, as drawn.
#[derive(Clone, Debug)]
pub struct Figure {
    /// In the order in which they were drawn; the first is the input, the last the output.
    pub layers: Vec<Layer>,
}

/// One plane in the figure being drawn: the end of an arrow.
#[derive(Clone)]
pub struct Plane {
    sheet: Rc<RefCell<Sheet>>,
    layer: usize,
}

#[derive(Default)]
struct Sheet {
    layers: Vec<Layer>,
    part: Vec<String>,
}

impl Figure {
    /// Draws `network` on an input of `channels`. Its last layer is the output.
    ///
    /// # Panics
    /// If the drawing is wrong: a name given twice, channels that do not fit, a layer that leads
    /// nowhere. A drawing is code, so this is found by drawing it once in a test.
    pub fn draw(channels: usize, network: impl FnOnce(Plane) -> Plane) -> Figure {
        let sheet = Rc::new(RefCell::new(Sheet::default()));
        let input = Plane { sheet: sheet.clone(), layer: 0 };
        sheet.borrow_mut().layers.push(Layer {
            name: String::new(),
            op: Op::Input,
            inputs: vec![],
            channels,
        });
        let output = network(input).layer;
        let figure = Figure { layers: sheet.take().layers };
        figure.check(output);
        figure
    }

    fn check(&self, output: usize) {
        let mut names = std::collections::HashSet::new();
        let uses = self.uses();
        for (i, layer) in self.layers.iter().enumerate() {
            let what = format!("layer {i} {}, {:?}", layer.name, layer.op);
            let inputs: Vec<usize> = layer.inputs.iter().map(|&input| self.layers[input].channels).collect();
            let fits = match layer.op {
                Op::Conv(conv) => !conv.depthwise || inputs[0] == conv.channels,
                Op::PixelShuffle { ratio } => inputs[0] == layer.channels * ratio * ratio,
                Op::Sum => inputs[0] == inputs[1],
                _ => true,
            };
            assert!(fits && layer.channels > 0, "{what}: channels {inputs:?} do not fit");
            assert!(!layer.op.has_parameters() || names.insert(&layer.name), "{what}: the name is taken");
            assert!(uses[i] > 0, "{what}: leads nowhere");
        }
        assert_eq!(output, self.layers.len() - 1, "the output is not what was drawn last");
    }

    /// Channels of the picture that the network takes.
    pub fn input_channels(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.channels)
    }

    /// Channels of the result.
    pub fn output_channels(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.channels)
    }

    /// How many layers read each plane; the output counts as read once more.
    pub fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.layers.len()];
        for input in self.layers.iter().flat_map(|layer| &layer.inputs) {
            uses[*input] += 1;
        }
        if let Some(output) = uses.last_mut() {
            *output += 1;
        }
        uses
    }

    /// Names and shapes of all parameters and buffers, in the order of the figure.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let mut tensors = Vec::new();
        for layer in &self.layers {
            let mut add = |field: &str, shape: &[usize]| {
                tensors.push((format!("{}.{field}", layer.name), shape.to_vec()))
            };
            match layer.op {
                Op::Conv(conv) => {
                    let inputs = self.layers[layer.inputs[0]].channels;
                    let side = conv.window.kernel;
                    add("weight", &[conv.channels, if conv.depthwise { 1 } else { inputs }, side, side]);
                    if conv.bias {
                        add("bias", &[conv.channels]);
                    }
                }
                Op::BatchNorm { .. } => {
                    for field in ["weight", "bias", "running_mean", "running_var"] {
                        add(field, &[layer.channels]);
                    }
                }
                Op::Prelu => add("weight", &[layer.channels]),
                _ => {}
            }
        }
        tensors
    }

    /// How many numbers training changes; running statistics are not counted.
    pub fn parameter_count(&self) -> usize {
        let trained = |name: &str| !name.contains(".running_");
        self.tensors()
            .iter()
            .filter(|(name, _)| trained(name))
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum()
    }
}

impl Plane {
    fn add(&self, name: &str, op: Op, others: &[&Plane], channels: usize) -> Plane {
        let mut sheet = self.sheet.borrow_mut();
        let name = if name.is_empty() {
            String::new()
        } else {
            [&sheet.part[..], &[name.to_string()]].concat().join(".")
        };
        let inputs = std::iter::once(self.layer).chain(others.iter().map(|plane| plane.layer)).collect();
        sheet.layers.push(Layer { name, op, inputs, channels });
        Plane { sheet: self.sheet.clone(), layer: sheet.layers.len() - 1 }
    }

    /// Channels of this plane.
    pub fn channels(&self) -> usize {
        self.sheet.borrow().layers[self.layer].channels
    }

    /// Draws a part whose names all start with `name`.
    pub fn part(&self, name: impl Into<String>, part: impl FnOnce(Plane) -> Plane) -> Plane {
        self.sheet.borrow_mut().part.push(name.into());
        let end = part(self.clone());
        self.sheet.borrow_mut().part.pop();
        end
    }

    /// A convolution.
    pub fn conv(&self, name: &str, conv: Conv) -> Plane {
        self.add(name, Op::Conv(conv), &[], conv.channels)
    }
    /// Batch normalisation with PyTorch's epsilon, 1e-5.
    pub fn batch_norm(&self, name: &str) -> Plane {
        self.batch_norm_with(name, 1e-5)
    }
    /// Batch normalisation with another epsilon.
    pub fn batch_norm_with(&self, name: &str, epsilon: f64) -> Plane {
        self.add(name, Op::BatchNorm { epsilon }, &[], self.channels())
    }
    /// PReLU, a slope a channel.
    pub fn prelu(&self, name: &str) -> Plane {
        self.add(name, Op::Prelu, &[], self.channels())
    }
    /// ReLU that ends at 6.
    pub fn relu6(&self) -> Plane {
        self.add("", Op::Relu6, &[], self.channels())
    }
    /// ReLU.
    pub fn relu(&self) -> Plane {
        self.add("", Op::Relu, &[], self.channels())
    }
    /// Leaky ReLU of slope 0.2.
    pub fn leaky_relu(&self) -> Plane {
        self.add("", Op::LeakyRelu, &[], self.channels())
    }
    /// The largest in each window; outside of the plane nothing counts.
    pub fn max_pool(&self, kernel: usize, stride: usize, padding: usize) -> Plane {
        let window = Window { kernel, stride, padding: [padding; 2] };
        self.add("", Op::MaxPool(window), &[], self.channels())
    }
    /// Twice as high and wide, bilinear.
    pub fn enlarge(&self) -> Plane {
        self.add("", Op::Enlarge, &[], self.channels())
    }
    /// `ratio` times as high and wide, by rearranging channels.
    pub fn pixel_shuffle(&self, ratio: usize) -> Plane {
        self.add("", Op::PixelShuffle { ratio }, &[], self.channels() / (ratio * ratio))
    }
    /// The channels of both.
    pub fn concat(&self, other: &Plane) -> Plane {
        self.add("", Op::Concat, &[other], self.channels() + other.channels())
    }
}

impl std::ops::Add for Plane {
    type Output = Plane;
    fn add(self, other: Plane) -> Plane {
        Plane::add(&self, "", Op::Sum, &[&other], self.channels())
    }
}
