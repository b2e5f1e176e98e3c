//! A roster into the desk's log. All publishers share one transactional id: opening it fences the one before,
//! so that what is read after that is final, and the number is decided from it.

use crate::codec::{Codec, DecodeFailure};
use crate::desk::entry::Key;
use crate::domain::Text;
use crate::domain::account::outbox::{DeskRecord, PublishedRoster};
use crate::engine::topics::{TASK_KEY, Topics};
use crate::log::scan::{Scan, ScanError};
use crate::log::transact::{BackOff, Failure, attempt};
use crate::log::{LogError, Output, Stamp, Store};
use sha2::{Digest, Sha256};

/// Bytes of a roster's file: it is a record of the log.
pub const ROSTER_BYTES_MAX: usize = 1 << 20;
/// How often publishing is tried where another publisher takes over.
const ATTEMPTS: u32 = 5;

/// The roster that a person wants to be in force.
#[derive(Clone, Debug)]
pub struct Wish {
    pub text: String,
    pub by: Option<Text>,
    pub note: Option<Text>,
    /// Publish it even where it is in force already.
    pub again: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// It is in force from its place in the log on, after `before`.
    Now { roster: PublishedRoster, before: Option<PublishedRoster> },
    /// These very bytes were in force already.
    Unchanged(PublishedRoster),
}

#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Decode(#[from] DecodeFailure),
    #[error(
        "{inputs} at {location} is a history, which has no desk: what is long over is delivered to no one; \
         `buymode deliver rehearse` shows what would have been"
    )]
    History { inputs: String, location: String },
    #[error("gave up after {ATTEMPTS} attempts: {0}")]
    Failed(Failure),
    #[error(transparent)]
    Registry(#[from] crate::codec::RegistryError),
}

/// The log, for those who publish or read a roster.
pub struct Desk<'a> {
    pub store: &'a dyn Store,
    pub codec: Codec,
    pub topics: &'a Topics,
    /// Before the transactional id.
    pub prefix: &'a str,
}

/// What names a roster's bytes.
pub fn digest(text: &str) -> Text {
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    digest[..12].into()
}

impl Desk<'_> {
    /// Refuses a log without a desk.
    fn check_there(&self) -> Result<(), PublishError> {
        let Topics { desk, desk_state, inputs, .. } = self.topics;
        let found = self.store.describe_topics(&[inputs, desk, desk_state].map(Clone::clone))?;
        let missing = [desk, desk_state].into_iter().zip(found.iter().skip(1));
        let missing = missing.filter(|(_, found)| found.is_none()).map(|(name, _)| name).next();
        let Some(topic) = missing else { return Ok(()) };
        let location = self.store.location();
        let inputs_found = found.first().and_then(Option::as_ref);
        Err(match inputs_found.is_some_and(|inputs| inputs.stamp == Stamp::CreateTime) {
            true => PublishError::History { inputs: inputs.clone(), location },
            false => ScanError::NoTopic { topic: topic.clone(), location }.into(),
        })
    }

    pub fn publish(&mut self, wish: &Wish) -> Result<Published, PublishError> {
        self.check_there()?;
        let id = format!("{}buymode-roster-publisher", self.prefix);
        let (mut tried, mut pauses) = (None, BackOff::default());
        for attempts in 1_u32.. {
            // From here on no earlier publisher can commit.
            let mut writer = self.store.writer(&id)?;
            let before = self.latest()?;
            // Whether the last attempt was written is seen now.
            if let (Some(before), Some(tried)) = (&before, &tried)
                && before == tried
            {
                return Ok(Published::Now { roster: before.clone(), before: None });
            }
            let digest = digest(&wish.text);
            if let Some(before) = before.as_ref().filter(|b| b.digest == digest && !wish.again) {
                return Ok(Published::Unchanged(before.clone()));
            }
            let roster = PublishedRoster {
                number: before.as_ref().map_or(1, |before| before.number + 1),
                text: wish.text.clone(),
                digest,
                by: wish.by.clone(),
                note: wish.note.clone(),
            };
            let mut value = Vec::new();
            self.codec.encode_roster(&self.topics.desk, &roster, &mut value)?;
            let topic = self.topics.desk.as_str();
            let done = attempt(&mut *writer, &mut |writer| {
                let value = Some(&value[..]);
                writer.send(&Output { topic, partition: Some(0), value, ..Output::default() })
            });
            match done {
                Ok(()) => return Ok(Published::Now { roster, before }),
                Err(Failure { error: error @ LogError::Fatal(_), .. }) => return Err(error.into()),
                Err(failure) if attempts >= ATTEMPTS => return Err(PublishError::Failed(failure)),
                Err(_) => tried = Some(roster),
            }
            std::thread::sleep(pauses.next_pause());
        }
        unreachable!("the last attempt returns")
    }

    /// The roster that was published last: of what the desk remembers, and of its log from there on.
    pub fn latest(&mut self) -> Result<Option<PublishedRoster>, PublishError> {
        self.check_there()?;
        let mut reader = self.store.reader()?;
        let mut found: (Option<PublishedRoster>, i64) = (None, 0);
        let mut failed: Result<(), DecodeFailure> = Ok(());
        let codec = &mut self.codec;
        Scan::whole(&mut *reader, &self.topics.desk_state, 0)?.each(
            &mut *reader,
            &mut |record| {
                let (Some(key), Some(value)) = (record.key, record.value) else { return };
                if key == TASK_KEY {
                    match codec.decode_task(value) {
                        Ok(task) => found.1 = task.next_offset,
                        Err(error) => failed = Err(error),
                    }
                } else if matches!(serde_json::from_slice(key), Ok(Key::Roster)) {
                    match codec.decode_desk(value) {
                        Ok(DeskRecord::Roster(roster)) => found.0 = Some(roster),
                        Ok(_) => {}
                        Err(error) => failed = Err(error),
                    }
                }
            },
        )?;
        failed?;
        let marks = reader.watermarks(&self.topics.desk, 0)?;
        let rest = found.1.max(marks.low)..marks.stable;
        Scan::range(&self.topics.desk, 0, rest).each(&mut *reader, &mut |record| {
            // Others are none of a publisher's.
            if let Ok(DeskRecord::Roster(roster)) =
                codec.decode_desk(record.value.unwrap_or_default())
                && found.0.as_ref().is_none_or(|before| before.number < roster.number)
            {
                found.0 = Some(roster);
            }
        })?;
        Ok(found.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::{EmbeddedOptions, EmbeddedStore};
    use std::collections::BTreeSet;

    #[test]
    fn a_history_has_no_desk_and_another_log_lacks_its_topics() {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path().join("log"))).unwrap();
        let said = |prefix: &str, history: bool| {
            let topics = Topics::with_prefix(prefix);
            store.create_topics(&topics.specs(1, history, &BTreeSet::new())).unwrap();
            let (store, topics, codec) = (&store, &topics, Codec::local());
            let mut desk = Desk { store, codec, topics, prefix };
            desk.latest().unwrap_err().to_string()
        };
        let history = said("old.", true);
        assert!(history.contains("is a history, which has no desk"), "{history}");
        let lacking = said("live.", false);
        assert!(lacking.contains("live.buymode.desk does not exist"), "{lacking}");
        assert!(lacking.contains("`buymode topics create`"), "{lacking}");
    }
}
