//! Datums with other writers' schemas: an earlier or later version, or a vendor's variant. They
//! are resolved by Avro's rules and re-encoded with our schema, so that there is one way into the
//! domain. Slower than reading our own schema, because of an intermediate tree of values.

use super::schemas::Record;
use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::schema::Name;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use std::fmt;
use std::io::Read;
use std::sync::LazyLock;
use strum::IntoEnumIterator;

/// Maximum allocation in bytes for one value, against corrupt lengths; our records are far smaller.
const ALLOCATION_BYTES_MAX: usize = 16 << 20;

static OURS: LazyLock<Vec<Schema>> = LazyLock::new(|| {
    apache_avro::util::max_allocation_bytes(ALLOCATION_BYTES_MAX);
    let parse = |record: Record| {
        Schema::parse_str(record.json()).expect("each schema we ship parses: a test goes through")
    };
    Record::iter().map(parse).collect()
});

fn ours(record: Record) -> &'static Schema {
    // `Record::iter` follows the order of declaration, which is the order of discriminants.
    &OURS[record as usize]
}

/// How a writer's schema relates to ours.
pub(super) enum Match {
    /// Its datums have the same bytes as with our schema.
    Same(Record),
    Resolves(Box<Resolver>),
}

/// Resolves one writer's schema to our schema of the same record.
pub(super) struct Resolver {
    pub record: Record,
    reader: GenericDatumReader<'static>,
    writer: GenericDatumWriter<'static>,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resolver({})", self.record)
    }
}

/// Compares a writer's schema with ours. The error is why its records cannot be read.
///
/// A foreign schema stays in memory: a registry never changes a schema, and callers compare each id
/// once.
pub(super) fn matching(json: &str) -> Result<Match, String> {
    let written =
        Schema::parse_str(json).map_err(|e| format!("is not a valid Avro schema: {e}"))?;
    let name = written.name().map(|name| name.fullname(None)).unwrap_or_default();
    let record =
        Record::named(&name).ok_or_else(|| format!("has the unknown record type {name:?}"))?;
    if written.canonical_form() == ours(record).canonical_form() {
        return Ok(Match::Same(record));
    }
    if recurs(&written, &mut Vec::new()) {
        return Err(format!("of {name} contains itself, which is not supported"));
    }
    let compatible =
        apache_avro::schema_compatibility::SchemaCompatibility::can_read(&written, ours(record));
    compatible
        .map_err(|e| format!("of {name} is not compatible with this version's schema: {e}"))?;
    let written: &'static Schema = Box::leak(Box::new(written));
    let failed = |e: apache_avro::Error| {
        format!("of {name} is not compatible with this version's schema: {e}")
    };
    let reader = GenericDatumReader::builder(written).reader_schema(ours(record)).build();
    let writer = GenericDatumWriter::builder(ours(record)).build();
    Ok(Match::Resolves(Box::new(Resolver {
        record,
        reader: reader.map_err(failed)?,
        writer: writer.map_err(failed)?,
    })))
}

impl Resolver {
    /// The datum re-encoded with our schema.
    pub(super) fn rewrite(&self, datum: &[u8]) -> Result<Vec<u8>, String> {
        let value = whole(&self.reader, datum)?;
        self.writer.write_value_to_vec(value).map_err(|e| e.to_string())
    }
}

/// A reader that notes when more bytes are read than there are: the crate would read a truncated union
/// as null.
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

/// Reads a datum that must use all bytes.
pub(super) fn whole(reader: &GenericDatumReader<'static>, datum: &[u8]) -> Result<Value, String> {
    let mut datum = Datum { rest: datum, is_short: false };
    let value = reader.read_value(&mut datum).map_err(|e| e.to_string())?;
    if datum.is_short {
        return Err("the record is truncated".to_owned());
    }
    if !datum.rest.is_empty() {
        return Err("unexpected bytes after the end of the record".to_owned());
    }
    Ok(value)
}

/// Whether a type contains itself: its values could be nested without limit and overflow the stack.
fn recurs(schema: &Schema, inside: &mut Vec<Name>) -> bool {
    match schema {
        Schema::Ref { name } => inside.contains(name),
        Schema::Array(array) => recurs(&array.items, inside),
        Schema::Map(map) => recurs(&map.types, inside),
        Schema::Union(union) => union.variants().iter().any(|variant| recurs(variant, inside)),
        Schema::Record(record) => {
            inside.push(record.name.clone());
            let found = record.fields.iter().any(|field| recurs(&field.schema, inside));
            inside.pop();
            found
        }
        _ => false,
    }
}
