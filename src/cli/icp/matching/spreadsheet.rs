//! The table of all companies as a CSV file.

use crate::analysis::matching::sheet::Sheet;
use crate::domain::terms::plain::plain;
use anyhow::Context;
use std::path::Path;

pub(super) fn write(file: &Path, sheet: &Sheet) -> anyhow::Result<()> {
    let failed = || format!("{}: cannot be written", file.display());
    let mut out = csv::Writer::from_path(file).with_context(failed)?;
    for row in std::iter::once(&sheet.header).chain(&sheet.rows) {
        out.write_record(row.iter().map(|cell| harmless(cell))).with_context(failed)?;
    }
    out.flush().with_context(failed)
}

/// A spreadsheet takes a cell that begins so for a formula, and runs it.
fn harmless(cell: &str) -> String {
    let cell = plain(cell);
    let formula = cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let number = cell.parse::<f64>().is_ok();
    if formula && !number { format!("'{cell}") } else { cell.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, written) in [
            ("=HYPERLINK(\"http://evil\")", "'=HYPERLINK(\"http://evil\")"),
            ("@sum", "'@sum"),
            ("\t=1+1", "' =1+1"),
            ("\u{202e}=1+1", "'=1+1"),
            ("＝1+1", "'＝1+1"),
            ("+1 555 0100", "'+1 555 0100"),
            ("two\nlines", "two lines"),
            ("-12.5", "-12.5"),
            ("acme.com", "acme.com"),
        ] {
            assert_eq!(harmless(cell), written);
        }
    }
}
