//! The role that turns any vendor's rows into inputs of the log.
//!
//! A *mapping* (`deploy/mappings/*.yaml`) says in jq which rows speak of what and emits
//! *canonical records* as JSON ([`canonical`]); everything behind that point (identity, dates,
//! amounts, ids, writing) is the same for every vendor and every way in. [`mapping`] knows nothing
//! of files: what comes by webhook or raw topic goes through the same [`mapping::Mapping::map`].
//!
//! Why jq: data engineers know it, it was made for this (one JSON in, none, one or many out), it
//! can be tried on a row with `jq` itself, and a kept crate (jaq) runs it. A language of our own
//! would have to be learnt, and a list of field names could not split, join or choose.
//!
//! What may enter: the log's contract, the codec, the core's types. What may not: Kafka, the
//! embedded store, the scoring engine; a mapping decides nothing about an account.

pub mod cases;
pub mod dead_letters;
pub mod http;
pub mod import;
pub mod raw;
