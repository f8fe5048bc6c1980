//! A figure as a burn module: for training, for GPUs, and as the reference of the CPU plan.

use crate::network::figure::{Figure, LEAK, Layer, Op, Window};
use crate::weights::{Tensor as Stored, Tensors, WeightsError};
use burn::module::{Module, ModuleMapper, Param, ParamId, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PRelu, PReluConfig, PaddingConfig2d};
use burn::tensor::activation::{leaky_relu, relu};
use burn::tensor::module::{interpolate, max_pool2d};
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor, TensorData};

/// The parameters of one layer.
#[derive(Module, Debug)]
pub enum Parameters {
    /// Of a convolution.
    Conv(Conv2d),
    /// Of a batch norm, with its running statistics.
    BatchNorm(BatchNorm),
    /// Of a PReLU.
    Prelu(PRelu),
}

/// A drawing with parameters on a device.
#[derive(Module, Debug)]
pub struct Trainable {
    /// In the figure's order, for the layers that have any.
    parameters: Vec<Parameters>,
    #[module(skip)]
    figure: Figure,
}

impl Trainable {
    /// With random parameters: Kaiming uniform, as burn and PyTorch do without being asked.
    pub fn init(figure: &Figure, device: &Device) -> Trainable {
        let mut parameters = Vec::new();
        for layer in &figure.layers {
            match layer.op {
                Op::Conv(conv) => {
                    let channels = [figure.layers[layer.inputs[0]].channels, conv.channels];
                    let Window { kernel, stride, padding: [before, after] } = conv.window;
                    let config = Conv2dConfig::new(channels, [kernel; 2])
                        .with_stride([stride; 2])
                        .with_padding(PaddingConfig2d::Explicit(before, before, after, after))
                        .with_groups(if conv.depthwise { conv.channels } else { 1 })
                        .with_bias(conv.bias);
                    parameters.push(Parameters::Conv(config.init(device)));
                }
                Op::BatchNorm { epsilon } => {
                    parameters.push(Parameters::BatchNorm(
                        BatchNormConfig::new(layer.channels).with_epsilon(epsilon).init(device),
                    ));
                }
                Op::Prelu => {
                    let config = PReluConfig::new().with_num_parameters(layer.channels);
                    parameters.push(Parameters::Prelu(config.init(device)))
                }
                _ => {}
            }
        }
        let module = Trainable { parameters, figure: figure.clone() };
        module.map(&mut Numbered(0))
    }

    /// The drawing.
    pub fn figure(&self) -> &Figure {
        &self.figure
    }

    /// Runs the figure on `[batch, channels, height, width]`.
    ///
    /// # Panics
    /// If the sides do not fit the strides of the network.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let mut left = self.figure.uses();
        let mut parameters = self.parameters.iter();
        let mut planes: Vec<Option<Tensor<4>>> = vec![Some(input)];
        for layer in &self.figure.layers[1..] {
            // A plane is moved out at its last use, so that nothing outlives its need.
            let mut take = |of: usize| {
                let index = layer.inputs[of];
                left[index] -= 1;
                if left[index] == 0 { planes[index].take() } else { planes[index].clone() }
                    .expect("drawn before it is used")
            };
            let x = take(0);
            let plane = match layer.op {
                Op::Input => unreachable!("only the first layer is the input"),
                Op::Conv(_) | Op::BatchNorm { .. } | Op::Prelu => {
                    match parameters.next().expect("one for each such layer") {
                        Parameters::Conv(conv) => conv.forward(x),
                        Parameters::BatchNorm(norm) => norm.forward(x),
                        Parameters::Prelu(prelu) => prelu.forward(x),
                    }
                }
                Op::Relu => relu(x),
                Op::Relu6 => x.clamp(0.0, 6.0),
                Op::LeakyRelu => leaky_relu(x, f64::from(LEAK)),
                Op::MaxPool(Window { kernel, stride, padding: [padding, _] }) => {
                    let options = burn::tensor::ops::MaxPoolOptions::<2>::new([kernel; 2])
                        .with_stride([stride; 2])
                        .with_padding([padding; 2]);
                    max_pool2d(x, options)
                }
                Op::Enlarge => interpolate(
                    x,
                    InterpolateOptions::new(InterpolateMode::Bilinear)
                        .with_align_corners(false)
                        .with_scale_factor([2.0, 2.0]),
                ),
                Op::PixelShuffle { ratio } => pixel_shuffle(x, ratio),
                Op::Sum => x + take(1),
                Op::Concat => Tensor::cat(vec![x, take(1)], 1),
            };
            planes.push(Some(plane));
        }
        planes.pop().flatten().expect("the last layer is the output")
    }

    /// Every tensor under its name in the figure: how weights are saved, and handed to the plan.
    pub fn tensors(&self) -> Tensors {
        let mut tensors = Tensors::default();
        for (layer, parameters) in named(&self.figure).zip(&self.parameters) {
            let mut put = |field: &str, tensor| tensors.insert(format!("{}.{field}", layer.name), tensor);
            match parameters {
                Parameters::Conv(conv) => {
                    put("weight", stored(conv.weight.val()));
                    if let Some(bias) = &conv.bias {
                        put("bias", stored(bias.val()));
                    }
                }
                Parameters::BatchNorm(norm) => {
                    put("weight", stored(norm.gamma.val()));
                    put("bias", stored(norm.beta.val()));
                    put("running_mean", stored(norm.running_mean.value_sync()));
                    put("running_var", stored(norm.running_var.value_sync()));
                }
                Parameters::Prelu(prelu) => put("weight", stored(prelu.alpha.val())),
            }
        }
        tensors
    }

    /// Keeps the layers of `part` (a dotted name, as `encoder.layer1`) as they are: no gradient, running statistics.
    pub fn frozen(mut self, part: &str) -> Trainable {
        let kept = named(&self.figure)
            .map(|layer| layer.name == part || layer.name.starts_with(&format!("{part}.")));
        let frozen =
            |(parameters, kept): (Parameters, bool)| if kept { parameters.freeze() } else { parameters };
        self.parameters = self.parameters.into_iter().zip(kept).map(frozen).collect();
        self
    }

    /// With every parameter from these tensors.
    ///
    /// # Errors
    /// If one is missing, left over or of another shape.
    pub fn loaded(self, tensors: &Tensors, device: &Device) -> Result<Trainable, WeightsError> {
        tensors.fit(&self.figure).complete()?;
        Ok(self.filled(tensors, device))
    }

    /// With the parameters that are among these tensors in the right shape; the others stay.
    pub fn filled(mut self, tensors: &Tensors, device: &Device) -> Trainable {
        let figure = self.figure.clone();
        for (layer, parameters) in named(&figure).zip(&mut self.parameters) {
            let get = |field: &str| tensors.get(&format!("{}.{field}", layer.name));
            match parameters {
                Parameters::Conv(conv) => {
                    replace(&mut conv.weight, get("weight"), device);
                    if let Some(bias) = &mut conv.bias {
                        replace(bias, get("bias"), device);
                    }
                }
                Parameters::BatchNorm(norm) => {
                    replace(&mut norm.gamma, get("weight"), device);
                    replace(&mut norm.beta, get("bias"), device);
                    replace_running(&mut norm.running_mean, get("running_mean"), device);
                    replace_running(&mut norm.running_var, get("running_var"), device);
                }
                Parameters::Prelu(prelu) => replace(&mut prelu.alpha, get("weight"), device),
            }
        }
        self
    }

    /// An average that moves by `part` toward `newer`: an exponential moving average of the weights.
    ///
    /// Running statistics are taken over as they are. Both have to be off the autodiff device
    /// ([`Module::valid`]).
    pub fn moved_toward(mut self, newer: &Trainable, part: f64) -> Trainable {
        for (average, newer) in self.parameters.iter_mut().zip(&newer.parameters) {
            match (average, newer) {
                (Parameters::Conv(average), Parameters::Conv(newer)) => {
                    mix(&mut average.weight, &newer.weight, part);
                    if let (Some(average), Some(newer)) = (&mut average.bias, &newer.bias) {
                        mix(average, newer, part);
                    }
                }
                (Parameters::BatchNorm(average), Parameters::BatchNorm(newer)) => {
                    mix(&mut average.gamma, &newer.gamma, part);
                    mix(&mut average.beta, &newer.beta, part);
                    average.running_mean = RunningState::new(newer.running_mean.value_sync());
                    average.running_var = RunningState::new(newer.running_var.value_sync());
                }
                (Parameters::Prelu(average), Parameters::Prelu(newer)) => {
                    mix(&mut average.alpha, &newer.alpha, part)
                }
                _ => unreachable!("both are of the same drawing"),
            }
        }
        self
    }
}

/// Numbers the parameters in the order of the figure, so that an optimiser's state, which goes by
/// these numbers, fits the module of a resumed run.
struct Numbered(u64);

impl ModuleMapper for Numbered {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (_, tensor, mapper) = parameter.consume();
        self.0 += 1;
        Param::from_mapped_value(ParamId::from(self.0), tensor, mapper)
    }
}

/// The layers that have parameters, in the order of the figure.
fn named(figure: &Figure) -> impl Iterator<Item = &Layer> {
    figure.layers.iter().filter(|layer| layer.op.has_parameters())
}

fn replace<const D: usize>(parameter: &mut Param<Tensor<D>>, stored: Option<&Stored>, device: &Device) {
    if let Some(stored) = stored.filter(|stored| stored.shape == parameter.dims()) {
        let id = parameter.id;
        *parameter = Param::from_tensor(from_stored(stored, device));
        parameter.id = id;
    }
}

fn replace_running(state: &mut RunningState<Tensor<1>>, stored: Option<&Stored>, device: &Device) {
    if let Some(stored) = stored.filter(|stored| stored.shape == state.value().dims()) {
        *state = RunningState::new(from_stored(stored, device));
    }
}

fn from_stored<const D: usize>(stored: &Stored, device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(stored.values.clone(), stored.shape.clone()), device)
}

fn mix<const D: usize>(average: &mut Param<Tensor<D>>, newer: &Param<Tensor<D>>, part: f64) {
    let moved = average.val() + (newer.val() - average.val()).mul_scalar(part);
    *average = Param::from_tensor(moved);
}

fn stored<const D: usize>(tensor: Tensor<D>) -> Stored {
    let shape = tensor.dims().to_vec();
    Stored { shape, values: tensor.into_data().try_to_vec::<f32>().expect("parameters are f32") }
}

/// PyTorch's order.
fn pixel_shuffle(x: Tensor<4>, r: usize) -> Tensor<4> {
    let [b, c, h, w] = x.dims();
    x.reshape([b, c / (r * r), r, r, h, w]).permute([0, 1, 4, 2, 5, 3]).reshape([
        b,
        c / (r * r),
        h * r,
        w * r,
    ])
}

#[cfg(test)]
mod tests;
