//! A snapshot as the beginning of an audit: whether it is one of this log, and each partition as it stood.

use super::desk::{self, Desk};
use super::file::Parts;
use super::{Head, Mark, Part, content};
use crate::codec::Codec;
use crate::domain::RULES_VERSION;
use crate::domain::account::records::TaskRecord;
use crate::domain::account::state::AccountState;
use crate::domain::account::world::World;
use crate::domain::terms::account::AccountKey;
use crate::engine::snapshot::{Base, Moved};
use crate::log::scan::Scan;
use crate::log::{Reader, Store};
use anyhow::{anyhow, bail};
use std::path::{Path, PathBuf};

/// A snapshot that was read to its end.
pub struct Known {
    path: PathBuf,
    pub head: Head,
    parts: Vec<Part>,
}

impl Known {
    /// # Errors
    /// It is torn, or another build's.
    pub fn open(path: &Path) -> anyhow::Result<Known> {
        let content = content(path)?;
        if content.head.rules_version != RULES_VERSION {
            bail!(
                "snapshot {} was taken under rules version {}, and this build has version {RULES_VERSION}; use the \
                 build that took it ({})",
                path.display(),
                content.head.rules_version,
                content.head.build
            );
        }
        Ok(Known { path: path.to_owned(), head: content.head, parts: content.parts })
    }

    /// Whether this log began with it.
    pub fn is_seed(&self, record: Option<&TaskRecord>) -> bool {
        record.is_some_and(|record| record.seed == Some(self.head.id))
    }

    /// Where the fold of a partition begins.
    ///
    /// # Errors
    /// It is a snapshot of another log, or of a later state of this one.
    pub fn begin(
        &self,
        reader: &mut dyn Reader,
        topic: &str,
        (partition, partitions): (i32, i32),
        record: Option<&TaskRecord>,
    ) -> anyhow::Result<i64> {
        let other = |why: String| {
            anyhow!("snapshot {} is not one of the log of {topic}: {why}", self.path.display())
        };
        if partitions != self.head.partitions {
            let has = self.head.partitions;
            return Err(other(format!("it has {has} partitions, the log {partitions}")));
        }
        let part = usize::try_from(partition).ok().and_then(|at| self.parts.get(at));
        let Some(part) = part.filter(|part| part.partition == partition) else {
            return Err(other(format!("it lacks partition {partition}")));
        };
        if self.is_seed(record) {
            return Ok(0);
        }
        let scored = record.map_or(0, |record| record.next_offset);
        if record.and_then(|record| record.seed) != part.seed {
            return Err(other("they began with different snapshots".to_owned()));
        }
        if part.next_offset > scored {
            return Err(other(format!(
                "partition {partition} is scored up to offset {scored}, and in the snapshot up to {}",
                part.next_offset
            )));
        }
        let Some(last) = &part.last else { return Ok(part.next_offset) };
        let mut found = None;
        if last.offset >= reader.watermarks(topic, partition)?.low {
            let range = last.offset..last.offset + 1;
            Scan::range(topic, partition, range)
                .each(reader, &mut |record| found = Some(Mark::of(&record)))?;
            if found.as_ref() != Some(last) {
                return Err(other(format!(
                    "partition {partition} holds another record at offset {}",
                    last.offset
                )));
            }
        }
        Ok(part.next_offset)
    }

    /// What the desk of this log remembered, if the snapshot has it.
    pub fn desk(&self, store: &dyn Store, topic: &str) -> anyhow::Result<Option<Desk>> {
        desk::known(&self.path, store, topic)
    }

    /// The partitions, to be taken one after the other.
    pub fn bases(&self) -> anyhow::Result<Bases> {
        Ok(Bases(Parts::open(&self.path)?))
    }
}

pub struct Bases(Parts);

/// The next partition. `is_seed`: as a log has it that began with the snapshot.
pub fn known_base(
    bases: &mut Bases,
    codec: &mut Codec,
    topic: &str,
    is_seed: bool,
) -> anyhow::Result<Base> {
    let found = base(&mut bases.0, codec, topic, is_seed)?;
    found.ok_or_else(|| anyhow!("the snapshot has no such partition"))
}

/// The next part of a file, for the accounts topic `topic` and its codec.
pub(super) fn base(
    parts: &mut Parts,
    codec: &mut Codec,
    topic: &str,
    is_seed: bool,
) -> anyhow::Result<Option<Base>> {
    let Some(part) = parts.head()? else { return Ok(None) };
    let mut record = part.task(parts.partitions());
    let moved = is_seed.then(|| Moved::from(&record));
    let mut local = Codec::local();
    let (mut world, mut states) = (World::default(), Vec::new());
    parts.each(&mut |frame| {
        let value = frame.value.as_deref().unwrap_or_default();
        match &frame.key {
            None => world = moved_world(local.decode_world(value)?, moved),
            Some(key) => {
                let mut bytes = Vec::new();
                codec.encode_state(
                    topic,
                    &moved_state(local.decode_state(value)?, moved),
                    &mut bytes,
                )?;
                states.push((account(key)?, bytes));
            }
        }
        Ok(())
    })?;
    if is_seed {
        record.next_offset = 0;
    }
    Ok(Some(Base { record, world, states }))
}

pub(super) fn moved_state(state: AccountState, moved: Option<Moved>) -> AccountState {
    match moved {
        Some(moved) => moved.state(state),
        None => state,
    }
}

pub(super) fn moved_world(world: World, moved: Option<Moved>) -> World {
    match moved {
        Some(moved) => moved.world(&world),
        None => world,
    }
}

pub(super) fn account(key: &[u8]) -> anyhow::Result<AccountKey> {
    let account = std::str::from_utf8(key).ok().and_then(|key| AccountKey::parse(key).ok());
    account.ok_or_else(|| anyhow!("invalid account key in the snapshot"))
}
