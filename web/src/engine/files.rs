//! Fetches what the page needs from its own folder: the workers' programs, the manifest, networks, samples.

use js_sys::{ArrayBuffer, WebAssembly};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestInit, Response};

use super::device::Backend;

/// A program for workers.
#[derive(Clone)]
pub struct Program {
    /// Compiled once for all of them.
    pub module: WebAssembly::Module,
    /// The script that starts it.
    pub script: &'static str,
}

/// The list of networks.
pub const MANIFEST: &str = "weights/manifest.json";

/// Where a network's file lies.
pub fn weights(file: &str) -> String {
    format!("weights/{file}")
}

/// A file by its address relative to the page.
///
/// # Errors
/// In words for a report: the address, and the status if there was one.
pub async fn fetch(address: &str) -> Result<ArrayBuffer, String> {
    let failed = |why: String| format!("{address}: {why}");
    let options = RequestInit::new();
    // Files keep their names when they change, so the server is asked whether they have.
    options.set_cache(RequestCache::NoCache);
    let window = web_sys::window().ok_or_else(|| failed("no window".into()))?;
    let answer = JsFuture::from(window.fetch_with_str_and_init(address, &options)).await;
    let response: Response = answer.map_err(|error| failed(reason(&error)))?.unchecked_into();
    if !response.ok() {
        return Err(failed(format!("status {}", response.status())));
    }
    let body = response.array_buffer().map_err(|error| failed(reason(&error)))?;
    let body = JsFuture::from(body).await.map_err(|error| failed(reason(&error)))?;
    Ok(body.unchecked_into())
}

/// An engine's program.
///
/// # Errors
/// In words for a report.
pub async fn compile_program(backend: Backend) -> Result<Program, String> {
    // As Trunk names them.
    let (file, script) = match backend {
        Backend::Cpu => ("cpu_bg.wasm", "./worker.js"),
        Backend::WebGpu => ("gpu_bg.wasm", "./gpu-worker.js"),
    };
    let program = fetch(file).await?;
    let module = JsFuture::from(WebAssembly::compile(&program)).await;
    let module = module.map_err(|error| format!("{file}: {}", reason(&error)))?;
    Ok(Program { module: module.unchecked_into(), script })
}

/// What an exception says.
pub fn reason(error: &JsValue) -> String {
    let message = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    message.or_else(|| error.as_string()).unwrap_or_else(|| "unknown error".into())
}
