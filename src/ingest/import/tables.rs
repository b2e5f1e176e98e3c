//! The rows that other rows refer to: of all files of a mapping, and of earlier snapshots. Of two rows
//! with one key the later holds.

use super::files::InputFile;
use super::kept::{CONTENT_BYTES_MAX, Change, Kept, Kind, TableEntry, Tables, key, row_key};
use super::sink::Entry;
use super::snapshots::Snapshots;
use super::{ImportError, Phase, Run};
use crate::domain::account::records::SourceRow;
use crate::domain::terms::account::AccountKey;
use crate::mapping::identity;
use jaq_json::{Map, Val};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// Entries that the files change, by table and key, with the accounts that they named before.
type Changed = BTreeMap<(usize, String), Option<AccountKey>>;

impl Run<'_, '_> {
    /// What earlier imports kept of the snapshots of this source, where this one keeps them too.
    pub(super) fn load(&mut self, files: &[InputFile]) -> Result<Tables, ImportError> {
        (self.snapshots, self.kept) = (Snapshots::default(), None);
        let are_snapshots = files.iter().any(|file| file.snapshot_time.is_some());
        let topic = self.options.sources_topic.as_ref();
        let topic = topic.filter(|_| are_snapshots && self.mapping.asks_what_is_gone());
        let (Some(topic), Some((store, codec))) = (topic, self.sink.reading()) else {
            return Ok(Tables::new());
        };
        let mut kept = Kept::new(store, codec, topic, self.mapping)?;
        let (snapshots, tables) = kept.load(self.mapping)?;
        (self.snapshots, self.kept) = (snapshots, Some(kept));
        Ok(tables)
    }

    pub(super) fn read_tables(
        &mut self,
        files: &[InputFile],
        of_mapping: Range<usize>,
        mut known: Tables,
    ) -> Result<Val, ImportError> {
        let specs = &self.mapping.tables;
        known.resize_with(specs.len(), Default::default);
        let entries = |known: &std::collections::HashMap<String, TableEntry>| {
            known.values().map(|entry| (entry.key.clone(), entry.value.clone())).collect()
        };
        let mut tables: Vec<Map> = known.iter().map(entries).collect();
        let mut changed = Changed::new();
        let before = self.done_bytes;
        for index in of_mapping.filter(|_| !specs.is_empty()) {
            let file = &files[index];
            let mut rows = file.rows(self.mapping, &self.options.reading)?;
            let mut read = 0;
            while !self.summary.stopped
                && let Some(row) = rows.next()
            {
                let row = file.check(row, read, self.sink.written())?;
                read += 1;
                let Ok(value) = &row.value else { continue };
                let scope = file.scope(row.number, &Val::Null);
                for (at, (spec, table)) in specs.iter().zip(&mut tables).enumerate() {
                    let Some(entry) = spec.entry(value, &scope) else { continue };
                    self.fits[index].found(true);
                    let is_kept = self.kept.is_some();
                    if !is_kept
                        || learn(file, row.number, &entry, (at, &mut known[at]), &mut changed)
                    {
                        table.insert(entry.0, entry.1);
                    }
                }
                self.report(Phase::Tables, &rows, row.number);
            }
            self.done_bytes += file.bytes;
        }
        self.done_bytes = before;
        self.keep_entries(known, changed)?;
        let named = specs.iter().zip(tables);
        Ok(Val::obj(named.map(|(spec, t)| (Val::from(spec.name.clone()), Val::obj(t))).collect()))
    }

    /// Keeps the entries that the files changed, and notes where one names another account.
    fn keep_entries(&mut self, mut known: Tables, changed: Changed) -> Result<(), ImportError> {
        for ((table, entry_key), before) in changed {
            let Some(entry) = known[table].remove(&entry_key) else { continue };
            let mut row = entry.row;
            if let (Some(from), Some(to)) = (before, &row.account)
                && from != *to
            {
                self.moved(&from, to);
                row.former = Some(from);
            }
            let content = Val::Arr(Rc::new(vec![entry.key, entry.value])).to_string();
            row.content = Some(content).filter(|content| content.len() <= CONTENT_BYTES_MAX);
            let name = &self.mapping.tables[table].name;
            let key = key(&self.mapping.source, Kind::Table, name, Some(&entry_key));
            let time = row.snapshot_at;
            self.sink.put(Entry::Kept(Box::new(Change { key, row: Some(row) }), time))?;
        }
        Ok(())
    }
}

/// Whether the file's entry holds: not where a later snapshot has said otherwise.
fn learn(
    file: &InputFile,
    number: u64,
    (key, value): &(Val, Val),
    (table, known): (usize, &mut std::collections::HashMap<String, TableEntry>),
    changed: &mut Changed,
) -> bool {
    let Some(snapshot_at) = file.snapshot_time else { return true };
    let entry_key = row_key(key.to_string());
    let before = known.get(&entry_key);
    if before.is_some_and(|before| before.row.snapshot_at > snapshot_at) {
        return false;
    }
    if before.is_some_and(|before| before.value == *value) {
        return true;
    }
    let site = match value {
        Val::Obj(entry) => entry.get(&Val::from("website".to_owned())),
        text => Some(text),
    };
    let account = match site {
        Some(Val::TStr(text)) => str::from_utf8(text).ok().and_then(|t| identity::resolve(t).ok()),
        _ => None,
    };
    let (former, loaded) = match before {
        None => (None, None),
        Some(before) => (before.row.former.clone(), before.row.account.clone()),
    };
    changed.entry((table, entry_key.clone())).or_insert(loaded);
    let name = file.name.clone();
    let row = SourceRow { snapshot_at, file: name, row: number, content: None, account, former };
    known.insert(entry_key, TableEntry { key: key.clone(), value: value.clone(), row });
    true
}
