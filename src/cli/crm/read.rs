//! Files as tables: any that an import reads, without a mapping.

use crate::admin::progress::Progress;
use crate::cli::output::Bar;
use crate::domain::terms::plain::escaped;
use crate::evidence::table::{Builder, Table};
use crate::mapping::rows::{Format, Member, Packed, Reading, Rows, members};
use anyhow::{Context, bail};
use jaq_json::Val;
use std::path::{Path, PathBuf};

/// More rows in one file are another kind of data.
const ROWS_MAX: usize = 5_000_000;
/// Smaller files are read without a bar.
const BIG_BYTES: u64 = 8 << 20;
/// Rows between two looks at the bar.
const SHOWN_ROWS: usize = 4_096;
/// Unreadable rows that are kept with their reason.
const UNREADABLE_MAX: usize = 1_000;

/// The tables of the files; a zip has one for each file in it.
pub(in crate::cli) fn tables(paths: &[PathBuf], reading: &Reading) -> anyhow::Result<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    for path in paths {
        let failed = || format!("{}: cannot be read", path.display());
        match members(path).with_context(failed)? {
            Packed::One => tables.push(table(path, None, reading)?),
            Packed::Zip { members, .. } if members.is_empty() => {
                bail!("{}: the zip holds no table; zip the CSV or .xlsx files", path.display())
            }
            Packed::Zip { members, .. } => {
                for member in &members {
                    tables.push(table(path, Some(member), reading)?);
                }
            }
        }
    }
    for at in 0..tables.len() {
        if tables[..at].iter().any(|other| other.name == tables[at].name) {
            bail!(
                "two files are called {}: rename one, so that findings name the right one",
                tables[at].name
            );
        }
    }
    Ok(tables)
}

fn table(path: &Path, member: Option<&Member>, reading: &Reading) -> anyhow::Result<Table> {
    let name = match (member, path.file_name()) {
        (Some(member), _) => member.name.clone(),
        (None, Some(name)) => name.to_string_lossy().into_owned(),
        (None, None) => path.display().to_string(),
    };
    let failed = || format!("{}: cannot be read", path.display());
    let mut rows = Rows::open(path, member, reading).with_context(failed)?;
    if rows.format == Format::Xml {
        bail!("{name}: an XML document or a web page, not a table; export it as CSV or .xlsx");
    }
    let mut builder = Builder::new(&name);
    let mut read = 0;
    // A file that is read in a blink needs no bar.
    let total = std::fs::metadata(path).map_or(0, |of| of.len());
    let bar = (total >= BIG_BYTES)
        .then(|| Bar::of_bytes(&format!("reading {}", escaped(&name, |_| false))));
    let bar = bar.transpose()?;
    while let Some(row) = rows.next() {
        if let Some(bar) = bar.as_ref().filter(|_| read % SHOWN_ROWS == 0) {
            bar.show(Progress { phase: "", done: rows.read_bytes().min(total), total });
        }
        let row = row.with_context(failed)?;
        read += 1;
        if read > ROWS_MAX {
            bail!("{name}: more than {ROWS_MAX} rows; split the file");
        }
        match row.value {
            Ok(Val::Obj(object)) => {
                let mut cells = Vec::with_capacity(object.len());
                object.iter().for_each(|(key, value)| flatten(&text(key), value, &mut cells));
                builder.row(cells.iter().map(|(name, text)| (name.as_str(), text.as_str())));
            }
            Ok(_) => builder.unreadable(row.number, "not an object with named values".to_owned()),
            Err(error) => builder.unreadable(row.number, error.message),
        }
        if builder.unreadable_rows() > UNREADABLE_MAX {
            bail!(
                "{name}: more than {UNREADABLE_MAX} rows cannot be read; is it a table? Export it again as CSV"
            );
        }
    }
    if let Some(bar) = bar {
        bar.clear();
    }
    let notes = rows.notes();
    let table = builder.finish(notes);
    if table.columns.len() == 1 && table.rows > 0 {
        bail!(
            "{name}: one column only, {:?}; columns must be separated by commas, semicolons, tabs or bars",
            table.columns[0].name
        );
    }
    Ok(table)
}

/// The cells of a value: those of an object by `outer.inner`, a list as one text.
fn flatten(name: &str, value: &Val, cells: &mut Vec<(String, String)>) {
    match value {
        Val::Obj(object) => {
            object
                .iter()
                .for_each(|(key, value)| flatten(&format!("{name}.{}", text(key)), value, cells));
        }
        Val::Arr(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            cells.push((name.to_owned(), items.join("; ")));
        }
        other => cells.push((name.to_owned(), text(other))),
    }
}

fn text(value: &Val) -> String {
    match value {
        Val::Null => String::new(),
        Val::TStr(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => other.to_string(),
    }
}
