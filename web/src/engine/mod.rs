//! What happens to a picture: in the page a client that asks, in the workers the pipeline that answers.
//!
//! In reading order: [`protocol`] (what is said), [`post`] (how it travels), [`device`] (which engine,
//! how many workers, and why), [`news`] (what page and client tell each other), [`client`] (one picture
//! from file to result), [`schedule`] (which worker has which strip, and which of them has died),
//! [`crew`], [`hand`] and [`inbox`] (workers as the page sees them), [`files`] (the
//! engine's program and the networks), [`cpu`] (the worker), [`reduce`] (finished rows made small enough
//! for the screen).

pub mod client;
pub mod cpu;
pub mod crew;
pub mod device;
pub mod files;
pub mod hand;
pub mod inbox;
pub mod news;
pub mod post;
pub mod protocol;
pub mod reduce;
pub mod schedule;
