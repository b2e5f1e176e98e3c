//! Cells of tables for spreadsheets.

use crate::domain::terms::plain::plain;

/// A spreadsheet takes a cell that begins so for a formula, and runs it.
pub(super) fn harmless(cell: &str) -> String {
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
