//! How a message travels: an array of a JSON head and the buffers that go with it.
//!
//! Buffers are handed over, not copied, where [`Delivery::Transfer`] says so; they are then gone on the
//! sending side. Nothing here panics on what arrives: a worker of another day may send anything.

use js_sys::{Array, ArrayBuffer, Float32Array, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};

/// What becomes of the sender's buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// They stay usable; the receiver gets copies.
    Copy,
    /// They go over.
    Transfer,
}

/// The array to post and the list of what is handed over with it.
pub fn pack<T: Serialize>(head: &T, buffers: &[ArrayBuffer], delivery: Delivery) -> (Array, Array) {
    let message = Array::new();
    let handed_over = Array::new();
    // Our own enums of numbers and strings always have a JSON form; an empty head is answered like
    // any other that is not understood.
    message.push(&JsValue::from_str(&serde_json::to_string(head).unwrap_or_default()));
    for buffer in buffers {
        message.push(buffer);
        if delivery == Delivery::Transfer {
            handed_over.push(buffer);
        }
    }
    (message, handed_over)
}

/// Head and buffers of what was posted; nothing if it is not of this form.
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Option<(T, Vec<ArrayBuffer>)> {
    let message = data.dyn_ref::<Array>()?;
    let head = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    let buffers = message.iter().skip(1).map(|buffer| buffer.dyn_into().ok()).collect::<Option<_>>()?;
    Some((head, buffers))
}

/// Bytes as a buffer of their own.
pub fn buffer_of_bytes(bytes: &[u8]) -> ArrayBuffer {
    Uint8Array::from(bytes).buffer().unchecked_into()
}

/// Floats as a buffer of their own.
pub fn buffer_of_floats(floats: &[f32]) -> ArrayBuffer {
    Float32Array::from(floats).buffer().unchecked_into()
}

/// The bytes of a buffer.
pub fn bytes_of(buffer: &ArrayBuffer) -> Vec<u8> {
    Uint8Array::new(buffer).to_vec()
}

/// The floats of a buffer; nothing if it does not hold a whole number of them.
pub fn floats_of(buffer: &ArrayBuffer) -> Option<Vec<f32>> {
    buffer.byte_length().is_multiple_of(4).then(|| Float32Array::new(buffer).to_vec())
}
