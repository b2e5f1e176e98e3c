//! What a snapshot holds of a partition, and what it takes to go on from it: in the log that it was
//! taken of, or at the beginning of a new one.

use super::names::Names;
use super::staged::Staged;
use super::task::{Task, TaskError};
use super::topics::Topics;
use super::view::{Packed, PartitionView};
use crate::codec::{Codec, DecodeFailure, Decoded, RegistryError};
use crate::domain::account::input::{Broadcast, Input};
use crate::domain::account::records::TaskRecord;
use crate::domain::account::state::AccountState;
use crate::domain::account::world::{Logged, World};
use crate::domain::terms::account::AccountKey;
use crate::log::RecordRef;
use std::collections::HashSet;
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

/// Bytes staged by a fold before they are looked at and forgotten.
const LOOK_BYTES: usize = 4 << 20;

/// A partition as of the end of a transaction.
pub struct Base {
    pub record: TaskRecord,
    pub world: World,
    /// Each as the accounts topic would hold it.
    pub states: Vec<(AccountKey, Vec<u8>)>,
}

impl Base {
    /// The task that goes on from here, with its accounts.
    pub fn task(
        self,
        codec: &mut Codec,
        names: Names,
    ) -> Result<(Task, Arc<PartitionView>), TaskError> {
        let view = Arc::new(PartitionView::default());
        for (account, bytes) in self.states {
            let packed = Packed::restored(&bytes);
            view.accounts.insert(account, packed);
        }
        let mut task = Task::new(self.record, view.clone(), self.world, names);
        task.take_up(codec)?;
        task.tally = Default::default();
        Ok((task, view))
    }
}

/// Offsets of an old log as a new one counts them that begins with what stood at `next_offset`: what was
/// before it is negative, in the same order.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    next_offset: i64,
}

impl Moved {
    pub fn from(record: &TaskRecord) -> Moved {
        Moved { next_offset: record.next_offset }
    }

    fn offset(self, offset: i64) -> i64 {
        offset.saturating_sub(self.next_offset)
    }

    pub fn state(self, mut state: AccountState) -> AccountState {
        state.applied = self.offset(state.applied);
        state.offset = self.offset(state.offset);
        state
    }

    pub fn world(self, world: &World) -> World {
        let moved = world
            .broadcasts()
            .iter()
            .map(|logged| Logged { offset: self.offset(logged.offset), ..logged.clone() });
        World::restored(moved.collect(), self.offset(world.last_offset()))
    }
}

/// Reads a record with one codec and writes it with the other: `None` where it cannot be read. `topic`: of
/// the inputs that are written.
pub fn rewritten(
    from: &mut Codec,
    to: &mut Codec,
    topic: &str,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
) -> Result<Option<Rewritten>, RegistryError> {
    let decoded = match from.decode_input(key, value) {
        Ok(decoded) => decoded,
        Err(DecodeFailure::Registry(error)) => return Err(error),
        Err(DecodeFailure::Record(_)) => return Ok(None),
    };
    let mut bytes = Vec::new();
    match &decoded {
        Decoded::Account { account, input } => {
            to.encode_input(topic, account, input, &mut bytes)?
        }
        Decoded::Partition(broadcast) => to.encode_broadcast(topic, broadcast, &mut bytes)?,
        Decoded::Tick(tick) => to.encode_tick(topic, *tick, &mut bytes)?,
    }
    Ok(Some(Rewritten { bytes, decoded }))
}

pub struct Rewritten {
    pub bytes: Vec<u8>,
    pub decoded: Decoded,
}

impl Rewritten {
    /// A digest of an input that accounts send to accounts; others are `None`.
    pub fn sent(&self) -> Option<u128> {
        let Decoded::Account { account, input } = &self.decoded else { return None };
        match input {
            Input::Transfer(_) | Input::Kinship(_) => {}
            Input::Signal(_)
            | Input::Company(_)
            | Input::Retraction(_)
            | Input::Suppression(_)
            | Input::Outcome(_) => return None,
        }
        let mut digest = Xxh3::new();
        digest.update(account.as_str().as_bytes());
        digest.update(&self.bytes);
        Some(digest.digest128())
    }

    /// What a broadcast is known by: it lies in every partition.
    pub fn broadcast(&self) -> Option<BroadcastId> {
        match &self.decoded {
            Decoded::Partition(broadcast) => Some(BroadcastId::of(broadcast)),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BroadcastId {
    /// Product and number.
    Activation(String, u64),
    Market(uuid::Uuid),
    MarketRetraction(uuid::Uuid),
}

impl BroadcastId {
    pub fn of(broadcast: &Broadcast) -> BroadcastId {
        match broadcast {
            Broadcast::Activation(a) => {
                BroadcastId::Activation(a.profile.profile.product.to_string(), a.number)
            }
            Broadcast::Market(market) => BroadcastId::Market(market.id),
            Broadcast::MarketRetraction(id) => BroadcastId::MarketRetraction(*id),
        }
    }
}

/// Folds the inputs behind a snapshot's states, for what they lead accounts to send to others. An instance
/// may have scored them meanwhile, so that this lies in the inputs too; a log that begins with the
/// snapshot scores them again, and sends it again under other ids.
pub struct Sending {
    task: Task,
    staged: Staged,
    inputs: Arc<str>,
    local: Codec,
}

impl Sending {
    pub fn new(base: Base, codec: &mut Codec, topics: Topics) -> Result<Sending, TaskError> {
        let names = Names::new(topics);
        let inputs = names.inputs.clone();
        let (task, _) = base.task(codec, names)?;
        Ok(Sending { task, staged: Staged::default(), inputs, local: Codec::local() })
    }

    pub fn fold(
        &mut self,
        codec: &mut Codec,
        record: RecordRef<'_>,
        sent: &mut HashSet<u128>,
    ) -> Result<(), TaskError> {
        self.task.process(codec, &mut self.staged, record)?;
        if self.staged.bytes() + self.task.waiting_bytes() > LOOK_BYTES {
            self.look(codec, sent)?;
        }
        Ok(())
    }

    pub fn look(&mut self, codec: &mut Codec, sent: &mut HashSet<u128>) -> Result<(), TaskError> {
        self.task.stage_states(codec, &mut self.staged)?;
        for output in self.staged.outputs().filter(|output| *output.topic == *self.inputs) {
            let written =
                rewritten(codec, &mut self.local, &self.inputs, output.key, output.value)?;
            sent.extend(written.as_ref().and_then(Rewritten::sent));
        }
        self.staged.clear();
        self.task.commit();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_of_the_old_log_lie_before_those_of_the_new_one_in_the_same_order() {
        let moved = Moved::from(&TaskRecord::new(0, 1, 1_000));
        let state = AccountState { offset: 999, ..AccountState::new(-1, Default::default()) };
        let state = moved.state(state);
        assert_eq!((state.applied, state.offset), (-1_001, -1));
        assert_eq!(moved.world(&World::default()).last_offset(), -1_001);
    }
}
