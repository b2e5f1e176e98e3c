//! Datums of our own schemas, straight from bytes to structs and back.
//!
//! `serde_avro_fast` does the work: a funding signal takes half the time, translation into the
//! domain included, that `apache-avro` takes for the tree it reads first (550 and 1,110 ns). That
//! one resolves other writers' schemas (`resolve.rs`).

use super::schemas::Record;
use serde::{Deserialize, Serialize};
use serde_avro_fast::de::read::SliceRead;
use serde_avro_fast::de::{DeserializerConfig, DeserializerState};
use serde_avro_fast::ser::{SerializerConfig, SerializerState};
use std::io::BufRead;
use std::sync::LazyLock;
use strum::IntoEnumIterator;

/// Elements of one array; a corrupt length ends here rather than in memory.
const ELEMENTS_MAX: usize = 1 << 16;
/// Our deepest schema has about a dozen levels.
const DEPTH_MAX: usize = 32;

static SCHEMAS: LazyLock<Vec<serde_avro_fast::Schema>> = LazyLock::new(|| {
    let parse = |record: Record| {
        record.json().parse().expect("each schema we ship parses: a test goes through them")
    };
    Record::iter().map(parse).collect()
});

fn schema(record: Record) -> &'static serde_avro_fast::Schema {
    // `Record::iter` goes in the order of declaration, which is the order of discriminants.
    &SCHEMAS[record as usize]
}

/// Reads a datum that was written with our schema of `record`.
pub fn read<'a, T: Deserialize<'a>>(record: Record, datum: &'a [u8]) -> Result<T, String> {
    let mut config = DeserializerConfig::new(schema(record));
    config.max_seq_size = ELEMENTS_MAX;
    config.allowed_depth = DEPTH_MAX;
    let mut state = DeserializerState::with_config(SliceRead::new(datum), config);
    let value = T::deserialize(state.deserializer()).map_err(|e| e.to_string())?;
    let mut reader = state.into_reader();
    match reader.fill_buf() {
        Ok([]) => Ok(value),
        _ => Err("bytes are left over after the record's end".to_owned()),
    }
}

/// Appends the datum to `out`.
pub fn write<T: Serialize>(record: Record, value: &T, out: &mut Vec<u8>) {
    let mut config = SerializerConfig::new(schema(record));
    let mut state = SerializerState::from_writer(out, &mut config);
    let written = value.serialize(state.serializer());
    written.expect("our structs follow our schemas: property tests write every shape of them");
}
