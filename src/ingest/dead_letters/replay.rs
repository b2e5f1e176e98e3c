//! A letter read again: a vendor's row by the mapping as it is now, a record of our own schemas as
//! it is. What it becomes has the ids and the times it would have had the first time.

use super::Kept;
use super::batch::Sent;
use super::read::read;
use crate::aliases::Aliases;
use crate::codec::{Codec, DecodeFailure, Decoded, RegistryError};
use crate::config::{IngestConfig, RawFormat};
use crate::domain::account::input::{Input, TransferStep};
use crate::domain::account::records::{DeadLetter, DeadLetterReason, Feed};
use crate::engine::forwarder::allows;
use crate::engine::topics::Topics;
use crate::ingest::http::TOPIC;
use crate::ingest::import::GONE;
use crate::ingest::raw::{Came, Encoded, Failed, decode, encode, map_row, rows};
use crate::mapping::Mapping;
use crate::mapping::canonical::RowError;
use crate::mapping::file::MappingError;
use std::collections::BTreeMap;
use std::path::Path;

/// What became of a letter that was read again.
#[derive(Debug)]
pub enum Fate {
    /// Written in its stead; none: the mapping has nothing to say of it.
    Written { records: Vec<Sent>, mapping_version: Option<String> },
    /// It fails still, now with this reason.
    Fails(RowError),
    /// It cannot be read again as things are, and what would help.
    Left(String),
}

/// The mappings as they are now.
pub struct Mappings {
    /// By source.
    sources: BTreeMap<String, Now>,
    /// In place of the sources' own, for letters of its own.
    given: Option<(Mapping, bool)>,
}

struct Now {
    mapping: Mapping,
    baseline: bool,
    /// Of the source's topic.
    raw: Option<(String, RawFormat)>,
}

impl Mappings {
    /// Those of the settings.
    pub fn of_sources(config: &IngestConfig) -> Result<Mappings, MappingError> {
        let mut sources = BTreeMap::new();
        for (name, source) in &config.sources {
            let mapping = Mapping::load(&source.mapping)?;
            let raw = source.topic.clone().map(|topic| (topic, source.format));
            sources.insert(name.clone(), Now { mapping, baseline: source.baseline, raw });
        }
        Ok(Mappings { sources, given: None })
    }

    /// One file, for the letters of its source and those that a mapping of its name refused.
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
                "it is of source {} and mapping {}, not of {}",
                feed.source, feed.mapping, mapping.name
            )),
            (None, Some(now)) => Ok((&now.mapping, now.baseline)),
            (None, None) => Err(format!(
                "source {} is not among ingest.sources; name its mapping with --mapping",
                feed.source
            )),
        }
    }
}

/// Reads letters again.
pub struct Replayer<'a> {
    pub topics: &'a Topics,
    pub codec: Codec,
    pub mappings: Mappings,
    /// What a history's records are filed by, as an import files them.
    pub aliases: Aliases,
}

impl Replayer<'_> {
    pub fn replay(&mut self, kept: &Kept) -> Result<Fate, RegistryError> {
        let letter = &kept.letter;
        match &letter.feed {
            Some(feed) => match self.rows(letter, feed) {
                Ok(fate) => Ok(fate),
                Err(Failed::Row(error)) => Ok(Fate::Fails(error)),
                Err(Failed::Registry(error)) => Err(error),
            },
            None => self.own(letter),
        }
    }

    /// A vendor's row, or rows.
    fn rows(&mut self, letter: &DeadLetter, feed: &Feed) -> Result<Fate, Failed> {
        let left = |why: &str| Ok(Fate::Left(why.to_owned()));
        let Some(value) = &letter.value else {
            return left("its bytes were not kept");
        };
        if letter.topic.ends_with(GONE) {
            return left(
                "it tells what is missing from a later snapshot: import the snapshots again",
            );
        }
        let (mapping, baseline) = match self.mappings.find(feed) {
            Ok(found) => found,
            Err(why) => return Ok(Fate::Left(why)),
        };
        if let Err(why) = mapping.takes_one_by_one("a dead letter") {
            return Ok(Fate::Left(format!("import the files again: {why}")));
        }
        let raw = self.mappings.sources.get(&feed.source).and_then(|now| now.raw.as_ref());
        let raw = raw.filter(|(topic, _)| *topic == letter.topic);
        let input = match raw {
            Some((_, format)) => decode(&mut self.codec, *format, value)?,
            None => read(letter, value).map_err(Failed::Row)?,
        };
        let came = Came {
            topic: &letter.topic,
            offset: letter.offset,
            // 1: an import of a history had no time to give.
            timestamp_ms: if letter.timestamp.0 > 1 { letter.timestamp.0 } else { 0 },
            key: letter.key.as_deref(),
            live: raw.is_some() || letter.topic.starts_with(TOPIC),
        };
        let mut records = Vec::new();
        for row in rows(mapping, input, came).map_err(Failed::Row)? {
            records.extend(map_row(mapping, &row, came, baseline).map_err(Failed::Row)?);
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

    /// A record of our own schemas goes back to where it came from, once it can be read.
    fn own(&mut self, letter: &DeadLetter) -> Result<Fate, RegistryError> {
        let (key, value) = (letter.key.as_deref(), letter.value.as_deref());
        let is_input = letter.topic == self.topics.inputs;
        let is_kind = self.topics.kinds.iter().any(|(name, _)| *name == letter.topic);
        if !is_input && !is_kind {
            return Ok(Fate::Left(format!("{} is no topic of this deployment", letter.topic)));
        }
        if value.is_none() && letter.reason == DeadLetterReason::TooLarge {
            return Ok(Fate::Left("its bytes were not kept".to_owned()));
        }
        let decoded = match is_input {
            true => self.codec.decode_input(key, value),
            false => self.codec.decode_unkeyed(value),
        };
        let decoded = match decoded {
            Ok(decoded) => decoded,
            Err(DecodeFailure::Registry(error)) => return Err(error),
            Err(DecodeFailure::Record(error)) => {
                let (reason, message) = (error.reason, error.message);
                return Ok(Fate::Fails(RowError { reason, message }));
            }
        };
        if let (true, Decoded::Account { input, .. }) = (is_kind, &decoded)
            && !allows(self.topics, &letter.topic, input.record_type())
        {
            let message = format!(
                "a record of type {} does not belong into {}",
                input.record_type(),
                letter.topic
            );
            let reason = DeadLetterReason::UnexpectedType;
            return Ok(Fate::Fails(RowError { reason, message }));
        }
        if letter.reason == DeadLetterReason::Refused
            && let Decoded::Account { input, .. } = &decoded
            && !may_be_judged_anew(input)
        {
            let why = "it is one step of a merge, refused by the account as it was: ask for the \
                       alias again, or name the parent again";
            return Ok(Fate::Left(why.to_owned()));
        }
        let sent = Sent {
            topic: letter.topic.clone(),
            partition: letter.key.is_none().then_some(letter.partition),
            key: letter.key.clone(),
            value: letter.value.clone(),
            timestamp_ms: letter.timestamp.0,
        };
        Ok(Fate::Written { records: vec![sent], mapping_version: None })
    }
}

/// What an account refused, it may take as it is now; but not the middle of an exchange between
/// two accounts that has ended without it.
fn may_be_judged_anew(input: &Input) -> bool {
    match input {
        Input::Transfer(t) => matches!(t.step, TransferStep::Request | TransferStep::Undo),
        Input::Kinship(_) => false,
        _ => true,
    }
}
