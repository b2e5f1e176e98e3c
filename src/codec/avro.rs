//! Datums of this crate's own schemas, directly from bytes to structs and back, for the records that are not
//! written or read with every signal (decisions, dead letters, a task's own); those are in [`super::datum`].
//!
//! `serde_avro_fast` does the work; `apache-avro` takes twice as long for its intermediate tree alone. It
//! resolves other writers' schemas (`resolve.rs`).

use super::schemas::Record;
use serde::{Deserialize, Serialize};
use serde_avro_fast::de::read::SliceRead;
use serde_avro_fast::de::{DeserializerConfig, DeserializerState};
use serde_avro_fast::ser::{SerializerConfig, SerializerState};
use std::io::BufRead;
use std::sync::LazyLock;
use strum::IntoEnumIterator;

/// Maximum number of elements of an array, so that a corrupt length cannot use up the memory.
const ELEMENTS_MAX: usize = 1 << 16;
/// Maximum nesting; the deepest of our schemas has about a dozen levels.
const DEPTH_MAX: usize = 32;

static SCHEMAS: LazyLock<Vec<serde_avro_fast::Schema>> = LazyLock::new(|| {
    let parse = |record: Record| {
        record.json().parse().expect("each schema we ship parses: a test goes through them")
    };
    Record::iter().map(parse).collect()
});

fn schema(record: Record) -> &'static serde_avro_fast::Schema {
    // `Record::iter` follows the order of declaration, which is the order of discriminants.
    &SCHEMAS[record as usize]
}

/// Reads a datum that was written with our own schema of `record`.
pub(super) fn read<'a, T: Deserialize<'a>>(record: Record, datum: &'a [u8]) -> Result<T, String> {
    let mut config = DeserializerConfig::new(schema(record));
    config.max_seq_size = ELEMENTS_MAX;
    config.allowed_depth = DEPTH_MAX;
    let mut state = DeserializerState::with_config(SliceRead::new(datum), config);
    let value = T::deserialize(state.deserializer()).map_err(|e| e.to_string())?;
    let mut reader = state.into_reader();
    match reader.fill_buf() {
        Ok([]) => Ok(value),
        _ => Err("unexpected bytes after the end of the record".to_owned()),
    }
}

/// Encodes the value with our schema of `record` and appends the datum to `out`.
pub(super) fn write<T: Serialize>(record: Record, value: &T, out: &mut Vec<u8>) {
    let mut config = SerializerConfig::new(schema(record));
    let mut state = SerializerState::from_writer(out, &mut config);
    let written = value.serialize(state.serializer());
    written.expect("our structs follow our schemas: property tests write every shape of them");
}
