//! Excel workbooks (.xlsx): one sheet as a table of texts, written as CSV into an unnamed temporary file,
//! so that it is read like any CSV. Dates are written as ISO 8601, numbers without the noise of
//! floating point, and blank rows keep the line numbers those of the sheet. A cell that is merged over
//! several rows counts in each of them.

use super::archive::{self, refused};
use super::header::COLUMNS_MAX;
use super::{Notes, Reading};
use crate::domain::terms::figures::counted;
use calamine::{DataRef, Dimensions, ExcelDateTime, Reader, SheetVisible, Xlsx, XlsxError};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};

/// What a workbook may hold beside its sheets (its texts), unpacked: this is kept in memory.
const TEXTS_BYTES_MAX: u64 = 256 << 20;
/// All of it, unpacked.
const BYTES_MAX: u64 = 4 << 30;
/// The longest piece between two tags; Excel's own maximum of a cell is 32,767 characters.
const PIECE_BYTES_MAX: usize = 4 << 20;

/// More merged cells are a drawing, not a table.
const MERGED_MAX: usize = 100_000;

/// The sheet as a CSV with `,`.
pub(super) fn as_csv(file: File, reading: &Reading, notes: &Notes) -> std::io::Result<File> {
    let has_merged = check(&file)?;
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(failed)?;
    let sheet = sheet(&book, reading.sheet.as_deref(), notes)?;
    let folder = reading.temp.clone().unwrap_or_else(std::env::temp_dir);
    let mut out = BufWriter::new(tempfile::tempfile_in(folder)?);
    let mut merged = match has_merged {
        true => Merged::of(book.merge_cells_by_sheet_name(&sheet).map_err(failed)?),
        false => Merged::default(),
    };
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(failed)?;
    let mut line: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(cell) = cells.next_cell().map_err(failed)? {
        let (row, column) = (cell.get_position().0, cell.get_position().1 as usize);
        if column >= COLUMNS_MAX || row < at {
            return Err(refused("the sheet is broken: its cells are not in order".to_owned()));
        }
        while at < row {
            merged.fill(at, &mut line);
            write(&mut out, &mut line)?;
            at += 1;
        }
        if column >= line.len() {
            line.resize(column + 1, String::new());
        }
        line[column] = shown(cell.get_value());
    }
    merged.fill(at, &mut line);
    write(&mut out, &mut line)?;
    if merged.filled > 0 {
        let cells = counted(merged.filled, "merged cell");
        notes.add(format!("{cells} over several rows: read as if each row had the value"));
    }
    let mut file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

/// The cells that are merged over several rows. Only the first one has the value in the file.
#[derive(Default)]
struct Merged {
    /// First and last row, and the column; the next to begin is the last.
    to_come: Vec<(u32, u32, usize)>,
    /// Of those that have begun: the last row, the column and the value.
    open: Vec<(u32, usize, String)>,
    filled: u64,
}

impl Merged {
    fn of(regions: Vec<Dimensions>) -> Merged {
        let tall = regions.iter().filter(|region| region.end.0 > region.start.0);
        let mut to_come: Vec<_> =
            tall.map(|region| (region.start.0, region.end.0, region.start.1 as usize)).collect();
        to_come.sort_unstable_by(|a, b| b.cmp(a));
        Merged { to_come, ..Merged::default() }
    }

    /// Completes the row's line.
    fn fill(&mut self, row: u32, line: &mut Vec<String>) {
        while let Some((first, last, column)) = self.to_come.pop_if(|(first, ..)| *first <= row) {
            let value = line.get(column).filter(|value| first == row && !value.is_empty());
            self.filled += u64::from(value.is_some());
            self.open.extend(value.map(|value| (last, column, value.clone())));
        }
        self.open.retain(|(last, ..)| row <= *last);
        for (_, column, value) in &self.open {
            if *column >= line.len() {
                line.resize(column + 1, String::new());
            }
            if line[*column].is_empty() {
                line[*column].clone_from(value);
            }
        }
    }
}

/// The sheet that was asked for, or the first that is not hidden.
fn sheet<R: Read + Seek>(
    book: &Xlsx<R>,
    named: Option<&str>,
    notes: &Notes,
) -> std::io::Result<String> {
    let sheets = book.sheets_metadata();
    let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    if let Some(named) = named {
        let found = names.iter().find(|name| name.trim().eq_ignore_ascii_case(named.trim()));
        return found.map(|name| (*name).to_owned()).ok_or_else(|| {
            refused(format!("unknown sheet {named:?}; the workbook has {}", names.join(", ")))
        });
    }
    let visible = sheets.iter().find(|sheet| sheet.visible == SheetVisible::Visible);
    let Some(first) = visible.or(sheets.first()) else {
        return Err(refused("the workbook has no sheet".to_owned()));
    };
    if names.len() > 1 {
        notes.add(format!(
            "of the sheets {} the first is read: {} (--sheet names another)",
            names.join(", "),
            first.name
        ));
    }
    Ok(first.name.clone())
}

fn write(out: &mut impl Write, line: &mut Vec<String>) -> std::io::Result<()> {
    if line.iter().all(String::is_empty) {
        out.write_all(b"\n")?;
    } else {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(&mut *out);
        writer.write_record(line.iter()).map_err(|e| refused(e.to_string()))?;
        writer.flush()?;
    }
    line.clear();
    Ok(())
}

/// A cell as people see it.
fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => plain(*number),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(at) => date(at),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        // "#N/A" and the like say that there is no value.
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// In digits, with at most the 15 that Excel keeps: `0.1 + 0.2` is `0.3`.
fn plain(number: f64) -> String {
    match format!("{number:.14e}").parse::<f64>() {
        Ok(rounded) => rounded.to_string(),
        Err(_) => number.to_string(),
    }
}

fn date(at: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    if at.is_duration() {
        return plain(at.as_f64());
    }
    match (at.as_f64() < 1.0, (hour, minute, second)) {
        // A time of day without a date.
        (true, _) => time,
        (false, (0, 0, 0)) => format!("{year:04}-{month:02}-{day:02}"),
        (false, _) => format!("{year:04}-{month:02}-{day:02}T{time}"),
    }
}

/// Unpacks the workbook once without keeping it: the reader keeps its texts in memory, each piece
/// between two tags, and all merged cells. Whether there are any.
fn check(file: &File) -> std::io::Result<bool> {
    let mut merged = 0;
    let mut archive = archive::open(BufReader::new(file.try_clone()?))?;
    let (mut total, mut texts) = (0_u64, 0_u64);
    for index in 0..archive.len() {
        let Ok(mut member) = archive.by_index(index) else { continue };
        let name = String::from_utf8_lossy(member.name_raw()).into_owned();
        let is_sheet = name.starts_with("xl/worksheets/");
        let is_xml = name.ends_with(".xml") || name.ends_with(".rels");
        let mut buffer = [0; 64 << 10];
        let mut piece = 0;
        loop {
            let read = member.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            total += read as u64;
            texts += if is_xml && !is_sheet { read as u64 } else { 0 };
            let is_merged = |bytes: &&[u8]| *bytes == b"mergeCell ";
            merged +=
                if is_sheet { buffer[..read].windows(10).filter(is_merged).count() } else { 0 };
            if merged > MERGED_MAX {
                return Err(refused(
                    "the workbook has too many merged cells; save it as CSV".to_owned(),
                ));
            }
            let last = buffer[..read].iter().rposition(|byte| *byte == b'<');
            piece = last.map_or(piece + read, |at| read - at);
            if total > BYTES_MAX || texts > TEXTS_BYTES_MAX || is_xml && piece > PIECE_BYTES_MAX {
                return Err(refused("the workbook unpacks to too much; save it as CSV".to_owned()));
            }
        }
    }
    (&mut &*file).rewind()?;
    Ok(merged > 0)
}

fn failed(error: XlsxError) -> std::io::Error {
    match error {
        XlsxError::Io(error) => error,
        other => refused(format!("the workbook cannot be read ({other}); save it as CSV")),
    }
}
