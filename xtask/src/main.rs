//! The workspace's tasks: `cargo xtask serve`, `test`, `build`, `check`, `bench`, `dist`, `tidy`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to the person at the terminal"
)]

mod bench;
mod check;
mod dist;
mod licences;
mod native;
mod page;
mod policy;
mod serve;
mod setup;
mod step;
mod test;
mod tidy;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Builds, serves and proves Astrochroma.
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Sets up, builds the page with the shipped networks and serves it on this machine
    Serve(serve::Options),
    /// Sets up and runs everything that proves the project
    Test,
    /// Format, tidiness, licences, clippy (native and wasm32) and documentation
    Check,
    /// Builds the command line, target/release/astrochroma, as `test` does: what one has built, the other need not
    Build,
    /// Measures speeds as ratios, side by side: the CPU plan and burn, several workers and one
    Bench,
    /// Builds the page into dist/, a folder that any static host can serve under any path
    Dist,
    /// The part of check that needs no compiler: licences, module docs, blanks, lengths, paths, pinned versions, format
    Tidy,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Serve(options) => serve::serve(&options),
        Task::Test => test::test(),
        Task::Check => check::check(),
        Task::Build => native::build(),
        Task::Bench => bench::bench(),
        Task::Dist => dist::dist(),
        Task::Tidy => check::without_compiler(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
