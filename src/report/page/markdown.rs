//! A page as Markdown, for a wiki or a ticket. Charts are left out: the tables hold their figures.

use super::{Block, Page, Table};
use crate::domain::terms::plain::escaped;
use std::fmt::Write;

/// What Markdown could take for markup.
const MARKUP: &[char] = &['\\', '`', '*', '_', '[', ']', '<', '>', '#', '|', '~', '!', '&', '$'];
/// Between letters it is not seen, and keeps links and mentions from being made.
const JOINER: char = '\u{2060}';

/// The text of the file.
pub fn markdown(page: &Page) -> String {
    let mut out = format!("# {}\n", plain(&page.title));
    for block in &page.blocks {
        match block {
            Block::Heading(heading) => {
                let _ = writeln!(out, "\n## {}", plain(heading));
            }
            Block::Text(paragraph) => {
                let _ = writeln!(out, "\n{}", plain(paragraph));
            }
            Block::Table(table) => of_table(table, &mut out),
            Block::Chart(_) => {}
        }
    }
    out
}

fn of_table(table: &Table, out: &mut String) {
    let row = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| plain(cell)).collect();
        format!("| {} |", cells.join(" | "))
    };
    let marks = (0..table.header.len()).map(|at| if at >= table.right { "---:" } else { "---" });
    let marks = marks.collect::<Vec<_>>().join(" | ");
    let _ = write!(out, "\n{}\n| {marks} |\n", row(&table.header));
    for cells in &table.rows {
        let _ = writeln!(out, "{}", row(cells));
    }
}

/// The text without anything that Markdown, or a site that shows it, takes for more than text.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    // A line that begins like an item of a list, or a table's rule.
    if text.starts_with(['-', '+', '=']) {
        out.push('\\');
    }
    let shown = escaped(text, |_| false);
    let mut letters = shown.chars().peekable();
    while let Some(c) = letters.next() {
        if MARKUP.contains(&c) {
            out.push('\\');
        }
        out.push(c);
        if c == '@' || c == ':' && letters.peek() == Some(&'/') {
            out.push(JOINER);
        }
        if c == '.' && ["www", "WWW"].iter().any(|www| out.ends_with(&format!("{www}."))) {
            out.push(JOINER);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_others_stay_labels() {
        let mut page = Page::new("A");
        page.table(
            &["label", "n"],
            1,
            vec![vec!["<b>|[x](https://a.b) @kim `c` www.a.b".to_owned(), "1".to_owned()]],
        );
        let text = markdown(&page);
        for markup in ["<b>", "](", "://", "@kim", " `c", "www.a"] {
            let bare = text.match_indices(markup).any(|(at, _)| !text[..at].ends_with('\\'));
            assert!(!bare, "{markup}: {text}");
        }
        assert_eq!(text.lines().last().unwrap().matches(" | ").count(), 1, "{text}");
    }
}
