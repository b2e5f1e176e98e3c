//! Lines on stdout, and the tables that people read. Stdout may be a pipe whose reader closes it;
//! that is not a failure.

use crate::admin::progress::Progress;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{ErrorKind, IsTerminal, Write};
use std::ops::Range;

/// Tables are this wide where stdout is not a terminal.
const WIDTH_CHARS: u16 = 80;

/// Whether a person is looking.
pub(super) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Writes a line; `false` once the reader has closed the pipe.
pub(super) fn line(text: &str) -> anyhow::Result<bool> {
    whole(&format!("{text}\n"))
}

/// Writes a text as it is, without a line's end; `false` once the reader has closed the pipe.
pub(super) fn whole(text: &str) -> anyhow::Result<bool> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A progress bar on stderr, where that is a terminal.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// `what` goes before the bar; `{msg}` in it is the phase.
    pub(super) fn new(what: &str) -> anyhow::Result<Bar> {
        let template =
            format!("{what} {{wide_bar}} {{human_pos}}/{{human_len}} {{per_sec}} {{eta}}");
        let style = ProgressStyle::with_template(&template)?;
        Ok(Bar(ProgressBar::new(0).with_style(style)))
    }

    pub(super) fn show(&self, at: Progress) {
        self.0.set_message(at.phase);
        self.0.set_length(at.total);
        self.0.set_position(at.done);
    }

    /// How far it has come, for another thread to ask.
    pub(super) fn done(&self) -> impl Fn() -> u64 + Send + 'static {
        let bar = self.0.clone();
        move || bar.position()
    }

    /// A line on stderr, above the bar.
    pub(super) fn note(&self, text: &str) {
        self.0.suspend(|| eprintln!("buymode: {text}"));
    }

    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// A table without lines, as wide as the terminal; the columns `right` hold numbers.
pub(super) fn table(header: &[&str], right: Range<usize>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header);
    if table.width().is_none() {
        table.set_width(WIDTH_CHARS);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        if right.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The table's lines without blanks at their ends.
pub(super) fn shown(table: &Table) -> String {
    table.trim_fmt()
}
