//! What the desk remembers, read part by part: of its topic, or of a snapshot.

use super::fold::Fold;
use crate::codec::{Codec, DecodeFailure};
use crate::desk::entry::{Key, Named, Restoring, Value};
use crate::domain::account::outbox::{DeskRecord, PublishedRoster};
use crate::domain::account::records::TaskRecord;
use crate::engine::topics::TASK_KEY;
use crate::log::trace::Trace;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// The parts, as far as they were read.
#[derive(Default)]
pub(super) struct Remembered {
    parts: Restoring,
    roster: Option<PublishedRoster>,
    /// Of decisions, by their headers.
    pub traces: BTreeMap<Uuid, Trace>,
    /// How far the log was folded.
    pub record: Option<TaskRecord>,
}

impl Remembered {
    /// A later part under the same key counts; without a value it is gone.
    pub(super) fn take(
        &mut self,
        codec: &mut Codec,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        trace: Option<Trace>,
    ) -> Result<(), DecodeFailure> {
        let Some(key) = key else { return Ok(()) };
        if key == TASK_KEY {
            self.record = value.map(|value| codec.decode_task(value)).transpose()?;
            return Ok(());
        }
        // A key of a later version is of no use to this one.
        let Ok(key) = serde_json::from_slice::<Key>(key) else { return Ok(()) };
        match (key, value) {
            (Key::Decision(id), value) => {
                let decision = value.map(|value| codec.decode_decision(value)).transpose()?;
                match trace.filter(|_| decision.is_some()) {
                    Some(trace) => self.traces.insert(id, trace),
                    None => self.traces.remove(&id),
                };
                self.parts.decision(id, decision.map(Arc::new));
            }
            (Key::Roster, Some(value)) => {
                if let DeskRecord::Roster(roster) = codec.decode_desk(value)? {
                    self.roster = Some(roster);
                }
            }
            (Key::Roster, None) => self.roster = None,
            (key, None) => self.parts.part(key, None),
            (key, Some(value)) => {
                let content = codec.decode_entry(value)?;
                if let Ok(value) = serde_json::from_str::<Value>(&content) {
                    self.parts.part(key, Some(value));
                }
            }
        }
        Ok(())
    }

    /// The state, settled.
    ///
    /// # Errors
    /// A part is missing, or this version cannot read the roster.
    pub(super) fn finish(self) -> Result<(Fold, Named), String> {
        let (state, named) = self.parts.finish()?;
        let mut fold = Fold { state, published: None };
        if let Some(roster) = self.roster {
            fold.restore_roster(roster)?;
        }
        fold.state.settle();
        Ok((fold, named))
    }
}
