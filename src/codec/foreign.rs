//! Records with any schema, as JSON: the datum is read with the schema that the registry has for its
//! id; where that is a JSON Schema, the datum is JSON already. Protobuf is not read.
//! Types that JSON lacks become their usual text form: a union is its value, without the name of
//! the branch; dates, times and UUIDs are texts; decimals are numbers; bytes are base64.

use super::bounds::{Bounded, Unread};
use super::error::{DecodeFailure, Flaw};
use super::registry::Found;
use super::resolve::read;
use super::writers::{Writers, other_type};
use crate::domain::account::input::RecordType;
use crate::domain::account::records::DeadLetterReason;
use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::schema::UnionSchema;
use apache_avro::types::Value as Avro;
use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, TimeDelta};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::Arc;

/// Writers' schemas by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Foreign {
    known: HashMap<u32, Known>,
}

#[derive(Clone, Debug)]
enum Known {
    Avro(Arc<Shape>),
    /// Its records are JSON.
    Json,
    /// Its records cannot be read; holds the reason.
    Unreadable(Arc<str>),
}

/// A vendor's record: read by its Avro schema, or the JSON text that it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Vendors<'a> {
    Value(Value),
    Json(&'a [u8]),
}

/// A writer's schema, prepared for reading.
struct Shape {
    bounded: Bounded,
    reader: GenericDatumReader<'static>,
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shape({:?})", self.bounded.schema.name())
    }
}

impl Foreign {
    /// Reads the datum that was written with the schema of `id`.
    pub(super) fn read<'a>(
        &mut self,
        writers: &mut Writers,
        id: u32,
        datum: &'a [u8],
    ) -> Result<Vendors<'a>, DecodeFailure> {
        let refuse = |reason, message: String| {
            DecodeFailure::from(Flaw::new(reason, message).of(RecordType::Unknown))
        };
        let known = match self.known.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Known::of(id, writers.schema(id)?)),
        };
        let shape = match known {
            Known::Avro(shape) => shape,
            Known::Json => return Ok(Vendors::Json(datum)),
            Known::Unreadable(why) => {
                return Err(refuse(DeadLetterReason::UnexpectedType, why.to_string()));
            }
        };
        let value = shape.read(datum).map_err(|unread| {
            DecodeFailure::from(unread.flaw(id, datum.len()).of(RecordType::Unknown))
        })?;
        let json = shape.json(value, shape.bounded.schema);
        json.map(Vendors::Value)
            .map_err(|why| refuse(DeadLetterReason::Value, format!("the record contains {why}")))
    }
}

impl Known {
    fn of(id: u32, found: Found) -> Known {
        let shape = match found {
            Found::Avro { schema, referred } => Shape::of(&schema, &referred).map(Arc::new),
            Found::Json => return Known::Json,
            Found::Other(name) => Err(other_type(&name)),
            Found::Broken(why) => Err(why),
        };
        let unreadable = |why| Known::Unreadable(format!("the schema with id {id} {why}").into());
        shape.map_or_else(unreadable, Known::Avro)
    }
}

impl Shape {
    /// `referred`: the schemas that it refers to, each after those that it needs.
    fn of(json: &str, referred: &[String]) -> Result<Shape, String> {
        let (schema, referred) = Schema::parse_str_with_list(json, referred)
            .map_err(|e| format!("cannot be parsed: {e}"))?;
        let bounded = Bounded::with(schema, referred, None)?;
        let all = bounded.referred.iter().chain([bounded.schema]);
        let unusable = |e| format!("cannot be used for reading: {e}");
        let builder = GenericDatumReader::builder(bounded.schema);
        let builder = builder.writer_schemata(all.collect()).map_err(unusable)?;
        Ok(Shape { reader: builder.build().map_err(unusable)?, bounded })
    }

    fn read(&self, datum: &[u8]) -> Result<Avro, Unread> {
        read(&self.bounded, &self.reader, datum)
    }

    fn json(&self, value: Avro, schema: &Schema) -> Result<Value, String> {
        let schema = match schema {
            Schema::Ref { name } => self.bounded.named(name).unwrap_or(schema),
            schema => schema,
        };
        Ok(match (value, schema) {
            (Avro::Union(branch, value), Schema::Union(union)) => {
                return self.json(*value, variant(union, branch)?);
            }
            (Avro::Array(list), Schema::Array(array)) => {
                let items = list.into_iter().map(|item| self.json(item, &array.items));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            (Avro::Map(map), Schema::Map(of)) => {
                let mut pairs: Vec<_> = map.into_iter().collect();
                // Sorted, so that the same record is always the same row.
                pairs.sort_by(|a, b| a.0.cmp(&b.0));
                let pairs = pairs.into_iter().map(|(key, v)| Ok((key, self.json(v, &of.types)?)));
                Value::Object(pairs.collect::<Result<Map<_, _>, String>>()?)
            }
            (Avro::Record(fields), Schema::Record(record)) => {
                let pairs = fields.into_iter().zip(&record.fields);
                let pairs =
                    pairs.map(|((name, v), field)| Ok((name, self.json(v, &field.schema)?)));
                Value::Object(pairs.collect::<Result<Map<_, _>, String>>()?)
            }
            (Avro::Decimal(decimal), Schema::Decimal(of)) => {
                let bytes = Vec::try_from(&decimal).map_err(|e| e.to_string())?;
                decimal_number(&bytes, of.scale)?
            }
            (value, _) => plain(value)?,
        })
    }
}

fn variant(union: &UnionSchema, branch: u32) -> Result<&Schema, String> {
    let at = usize::try_from(branch).ok();
    at.and_then(|at| union.variants().get(at))
        .ok_or_else(|| format!("an invalid union branch {branch}"))
}

/// Converts values that need no schema.
fn plain(value: Avro) -> Result<Value, String> {
    Ok(match value {
        Avro::Null => Value::Null,
        Avro::Boolean(flag) => flag.into(),
        Avro::Int(number) => number.into(),
        Avro::Long(number) => number.into(),
        // By the digits of an f32: 0.1 is not 0.10000000149.
        Avro::Float(number) if number.is_finite() => number_of(&number.to_string())?,
        Avro::Double(number) if number.is_finite() => number.into(),
        // JSON has no NaN and no infinity.
        Avro::Float(_) | Avro::Double(_) => Value::Null,
        Avro::Bytes(bytes) | Avro::Fixed(_, bytes) => data_encoding::BASE64.encode(&bytes).into(),
        Avro::String(text) | Avro::Enum(_, text) => text.into(),
        Avro::Uuid(uuid) => uuid.to_string().into(),
        Avro::BigDecimal(number) => number_of(&number.to_string())?,
        Avro::Date(days) => {
            let date = NaiveDate::from_epoch_days(days);
            date.ok_or_else(|| format!("a date out of range ({days} days since 1970)"))?
                .to_string()
                .into()
        }
        Avro::TimeMillis(ms) => time(i64::from(ms).checked_mul(1_000))?,
        Avro::TimeMicros(us) => time(Some(us))?,
        Avro::TimestampMillis(ms) => instant(DateTime::from_timestamp_millis(ms), ms)?,
        Avro::TimestampMicros(us) => instant(DateTime::from_timestamp_micros(us), us)?,
        Avro::TimestampNanos(ns) => instant(Some(DateTime::from_timestamp_nanos(ns)), ns)?,
        Avro::LocalTimestampMillis(ms) => local(DateTime::from_timestamp_millis(ms), ms)?,
        Avro::LocalTimestampMicros(us) => local(DateTime::from_timestamp_micros(us), us)?,
        Avro::LocalTimestampNanos(ns) => local(Some(DateTime::from_timestamp_nanos(ns)), ns)?,
        Avro::Duration(span) => serde_json::json!({
            "months": u32::from(span.months()),
            "days": u32::from(span.days()),
            "millis": u32::from(span.millis()),
        }),
        Avro::Union(..) | Avro::Array(_) | Avro::Map(_) | Avro::Record(_) | Avro::Decimal(_) => {
            return Err("a value whose type differs from its schema".to_owned());
        }
    })
}

fn number_of(text: &str) -> Result<Value, String> {
    let number: f64 =
        text.parse().map_err(|_| format!("a number that JSON cannot hold ({text})"))?;
    let number = serde_json::Number::from_f64(number)
        .ok_or_else(|| format!("a number that JSON cannot hold ({text})"))?;
    Ok(Value::Number(number))
}

/// From the bytes of a whole number (big-endian) and the number of its decimal places.
fn decimal_number(bytes: &[u8], scale: usize) -> Result<Value, String> {
    let sign = bytes.first().is_some_and(|first| *first >= 0x80);
    let fill = if sign { 0xff } else { 0 };
    let digits = bytes.iter().position(|b| *b != fill).map_or(&[][..], |at| &bytes[at..]);
    if digits.len() > 16 || (digits.len() == 16 && (digits[0] >= 0x80) != sign) {
        return Err(format!("a decimal of {} bytes; at most 16 are supported", bytes.len()));
    }
    let mut whole = [fill; 16];
    whole[16 - digits.len()..].copy_from_slice(digits);
    let whole = i128::from_be_bytes(whole);
    match i64::try_from(whole) {
        Ok(whole) if scale == 0 => Ok(whole.into()),
        _ => number_of(&format!("{whole}e-{scale}")),
    }
}

fn time(us: Option<i64>) -> Result<Value, String> {
    let time = us
        .filter(|us| (0..86_400_000_000).contains(us))
        .map(|us| NaiveTime::MIN.overflowing_add_signed(TimeDelta::microseconds(us)).0);
    time.map(|time| time.to_string().into()).ok_or_else(|| "a time of day out of range".to_owned())
}

fn instant(at: Option<DateTime<chrono::Utc>>, number: i64) -> Result<Value, String> {
    let at = at.ok_or_else(|| format!("a time out of range ({number})"))?;
    Ok(at.to_rfc3339_opts(SecondsFormat::AutoSi, true).into())
}

/// A local time: without a time zone.
fn local(at: Option<DateTime<chrono::Utc>>, number: i64) -> Result<Value, String> {
    let at = at.ok_or_else(|| format!("a time out of range ({number})"))?;
    Ok(at.naive_utc().format("%Y-%m-%dT%H:%M:%S%.f").to_string().into())
}

#[cfg(test)]
mod tests;
