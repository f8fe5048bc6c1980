//! The processor's worker: reads, colours, cuts, enlarges, puts together and writes, as it is asked to.
//!
//! It does one thing at a time and looks at no clock; whoever has enough of it ends it. Nothing here
//! waits for anything, so a fault in it always reaches the page as an error event.

use std::collections::BTreeMap;

use astrochroma::picture::{Canvas, Colors, Depth, Limits, Picture, Samples, encode};
use astrochroma::pipeline::colorize::{Colored, Prepared, prepare};
use astrochroma::pipeline::upscale::Upscaler;
use astrochroma::pipeline::{Network, metadata};
use js_sys::{ArrayBuffer, Uint16Array};

use super::post::{buffer_of_bytes, buffer_of_floats, bytes_of};
use super::protocol::{
    About, Patch, Reply, Request, SCALE, Size, Strip, Task, Trouble, reduction_for_screen,
};
use super::reduce::Reducer;
use super::worker::{Post, Rows, network_of, not_loaded, plane_of};

/// Longest side of the picture before, as the screen gets it.
const VIEW_SIDE: usize = 2048;

/// Rows of colours that are made at once.
const ROWS: usize = 64;

/// Says hello and answers from then on.
pub fn serve() {
    console_error_panic_hook::set_once();
    let mut desk = Desk::default();
    Post::open(move |post, request, buffers| post.say_failure(desk.answer(request, &buffers, post)));
}

/// What a worker has before it.
#[derive(Default)]
struct Desk {
    networks: BTreeMap<String, Network>,
    picture: Option<Picture>,
    prepared: Option<Prepared>,
    colored: Option<Colored>,
    strips: Vec<Strip>,
    canvas: Option<Canvas>,
}

impl Desk {
    fn answer(&mut self, request: Request, buffers: &[ArrayBuffer], post: &Post) -> Result<(), Trouble> {
        match request {
            Request::Load { network } => self.load(network, buffers),
            Request::Open => self.open(buffers, post),
            Request::Test { .. } => {
                Err(Trouble::Internal("the processor is not tested against itself".into()))
            }
            Request::View { network } => self.view(&network, post),
            Request::Infer { network, size } => self.infer(&network, size, buffers, post),
            Request::Colorize { size, last } => self.colorize(size, last, buffers, post),
            Request::Divide { network, workers } => self.divide(&network, workers, post),
            Request::Cut { index } => self.cut(index, post),
            Request::Put(patch) => self.put(&patch, buffers, post),
            Request::Finish { networks } => self.finish(&networks, post),
            Request::Upscale(task) => self.upscale(&task, buffers, post),
        }
    }

    fn load(&mut self, id: String, buffers: &[ArrayBuffer]) -> Result<(), Trouble> {
        let (entry, file) = network_of(&id, buffers)?;
        self.networks.insert(id, Network::load(&entry, &file)?);
        Ok(())
    }

    fn network(&self, id: &str) -> Result<&Network, Trouble> {
        self.networks.get(id).ok_or_else(|| not_loaded(id))
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

    fn view(&mut self, network: &str, post: &Post) -> Result<(), Trouble> {
        let prepared = prepare(self.network(network)?, self.picture()?.lightness())?;
        post.say_plane(Reply::Viewed, prepared.input());
        self.prepared = Some(prepared);
        Ok(())
    }

    fn infer(&self, network: &str, size: Size, buffers: &[ArrayBuffer], post: &Post) -> Result<(), Trouble> {
        let plan = self.network(network)?.plan();
        let input = plane_of(size, plan.figure().input_channels(), buffers)?;
        let output = plan.run(&input).map_err(|error| Trouble::Internal(error.to_string()))?;
        post.say_plane(Reply::Inferred, &output);
        Ok(())
    }

    /// Gives the picture its colours and shows them; if nothing comes after, they are the result.
    fn colorize(
        &mut self,
        output: Size,
        last: bool,
        buffers: &[ArrayBuffer],
        post: &Post,
    ) -> Result<(), Trouble> {
        let unprepared = || Trouble::Internal("the picture was not made ready for colours".into());
        let prepared = self.prepared.take().ok_or_else(unprepared)?;
        let picture = self.picture()?;
        let (size, depth) = (about(picture).size, picture.depth());
        let colored = prepared.colored(plane_of(output, 2, buffers)?)?;
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
        let cut_out = plane_of(task.size, 3, buffers)?;
        let mut rows = Rows::new(task);
        upscaler.start(&task.strip, &cut_out)?.for_each(|band| rows.send(band, post));
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

fn samples_of(buffer: &ArrayBuffer, depth: Depth) -> Samples {
    match depth {
        Depth::Eight => Samples::Eight(bytes_of(buffer)),
        Depth::Sixteen if buffer.byte_length().is_multiple_of(2) => {
            Samples::Sixteen(Uint16Array::new(buffer).to_vec())
        }
        Depth::Sixteen => Samples::Sixteen(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grey_picture_stays_grey_unless_it_is_coloured() {
        assert_eq!(result_colors(Colors::Gray, false), Colors::Gray);
        assert_eq!(result_colors(Colors::Gray, true), Colors::Rgb);
        assert_eq!(result_colors(Colors::Rgb, false), Colors::Rgb);
    }
}
