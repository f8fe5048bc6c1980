//! `cargo xtask serve`: the page on this machine.

use crate::{page, setup, step};
use anyhow::Result;
use std::process::Command;
use xtask::page_folder;
use xtask::program::find;
use xtask::server::Server;

/// What `cargo xtask serve` can be told.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Open the page in the system's browser
    #[arg(long)]
    open: bool,
}

/// Sets up, builds and serves the page until the process is ended.
///
/// # Errors
/// If a step fails or the port is taken.
pub(crate) fn serve(options: &Options) -> Result<()> {
    let tools = setup::page_tools()?;
    page::build(&tools, &page_folder())?;
    let server = step::step("start the server", || Server::start(&page_folder(), "/", options.port))
        .map_err(|error| error.context("help: choose another port with --port, 0 for a free one"))?;
    println!("Astrochroma is at {} (Ctrl+C ends it)", server.address());
    if options.open {
        open(&server.address());
    }
    server.wait();
    Ok(())
}

/// Shows the address in the system's browser; where there is none, the printed address has to do.
fn open(address: &str) {
    match find(&["xdg-open", "open"]) {
        Some(opener) => {
            Command::new(opener).arg(address).spawn().ok();
        }
        None => println!("no program was found that opens an address"),
    }
}
