//! Rows of snapshots: which of them count, how they are kept for the next import, and the records
//! for those that the next snapshot lacks.

use super::files::InputFile;
use super::kept::{CONTENT_BYTES_MAX, Change, Kind, key, row_key};
use super::sink::Entry;
use super::snapshots::{self, Gone, TooMany, digest};
use super::{ImportError, Run};
use crate::domain::account::origin::{FileOrigin, RowFormat};
use crate::domain::account::records::SourceRow;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use crate::mapping::Seen;
use crate::mapping::program::Scope;
use crate::mapping::rows::{Row, parse_json};
use jaq_json::Val;
use std::ops::Range;

/// What a row is to the snapshots of its source.
pub(super) enum Noted {
    /// Of no snapshot, or of a rule without `gone`.
    Plain,
    Kept(KeptRow),
    /// Of an older snapshot than the last that was imported: what it says has been said.
    Older,
}

/// A row that a later snapshot may lack.
pub(super) struct KeptRow {
    rule: usize,
    key: String,
    row: SourceRow,
}

/// A row that is gone, as the last snapshot that held it has it.
struct Absent<'a> {
    rule: usize,
    key: &'a str,
    /// In the summary.
    file: usize,
    origin: FileOrigin,
    value: &'a Val,
    raw: Vec<u8>,
}

impl Run<'_, '_> {
    pub(super) fn note(
        &mut self,
        index: usize,
        file: &InputFile,
        row: &Row,
        scope: &Scope<'_>,
    ) -> Noted {
        let Some(snapshot_at) = file.snapshot_time.filter(|_| self.mapping.asks_what_is_gone())
        else {
            return Noted::Plain;
        };
        let key = |value| self.mapping.snapshot_key(value, scope).ok().map(|key| (key, value));
        let Some((found, value)) = row.value.as_ref().ok().and_then(key) else {
            // It may be any row of the snapshot before.
            self.unreadable.get_or_insert(row.number);
            return Noted::Plain;
        };
        let Some((rule, key)) = found else { return Noted::Plain };
        let key = row_key(key);
        match self.snapshots.note(rule, &key, snapshot_at) {
            snapshots::Noted::Older(whole) => {
                let (of, than) = (snapshot_at.day(), whole.day());
                self.summary.notes.insert(format!(
                    "{}: the rows of rule {} are left out: the file is of {of}, and the snapshot of \
                     {than} was imported before",
                    file.name, self.mapping.rules[rule].name
                ));
                return Noted::Older;
            }
            snapshots::Noted::Again => return Noted::Plain,
            snapshots::Noted::First => {}
        }
        self.lacking.insert(rule, index);
        if self.kept.is_none() {
            return Noted::Plain;
        }
        let content = Some(value.to_string()).filter(|content| content.len() <= CONTENT_BYTES_MAX);
        let (file, row) = (file.name.clone(), row.number);
        let row = SourceRow { snapshot_at, file, row, content, account: None, former: None };
        Noted::Kept(KeptRow { rule, key, row })
    }

    /// Keeps a row for the next import, behind its records. `account`: of the first of them.
    pub(super) fn keep(
        &mut self,
        kept: KeptRow,
        account: Option<AccountKey>,
    ) -> Result<(), ImportError> {
        let KeptRow { rule, key: row_key, mut row } = kept;
        if let Some(account) = account {
            let moved = self.snapshots.about(rule, &row_key, &account);
            if let (true, Some(former)) = (moved.is_new, &moved.former) {
                self.moved(former, &account);
            }
            (row.account, row.former) = (Some(account), moved.former);
        }
        self.put_kept(rule, Some(&row_key), row.snapshot_at, Some(row))
    }

    /// Notes that a snapshot names another account than the one before, unless they are known as one.
    pub(super) fn moved(&mut self, from: &AccountKey, to: &AccountKey) {
        let aliases = &self.options.aliases;
        if aliases.root(from) != aliases.root(to) {
            self.summary.moved.insert(from.clone(), to.clone());
        }
    }

    /// Without a row key the mark of a whole snapshot; without a row a tombstone.
    fn put_kept(
        &mut self,
        rule: usize,
        row_key: Option<&str>,
        time: Timestamp,
        row: Option<SourceRow>,
    ) -> Result<(), ImportError> {
        if self.kept.is_none() {
            return Ok(());
        }
        let key = key(&self.mapping.source, Kind::Rule, &self.mapping.rules[rule].name, row_key);
        self.sink.put(Entry::Kept(Box::new(Change { key, row }), time))
    }

    /// Ends the snapshot of these files: writes what it means that rows of the one before are gone.
    pub(super) fn close(
        &mut self,
        group: Range<usize>,
        files: &[InputFile],
    ) -> Result<(), ImportError> {
        let later = &files[group.start];
        let Some(snapshot_at) = later.snapshot_time else { return Ok(()) };
        if self.summary.files[group].iter().all(|file| file.rows == 0) {
            let nothing = "the snapshot has no rows, so none of the one before counts as gone";
            self.summary.notes.insert(format!("{}: {nothing}", later.name));
        }
        let unreadable = self.unreadable.take();
        if let Some(row) = unreadable {
            self.summary.notes.insert(format!(
                "{}: row {row} cannot be read and may be any row of the snapshot before, so none counts \
                 as gone: correct it and import the snapshot again",
                later.name
            ));
        }
        if self.options.partial || unreadable.is_some() {
            self.snapshots.leave_open();
            return Ok(());
        }
        let closed = self.snapshots.close(snapshot_at, self.options.accept_gone);
        let closed = closed.map_err(|TooMany { rule, gone, before }| ImportError::Gone {
            file: super::files::within(&later.name, later.mapping.as_deref()),
            rule: self.mapping.rules[rule].name.clone(),
            snapshot: snapshot_at.day().to_string(),
            gone,
            before,
        })?;
        for gone in closed {
            let rule = gone.rule;
            self.gone(gone, later, files)?;
            let file = later.name.clone();
            let mark =
                SourceRow { snapshot_at, file, row: 0, content: None, account: None, former: None };
            self.put_kept(rule, None, snapshot_at, Some(mark))?;
        }
        Ok(())
    }

    fn gone(
        &mut self,
        mut gone: Gone,
        later: &InputFile,
        files: &[InputFile],
    ) -> Result<(), ImportError> {
        self.gone_of_topic(&mut gone, later)?;
        let tables = self.tables.clone();
        for (index, file) in files.iter().enumerate() {
            let is_one = file.snapshot_time.is_some_and(|time| gone.in_files.contains(&time));
            if gone.keys.is_empty() || !is_one || file.mapping != later.mapping {
                continue;
            }
            for row in file.rows(self.mapping, &self.options.reading)? {
                let row = file.check(row, self.summary.files[index].rows, self.sink.written())?;
                let Ok(value) = &row.value else { continue };
                let found = self.mapping.snapshot_key(value, &file.scope(row.number, &tables));
                let found = found.ok().flatten().filter(|(rule, _)| *rule == gone.rule);
                let Some(key) = found.map(|(_, key)| row_key(key)) else { continue };
                if !gone.keys.remove(&digest(&key)) {
                    continue;
                }
                let origin = FileOrigin {
                    name: file.name.clone(),
                    row: row.number,
                    format: row.format,
                    snapshot_at: later.snapshot_at.clone(),
                    gone: true,
                };
                let (rule, raw, key) = (gone.rule, row.raw, &key);
                self.absent(Absent { rule, key, file: index, origin, value, raw }, later)?;
            }
        }
        Ok(())
    }

    /// Rows that an earlier import read.
    fn gone_of_topic(&mut self, gone: &mut Gone, later: &InputFile) -> Result<(), ImportError> {
        let index = self.lacking.get(&gone.rule).copied().unwrap_or_default();
        while let Some(kept) = &mut self.kept
            && !gone.in_topic.is_empty()
        {
            for (key, row) in kept.rows_at(&mut gone.in_topic)? {
                let Some(raw) = row.content else {
                    self.summary.notes.insert(format!(
                        "a row of rule {} is gone that was too large to be kept: {key}",
                        self.mapping.rules[gone.rule].name
                    ));
                    self.put_kept(gone.rule, Some(&key), row.snapshot_at, None)?;
                    continue;
                };
                let value = parse_json(raw.as_bytes()).unwrap_or(Val::Null);
                let origin = FileOrigin {
                    name: row.file,
                    row: row.row,
                    format: RowFormat::Json,
                    snapshot_at: later.snapshot_at.clone(),
                    gone: true,
                };
                let (rule, key, value, raw) = (gone.rule, &key, &value, raw.into_bytes());
                self.absent(Absent { rule, key, file: index, origin, value, raw }, later)?;
            }
        }
        Ok(())
    }

    fn absent(&mut self, absent: Absent<'_>, later: &InputFile) -> Result<(), ImportError> {
        let Absent { rule, key, file, origin, value, raw } = absent;
        self.summary.files[file].gone += 1;
        let tables = self.tables.clone();
        let snapshot_at = later.snapshot_at.as_deref();
        let (name, row) = (origin.name.clone(), origin.row);
        let scope = Scope { file: &name, row, snapshot_at, tables: &tables, ..Scope::default() };
        let seen = Seen { observed_at: later.snapshot_time, ..Seen::default() };
        let mapped = self.mapping.map_gone(rule, value, &scope, seen);
        self.sink.report(&name, row, true, mapped.as_ref().map(Vec::as_slice));
        match mapped {
            Ok(records) => drop(self.write(records)?),
            Err(error) => {
                self.summary.files[file].gone_dead_letters += 1;
                self.dead_letter(origin, later.snapshot_time, raw, error)?;
            }
        }
        self.put_kept(rule, Some(key), later.snapshot_time.unwrap_or_default(), None)
    }
}
