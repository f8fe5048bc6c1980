//! `astrochroma colorize|upscale|enhance`: pictures in, PNG files out.

use super::Outcome;
use super::failure::{self, refused};
use crate::device::{Choice, Opened};
use crate::runner::{Runner, WrongDevice};
use anyhow::{Context, Result, bail};
use astrochroma::network::Task;
use astrochroma::picture::limits::Limits;
use astrochroma::picture::{Canvas, Colors, Picture, encode};
use astrochroma::pipeline::{SCALE, metadata};
use astrochroma::weights::manifest::{Entry, Manifest};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The manifest and the default networks, so that the program needs no files beside it.
static MANIFEST: &[u8] = include_bytes!("../../../static/weights/manifest.json");
static FILES: [(&str, &[u8]); 2] = [
    ("unet-lite0.safetensors", include_bytes!("../../../static/weights/unet-lite0.safetensors")),
    ("edsr-small.safetensors", include_bytes!("../../../static/weights/edsr-small.safetensors")),
];

/// What was typed.
#[derive(clap::Args)]
#[command(
    after_help = "Example: astrochroma enhance m51.jpg pictures/ -o results\n\nExit codes: 0 all done, 1 some pictures failed, 2 nothing could be done"
)]
pub struct Options {
    /// Pictures, or folders of pictures: PNG, JPEG, TIFF, WebP
    #[arg(required = true)]
    input: Vec<PathBuf>,
    /// The folder of the results: STEM.png each; an input is never overwritten
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// A file of weights, with a manifest.json that names it beside it; give it twice for `enhance`
    /// [default: the network inside this program]
    #[arg(long)]
    weights: Vec<PathBuf>,
    /// Where to compute; the processor runs compiled plans
    #[arg(long, value_enum, default_value = "auto")]
    device: Choice,
}

/// Does it for every picture; one that fails does not stop the others.
///
/// # Errors
/// If nothing can be begun: no pictures, equal names, broken weights.
#[expect(clippy::print_stderr, clippy::print_stdout, reason = "the command's results and messages")]
pub fn run(options: &Options, tasks: &[Task]) -> Result<Outcome> {
    let work = plan(options)?;
    let networks = networks(options, tasks)?;
    fs::create_dir_all(&options.output).with_context(|| format!("{}", options.output.display()))?;
    let mut failed = 0;
    for (input, output) in &work {
        match convert(input, output, &networks) {
            Ok(()) => println!("{}", output.display()),
            Err(error) => {
                failed += 1;
                failure::print(&error.context(input.display().to_string()));
            }
        }
    }
    if failed > 0 {
        eprintln!("{failed} of {} pictures failed", work.len());
    }
    Ok(match failed {
        0 => Outcome::AllDone,
        _ if failed == work.len() => Outcome::NothingDone,
        _ => Outcome::SomeFailed,
    })
}

/// The entry and the bytes of a file of weights, as the manifest beside it says; or of the id among
/// those that share the file.
///
/// # Errors
/// If the manifest does not name it.
pub fn weights(path: &Path, id: Option<&str>) -> Result<(Entry, Vec<u8>)> {
    let beside = path.with_file_name("manifest.json");
    let json =
        fs::read(&beside).with_context(|| format!("{}: weights need it beside them", beside.display()))?;
    let manifest = Manifest::parse(&json).with_context(|| format!("{}", beside.display()))?;
    let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let entry = manifest.networks.iter().find(|e| e.file == file && id.is_none_or(|id| e.id == id));
    let Some(entry) = entry else {
        let called = id.map_or(String::new(), |id| format!(" with the id {id}"));
        let what = format!("{} names no network of the file {file}{called}", beside.display());
        return Err(refused(what, "`astrochroma export` writes weights and their entry"));
    };
    let bytes = fs::read(path).with_context(|| format!("{}", path.display()))?;
    Ok((entry.clone(), bytes))
}

/// A network for each task: of the files that were named, else the one inside this program.
fn networks(options: &Options, tasks: &[Task]) -> Result<Vec<Runner>> {
    let mut found = Vec::new();
    for path in &options.weights {
        let (entry, bytes) = weights(path, None)?;
        if !tasks.contains(&entry.task) {
            bail!("--weights: {} is a network to {}", entry.id, entry.task);
        }
        found.push((entry, bytes, path.display().to_string()));
    }
    let opened = super::opened(options.device)?;
    match load_all(&found, tasks, &opened) {
        Err(error) if options.device == Choice::Auto && error.is::<WrongDevice>() => {
            load_all(&found, tasks, &super::processor_instead(&error))
        }
        loaded => loaded,
    }
}

/// Those that were named, and for the other tasks the built-in ones.
fn load_all(found: &[(Entry, Vec<u8>, String)], tasks: &[Task], opened: &Opened) -> Result<Vec<Runner>> {
    let load = |(entry, bytes, name): &(Entry, Vec<u8>, String)| {
        Runner::load(entry, bytes, opened).with_context(|| name.clone())
    };
    let of = |&task: &Task| match found.iter().find(|(entry, ..)| entry.task == task) {
        Some(named) => load(named),
        None => built_in(task, opened),
    };
    tasks.iter().map(of).collect()
}

/// The default network of a task, from inside the program.
fn built_in(task: Task, opened: &Opened) -> Result<Runner> {
    let manifest = Manifest::parse(MANIFEST)?;
    let entry =
        manifest.default_for(task).with_context(|| format!("no network to {task} is inside this program"))?;
    let file = FILES.iter().find(|(name, _)| *name == entry.file);
    let (_, bytes) = file.with_context(|| format!("{} is not inside this program", entry.file))?;
    Runner::load(entry, bytes, opened)
}

/// Which picture goes into which file.
fn plan(options: &Options) -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut inputs = Vec::new();
    for input in &options.input {
        if input.is_dir() {
            let entries = fs::read_dir(input).with_context(|| format!("{}", input.display()))?;
            let files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
            let mut pictures: Vec<_> =
                files.into_iter().filter(|path| path.is_file() && looks_like_one(path)).collect();
            pictures.sort();
            inputs.extend(pictures);
        } else {
            inputs.push(input.clone());
        }
    }
    if inputs.is_empty() {
        let what = "there are no pictures in the folders that were named".to_string();
        return Err(refused(what, "PNG, JPEG, TIFF and WebP are read, by the ends of their names"));
    }
    let mut taken: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut work = Vec::new();
    for input in inputs {
        let stem = input.file_stem().and_then(|stem| stem.to_str()).unwrap_or("picture").to_string();
        let output = options.output.join(format!("{stem}.png"));
        if let Some(other) = taken.insert(stem, input.clone()) {
            let (a, b) = (other.display(), input.display());
            let what = format!("{a} and {b} would both be written to {}", output.display());
            return Err(refused(what, "name one of them otherwise, or convert them into two folders"));
        }
        let same = input.canonicalize().ok().zip(output.canonicalize().ok()).is_some_and(|(a, b)| a == b);
        if same {
            let what = format!("{} would be overwritten by its own result", input.display());
            return Err(refused(what, "choose another folder with -o"));
        }
        work.push((input, output));
    }
    Ok(work)
}

fn looks_like_one(path: &Path) -> bool {
    let known = ["png", "jpg", "jpeg", "tif", "tiff", "webp"];
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    extension.is_some_and(|extension| known.contains(&extension.as_str()))
}

/// Makes one result; what is to be said of it is said before it starts.
#[expect(clippy::print_stderr, reason = "notes to whoever started the command")]
fn convert(input: &Path, output: &Path, networks: &[Runner]) -> Result<()> {
    let bytes = fs::read(input)?;
    let picture = Picture::decode(&bytes, &Limits::NATIVE)?;
    let of = |task: Task| networks.iter().find(|network| network.entry().task == task);
    let (colorizer, mut upscaler) = (of(Task::Colorize), of(Task::Upscale));
    if colorizer.is_some() && picture.colors() == Colors::Rgb && !picture.is_neutral() {
        eprintln!("note: {}: has colours; its lightness is coloured anew", input.display());
    }
    let (height, width) = (picture.height() * SCALE, picture.width() * SCALE);
    if colorizer.is_some() && upscaler.is_some() && height * width > Limits::NATIVE.result_pixels {
        let most = Limits::NATIVE.result_pixels / 1_000_000;
        eprintln!(
            "note: {}: would be {width} × {height} pixels, more than {most} megapixels; it is coloured only",
            input.display()
        );
        upscaler = None;
    }
    let result = enhance(&picture, colorizer, upscaler)?;
    let entries: Vec<_> = colorizer.into_iter().chain(upscaler).map(Runner::entry).collect();
    Ok(fs::write(output, encode::png(&result, &metadata(&entries))?)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_inside_the_program() {
        for task in [Task::Colorize, Task::Upscale] {
            assert_eq!(built_in(task, &Opened::Processor).unwrap().entry().task, task);
        }
    }
}
