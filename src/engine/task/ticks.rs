//! What falls due without input, and the ticks that bring it about.

use super::{Done, Task};
use crate::codec::Codec;
use crate::domain::account::input::LogPosition;
use crate::domain::account::records::{Tick, TickReason};
use crate::domain::account::step::wake;
use crate::domain::terms::limits::TICK_ACCOUNTS_MAX;
use crate::domain::terms::time::Timestamp;
use crate::engine::staged::{Destination, Staged};
use std::sync::Arc;

impl Task {
    /// Looks at a bounded number of accounts, and asks for another tick where more are left.
    pub(super) fn tick(&mut self, codec: &mut Codec, staged: &mut Staged, at: LogPosition) -> Done {
        self.tick_asked = false;
        let today = at.time.day();
        for account in self.timers.take(today, TICK_ACCOUNTS_MAX) {
            let mut touched = self.find(codec, &account, at.time)?;
            let outcome = wake(&self.world, &account, &mut touched.state, at);
            self.settle(codec, staged, &account, touched, outcome)?;
        }
        if self.timers.is_sweeping() || self.timers.first_due().is_some_and(|due| due <= today) {
            self.ask_tick(codec, staged, TickReason::More, Some(at.time))?;
        } else if self.world.needs_pruning(today) {
            Arc::make_mut(&mut self.world).prune(today);
            self.world_changed = true;
        }
        Ok(())
    }

    /// Asks for a tick if something is due by the wall clock and none is on its way. On a history
    /// topic the wall clock says nothing: only what is left to sweep counts.
    pub fn idle(&mut self, codec: &mut Codec, staged: &mut Staged, now: Option<Timestamp>) -> Done {
        let due =
            now.is_some_and(|now| self.timers.first_due().is_some_and(|due| due <= now.day()));
        if self.timers.is_sweeping() {
            let time = now.is_none().then_some(self.record.time);
            self.ask_tick(codec, staged, TickReason::Sweep, time)
        } else if due {
            self.ask_tick(codec, staged, TickReason::Due, None)
        } else {
            Ok(())
        }
    }

    pub(super) fn ask_tick(
        &mut self,
        codec: &mut Codec,
        staged: &mut Staged,
        reason: TickReason,
        time: Option<Timestamp>,
    ) -> Done {
        if self.tick_asked {
            return Ok(());
        }
        self.tick_asked = true;
        let topic = &self.names.inputs;
        let to = Destination {
            topic,
            partition: Some(self.record.partition),
            key: None,
            timestamp_ms: time.map(|t| t.0.max(1)),
        };
        // It is about many records.
        Ok(staged.push_alone(to, |out| codec.encode_tick(topic, Tick { reason }, out))?)
    }
}
