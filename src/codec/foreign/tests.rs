//! Values of every type, written by the crate and read as JSON.

use super::*;
use apache_avro::writer::datum::GenericDatumWriter;
use apache_avro::{Decimal, Duration};

/// What a record of one field `x` of this type reads as.
fn read(of: &str, value: Avro) -> Result<String, String> {
    let json =
        format!(r#"{{"type": "record", "name": "R", "fields": [{{"name": "x", "type": {of}}}]}}"#);
    let shape = Shape::of(&json, &[])?;
    let record = Avro::Record(vec![("x".to_owned(), value)]);
    let writer = GenericDatumWriter::builder(shape.bounded.schema).build().unwrap();
    let datum = writer.write_value_to_vec(record).unwrap();
    let back = shape.read(&datum).map_err(|unread| unread.flaw(1, datum.len()).message)?;
    assert!(shape.read(&datum[..datum.len() - 1]).is_err(), "{of}");
    shape.json(back, shape.bounded.schema).map(|row| row["x"].to_string())
}

#[test]
fn what_avro_knows_is_told_in_json() {
    let logical =
        |of: &str, of_type: &str| format!(r#"{{"type": {of}, "logicalType": "{of_type}"}}"#);
    let decimal = r#"{"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}"#;
    let union = r#"["null", "string", {"type": "array", "items": ["long", "string"]}]"#;
    let some = |branch, value| Avro::Union(branch, Box::new(value));
    let fixed = |logical: &str, size: usize| {
        format!(r#"{{"type": "fixed", "name": "F", "size": {size}, "logicalType": "{logical}"}}"#)
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
        (r#"{"type": "array", "items": "null"}"#, "a list of items that take no bytes"),
        (r#"["null", "R"]"#, "contains itself"),
        (r#""other.Type""#, "cannot be parsed"),
        (r#"{"type": "fixed", "name": "F", "size": 9000000}"#, "9000000 bytes"),
    ] {
        let refused = read(of, Avro::Null).unwrap_err();
        assert!(refused.contains(said), "{of}: {refused}");
    }
}

#[test]
fn a_schema_that_doubles_at_each_level_is_looked_at_once() {
    let doubled = |levels: usize| {
        let leaf = r#"{"type": "record", "name": "R0", "fields": [{"name": "a", "type": "int"}]}"#;
        (1..=levels).fold(leaf.to_owned(), |inner, level| {
            let again = format!(r#"{{"name": "b", "type": "R{}"}}"#, level - 1);
            let fields = format!(r#"[{{"name": "a", "type": {inner}}}, {again}]"#);
            format!(r#"{{"type": "record", "name": "R{level}", "fields": {fields}}}"#)
        })
    };
    assert!(Shape::of(&doubled(14), &[]).is_ok());
    for levels in [16, 30] {
        let refused = Shape::of(&doubled(levels), &[]).map(drop).unwrap_err();
        assert!(refused.contains("more than 100000 fields"), "{refused}");
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
