//! Schema ids without a registry. An id is a digest of the schema, so no one has to assign ids:
//! equal schemas have equal ids everywhere, and a changed schema is never taken for the former.

use super::schemas::Record;
use apache_avro::Schema;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use strum::IntoEnumIterator;

/// Schemas of releases that differ from the present ones, from `schemas/released/`, so that local
/// logs of those releases stay readable. None yet: nothing is released.
pub const RELEASED: &[(Record, &str)] = &[];

/// A schema with the id that it has without a registry.
#[derive(Clone, Copy, Debug)]
pub struct Local {
    pub id: u32,
    pub record: Record,
    pub json: &'static str,
    /// Not the present schema of the record.
    pub is_former: bool,
}

/// The present schemas in the order of [`Record`], then the released ones.
pub static LOCAL: LazyLock<Vec<Local>> = LazyLock::new(|| {
    let local = |(record, json, is_former)| Local { id: id_of(json), record, json, is_former };
    let present = Record::iter().map(|record| (record, record.json(), false));
    let released = RELEASED.iter().map(|(record, json)| (*record, *json, true));
    present.chain(released).map(local).collect()
});

/// The id of a record's present schema.
pub fn id(record: Record) -> u32 {
    // `Record::iter` goes in the order of declaration, which is the order of discriminants.
    LOCAL[record as usize].id
}

/// The schema that has this id.
pub fn json(id: u32) -> Option<&'static str> {
    LOCAL.iter().find(|local| local.id == id).map(|local| local.json)
}

/// 31 bits: a registry's ids are positive 32-bit numbers too.
fn id_of(json: &str) -> u32 {
    let schema = Schema::parse_str(json).expect("each schema we ship parses: a test goes through");
    let digest = Sha256::digest(schema.canonical_form().as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) >> 1
}
