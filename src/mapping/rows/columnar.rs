//! Parquet: each row as a JSON object. Lists and groups stay lists and objects, dates and times become
//! ISO 8601, decimals texts.

use super::archive::refused;
use super::{ROW_BYTES_MAX, Row, cut, parse_json, too_large};
use crate::domain::account::origin::RowFormat;
use chrono::DateTime;
use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row as Record};
use parquet::schema::types::{ColumnDescPtr, Type as Shape};
use serde_json::{Map, Number, Value};
use std::collections::HashSet;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A column of a row group may unpack to this many bytes, however small it is, and beyond that to so
/// many times its size.
const COLUMN_BYTES_FREE: i64 = 256 << 20;
const COLUMN_RATIO: i64 = 1_000;

pub(super) struct ParquetRows {
    rows: RowIter<'static>,
    number: u64,
    /// Columns of times in nanoseconds, which the reader gives as numbers.
    nanos: HashSet<String>,
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
        let schema = reader.metadata().file_metadata().schema_descr();
        let unread = schema.columns().iter().find(|column| !is_read(column));
        if let Some(column) = unread {
            let (name, kind) = (column.path().string(), column.converted_type());
            return Err(refused(format!("column {name} is of a kind that is not read ({kind})")));
        }
        if let Some(name) = odd_shape(schema.root_schema()) {
            let why = format!("column {name} is a list or map of a shape that is not read");
            return Err(refused(why));
        }
        let of_nanos =
            |column: &&ColumnDescPtr| column.path().parts().len() == 1 && is_nanos(column);
        let nanos = schema.columns().iter().filter(of_nanos).map(|c| c.name().to_owned()).collect();
        Ok(ParquetRows { rows: reader.into_iter(), number: 0, nanos })
    }
}

impl Iterator for ParquetRows {
    type Item = std::io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        // A damaged file meets an assertion of the reader now and then.
        let next = catch_unwind(AssertUnwindSafe(|| self.rows.next()));
        let record = match next {
            Ok(next) => next?,
            Err(_) => return Some(Err(refused("the Parquet file is damaged".to_owned()))),
        };
        let record = match record {
            Ok(record) => record,
            Err(error) => return Some(Err(failed(error))),
        };
        self.number += 1;
        let (number, format) = (self.number, RowFormat::Json);
        let mut row = object(&record);
        for name in &self.nanos {
            if let Some(number) = row.get_mut(name) {
                let time = number.as_i64().map(DateTime::from_timestamp_nanos);
                *number = time.map_or(Value::Null, |time| Value::from(time.to_rfc3339()));
            }
        }
        let mut raw = row.to_string().into_bytes();
        let value =
            if raw.len() > ROW_BYTES_MAX { Err(too_large(&mut raw)) } else { parse_json(&raw) };
        Some(Ok(Row { number, raw, format, value }))
    }
}

/// Whether the reader knows the kind of a column; it panics at others.
fn is_read(column: &ColumnDescPtr) -> bool {
    use ConvertedType as C;
    match (column.physical_type(), column.converted_type()) {
        (_, C::NONE) => true,
        (Type::INT32, kind) => matches!(
            kind,
            C::INT_8
                | C::INT_16
                | C::INT_32
                | C::UINT_8
                | C::UINT_16
                | C::UINT_32
                | C::DATE
                | C::TIME_MILLIS
                | C::DECIMAL
        ),
        (Type::INT64, kind) => matches!(
            kind,
            C::INT_64
                | C::UINT_64
                | C::TIME_MICROS
                | C::TIMESTAMP_MILLIS
                | C::TIMESTAMP_MICROS
                | C::DECIMAL
        ),
        (Type::BYTE_ARRAY, kind) => {
            matches!(kind, C::UTF8 | C::ENUM | C::JSON | C::BSON | C::DECIMAL)
        }
        (Type::FIXED_LEN_BYTE_ARRAY, kind) => kind == C::DECIMAL,
        (Type::BOOLEAN | Type::INT96 | Type::FLOAT | Type::DOUBLE, _) => true,
    }
}

fn is_nanos(column: &ColumnDescPtr) -> bool {
    let kind = column.logical_type_ref();
    matches!(kind, Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS)
}

/// The name of a list or map whose shape the reader does not know.
fn odd_shape(of: &Shape) -> Option<String> {
    if of.is_primitive() {
        return None;
    }
    let info = of.get_basic_info();
    let inner = of.get_fields();
    let is_one = || match inner {
        [only] => {
            only.get_basic_info().has_repetition()
                && only.get_basic_info().repetition() == Repetition::REPEATED
        }
        _ => false,
    };
    let fits = match info.converted_type() {
        ConvertedType::LIST => is_one(),
        ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE => {
            is_one() && !inner[0].is_primitive() && matches!(inner[0].get_fields().len(), 1 | 2)
        }
        _ => true,
    };
    if !fits {
        return Some(info.name().to_owned());
    }
    inner.iter().find_map(|field| odd_shape(field))
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
