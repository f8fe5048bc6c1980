//! What workers of both kinds share: their mouth, networks as they arrive, rows on their way out.

use astrochroma::picture::{Canvas, Colors, Depth, PictureError, Samples};
use astrochroma::pipeline::PipelineError;
use astrochroma::plan::Band;
use astrochroma::raster::Raster;
use astrochroma::weights::WeightsError;
use astrochroma::weights::manifest::{Entry, Manifest};
use js_sys::{ArrayBuffer, Uint16Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::post::{Delivery, buffer_of_bytes, buffer_of_floats, bytes_of, floats_of, pack, unpack};
use super::protocol::{Patch, Reply, Request, SCALE, Size, Task, Trouble, VERSION, View};
use super::reduce::Reducer;

/// The way to the page.
#[derive(Clone)]
pub(super) struct Post(DedicatedWorkerGlobalScope);

impl Post {
    /// Says hello; every request is handed on from then on, in the order in which they come.
    ///
    /// Nothing if this is no worker.
    pub(super) fn open(mut take: impl FnMut(&Post, Request, Vec<ArrayBuffer>) + 'static) -> Option<Post> {
        let post = Post(js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>().ok()?);
        let to_page = post.clone();
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            match unpack::<Request>(&event.data()) {
                Some((request, buffers)) => take(&to_page, request, buffers),
                None => to_page.say(&Reply::Failed(Trouble::Outdated), &[]),
            }
        });
        post.0.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        listener.forget();
        post.say(&Reply::Hello { version: VERSION }, &[]);
        Some(post)
    }

    /// Says something; the buffers go over.
    pub(super) fn say(&self, reply: &Reply, buffers: &[ArrayBuffer]) {
        let (message, handed_over) = pack(reply, buffers, Delivery::Transfer);
        if let Err(error) = self.0.post_message_with_transfer(&message, &handed_over) {
            // Thrown on, it becomes an error event: the page ends this worker and starts another.
            wasm_bindgen::throw_val(error);
        }
    }

    /// Gives out a plane.
    pub(super) fn say_plane(&self, reply: impl Fn(Size) -> Reply, plane: &Raster) {
        let size = Size { height: plane.height, width: plane.width };
        self.say(&reply(size), &[buffer_of_floats(&plane.samples)]);
    }

    /// Says that something could not be done, if so.
    pub(super) fn say_failure(&self, result: Result<(), Trouble>) {
        if let Err(trouble) = result {
            self.say(&Reply::Failed(trouble), &[]);
        }
    }
}

/// A network's entry and file, of the two buffers that come with [`Request::Load`].
pub(super) fn network_of(id: &str, buffers: &[ArrayBuffer]) -> Result<(Entry, Vec<u8>), Trouble> {
    let [manifest, file] = buffers else { return Err(Trouble::Outdated) };
    let manifest = Manifest::parse(&bytes_of(manifest))?;
    let entry = manifest.networks.into_iter().find(|entry| entry.id == id);
    let entry = entry.ok_or_else(|| Trouble::Weights(format!("{id} is not in the manifest")))?;
    Ok((entry, bytes_of(file)))
}

/// A network that a request names and that was not loaded before.
pub(super) fn not_loaded(id: &str) -> Trouble {
    Trouble::Internal(format!("the network {id} was not loaded"))
}

/// The plane that comes with a request.
pub(super) fn plane_of(size: Size, channels: usize, buffers: &[ArrayBuffer]) -> Result<Raster, Trouble> {
    let Size { height, width } = size;
    let count = height * width * channels;
    let samples = buffers.first().and_then(floats_of).filter(|floats| floats.len() == count);
    Ok(Raster { height, width, channels, samples: samples.ok_or(Trouble::Outdated)? })
}

/// The rows of a strip, sent off as they are made.
pub(super) struct Rows<'a> {
    task: &'a Task,
    reducer: Reducer,
    view_top: usize,
}

impl<'a> Rows<'a> {
    /// None yet.
    pub(super) fn new(task: &'a Task) -> Rows<'a> {
        let size = Size { height: task.size.height * SCALE, width: task.strip.output.len() };
        Rows { task, reducer: Reducer::new(size, task.reduction), view_top: 0 }
    }

    /// The next of them.
    pub(super) fn send(&mut self, Band { top, raster }: Band, post: &Post) {
        let task = self.task;
        let depth = if task.bits == 16 { Depth::Sixteen } else { Depth::Eight };
        let colors = if task.gray { Colors::Gray } else { Colors::Rgb };
        let (left, width) = (task.strip.output.start, task.strip.output.len());
        let (rows, pixels) = self.reducer.push(&shown(&raster, colors));
        let size = Size { height: rows, width: width.div_ceil(task.reduction) };
        let view = View { top: self.view_top, left: left / task.reduction, size };
        self.view_top += rows;
        let columns = task.strip.output.clone();
        let patch = Patch { index: task.index, top, rows: raster.height, columns };
        let samples = buffer_of_samples(&Canvas::quantized(&raster, colors, depth));
        post.say(&Reply::Rows(patch, view), &[samples, buffer_of_bytes(&pixels)]);
    }
}

/// Rows as they will look once they are quantised: of a grey result, grey.
fn shown(rows: &Raster, colors: Colors) -> Raster {
    match colors {
        Colors::Rgb => rows.clone(),
        Colors::Gray => {
            let pixels = rows.samples.as_chunks::<3>().0;
            let samples = pixels.iter().map(|[red, green, blue]| (red + green + blue) / 3.0).collect();
            Raster { channels: 1, samples, ..*rows }
        }
    }
}

fn buffer_of_samples(samples: &Samples) -> ArrayBuffer {
    match samples {
        Samples::Eight(samples) => buffer_of_bytes(samples),
        Samples::Sixteen(samples) => JsValue::from(Uint16Array::from(&samples[..]).buffer()).unchecked_into(),
    }
}

impl From<PictureError> for Trouble {
    fn from(error: PictureError) -> Trouble {
        let words = error.to_string();
        match error {
            PictureError::Unrecognized { looks_like } => {
                Trouble::NotAPicture { looks_like: looks_like.map(str::to_string) }
            }
            PictureError::Broken { .. } => Trouble::Broken(words),
            PictureError::TooLarge(_) => Trouble::TooLarge(words),
            PictureError::Unsupported { what } => Trouble::Unsupported(what),
            PictureError::Unwritable { .. } => Trouble::Internal(words),
        }
    }
}

impl From<WeightsError> for Trouble {
    fn from(error: WeightsError) -> Trouble {
        Trouble::Weights(error.to_string())
    }
}

impl From<PipelineError> for Trouble {
    fn from(error: PipelineError) -> Trouble {
        Trouble::Internal(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use astrochroma::picture::{Limits, Picture};

    #[test]
    fn a_file_that_is_no_picture_is_named() {
        let error = Picture::decode(b"%PDF-1.7", &Limits::PAGE).unwrap_err();
        assert_eq!(Trouble::from(error), Trouble::NotAPicture { looks_like: Some("a PDF".into()) });
        let error = Picture::decode(b"\x89PNG\r\n\x1a\n", &Limits::PAGE).unwrap_err();
        assert!(matches!(Trouble::from(error), Trouble::Broken(words) if words.starts_with("broken PNG")));
    }

    #[test]
    fn a_grey_result_is_shown_grey() {
        let rows = Raster { height: 1, width: 2, channels: 3, samples: vec![0.0, 0.3, 0.6, 1.0, 1.0, 1.0] };
        let gray = shown(&rows, Colors::Gray);
        assert_eq!((gray.channels, gray.samples.len()), (1, 2));
        assert!((gray.samples[0] - 0.3).abs() < 1e-6);
        assert_eq!(shown(&rows, Colors::Rgb), rows);
    }
}
