//! Lines on stdout, which may be a pipe that somebody closes: that is no failure.

use crate::admin::progress::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{ErrorKind, IsTerminal, Write};

/// Whether a person is looking.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Writes a line; `false` once nobody reads any more.
pub fn line(text: &str) -> anyhow::Result<bool> {
    whole(&format!("{text}\n"))
}

/// Writes a text as it is, without a line's end; `false` once nobody reads any more.
pub fn whole(text: &str) -> anyhow::Result<bool> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A progress bar on stderr, where that is a terminal.
pub struct Bar(ProgressBar);

impl Bar {
    /// `what` goes before the bar; `{msg}` in it is the phase.
    pub fn new(what: &str) -> anyhow::Result<Bar> {
        let template =
            format!("{what} {{wide_bar}} {{human_pos}}/{{human_len}} {{per_sec}} {{eta}}");
        let style = ProgressStyle::with_template(&template)?;
        Ok(Bar(ProgressBar::new(0).with_style(style)))
    }

    pub fn show(&self, at: Progress) {
        self.0.set_message(at.phase);
        self.0.set_length(at.total);
        self.0.set_position(at.done);
    }

    /// A line on stderr, above the bar.
    pub fn note(&self, text: &str) {
        self.0.suspend(|| eprintln!("buymode: {text}"));
    }

    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}
