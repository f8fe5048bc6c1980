//! Every network against PyTorch, and one against ONNX Runtime: `tests/golden/network`, a folder a case.

#![allow(clippy::disallowed_methods, reason = "the cases are files; the crate itself opens none")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails with what it did not expect")]

use astrochroma::network::{Architecture, catalogue};
use astrochroma::plan::Plan;
use astrochroma::raster::Raster;
use astrochroma::weights::{Tensor, Tensors};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/network");

struct Case {
    name: String,
    architecture: Architecture,
    weights: Tensors,
    input: Raster,
    expected: Vec<Expected>,
}

struct Expected {
    name: String,
    raster: Raster,
    /// Of its largest sample.
    tolerance: f32,
}

/// What this test reads of a `case.toml`.
#[derive(Deserialize)]
struct Description {
    architecture: Architecture,
    tolerance: Vec<Tolerance>,
}

#[derive(Deserialize)]
struct Tolerance {
    tensor: String,
    value: f32,
}

#[derive(Debug)]
struct Difference {
    largest: f32,
    mean: f64,
    /// Of the expected samples.
    scale: f32,
}

fn cases() -> Vec<Case> {
    let folders = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let cases: Vec<Case> =
        folders.filter(|path| path.join("case.toml").exists()).map(|path| case(&path)).collect();
    assert!(!cases.is_empty(), "no case in {FOLDER}");
    cases
}

fn case(folder: &Path) -> Case {
    let tensors = |file: &str| Tensors::from_safetensors(&fs::read(folder.join(file)).unwrap()).unwrap();
    let described = fs::read_to_string(folder.join("case.toml")).unwrap();
    let Description { architecture, tolerance } = toml::from_str(&described).unwrap();
    let case = tensors("case.safetensors");
    let expected: Vec<Expected> = tolerance
        .into_iter()
        .map(|Tolerance { tensor, value }| Expected {
            raster: raster(case.get(&tensor).unwrap()),
            name: tensor,
            tolerance: value,
        })
        .collect();
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(expected.len() + 1, case.iter().count(), "{name}: a tensor of the case is not compared");
    let input = raster(case.get("input").unwrap());
    Case { name, architecture, weights: tensors("weights.safetensors"), input, expected }
}

/// Channels last, of `[1, channels, height, width]`.
fn raster(tensor: &Tensor) -> Raster {
    let [1, channels, height, width] = tensor.shape[..] else { panic!("shape {:?}", tensor.shape) };
    let at = |i: usize| tensor.values[i % channels * height * width + i / channels];
    Raster { height, width, channels, samples: (0..tensor.values.len()).map(at).collect() }
}

fn by_plan(case: &Case, weights: &Tensors) -> Raster {
    let plan = Arc::new(Plan::compile(&case.architecture.figure(), weights).unwrap());
    plan.run(&case.input).unwrap()
}

fn difference(found: &Raster, expected: &Raster) -> Difference {
    let sides = |raster: &Raster| [raster.height, raster.width, raster.channels];
    assert_eq!(sides(found), sides(expected));
    assert!(found.samples.iter().all(|sample| sample.is_finite()));
    let apart = || found.samples.iter().zip(&expected.samples).map(|(a, b)| (a - b).abs());
    let mean = apart().map(f64::from).sum::<f64>() / found.samples.len() as f64;
    let scale = expected.samples.iter().fold(0f32, |most, sample| most.max(sample.abs()));
    Difference { largest: apart().fold(0.0, f32::max), mean, scale }
}

/// Compares what `run` makes of every case with what is expected.
fn assert_all_agree(engine: &str, run: impl Fn(&Case) -> Raster) {
    let mut beyond = Vec::new();
    for case in cases() {
        let found = run(&case);
        for Expected { name, raster, tolerance } in &case.expected {
            let Difference { largest, mean, scale } = difference(&found, raster);
            let line = format!(
                "{engine}, {} {name}: of the largest output, {scale:.2}, the largest difference is {:.1e}, the mean {:.1e}",
                case.name,
                largest / scale,
                mean / f64::from(scale),
            );
            println!("{line}");
            if largest > tolerance * scale {
                beyond.push(format!("{line}, allowed is {tolerance:.0e}"));
            }
        }
    }
    assert!(beyond.is_empty(), "{beyond:#?}");
}

#[test]
fn every_network_of_the_catalogue_has_a_case() {
    let cases = cases();
    for (name, network) in catalogue() {
        let same =
            |case: &Case| std::mem::discriminant(&case.architecture) == std::mem::discriminant(&network);
        assert!(cases.iter().any(same), "no golden case for {name}");
    }
    let by_onnx = |case: &Case| case.expected.iter().any(|expected| expected.name == "output_onnx");
    assert!(cases.iter().any(by_onnx), "no case was run by ONNX Runtime");
}

#[test]
fn plans_compute_what_pytorch_does() {
    assert_all_agree("plan", |case| by_plan(case, &case.weights));
}

#[cfg(feature = "burn")]
#[test]
fn modules_compute_what_pytorch_does() {
    use astrochroma::module::Trainable;
    use burn::tensor::{Device, Tensor as Planes, TensorData};

    let device = Device::flex();
    assert_all_agree("module", |case| {
        let Raster { height, width, channels, samples } = &case.input;
        let input = TensorData::new(samples.clone(), [1, *height, *width, *channels]);
        let input = Planes::<4>::from_data(input, &device).permute([0, 3, 1, 2]);
        let module =
            Trainable::init(&case.architecture.figure(), &device).loaded(&case.weights, &device).unwrap();
        let planes = module.forward(input);
        let shape = planes.dims().to_vec();
        raster(&Tensor { shape, values: planes.into_data().try_to_vec::<f32>().unwrap() })
    });
}

/// A case whose result hardly depends on some tensor would not see that it is used wrongly.
#[test]
fn every_tensor_of_every_case_matters() {
    for case in cases() {
        let Expected { raster, tolerance, .. } = &case.expected[0];
        for (name, tensor) in case.weights.iter() {
            let values = tensor.values.iter().map(|value| 1.05 * value + 0.05).collect();
            let mut spoiled = case.weights.clone();
            spoiled.insert(name, Tensor { shape: tensor.shape.clone(), values });
            let Difference { largest, scale, .. } = difference(&by_plan(&case, &spoiled), raster);
            assert!(largest > 20.0 * tolerance * scale, "{} {name}: {:.1e}", case.name, largest / scale);
        }
    }
}

#[test]
fn parameter_counts_are_pytorchs() {
    let counts = fs::read_to_string(Path::new(FOLDER).join("counts.toml")).unwrap();
    let counts: BTreeMap<String, usize> = toml::from_str(&counts).unwrap();
    let ours =
        catalogue().into_iter().map(|(name, network)| (name.to_string(), network.figure().parameter_count()));
    assert_eq!(ours.collect::<BTreeMap<_, _>>(), counts);
}
