//! The files of a CRM's export as arguments, and what the user says of them.

use super::read;
use crate::domain::terms::time::Day;
use crate::evidence::crm::fields::Field;
use crate::evidence::crm::outcome::Given;
use crate::evidence::crm::{self, Checked, Options};
use crate::evidence::table::Table;
use crate::evidence::table::dates::Choice;
use crate::mapping::rows::Reading;
use anyhow::bail;
use encoding_rs::Encoding;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::SystemTime;
use strum::IntoEnumIterator;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Export {
    /// CSV, Excel (.xlsx), JSON or Parquet, plain, gzip or in a zip
    #[arg(required = true, value_name = "FILE")]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// The column of a standard field, where its name does not say it; as FIELD=COLUMN, several times
    #[arg(long = "column", value_name = "FIELD=COLUMN", value_parser = column)]
    pub(in crate::cli) columns: Vec<(Field, String)>,
    /// The column that says how records ended [default: found by its labels]
    #[arg(long, value_name = "COLUMN")]
    pub(in crate::cli) outcome: Option<String>,
    /// A label that means won, where it does not say so; several times
    #[arg(long, value_name = "LABEL")]
    pub(in crate::cli) won: Vec<String>,
    /// A label that means lost; several times
    #[arg(long, value_name = "LABEL")]
    pub(in crate::cli) lost: Vec<String>,
    /// Which comes first in dates such as 3/4/2026 [default: found in each column]
    #[arg(long, value_name = "ORDER")]
    pub(in crate::cli) dates: Option<DatesArg>,
    /// The sheet of a workbook [default: the first]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) sheet: Option<String>,
    /// The encoding of text that is not UTF-8, such as shift_jis or iso-8859-2 [default: windows-1252]
    #[arg(long, value_name = "ENCODING", value_parser = encoding)]
    pub(in crate::cli) encoding: Option<&'static Encoding>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(in crate::cli) enum DatesArg {
    DayFirst,
    MonthFirst,
}

impl Export {
    /// Reads the files and checks them.
    pub(in crate::cli) fn check(&self) -> anyhow::Result<Checked> {
        let (tables, options) = self.read()?;
        Ok(crm::check(&tables, &options, today()))
    }

    /// Reads the files, and what the user says of them.
    pub(in crate::cli) fn read(&self) -> anyhow::Result<(Vec<Table>, Options)> {
        let (sheet, encoding) = (self.sheet.clone(), self.encoding);
        let reading = Reading { sheet, encoding, ..Reading::default() };
        let tables = read::tables(&self.files, &reading)?;
        self.known(&tables)?;
        let options = Options {
            columns: self.columns.iter().cloned().collect(),
            outcome: Given {
                column: self.outcome.clone(),
                won: self.won.clone(),
                lost: self.lost.clone(),
            },
            dates: self.dates.map(|dates| match dates {
                DatesArg::DayFirst => Choice::DayFirst,
                DatesArg::MonthFirst => Choice::MonthFirst,
            }),
        };
        Ok((tables, options))
    }

    /// Refuses names of columns and labels that no file has: a slip would change the answer silently.
    fn known(&self, tables: &[Table]) -> anyhow::Result<()> {
        let columns = || tables.iter().flat_map(|table| &table.columns);
        let named = self.columns.iter().map(|(_, name)| name).chain(&self.outcome);
        for name in named {
            if !columns().any(|column| column.name == *name) {
                let all: Vec<String> =
                    columns().map(|column| format!("{:?}", column.name)).collect();
                bail!("unknown column {name:?}; the files have {}", all.join(", "));
            }
        }
        for label in self.won.iter().chain(&self.lost) {
            let has = |text: &str| text.eq_ignore_ascii_case(label);
            if !columns().any(|column| column.texts().any(|(_, text)| has(text))) {
                bail!("unknown label {label:?}: no cell of the files holds it");
            }
        }
        Ok(())
    }
}

/// Days after it are in the future.
pub(in crate::cli) fn today() -> Day {
    Day::from_date(chrono::DateTime::<chrono::Utc>::from(SystemTime::now()).date_naive())
}

pub(in crate::cli) fn column(text: &str) -> Result<(Field, String), String> {
    let all = || Field::iter().map(Field::key).collect::<Vec<_>>().join(", ");
    let (field, column) = text.split_once('=').ok_or("use FIELD=COLUMN, such as closed=Ended")?;
    let field = Field::from_str(field.trim())
        .map_err(|_| format!("unknown field {:?}; use one of {}", field.trim(), all()))?;
    Ok((field, column.trim().to_owned()))
}

fn encoding(name: &str) -> Result<&'static Encoding, String> {
    crate::cli::import::encoding(name)
}
