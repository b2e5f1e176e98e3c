//! Lines on stdout and stderr, and the text and tables that people read, as wide as their terminal.
//! Stdout may be a pipe whose reader closes it; that is not a failure. All that commands print goes
//! through here, and leaves as plain text: see [`escaped`].

#![allow(clippy::print_stderr, reason = "the one place that prints")]

use crate::admin::progress::Progress;
use crate::domain::terms::plain::escaped;
use crate::report::layout::paragraph;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{ErrorKind, IsTerminal, Write};
use std::ops::Range;

/// The columns of a page where stdout is not a terminal.
const COLUMNS: usize = 80;
/// More than any sentence has.
const COLUMNS_IN_PIPE: usize = 1 << 20;

/// Whether a person is looking.
pub(super) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// The columns of the variable `COLUMNS` if it is set, otherwise of the terminal; none in a pipe.
fn given_columns() -> Option<usize> {
    let set = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok());
    let terminal = || console::Term::stdout().size_checked().map(|(_, columns)| columns.into());
    set.filter(|columns| *columns > 0).or_else(terminal)
}

/// The columns that sentences for people may take. In a pipe a sentence stays one line, so that it can
/// be searched for.
pub(super) fn columns() -> usize {
    given_columns().unwrap_or(COLUMNS_IN_PIPE)
}

/// The columns of what is laid out as a page: tables, and the demo.
pub(super) fn page_columns() -> usize {
    given_columns().unwrap_or(COLUMNS)
}

/// Writes a text for people, wrapped between words; `false` once the reader has closed the pipe.
pub(super) fn prose(text: &str) -> anyhow::Result<bool> {
    line(&paragraph("", text, columns()))
}

/// Writes a line; `false` once the reader has closed the pipe.
pub(super) fn line(text: &str) -> anyhow::Result<bool> {
    whole(&format!("{text}\n"))
}

/// Writes a text as it is, for a file; on a terminal without characters that command it.
pub(super) fn verbatim(text: &str) -> anyhow::Result<bool> {
    if std::io::stdout().is_terminal() { whole(text) } else { written(text) }
}

/// Writes a text without a line's end; `false` once the reader has closed the pipe.
pub(super) fn whole(text: &str) -> anyhow::Result<bool> {
    written(&escaped(text, |c| c == '\n'))
}

fn written(text: &str) -> anyhow::Result<bool> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A line on stderr, beside the output.
pub(super) fn aside(text: &str) {
    eprintln!("{}", escaped(text, |_| false));
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

    /// Of a file, by its bytes.
    pub(super) fn of_bytes(what: &str) -> anyhow::Result<Bar> {
        // Braces of a file's name are no places of the template.
        let what = what.replace(['{', '}'], "");
        let template = format!("{what} {{wide_bar}} {{bytes}}/{{total_bytes}} {{eta}}");
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
        self.0.suspend(|| aside(&format!("buymode: {text}")));
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
    table.set_width(u16::try_from(page_columns()).unwrap_or(u16::MAX));
    for (at, column) in table.column_iter_mut().enumerate() {
        if right.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The table's lines without blanks at their ends. Cells are wrapped between words, as far as the
/// table's width allows it.
pub(super) fn shown(table: &Table) -> String {
    let mut table = table.clone();
    let columns = 0..table.column_count();
    let narrowest: Vec<u16> = columns.map(|at| narrowest(&table, at)).collect();
    if narrowest.iter().map(|width| usize::from(*width)).sum::<usize>()
        <= table.width().map_or(usize::MAX, usize::from)
    {
        for (column, width) in table.column_iter_mut().zip(narrowest) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
    }
    table.trim_fmt()
}

/// The same of a table whose cells are names to copy: each row is one line, however wide.
pub(super) fn unwrapped(table: &Table) -> String {
    let mut table = table.clone();
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.trim_fmt()
}

/// The width that the longest word of a column needs, with the blanks around it.
fn narrowest(table: &Table, at: usize) -> u16 {
    let padding = table.column(at).map_or(0, |column| column.padding_width());
    let cells = table.column_cells_with_header_iter(at).flatten();
    let widths = cells.flat_map(|cell| {
        let text = cell.content();
        text.split_whitespace().map(console::measure_text_width).collect::<Vec<_>>()
    });
    u16::try_from(widths.max().unwrap_or(0)).unwrap_or(u16::MAX).saturating_add(padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_to_copy_is_never_broken() {
        let mut table = table(&["topic", "kept"], 1..1);
        let name = "staging.".repeat(30) + "buymode.inputs";
        table.set_width(80).add_row([name.as_str(), "for ever"]);
        assert_eq!(unwrapped(&table).lines().nth(1).unwrap().trim(), format!("{name}  for ever"));
    }

    #[test]
    fn a_table_of_hostile_cells_is_laid_out_by_what_is_shown() {
        let mut table = table(&["account", "name"], 1..1);
        table.add_row(["acme.com", "Acme\u{202e}\u{1b}[31m"]);
        let lines = shown(&table);
        assert!(escaped(&lines, |c| c == '\n').ends_with("Acme\\u202e\\u001b[31m"), "{lines:?}");
    }
}
