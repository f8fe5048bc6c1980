//! What happens to a picture: in the page a client that asks, in the workers the pipeline that answers.
//!
//! In reading order: [`protocol`] (what is said), [`post`] (how it travels), [`device`] (which engine,
//! how many workers, and why), [`adapter`] (whether there is a graphics device), [`news`] (what page and
//! client tell each other), `opening` (what comes before the first picture), [`client`] (one picture
//! from file to result), [`enlarge`] (its strips),
//! [`schedule`] (which worker has which strip, and which of them has died), [`crew`], [`hand`] and
//! [`inbox`] (workers as the page sees them), [`files`] (the workers' programs and the networks), `cpu`
//! and `gpu` (the workers), `worker` (what they share), [`reduce`] (finished rows made small enough for
//! the screen).

pub mod adapter;
pub mod client;
pub mod cpu;
pub mod crew;
pub mod device;
pub mod enlarge;
pub mod files;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod hand;
pub mod inbox;
pub mod news;
mod opening;
pub mod post;
pub mod protocol;
pub mod reduce;
pub mod schedule;
mod worker;
