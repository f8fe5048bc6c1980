//! Whether a configuration can be trained: found out before anything is read or written.

use super::config::{Config, Critic, Stage};
use crate::dataset::upscaling::MIDDLE;
use anyhow::{Context, Result, bail, ensure};
use astrochroma::network::Task;
use astrochroma::network::figure::{Figure, Op};
use astrochroma::pipeline::SCALE;
use std::ops::RangeBounds;

/// The largest crops and batches: beyond, no memory holds what a network makes of them.
const MOST: usize = 4096;

/// The longest interval: a year, in seconds.
const MOST_SECONDS: u64 = 365 * 24 * 60 * 60;

impl Config {
    /// Whether it says something that can be trained.
    ///
    /// # Errors
    /// The first that cannot.
    pub(super) fn check(&self, task: Task) -> Result<()> {
        self.network.check().context("the network")?;
        let found = self.network.task();
        ensure!(found == task, "the network is one to {found}, expected one to {task}");
        ensure!(!self.stages.is_empty(), "there are no stages, expected at least one [[stages]]");
        let intervals = &self.intervals;
        for (name, found) in [("checkpoint", intervals.checkpoint), ("validation", intervals.validation)] {
            let most = MOST_SECONDS;
            ensure!(
                found <= most,
                "the interval `{name}` is {found} seconds, expected at most {most}, a year"
            );
        }
        let figure = self.network.figure();
        for (index, stage) in self.stages.iter().enumerate() {
            stage.check(&figure, task).with_context(|| format!("stage {index}"))?;
        }
        Ok(())
    }
}

impl Stage {
    fn check(&self, network: &Figure, task: Task) -> Result<()> {
        let Stage { steps, batch, crop, .. } = *self;
        ensure!(
            steps > 0 && (1..=MOST).contains(&batch),
            "has {steps} steps of {batch}, expected at least 1 step of 1 to {MOST}"
        );
        self.check_numbers()?;
        let grid = network.grid();
        ensure!(
            (1..=MOST).contains(&crop) && crop % grid == 0,
            "has crops of {crop} pixels, expected a multiple of {grid} up to {MOST}"
        );
        let most = MIDDLE / SCALE;
        ensure!(
            task != Task::Upscale || crop <= most,
            "has crops of {crop} pixels, expected at most {most}: of pictures the middle {MIDDLE} are kept"
        );
        self.check_side("the network", network, grid, |crop| crop)?;
        if let Some(part) = &self.frozen {
            check_part(network, part)?;
        }
        let Some(critic) = &self.critic else { return Ok(()) };
        critic.check()?;
        let (up, down) = network.scale();
        let side = |crop| if task == Task::Upscale { crop * SCALE } else { crop * up / down };
        self.check_side("the critic", &critic.network.figure(), grid, side)
    }

    fn check_numbers(&self) -> Result<()> {
        let above_zero = f64::MIN_POSITIVE..f64::INFINITY;
        within("learning_rate", self.learning_rate, above_zero, "a number above 0")?;
        for beta in self.betas {
            within("betas", f64::from(beta), 0.0..1.0, "two numbers from 0 to below 1")?;
        }
        within("average", self.average, 0.0..=1.0, "a number from 0 to 1")?;
        within("saturation_weight", self.saturation_weight, 0.0..f64::INFINITY, "a number from 0")
    }

    /// Whether a network can be trained on what it sees of a crop.
    fn check_side(
        &self,
        who: &str,
        figure: &Figure,
        grid: usize,
        side: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let fits = |crop: usize| is_trainable(figure, side(crop), self.batch);
        if fits(self.crop) {
            return Ok(());
        }
        let (crop, batch) = (self.crop, self.batch);
        match (grid..=MOST).step_by(grid).find(|crop| fits(*crop)) {
            Some(least) => bail!(
                "crops of {crop} pixels in batches of {batch} are too small for {who}, expected at least {least}"
            ),
            None => bail!("{who} cannot be trained on crops of any size"),
        }
    }
}

impl Critic {
    fn check(&self) -> Result<()> {
        self.network.check().context("the critic")?;
        let found = self.network.task();
        ensure!(found == Task::Criticize, "the critic is a network to {found}, expected one to criticize");
        let above_zero = f64::MIN_POSITIVE..f64::INFINITY;
        within("learning_rate of the critic", self.learning_rate, above_zero, "a number above 0")?;
        within("weight of the critic", self.weight, 0.0..f64::INFINITY, "a number from 0")?;
        within("pixel_weight of the critic", self.pixel_weight, 0.0..f64::INFINITY, "a number from 0")
    }
}

fn within(name: &str, found: f64, allowed: impl RangeBounds<f64>, expected: &str) -> Result<()> {
    ensure!(allowed.contains(&found), "{name} is {found}, expected {expected}");
    Ok(())
}

/// Whether every plane has a pixel, and every batch norm more than one value a channel, without which there is
/// no variance to divide by.
fn is_trainable(figure: &Figure, side: usize, batch: usize) -> bool {
    let Ok(sizes) = figure.sizes(side, side) else { return false };
    figure.layers.iter().zip(sizes).all(|(layer, [height, width])| {
        !matches!(layer.op, Op::BatchNorm { .. }) || batch * height * width > 1
    })
}

/// Whether a layer or a part of the network has this name.
fn check_part(network: &Figure, part: &str) -> Result<()> {
    let names: Vec<&str> =
        network.layers.iter().filter(|l| l.op.has_parameters()).map(|l| l.name.as_str()).collect();
    let of_part =
        |name: &&str| name.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if !part.is_empty() && names.iter().any(of_part) {
        return Ok(());
    }
    let mut parts: Vec<&str> = names.iter().filter_map(|name| name.split('.').next()).collect();
    parts.dedup();
    bail!("frozen is {part:?}, which is no part of the network; there are {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPSCALER: &str = r#"
        seed = 1
        network = { name = "edsr", blocks = 1, channels = 4, last_channels = 4 }
        data = { folder = "pictures" }
        [[stages]]
        steps = 1
        batch = 1
        crop = 24
        learning_rate = 1e-3
        critic = { network = { name = "srgan-critic", channels = 2, dense = 4 }, learning_rate = 1e-4, weight = 1e-3 }
    "#;

    const COLORIZER: &str = r#"
        seed = 1
        network = { name = "unet-lite0", encoder = [4, 4, 4, 4, 4, 4], decoder = [4, 4, 4] }
        data = { folder = "pictures" }
        [[stages]]
        steps = 1
        batch = 1
        crop = 48
        learning_rate = 1e-3
        frozen = "encoder"
        critic = { network = { name = "patch-critic", channels = 2 }, learning_rate = 1e-4, weight = 1.0 }
    "#;

    fn said(config: &str, from: &str, to: &str) -> String {
        let task = if config == UPSCALER { Task::Upscale } else { Task::Colorize };
        let config: Config = toml::from_str(&config.replacen(from, to, 1)).unwrap();
        config.check(task).err().map_or(String::new(), |error| format!("{error:#}"))
    }

    #[test]
    fn what_can_be_trained_is_let_through() {
        for config in [UPSCALER, COLORIZER] {
            assert_eq!(said(config, "", ""), "");
        }
        assert_eq!(said(COLORIZER, "\"encoder\"", "\"encoder._blocks\""), said(COLORIZER, "", ""));
    }

    #[test]
    fn numbers_out_of_their_range_are_named() {
        for (from, to, expected) in [
            ("blocks = 1", "blocks = 0", "the network: blocks is 0, expected 1 to 256"),
            ("channels = 2", "channels = 0", "stage 0: the critic: channels is 0, expected 1 to 4096"),
            (
                "batch = 1",
                "batch = 5000",
                "stage 0: has 1 steps of 5000, expected at least 1 step of 1 to 4096",
            ),
            (
                "crop = 24",
                "crop = 5000",
                "stage 0: has crops of 5000 pixels, expected a multiple of 1 up to 4096",
            ),
            (
                "crop = 24",
                "crop = 193",
                "stage 0: has crops of 193 pixels, expected at most 192: of pictures the middle 768 are kept",
            ),
            ("= 1e-3", "= 0.0", "stage 0: learning_rate is 0, expected a number above 0"),
            ("= 1e-3", "= nan", "stage 0: learning_rate is NaN, expected a number above 0"),
            ("= 1e-4", "= -1.0", "stage 0: learning_rate of the critic is -1, expected a number above 0"),
            (
                "weight = 1e-3",
                "weight = inf",
                "stage 0: weight of the critic is inf, expected a number from 0",
            ),
            (
                "steps",
                "betas = [0.9, 1.0]\nsteps",
                "stage 0: betas is 1, expected two numbers from 0 to below 1",
            ),
            ("steps", "average = 1.5\nsteps", "stage 0: average is 1.5, expected a number from 0 to 1"),
            (
                "steps",
                "saturation_weight = -1.0\nsteps",
                "stage 0: saturation_weight is -1, expected a number from 0",
            ),
            (
                "[[stages]]",
                "intervals = { checkpoint = 1, validation = 99999999 }\n[[stages]]",
                "the interval `validation` is 99999999 seconds, expected at most 31536000, a year",
            ),
        ] {
            assert_eq!(said(UPSCALER, from, to), expected);
        }
    }

    #[test]
    fn a_crop_too_small_for_a_network_is_told_the_smallest_that_does() {
        let small = |crop, who, least| {
            format!(
                "stage 0: crops of {crop} pixels in batches of 1 are too small for {who}, expected at least {least}"
            )
        };
        assert_eq!(said(UPSCALER, "crop = 24", "crop = 20"), small(20, "the critic", 21));
        assert_eq!(said(COLORIZER, "crop = 48", "crop = 32"), small(32, "the critic", 48));
        // A single value in the encoder's coarsest plane.
        assert_eq!(said(COLORIZER, "crop = 48", "crop = 16"), small(16, "the network", 32));
    }

    #[test]
    fn a_part_that_is_not_there_is_told_those_that_are() {
        let found = said(COLORIZER, "\"encoder\"", "\"encode\"");
        assert!(
            found.starts_with(
                "stage 0: frozen is \"encode\", which is no part of the network; there are encoder, "
            ),
            "{found}"
        );
    }
}
