//! Lines on stdout, which may be a pipe that somebody closes: that is no failure.

use std::io::{ErrorKind, IsTerminal, Write};

/// Whether a person is looking.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Writes a line; `false` once nobody reads any more.
pub fn line(text: &str) -> anyhow::Result<bool> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}
