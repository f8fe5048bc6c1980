//! The worker: reads, colours, cuts, enlarges, puts together and writes, as it is asked to.
//!
//! It does one thing at a time and looks at no clock; whoever has enough of it ends it. Nothing here
//! waits for anything, so a fault in it always reaches the page as an error event.

use std::collections::BTreeMap;

use astrochroma::picture::{Canvas, Colors, Depth, Limits, Picture, PictureError, Samples, encode};
use astrochroma::pipeline::colorize::{Colored, colorize};
use astrochroma::pipeline::upscale::Upscaler;
use astrochroma::pipeline::{Network, PipelineError, metadata};
use astrochroma::plan::Band;
use astrochroma::raster::Raster;
use astrochroma::weights::WeightsError;
use astrochroma::weights::manifest::Manifest;
use js_sys::{ArrayBuffer, Uint16Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::post::{Delivery, buffer_of_bytes, buffer_of_floats, bytes_of, floats_of, pack, unpack};
use super::protocol::{
    About, Patch, Reply, Request, SCALE, Size, Strip, Task, Trouble, VERSION, View, reduction_for_screen,
};
use super::reduce::Reducer;

/// Longest side of the picture before, as the screen gets it.
const VIEW_SIDE: usize = 2048;

/// Rows of colours that are made at once.
const ROWS: usize = 64;

/// Says hello and answers from then on.
pub fn serve() {
    console_error_panic_hook::set_once();
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let post = Post(scope.clone());
    let mut desk = Desk::default();
    let listener = Closure::<dyn FnMut(MessageEvent)>::new({
        let post = Post(scope.clone());
        move |event: MessageEvent| {
            let answered = match unpack::<Request>(&event.data()) {
                Some((request, buffers)) => desk.answer(request, &buffers, &post),
                None => Err(Trouble::Outdated),
            };
            if let Err(trouble) = answered {
                post.say(&Reply::Failed(trouble), &[]);
            }
        }
    });
    scope.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    listener.forget();
    post.say(&Reply::Hello { version: VERSION }, &[]);
}

/// The way to the page.
struct Post(DedicatedWorkerGlobalScope);

impl Post {
    fn say(&self, reply: &Reply, buffers: &[ArrayBuffer]) {
        let (message, handed_over) = pack(reply, buffers, Delivery::Transfer);
        if let Err(error) = self.0.post_message_with_transfer(&message, &handed_over) {
            // Thrown on, it becomes an error event: the page ends this worker and starts another.
            wasm_bindgen::throw_val(error);
        }
    }
}

/// What a worker has before it.
#[derive(Default)]
struct Desk {
    networks: BTreeMap<String, Network>,
    picture: Option<Picture>,
    colored: Option<Colored>,
    strips: Vec<Strip>,
    canvas: Option<Canvas>,
}

impl Desk {
    fn answer(&mut self, request: Request, buffers: &[ArrayBuffer], post: &Post) -> Result<(), Trouble> {
        match request {
            Request::Load { network } => self.load(network, buffers),
            Request::Open => self.open(buffers, post),
            Request::Colorize { network, last } => self.colorize(&network, last, post),
            Request::Divide { network, workers } => self.divide(&network, workers, post),
            Request::Cut { index } => self.cut(index, post),
            Request::Put(patch) => self.put(&patch, buffers, post),
            Request::Finish { networks } => self.finish(&networks, post),
            Request::Upscale(task) => self.upscale(&task, buffers, post),
        }
    }

    fn load(&mut self, id: String, buffers: &[ArrayBuffer]) -> Result<(), Trouble> {
        let [manifest, file] = buffers else { return Err(Trouble::Outdated) };
        let manifest = Manifest::parse(&bytes_of(manifest))?;
        let entry = manifest.networks.iter().find(|entry| entry.id == id);
        let entry = entry.ok_or_else(|| Trouble::Weights(format!("{id} is not in the manifest")))?;
        self.networks.insert(id, Network::load(entry, &bytes_of(file))?);
        Ok(())
    }

    fn network(&self, id: &str) -> Result<&Network, Trouble> {
        self.networks.get(id).ok_or_else(|| Trouble::Internal(format!("the network {id} was not loaded")))
    }

    fn picture(&self) -> Result<&Picture, Trouble> {
        self.picture.as_ref().ok_or_else(|| Trouble::Internal("no picture was read".into()))
    }

    fn open(&mut self, buffers: &[ArrayBuffer], post: &Post) -> Result<(), Trouble> {
        let [file] = buffers else { return Err(Trouble::Outdated) };
        let picture = Picture::decode(&bytes_of(file), &Limits::PAGE)?;
        let about = about(&picture);
        let (height, width, pixels) = picture.preview(VIEW_SIDE);
        post.say(&Reply::Opened(about, Size { height, width }), &[buffer_of_bytes(&pixels)]);
        self.picture = Some(picture);
        Ok(())
    }

    /// Predicts colours and shows them; if nothing comes after, they are the result.
    fn colorize(&mut self, network: &str, last: bool, post: &Post) -> Result<(), Trouble> {
        let picture = self.picture()?;
        let (size, depth) = (about(picture).size, picture.depth());
        let colored = colorize(self.network(network)?, picture.lightness())?;
        let mut canvas = match last {
            true => Some(Canvas::new(size.height, size.width, Colors::Rgb, depth, &Limits::PAGE)?),
            false => None,
        };
        let factor = reduction_for_screen(size);
        let mut reducer = Reducer::new(size, factor);
        let mut pixels = Vec::new();
        for top in (0..size.height).step_by(ROWS) {
            let bottom = (top + ROWS).min(size.height);
            let rows = colored.display(top..bottom, 0..size.width);
            pixels.extend(reducer.push(&rows).1);
            if let Some(canvas) = &mut canvas {
                canvas.put(top, 0, &rows);
            }
            post.say(&Reply::Progress { rows: bottom, of: size.height }, &[]);
        }
        post.say(&Reply::Colored(size.divided(factor)), &[buffer_of_bytes(&pixels)]);
        (self.colored, self.canvas) = (Some(colored), canvas);
        Ok(())
    }

    fn divide(&mut self, network: &str, workers: usize, post: &Post) -> Result<(), Trouble> {
        let picture = self.picture()?;
        let size = about(picture).size;
        let strips = Upscaler::new(self.network(network)?)?.strips(size.height, size.width, workers)?;
        let result = size.times(SCALE);
        let colors = result_colors(picture.colors(), self.colored.is_some());
        let canvas = Canvas::new(result.height, result.width, colors, picture.depth(), &Limits::PAGE)?;
        post.say(&Reply::Divided(strips.clone()), &[]);
        (self.strips, self.canvas) = (strips, Some(canvas));
        Ok(())
    }

    fn cut(&self, index: usize, post: &Post) -> Result<(), Trouble> {
        let picture = self.picture()?;
        let strip =
            self.strips.get(index).ok_or_else(|| Trouble::Internal(format!("there is no strip {index}")))?;
        let (rows, columns) = (0..picture.height(), strip.input.clone());
        let pixels = match &self.colored {
            Some(colored) => colored.display(rows, columns),
            None => picture.display(rows, columns),
        };
        let size = Size { height: pixels.height, width: pixels.width };
        post.say(&Reply::CutOut { index, size }, &[buffer_of_floats(&pixels.samples)]);
        Ok(())
    }

    fn put(&mut self, patch: &Patch, buffers: &[ArrayBuffer], post: &Post) -> Result<(), Trouble> {
        let misplaced =
            || Trouble::Internal(format!("rows {} of strip {} do not fit", patch.top, patch.index));
        let ([buffer], Some(canvas)) = (buffers, &mut self.canvas) else { return Err(misplaced()) };
        let samples = samples_of(buffer, canvas.depth());
        let (rows, columns) = (patch.rows, patch.columns.len());
        let inside = patch.top + rows <= canvas.height() && patch.columns.end <= canvas.width();
        if !inside || samples.len() != rows * columns * canvas.colors().channels() {
            return Err(misplaced());
        }
        canvas.put_samples(patch.top, patch.columns.start, rows, columns, &samples);
        post.say(&Reply::Kept, &[]);
        Ok(())
    }

    fn finish(&mut self, networks: &[String], post: &Post) -> Result<(), Trouble> {
        let used = networks.iter().map(|id| self.network(id)).collect::<Result<Vec<_>, _>>()?;
        let entries: Vec<_> = used.iter().map(|network| network.entry()).collect();
        let texts = metadata(&entries);
        let canvas = self.canvas.take().ok_or_else(|| Trouble::Internal("there is no result".into()))?;
        let picture = self.picture()?;
        let alpha = match canvas.height() / picture.height() {
            1 => picture.alpha().cloned(),
            factor => picture.enlarged_alpha(factor),
        };
        let result = canvas.finish(alpha);
        let size = about(&result).size;
        let png = encode::png(&result, &texts)?;
        post.say(&Reply::Finished(size), &[buffer_of_bytes(&png)]);
        Ok(())
    }

    /// Enlarges a strip and sends its rows as they come.
    fn upscale(&self, task: &Task, buffers: &[ArrayBuffer], post: &Post) -> Result<(), Trouble> {
        let upscaler = Upscaler::new(self.network(&task.network)?)?;
        let cut_out = cut_out(task, buffers)?;
        let depth = if task.bits == 16 { Depth::Sixteen } else { Depth::Eight };
        let colors = if task.gray { Colors::Gray } else { Colors::Rgb };
        let (left, width) = (task.strip.output.start, task.strip.output.len());
        let strip_size = Size { height: task.size.height * SCALE, width };
        let mut reducer = Reducer::new(strip_size, task.reduction);
        let mut view_top = 0;
        for Band { top, raster } in upscaler.start(&task.strip, &cut_out)? {
            let (rows, pixels) = reducer.push(&shown(&raster, colors));
            let size = Size { height: rows, width: width.div_ceil(task.reduction) };
            let view = View { top: view_top, left: left / task.reduction, size };
            view_top += rows;
            let columns = task.strip.output.clone();
            let patch = Patch { index: task.index, top, rows: raster.height, columns };
            let samples = buffer_of_samples(&Canvas::quantized(&raster, colors, depth));
            post.say(&Reply::Rows(patch, view), &[samples, buffer_of_bytes(&pixels)]);
        }
        post.say(&Reply::Upscaled { index: task.index }, &[]);
        Ok(())
    }
}

fn about(picture: &Picture) -> About {
    About {
        size: Size { height: picture.height(), width: picture.width() },
        bits: if picture.depth() == Depth::Sixteen { 16 } else { 8 },
        gray: picture.colors() == Colors::Gray,
        colored: !picture.is_neutral(),
    }
}

/// A grey picture stays one unless it was coloured.
fn result_colors(colors: Colors, colored: bool) -> Colors {
    if colored { Colors::Rgb } else { colors }
}

/// The pixels of a strip.
fn cut_out(task: &Task, buffers: &[ArrayBuffer]) -> Result<Raster, Trouble> {
    let Size { height, width } = task.size;
    let samples = buffers.first().and_then(floats_of).filter(|floats| floats.len() == height * width * 3);
    let samples = samples.ok_or(Trouble::Outdated)?;
    Ok(Raster { height, width, channels: 3, samples })
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

fn samples_of(buffer: &ArrayBuffer, depth: Depth) -> Samples {
    match depth {
        Depth::Eight => Samples::Eight(bytes_of(buffer)),
        Depth::Sixteen if buffer.byte_length().is_multiple_of(2) => {
            Samples::Sixteen(Uint16Array::new(buffer).to_vec())
        }
        Depth::Sixteen => Samples::Sixteen(Vec::new()),
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
            PictureError::Unsupported { .. } => Trouble::Unsupported(words),
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
        let gray = shown(&rows, result_colors(Colors::Gray, false));
        assert_eq!((gray.channels, gray.samples.len()), (1, 2));
        assert!((gray.samples[0] - 0.3).abs() < 1e-6);
        assert_eq!(shown(&rows, result_colors(Colors::Gray, true)), rows);
    }
}
