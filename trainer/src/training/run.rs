//! The loop: batches, checkpoints, validations, and what is written of them.
//!
//! A run is a folder: `config.toml`, `versions.json`, `pictures.csv` (what was used, and for what),
//! `metrics.jsonl`, `curves.svg`, `samples/` (a grid a validation), `checkpoint/`, `best.safetensors`.

use super::checkpoint::{self, Place};
use super::config::{Config, Stage};
use super::step::{Learner, Learners, Losses, adam};
use super::validation::Validation;
use crate::dataset::batch::Examples;
use crate::dataset::folder::{self, LEAST_SIDE, Split};
use crate::files::make_folder;
use crate::report::{curves, grid, record};
use crate::say;
use anyhow::{Context, Result, ensure};
use astrochroma::module::Trainable;
use burn::module::Module;
use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Batches of which the losses are averaged for one line of `metrics.jsonl`.
const RECORDED: u64 = 50;

/// The fewest pictures to learn from.
const LEAST_TRAIN: usize = 20;

/// The fewest pictures to choose by.
const LEAST_VAL: usize = 2;

/// A run under way.
pub struct Run {
    folder: PathBuf,
    config: Config,
    /// With gradients.
    device: Device,
    place: Place,
    learners: Learners,
    examples: Examples,
    validation: Validation,
    checkpoint_due: Instant,
    validation_due: Instant,
}

impl Run {
    /// Opens a run's folder: begins it, or goes on from its checkpoint. A run that cannot begin leaves nothing.
    ///
    /// # Errors
    /// If the folder holds a run of another configuration, or data are missing.
    pub fn open(folder: &Path, config: Config, device: &Device) -> Result<Run> {
        check_kept(folder, &config)?;
        let items = folder::list(&config.data, config.seed)?;
        let side = Examples::least_side(&config.network, &config.stages);
        let named = || format!("{}", config.data.folder.display());
        let train = folder::usable(&items, Split::Train, side, LEAST_TRAIN).with_context(named)?;
        let val = folder::usable(&items, Split::Val, LEAST_SIDE, LEAST_VAL).with_context(named)?;
        let examples = Examples::load(&train, &config.network)?;
        let validation = Validation::load(&val, config.network.task())?;
        let device = device.clone().autodiff();
        let (place, learners) = match checkpoint::find(folder) {
            Some(checkpoint) => resume(&checkpoint, &config, &device)?,
            None => (Place::default(), begin(&config, &device)?),
        };
        make_folder(folder)?;
        make_folder(&folder.join("samples"))?;
        config.keep(folder)?;
        record::pictures(&folder.join("pictures.csv"), &[&train[..], &val[..]].concat())?;
        record::versions(&folder.join("versions.json"), config.seed)?;
        record::cut(&folder.join("metrics.jsonl"), place.recorded)?;
        Ok(Run {
            examples,
            validation,
            folder: folder.to_path_buf(),
            checkpoint_due: Instant::now() + Duration::from_secs(config.intervals.checkpoint),
            validation_due: Instant::now() + Duration::from_secs(config.intervals.validation),
            config,
            device,
            place,
            learners,
        })
    }

    /// Trains to the end of the last stage.
    ///
    /// # Errors
    /// If a loss is no number any more, or the disk refuses.
    pub fn train(&mut self) -> Result<()> {
        while let Some(stage) = self.config.stages.get(self.place.stage).cloned() {
            self.train_stage(&stage)?;
            self.place.stage += 1;
            self.place.step = 0;
            if let Some(next) = self.config.stages.get(self.place.stage) {
                self.learners.generator.optimizer = adam(next.betas);
                self.learners.critic = None;
            }
            self.write_checkpoint()?;
        }
        say::note(format_args!(
            "all stages are done; the weights that were best by validation are {}",
            self.folder.join("best.safetensors").display()
        ));
        Ok(())
    }

    fn train_stage(&mut self, stage: &Stage) -> Result<()> {
        let bar = bar(stage, self.place.step);
        if let (Some(critic), None) = (&stage.critic, &self.learners.critic) {
            // Its own seed, so that a run resumed at the stage's start begins with the same critic.
            self.device.seed(self.config.seed.wrapping_add(1 + self.place.stage as u64));
            self.learners.critic = Some(Learner::new(&critic.network, stage.betas, &self.device));
        }
        self.freeze(stage);
        let mut window = Window::default();
        while self.place.step < stage.steps {
            let step = self.place.step;
            if step == stage.frozen_steps && stage.frozen.is_some() {
                self.thaw()?;
            }
            let batch = self.examples.batch(stage, self.config.seed, self.place.stage, step, &self.device);
            let losses = self.learners.learn(batch, &self.config, stage, step)?;
            self.place.step += 1;
            self.note(&mut window, &losses, &bar)?;
            self.keep(stage)?;
        }
        bar.finish();
        self.validate()
    }

    fn note(&self, window: &mut Window, losses: &Losses, bar: &ProgressBar) -> Result<()> {
        window.add(losses);
        bar.set_message(format!("{:.4}", window.means().pixel));
        bar.inc(1);
        if self.place.step.is_multiple_of(RECORDED) {
            let means = std::mem::take(window).means();
            record::losses(&self.folder.join("metrics.jsonl"), &self.place, &means)?;
        }
        Ok(())
    }

    /// Writes what is due.
    fn keep(&mut self, stage: &Stage) -> Result<()> {
        let now = Instant::now();
        if now >= self.validation_due && self.place.step < stage.steps {
            self.validate()?;
        }
        if now >= self.checkpoint_due {
            self.write_checkpoint()?;
            self.checkpoint_due = Instant::now() + Duration::from_secs(self.config.intervals.checkpoint);
        }
        Ok(())
    }

    fn write_checkpoint(&mut self) -> Result<()> {
        self.place.recorded = record::length(&self.folder.join("metrics.jsonl"));
        checkpoint::write(&self.folder, &self.place, &self.learners)
    }

    fn validate(&mut self) -> Result<()> {
        let tensors = self.learners.average.tensors();
        let found = self.validation.measure(&self.config.network, &tensors)?;
        record::validation(&self.folder.join("metrics.jsonl"), &self.place, &found)?;
        curves::draw(&self.folder)?;
        let name = format!("samples/{}-{:06}.png", self.place.stage, self.place.step);
        grid::write(&self.folder.join(name), &found.samples)?;
        if self.place.best.is_none_or(|best| found.loss < best) {
            self.place.best = Some(found.loss);
            checkpoint::write_tensors(&self.folder.join("best.safetensors"), &tensors)?;
        }
        self.validation_due = Instant::now() + Duration::from_secs(self.config.intervals.validation);
        Ok(())
    }

    fn freeze(&mut self, stage: &Stage) {
        if let Some(part) = stage.frozen.as_deref().filter(|_| self.place.step < stage.frozen_steps) {
            let generator = &mut self.learners.generator;
            generator.module = generator.module.clone().frozen(part);
        }
    }

    fn thaw(&mut self) -> Result<()> {
        let generator = &mut self.learners.generator;
        let fresh = Trainable::init(&self.config.network.figure(), &self.device);
        generator.module = fresh.loaded(&generator.module.tensors(), &self.device)?;
        Ok(())
    }
}

/// Losses of the batches since the last line: fewer than usual where a run was resumed in between.
#[derive(Default)]
struct Window {
    sums: Losses,
    batches: u64,
}

impl Window {
    fn add(&mut self, losses: &Losses) {
        self.sums.pixel += losses.pixel;
        self.sums.adversarial += losses.adversarial;
        self.sums.critic += losses.critic;
        self.batches += 1;
    }

    fn means(&self) -> Losses {
        let mean = |sum: f64| sum / self.batches as f64;
        let Losses { pixel, adversarial, critic } = self.sums;
        Losses { pixel: mean(pixel), adversarial: mean(adversarial), critic: mean(critic) }
    }
}

fn bar(stage: &Stage, done: u64) -> ProgressBar {
    let template = "{bar:30} {pos}/{len}  loss {msg}  {per_sec}  {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let batch = stage.batch;
    let style =
        style.with_key("per_sec", move |state: &indicatif::ProgressState, text: &mut dyn std::fmt::Write| {
            let _ = write!(text, "{:.1} pictures/s", state.per_sec() * batch as f64);
        });
    ProgressBar::new(stage.steps).with_style(style).with_position(done)
}

/// Whether the run that the folder holds, if it holds one, was begun with the same configuration.
fn check_kept(folder: &Path, config: &Config) -> Result<()> {
    ensure!(
        Config::kept(folder)?.is_none_or(|kept| kept.is_like(config)),
        "{}: cannot resume: the configuration is another than the run's; start a new run folder",
        folder.display()
    );
    Ok(())
}

fn begin(config: &Config, device: &Device) -> Result<Learners> {
    device.seed(config.seed);
    let mut generator = Learner::new(&config.network, config.stages[0].betas, device);
    if let Some(start) = &config.start {
        let tensors = checkpoint::read_tensors(start)?;
        let report = tensors.fit(&config.network.figure());
        record::start(start, &report);
        ensure!(report.loaded > 0, "{}: no tensor fits the network", start.display());
        generator.module = generator.module.filled(&tensors, device);
    }
    let average = generator.module.clone().valid();
    Ok(Learners { generator, average, critic: None })
}

fn resume(checkpoint: &Path, config: &Config, device: &Device) -> Result<(Place, Learners)> {
    let of_place = |place: &Place| {
        let stage = config.stages.get(place.stage).or(config.stages.last());
        let critic = stage.and_then(|stage| stage.critic.as_ref()).map(|critic| &critic.network);
        (critic, stage.map_or([0.9, 0.999], |stage| stage.betas))
    };
    checkpoint::read(checkpoint, &config.network, of_place, device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_cut_short_has_the_mean_of_its_batches() {
        let mut window = Window::default();
        for pixel in [1.0, 2.0, 6.0] {
            window.add(&Losses { pixel, adversarial: 2.0 * pixel, critic: 0.0 });
        }
        let means = window.means();
        assert_eq!((means.pixel, means.adversarial, means.critic), (3.0, 6.0, 0.0));
    }
}
