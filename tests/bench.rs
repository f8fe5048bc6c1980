//! How fast the CPU plan is beside burn's flex backend, and several workers beside one: `cargo xtask bench`.
//!
//! Times of one machine on one day mean little. What is compared runs in turn, round after round, and the ratio
//! of each round counts: its median, with the least and the most.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for whoever measures")]
// burn's tensors nest types deeply.
#![recursion_limit = "256"]

use astrochroma::module::Trainable;
use astrochroma::network::{Architecture, Task, catalogue};
use astrochroma::pipeline::part::Strip;
use astrochroma::pipeline::upscale::Upscaler;
use astrochroma::pipeline::{Network, SCALE};
use astrochroma::plan::Plan;
use astrochroma::raster::Raster;
use astrochroma::weights::manifest::Entry;
use burn::tensor::{Device, Distribution, Tensor};
use std::sync::Arc;
use std::time::Instant;

const ROUNDS: usize = 7;

fn main() {
    // Before burn's threads are there: one thread each is compared.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap();
    println!("median of {ROUNDS} rounds (least to most); GFLOP/s count a multiply-add as two");
    println!("\nCPU plan beside burn-flex, one thread each:");
    for (name, architecture) in catalogue() {
        let side = match architecture.task() {
            Task::Colorize => 256,
            Task::Upscale => 64,
            Task::Criticize => continue,
        };
        beside_flex(name, &architecture, side);
    }
    println!("\nedsr-small on 192 x 256 pixels, strips on all workers beside one:");
    workers_beside_one();
}

fn beside_flex(name: &str, architecture: &Architecture, side: usize) {
    let figure = architecture.figure();
    let device = Device::flex();
    let module = Trainable::init(&figure, &device);
    let plan = Arc::new(Plan::compile(&figure, &module.tensors()).unwrap());
    let channels = figure.input_channels();
    let input = Tensor::<4>::random([1, channels, side, side], Distribution::Default, &device);
    let plane = Raster::zeros(side, side, channels);
    let work = 2e-9 * figure.multiply_adds(side, side).unwrap() as f64;
    let rounds =
        paired(|| drop(plan.run(&plane).unwrap()), || drop(module.forward(input.clone()).into_data()));
    let speed = |of: fn(&[f64; 2]) -> f64| work / median(rounds.iter().map(of).collect());
    println!(
        "  {name:21} {side}²: plan {:5.1} GFLOP/s, flex {:5.1}; plan is {} times as fast",
        speed(|r| r[0]),
        speed(|r| r[1]),
        ratio(&rounds)
    );
}

fn workers_beside_one() {
    let architecture = catalogue().into_iter().find(|(name, _)| *name == "edsr-small").unwrap().1;
    let tensors = Trainable::init(&architecture.figure(), &Device::flex()).tensors();
    let network = Network::compile(&Entry::unnamed(architecture), &tensors).unwrap();
    let upscaler = Upscaler::new(&network).unwrap();
    let picture = Raster::zeros(192, 256, 3);
    let workers = std::thread::available_parallelism().unwrap().get();
    let enlarge = |workers: usize| {
        let strips = upscaler.strips(picture.height, picture.width, workers).unwrap();
        let rows: usize = std::thread::scope(|scope| {
            let start = |strip: &Strip| {
                let cut_out = picture.part(0..picture.height, strip.input.clone());
                let bands = upscaler.start(strip, &cut_out).unwrap();
                scope.spawn(move || bands.map(|band| band.raster.height).sum::<usize>())
            };
            let started: Vec<_> = strips.iter().map(start).collect();
            started.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        assert_eq!(rows, picture.height * SCALE * strips.len());
    };
    let rounds = paired(|| enlarge(workers), || enlarge(1));
    println!("  {workers} workers are {} times as fast", ratio(&rounds));
}

/// Seconds of both, in turn, after one round that does not count.
fn paired(first: impl Fn(), second: impl Fn()) -> Vec<[f64; 2]> {
    let seconds = |work: &dyn Fn()| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..=ROUNDS).map(|_| [seconds(&first), seconds(&second)]).skip(1).collect()
}

/// How many times as long the second took.
fn ratio(rounds: &[[f64; 2]]) -> String {
    let mut ratios: Vec<f64> = rounds.iter().map(|[first, second]| second / first).collect();
    ratios.sort_by(f64::total_cmp);
    format!("{:.2} ({:.2} to {:.2})", median(ratios.clone()), ratios[0], ratios[ratios.len() - 1])
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
