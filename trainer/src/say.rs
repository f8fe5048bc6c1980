//! What the program says: results on standard output, notes on standard error. Whoever no longer listens, or
//! has no room for it, does not stop the work.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a result could not be said, for another reason than that nobody listens any more.
static LOST: AtomicBool = AtomicBool::new(false);

/// A line of the command's result.
pub fn result(line: impl Display) {
    if let Err(error) = write(io::stdout(), &line)
        && error.kind() != ErrorKind::BrokenPipe
        && !LOST.swap(true, Ordering::Relaxed)
    {
        note(format_args!("error: standard output: {error}"));
    }
}

/// A line to whoever started the command.
pub fn note(line: impl Display) {
    // There is nowhere left to say that this failed.
    write(io::stderr(), &line).ok();
}

/// Whether all results arrived, or were no longer wanted.
pub fn arrived() -> bool {
    !LOST.load(Ordering::Relaxed)
}

/// In one piece, so that lines of two processes do not mix.
fn write(mut to: impl Write, line: &impl Display) -> io::Result<()> {
    to.write_all(format!("{line}\n").as_bytes())?;
    to.flush()
}
