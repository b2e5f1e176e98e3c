//! The topics of one partition that are kept for people and tools, in a snapshot.

use super::file::{Frame, Kind};
use crate::codec::{Codec, DecodeFailure, Decoded};
use crate::domain::account::input::Broadcast;
use crate::engine::snapshot::BroadcastId;
use crate::engine::topics::Topics;
use crate::log::scan::Scan;
use crate::log::{Reader, Store};
use anyhow::{Context, anyhow, bail};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// In the order of their numbers in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Book {
    Profiles,
    Aliases,
    Sources,
}

pub(super) const BOOKS: [Book; 3] = [Book::Profiles, Book::Aliases, Book::Sources];

impl Book {
    pub(super) fn of(frame: &Frame) -> anyhow::Result<Book> {
        let at = usize::try_from(frame.partition).ok().and_then(|at| BOOKS.get(at));
        at.copied().context("the snapshot has a topic that this build does not know")
    }

    pub(super) fn topic(self, topics: &Topics) -> &str {
        match self {
            Book::Profiles => &topics.profiles,
            Book::Aliases => &topics.aliases,
            Book::Sources => &topics.sources,
        }
    }

    /// Reads a value with one codec and writes it with the other.
    pub(super) fn rewritten(
        self,
        from: &mut Codec,
        to: &mut Codec,
        topic: &str,
        value: &[u8],
    ) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let unread =
            |failure: DecodeFailure| anyhow!("{topic}: a record cannot be read: {failure}");
        match self {
            Book::Profiles => match from.decode_unkeyed(Some(value)).map_err(unread)? {
                Decoded::Partition(broadcast @ Broadcast::Activation(_)) => {
                    to.encode_broadcast(topic, &broadcast, &mut bytes)?;
                }
                _ => bail!("{topic}: a record is not a profile"),
            },
            Book::Aliases => {
                let alias = from.decode_alias(value).map_err(unread)?;
                to.encode_alias(topic, &alias, &mut bytes)?;
            }
            Book::Sources => {
                let row = from.decode_source_row(value).map_err(unread)?;
                to.encode_source_row(topic, &row, &mut bytes)?;
            }
        }
        Ok(bytes)
    }

    /// Where it ends now; 0 where there is no such topic.
    pub(super) fn end(
        self,
        store: &dyn Store,
        reader: &mut dyn Reader,
        topics: &Topics,
    ) -> anyhow::Result<i64> {
        let topic = self.topic(topics);
        let found = store.describe_topics(&[topic.to_owned()])?.into_iter().flatten().next();
        found.map_or(Ok(0), |_| Ok(reader.watermarks(topic, 0)?.high))
    }

    /// Its records up to an offset. Profiles that no partition of the snapshot knows were published
    /// later: they are left out.
    pub(super) fn read(
        self,
        reader: &mut dyn Reader,
        codecs: (&mut Codec, &mut Codec),
        topics: &Topics,
        end: i64,
        known: &BTreeMap<String, u64>,
        write: &mut dyn FnMut(&Frame) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let (codec, local) = codecs;
        let topic = self.topic(topics);
        let number = BOOKS.iter().position(|book| *book == self);
        let partition = i32::try_from(number.unwrap_or_default())?;
        if end == 0 {
            return Ok(());
        }
        let low = reader.watermarks(topic, 0)?.low;
        Scan::range(topic, 0, low..end.max(low)).try_each(reader, &mut |record| {
            let value = record.value;
            if let Some(value) = value.filter(|_| self == Book::Profiles)
                && let Ok(Decoded::Partition(broadcast)) = codec.decode_unkeyed(Some(value))
                && let BroadcastId::Activation(product, number) = BroadcastId::of(&broadcast)
                && known.get(&product).is_none_or(|last| number > *last)
            {
                return Ok(ControlFlow::Continue(()));
            }
            let value =
                value.map(|value| self.rewritten(codec, local, topic, value)).transpose()?;
            let (key, time_ms) = (record.key.map(<[u8]>::to_vec), record.timestamp_ms);
            write(&Frame { kind: Kind::Book, partition, time_ms, key, value })?;
            Ok::<_, anyhow::Error>(ControlFlow::Continue(()))
        })?;
        Ok(())
    }
}
