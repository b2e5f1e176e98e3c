//! The sources topic: the rows that the last snapshot of a source held, for the next import. The
//! records of one source are those whose key begins with its name.

use super::ImportError;
use super::snapshots::{Snapshots, digest};
use crate::codec::Codec;
use crate::domain::account::records::SourceRow;
use crate::log::scan::{Scan, topic_spec};
use crate::log::{RecordRef, Store};
use crate::mapping::Mapping;
use crate::mapping::rows::parse_json;
use jaq_json::Val;
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

/// A longer key of a row is replaced by its digest.
const KEY_BYTES_MAX: usize = 256;
/// A larger row is kept without its content: that it is gone cannot be said in records.
pub(super) const CONTENT_BYTES_MAX: usize = 256 << 10;
/// Gone rows in memory at a time.
const GONE_BYTES: usize = 8 << 20;

/// Which records of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rule,
    Table,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Rule => "rule",
            Kind::Table => "table",
        }
    }
}

/// A change of the topic; no row is a tombstone.
pub(super) struct Change {
    pub key: String,
    pub row: Option<SourceRow>,
}

/// The key of a record; without `row`, of the mark of the last whole snapshot.
pub(super) fn key(source: &str, kind: Kind, name: &str, row: Option<&str>) -> String {
    let parts: Vec<&str> = [source, kind.name(), name].into_iter().chain(row).collect();
    serde_json::Value::from(parts).to_string()
}

/// A jq value as the key of a row: a text as it is, so that the same id counts as the same in CSV
/// and in JSON; anything else as JSON.
pub(super) fn row_key(value: String) -> String {
    let text = serde_json::from_str::<String>(&value).unwrap_or(value);
    match text.len() {
        0..=KEY_BYTES_MAX => text,
        _ => format!("xxh3:{:032x}", digest(&text)),
    }
}

/// An entry of a table, as an earlier import kept it.
pub(super) struct TableEntry {
    pub key: Val,
    pub value: Val,
    pub row: SourceRow,
}

/// The entries of each table of the mapping, by their keys.
pub(super) type Tables = Vec<HashMap<String, TableEntry>>;

/// Reads the records of one source.
pub(super) struct Kept<'a> {
    store: &'a dyn Store,
    codec: Codec,
    topic: String,
    source: String,
}

impl<'a> Kept<'a> {
    pub(super) fn new(
        store: &'a dyn Store,
        codec: Codec,
        topic: &str,
        mapping: &Mapping,
    ) -> Result<Kept<'a>, ImportError> {
        topic_spec(store, topic)?;
        Ok(Kept { store, codec, topic: topic.to_owned(), source: mapping.source.clone() })
    }

    /// The present rows and tables.
    pub(super) fn load(&mut self, mapping: &Mapping) -> Result<(Snapshots, Tables), ImportError> {
        let mut snapshots = Snapshots::default();
        let mut tables: Tables = mapping.tables.iter().map(|_| HashMap::new()).collect();
        let rule_of = |name: &str| mapping.rules.iter().position(|rule| rule.name == name);
        let table_of = |name: &str| mapping.tables.iter().position(|table| table.name == name);
        self.each(0, &mut |codec, parts, record| {
            let row = record.value.map(|value| codec.decode_source_row(value));
            let row = row.transpose().map_err(|error| error.to_string())?;
            match (&parts[1..], row) {
                ([kind, name, key], row) if kind == Kind::Rule.name() => {
                    match (rule_of(name), row) {
                        (None, _) => {}
                        (Some(rule), None) => snapshots.forget(rule, key),
                        (Some(rule), Some(row)) => {
                            let accounts = [row.account, row.former];
                            snapshots.known(rule, key, row.snapshot_at, record.offset, accounts);
                        }
                    }
                }
                ([kind, name], Some(row)) if kind == Kind::Rule.name() => {
                    if let Some(rule) = rule_of(name) {
                        snapshots.whole(rule, row.snapshot_at);
                    }
                }
                ([kind, name, key], Some(row)) if kind == Kind::Table.name() => {
                    if let Some(table) = table_of(name) {
                        tables[table].extend(entry(row)?.map(|entry| (key.clone(), entry)));
                    }
                }
                _ => {}
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok((snapshots, tables))
    }

    /// The rows at these offsets and their keys, as many as fit into memory; those are taken out of
    /// `offsets`.
    pub(super) fn rows_at(
        &mut self,
        offsets: &mut BTreeSet<i64>,
    ) -> Result<Vec<(String, SourceRow)>, ImportError> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        let Some(first) = offsets.first().copied() else { return Ok(rows) };
        self.each(first, &mut |codec, parts, record| {
            let Some(value) = record.value.filter(|_| offsets.remove(&record.offset)) else {
                return Ok(ControlFlow::Continue(()));
            };
            let row = codec.decode_source_row(value).map_err(|error| error.to_string())?;
            bytes += value.len();
            rows.extend(parts.pop().map(|key| (key, row)));
            let is_enough = offsets.is_empty() || bytes >= GONE_BYTES;
            Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        // Compaction may have taken a record between the two reads; its successor is in a later
        // import then, which has to run alone.
        if rows.is_empty() {
            offsets.clear();
        }
        Ok(rows)
    }

    /// Visits the records of the source from an offset on, with the parts of their keys.
    fn each(&mut self, from: i64, visit: &mut Visit<'_>) -> Result<(), ImportError> {
        let Kept { store, codec, topic, source } = self;
        let mut reader = store.reader()?;
        let marks = reader.watermarks(topic, 0)?;
        let prefix = format!("[{},", serde_json::Value::from(source.as_str()));
        let range = marks.low.max(from)..marks.stable;
        Scan::range(topic, 0, range).try_each(&mut *reader, &mut |record| {
            let Some(key) = record.key.filter(|key| key.starts_with(prefix.as_bytes())) else {
                return Ok(ControlFlow::Continue(()));
            };
            let parts = serde_json::from_slice(key).map_err(|error| error.to_string());
            parts.and_then(|mut parts| visit(codec, &mut parts, &record)).map_err(|message| {
                let offset = record.offset;
                ImportError::Kept { topic: topic.clone(), offset, message }
            })
        })?;
        Ok(())
    }
}

type Visit<'v> =
    dyn FnMut(&mut Codec, &mut Vec<String>, &RecordRef<'_>) -> Result<ControlFlow<()>, String> + 'v;

/// `None` where it was too large to be kept.
fn entry(row: SourceRow) -> Result<Option<TableEntry>, String> {
    let Some(content) = &row.content else { return Ok(None) };
    match parse_json(content.as_bytes()).map_err(|error| error.message)? {
        Val::Arr(pair) if pair.len() == 2 => {
            let (key, value) = (pair[0].clone(), pair[1].clone());
            Ok(Some(TableEntry { key, value, row }))
        }
        _ => Err(format!("invalid table entry {content}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_source_rule_and_row_and_has_a_bound() {
        let of = |row| key("dir", Kind::Rule, "jobs", row);
        assert_eq!(of(Some("99")), r#"["dir","rule","jobs","99"]"#);
        assert_eq!(of(None), r#"["dir","rule","jobs"]"#);
        assert_eq!(row_key("\"99\"".into()), "99");
        assert_eq!(row_key("99".into()), "99");
        assert_eq!(row_key("[1,\"a\"]".into()), "[1,\"a\"]");
        let long = |n: usize| row_key(format!("\"{}\"", "x".repeat(n)));
        assert_eq!(long(KEY_BYTES_MAX).len(), KEY_BYTES_MAX);
        assert_eq!(long(KEY_BYTES_MAX + 1).len(), 37);
        assert_ne!(long(KEY_BYTES_MAX + 1), long(KEY_BYTES_MAX + 2));
    }
}
