//! The program of the page.

fn main() {
    astrochroma_web::page::open();
}
