//! A report for people: on the terminal, and as files to send round.

use super::answer;
use super::output::{self, line, prose, shown};
use crate::report::layout::paragraph;
use crate::report::page::html::html;
use crate::report::page::markdown::markdown;
use crate::report::page::{Block, Page};
use anyhow::{Context, ensure};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;

/// Files that a report is written to.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Files {
    /// Also write the report as one HTML file, with charts; it needs no other file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Also write the report as Markdown, without charts
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// A sentence below the report's title, such as where its data are from
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl Files {
    /// Writes the files, and prints the page or, in its place, the JSON.
    pub(super) fn write<T: Serialize + JsonSchema>(
        &self,
        page: &Page,
        answer: Option<&T>,
    ) -> anyhow::Result<()> {
        let mut page = page.clone();
        if let Some(note) = &self.note {
            page.blocks.insert(0, Block::Text(note.clone()));
        }
        let page = &page;
        for (file, extension) in [(&self.html, "html"), (&self.markdown, "md")] {
            let Some(file) = file else { continue };
            let is_so = file.extension().is_some_and(|found| found == extension);
            ensure!(
                is_so,
                "invalid file {}; use a name that ends with .{extension}",
                file.display()
            );
            let text = if extension == "html" { html(page) } else { markdown(page) };
            std::fs::write(file, text)
                .with_context(|| format!("{}: cannot be written", file.display()))?;
        }
        match answer {
            Some(answer) => answer::line(answer).map(drop),
            None => show(page),
        }
    }
}

fn show(page: &Page) -> anyhow::Result<()> {
    line(&page.title)?;
    for block in &page.blocks {
        match block {
            Block::Heading(heading) => line(&format!("\n{heading}")).map(drop)?,
            Block::Text(text) => prose(text).map(drop)?,
            Block::Table(table) => {
                let header: Vec<&str> = table.header.iter().map(String::as_str).collect();
                let mut laid_out = output::table(&header, table.right..table.header.len());
                table.rows.iter().for_each(|row| {
                    laid_out.add_row(row);
                });
                line(&paragraph("", &shown(&laid_out), usize::MAX)).map(drop)?;
            }
            // The tables hold their figures.
            Block::Chart(_) => {}
        }
    }
    Ok(())
}
