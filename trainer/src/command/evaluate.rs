//! `astrochroma evaluate`: a network on the test pictures of a folder, beside what it is held against.

use super::failure::refused;
use super::networks::{self, Found};
use crate::dataset::colors::{lab, viewed};
use crate::dataset::folder::{self, Item, LEAST_SIDE, Split, read};
use crate::dataset::upscaling::small;
use crate::metric::bootstrap::{Interval, interval};
use crate::metric::chroma::{ChromaError, chroma_error, flat, median};
use crate::metric::flat::roughness;
use crate::metric::psnr::psnr;
use crate::training::config::Data;
use crate::training::validation::chroma_of;
use crate::{files, say};
use anyhow::{Context, Result};
use astrochroma::color::Lightness;
use astrochroma::network::Task;
use astrochroma::picture::resize;
use astrochroma::pipeline::colorize::colorize;
use astrochroma::pipeline::upscale::Upscaler;
use astrochroma::pipeline::{Network, SCALE};
use astrochroma::raster::Raster;
use astrochroma::weights::manifest::Metric;
use clap::builder::RangedU64ValueParser;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;
use std::path::PathBuf;

/// What was typed.
#[derive(clap::Args)]
#[command(
    after_help = "Example: astrochroma evaluate --weights static/weights/edsr-small.safetensors --data pictures"
)]
pub struct Options {
    #[command(flatten)]
    networks: networks::Options,
    /// A gain to try instead of the manifest's
    #[arg(long, value_parser = super::finite)]
    gain: Option<f32>,
    /// A folder of pictures, with a manifest.csv or without
    #[arg(long)]
    data: PathBuf,
    /// Values of the manifest's column `terms` that are used, as in `pd,by` [default: all]
    #[arg(long, value_delimiter = ',')]
    terms: Option<Vec<String>>,
    /// Which pictures
    #[arg(long, value_enum, default_value = "test")]
    split: Split,
    /// Measure colours on what the network sees (256 pixels), not on the whole pictures
    #[arg(long)]
    view: bool,
    /// The longest side that is measured, at least 16: of larger pictures the middle (upscalers only)
    #[arg(long, value_parser = RangedU64ValueParser::<usize>::new().range(LEAST_SIDE as u64..))]
    middle: Option<usize>,
    /// Where the seed of a folder without a manifest.csv comes from: that of the run
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the metrics for `export --metrics` into this file
    #[arg(long)]
    json: Option<PathBuf>,
}

/// A line of the table.
#[derive(Clone)]
struct Row {
    name: String,
    /// None where there is nothing to measure.
    value: Option<Interval>,
    /// Against the network, picture by picture.
    paired: Option<Interval>,
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |interval: Option<Interval>| interval.map(|interval| interval.to_string());
        let value = text(self.value).unwrap_or("–".into());
        write!(f, "| {} | {value} | {} |", self.name, text(self.paired).unwrap_or_default())
    }
}

/// Measures and prints a table.
///
/// # Errors
/// If weights or pictures cannot be read.
pub fn run(options: &Options) -> Result<()> {
    let mut network = network(&options.networks)?;
    if let Some(gain) = options.gain {
        network = network.with_gain(gain);
    }
    let data = Data { folder: options.data.clone(), terms: options.terms.clone() };
    let items = folder::list(&data, options.seed)?;
    let named = || format!("{}", options.data.display());
    let chosen = folder::usable(&items, options.split, LEAST_SIDE, 2).with_context(named)?;
    let objects: Vec<String> = chosen.iter().map(|item| item.object.clone()).collect();
    let rows = match network.entry().task {
        Task::Upscale => upscaled(&network, &chosen, &objects, options.middle)?,
        _ => colored(&network, &items, &chosen, &objects, options.view)?,
    };
    let split = format!("{:?} split, {} pictures", options.split, chosen.len()).to_lowercase();
    let id = &network.entry().id;
    say::result(format_args!("{id}, {split}; mean of pictures, 95 % interval by bootstrap over objects"));
    say::result("\n| | value | the network's minus this, picture by picture |\n|---|---|---|");
    rows.iter().for_each(say::result);
    if let Some(path) = &options.json {
        let metrics: Vec<Metric> = rows.iter().filter_map(|row| metric(row, &split)).collect();
        files::replace(path, &serde_json::to_vec_pretty(&metrics)?)?;
    }
    Ok(())
}

/// The one that was named.
fn network(options: &networks::Options) -> Result<Network> {
    let found = options.find(&[Task::Colorize, Task::Upscale])?;
    let [Found { entry, bytes, origin }] = &found[..] else {
        let what = format!("{} networks are named, expected the one to measure", found.len());
        return Err(refused(what, "name it with --network, its file with --weights, or both"));
    };
    Network::load(entry, bytes).with_context(|| origin.clone())
}

fn metric(row: &Row, split: &str) -> Option<Metric> {
    let Interval { mean, low, high } = row.value?;
    let method = format!("{split}, 95 % interval {low:.2} to {high:.2}, astrochroma evaluate");
    Some(Metric { name: row.name.clone(), value: (mean * 1000.0).round() / 1000.0, method })
}

fn upscaled(
    network: &Network,
    items: &[Item],
    objects: &[String],
    middle: Option<usize>,
) -> Result<Vec<Row>> {
    let upscaler = Upscaler::new(network)?;
    let found = items
        .par_iter()
        .map(|item| {
            let picture = read(&item.path)?;
            let whole = picture.display(0..picture.height(), 0..picture.width());
            let side = middle.unwrap_or(whole.height.max(whole.width));
            let truth = crate::dataset::upscaling::middle(&whole, side);
            let input = small(&truth);
            debug_assert_eq!(input.height * SCALE, truth.height);
            let made = upscaler.whole(&input)?;
            let bicubic = resize::bicubic(&input, truth.height, truth.width);
            let lanczos = resize::lanczos(&input, truth.height, truth.width);
            Ok(Enlarged {
                psnr: [&made, &bicubic, &lanczos].map(|result| psnr(result, &truth)),
                roughness: roughness(&input, &made, &bicubic),
            })
        })
        .collect::<Result<Vec<Enlarged>>>()?;
    let column = |index: usize| found.iter().map(|of| of.psnr[index]).collect::<Vec<f64>>();
    let columns = [
        ("PSNR in dB (RGB, border 4)", column(0)),
        ("bicubic, PSNR in dB", column(1)),
        ("Lanczos, PSNR in dB", column(2)),
    ];
    let mut rows = against(&columns, objects);
    let better: Vec<f64> = found.iter().map(|of| f64::from(u8::from(of.psnr[0] > of.psnr[1]))).collect();
    let skies = found.iter().zip(objects).filter_map(|(of, object)| Some((of.roughness?, object.clone())));
    let (rough, objects_with_sky): (Vec<f64>, Vec<String>) = skies.unzip();
    let alone = |name: String, values: &[f64], objects: &[String]| Row {
        name,
        value: (!values.is_empty()).then(|| interval(values, objects)),
        paired: None,
    };
    rows.push(alone("share of pictures better than bicubic".into(), &better, objects));
    let name = format!("deviation of flat sky over bicubic's ({} pictures have some)", rough.len());
    rows.push(alone(name, &rough, &objects_with_sky));
    Ok(rows)
}

/// Of one picture, what is measured of an upscaler.
struct Enlarged {
    /// The network's, bicubic's, Lanczos's.
    psnr: [f64; 3],
    /// None where there is no flat sky.
    roughness: Option<f64>,
}

/// The first column's mean, and each other's with the paired difference; nothing of a column that is empty.
fn against(columns: &[(&str, Vec<f64>)], objects: &[String]) -> Vec<Row> {
    let row = |(index, (name, column)): (usize, &(&str, Vec<f64>))| {
        let difference: Vec<f64> = columns[0].1.iter().zip(column).map(|(a, b)| a - b).collect();
        let some = |values: &[f64]| (!column.is_empty()).then(|| interval(values, objects));
        let paired = some(&difference).filter(|_| index > 0);
        Row { name: (*name).to_string(), value: some(column), paired }
    };
    columns.iter().enumerate().map(row).collect()
}

/// Of one picture, what a colouriser is held against.
struct Compared {
    network: ChromaError,
    none: f64,
    constant: ChromaError,
    others: f64,
}

/// L\*, a\* and b\* at the size at which colours are compared.
fn truth(item: &Item, view: bool) -> Result<Raster> {
    if view {
        return viewed(item);
    }
    let picture = read(&item.path)?;
    Ok(lab(&picture.display(0..picture.height(), 0..picture.width())))
}

fn predicted(network: &Network, lab: &Raster) -> Result<Raster> {
    let samples = lab.samples.iter().step_by(3).copied().collect();
    let colored = colorize(network, Lightness(Raster { channels: 1, samples, ..*lab }))?;
    Ok(colored.chroma(0..lab.height, 0..lab.width).0)
}

fn chroma_of_views(items: &[Item]) -> Result<Vec<Raster>> {
    items.par_iter().map(|item| Ok(chroma_of(&viewed(item)?))).collect()
}

fn colored(
    network: &Network,
    items: &[Item],
    chosen: &[Item],
    objects: &[String],
    view: bool,
) -> Result<Vec<Row>> {
    let constant = median(&chroma_of_views(&folder::usable(items, Split::Train, LEAST_SIDE, 1)?)?);
    let foreign = chroma_of_views(chosen)?;
    let compare = |(item, others): (&Item, &Vec<usize>)| {
        let lab = truth(item, view)?;
        let truth = chroma_of(&lab);
        let of = |color| chroma_error(&flat(color, &truth), &truth);
        let other = |&other: &usize| {
            chroma_error(&resize::reduced(&foreign[other], truth.height, truth.width), &truth).error
        };
        Ok(Compared {
            network: chroma_error(&predicted(network, &lab)?, &truth),
            none: of([0.0; 2]).error,
            constant: of(constant),
            others: others.iter().map(other).sum::<f64>() / others.len() as f64,
        })
    };
    let others = others(objects);
    // Of none, where all pictures show one object.
    let others_exist = others.iter().all(|others| !others.is_empty());
    let found = chosen.par_iter().zip(&others).map(compare).collect::<Result<Vec<Compared>>>()?;
    let column = |of: fn(&Compared) -> f64| found.iter().map(of).collect::<Vec<f64>>();

    let chroma = column(|c| c.network.chroma);
    let length = f64::from(constant[0].hypot(constant[1])).max(1e-9);
    let scale = chroma.iter().sum::<f64>() / chroma.len() as f64 / length;
    let tint = constant.map(|c| (f64::from(c) * scale) as f32);
    let tinted = |item: &Item| {
        let truth = chroma_of(&truth(item, view)?);
        Ok(chroma_error(&flat(tint, &truth), &truth).error)
    };
    let tinted = chosen.par_iter().map(tinted).collect::<Result<Vec<f64>>>()?;

    let named = format!("best constant ({:.1}, {:.1}), a*b* error", constant[0], constant[1]);
    let errors = [
        ("a*b* error", column(|c| c.network.error)),
        ("no colour, a*b* error", column(|c| c.none)),
        (&named, column(|c| c.constant.error)),
        ("tint of the same mean chroma, a*b* error", tinted),
        ("other pictures' colours, a*b* error", if others_exist { column(|c| c.others) } else { Vec::new() }),
    ];
    let cosines = [
        ("cosine of true and predicted (a*, b*)", column(|c| c.network.cosine)),
        ("cosine of the best constant", column(|c| c.constant.cosine)),
    ];
    let chromas = [("mean chroma", chroma), ("mean chroma of the truth", column(|c| c.network.truth))];
    Ok([against(&errors, objects), against(&cosines, objects), against(&chromas, objects)].concat())
}

/// For each picture, four random ones of other objects.
fn others(objects: &[String]) -> Vec<Vec<usize>> {
    let mut chance = StdRng::seed_from_u64(7);
    objects
        .iter()
        .map(|object| {
            let mut rest: Vec<usize> = (0..objects.len()).filter(|&i| objects[i] != *object).collect();
            rest.shuffle(&mut chance);
            rest.truncate(4);
            // Keeps the draw of one picture from depending on how many were taken before.
            let _: u32 = chance.random();
            rest
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_of_other_objects() {
        let objects: Vec<String> = ["a", "a", "b", "c", "d", "e"].map(String::from).to_vec();
        let others = others(&objects);
        assert!(others.iter().enumerate().all(|(i, o)| o.iter().all(|&o| objects[o] != objects[i])));
        assert_eq!(others[2].len(), 4);
    }

    #[test]
    fn what_has_no_value_is_not_zero() {
        let objects = ["a", "b"].map(String::from);
        let rows = against(&[("error", vec![1.0, 3.0]), ("others", Vec::new())], &objects);
        assert_eq!(rows[0].to_string(), "| error | 2.00 (1.00 to 3.00) |  |");
        assert_eq!(rows[1].to_string(), "| others | – |  |");
        assert!(metric(&rows[1], "test").is_none());
    }
}
