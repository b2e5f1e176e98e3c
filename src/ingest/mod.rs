//! The role that turns any vendor's rows into inputs of the log.
//!
//! A *mapping* (`deploy/mappings/*.yaml`) selects rows in jq and emits *canonical records* as JSON
//! ([`crate::mapping::canonical`]); everything after that (identity, dates, amounts, ids, writing) is
//! the same for every vendor and every way in: rows of files, webhooks and raw topics all go through
//! [`crate::mapping::Mapping::map`].
//!
//! Why jq: data engineers know it, it was made for this (one JSON in, none, one or many out), it can
//! be tried on a row with `jq` itself, and a maintained crate (jaq) runs it. Users would have to learn
//! a new language, and a list of field names could not split, join or choose.
//!
//! What may enter: the log's contract, the codec, the core's types. What may not: Kafka, the
//! embedded store, the scoring engine; a mapping decides nothing about an account.

pub mod cases;
pub mod dead_letters;
pub mod http;
pub mod import;
pub mod raw;
