//! Text in a given number of columns. Lines break between words, and inside a word only where it is
//! longer than a line. Escape sequences for colours take no columns.

use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm, wrap};

/// A narrower terminal gets lines of this length: in less, hardly a word fits beside an indent.
const COLUMNS_MIN: usize = 20;
/// Between two cells of a row.
const GAP: &str = "  ";

/// A text: `lead`, a few columns, stands before its first line, blanks of the same width before the
/// others. A line of it may have an indent or a list's dash of its own.
///
/// A link stays whole however long it is, so that it can be copied.
pub fn paragraph(lead: &str, text: &str, columns: usize) -> String {
    let columns = columns.max(COLUMNS_MIN);
    let indent = display_width(lead);
    let lines = text.split('\n').enumerate().flat_map(|(at, line)| {
        let (own, body) = line.split_at(own_indent(line));
        let words = body.split_whitespace().map(display_width);
        let longest = words.filter(|width| *width <= columns).max().unwrap_or(0);
        // A word that fits a line is not broken for the sake of an indent.
        let blanks = |width: usize| " ".repeat(width.min(columns / 2).min(columns - longest));
        let first = if at == 0 { lead.to_owned() } else { blanks(indent) } + own;
        let others = blanks(indent + own.len());
        let options = Options::new(columns)
            .initial_indent(&first)
            .subsequent_indent(&others)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit)
            .break_words(!body.contains("://"));
        wrap(body, options).into_iter().map(|line| line.into_owned()).collect::<Vec<_>>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The bytes of a line's own blanks and dash, all of them ASCII.
fn own_indent(line: &str) -> usize {
    let body = line.trim_start_matches(' ');
    line.len() - body.strip_prefix("- ").unwrap_or(body).len()
}

/// As many of the parts, from the first, as one line holds.
pub fn joined(parts: &[String], between: &str, columns: usize) -> String {
    let mut line = String::new();
    for part in parts {
        let longer = if line.is_empty() { part.clone() } else { format!("{line}{between}{part}") };
        if display_width(&longer) > columns {
            break;
        }
        line = longer;
    }
    line
}

/// Rows of short cells, each row with a text at its end that may take several lines. Cells that are
/// numbers stand to the right of their column.
pub fn rows<const N: usize>(rows: &[([String; N], String)], columns: usize) -> String {
    let width = |at: usize| rows.iter().map(|(cells, _)| display_width(&cells[at])).max();
    let widths: [usize; N] = std::array::from_fn(|at| width(at).unwrap_or(0));
    let laid_out = rows.iter().map(|(cells, text)| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| {
            let blanks = " ".repeat(width - display_width(cell));
            if is_number(cell) { format!("{blanks}{cell}") } else { format!("{cell}{blanks}") }
        });
        let lead = padded.fold(GAP.to_owned(), |lead, cell| lead + &cell + GAP);
        paragraph(&lead, text, columns)
    });
    laid_out.collect::<Vec<_>>().join("\n")
}

fn is_number(cell: &str) -> bool {
    let digits = cell.trim_start_matches(['+', '-']);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn should_wrap_under_the_lead() {
        assert_eq!(
            paragraph("  Why  ", "Series B of $25M led by Keel & Mast today", 30),
            "  Why  Series B of $25M led by\n       Keel & Mast today"
        );
    }

    #[test]
    fn should_change_only_lines_that_are_too_long() {
        let text = " a | table  here\n\n- one dash and two lines\n  indented and long too\n";
        assert_eq!(
            paragraph("", text, 20),
            " a | table  here\n\n- one dash and two\n  lines\n  indented and long\n  too\n"
        );
    }

    #[test]
    fn should_keep_a_link_whole() {
        let link = format!("https://newsdesk.example/{}", "a".repeat(60));
        assert_eq!(
            paragraph("  ", &format!("by newsdesk: {link}"), 40).lines().last().unwrap().trim(),
            link
        );
    }

    #[test]
    fn should_leave_out_parts_that_do_not_fit() {
        let parts = ["2026-10-15".to_owned(), "900 signals".to_owned(), "3 buying".to_owned()];
        assert_eq!(joined(&parts, " · ", 24), "2026-10-15 · 900 signals");
        assert_eq!(joined(&parts, " · ", 23), "2026-10-15");
    }

    #[test]
    fn should_line_up_rows() {
        let row =
            |name: &str, n: &str, text: &str| ([name.to_owned(), n.to_owned()], text.to_owned());
        let both = [row("yes", "30", "sells software to firms"), row("unknown", "5", "has a CRM")];
        assert_eq!(
            rows(&both, 36),
            "  yes      30  sells software to\n               firms\n  unknown   5  has a CRM"
        );
    }

    /// Words as long names have them: of any script, some longer than any line.
    fn words() -> impl Strategy<Value = Vec<String>> {
        let word =
            prop_oneof![8 => "[A-Za-zäöüß.-]{1,14}", 2 => "\\PC{1,30}", 1 => "[a-z-]{70,200}"];
        proptest::collection::vec(word, 1..40)
    }

    proptest! {
        /// The promise of the room: no line too long, no word that fits a line broken, nothing lost.
        #[test]
        fn should_break_between_words_only(
            lead in "[ a-z]{0,9} ",
            words in words(),
            columns in 20..140_usize,
        ) {
            let words: Vec<&str> = words.iter().flat_map(|w| w.split_whitespace()).collect();
            prop_assume!(words.iter().all(|word| !word.contains("://")));
            let laid_out = paragraph(&lead, &words.join(" "), columns);
            for line in laid_out.lines() {
                prop_assert!(display_width(line) <= columns, "{line:?} in {columns}");
            }
            let seen: Vec<&str> = laid_out.split_whitespace().collect();
            for word in words.iter().filter(|word| display_width(word) <= columns) {
                prop_assert!(seen.contains(word), "{word:?} was broken: {laid_out}");
            }
            let given: Vec<&str> = lead.split_whitespace().chain(words).collect();
            prop_assert_eq!(seen.concat(), given.concat());
        }
    }
}
