//! What an import did, row by row. `rows = mapped + skipped + left out + dead letters`, in every
//! file.

use super::files::within;
use super::{Delays, InputFile, LateRecords, Unmatched};
use crate::aliases::Aliases;
use crate::domain::account::input::{Input, RecordType};
use crate::domain::account::origin::FileOrigin;
use crate::domain::account::records::DeadLetterReason;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{Day, Timestamp};
use crate::mapping::canonical::{Canonical, RowError};
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

/// Dead letters shown in full.
const SAMPLES: usize = 5;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Summary {
    /// File by file.
    pub files: Vec<FileSummary>,
    /// Records by type, as mapped.
    pub records: BTreeMap<RecordType, u64>,
    /// What aliases did to the records of a history.
    pub aliases: Resolved,
    /// Accounts without a domain: under a vendor's key or a name. Their number is shown.
    #[serde(rename = "unresolved_account_count", serialize_with = "number")]
    #[schemars(with = "u64")]
    pub unresolved: BTreeSet<AccountKey>,
    /// Signals that a live log takes for too late: they happened before its horizon.
    pub too_late: u64,
    /// Records that are older than the end of the history, unless it holds them already.
    pub late: Option<LateRecords>,
    /// By the account that earlier snapshots named: the account that the present one names. Perhaps a
    /// company with a new name.
    pub moved: BTreeMap<AccountKey, AccountKey>,
    /// Why rows were left out, or rows that are gone were not closed, and notes about whole files.
    pub notes: BTreeSet<String>,
    /// By reason.
    pub dead_letters: BTreeMap<DeadLetterReason, u64>,
    /// Of these, those that an earlier import wrote: they are not written again.
    pub dead_letters_known: u64,
    /// The first dead letters; suppressions whose account cannot be resolved come first.
    pub samples: Vec<Sample>,
    /// Values that were not understood and did not cost the row: in doubt a suppression holds, and a
    /// link that leads nowhere is left out.
    pub warnings_total: u64,
    /// The first of them.
    pub warnings: Vec<Sample>,
    /// Files that no rule of their mapping matched.
    pub unmatched: Vec<Unmatched>,
    /// The times when the first and the last record could be known.
    #[serde(rename = "first_at")]
    pub first: Option<Timestamp>,
    /// The latest of them.
    #[serde(rename = "last_at")]
    pub last: Option<Timestamp>,
    /// By what the records count from when they do.
    pub known: Delays,
    /// Records and dead letters in committed transactions; 0 on a dry run.
    pub written: u64,
    /// Transactions that were committed.
    pub transactions: u64,
    /// Ticks that were written, so that the log's time goes on.
    pub ticks: u64,
    /// It was stopped before the end of its files.
    pub stopped: bool,
}

fn number<S: Serializer>(accounts: &BTreeSet<AccountKey>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(accounts.len() as u64)
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct FileSummary {
    /// The file, without its folders.
    pub name: String,
    /// Of the mapping, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping: Option<String>,
    /// When the file was taken.
    pub snapshot_at: Option<Timestamp>,
    /// Rows that were read.
    pub rows: u64,
    /// Rows that became records.
    pub mapped: u64,
    /// No rule matched them, or the rule emitted no record.
    pub skipped: u64,
    /// They are of an older snapshot than the last one that was imported of their rule.
    pub left_out: u64,
    /// Rows that could not be mapped.
    pub dead_letters: u64,
    /// Rows that the next snapshot lacks: each is mapped again, by the rule's `gone`. Those that an
    /// earlier import read count in the file that lacks them.
    pub gone: u64,
    /// Of these, those that could not be mapped.
    pub gone_dead_letters: u64,
}

/// What aliases did to the records of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Resolved {
    /// Aliases that hold.
    pub known: usize,
    /// By the account that the files name: the account that its records were written under.
    pub filed: BTreeMap<AccountKey, Filed>,
    /// Why aliases were not applied as they were given.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Filed {
    pub account: AccountKey,
    /// How many of them.
    pub records: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Sample {
    pub file: String,
    pub row: u64,
    /// The fault, for people.
    pub message: String,
}

impl Summary {
    pub fn new(files: &[InputFile], aliases: &Aliases) -> Summary {
        let file = |f: &InputFile| FileSummary {
            name: f.name.clone(),
            mapping: f.mapping.clone(),
            snapshot_at: f.snapshot_time,
            ..FileSummary::default()
        };
        let warnings = aliases.warnings.clone();
        let aliases = Resolved { known: aliases.len(), warnings, ..Resolved::default() };
        Summary { files: files.iter().map(file).collect(), aliases, ..Summary::default() }
    }

    /// Counts a record whose own account is an alias.
    pub fn filed(&mut self, alias: AccountKey, account: &AccountKey) {
        let new = || Filed { account: account.clone(), records: 0 };
        self.aliases.filed.entry(alias).or_insert_with(new).records += 1;
    }

    /// `horizon`: the earliest day that the log still takes in; none where it takes in every day.
    pub fn count(&mut self, record: &Canonical, horizon: Option<Day>) {
        if record.account.as_str().contains(':') && !self.unresolved.contains(&record.account) {
            self.unresolved.insert(record.account.clone());
        }
        if let (Input::Signal(signal), Some(horizon)) = (&record.input, horizon) {
            self.too_late += u64::from(signal.occurred.day < horizon);
        }
        *self.records.entry(record.input.record_type()).or_default() += 1;
        self.known.count(record);
        let at = record.known_at;
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = self.last.max(Some(at));
    }

    /// `mapping`: its name, where there are several.
    pub fn dead_letter(&mut self, origin: &FileOrigin, mapping: Option<&str>, error: &RowError) {
        *self.dead_letters.entry(error.reason).or_default() += 1;
        let message = error.message.clone();
        let sample = Sample { file: within(&origin.name, mapping), row: origin.row, message };
        if error.reason == DeadLetterReason::UnresolvedSuppression {
            let before = self.unresolved_suppressions() as usize - 1;
            self.samples.insert(before.min(self.samples.len()), sample);
            self.samples.truncate(SAMPLES);
        } else if self.samples.len() < SAMPLES {
            self.samples.push(sample);
        }
    }

    /// Suppressions that protect no account, since theirs cannot be resolved.
    pub fn unresolved_suppressions(&self) -> u64 {
        self.dead_letters.get(&DeadLetterReason::UnresolvedSuppression).copied().unwrap_or(0)
    }

    /// Notes the doubts of a row's records.
    pub fn warn(&mut self, file: &str, row: u64, records: &[Canonical]) {
        for warning in records.iter().flat_map(|record| &record.warnings) {
            self.warnings_total += 1;
            if self.warnings.len() < SAMPLES {
                let (file, message) = (file.to_owned(), warning.clone());
                self.warnings.push(Sample { file, row, message });
            }
        }
    }

    pub fn rows(&self) -> u64 {
        self.files.iter().map(|f| f.rows).sum()
    }

    pub fn records_total(&self) -> u64 {
        self.records.values().sum()
    }

    pub fn dead_letters_total(&self) -> u64 {
        self.dead_letters.values().sum()
    }
}
