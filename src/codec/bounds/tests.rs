//! Records that take the most memory for their bytes, under many schemas.

use super::*;
use apache_avro::reader::datum::GenericDatumReader;

fn bounded(x: &str) -> Result<Bounded, String> {
    let json = format!(
        r#"{{"type": "record", "name": "R", "fields": [
            {{"name": "id", "type": "int"}}, {{"name": "x", "type": {x}}}]}}"#
    );
    Bounded::of(Schema::parse_str(&json).unwrap(), None)
}

fn number(n: i64) -> Vec<u8> {
    let mut zigzag = ((n << 1) ^ (n >> 63)).cast_unsigned();
    let mut bytes = Vec::new();
    while zigzag > 0x7f {
        bytes.push((zigzag & 0x7f) as u8 | 0x80);
        zigzag >>= 7;
    }
    bytes.push(zigzag as u8);
    bytes
}

/// A record whose field `x` is a list of one block.
fn list(count: i64, items: &[u8]) -> Vec<u8> {
    [&number(1)[..], &number(count), items, &[0]].concat()
}

fn nulls(fields: usize) -> String {
    let fields = (0..fields).map(|n| format!(r#"{{"name": "n{n}", "type": "null"}}"#));
    let fields: Vec<String> = fields.collect();
    format!(
        r#"{{"type": "record", "name": "Item", "fields": [{{"name": "a", "type": "boolean"}}, {}]}}"#,
        fields.join(", ")
    )
}

#[test]
fn should_refuse_schemas_whose_values_can_take_memory_without_bytes() {
    let deep = |levels: usize| {
        (0..levels).fold(r#""int""#.to_owned(), |inner, _| {
            format!(r#"{{"type": "array", "items": {inner}}}"#)
        })
    };
    for (x, said) in [
        (r#"{"type": "array", "items": "null"}"#.to_owned(), "take no bytes"),
        (
            r#"{"type": "array", "items": {"type": "array", "items": "null"}}"#.into(),
            "take no bytes",
        ),
        (
            r#"{"type": "array", "items": {"type": "fixed", "name": "F", "size": 0}}"#.into(),
            "take no bytes",
        ),
        (
            r#"{"type": "map", "values": {"type": "array", "items": {"type": "record", "name": "E",
                "fields": [{"name": "n", "type": "null"}]}}}"#
                .into(),
            "take no bytes",
        ),
        (r#"["null", {"type": "array", "items": "R"}]"#.into(), "contains itself"),
        (deep(64), "more than 64 types inside one another"),
    ] {
        let refused = bounded(&x).map(drop).unwrap_err();
        assert!(refused.contains(said), "{x}: {refused}");
    }
    assert!(bounded(&deep(62)).is_ok());
    // Each type is shallow on its own, and named by the next one.
    let chain = (1..80).map(|n| {
        format!(
            r#"{{"type": "record", "name": "C{n}", "fields": [{{"name": "c", "type": "C{}"}}]}}"#,
            n - 1
        )
    });
    let first = r#"{"type": "record", "name": "C0", "fields": [{"name": "c", "type": "int"}]}"#;
    let chain: Vec<String> = std::iter::once(first.to_owned()).chain(chain).collect();
    let refused = bounded(&format!("[{}]", chain.join(", "))).map(drop).unwrap_err();
    assert!(refused.contains("more than 64 types"), "{refused}");
}

#[test]
fn should_refuse_the_record_that_takes_the_most_memory_for_its_bytes() {
    for (x, datum) in [
        // 1.3 kB that would become a million fields.
        (format!(r#"{{"type": "array", "items": {}}}"#, nulls(1_000)), list(1_290, &[1; 1_290])),
        (r#"{"type": "array", "items": ["null", "string"]}"#.into(), list(600_000, &[0; 600_000])),
        // Room for items that never come.
        (r#"{"type": "array", "items": "string"}"#.into(), list(1 << 40, &[])),
        (r#"{"type": "array", "items": "string"}"#.into(), list(i64::MIN + 1, &number(3))),
        (r#"{"type": "array", "items": "boolean"}"#.into(), list(i64::MIN, &number(3))),
        (r#"{"type": "map", "values": "null"}"#.into(), list(400_000, &[0; 400_000])),
    ] {
        let bounded = bounded(&x).unwrap();
        assert_eq!(bounded.measure(&datum), Err(Unread::TooLarge), "{x}: {} bytes", datum.len());
    }
}

/// What the crate makes is within what was measured, so the bound is one of memory.
#[test]
fn should_take_no_more_memory_than_measured() {
    for (x, datum) in [
        (format!(r#"{{"type": "array", "items": {}}}"#, nulls(100)), list(500, &[1; 500])),
        (r#"{"type": "array", "items": ["null", "string"]}"#.into(), list(5_000, &[0; 5_000])),
        (
            r#"{"type": "array", "items": "string"}"#.into(),
            list(-5_000, &{
                let mut sized = number(5_000);
                sized.extend([0; 5_000]);
                sized
            }),
        ),
        (
            r#"{"type": "array", "items": {"type": "enum", "name": "E", "symbols": ["WORD"]}}"#
                .into(),
            list(900, &[0; 900]),
        ),
    ] {
        let bounded = bounded(&x).unwrap();
        let measured = bounded.measure(&datum).unwrap();
        let reader = GenericDatumReader::builder(bounded.schema).build().unwrap();
        let value = reader.read_value(&mut &*datum).unwrap();
        let taken = size_of_value(&value);
        assert!(taken <= measured, "{x}: {taken} bytes, measured {measured}");
        assert!(measured <= 4 * taken, "{x}: {taken} bytes, measured {measured}");
    }
}

fn size_of_value(value: &apache_avro::types::Value) -> usize {
    use apache_avro::types::Value as V;
    size_of::<V>()
        + match value {
            V::Array(items) => items.iter().map(size_of_value).sum(),
            V::Union(_, inner) => size_of_value(inner),
            V::Record(fields) => {
                let field = |(name, value): &(String, V)| {
                    size_of::<String>() + name.capacity() + size_of_value(value)
                };
                fields.iter().map(field).sum()
            }
            V::String(text) | V::Enum(_, text) => text.capacity(),
            _ => 0,
        }
}

#[test]
fn should_refuse_bytes_that_do_not_fit_the_schema() {
    let bounded =
        bounded(r#"["null", "string", "double", {"type": "map", "values": "bytes"}]"#).unwrap();
    let whole = [2, 6, 2, 2, b'k', 4, 0, 1, 0];
    assert!(bounded.measure(&whole).is_ok());
    for end in 0..whole.len() {
        assert!(bounded.measure(&whole[..end]).is_err(), "{end} bytes");
    }
    for wrong in [
        &[2, 8, 0][..], // a choice that does not exist
        &[2, 1],        // a negative choice
        &[2, 2, 1],     // a text of negative length
        &[2, 0, 0],     // more bytes than the record has
        &[0xff; 11],    // a number without an end
    ] {
        assert!(matches!(bounded.measure(wrong), Err(Unread::Malformed(_))), "{wrong:?}");
    }
}

#[test]
fn should_count_the_fields_that_only_the_reader_has() {
    let item = r#"{"type": "record", "name": "Item", "fields": [{"name": "a", "type": "int"}]}"#;
    let json = format!(
        r#"{{"type": "record", "name": "R", "fields": [{{"name": "x", "type": {{"type": "array", "items": {item}}}}}]}}"#
    );
    let schema = || Schema::parse_str(&json).unwrap();
    let reader = Schema::parse_str(&nulls(300)).unwrap();
    let datum = [&number(2_000)[..], &[0; 2_000], &[0]].concat();
    assert!(Bounded::of(schema(), None).unwrap().measure(&datum).is_ok());
    let resolved = Bounded::of(schema(), Some((&reader, "test"))).unwrap();
    assert_eq!(resolved.measure(&datum), Err(Unread::TooLarge));
}
