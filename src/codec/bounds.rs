//! Bounds on what a record of another writer's schema may become in memory. The schema is checked once,
//! each record before anything is allocated for it: a few bytes of a list of nulls, or of a list of
//! records whose fields take no bytes, could otherwise fill the memory, and end every instance that
//! reads them.

use super::error::Flaw;
use super::losses::{Losses, named};
use crate::domain::account::records::DeadLetterReason;
use apache_avro::Schema;
use apache_avro::schema::{InnerDecimalSchema, Name, UuidSchema};
use std::collections::HashMap;

/// Maximum size of a fixed field in bytes.
const FIXED_BYTES_MAX: usize = 1 << 20;
/// Maximum number of fields of a value, nested records included.
const FIELDS_MAX: usize = 100_000;
/// Maximum nesting of types; the deepest of our schemas has about a dozen levels.
const LEVELS_MAX: usize = 64;
/// Maximum size of a decoded record in bytes.
pub(super) const DECODED_BYTES_MAX: usize = 32 << 20;
/// What a value takes: `apache_avro::types::Value`, or the box of a union.
const VALUE_BYTES: usize = 64;
/// What a text takes beside its bytes: its pointer, length and capacity, and the allocator's share.
const TEXT_BYTES: usize = 40;

/// A writer's schema whose values are bounded.
///
/// Stays in memory, like every foreign schema: a registry never changes a schema.
pub(super) struct Bounded {
    pub schema: &'static Schema,
    /// The schemas that it refers to.
    pub referred: &'static [Schema],
    names: HashMap<Name, &'static Schema>,
    /// What each record takes for the fields that only its reader has. In bytes.
    record_bytes: usize,
    /// What the reader does not have.
    losses: Losses,
}

/// Why a datum cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Malformed(String),
    /// It would take more than [`DECODED_BYTES_MAX`].
    TooLarge,
}

impl Unread {
    /// The flaw of a record of `bytes` with the schema of this id.
    pub(super) fn flaw(self, id: u32, bytes: usize) -> Flaw {
        match self {
            Unread::Malformed(why) => Flaw::new(
                DeadLetterReason::Malformed,
                format!("the bytes do not match the schema with id {id}: {why}"),
            ),
            Unread::TooLarge => Flaw::new(
                DeadLetterReason::TooLarge,
                format!(
                    "record too large: its {bytes} bytes would take more than {} MiB of memory when \
                     they are read with the schema with id {id}; split the record",
                    DECODED_BYTES_MAX >> 20
                ),
            ),
        }
    }
}

impl Bounded {
    /// Refuses schemas whose values could be nested or grow without limit. `reader`: the schema that
    /// values are resolved to, and the name of its record in metrics.
    pub(super) fn of(
        schema: Schema,
        reader: Option<(&Schema, &'static str)>,
    ) -> Result<Bounded, String> {
        Bounded::with(schema, Vec::new(), reader)
    }

    /// The same for a schema that refers to others.
    pub(super) fn with(
        schema: Schema,
        referred: Vec<Schema>,
        reader: Option<(&Schema, &'static str)>,
    ) -> Result<Bounded, String> {
        let mut names = HashMap::new();
        referred.iter().chain([&schema]).for_each(|schema| named(schema, &mut names));
        if extent(&schema, &names, &mut Extents::new())?.is_nothing {
            return Err("contains no data".to_owned());
        }
        let schema: &'static Schema = Box::leak(Box::new(schema));
        let referred: &'static [Schema] = Vec::leak(referred);
        let mut names = HashMap::new();
        referred.iter().chain([schema]).for_each(|schema| named(schema, &mut names));
        let fields = reader.map_or(0, |(reader, _)| fields_max(reader));
        let record_bytes = fields * (2 * VALUE_BYTES + TEXT_BYTES);
        let losses = reader.map(|(reader, name)| Losses::of(name, schema, referred, reader));
        Ok(Bounded { schema, referred, names, record_bytes, losses: losses.unwrap_or_default() })
    }

    pub(super) fn named(&self, name: &Name) -> Option<&'static Schema> {
        self.names.get(name).copied()
    }

    /// Whether the datum is whole, and what its value takes in memory, at most
    /// [`DECODED_BYTES_MAX`] bytes. Allocates nothing; counts what the reader will lose.
    pub(super) fn measure(&self, datum: &[u8]) -> Result<usize, Unread> {
        let mut walk = Walk { of: self, rest: datum, left: DECODED_BYTES_MAX };
        walk.value(self.schema)?;
        if !walk.rest.is_empty() {
            return malformed("unexpected bytes after the end of the record");
        }
        Ok(DECODED_BYTES_MAX - walk.left)
    }
}

fn malformed<T>(why: &str) -> Result<T, Unread> {
    Err(Unread::Malformed(why.to_owned()))
}

/// A walk over a datum. It ends, as no schema contains itself and each value takes from `left`.
struct Walk<'a> {
    of: &'a Bounded,
    rest: &'a [u8],
    /// Bytes of memory.
    left: usize,
}

impl Walk<'_> {
    fn value(&mut self, schema: &Schema) -> Result<(), Unread> {
        self.take(VALUE_BYTES)?;
        match schema {
            Schema::Null => Ok(()),
            Schema::Boolean => self.skip(1),
            Schema::Float => self.skip(4),
            Schema::Double => self.skip(8),
            Schema::Int
            | Schema::Long
            | Schema::Date
            | Schema::TimeMillis
            | Schema::TimeMicros
            | Schema::TimestampMillis
            | Schema::TimestampMicros
            | Schema::TimestampNanos
            | Schema::LocalTimestampMillis
            | Schema::LocalTimestampMicros
            | Schema::LocalTimestampNanos => self.number().map(drop),
            Schema::String
            | Schema::Bytes
            | Schema::BigDecimal
            | Schema::Uuid(UuidSchema::String | UuidSchema::Bytes) => self.text(),
            Schema::Fixed(fixed)
            | Schema::Duration(fixed)
            | Schema::Uuid(UuidSchema::Fixed(fixed)) => self.bytes(fixed.size),
            Schema::Decimal(decimal) => match &decimal.inner {
                InnerDecimalSchema::Bytes => self.text(),
                InnerDecimalSchema::Fixed(fixed) => self.bytes(fixed.size),
            },
            Schema::Enum(of) => {
                let symbol = self.chosen(&of.symbols)?;
                self.of.losses.symbol(of, symbol);
                self.take(TEXT_BYTES + symbol.len())
            }
            Schema::Union(union) => {
                let variant = self.chosen(union.variants())?;
                self.value(variant)
            }
            Schema::Array(array) => self.blocks(|walk| walk.value(&array.items)),
            Schema::Map(map) => {
                // A map may be resolved to a record.
                self.take(self.of.record_bytes)?;
                self.blocks(|walk| {
                    walk.text()?;
                    walk.value(&map.types)
                })
            }
            Schema::Record(record) => {
                self.take(self.of.record_bytes)?;
                self.of.losses.record(record);
                record.fields.iter().try_for_each(|field| {
                    self.take(TEXT_BYTES + field.name.len())?;
                    self.value(&field.schema)
                })
            }
            Schema::Ref { name } => match self.of.named(name) {
                Some(schema) => self.value(schema),
                None => malformed("the schema refers to a type that it does not define"),
            },
        }
    }

    /// The items of a list or map, block by block.
    fn blocks(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), Unread>,
    ) -> Result<(), Unread> {
        loop {
            let count = self.number()?;
            if count == 0 {
                return Ok(());
            }
            if count < 0 {
                // The size of the block in bytes; its items are read all the same.
                self.number()?;
            }
            let count = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
            // Before the first item: the reader reserves room for all of them.
            if count.saturating_mul(VALUE_BYTES) > self.left {
                return Err(Unread::TooLarge);
            }
            for _ in 0..count {
                item(self)?;
            }
        }
    }

    fn text(&mut self) -> Result<(), Unread> {
        let length = self.number()?;
        match usize::try_from(length) {
            Ok(length) => self.bytes(length),
            Err(_) => malformed("a text of negative length"),
        }
    }

    fn bytes(&mut self, count: usize) -> Result<(), Unread> {
        self.skip(count)?;
        self.take(TEXT_BYTES + count)
    }

    fn chosen<'c, T>(&mut self, of: &'c [T]) -> Result<&'c T, Unread> {
        let at = self.number()?;
        match usize::try_from(at).ok().and_then(|at| of.get(at)) {
            Some(chosen) => Ok(chosen),
            None => Err(Unread::Malformed(format!("choice {at} of {}", of.len()))),
        }
    }

    /// A zigzag number of up to ten bytes.
    fn number(&mut self) -> Result<i64, Unread> {
        let mut zigzag = 0_u64;
        for shift in (0..70).step_by(7) {
            let byte = *self.rest.first().ok_or_else(truncated)?;
            self.rest = &self.rest[1..];
            zigzag |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed());
            }
        }
        malformed("a number of more than ten bytes")
    }

    fn skip(&mut self, count: usize) -> Result<(), Unread> {
        self.rest = self.rest.get(count..).ok_or_else(truncated)?;
        Ok(())
    }

    fn take(&mut self, bytes: usize) -> Result<(), Unread> {
        self.left = self.left.checked_sub(bytes).ok_or(Unread::TooLarge)?;
        Ok(())
    }
}

fn truncated() -> Unread {
    Unread::Malformed("the record is truncated".to_owned())
}

/// The largest number of fields of a record in the schema.
fn fields_max(schema: &Schema) -> usize {
    let mut names = HashMap::new();
    named(schema, &mut names);
    let records = names.values().filter_map(|schema| match schema {
        Schema::Record(record) => Some(record.fields.len()),
        _ => None,
    });
    records.max().unwrap_or(0)
}

/// The size of a schema's values.
#[derive(Clone, Copy, Default)]
struct Extent {
    /// Values take no bytes at all.
    is_nothing: bool,
    /// Number of fields, nested records included; of a list or map, those of one item.
    fields: usize,
    /// Number of types inside one another.
    levels: usize,
}

impl Extent {
    /// Of a type around this one.
    fn around(self) -> Result<Extent, String> {
        let levels = self.levels + 1;
        match levels > LEVELS_MAX {
            true => Err(format!("has more than {LEVELS_MAX} types inside one another")),
            false => Ok(Extent { levels, ..self }),
        }
    }
}

/// Extents of named types; `None` for a type whose extent is being computed.
type Extents<'s> = HashMap<&'s Name, Option<Extent>>;

/// The extent of a schema. Refuses schemas whose values could fill the memory from a few bytes: lists
/// of items that take no bytes, schemas that contain themselves or are nested too deeply, and schemas
/// with too many fields because they repeat a named type.
fn extent<'s>(
    schema: &'s Schema,
    names: &HashMap<Name, &'s Schema>,
    known: &mut Extents<'s>,
) -> Result<Extent, String> {
    let something = Extent::default();
    match schema {
        Schema::Null => Ok(Extent { is_nothing: true, ..something }),
        Schema::Ref { name } => match (known.get(name), names.get(name)) {
            (Some(Some(extent)), _) => Ok(*extent),
            (Some(None), _) => Err(format!("contains itself ({name})")),
            (None, Some(schema)) => extent(schema, names, known),
            (None, None) => Err(format!("refers to {name}, which it does not define")),
        },
        Schema::Array(array) => {
            let item = extent(&array.items, names, known)?;
            if item.is_nothing {
                return Err("has a list of items that take no bytes".to_owned());
            }
            item.around()
        }
        Schema::Map(map) => {
            Extent { is_nothing: false, ..extent(&map.types, names, known)? }.around()
        }
        Schema::Union(union) => {
            let mut most = something;
            for schema in union.variants() {
                let variant = extent(schema, names, known)?;
                most.fields = most.fields.max(variant.fields);
                most.levels = most.levels.max(variant.levels);
            }
            most.around()
        }
        Schema::Record(record) => {
            known.insert(&record.name, None);
            let mut whole = Extent { is_nothing: true, fields: record.fields.len(), levels: 0 };
            for field in &record.fields {
                let part = extent(&field.schema, names, known)?;
                whole.is_nothing &= part.is_nothing;
                whole.levels = whole.levels.max(part.levels);
                whole.fields += part.fields;
                if whole.fields > FIELDS_MAX {
                    return Err(format!("has more than {FIELDS_MAX} fields"));
                }
            }
            let whole = whole.around()?;
            known.insert(&record.name, Some(whole));
            Ok(whole)
        }
        Schema::Fixed(fixed) if fixed.size > FIXED_BYTES_MAX => {
            Err(format!("has a field of {} bytes", fixed.size))
        }
        Schema::Fixed(fixed) => Ok(Extent { is_nothing: fixed.size == 0, ..something }),
        _ => Ok(something),
    }
}

#[cfg(test)]
mod tests;
