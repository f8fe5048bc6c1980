//! What the page and its workers say to each other; buffers travel beside these heads, see [`super::post`].

use std::ops::Range;

use astrochroma::picture::Limits;
pub use astrochroma::pipeline::SCALE;
pub use astrochroma::pipeline::part::Strip;
use serde::{Deserialize, Serialize};

/// Changes with every change of this file: a cached worker of another day is recognised by it.
pub const VERSION: u32 = 3;

/// The most pixels of a result that the page makes.
pub const RESULT_PIXELS: usize = Limits::PAGE.result_pixels;

/// The most pixels of a result that the command line makes.
pub const RESULT_PIXELS_NATIVE: usize = Limits::NATIVE.result_pixels;

/// The most bytes of a file that the page reads: all of them are in its memory at once.
pub const FILE_BYTES: u64 = 512 << 20;

/// The most pixels of a picture on the screen: more than this and some browsers draw nothing.
pub const SCREEN_PIXELS: usize = 2048 * 2048;

/// What the page asks of a worker. Every request but [`Request::Load`] has exactly one last answer.
///
/// One worker leads, on the processor: it reads the picture, cuts it up, puts it together and writes it.
/// Networks are run by the others, or by one that has the graphics device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Take a network. Buffers: the manifest, the network's file.
    Load {
        /// Its id in the manifest.
        network: String,
    },
    /// Read a picture. Buffer: the file.
    Open,
    /// Say whether the graphics device computes what the processor does, on a tile made from this seed.
    Test {
        /// The network's id in the manifest.
        network: String,
        /// Another each time.
        seed: u64,
        /// Whether to find out as well how fast it is.
        timed: bool,
    },
    /// Make ready what this colouriser is run on.
    View {
        /// Its id in the manifest.
        network: String,
    },
    /// Run a network on a plane. Buffer: its samples, 32-bit floats.
    Infer {
        /// The network's id in the manifest.
        network: String,
        /// Rows and columns of the plane.
        size: Size,
    },
    /// Colour the picture with what the colouriser made of it. Buffer: that.
    Colorize {
        /// Rows and columns of that.
        size: Size,
        /// Whether nothing comes after, so that the colours are the result.
        last: bool,
    },
    /// Cut what there is now into strips to be enlarged by this network.
    Divide {
        /// Its id in the manifest.
        network: String,
        /// How many workers will share them.
        workers: usize,
    },
    /// Give out the pixels that a strip needs.
    Cut {
        /// Position in the list that [`Reply::Divided`] gave.
        index: usize,
    },
    /// Take finished rows of a strip. Buffer: their samples.
    Put(Patch),
    /// Write the result as PNG, naming these networks in it.
    Finish {
        /// Their ids in the manifest.
        networks: Vec<String>,
    },
    /// Enlarge a strip. Buffer: its pixels, three 32-bit floats each, 0..1.
    Upscale(Task),
}

/// What a worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// It runs and listens.
    Hello {
        /// Its [`VERSION`].
        version: u32,
    },
    /// The picture was read. Buffer: a view of it, RGBA.
    Opened(About, Size),
    /// The graphics device agrees with the processor, or how it does not; and how fast both are.
    Tested {
        /// In words for a report.
        disagreement: Option<String>,
        /// If it was asked for.
        speed: Option<Speed>,
    },
    /// What the colouriser is to be run on. Buffer: its samples.
    Viewed(Size),
    /// What the network made. Buffer: its samples.
    Inferred(Size),
    /// Rows done of a long step; not a last answer.
    Progress {
        /// So many of them.
        rows: usize,
        /// Of so many.
        of: usize,
    },
    /// The picture is coloured. Buffer: a view of it, RGBA.
    Colored(Size),
    /// The strips, left to right.
    Divided(Vec<Strip>),
    /// The pixels of a strip. Buffer: as [`Request::Upscale`] takes them.
    CutOut {
        /// Position in the list.
        index: usize,
        /// Of the pixels.
        size: Size,
    },
    /// The rows are in their place.
    Kept,
    /// The result. Buffer: the PNG.
    Finished(Size),
    /// Finished rows of a strip. Buffers: their samples, their view in RGBA (which may be empty);
    /// not a last answer.
    Rows(Patch, View),
    /// A strip is done.
    Upscaled {
        /// Position in the list.
        index: usize,
    },
    /// It could not be done.
    Failed(Trouble),
}

/// How long the same work takes, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// On the graphics device, once it is warm.
    pub device: f64,
    /// On one worker of the processor.
    pub worker: f64,
}

/// Rows and columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Size {
    /// Of both sides.
    pub fn pixels(self) -> usize {
        self.height.saturating_mul(self.width)
    }

    /// Both sides so many times as long.
    pub fn times(self, factor: usize) -> Size {
        Size { height: self.height.saturating_mul(factor), width: self.width.saturating_mul(factor) }
    }

    /// Both sides divided, a remainder counting as one more.
    pub fn divided(self, factor: usize) -> Size {
        Size { height: self.height.div_ceil(factor), width: self.width.div_ceil(factor) }
    }
}

/// What was found in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Of the picture, upright.
    pub size: Size,
    /// Bits a sample, 8 or 16.
    pub bits: u8,
    /// Whether it is stored as grey.
    pub gray: bool,
    /// Whether any pixel has a colour.
    pub colored: bool,
}

/// A strip to be enlarged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The network's id in the manifest.
    pub network: String,
    /// Position of the strip in the list.
    pub index: usize,
    /// The strip itself.
    pub strip: Strip,
    /// Rows and columns of the pixels that come with it.
    pub size: Size,
    /// Bits a sample of the result, 8 or 16.
    pub bits: u8,
    /// Whether the result is grey.
    pub gray: bool,
    /// Pixels of the result, along a side, that one pixel of the view stands for.
    pub reduction: usize,
}

/// Where finished rows belong in the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Position of the strip in the list.
    pub index: usize,
    /// First row of the result.
    pub top: usize,
    /// How many rows.
    pub rows: usize,
    /// Columns of the result.
    pub columns: Range<usize>,
}

/// Where the view of finished rows belongs on the screen's picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// First row.
    pub top: usize,
    /// First column.
    pub left: usize,
    /// Its size; no rows where none are ready yet.
    pub size: Size,
}

/// What went wrong, as far as a visitor would do something else about it; the library's own words
/// are kept to be unfolded and copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    /// Not a picture.
    NotAPicture {
        /// What its first bytes look like, with its article, if that is known.
        looks_like: Option<String>,
    },
    /// A picture, but damaged.
    Broken(String),
    /// A picture of more than is read, here and by the command line.
    TooLarge(String),
    /// A file of so many bytes, which is more than the page reads.
    FileTooLarge(u64),
    /// A kind of picture that is not read here.
    Unsupported(String),
    /// Enlarging alone was wanted, and the result would be too large.
    NothingToDo(Size),
    /// A file of the page could not be fetched.
    Unreachable(String),
    /// A network's file is not what the manifest says.
    Weights(String),
    /// No network for this is among those of the page.
    NoNetwork(Job),
    /// The leading worker stopped twice.
    Stopped(Step),
    /// The same strip stopped a worker twice.
    StripStopped {
        /// Rows of the whole that were done.
        rows: usize,
        /// Rows of the result.
        of: usize,
    },
    /// Page and worker are of different days.
    Outdated,
    /// The page's address asks for the graphics device, and it cannot be used.
    NoWebGpu(Hindrance),
    /// Our fault.
    Internal(String),
}

/// Why the graphics device is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hindrance {
    /// The browser gives none.
    NoAdapter,
    /// The browser's is a program on the processor.
    Software,
    /// What it computes is not what the processor computes.
    Wrong,
    /// The processor's workers are faster together.
    Slower,
    /// It stopped, or gave no answer.
    Stopped,
    /// Its program could not be fetched.
    Unreachable,
}

/// The two things a network can do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Job {
    /// Predict colours.
    Color,
    /// Make four times as large.
    Upscale,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// The engine's program is fetched and compiled.
    Engine,
    /// The networks are fetched.
    Networks,
    /// The file is read.
    Reading,
    /// Colours are predicted.
    Coloring,
    /// Rows are enlarged.
    Enlarging,
    /// The PNG is written.
    Writing,
}

/// How many pixels of a result, along a side, one pixel on the screen stands for: 1, or a power of two,
/// so that strips (whose edges are multiples of [`SCALE`]) begin at whole pixels of the screen's picture.
pub fn reduction_for_screen(result: Size) -> usize {
    let mut factor = 1;
    while result.divided(factor).pixels() > SCREEN_PIXELS {
        factor *= 2;
    }
    factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_survives_the_way() {
        let patch = Patch { index: 1, top: 64, rows: 32, columns: 512..1024 };
        let view = View { top: 32, left: 256, size: Size { height: 16, width: 256 } };
        let said = Reply::Rows(patch, view);
        let json = serde_json::to_string(&said).unwrap();
        assert_eq!(serde_json::from_str::<Reply>(&json).unwrap(), said);
    }

    #[test]
    fn what_the_screen_shows_stays_within_its_limit() {
        let reduction = |height, width| reduction_for_screen(Size { height, width });
        assert_eq!(reduction(2048, 2048), 1);
        assert_eq!(reduction(2049, 2048), 2);
        assert_eq!(reduction(8000, 8000), 4);
        assert_eq!(reduction(1, 1), 1);
        assert_eq!(reduction(4, 16_000_000), 4);
    }
}
