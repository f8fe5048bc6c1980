//! A picture before and after, on two canvases that are drawn on before and while they are shown.

use leptos::prelude::document;
use leptos::wasm_bindgen::JsCast;
use web_sys::js_sys::{ArrayBuffer, Uint8ClampedArray};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use crate::engine::news::Pixels;
use crate::engine::protocol::{Size, View};

/// Handles of the canvases; a clone shows the same picture.
#[derive(Clone, PartialEq)]
pub(crate) struct Sheet {
    before: HtmlCanvasElement,
    after: HtmlCanvasElement,
}

impl Sheet {
    /// With the picture as it came; it stands for the result until there is something of one.
    /// Nothing if the browser has no canvas for it.
    pub(crate) fn new(pixels: &Pixels) -> Option<Sheet> {
        let (before, after) = (canvas("before")?, canvas("after")?);
        resize(&before, pixels.size);
        put(&before, 0, 0, pixels)?;
        let sheet = Sheet { before, after };
        sheet.unroll(pixels.size)?;
        Some(sheet)
    }

    /// Describes both, for those who do not see them.
    pub(crate) fn describe(&self, before: &str, after: &str) {
        for (canvas, words) in [(&self.before, before), (&self.after, after)] {
            // A canvas without a description is still a canvas.
            let _ = canvas.set_attribute("role", "img");
            let _ = canvas.set_attribute("aria-label", words);
        }
    }

    /// Shows colours, at whatever size they come.
    pub(crate) fn color(&self, pixels: &Pixels) {
        resize(&self.after, pixels.size);
        put(&self.after, 0, 0, pixels);
        // The style sheet lets a picture in colour appear gently.
        let _ = self.after.set_attribute("data-colored", "");
    }

    /// Makes room for the result, what was there staying to be seen, enlarged.
    pub(crate) fn unroll(&self, size: Size) -> Option<()> {
        let old = if self.after.width() > 1 { self.after.clone() } else { self.before.clone() };
        let copy = canvas("copy")?;
        resize(&copy, Size { height: old.height() as usize, width: old.width() as usize });
        context(&copy)?.draw_image_with_html_canvas_element(&old, 0.0, 0.0).ok()?;
        resize(&self.after, size);
        let context = context(&self.after)?;
        context.set_image_smoothing_enabled(true);
        let (width, height) = (size.width as f64, size.height as f64);
        context.draw_image_with_html_canvas_element_and_dw_and_dh(&copy, 0.0, 0.0, width, height).ok()
    }

    /// Draws finished rows.
    pub(crate) fn rows(&self, view: View, buffer: ArrayBuffer) {
        put(&self.after, view.top, view.left, &Pixels { size: view.size, buffer });
    }

    /// The canvas of the picture as it came, and the one of the result.
    pub(crate) fn canvases(&self) -> [&HtmlCanvasElement; 2] {
        [&self.before, &self.after]
    }

    /// Columns and rows of the result as it is drawn.
    pub(crate) fn drawn(&self) -> Size {
        Size { height: self.after.height() as usize, width: self.after.width() as usize }
    }
}

fn canvas(class: &str) -> Option<HtmlCanvasElement> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_class_name(class);
    resize(&canvas, Size { height: 1, width: 1 });
    Some(canvas)
}

fn resize(canvas: &HtmlCanvasElement, size: Size) {
    canvas.set_height(size.height as u32);
    canvas.set_width(size.width as u32);
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// Draws pixels with their first at this row and column; nothing if they are not as many as they say.
fn put(canvas: &HtmlCanvasElement, top: usize, left: usize, pixels: &Pixels) -> Option<()> {
    let bytes = Uint8ClampedArray::new(&pixels.buffer);
    let width = pixels.size.width as u32;
    let data = image_data(&bytes, width)?;
    context(canvas)?.put_image_data(&data, left as f64, top as f64).ok()
}

fn image_data(bytes: &Uint8ClampedArray, width: u32) -> Option<ImageData> {
    ImageData::new_with_js_u8_clamped_array(bytes, width).ok()
}
