//! A report as data: paragraphs, tables and charts, written as one HTML file ([`html`]), as Markdown
//! ([`markdown`]), or by a command on a terminal.
//!
//! Texts are plain: each way of writing takes away what would be markup, a link or a mention there, so that
//! a label of a vendor's or a CRM's stays a label.

pub mod chart;
pub mod html;
pub mod markdown;

pub use chart::{Bar, Chart, Curve};

/// A report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    pub title: String,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Heading(String),
    Text(String),
    Table(Table),
    Chart(Chart),
}

/// A table; the columns from `right` on hold numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub right: usize,
}

impl Page {
    pub fn new(title: &str) -> Page {
        Page { title: title.to_owned(), blocks: Vec::new() }
    }

    /// Several reports as one; a single one keeps its title.
    pub fn together(title: &str, mut parts: Vec<Page>) -> Page {
        if parts.len() == 1
            && let Some(part) = parts.pop()
        {
            return part;
        }
        let mut page = Page::new(title);
        for part in parts {
            page.heading(&part.title);
            page.blocks.extend(part.blocks);
        }
        page
    }

    pub fn heading(&mut self, text: &str) {
        self.blocks.push(Block::Heading(text.to_owned()));
    }

    pub fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(text.into()));
    }

    /// The columns from `right` on hold numbers. A table without rows is left out.
    pub fn table(&mut self, header: &[&str], right: usize, rows: Vec<Vec<String>>) {
        if !rows.is_empty() {
            let header = header.iter().map(|cell| (*cell).to_owned()).collect();
            self.blocks.push(Block::Table(Table { header, rows, right }));
        }
    }

    pub fn chart(&mut self, chart: Chart) {
        self.blocks.push(Block::Chart(chart));
    }
}
