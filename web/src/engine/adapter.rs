//! Asks the browser whether it gives a graphics device.
//!
//! Only the question: whether the device computes rightly is for its worker to prove.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::protocol::Hindrance;

/// Whether there is one.
///
/// # Errors
/// What is against it: there is none, or it is a program on the processor.
pub async fn probe() -> Result<(), Hindrance> {
    let adapter = request().await.ok_or(Hindrance::NoAdapter)?;
    let info = get(&adapter, "info").unwrap_or(JsValue::UNDEFINED);
    // Where it stands has changed between versions of browsers.
    let software =
        [&adapter, &info].into_iter().any(|of| get(of, "isFallbackAdapter") == Some(JsValue::TRUE));
    if software { Err(Hindrance::Software) } else { Ok(()) }
}

async fn request() -> Option<JsValue> {
    let gpu = get(&web_sys::window()?.navigator(), "gpu")?;
    let ask: Function = get(&gpu, "requestAdapter")?.dyn_into().ok()?;
    let answer: Promise = ask.call0(&gpu).ok()?.dyn_into().ok()?;
    JsFuture::from(answer).await.ok().filter(|adapter| !adapter.is_null() && !adapter.is_undefined())
}

fn get(of: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(of, &name.into()).ok()?;
    (!value.is_null() && !value.is_undefined()).then_some(value)
}
