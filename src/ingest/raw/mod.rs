//! Topics that vendors write: the mapping of the source maps each record's value, as a row, to inputs
//! keyed by account. Inputs, dead letters and the offset are committed in one transaction.
//!
//! A tombstone has no content for a mapping: it is skipped and counted.

mod decode;

pub use decode::{decode, key_text};

use crate::codec::{Codec, INPUT_BYTES_MAX, RegistryError};
use crate::config::{IngestConfig, RawFormat};
use crate::domain::account::records::{DeadLetterReason, Feed};
use crate::domain::terms::time::Timestamp;
use crate::engine::dead::{dead_letter, push_dead_letter};
use crate::engine::forwarder::Translate;
use crate::engine::staged::{Destination, Staged};
use crate::engine::tally::{Ledger, Rows};
use crate::engine::topics::Topics;
use crate::log::{RecordRef, TopicPartition};
use crate::mapping::canonical::{Canonical, RowError};
use crate::mapping::file::MappingError;
use crate::mapping::program::Scope;
use crate::mapping::{Mapped, Mapping, Seen};
use crate::runtime::role::Stop;
use jaq_json::Val;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;

/// The role that reads the topics of all sources that have one.
pub struct Raw {
    /// Sources by topic.
    sources: BTreeMap<String, Rc<Source>>,
    inputs: Arc<str>,
    dead_letters: Arc<str>,
    codec: Codec,
    ledger: Arc<dyn Ledger>,
    encoded: Encoded,
}

/// A source with a topic.
struct Source {
    name: String,
    format: RawFormat,
    baseline: bool,
    mapping: Mapping,
    feed: Feed,
}

/// Why a record could not be converted to inputs.
pub enum Failed {
    Row(RowError),
    /// An error outside the record, such as a registry outage.
    Registry(RegistryError),
}

/// The origin of a row, as a mapping sees it: of a new record, or of a dead letter on replay.
#[derive(Clone, Copy, Debug)]
pub struct Came<'a> {
    /// What the mapping sees as `$file`: the topic, the file, or the webhook's name.
    pub file: &'a str,
    pub offset: i64,
    pub timestamp_ms: i64,
    pub key: Option<&'a [u8]>,
    /// The date of the snapshot that it is in.
    pub snapshot_at: Option<&'a str>,
    /// The row arrived on a live feed, not in a file.
    pub live: bool,
}

/// The topics in the settings, in order.
pub fn topics_of(config: &IngestConfig) -> Vec<String> {
    config.sources.values().filter_map(|source| source.topic.clone()).collect()
}

impl Raw {
    /// Loads the mapping of every source that has a topic. The result stays on the calling thread.
    pub fn load(
        config: &IngestConfig,
        topics: &Topics,
        codec: Codec,
        ledger: Arc<dyn Ledger>,
    ) -> Result<Raw, MappingError> {
        let mut sources = BTreeMap::new();
        for (name, source) in &config.sources {
            let Some(topic) = source.topic.clone() else { continue };
            let mapping = Mapping::load(&source.mapping)?;
            mapping.takes_one_by_one("a topic").map_err(|why| {
                let file = source.mapping.display().to_string();
                MappingError::Shape { file, message: format!(" source {name}: {why}") }
            })?;
            let feed = mapping.feed(name);
            let (name, format, baseline) = (name.clone(), source.format, source.baseline);
            sources.insert(topic, Rc::new(Source { name, format, baseline, mapping, feed }));
        }
        let inputs = topics.inputs.as_str().into();
        let dead_letters = topics.dead_letters.as_str().into();
        Ok(Raw { sources, inputs, dead_letters, codec, ledger, encoded: Encoded::default() })
    }
}

/// The rows of an input.
pub fn rows(mapping: &Mapping, input: Val, came: Came<'_>) -> Result<Vec<Val>, RowError> {
    within(mapping, came, |scope, _| mapping.rows(input, scope))
}

/// Visits the rows of an input one at a time, until `visit` returns an error.
pub fn each_row(
    mapping: &Mapping,
    input: Val,
    came: Came<'_>,
    visit: &mut dyn FnMut(Val) -> Result<(), RowError>,
) -> Result<(), RowError> {
    within(mapping, came, |scope, _| mapping.each_row(input, scope, visit))
}

/// The canonical records of a row. Empty: the row is skipped.
pub fn map_row(
    mapping: &Mapping,
    row: &Val,
    came: Came<'_>,
    baseline: bool,
) -> Result<Vec<Canonical>, RowError> {
    within(mapping, came, |scope, observed_at| {
        match mapping.map(
            row,
            scope,
            Seen { observed_at, baseline, live: came.live, ..Seen::default() },
        )? {
            Mapped::Skipped | Mapped::Unmatched => Ok(Vec::new()),
            Mapped::Records(_, records) => Ok(records),
        }
    })
}

/// What a mapping makes of the absence of a row from the snapshot of `came`. None: skipped.
pub fn map_gone(mapping: &Mapping, row: &Val, came: Came<'_>) -> Result<Vec<Canonical>, RowError> {
    within(mapping, came, |scope, observed_at| match mapping.snapshot_key(row, scope) {
        Ok(Some((rule, _))) => {
            mapping.map_gone(rule, row, scope, Seen { observed_at, ..Seen::default() })
        }
        Ok(None) => Ok(Vec::new()),
        Err(failed) => Err(RowError::mapping(failed.0)),
    })
}

fn within<T>(
    mapping: &Mapping,
    came: Came<'_>,
    run: impl FnOnce(&Scope<'_>, Option<Timestamp>) -> T,
) -> T {
    let key = came.key.map(key_text);
    // Some writers set no time.
    let observed_at = Some(Timestamp(came.timestamp_ms)).filter(|at| at.0 > 0);
    let timestamp = observed_at.filter(|_| came.live).map(Timestamp::to_rfc3339);
    let scope = Scope {
        file: came.file,
        row: u64::try_from(came.offset).unwrap_or(0),
        snapshot_at: came.snapshot_at,
        key: key.as_deref(),
        timestamp: timestamp.as_deref(),
        tables: mapping.empty_tables(),
    };
    run(&scope, observed_at)
}

/// Encodes all inputs of one row or none: an input that the log would refuse makes the row invalid.
pub fn encode(
    codec: &mut Codec,
    inputs: &str,
    records: &[Canonical],
    into: &mut Encoded,
) -> Result<(), Failed> {
    into.bytes.clear();
    into.ends.clear();
    for record in records {
        let from = into.bytes.len();
        codec
            .encode_input(inputs, &record.account, &record.input, &mut into.bytes)
            .map_err(Failed::Registry)?;
        let size = into.bytes.len() - from;
        if size > INPUT_BYTES_MAX {
            let message =
                format!("record too large: {size} bytes, at most {INPUT_BYTES_MAX} are accepted");
            return Err(Failed::Row(RowError { reason: DeadLetterReason::TooLarge, message }));
        }
        into.ends.push(into.bytes.len());
    }
    Ok(())
}

/// The encoded inputs of one row, one after the other.
#[derive(Debug, Default)]
pub struct Encoded {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Encoded {
    pub fn values(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, to)| &self.bytes[from..*to])
    }
}

impl Raw {
    /// The inputs of a row; their values are in `encoded`.
    fn inputs_of(
        &mut self,
        source: &Source,
        row: &Val,
        came: Came<'_>,
    ) -> Result<Vec<Canonical>, Failed> {
        let records = map_row(&source.mapping, row, came, source.baseline).map_err(Failed::Row)?;
        encode(&mut self.codec, &self.inputs, &records, &mut self.encoded)?;
        Ok(records)
    }

    /// Stages the inputs of a row.
    fn put(
        &self,
        staged: &mut Staged,
        records: &[Canonical],
        from: &RecordRef<'_>,
        tally: &mut Rows,
    ) {
        match records.is_empty() {
            true => tally.skipped += 1,
            false => tally.mapped += 1,
        }
        tally.warnings.add(records.iter().flat_map(|record| &record.warnings));
        for (canonical, value) in records.iter().zip(self.encoded.values()) {
            *tally.records.entry(canonical.input.record_type()).or_default() += 1;
            let to = Destination {
                topic: &self.inputs,
                partition: None,
                key: Some(canonical.account.as_str().as_bytes()),
                timestamp_ms: Some(from.timestamp_ms.max(1)),
            };
            let Ok(()) = staged.push(to, |out| -> Result<(), Infallible> {
                out.extend_from_slice(value);
                Ok(())
            });
        }
    }
}

impl Translate for Raw {
    type Tally = Rows;

    fn topics(&self) -> Vec<String> {
        self.sources.keys().cloned().collect()
    }

    fn translate(
        &mut self,
        record: &RecordRef<'_>,
        staged: &mut Staged,
        tally: &mut Rows,
    ) -> Result<(), Stop> {
        let (Some(source), Some(value)) = (self.sources.get(record.topic).cloned(), record.value)
        else {
            tally.skipped += 1;
            return Ok(());
        };
        let came = Came {
            file: record.topic,
            offset: record.offset,
            timestamp_ms: record.timestamp_ms,
            key: record.key,
            snapshot_at: None,
            live: true,
        };
        // Webhooks continue meanwhile, whatever the state of the registry.
        let stop = |error: RegistryError| Stop::Blocked(error.to_string());
        let rows = match decode(&mut self.codec, source.format, value) {
            Ok(input) => rows(&source.mapping, input, came),
            Err(Failed::Registry(error)) => return Err(stop(error)),
            Err(Failed::Row(error)) => Err(error),
        };
        // If the mapping splits a JSON record, a dead letter holds the failed row only.
        let alone = source.mapping.takes_apart() && source.format == RawFormat::Json;
        for row in rows.map_or_else(|e| vec![Err(e)], |rows| rows.into_iter().map(Ok).collect()) {
            let mapped = match &row {
                Ok(row) => self.inputs_of(&source, row, came),
                Err(error) => Err(Failed::Row(RowError::clone(error))),
            };
            match mapped {
                Ok(records) => self.put(staged, &records, record, tally),
                Err(Failed::Registry(error)) => return Err(stop(error)),
                Err(Failed::Row(RowError { reason, message })) => {
                    *tally.dead_letters.entry(reason).or_default() += 1;
                    let row = row.ok().filter(|_| alone).map(|row| row.to_string().into_bytes());
                    let rejected = RecordRef { value: row.as_deref().or(record.value), ..*record };
                    let vendor = Some((source.feed.clone(), source.format.into()));
                    let dead = dead_letter(&rejected, vendor, reason, message);
                    let (codec, topic) = (&mut self.codec, &self.dead_letters);
                    push_dead_letter(codec, staged, topic, record, &dead, None).map_err(stop)?;
                }
            }
        }
        Ok(())
    }

    fn is_patient(&self) -> bool {
        true
    }

    fn created_again(&mut self, partition: &TopicPartition, was: i64) {
        let TopicPartition { topic, partition } = partition;
        tracing::warn!(
            topic,
            partition,
            was,
            "the topic was created again: the group's position lies beyond its end, and it is read from its \
             beginning"
        );
    }

    fn committed(&mut self, topic: &str, tally: Rows) {
        if let Some(source) = self.sources.get(topic) {
            self.ledger.ingested(&source.name, &tally);
        }
    }
}
