//! One partition's log, folded as if one profile had been active for its product from a place on.

use crate::codec::{Codec, Decoded};
use crate::domain::account::decision::{Decision, DecisionKind, Origin};
use crate::domain::account::input::{Activation, Broadcast};
use crate::domain::account::records::{TaskRecord, Tick, TickReason};
use crate::domain::account::state::AccountState;
use crate::domain::account::world::World;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::{RULES_VERSION, Text};
use crate::engine::names::Names;
use crate::engine::staged::Staged;
use crate::engine::task::{Task, TaskError};
use crate::engine::topics::Topics;
use crate::engine::view::PartitionView;
use crate::log::RecordRef;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes that the fold may stage before its outputs are counted and dropped.
const FORGET_BYTES: usize = 4 << 20;

/// The place from which the profile applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// From the product's first activation in the partition.
    FirstActivation,
    /// From the first record of the partition.
    Beginning,
}

/// Decisions over the whole log, counted.
#[derive(Clone, Debug, Default)]
pub struct Decided {
    /// Entries that go to sequencers or people.
    pub entries: u64,
    /// Entries that only a first load or the profile's first publication caused.
    pub baseline: u64,
    pub exits: u64,
    /// Entries by week (UTC), under the date of its Monday.
    pub weeks: BTreeMap<Day, u64>,
}

type Listener = Box<dyn FnMut(&Decision)>;

pub struct Trial {
    codec: Codec,
    names: Names,
    product: Text,
    /// The activation, encoded.
    activation: Vec<u8>,
    from: From,
    placed: bool,
    task: Task,
    view: Arc<PartitionView>,
    staged: Staged,
    /// A tick was staged; this fold has no log to read it back from.
    tick_asked: bool,
    /// Hears every decision about the product.
    listener: Option<Listener>,
    pub decided: Decided,
}

impl Trial {
    pub fn new(
        mut codec: Codec,
        topics: Topics,
        profile: &Arc<CompiledProfile>,
        from: From,
        (partition, partitions): (i32, i32),
    ) -> Result<Trial, TaskError> {
        let names = Names::new(topics);
        let view = Arc::new(PartitionView::default());
        let record = TaskRecord::new(partition, partitions, 0);
        let activation = Broadcast::Activation(Activation {
            number: 1,
            profile: profile.clone(),
            rules_version: RULES_VERSION,
            published_by: None,
            note: None,
        });
        let mut bytes = Vec::new();
        codec.encode_broadcast(&names.inputs, &activation, &mut bytes)?;
        Ok(Trial {
            task: Task::new(record, view.clone(), World::default(), names.clone()),
            product: profile.profile.product.clone(),
            activation: bytes,
            from,
            placed: false,
            view,
            staged: Staged::default(),
            tick_asked: false,
            listener: None,
            decided: Decided::default(),
            codec,
            names,
        })
    }

    /// Has every decision about the product heard, in the order of the log.
    pub fn heard_by(self, listener: impl FnMut(&Decision) + 'static) -> Trial {
        Trial { listener: Some(Box::new(listener)), ..self }
    }

    /// Folds the next record. An activation of the product activates this trial's profile instead.
    pub fn fold(&mut self, record: RecordRef<'_>) -> Result<(), TaskError> {
        if !self.placed && self.from == From::Beginning {
            let before = record.offset - 1;
            let activation = std::mem::take(&mut self.activation);
            let value = Some(&*activation);
            self.process(RecordRef { offset: before, key: None, value, ..record })?;
            self.activation = activation;
            self.placed = true;
        }
        if !self.is_ours(&record) {
            return self.process(record);
        }
        // The first activation is the place; later ones have the same number and are duplicates.
        self.placed = true;
        let activation = std::mem::take(&mut self.activation);
        let done = self.process(RecordRef { value: Some(&activation), ..record });
        self.activation = activation;
        done
    }

    fn is_ours(&mut self, record: &RecordRef<'_>) -> bool {
        // Most of the log names an account and so is not an activation.
        record.key.is_none()
            && matches!(self.codec.decode_input(None, record.value),
                Ok(Decoded::Partition(Broadcast::Activation(a)))
                    if a.profile.profile.product == self.product)
    }

    fn process(&mut self, record: RecordRef<'_>) -> Result<(), TaskError> {
        self.task.process(&mut self.codec, &mut self.staged, record)?;
        if self.staged.bytes() > FORGET_BYTES {
            self.note()?;
        }
        Ok(())
    }

    /// Counts the staged decisions and keeps the states.
    fn note(&mut self) -> Result<(), TaskError> {
        self.task.stage_states(&mut self.codec, &mut self.staged)?;
        for output in self.staged.outputs() {
            if output.topic == &*self.names.inputs && output.key.is_none() {
                self.tick_asked = true;
            }
            let is_decision = output.topic.starts_with(&self.names.topics.route_prefix);
            let Some(value) = output.value.filter(|_| is_decision) else { continue };
            let decision = self.codec.decode_decision(value).map_err(|error| {
                TaskError::Stop(format!("cannot decode a decision that was just encoded: {error}"))
            })?;
            if decision.product == self.product {
                self.decided.note(&decision);
                if let Some(listener) = &mut self.listener {
                    listener(&decision);
                }
            }
        }
        self.staged.clear();
        self.task.commit();
        Ok(())
    }

    /// Ends the fold: advances every account to the partition's last time.
    pub fn finish(&mut self) -> Result<(), TaskError> {
        let mut tick = Vec::new();
        let due = Tick { reason: TickReason::Sweep };
        self.codec.encode_tick(&self.names.inputs, due, &mut tick)?;
        let topic = self.names.inputs.clone();
        loop {
            self.note()?;
            self.tick_asked = false;
            let record = *self.task.record();
            self.process(RecordRef {
                topic: &topic,
                partition: record.partition,
                offset: record.next_offset,
                timestamp_ms: record.time.0,
                key: None,
                value: Some(&tick),
                trace: None,
            })?;
            self.note()?;
            if !self.tick_asked {
                return Ok(());
            }
        }
    }

    /// The partition's last time.
    pub fn time(&self) -> Timestamp {
        self.task.record().time
    }

    pub fn world(&self) -> &World {
        self.task.world()
    }

    pub fn accounts(&self) -> Vec<AccountKey> {
        self.view.accounts.iter().map(|entry| entry.key().clone()).collect()
    }

    pub fn state(&mut self, account: &AccountKey) -> Result<Option<AccountState>, TaskError> {
        let Some(packed) = self.view.accounts.get(account) else { return Ok(None) };
        let read = self.codec.decode_state(&packed.bytes);
        read.map(Some).map_err(|error| {
            TaskError::Stop(format!("cannot decode the state of {account}: {error}"))
        })
    }
}

impl Decided {
    fn note(&mut self, decision: &Decision) {
        match decision.kind {
            DecisionKind::Entered if decision.origin == Origin::Baseline => self.baseline += 1,
            DecisionKind::Entered => {
                self.entries += 1;
                let day = decision.decided_at.day();
                // Day 0 was a Thursday.
                let monday = day.plus(-(day.0 + 3).rem_euclid(7));
                *self.weeks.entry(monday).or_default() += 1;
            }
            DecisionKind::Exited | DecisionKind::Withdrawn => self.exits += 1,
            _ => {}
        }
    }
}
