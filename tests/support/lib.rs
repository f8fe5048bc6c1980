//! What the end-to-end tests are written with: programs, pictures, a browser, the page.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails, with the value that it met")]

pub mod browser;
pub mod network_log;
pub mod page;
pub mod picture;
pub mod program;
