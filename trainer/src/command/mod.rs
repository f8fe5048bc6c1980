//! The command line: one file a subcommand; what was typed, what it means, and how it ends.

mod convert;
mod evaluate;
mod export;
mod failure;
mod networks;
mod train;

use crate::device::{self, Choice, Opened};
use crate::say;
use anyhow::Result;
use astrochroma::network::Task;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Colour and four times the resolution for grey pictures of the sky
#[derive(Parser)]
#[command(
    name = "astrochroma",
    version,
    about,
    after_help = "Exit codes: 0 all done, 1 some pictures failed or the output could not be printed, 2 nothing could be done"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Colour grey pictures; the lightness of each stays as it is
    Colorize(convert::Options),
    /// Make pictures four times as wide and high
    Upscale(convert::Options),
    /// Colour, then four times as wide and high
    Enhance(convert::Options),
    /// Train a network on a folder of pictures
    Train {
        #[command(subcommand)]
        what: Trained,
    },
    /// Measure a network on the test pictures of a folder
    Evaluate(evaluate::Options),
    /// Write the weights of a run as a file to ship, and name it in the manifest beside
    Export(export::Options),
    /// List the devices that networks can be trained and run on, and what hinders the others
    Devices,
}

#[derive(Subcommand)]
enum Trained {
    /// A network that predicts a* and b* from L*
    Colorizer(train::Options),
    /// A network that makes pictures four times as large
    Upscaler(train::Options),
}

/// How a command ended that may fail in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    AllDone,
    SomeFailed,
    NothingDone,
}

/// Runs what was asked for on the command line.
pub fn run() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::Colorize(options) => convert::run(&options, &[Task::Colorize]),
        Command::Upscale(options) => convert::run(&options, &[Task::Upscale]),
        Command::Enhance(options) => convert::run(&options, &[Task::Colorize, Task::Upscale]),
        Command::Train { what } => done(match what {
            Trained::Colorizer(options) => train::run(&options, Task::Colorize),
            Trained::Upscaler(options) => train::run(&options, Task::Upscale),
        }),
        Command::Evaluate(options) => done(evaluate::run(&options)),
        Command::Export(options) => done(export::run(&options)),
        Command::Devices => done(devices()),
    };
    match ended {
        Ok(Outcome::AllDone) if say::arrived() => ExitCode::SUCCESS,
        Ok(Outcome::AllDone | Outcome::SomeFailed) => ExitCode::from(1),
        Ok(Outcome::NothingDone) => ExitCode::from(2),
        Err(error) => {
            failure::print(&error);
            ExitCode::from(2)
        }
    }
}

/// A number on the command line.
fn finite(text: &str) -> Result<f32, String> {
    let number: f32 = text.parse().map_err(|_| "expected a number".to_string())?;
    if number.is_finite() { Ok(number) } else { Err("expected a finite number".into()) }
}

fn done(result: Result<()>) -> Result<Outcome> {
    result.map(|()| Outcome::AllDone)
}

fn devices() -> Result<()> {
    for (name, said) in device::list() {
        say::result(format_args!("{name}: {said}"));
    }
    Ok(())
}

/// Says that the device that was found is not used after all.
fn processor_instead(error: &anyhow::Error) -> Opened {
    say::note(format_args!("note: {error:#}\ndevice: processor"));
    Opened::Processor
}

/// Says on which device work goes on.
fn opened(choice: Choice) -> Result<Opened> {
    let (device, name) = device::open(choice)?;
    say::note(format_args!("device: {name}"));
    Ok(device)
}
