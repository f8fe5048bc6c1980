//! What goes between the page and the client: the visitor's wishes one way, news the other.

use js_sys::ArrayBuffer;
use web_sys::Blob;

use super::device::{Backend, Choice};
use super::files::Program;
use super::protocol::{About, Hindrance, Reply, Size, Step, Trouble, View};

/// What arrives in the client's inbox.
pub enum Mail {
    /// The visitor wants something.
    Wish(Wish),
    /// A worker has said something.
    Answer {
        /// Its number.
        from: u32,
        /// What it said.
        reply: Reply,
        /// What came with it.
        buffers: Vec<ArrayBuffer>,
    },
    /// A worker has stopped by a fault that the browser noticed.
    Died {
        /// Its number.
        id: u32,
        /// The browser's words.
        message: String,
    },
    /// A file has arrived, or has not.
    Fetched {
        /// Its address.
        address: String,
        /// Its bytes, or words for a report.
        result: Result<ArrayBuffer, String>,
    },
    /// An engine's program is compiled, or is not.
    Compiled(Backend, Result<Program, String>),
    /// There is a graphics device, or what is against it.
    Probed(Result<(), Hindrance>),
    /// Half a second has passed.
    Tick,
}

/// What a visitor can want.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Enhance a picture; what is under way is given up for it.
    Run(Work),
    /// Stop.
    Cancel,
}

/// A picture to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Where its bytes are. They stay there, so that the picture can be read again.
    pub source: Source,
    /// What is to be done with it.
    pub options: Options,
}

/// What is to be done with a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Predict colours.
    pub color: bool,
    /// Make it four times as large.
    pub upscale: bool,
    /// The colouriser's id in the manifest, if not the default.
    pub colorizer: Option<String>,
    /// The upscaler's id in the manifest, if not the default.
    pub upscaler: Option<String>,
}

impl Default for Options {
    /// Both, with the default networks.
    fn default() -> Options {
        Options { color: true, upscale: true, colorizer: None, upscaler: None }
    }
}

/// Where a picture's bytes are.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// In the visitor's hands.
    File(Blob),
    /// Beside the page.
    Sample(String),
}

/// A network as the page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Its id in the manifest.
    pub id: String,
    /// Its title in the manifest.
    pub title: String,
    /// What it was trained on.
    pub data: String,
    /// Of its file.
    pub bytes: u64,
    /// Whether it colours; else it enlarges.
    pub colors: bool,
}

/// A picture for the screen: RGBA, 8 bits a sample, row by row.
#[derive(Clone, Debug)]
pub struct Pixels {
    /// Rows and columns.
    pub size: Size,
    /// Four bytes a pixel.
    pub buffer: ArrayBuffer,
}

/// Something that a visitor should know about what is done, beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The picture's own colours give way to predicted ones.
    ColorsReplaced,
    /// The result would be larger than the page makes, so the picture is only coloured.
    OnlyColored {
        /// Of the picture.
        size: Size,
    },
    /// The leading worker stopped, and all is done once more.
    StartedAgain,
    /// The graphics device gave up or was found wrong, and the processor does it.
    DeviceLeft(Hindrance),
    /// A strip's worker stopped, and the strip is done once more.
    StripAgain,
    /// Several files were given at once.
    FirstOfSeveral,
}

/// What the client tells the page.
pub enum News {
    /// The engine can begin at any time.
    Ready(Choice, Vec<Card>),
    /// Another engine from now on.
    Changed(Choice),
    /// A step begins.
    Began(Step),
    /// So many bytes of networks are to be fetched.
    Fetching(u64),
    /// The picture was read, and this is what it looks like and what will become of it.
    Opened(About, Pixels, Goal),
    /// Something to know.
    Noted(Note),
    /// The picture has colours now.
    Colored(Pixels),
    /// From now on finished rows arrive, for a screen's picture of this size.
    Unrolling(Size),
    /// Finished rows.
    Rows(View, ArrayBuffer),
    /// How far it is.
    Progress(Progress),
    /// The result is there.
    Finished(Outcome),
    /// It was cancelled.
    Cancelled,
    /// It could not be done.
    Failed(Trouble),
}

/// What will become of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Whether it is coloured.
    pub color: bool,
    /// Whether it is enlarged.
    pub upscale: bool,
    /// Of the result.
    pub size: Size,
}

/// How far a step is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Rows done.
    pub rows: usize,
    /// Of so many.
    pub of: usize,
    /// Until the last row, if a guess means something.
    pub seconds_left: Option<f64>,
    /// For each strip: first and last column and rows done, as parts of the whole.
    pub fronts: Vec<[f64; 3]>,
}

/// A result.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The finished PNG.
    pub png: Blob,
    /// What was done.
    pub goal: Goal,
    /// Of the picture as it came.
    pub about: About,
    /// From the choice of the picture to the result.
    pub seconds: f64,
    /// The networks that did it.
    pub networks: Vec<Card>,
    /// What ran the networks.
    pub backend: Backend,
    /// How many of the processor's workers enlarged it; none if it was not.
    pub workers: usize,
}
