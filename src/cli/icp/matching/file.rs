//! The table of all companies as a CSV file.

use crate::analysis::matching::sheet::Sheet;
use crate::cli::spreadsheet::harmless;
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
