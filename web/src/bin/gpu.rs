//! The program of the worker that has the graphics device.

// burn's tensors nest types deeply.
#![recursion_limit = "256"]

fn main() {
    astrochroma_web::engine::gpu::serve();
}
