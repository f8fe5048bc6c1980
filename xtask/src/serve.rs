//! `cargo xtask serve`: the page on this machine.

use crate::{page, setup, step};
use anyhow::{Context, Result};
use std::net::TcpListener;
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
    check_port(options.port)?;
    let tools = setup::page_tools()?;
    page::build(&tools, &page_folder())?;
    let server = step::step("start the server", || Server::start(&page_folder(), "/", options.port))?;
    println!("Astrochroma is at {} (Ctrl+C ends it)", server.address());
    if options.open {
        open(&server.address());
    }
    server.wait();
    Ok(())
}

/// Whether the port is free, before minutes go into building what could not be served.
fn check_port(port: u16) -> Result<()> {
    TcpListener::bind(("127.0.0.1", port)).map(drop).with_context(|| {
        format!("port {port} cannot be had; help: choose another with --port, 0 for a free one")
    })
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
