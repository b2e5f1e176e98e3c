//! Datums of other writers' schemas: an earlier or later version of ours, or a vendor's own reading
//! of it. They are resolved by Avro's rules and written again with our schema, so that there is one
//! way into the domain. Slower than reading our own: a tree of values lies between.

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

/// No allocation beyond this on a corrupt length; the largest of our records is far below.
const ALLOCATION_BYTES_MAX: usize = 16 << 20;

static OURS: LazyLock<Vec<Schema>> = LazyLock::new(|| {
    apache_avro::util::max_allocation_bytes(ALLOCATION_BYTES_MAX);
    let parse = |record: Record| {
        Schema::parse_str(record.json()).expect("each schema we ship parses: a test goes through")
    };
    Record::iter().map(parse).collect()
});

fn ours(record: Record) -> &'static Schema {
    // `Record::iter` goes in the order of declaration, which is the order of discriminants.
    &OURS[record as usize]
}

/// What a schema that somebody wrote with is to us.
pub enum Match {
    /// Byte for byte like ours.
    Same(Record),
    Resolves(Box<Resolver>),
}

/// Reads one writer's schema of a record of ours.
pub struct Resolver {
    pub record: Record,
    reader: GenericDatumReader<'static>,
    writer: GenericDatumWriter<'static>,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resolver({})", self.record)
    }
}

/// Compares a writer's schema with ours. An error says why its records cannot be read.
///
/// A schema that is not ours is kept in memory for good: a registry never changes one, and whoever
/// asks does so once for each id.
pub fn matching(json: &str) -> Result<Match, String> {
    let written = Schema::parse_str(json).map_err(|e| format!("is no Avro schema: {e}"))?;
    let name = written.name().map(|name| name.fullname(None)).unwrap_or_default();
    let record =
        Record::named(&name).ok_or_else(|| format!("is of {name:?}, no record of ours"))?;
    if written.canonical_form() == ours(record).canonical_form() {
        return Ok(Match::Same(record));
    }
    if recurs(&written, &mut Vec::new()) {
        return Err(format!("of {name} contains itself"));
    }
    let compatible =
        apache_avro::schema_compatibility::SchemaCompatibility::can_read(&written, ours(record));
    compatible.map_err(|e| format!("of {name} cannot be resolved to ours: {e}"))?;
    let written: &'static Schema = Box::leak(Box::new(written));
    let failed = |e: apache_avro::Error| format!("of {name} cannot be resolved to ours: {e}");
    let reader = GenericDatumReader::builder(written).reader_schema(ours(record)).build();
    let writer = GenericDatumWriter::builder(ours(record)).build();
    Ok(Match::Resolves(Box::new(Resolver {
        record,
        reader: reader.map_err(failed)?,
        writer: writer.map_err(failed)?,
    })))
}

impl Resolver {
    /// The datum as it would have been written with our schema.
    pub fn rewrite(&self, datum: &[u8]) -> Result<Vec<u8>, String> {
        let value = whole(&self.reader, datum)?;
        self.writer.write_value_to_vec(value).map_err(|e| e.to_string())
    }
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

/// Reads a datum that must end where the bytes do.
pub fn whole(reader: &GenericDatumReader<'static>, datum: &[u8]) -> Result<Value, String> {
    let mut datum = Datum { rest: datum, is_short: false };
    let value = reader.read_value(&mut datum).map_err(|e| e.to_string())?;
    if datum.is_short {
        return Err("it ends too early".to_owned());
    }
    if !datum.rest.is_empty() {
        return Err("bytes are left over after the record's end".to_owned());
    }
    Ok(value)
}

/// Whether a type holds itself: its values could be nested without end, and overflow the stack.
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
