//! Every word that a visitor reads.
//!
//! Long because they are all in one place, to be read and translated together.

use crate::engine::device::{Backend, Choice, Reason};
use crate::engine::news::{Goal, Note, Progress};
use crate::engine::protocol::{
    About, FILE_BYTES, Hindrance, Job, RESULT_PIXELS, RESULT_PIXELS_NATIVE, SCALE, Size, Step, Trouble,
};

pub(crate) const NAME: &str = "Astrochroma";
pub(crate) const HEADLINE: &str = "Colour and four times the size for grey pictures of the sky";
pub(crate) const LEAD: &str = "Two neural networks do it here, on your device. Your picture is not uploaded.";
pub(crate) const SKIP: &str = "Skip to the picture";
pub(crate) const HOW: &str = "How it works";
pub(crate) const CHOOSE: &str = "Choose a picture…";
pub(crate) const CHOOSE_OTHER: &str = "Another picture…";
pub(crate) const OR_DROP: &str = "or drop one anywhere, or paste it";
pub(crate) const FORMATS: &str = "PNG, JPEG, TIFF, WebP · 8 or 16 bit · up to 64 megapixels";
pub(crate) const ENGINE_LOADING: &str = "The engine is loading; you can choose a picture already.";
pub(crate) const DROP_HERE: &str = "Let go to start";
pub(crate) const OPTIONS: &str = "What to do";
pub(crate) const COLOR: &str = "Colour";
pub(crate) const UPSCALE: &str = "Four times as large";
pub(crate) const COLORIZER: &str = "Network for colour";
pub(crate) const UPSCALER: &str = "Network for detail";
pub(crate) const RUN_AGAIN: &str = "Run again";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const CANCELLED: &str = "Cancelled";
pub(crate) const SAMPLES_HEADING: &str = "Or start with one of these";
pub(crate) const SAMPLES_HEADING_LATER: &str = "More pictures to try";
pub(crate) const PASTED: &str = "Pasted picture";
pub(crate) const BEFORE: &str = "Before";
pub(crate) const HALF: &str = "Half";
pub(crate) const AFTER: &str = "After";
pub(crate) const SLIDER_VIEW: &str = "Slider";
pub(crate) const SIDES_VIEW: &str = "Side by side";
pub(crate) const FULL_VIEW: &str = "100 %";
pub(crate) const VIEWS: &str = "How to look at it";
pub(crate) const SHOWN: &str = "What to look at";
pub(crate) const SLIDER: &str = "How much of the picture before is shown, from the left";
pub(crate) const FULL_LABEL: &str = "The picture at 100 %; arrow keys move it";
pub(crate) const EXAMPLE_BEFORE: &str =
    "The Lagoon Nebula in grey: a bright, folded cloud of gas in a wide field of stars";
pub(crate) const EXAMPLE_AFTER: &str =
    "The same, with colours predicted by a network and at four times the size";
pub(crate) const EXAMPLE_CREDIT: &str =
    "A result of this page. Picture: Lagoon Nebula, Dylan O'Donnell, public domain";
pub(crate) const TIME: &str = "Time";
pub(crate) const DETAIL_NETWORK: &str = "Detail";
pub(crate) const DOWNLOAD: &str = "Download PNG";
pub(crate) const LEARNED_FROM: &str = "What the networks learned from";
pub(crate) const TRY_AGAIN: &str = "Try again";
pub(crate) const BACK: &str = "Back to the last result";
pub(crate) const RELOAD: &str = "Reload the page";
pub(crate) const USE_PROCESSOR: &str = "Use the processor";
pub(crate) const DETAILS: &str = "Details for a report";
pub(crate) const STILL_HERE: &str = "Your picture is still here.";
pub(crate) const FOOTER: &str = "Nothing leaves this device. Open source, MIT or Apache-2.0.";
pub(crate) const CREDITS: &str = "Credits of the sample pictures";
pub(crate) const CREDITS_NOTE: &str = "Samples are shown in grey; some are reduced or cut.";

/// Heading and paragraph of each part of the explanation.
pub(crate) const EXPLANATION: [[&str; 2]; 4] = [
    [
        "Colour",
        "A U-net looks at the brightness of the picture, reduced to 256 pixels, and predicts two planes of \
         colour (a* and b*). They are laid over the full picture along its edges. The brightness itself (L*) \
         is not touched, so no detail is lost. A picture that has colours already is turned to grey first.",
    ],
    [
        "Detail",
        "A second network makes the picture four times as wide and four times as high. It goes through the \
         picture row by row, in strips that several workers share; the strips fit together without a seam. \
         What is finer than the pixels of the picture is predicted too, and so is its brightness.",
    ],
    [
        "Your device",
        "Picture and result stay in this browser. The page loads its own files and sends nothing.",
    ],
    [
        "What it does not do",
        "It does not measure. The colours are those that similar published pictures have, and such colours \
         are partly a choice. Do not use the result for photometry or to look for things that were not seen \
         before.",
    ],
];

/// A picture to try, `samples/<file>.png`, with a small view `samples/small/<file>.webp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) file: &'static str,
    /// Name, then designation or place.
    pub(crate) title: [&'static str; 2],
    /// Who made it, and its licence.
    pub(crate) credit: &'static str,
    /// What is to be seen on it.
    pub(crate) alternative: &'static str,
    pub(crate) size: Size,
}

pub(crate) const SAMPLES: [Sample; 13] = [
    Sample {
        file: "lagoon_m8",
        title: ["Lagoon Nebula", "M 8"],
        credit: "Dylan O'Donnell, public domain",
        alternative: "A wide star field with a bright, folded cloud of gas right of the centre",
        size: Size { height: 334, width: 512 },
    },
    Sample {
        file: "andromeda_m31",
        title: ["Andromeda Galaxy", "M 31"],
        credit: "LEE ang HG731GZ, CC BY 3.0",
        alternative: "The Andromeda Galaxy seen at a slant: a bright core, dust lanes in a long oval disc, two small companion galaxies, many stars",
        size: Size { height: 512, width: 512 },
    },
    Sample {
        file: "ngc3603",
        title: ["Two star nurseries", "NGC 3603, 3576"],
        credit: "ESO/La Silla Observatory, CC BY 4.0",
        alternative: "Two bright knots of gas in a dense star field, faint loops above the right one",
        size: Size { height: 253, width: 512 },
    },
    Sample {
        file: "ngc6744",
        title: ["Spiral galaxy", "NGC 6744"],
        credit: "Zhuokai Liu, Jiang Yuhang, CC BY 4.0",
        alternative: "A spiral galaxy with long, loosely wound arms",
        size: Size { height: 512, width: 512 },
    },
    Sample {
        file: "ngc3199",
        title: ["Crescent of gas", "NGC 3199"],
        credit: "ESO, CC BY 4.0",
        alternative: "A broken ring of gas, brightest on its right side, over many stars",
        size: Size { height: 512, width: 512 },
    },
    Sample {
        file: "ngc3690",
        title: ["Colliding galaxies", "NGC 3690"],
        credit: "NASA, ESA, the Hubble Heritage (STScI/AURA)-ESA/Hubble Collaboration, and A. Evans (University of Virginia, Charlottesville/NRAO/Stony Brook University), CC BY 4.0 (ESA/Hubble) / NASA public domain",
        alternative: "Two galaxies running into each other, their shapes torn into arcs",
        size: Size { height: 450, width: 390 },
    },
    Sample {
        file: "pleiades_m45",
        title: ["Pleiades", "M 45"],
        credit: "HG731GZ, CC BY 3.0",
        alternative: "A loose cluster of bright stars, several wrapped in thin, streaked clouds",
        size: Size { height: 512, width: 512 },
    },
    Sample {
        file: "moon_surface",
        title: ["Plain on the Moon", "with a crater"],
        credit: "NASA, as distributed with scikit-image, public domain",
        alternative: "Plain of the Moon seen from above, with a sharp round crater and several low hills",
        size: Size { height: 512, width: 512 },
    },
    Sample {
        file: "ngc7129",
        title: ["Reflection nebula", "NGC 7129"],
        credit: "Jschulman555, CC BY 3.0",
        alternative: "A small bright cloud lit by a few stars at its heart, stars all around",
        size: Size { height: 512, width: 512 },
    },
    Sample {
        file: "omega_centauri",
        title: ["Omega Centauri", "NGC 5139"],
        credit: "Jose Mtanous, public domain",
        alternative: "A ball of countless stars, dense and bright in the middle",
        size: Size { height: 512, width: 512 },
    },
    Sample {
        file: "hubble_deep_field",
        title: ["Hubble Deep Field", "a part of it"],
        credit: "NASA, ESA and R. Williams (STScI), as distributed with scikit-image, public domain",
        alternative: "A black field with hundreds of small galaxies of many shapes",
        size: Size { height: 446, width: 512 },
    },
    Sample {
        file: "ngc3532",
        title: ["Star cluster", "NGC 3532"],
        credit: "ESO, CC BY 4.0",
        alternative: "Hundreds of bright stars scattered over a background of faint ones",
        size: Size { height: 512, width: 512 },
    },
    Sample {
        file: "m13_one_band",
        title: ["Globular cluster", "M 13, one band"],
        credit: "distributed with astropy, BSD-3-Clause",
        alternative: "A globular cluster filling the frame, single stars towards its edge",
        size: Size { height: 300, width: 300 },
    },
];

/// A number with its thousands apart.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Columns and rows, as one says them.
pub(crate) fn size(size: Size) -> String {
    format!("{}\u{a0}×\u{a0}{}", size.width, size.height)
}

pub(crate) fn megapixels(pixels: usize) -> String {
    let megapixels = pixels as f64 / 1e6;
    if megapixels < 10.0 {
        format!("{megapixels:.1} megapixels")
    } else {
        format!("{megapixels:.0} megapixels")
    }
}

pub(crate) fn bytes(bytes: f64) -> String {
    if bytes < 1e6 { format!("{:.0} kB", (bytes / 1e3).max(1.0)) } else { format!("{:.1} MB", bytes / 1e6) }
}

/// A time that has passed.
pub(crate) fn seconds(seconds: f64) -> String {
    if seconds < 9.95 {
        format!("{seconds:.1} seconds")
    } else if seconds < 99.5 {
        format!("{seconds:.0} seconds")
    } else {
        format!("{} min {:02} s", seconds as u64 / 60, seconds as u64 % 60)
    }
}

/// A time to come: no more exact than the guess.
pub(crate) fn left(seconds: f64) -> String {
    match seconds.ceil() as u64 {
        0..=1 => "about a second left".into(),
        few @ 2..=9 => format!("about {few} seconds left"),
        some @ 10..=54 => format!("about {} seconds left", some.div_ceil(5) * 5),
        55..=89 => "about a minute left".into(),
        many => format!("about {} minutes left", (many + 30) / 60),
    }
}

/// The step's name in the list of steps.
pub(crate) fn step_name(step: Step) -> &'static str {
    match step {
        Step::Engine => "Engine",
        Step::Networks => "Networks",
        Step::Reading => "Read",
        Step::Coloring => "Colour",
        Step::Enlarging => "Detail",
        Step::Writing => "Write",
    }
}

/// What is being done, said at its beginning.
pub(crate) fn step(step: Step, fetching: u64) -> String {
    match step {
        Step::Engine => "Loading the engine".into(),
        Step::Networks if fetching > 0 => format!("Loading the networks, {}, once", bytes(fetching as f64)),
        Step::Networks => "Loading the networks".into(),
        Step::Reading => "Reading the picture".into(),
        Step::Coloring => "Predicting colours".into(),
        Step::Enlarging => "Enlarging".into(),
        Step::Writing => "Writing the PNG".into(),
    }
}

/// The same with rows and time, as they change.
pub(crate) fn progress(now: Step, fetching: u64, progress: &Progress) -> String {
    let mut text = step(now, fetching);
    if progress.of > 0 {
        text += &format!(": row {} of {}", grouped(progress.rows), grouped(progress.of));
    }
    if let Some(seconds) = progress.seconds_left {
        text += &format!(", {}", left(seconds));
    }
    text
}

/// The title of the tab.
pub(crate) fn tab_working(step: Step, progress: &Progress) -> String {
    let part = progress.rows * 100 / progress.of.max(1);
    if progress.of > 0 { format!("{part} % · {NAME}") } else { format!("{}… · {NAME}", step_name(step)) }
}

pub(crate) const TAB_DONE: &str = "Done · Astrochroma";
pub(crate) const TAB_FAILED: &str = "Stopped · Astrochroma";

/// Which engine, and why.
pub(crate) fn engine(choice: Choice) -> String {
    let workers = workers(choice.workers);
    match (choice.backend, choice.reason) {
        (Backend::Cpu, Reason::Hindered(hindrance)) => {
            format!("Runs on the processor with {workers}: {}.", hindered(hindrance))
        }
        (Backend::Cpu, _) => format!("Runs on the processor with {workers}, as this address asks."),
        (Backend::WebGpu, Reason::Asked) => "Runs on the graphics device, as this address asks.".into(),
        (Backend::WebGpu, _) => {
            "Runs on the graphics device, which was tested and is the faster one here.".into()
        }
    }
}

/// Why the graphics device is not used.
fn hindered(hindrance: Hindrance) -> &'static str {
    match hindrance {
        Hindrance::NoAdapter => "this browser gives no graphics device (WebGPU)",
        Hindrance::Software => "the graphics device of this browser is only imitated (WebGPU in software)",
        Hindrance::Wrong => "the graphics device (WebGPU) failed its test",
        Hindrance::Slower => "it is faster here than the graphics device (WebGPU)",
        Hindrance::Stopped => "the graphics device (WebGPU) stopped",
        Hindrance::Unreachable => "the program for the graphics device (WebGPU) could not be loaded",
    }
}

fn workers(count: usize) -> String {
    if count == 1 { "1 worker".into() } else { format!("{count} workers") }
}

/// Time and engine of a result.
pub(crate) fn took(passed: f64, backend: Backend, count: usize) -> String {
    let engine = match (backend, count) {
        (Backend::WebGpu, _) => "graphics device".into(),
        (Backend::Cpu, 0) => "processor".into(),
        (Backend::Cpu, _) => format!("processor, {}", workers(count)),
    };
    format!("{}, {engine}", seconds(passed))
}

/// What of a result is predicted.
pub(crate) fn predicted(goal: Goal) -> &'static str {
    match (goal.color, goal.upscale) {
        (true, true) => "The colours and the finest detail are predicted by networks, not measured.",
        (true, false) => "The colours are predicted by a network, not measured.",
        (false, _) => "The finest detail is predicted by a network, not measured.",
    }
}

/// What is not, and where all of this is written.
pub(crate) fn kept(goal: Goal) -> &'static str {
    match goal.upscale {
        true => "The file says so too.",
        false => "The brightness is that of your picture. The file says so too.",
    }
}

pub(crate) fn download_size(pixels: Size, png: f64) -> String {
    format!("{}, {}", size(pixels), bytes(png))
}

/// A network, and what it learned from.
pub(crate) fn learned(title: &str, data: &str) -> String {
    if data.is_empty() { format!("{title}: its manifest does not say.") } else { format!("{title}: {data}.") }
}

/// The label on the right half of the result.
pub(crate) fn after(goal: Goal) -> String {
    match (goal.color, goal.upscale) {
        (true, true) => format!("Predicted colour, ×{SCALE}"),
        (true, false) => "Predicted colour".into(),
        _ => format!("×{SCALE}"),
    }
}

/// What is to be seen, for those who do not see it.
pub(crate) fn described(subject: &str, goal: Goal) -> String {
    format!("{subject}; {}", after(goal))
}

/// What became of a picture, said when it is done.
pub(crate) fn done(goal: Goal, passed: f64) -> String {
    format!("Done in {}. The result has {} pixels.", seconds(passed), size(goal.size))
}

/// How the slider stands.
pub(crate) fn slider_value(at: f64) -> String {
    format!("{at:.0} % before, {:.0} % after", 100.0 - at)
}

/// Size and depth of a picture that was read.
pub(crate) fn about(about: About) -> String {
    format!("{}, {} bit{}", size(about.size), about.bits, if about.colored { ", in colour" } else { "" })
}

pub(crate) fn note(note: Note) -> String {
    match note {
        Note::ColorsReplaced => {
            "This picture has colours of its own. Only its brightness is used; the colours you \
                                 see afterwards are predicted."
                .into()
        }
        Note::OnlyColored { size: found } => format!(
            "This picture has {}. Four times as wide and high it would have {}, and this page makes at most {}, so \
             it is only coloured. Reduced to 2000 × 2000 it can be enlarged here too; the command line makes up \
             to {}.",
            megapixels(found.pixels()),
            megapixels(found.times(SCALE).pixels()),
            RESULT_PIXELS / 1_000_000,
            RESULT_PIXELS_NATIVE / 1_000_000,
        ),
        Note::StartedAgain => {
            "The engine stopped and was replaced. The picture is done once more from the start.".into()
        }
        Note::StripAgain => {
            "A worker stopped and was replaced. Its part of the picture is done again.".into()
        }
        Note::DeviceLeft(hindrance) => {
            format!("The picture is done once more on the processor: {}.", hindered(hindrance))
        }
        Note::FirstOfSeveral => "One picture at a time: this is the first of those.".into(),
    }
}

/// Heading of what went wrong.
pub(crate) fn trouble(trouble: &Trouble) -> String {
    match trouble {
        Trouble::NotAPicture { .. } => "This file is not a picture we can read".into(),
        Trouble::Broken(_) => "This picture is damaged".into(),
        Trouble::TooLarge(_) | Trouble::NothingToDo(_) => "This picture is too large".into(),
        Trouble::FileTooLarge(_) => "This file is too large".into(),
        Trouble::Unsupported(_) => "This kind of picture cannot be read yet".into(),
        Trouble::Unreachable(_) => "A file could not be loaded".into(),
        Trouble::Weights(_) | Trouble::NoNetwork(_) => "The networks of this page cannot be used".into(),
        Trouble::Stopped(Step::Writing) => "The engine stopped while writing the result".into(),
        Trouble::Stopped(Step::Reading) => "The engine stopped while reading the picture".into(),
        Trouble::Stopped(_) => "The engine stopped".into(),
        Trouble::StripStopped { rows, of } => {
            format!("The processor's worker stopped at row {} of {}", grouped(*rows), grouped(*of))
        }
        Trouble::Outdated => "This page has been replaced by a newer one".into(),
        Trouble::NoWebGpu(_) => "The graphics device (WebGPU) cannot be used".into(),
        Trouble::Internal(_) => "Something in this page does not work as it should".into(),
    }
}

/// What is safe and what to do.
pub(crate) fn way_out(trouble: &Trouble) -> String {
    match trouble {
        Trouble::NotAPicture { looks_like: Some(kind) } => {
            format!("It looks like {kind}. PNG, JPEG, TIFF and WebP work.{}", advice(kind))
        }
        Trouble::NotAPicture { looks_like: None } => "PNG, JPEG, TIFF and WebP work.".into(),
        Trouble::Broken(_) => "Part of the file is missing or changed. Fetch or export it again, as PNG if you can.".into(),
        Trouble::TooLarge(_) => "Reduce or cut it first. The command line reads no larger ones either.".into(),
        Trouble::FileTooLarge(bytes) => format!(
            "It has {} MiB, and this page reads files of up to {}. Save it as PNG, reduce or cut it, or use the \
             command line, which limits the picture, not the file.",
            bytes.div_ceil(1 << 20),
            FILE_BYTES >> 20
        ),
        Trouble::NothingToDo(size) => format!(
            "It has {}, and four times as wide and high it would be more than the {} megapixels that this page \
             makes. Tick “{COLOR}” to colour it only, reduce it to 2000 × 2000 pixels, or use the command line, \
             which makes up to {}.",
            megapixels(size.pixels()),
            RESULT_PIXELS / 1_000_000,
            RESULT_PIXELS_NATIVE / 1_000_000
        ),
        Trouble::Unsupported(what) => {
            format!("It is {what}. Save it as PNG, JPEG, TIFF or WebP, of 8 or 16 bits, in shades of grey or RGB.")
        }
        Trouble::Unreachable(_) => "See whether you are connected, then try again.".into(),
        Trouble::Weights(_) => "Reload the page. If that does not help, its files are not complete.".into(),
        Trouble::NoNetwork(Job::Color) => "It has no network for colour. Enlarging may still work.".into(),
        Trouble::NoNetwork(Job::Upscale) => "It has no network for detail. Colouring may still work.".into(),
        Trouble::Stopped(_) | Trouble::StripStopped { .. } => "It was tried twice. Most likely the memory was used \
                                                               up: close other tabs and try again, or reduce the picture."
            .into(),
        Trouble::Outdated => "Reload it, then choose your picture again.".into(),
        Trouble::NoWebGpu(hindrance) => format!(
            "The address of the page asks for it, but {}. The processor does the same work.",
            hindered(*hindrance)
        ),
        Trouble::Internal(_) => "Reload the page and try again.".into(),
    }
}

/// The library's own words, if it said any.
pub(crate) fn detail(trouble: &Trouble) -> Option<&str> {
    match trouble {
        Trouble::Broken(words)
        | Trouble::TooLarge(words)
        | Trouble::Unreachable(words)
        | Trouble::Weights(words)
        | Trouble::Internal(words) => Some(words),
        _ => None,
    }
}

/// What helps with a file of this kind, which the library names.
fn advice(kind: &str) -> &'static str {
    match kind {
        "a FITS file" | "an XISF file" => {
            " Stretch it in your astronomy program and save it as 16-bit TIFF or PNG."
        }
        _ if kind.ends_with("picture") => " Export it as JPEG or PNG.",
        _ if kind.ends_with("archive") => " Unpack it first.",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
