//! Messages that senders hold back until there is a mark: the desk looks for one, and writes it.

use super::mark::{Marks, Standing};
use crate::desk::state::State;
use crate::domain::terms::time::Timestamp;
use crate::telemetry::Deliveries;

pub(super) struct Held {
    marks: Box<dyn Marks>,
    look: Option<Look>,
    /// A mark for what was asked until then lies in the log.
    marked: Timestamp,
}

struct Look {
    /// The time of the desk's log when it began.
    of: Timestamp,
    began_ms: i64,
    /// It has passed: the mark is in the batch.
    is_over: bool,
}

const NEVER: Timestamp = Timestamp(i64::MIN);

impl Held {
    pub(super) fn new(marks: Box<dyn Marks>) -> Held {
        Held { marks, look: None, marked: NEVER }
    }

    /// A mark to write, once one is found that senders have asked for.
    pub(super) fn turn(
        &mut self,
        state: &State,
        now_ms: i64,
        meters: &Deliveries,
    ) -> Option<Timestamp> {
        if state.asked().is_none_or(|at| at <= self.marked) {
            meters.mark_waits(None);
            return None;
        }
        let Some(look) = &mut self.look else {
            self.marks.begin();
            self.look = Some(Look { of: state.time, began_ms: now_ms, is_over: false });
            return None;
        };
        if look.is_over {
            return None;
        }
        match self.marks.standing() {
            Standing::Waits { what, why } => {
                let seconds = now_ms.saturating_sub(look.began_ms).max(0) / 1_000;
                meters.mark_waits(Some((&what.to_string(), &why, seconds)));
                None
            }
            Standing::Passed => {
                look.is_over = true;
                Some(look.of)
            }
        }
    }

    /// The batch was written.
    pub(super) fn committed(&mut self) {
        if let Some(look) = self.look.take_if(|look| look.is_over) {
            self.marked = look.of;
        }
    }

    /// The batch was not written.
    pub(super) fn aborted(&mut self) {
        self.look = None;
    }

    /// Another instance may have the desk.
    pub(super) fn reset(&mut self) {
        (self.look, self.marked) = (None, NEVER);
    }
}
