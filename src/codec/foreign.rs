//! Records of anybody's schema, as JSON: the datum is read with the schema that its id names in
//! the registry, and what Avro knows more of than JSON becomes what people write. A union is its
//! value, without the branch's name around it; dates, times and UUIDs are texts; decimals are
//! numbers; bytes are base64.

use super::error::{DecodeFailure, Flaw};
use super::writers::Writers;
use crate::domain::input::RecordType;
use crate::domain::records::DeadLetterReason;
use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::schema::{Name, UnionSchema};
use apache_avro::types::Value as Avro;
use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, TimeDelta};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::io::Read;
use std::sync::Arc;

/// A field of more bytes is not allocated before it is read.
const FIXED_BYTES_MAX: usize = 1 << 20;

/// What writers' schemas mean, by id.
#[derive(Clone, Debug, Default)]
pub struct Foreign {
    known: HashMap<u32, Result<Arc<Shape>, Arc<str>>>,
}

/// A datum that notices when more of it is asked for than there is: the crate takes a union that is
/// cut off for null.
struct Datum<'a> {
    rest: &'a [u8],
    is_short: bool,
}

impl Read for Datum<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.is_short |= into.len() > self.rest.len();
        self.rest.read(into)
    }
}

/// A writer's schema, ready to read with.
struct Shape {
    schema: &'static Schema,
    reader: GenericDatumReader<'static>,
    names: HashMap<Name, &'static Schema>,
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shape({:?})", self.schema.name())
    }
}

impl Foreign {
    /// Reads the datum that was written with the schema of `id`.
    pub fn json(
        &mut self,
        writers: &mut Writers,
        id: u32,
        datum: &[u8],
    ) -> Result<Value, DecodeFailure> {
        let refuse = |reason, message: String| {
            DecodeFailure::from(Flaw::new(reason, message).of(RecordType::Unknown))
        };
        let known = match self.known.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let shape = Shape::of(&writers.schema(id)?).map(Arc::new);
                new.insert(shape.map_err(|why| format!("the schema of id {id} {why}").into()))
            }
        };
        let shape = match known {
            Ok(shape) => shape,
            Err(why) => {
                return Err(refuse(DeadLetterReason::UnexpectedType, why.to_string()));
            }
        };
        let malformed = |why: String| {
            let message = format!("the bytes do not follow the schema of id {id}: {why}");
            refuse(DeadLetterReason::Malformed, message)
        };
        let mut datum = Datum { rest: datum, is_short: false };
        let value = shape.reader.read_value(&mut datum).map_err(|e| malformed(e.to_string()))?;
        if datum.is_short {
            return Err(malformed("it ends too early".to_owned()));
        }
        if !datum.rest.is_empty() {
            return Err(malformed("bytes are left over after the record's end".to_owned()));
        }
        shape
            .json(value, shape.schema)
            .map_err(|why| refuse(DeadLetterReason::Value, format!("the record holds {why}")))
    }
}

impl Shape {
    /// Kept in memory for good, like every schema that is not ours: a registry never changes one.
    fn of(json: &str) -> Result<Shape, String> {
        let schema =
            Schema::parse_str(json).map_err(|e| format!("cannot be read by itself: {e}"))?;
        let mut names = HashMap::new();
        named(&schema, &mut names);
        let is_nothing = holds_nothing(&schema, &names, &mut Vec::new())?;
        if is_nothing {
            return Err("describes nothing".to_owned());
        }
        let schema: &'static Schema = Box::leak(Box::new(schema));
        let mut names = HashMap::new();
        named(schema, &mut names);
        let reader = GenericDatumReader::builder(schema).build();
        Ok(Shape { schema, reader: reader.map_err(|e| format!("cannot be read: {e}"))?, names })
    }

    fn json(&self, value: Avro, schema: &Schema) -> Result<Value, String> {
        let schema = match schema {
            Schema::Ref { name } => self.names.get(name).copied().unwrap_or(schema),
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
                // The same record is always the same row.
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
    at.and_then(|at| union.variants().get(at)).ok_or_else(|| format!("a branch {branch} of none"))
}

/// What needs no schema to be told.
fn plain(value: Avro) -> Result<Value, String> {
    Ok(match value {
        Avro::Null => Value::Null,
        Avro::Boolean(flag) => flag.into(),
        Avro::Int(number) => number.into(),
        Avro::Long(number) => number.into(),
        // By its own digits: 0.1 is not 0.10000000149.
        Avro::Float(number) if number.is_finite() => number_of(&number.to_string())?,
        Avro::Double(number) if number.is_finite() => number.into(),
        // JSON has no word for it.
        Avro::Float(_) | Avro::Double(_) => Value::Null,
        Avro::Bytes(bytes) | Avro::Fixed(_, bytes) => data_encoding::BASE64.encode(&bytes).into(),
        Avro::String(text) | Avro::Enum(_, text) => text.into(),
        Avro::Uuid(uuid) => uuid.to_string().into(),
        Avro::BigDecimal(number) => number_of(&number.to_string())?,
        Avro::Date(days) => {
            let date = NaiveDate::from_epoch_days(days);
            date.ok_or_else(|| format!("a date {days} days from 1970"))?.to_string().into()
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
            return Err("a value that is not of its schema's type".to_owned());
        }
    })
}

fn number_of(text: &str) -> Result<Value, String> {
    let number: f64 = text.parse().map_err(|_| format!("the number {text}"))?;
    let number =
        serde_json::Number::from_f64(number).ok_or_else(|| format!("the number {text}"))?;
    Ok(Value::Number(number))
}

/// From the bytes of a whole number, the highest first, and how many of its digits are decimals.
fn decimal_number(bytes: &[u8], scale: usize) -> Result<Value, String> {
    let sign = bytes.first().is_some_and(|first| *first >= 0x80);
    let fill = if sign { 0xff } else { 0 };
    let digits = bytes.iter().position(|b| *b != fill).map_or(&[][..], |at| &bytes[at..]);
    if digits.len() > 16 || (digits.len() == 16 && (digits[0] >= 0x80) != sign) {
        return Err(format!("a decimal of {} bytes; 16 are read", bytes.len()));
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
    time.map(|time| time.to_string().into()).ok_or_else(|| "a time that no day has".to_owned())
}

fn instant(at: Option<DateTime<chrono::Utc>>, number: i64) -> Result<Value, String> {
    let at = at.ok_or_else(|| format!("a time {number} that no calendar has"))?;
    Ok(at.to_rfc3339_opts(SecondsFormat::AutoSi, true).into())
}

/// Without a time zone.
fn local(at: Option<DateTime<chrono::Utc>>, number: i64) -> Result<Value, String> {
    let at = at.ok_or_else(|| format!("a time {number} that no calendar has"))?;
    Ok(at.naive_utc().format("%Y-%m-%dT%H:%M:%S%.f").to_string().into())
}

/// Every named type of a schema.
fn named<'s>(schema: &'s Schema, names: &mut HashMap<Name, &'s Schema>) {
    if let (Some(name), false) = (schema.name(), matches!(schema, Schema::Ref { .. })) {
        names.insert(name.clone(), schema);
    }
    match schema {
        Schema::Array(array) => named(&array.items, names),
        Schema::Map(map) => named(&map.types, names),
        Schema::Union(union) => union.variants().iter().for_each(|schema| named(schema, names)),
        Schema::Record(record) => {
            record.fields.iter().for_each(|field| named(&field.schema, names));
        }
        _ => {}
    }
}

/// Whether values of a schema take no bytes at all: a list of such could be of any length. A schema
/// that holds itself, or such a list, is refused: a few bytes of it could fill the memory.
fn holds_nothing<'s>(
    schema: &'s Schema,
    names: &HashMap<Name, &'s Schema>,
    inside: &mut Vec<&'s Name>,
) -> Result<bool, String> {
    let list_of_nothing = || Err("has a list of what takes no bytes".to_owned());
    match schema {
        Schema::Null => Ok(true),
        Schema::Ref { name } => {
            if inside.contains(&name) {
                return Err(format!("contains itself ({name})"));
            }
            match names.get(name) {
                Some(schema) => holds_nothing(schema, names, inside),
                None => Err(format!("refers to {name}, which it does not hold")),
            }
        }
        Schema::Array(array) => match holds_nothing(&array.items, names, inside)? {
            true => list_of_nothing(),
            false => Ok(false),
        },
        Schema::Map(map) => holds_nothing(&map.types, names, inside).map(|_| false),
        Schema::Union(union) => {
            for schema in union.variants() {
                holds_nothing(schema, names, inside)?;
            }
            Ok(false)
        }
        Schema::Record(record) => {
            inside.push(&record.name);
            let mut nothing = true;
            for field in &record.fields {
                nothing &= holds_nothing(&field.schema, names, inside)?;
            }
            inside.pop();
            Ok(nothing)
        }
        Schema::Fixed(fixed) if fixed.size > FIXED_BYTES_MAX => {
            Err(format!("has a field of {} bytes", fixed.size))
        }
        Schema::Fixed(fixed) => Ok(fixed.size == 0),
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apache_avro::writer::datum::GenericDatumWriter;
    use apache_avro::{Decimal, Duration};

    /// What a record of one field `x` of this type reads as.
    fn read(of: &str, value: Avro) -> Result<String, String> {
        let json = format!(
            r#"{{"type": "record", "name": "R", "fields": [{{"name": "x", "type": {of}}}]}}"#
        );
        let shape = Shape::of(&json)?;
        let record = Avro::Record(vec![("x".to_owned(), value)]);
        let writer = GenericDatumWriter::builder(shape.schema).build().unwrap();
        let datum = writer.write_value_to_vec(record).unwrap();
        let mut whole = Datum { rest: &datum, is_short: false };
        let back = shape.reader.read_value(&mut whole).unwrap();
        assert!(!whole.is_short && whole.rest.is_empty());
        let mut cut = Datum { rest: &datum[..datum.len() - 1], is_short: false };
        assert!(shape.reader.read_value(&mut cut).is_err() || cut.is_short, "{of}");
        shape.json(back, shape.schema).map(|row| row["x"].to_string())
    }

    #[test]
    fn what_avro_knows_is_told_in_json() {
        let logical =
            |of: &str, of_type: &str| format!(r#"{{"type": {of}, "logicalType": "{of_type}"}}"#);
        let decimal = r#"{"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}"#;
        let union = r#"["null", "string", {"type": "array", "items": ["long", "string"]}]"#;
        let some = |branch, value| Avro::Union(branch, Box::new(value));
        let fixed = |logical: &str, size: usize| {
            format!(
                r#"{{"type": "fixed", "name": "F", "size": {size}, "logicalType": "{logical}"}}"#
            )
        };
        for (of, value, said) in [
            (r#""float""#.to_owned(), Avro::Float(0.1), "0.1"),
            (r#""double""#.into(), Avro::Double(f64::NAN), "null"),
            (r#""long""#.into(), Avro::Long(i64::MAX), "9223372036854775807"),
            (r#"["null", "string"]"#.to_owned(), some(0, Avro::Null), "null"),
            (r#""bytes""#.into(), Avro::Bytes(vec![0, 255]), "\"AP8=\""),
            (logical(r#""int""#, "date"), Avro::Date(19_783), "\"2024-03-01\""),
            (logical(r#""int""#, "time-millis"), Avro::TimeMillis(3_723_004), "\"01:02:03.004\""),
            (
                logical(r#""long""#, "timestamp-millis"),
                Avro::TimestampMillis(1_709_294_400_000),
                "\"2024-03-01T12:00:00Z\"",
            ),
            (
                logical(r#""long""#, "local-timestamp-micros"),
                Avro::LocalTimestampMicros(1_709_294_400_000_500),
                "\"2024-03-01T12:00:00.000500\"",
            ),
            (
                logical(r#""string""#, "uuid"),
                Avro::Uuid(uuid::Uuid::from_u128(7)),
                "\"00000000-0000-0000-0000-000000000007\"",
            ),
            (decimal.into(), Avro::Decimal(Decimal::from([0x04, 0xd2])), "12.34"),
            (decimal.into(), Avro::Decimal(Decimal::from([0xff, 0xff])), "-0.01"),
            (decimal.replace(", \"scale\": 2", ""), Avro::Decimal(Decimal::from([12])), "12"),
            (
                fixed("duration", 12),
                Avro::Duration(Duration::from([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])),
                r#"{"months":1,"days":2,"millis":3}"#,
            ),
            (union.into(), some(0, Avro::Null), "null"),
            (
                union.into(),
                some(2, Avro::Array(vec![some(0, Avro::Long(1)), some(1, "a".into())])),
                r#"[1,"a"]"#,
            ),
            (
                r#"{"type": "map", "values": "int"}"#.into(),
                Avro::Map([("b".to_owned(), 2.into()), ("a".to_owned(), 1.into())].into()),
                r#"{"a":1,"b":2}"#,
            ),
        ] {
            assert_eq!(read(&of, value).as_deref(), Ok(said), "{of}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let date = r#"{"type": "int", "logicalType": "date"}"#;
        assert!(read(date, Avro::Date(i32::MAX)).unwrap_err().contains("a date"));
        let decimal = r#"{"type": "bytes", "logicalType": "decimal", "precision": 60, "scale": 2}"#;
        let long = Avro::Decimal(Decimal::from([1; 17]));
        assert!(read(decimal, long).unwrap_err().contains("a decimal of 17 bytes"));
        for (of, said) in [
            (r#"{"type": "array", "items": "null"}"#, "a list of what takes no bytes"),
            (r#"["null", "R"]"#, "contains itself"),
            (r#""other.Type""#, "cannot be read by itself"),
            (r#"{"type": "fixed", "name": "F", "size": 9000000}"#, "9000000 bytes"),
        ] {
            let refused = read(of, Avro::Null).unwrap_err();
            assert!(refused.contains(said), "{of}: {refused}");
        }
    }

    #[test]
    fn a_decimal_is_read_with_its_sign_and_no_further_than_it_can_be() {
        let mut least = vec![0x80];
        least.extend([0; 15]);
        assert_eq!(decimal_number(&least, 0).unwrap(), (i128::MIN as f64));
        assert_eq!(decimal_number(&[0, 0, 0x7f], 0).unwrap(), 127);
        assert_eq!(decimal_number(&[], 2).unwrap(), 0.0);
        least.insert(0, 0);
        assert!(decimal_number(&least, 0).is_err(), "2^127 is one more than fits");
    }
}
