//! What a copy of a log into topics with another number of partitions comes to: in which order the
//! records go ([`order`]), what was erased and is left out ([`erased`]), and whether the copy decides as the
//! log did ([`check`], [`old`]). Reads and writes nothing; the caller brings the records.

pub mod check;
pub mod erased;
pub mod old;
pub mod order;
