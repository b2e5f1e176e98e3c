//! A dead letter read again: a vendor's row by the mapping as it is now, a record of our own schemas
//! unchanged. The records get the ids and times that they would have had the first time.

use super::Stored;
use super::batch::Sent;
use super::origin::{came_as, file_of, read};
use crate::aliases::Aliases;
use crate::codec::{Codec, DecodeFailure, Decoded, RegistryError};
use crate::config::{IngestConfig, RawFormat};
use crate::domain::account::input::{Input, TransferStep};
use crate::domain::account::origin::DeadLetterOrigin;
use crate::domain::account::records::{DeadLetter, DeadLetterReason, Feed};
use crate::domain::terms::account::AccountKey;
use crate::engine::forwarder::{allows, misplaced, reason_of};
use crate::engine::topics::Topics;
use crate::ingest::raw::{Encoded, Failed, encode, map_gone, map_row, rows};
use crate::mapping::Mapping;
use crate::mapping::canonical::RowError;
use crate::mapping::file::MappingError;
use crate::mapping::identity;
use std::collections::BTreeMap;
use std::path::Path;

/// The result of reading a dead letter again.
#[derive(Debug)]
pub enum Fate {
    /// The records to write in its place; none: the mapping skips the row.
    Written { records: Vec<Sent>, mapping_version: Option<String> },
    /// It is rejected again, now for this reason.
    Fails(RowError),
    /// It cannot be read again as things are: why, and what would help.
    Blocked(String),
}

/// The mappings as they are now.
pub struct Mappings {
    /// By source.
    sources: BTreeMap<String, SourceMapping>,
    /// In place of the sources' own, with its baseline flag.
    given: Option<(Mapping, bool)>,
}

struct SourceMapping {
    mapping: Mapping,
    baseline: bool,
    /// The source's topic and the format that the settings give for it.
    raw: Option<(String, RawFormat)>,
}

impl Mappings {
    /// The mappings that the settings name.
    pub fn of_sources(config: &IngestConfig) -> Result<Mappings, MappingError> {
        let mut sources = BTreeMap::new();
        for (name, source) in &config.sources {
            let mapping = Mapping::load(&source.mapping)?;
            let raw = source.topic.clone().map(|topic| (topic, source.format));
            let source = SourceMapping { mapping, baseline: source.baseline, raw };
            sources.insert(name.clone(), source);
        }
        Ok(Mappings { sources, given: None })
    }

    /// Adds a file for the dead letters of its source, and for those that a mapping of its name
    /// rejected.
    pub fn with(mut self, file: &Path, baseline: bool) -> Result<Mappings, MappingError> {
        self.given = Some((Mapping::load(file)?, baseline));
        Ok(self)
    }

    fn find(&self, feed: &Feed) -> Result<(&Mapping, bool), String> {
        match (&self.given, self.sources.get(&feed.source)) {
            (Some((mapping, baseline)), _)
                if mapping.source == feed.source || mapping.name == feed.mapping =>
            {
                Ok((mapping, *baseline))
            }
            (Some((mapping, _)), _) => Err(format!(
                "rejected by mapping {} of source {}; {} is another mapping",
                feed.mapping, feed.source, mapping.name
            )),
            (None, Some(now)) => Ok((&now.mapping, now.baseline)),
            (None, None) => Err(format!(
                "unknown source {}: it is not in ingest.sources; give its mapping with --mapping",
                feed.source
            )),
        }
    }

    /// The format that the settings now give for the topic that the record came from.
    fn format_of(&self, feed: &Feed, origin: &DeadLetterOrigin) -> Option<RawFormat> {
        let DeadLetterOrigin::Topic { topic, .. } = origin else { return None };
        let (set, format) = self.sources.get(&feed.source)?.raw.as_ref()?;
        (set == topic).then_some(*format)
    }
}

/// Reads dead letters again.
pub struct Replayer<'a> {
    pub topics: &'a Topics,
    pub codec: Codec,
    pub mappings: Mappings,
    /// Of a history: its records are written under the accounts that the aliases lead to.
    pub aliases: Aliases,
}

impl Replayer<'_> {
    pub fn replay(&mut self, stored: &Stored) -> Result<Fate, RegistryError> {
        let dead = &stored.dead_letter;
        let replayed = match (&dead.feed, &dead.origin) {
            (Some(feed), _) => self.vendor_row(dead, feed),
            (None, DeadLetterOrigin::Topic { topic, partition, .. }) => {
                self.own_record(dead, topic, *partition)
            }
            (None, origin) => {
                Ok(Fate::Blocked(format!("no mapping is recorded for {origin}; drop it")))
            }
        };
        match replayed {
            Ok(fate) => Ok(fate),
            Err(Failed::Row(error)) => Ok(Fate::Fails(error)),
            Err(Failed::Registry(error)) => Err(error),
        }
    }

    /// A vendor's row, or a document of rows.
    fn vendor_row(&mut self, dead: &DeadLetter, feed: &Feed) -> Result<Fate, Failed> {
        let Some(value) = &dead.value else {
            return Ok(Fate::Blocked(NO_BYTES.to_owned()));
        };
        let (mapping, baseline) = match self.mappings.find(feed) {
            Ok(found) => found,
            Err(why) => return Ok(Fate::Blocked(why)),
        };
        if let Err(why) = mapping.takes_one_by_one("a dead letter") {
            return Ok(Fate::Blocked(format!("import the files again: {why}")));
        }
        let set = self.mappings.format_of(feed, &dead.origin);
        let input = read(&mut self.codec, &dead.origin, value, set)?;
        let file = file_of(&dead.origin);
        let came = came_as(dead, &file);
        let is_gone = matches!(&dead.origin, DeadLetterOrigin::File(row) if row.gone);
        let mut records = Vec::new();
        for row in rows(mapping, input, came).map_err(Failed::Row)? {
            records.extend(match is_gone {
                true => map_gone(mapping, &row, came).map_err(Failed::Row)?,
                false => map_row(mapping, &row, came, baseline).map_err(Failed::Row)?,
            });
        }
        for record in &mut records {
            self.aliases.apply(record);
        }
        let mut encoded = Encoded::default();
        let topic = &self.topics.inputs;
        encode(&mut self.codec, topic, &records, &mut encoded)?;
        let sent = records.iter().zip(encoded.values()).map(|(record, value)| Sent {
            topic: topic.clone(),
            partition: None,
            key: Some(record.account.as_str().as_bytes().to_vec()),
            value: Some(value.to_vec()),
            timestamp_ms: record.known_at.0,
        });
        let mapping_version = Some(mapping.version.clone());
        Ok(Fate::Written { records: sent.collect(), mapping_version })
    }

    /// A record of our own schemas goes back to the topic it came from, once it can be read.
    fn own_record(
        &mut self,
        dead: &DeadLetter,
        topic: &str,
        partition: i32,
    ) -> Result<Fate, Failed> {
        let (key, value) = (dead.key.as_deref(), dead.value.as_deref());
        let is_input = topic == self.topics.inputs;
        let is_kind = self.topics.kinds.iter().any(|(name, _)| name == topic);
        if !is_input && !is_kind {
            let why = format!("topic {topic} is not a topic of these settings");
            return Ok(Fate::Blocked(why));
        }
        if value.is_none() && dead.reason == DeadLetterReason::TooLarge {
            return Ok(Fate::Blocked(NO_BYTES.to_owned()));
        }
        let decoded = match is_input {
            true => self.codec.decode_input(key, value),
            false => self.codec.decode_produced(value, resolved).map(|(decoded, _)| decoded),
        };
        let decoded = match decoded {
            Ok(decoded) => decoded,
            Err(DecodeFailure::Registry(error)) => return Err(Failed::Registry(error)),
            Err(DecodeFailure::Record(error)) => {
                let reason = reason_of(self.topics, topic, &error);
                return Err(Failed::Row(RowError { reason, message: error.message }));
            }
        };
        if let (true, Decoded::Account { input, .. }) = (is_kind, &decoded)
            && !allows(self.topics, topic, input.record_type())
        {
            let (reason, message) = misplaced(input.record_type(), topic);
            return Err(Failed::Row(RowError { reason, message }));
        }
        if dead.reason == DeadLetterReason::Refused
            && let Decoded::Account { input, .. } = &decoded
            && !may_be_judged_again(input)
        {
            let why = "it is one step of a merge, and the account refused it: request the alias or \
                       the parent again";
            return Ok(Fate::Blocked(why.to_owned()));
        }
        let sent = Sent {
            topic: topic.to_owned(),
            partition: dead.key.is_none().then_some(partition),
            key: dead.key.clone(),
            value: dead.value.clone(),
            timestamp_ms: dead.timestamp.0,
        };
        Ok(Fate::Written { records: vec![sent], mapping_version: None })
    }
}

/// As the forwarder resolves it: what it would refuse again stays open.
fn resolved(account: &str) -> Result<AccountKey, String> {
    identity::resolve(account).map_err(|error| error.to_string())
}

const NO_BYTES: &str = "its bytes were not kept; ask the source to send the record again";

/// What an account refused, it may accept in its present state; but not a step in the middle of an
/// exchange between two accounts, which has ended without that step.
fn may_be_judged_again(input: &Input) -> bool {
    match input {
        Input::Transfer(t) => matches!(t.step, TransferStep::Request | TransferStep::Undo),
        Input::Kinship(_) => false,
        _ => true,
    }
}
