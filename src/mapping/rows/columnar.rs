//! Parquet: each row as a JSON object. Lists and groups stay lists and objects, dates and times become
//! ISO 8601, decimals texts.

use super::archive::refused;
use super::{ROW_BYTES_MAX, Row, cut, parse_json, too_large};
use crate::domain::account::origin::RowFormat;
use chrono::DateTime;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row as Record};
use serde_json::{Map, Number, Value};
use std::fs::File;

pub(super) const MAGIC: &[u8] = b"PAR1";

/// A column of a row group may unpack to this many bytes, however small it is, and beyond that to so
/// many times its size.
const COLUMN_BYTES_FREE: i64 = 256 << 20;
const COLUMN_RATIO: i64 = 1_000;

pub(super) struct ParquetRows {
    rows: RowIter<'static>,
    number: u64,
}

impl ParquetRows {
    pub(super) fn new(file: File) -> std::io::Result<ParquetRows> {
        let reader = SerializedFileReader::new(file).map_err(no_end)?;
        let groups = reader.metadata().row_groups();
        let is_too_much = |packed: i64, unpacked: i64| {
            unpacked > COLUMN_BYTES_FREE && unpacked / COLUMN_RATIO > packed
        };
        let mut columns = groups.iter().flat_map(|group| group.columns());
        if columns.any(|column| is_too_much(column.compressed_size(), column.uncompressed_size())) {
            return Err(refused("a column unpacks to too much of its size".to_owned()));
        }
        Ok(ParquetRows { rows: reader.into_iter(), number: 0 })
    }
}

impl Iterator for ParquetRows {
    type Item = std::io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = match self.rows.next()? {
            Ok(record) => record,
            Err(error) => return Some(Err(failed(error))),
        };
        self.number += 1;
        let (number, format) = (self.number, RowFormat::Json);
        let mut raw = object(&record).to_string().into_bytes();
        let value =
            if raw.len() > ROW_BYTES_MAX { Err(too_large(&mut raw)) } else { parse_json(&raw) };
        Some(Ok(Row { number, raw, format, value }))
    }
}

fn object(record: &Record) -> Value {
    let fields = record.get_column_iter().map(|(name, field)| (name.clone(), value(field)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn value(field: &Field) -> Value {
    let float = |number| Number::from_f64(number).map_or(Value::Null, Value::Number);
    let at = |time: Option<DateTime<_>>, number: i64| {
        time.map_or(Value::from(number), |time| Value::from(time.to_rfc3339()))
    };
    match field {
        Field::Null => Value::Null,
        Field::Bool(flag) => Value::from(*flag),
        Field::Byte(n) => Value::from(*n),
        Field::Short(n) => Value::from(*n),
        Field::Int(n) => Value::from(*n),
        Field::Long(n) => Value::from(*n),
        Field::UByte(n) => Value::from(*n),
        Field::UShort(n) => Value::from(*n),
        Field::UInt(n) => Value::from(*n),
        Field::ULong(n) => Value::from(*n),
        Field::Float16(n) => float(f64::from(*n)),
        // By its shortest text: 0.1, and not the 0.10000000149 of its bits.
        Field::Float(n) => n.to_string().parse().map_or(Value::Null, float),
        Field::Double(n) => float(*n),
        Field::Str(text) => Value::from(text.clone()),
        // Older writers mark no text as one.
        Field::Bytes(bytes) => str::from_utf8(bytes.data()).map_or(Value::Null, Value::from),
        Field::Date(days) => match DateTime::from_timestamp(i64::from(*days) * 86_400, 0) {
            Some(time) => Value::from(time.date_naive().to_string()),
            None => Value::from(*days),
        },
        Field::TimestampMillis(n) => at(DateTime::from_timestamp_millis(*n), *n),
        Field::TimestampMicros(n) => at(DateTime::from_timestamp_micros(*n), *n),
        Field::Decimal(_) | Field::TimeMillis(_) | Field::TimeMicros(_) => {
            Value::from(field.to_string())
        }
        Field::Group(record) => object(record),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        Field::MapInternal(map) => {
            let name = |key: &Field| match value(key) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            let entries = map.entries().iter().map(|(key, field)| (name(key), value(field)));
            Value::Object(entries.collect())
        }
    }
}

/// The description of the rows is at the end of a file.
fn no_end(_: ParquetError) -> std::io::Error {
    cut("the Parquet file has no end")
}

fn failed(error: ParquetError) -> std::io::Error {
    match error {
        ParquetError::EOF(_) | ParquetError::NeedMoreData(_) => no_end(error),
        ParquetError::External(error) => std::io::Error::other(error),
        other => refused(format!("the Parquet file cannot be read: {other}")),
    }
}
