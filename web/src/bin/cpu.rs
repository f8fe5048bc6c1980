//! The program of a worker that computes on the processor.

fn main() {
    astrochroma_web::engine::cpu::serve();
}
