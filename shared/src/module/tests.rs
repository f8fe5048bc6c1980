//! What holds for every network of the catalogue, and between its readings.

use super::*;
use crate::network::edsr::Edsr;
use crate::network::figure::k;
use crate::network::patch_critic::PatchCritic;
use crate::network::srgan_critic::SrganCritic;
use crate::network::srresnet::SrResNet;
use crate::network::unet_lite0::UnetLite0;
use crate::network::unet_resnet18::{Through, UnetResnet18};
use crate::network::{Architecture, catalogue};
use crate::plan::Plan;
use crate::raster::Raster;
use crate::weights::tests::{filled, noise};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Distribution;
use std::sync::Arc;

/// Every network, narrow, with a picture that is neither square nor even where the strides allow it.
fn narrow() -> Vec<(Architecture, [usize; 2])> {
    let encoder = [8, 4, 6, 6, 8, 10];
    let networks = vec![
        (Architecture::UnetLite0(UnetLite0 { encoder, decoder: [8, 6, 4] }), [48, 32]),
        (Architecture::UnetResnet18(UnetResnet18 { through: Through::Layer4, channels: 4 }), [96, 64]),
        (Architecture::UnetResnet18(UnetResnet18 { through: Through::Layer3, channels: 4 }), [48, 32]),
        (Architecture::Edsr(Edsr { blocks: 2, channels: 6, last_channels: 3 }), [9, 7]),
        (Architecture::SrResNet(SrResNet { blocks: 2, channels: 5 }), [9, 7]),
        (Architecture::PatchCritic(PatchCritic { channels: 3 }), [43, 38]),
        (Architecture::SrganCritic(SrganCritic { channels: 3, dense: 5 }), [96, 101]),
    ];
    let names = |of: Vec<Architecture>| of.iter().map(std::mem::discriminant).collect::<Vec<_>>();
    let whole = catalogue().into_iter().map(|(_, network)| network).collect();
    assert_eq!(names(networks.iter().map(|(network, _)| network.clone()).collect()), names(whole));
    networks
}

fn forward(figure: &Figure, tensors: &Tensors, input: &Raster) -> Raster {
    let device = Device::flex();
    let module = Trainable::init(figure, &device).loaded(tensors, &device).unwrap();
    let (height, width, channels) = (input.height, input.width, input.channels);
    let at = |i: usize| input.samples[i % (height * width) * channels + i / (height * width)];
    let planes: Vec<f32> = (0..input.samples.len()).map(at).collect();
    let data = TensorData::new(planes, [1, channels, height, width]);
    let result = module.forward(Tensor::from_data(data, &device));
    let [_, channels, height, width] = result.dims();
    let planes = result.into_data().try_to_vec::<f32>().unwrap();
    let at = |i: usize| planes[i % channels * height * width + i / channels];
    Raster { height, width, channels, samples: (0..planes.len()).map(at).collect() }
}

fn picture(figure: &Figure, [height, width]: [usize; 2]) -> Raster {
    let channels = figure.input_channels();
    Raster { height, width, channels, samples: noise("picture", height * width * channels) }
}

fn assert_plan_agrees(figure: &Figure, size: [usize; 2], what: &str) {
    let (tensors, input) = (filled(figure), picture(figure, size));
    let expected = forward(figure, &tensors, &input);
    let plan = Arc::new(Plan::compile(figure, &tensors).unwrap());
    let largest = expected.samples.iter().fold(0f32, |most, v| most.max(v.abs()));
    for band in [1, 3, 4, 8, expected.height] {
        let bands: Vec<_> = plan.start(&input, band).unwrap().collect();
        let rows: Vec<f32> = bands.iter().flat_map(|band| band.raster.samples.clone()).collect();
        assert_eq!(rows.len(), expected.samples.len(), "{what}, band {band}");
        let worst = rows.iter().zip(&expected.samples).fold(0f32, |most, (a, b)| most.max((a - b).abs()));
        assert!(worst < 2e-5 * largest, "{what}, band {band}: differs by {worst} of {largest}");
    }
}

#[test]
fn plan_agrees_with_module() {
    for (network, size) in narrow() {
        assert_plan_agrees(&network.figure(), size, &format!("{network:?}"));
    }
}

/// What cannot be folded or fused is done all the same.
#[test]
fn unfused_plan_agrees() {
    let figure = Figure::draw(4, |x| {
        let y = x.relu6().batch_norm("bn0").conv("a", k(3).n(8)).prelu("prelu");
        let y = y.pixel_shuffle(2).batch_norm("bn1");
        let z = y.enlarge().relu().conv("b", k(2).n(2).s(2).padded([0, 0]));
        let doubled = z.clone() + z;
        (y + doubled).leaky_relu()
    });
    assert_plan_agrees(&figure, [7, 5], "unfused");
}

/// Memory follows the width: a picture twice as high needs no more.
#[test]
fn plan_memory_does_not_follow_the_height() {
    for (network, [height, width]) in narrow() {
        let figure = network.figure();
        let plan = Plan::compile(&figure, &filled(&figure)).unwrap();
        let memory = |times: usize| plan.memory(times * height, width, 4).unwrap();
        assert_eq!(memory(8), memory(16), "{network:?}");
    }
}

#[test]
fn plan_memory_is_what_a_run_holds() {
    for (network, size) in narrow() {
        let figure = network.figure();
        let plan = Arc::new(Plan::compile(&figure, &filled(&figure)).unwrap());
        let run = plan.start(&picture(&figure, size), 4).unwrap();
        assert_eq!(run.held(), plan.memory(size[0], size[1], 4).unwrap(), "{network:?}");
    }
}

/// Positive weights and no biases: light goes wherever a layer can carry it.
fn carrying(figure: &Figure) -> Tensors {
    let mut tensors = Tensors::default();
    for (name, shape) in figure.tensors() {
        let count = shape.iter().product();
        let value = match name.rsplit('.').next() {
            Some("weight") => shape[0] as f32 / count as f32,
            Some("running_var") => 1.0,
            _ => 0.0,
        };
        tensors.insert(name, Stored { shape, values: vec![value; count] });
    }
    tensors
}

/// A bright pixel on black lights exactly the rows, and the columns, that need it. The picture is long
/// enough that some before and some after stay dark.
#[test]
fn needs_is_exact() {
    for (network, [_, short]) in narrow() {
        let figure = network.figure();
        let plan = Arc::new(Plan::compile(&figure, &carrying(&figure)).unwrap());
        let long = (3 * figure.needs(0..1).len()).next_multiple_of(figure.grid());
        let lit = long / 2 + 1;
        for tall in [true, false] {
            let along = |long: usize, short: usize| if tall { [long, short] } else { [short, long] };
            let ([height, width], [row, column]) = (along(long, short), along(lit, short / 2));
            let mut input = Raster::zeros(height, width, figure.input_channels());
            let channels = input.channels;
            input.row_mut(row)[column * channels..][..channels].fill(1e6);
            let result = plan.run(&input).unwrap();
            let places = if tall { result.height } else { result.width };
            let mut shining = vec![false; places];
            for row in 0..result.height {
                for column in 0..result.width {
                    let place = if tall { row } else { column };
                    shining[place] |= result.pixel(row, column).iter().any(|v| *v > 0.0);
                }
            }
            let needed = |place: usize| {
                let place = place as isize;
                figure.needs(place..place + 1).contains(&(lit as isize))
            };
            let needing: Vec<bool> = (0..places).map(needed).collect();
            assert_eq!(shining, needing, "{network:?}, tall: {tall}, lit: {lit}");
            assert!(!shining[0] && !shining[places - 1] && shining.contains(&true), "{network:?}");
        }
    }
}

#[test]
fn every_parameter_gets_a_gradient() {
    let device = Device::flex().autodiff();
    device.seed(1);
    for (network, [height, width]) in narrow() {
        let figure = network.figure();
        let mut module = Trainable::init(&figure, &device);
        let mut optimizer: ModuleOptimizer = AdamConfig::new().init();
        let shape = [2, figure.input_channels(), height, width];
        let x = Tensor::<4>::random(shape, Distribution::Uniform(0.0, 1.0), &device);
        let before = module.tensors();
        let result = module.forward(x);
        let target = Tensor::random(result.dims(), Distribution::Uniform(-1.0, 1.0), &device);
        let loss = (result - target).powi_scalar(2).mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &module);
        module = optimizer.step(1e-2, module, gradients);
        let after = module.tensors();
        for (name, tensor) in before.iter() {
            assert!(Some(tensor) != after.get(name), "{network:?}: {name} did not change");
        }
    }
}

#[test]
fn a_moving_average_lies_between() {
    let device = Device::flex();
    let figure = narrow().remove(3).0.figure();
    let (a, b) = (Trainable::init(&figure, &device), Trainable::init(&figure, &device));
    let moved = a.clone().moved_toward(&b, 0.25).tensors();
    for (name, tensor) in a.tensors().iter() {
        let (newer, moved) = (b.tensors(), moved.get(name).unwrap());
        for (i, value) in tensor.values.iter().enumerate() {
            let expected = 0.75 * value + 0.25 * newer.get(name).unwrap().values[i];
            assert!((moved.values[i] - expected).abs() < 1e-6, "{name}");
        }
    }
}
