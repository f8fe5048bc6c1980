//! `astrochroma colorize|upscale|enhance`: pictures in, PNG files out.

use super::Outcome;
use super::failure::{self, refused};
use super::networks::{self, Found};
use crate::dataset::folder::looks_like_a_picture;
use crate::device::{Choice, Opened};
use crate::runner::{Runner, WrongDevice};
use crate::{files, say};
use anyhow::{Context, Result};
use astrochroma::network::Task;
use astrochroma::picture::limits::Limits;
use astrochroma::picture::{Canvas, Colors, Picture, encode};
use astrochroma::pipeline::{SCALE, metadata};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(clap::Args)]
#[command(
    after_help = "Example: astrochroma enhance m51.jpg pictures/ -o results\n\nWithout --weights and --network, the networks inside this program are used.\n\nExit codes: 0 all done, 1 some pictures failed or the output could not be printed, 2 nothing could be done"
)]
pub struct Options {
    /// Pictures, or folders of pictures: PNG, JPEG, TIFF, WebP
    #[arg(required = true)]
    input: Vec<PathBuf>,
    /// The folder of the results: STEM.png each; an input is never overwritten
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    networks: networks::Options,
    /// Where to compute; the processor runs compiled plans
    #[arg(long, value_enum, default_value = "auto")]
    device: Choice,
}

/// Does it for every picture; one that fails does not stop the others.
///
/// # Errors
/// If nothing can be begun: no pictures, equal names, broken weights.
pub fn run(options: &Options, tasks: &[Task]) -> Result<Outcome> {
    let (inputs, mut failed) = inputs(&options.input);
    if inputs.is_empty() && failed > 0 {
        return Ok(Outcome::NothingDone);
    }
    if inputs.is_empty() {
        let what = "there are no pictures in the folders that were named".to_string();
        return Err(refused(what, "PNG, JPEG, TIFF and WebP are read, by the ends of their names"));
    }
    let work = plan(&inputs, &options.output)?;
    let count = work.len() + failed;
    let networks = networks(options, tasks)?;
    files::make_folder(&options.output)?;
    for (input, output) in &work {
        match convert(input, output, &networks) {
            Ok(()) => say::result(output.display()),
            Err(error) => {
                failed += 1;
                failure::print(&error);
            }
        }
    }
    if failed > 0 {
        say::note(format_args!("{failed} of {count} inputs failed"));
    }
    Ok(match failed {
        0 => Outcome::AllDone,
        _ if failed == count => Outcome::NothingDone,
        _ => Outcome::SomeFailed,
    })
}

/// A network for each task: one that was named, else the one inside this program.
fn networks(options: &Options, tasks: &[Task]) -> Result<Vec<Runner>> {
    let named = options.networks.find(tasks)?;
    let opened = super::opened(options.device)?;
    match load_all(&named, tasks, &opened) {
        Err(error) if options.device == Choice::Auto && error.is::<WrongDevice>() => {
            load_all(&named, tasks, &super::processor_instead(&error))
        }
        loaded => loaded,
    }
}

fn load_all(named: &[Found], tasks: &[Task], opened: &Opened) -> Result<Vec<Runner>> {
    let load = |Found { entry, bytes, origin }: &Found| {
        Runner::load(entry, bytes, opened).with_context(|| origin.clone())
    };
    let of = |&task: &Task| match named.iter().find(|found| found.entry.task == task) {
        Some(found) => load(found),
        None => load(&networks::default_for(task)?),
    };
    tasks.iter().map(of).collect()
}

/// The pictures that were named, themselves or by their folders; and how many folders could not be read.
fn inputs(named: &[PathBuf]) -> (Vec<PathBuf>, usize) {
    let (mut inputs, mut failed) = (Vec::new(), 0);
    for input in named {
        match if input.is_dir() { pictures_of(input) } else { Ok(vec![input.clone()]) } {
            Ok(pictures) => inputs.extend(pictures),
            Err(error) => {
                failed += 1;
                failure::print(&error);
            }
        }
    }
    (inputs, failed)
}

fn pictures_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    let files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let mut pictures: Vec<_> =
        files.into_iter().filter(|path| path.is_file() && looks_like_a_picture(path)).collect();
    pictures.sort();
    Ok(pictures)
}

/// Which picture goes into which file: none into another's, and none over an input, whatever it is called. A
/// picture that was named twice is done once.
fn plan(inputs: &[PathBuf], folder: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let known = |path: &Path| files::identity(path);
    let sources: BTreeMap<_, _> = inputs.iter().filter_map(|path| Some((known(path)?, path))).collect();
    let mut taken: BTreeMap<String, &PathBuf> = BTreeMap::new();
    let mut work = Vec::new();
    for input in inputs {
        let stem = input.file_stem().and_then(|stem| stem.to_str()).unwrap_or("picture").to_string();
        let output = folder.join(format!("{stem}.png"));
        if let Some(other) = taken.insert(stem, input) {
            if input == other || known(input).is_some_and(|file| known(other) == Some(file)) {
                continue;
            }
            let (a, b) = (other.display(), input.display());
            let what = format!("{a} and {b} would both be written to {}", output.display());
            return Err(refused(what, "name one of them otherwise, or convert them into two folders"));
        }
        if let Some(source) = known(&output).and_then(|file| sources.get(&file)) {
            let (source, input) = (source.display(), input.display());
            let what = format!("{source} would be overwritten by the result of {input}");
            return Err(refused(what, "an input is never overwritten; choose another folder with -o"));
        }
        work.push((input.clone(), output));
    }
    Ok(work)
}

/// Makes one result; what is to be said of it is said before it starts.
fn convert(input: &Path, output: &Path, networks: &[Runner]) -> Result<()> {
    let named = || format!("{}", input.display());
    let picture = Picture::decode(&files::read(input)?, &Limits::NATIVE).with_context(named)?;
    let of = |task: Task| networks.iter().find(|network| network.entry().task == task);
    let (colorizer, mut upscaler) = (of(Task::Colorize), of(Task::Upscale));
    if colorizer.is_some() && picture.colors() == Colors::Rgb && !picture.is_neutral() {
        say::note(format_args!("note: {}: has colours; its lightness is coloured anew", input.display()));
    }
    let (height, width) = (picture.height() * SCALE, picture.width() * SCALE);
    if colorizer.is_some() && upscaler.is_some() && Limits::NATIVE.check_result(height, width).is_err() {
        let most = Limits::NATIVE.result_pixels / 1_000_000;
        say::note(format_args!(
            "note: {}: would be {width} × {height} pixels, more than {most} megapixels; it is coloured only",
            input.display()
        ));
        upscaler = None;
    }
    let result = enhance(&picture, colorizer, upscaler).with_context(named)?;
    let entries: Vec<_> = colorizer.into_iter().chain(upscaler).map(Runner::entry).collect();
    let bytes = encode::png(&result, &metadata(&entries)).with_context(named)?;
    files::replace(output, &bytes)
}

/// Colours, enlarges, or both.
fn enhance(picture: &Picture, colorizer: Option<&Runner>, upscaler: Option<&Runner>) -> Result<Picture> {
    let (height, width) = (picture.height(), picture.width());
    let display = match colorizer {
        Some(network) => network.colorize(picture.lightness())?.display(0..height, 0..width),
        None => picture.display(0..height, 0..width),
    };
    let colors = if colorizer.is_some() { Colors::Rgb } else { picture.colors() };
    let scale = if upscaler.is_some() { SCALE } else { 1 };
    let mut canvas = Canvas::new(height * scale, width * scale, colors, picture.depth(), &Limits::NATIVE)?;
    Ok(match upscaler {
        Some(network) => {
            network.upscale(&display, &mut canvas)?;
            canvas.finish(picture.enlarged_alpha(SCALE))
        }
        None => {
            canvas.put(0, 0, &display);
            canvas.finish(picture.alpha().cloned())
        }
    })
}
