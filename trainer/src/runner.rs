//! Shipped networks at work: compiled plans on the processor's cores, or burn modules on a GPU.

use crate::device::Opened;
use anyhow::Result;
use astrochroma::color::Lightness;
use astrochroma::module::Trainable;
use astrochroma::network::Architecture;
use astrochroma::picture::Canvas;
use astrochroma::pipeline::colorize::{Colored, colorize, prepare};
use astrochroma::pipeline::on_device::OnDevice;
use astrochroma::pipeline::part::Strip;
use astrochroma::pipeline::self_test::SelfTest;
use astrochroma::pipeline::upscale::{TILE_COLUMNS, Upscaler};
use astrochroma::pipeline::{Network, PipelineError, SCALE};
use astrochroma::plan::Band;
use astrochroma::raster::Raster;
use astrochroma::weights::manifest::Entry;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// A network, and what runs it.
pub struct Runner {
    network: Network,
    /// Where it is not the plan.
    on_device: Option<OnDevice>,
}

impl Runner {
    /// Checks bytes against their entry in the manifest, and makes them ready for the device.
    ///
    /// # Errors
    /// If they are not what the entry says, or the device is a GPU and wrong ([`WrongDevice`]).
    pub fn load(entry: &Entry, bytes: &[u8], opened: &Opened) -> Result<Runner> {
        let network = Network::load(entry, bytes)?;
        let on_device = match opened {
            Opened::Processor => None,
            Opened::Gpu(device) => {
                let on_device = OnDevice::load(entry, bytes, device)?;
                prove(&network, &on_device)?;
                Some(on_device)
            }
        };
        Ok(Runner { network, on_device })
    }

    /// What the manifest says of it.
    pub fn entry(&self) -> &Entry {
        self.network.entry()
    }

    /// Predicts colours.
    ///
    /// # Errors
    /// If the network does something else, or the device is lost.
    pub fn colorize(&self, lightness: Lightness) -> Result<Colored> {
        let Some(on_device) = &self.on_device else { return Ok(colorize(&self.network, lightness)?) };
        let prepared = prepare(&self.network, lightness)?;
        let output = pollster::block_on(on_device.run(prepared.input()))?;
        Ok(prepared.colored(output)?)
    }

    /// Enlarges; bands are put where they belong as they come.
    ///
    /// # Errors
    /// If the network does something else, or the device is lost.
    pub fn upscale(&self, display: &Raster, canvas: &mut Canvas) -> Result<()> {
        let upscaler = Upscaler::new(&self.network)?;
        match &self.on_device {
            Some(on_device) => in_tiles(&upscaler, on_device, display, canvas),
            None => in_strips(&upscaler, display, canvas),
        }
    }
}

/// A GPU whose results are not the processor's.
#[derive(Debug, thiserror::Error)]
#[error("the GPU is wrong ({0}); use --device cpu, or another driver")]
pub struct WrongDevice(String);

/// Whether a GPU makes of a network what the processor makes of it, on a tile that is another each time.
///
/// # Errors
/// If it does not.
fn prove(network: &Network, on_device: &OnDevice) -> Result<()> {
    let test = SelfTest::new(network, rand::random())?;
    let result = pollster::block_on(on_device.run(test.input()))?;
    test.compare(&result).map_err(|disagreement| WrongDevice(disagreement.to_string()))?;
    Ok(())
}

/// The same for a network that is to be trained there, with random parameters.
///
/// # Errors
/// If the GPU makes something else of it than the processor.
pub fn prove_for_training(architecture: &Architecture, opened: &Opened) -> Result<()> {
    let Opened::Gpu(device) = opened else { return Ok(()) };
    let figure = architecture.figure();
    let tensors = Trainable::init(&figure, &Opened::Processor.device()).tensors();
    let network = Network::compile(&Entry::unnamed(architecture.clone()), &tensors)?;
    prove(&network, &OnDevice::new(&figure, &tensors, device)?)
}

/// Tile after tile on a GPU.
fn in_tiles(upscaler: &Upscaler, on_device: &OnDevice, display: &Raster, canvas: &mut Canvas) -> Result<()> {
    let strips = upscaler.strips(display.height, display.width, display.width.div_ceil(TILE_COLUMNS))?;
    let bar = bar(display.height * strips.len());
    for strip in &strips {
        let cut_out = display.part(0..display.height, strip.input.clone());
        for tile in upscaler.tiles(strip, display.height) {
            let input = tile.input(&cut_out);
            let output = pollster::block_on(on_device.run(&input))?;
            let Band { top, raster } = tile.band(&input, &output)?;
            canvas.put(top, strip.output.start, &raster);
            bar.inc((raster.height / SCALE) as u64);
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// Strips on all cores.
fn in_strips(upscaler: &Upscaler, display: &Raster, canvas: &mut Canvas) -> Result<()> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let strips = upscaler.strips(display.height, display.width, workers)?;
    let bar = bar(display.height * strips.len());
    let next = AtomicUsize::new(0);
    let (sender, bands) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..workers.min(strips.len()) {
            let (sender, strips, next) = (sender.clone(), &strips, &next);
            scope.spawn(move || {
                while let Some(strip) = strips.get(next.fetch_add(1, Ordering::Relaxed)) {
                    run_strip(upscaler, strip, display, &sender);
                }
            });
        }
        drop(sender);
        for band in bands {
            let (left, band) = band?;
            canvas.put(band.top, left, &band.raster);
            bar.inc((band.raster.height / SCALE) as u64);
        }
        bar.finish_and_clear();
        Ok(())
    })
}

/// A strip's bands, or what went wrong; nobody listens any more once another strip has failed.
fn run_strip(
    upscaler: &Upscaler,
    strip: &Strip,
    display: &Raster,
    sender: &mpsc::Sender<Result<(usize, Band), PipelineError>>,
) {
    let cut_out = display.part(0..display.height, strip.input.clone());
    match upscaler.start(strip, &cut_out) {
        Ok(mut run) => {
            run.try_for_each(|band| sender.send(Ok((strip.output.start, band)))).ok();
        }
        Err(error) => {
            sender.send(Err(error)).ok();
        }
    }
}

fn bar(rows: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {percent} %  {eta} left");
    ProgressBar::new(rows as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
