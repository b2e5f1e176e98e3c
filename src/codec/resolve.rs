//! Datums with other writers' schemas: an earlier or later version, or a vendor's variant. They
//! are resolved by Avro's rules and re-encoded with our schema, so that there is one way into the
//! domain. Slower than reading our own schema, because of an intermediate tree of values.

use super::bounds::{Bounded, Unread};
use super::schemas::Record;
use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use std::fmt::{self, Write};
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
    written: Bounded,
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
/// Callers compare each id once: a foreign schema stays in memory.
pub(super) fn matching(json: &str) -> Result<Match, String> {
    let written =
        Schema::parse_str(json).map_err(|e| format!("is not a valid Avro schema: {e}"))?;
    let name = written.name().map(|name| name.fullname(None)).unwrap_or_default();
    let record =
        Record::named(&name).ok_or_else(|| format!("has the unknown record type {name:?}"))?;
    if written.canonical_form() == ours(record).canonical_form() {
        return Ok(Match::Same(record));
    }
    let written = Bounded::of(written, Some((ours(record), record.record_type().into())))
        .map_err(|why| format!("of {name} {why}, which is not supported"))?;
    let compatible = apache_avro::schema_compatibility::SchemaCompatibility::can_read(
        written.schema,
        ours(record),
    );
    compatible
        .map_err(|e| format!("of {name} is not compatible with this version's schema: {e}"))?;
    let failed = |e: apache_avro::Error| {
        format!("of {name} is not compatible with this version's schema: {e}")
    };
    let reader = GenericDatumReader::builder(written.schema).reader_schema(ours(record)).build();
    let writer = GenericDatumWriter::builder(ours(record)).build();
    Ok(Match::Resolves(Box::new(Resolver {
        record,
        written,
        reader: reader.map_err(failed)?,
        writer: writer.map_err(failed)?,
    })))
}

impl Resolver {
    /// The datum re-encoded with our schema.
    pub(super) fn rewrite(&self, datum: &[u8]) -> Result<Vec<u8>, Unread> {
        let value = read(&self.written, &self.reader, datum)?;
        self.writer.write_value_to_vec(value).map_err(|e| Unread::Malformed(shortened(&e)))
    }
}

/// Reads a datum that must use all bytes. The crate alone would read a truncated union as null.
pub(super) fn read(
    written: &Bounded,
    reader: &GenericDatumReader<'static>,
    datum: &[u8],
) -> Result<Value, Unread> {
    written.measure(datum)?;
    reader.read_value(&mut &*datum).map_err(|e| Unread::Malformed(shortened(&e)))
}

/// Maximum length of a message in bytes: the crate's may quote the whole record.
const MESSAGE_BYTES_MAX: usize = 300;

/// The beginning of a message.
fn shortened(error: &apache_avro::Error) -> String {
    struct Beginning(String);
    impl fmt::Write for Beginning {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for c in text.chars() {
                if self.0.len() >= MESSAGE_BYTES_MAX {
                    self.0.push('…');
                    // Ends the formatting.
                    return Err(fmt::Error);
                }
                self.0.push(c);
            }
            Ok(())
        }
    }
    let mut message = Beginning(String::new());
    let _ = write!(message, "{error}");
    message.0
}
