//! What the desk remembers, as its topic holds it: read by who takes the desk over, and by those who keep a
//! copy of it.

use super::fold::Fold;
use crate::codec::{Codec, DecodeFailure};
use crate::desk::entry::{Key, Named, Restoring, Value};
use crate::domain::account::outbox::{DeskRecord, PublishedRoster};
use crate::domain::account::records::TaskRecord;
use crate::engine::topics::TASK_KEY;
use crate::log::RecordRef;
use std::sync::Arc;

/// The parts that were remembered, as far as they were read.
#[derive(Default)]
pub(super) struct Remembered {
    parts: Restoring,
    roster: Option<PublishedRoster>,
    pub(super) record: Option<TaskRecord>,
}

impl Remembered {
    pub(super) fn read(
        &mut self,
        codec: &mut Codec,
        record: &RecordRef<'_>,
    ) -> Result<(), DecodeFailure> {
        let Some(key) = record.key else { return Ok(()) };
        if key == TASK_KEY {
            self.record = record.value.map(|v| codec.decode_task(v)).transpose()?;
            return Ok(());
        }
        // A key of a later version is of no use to this one.
        let Ok(key) = serde_json::from_slice::<Key>(key) else { return Ok(()) };
        match (key, record.value) {
            (Key::Decision(id), value) => {
                let decision = value.map(|value| codec.decode_decision(value)).transpose()?;
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

    /// # Errors
    /// Where a part is missing, or this version cannot read the roster.
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
