//! Finding an account, and keeping what the core made of it.

use super::{Done, Task, TaskError, Touched};
use crate::codec::{Codec, DecodeFailure};
use crate::domain::account::state::AccountState;
use crate::domain::account::step::{Addressed, Outcome, is_still, next_due};
use crate::domain::account::world::World;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use crate::engine::headers;
use crate::engine::hot::taken_of;
use crate::engine::staged::{Destination, Staged};
use crate::engine::standings::StandingsNumber;
use crate::engine::timers::{NEVER, Timers};
use crate::engine::topics::place_of;
use std::collections::BTreeSet;

impl Task {
    /// Takes up the accounts of the view, whose bytes a restore has filled in: reads each once, for
    /// its date, its stage, and whether it has applied the last broadcast.
    pub fn take_up(&mut self, codec: &mut Codec) -> Result<(), TaskError> {
        let last = self.world.last_offset();
        let (mut due, mut behind) = (Vec::new(), BTreeSet::new());
        // Many stand as the one before.
        let mut standings = StandingsNumber::default();
        for mut entry in self.view.accounts.iter_mut() {
            let (account, packed) = entry.pair_mut();
            let read = read_up(codec, &self.world, &packed.bytes);
            let state = read.map_err(|failure| {
                let topic = &self.names.topics.accounts;
                TaskError::unread(failure, |error| format!(
                    "{topic}: the state of account {account} cannot be read ({error}); was it written by a newer build?"
                ))
            })?;
            let next = next_due(&self.world, account, &state);
            debug_assert!(codec.decode_state(&packed.bytes).is_ok_and(|whole| next_due(
                &self.world,
                account,
                &whole
            ) == next));
            packed.due = next.unwrap_or(NEVER);
            packed.stage = state.stage();
            standings = self.standings.number(standings, &state);
            packed.standings = standings;
            self.tally.moved(None, Some(packed.stage));
            self.tally.stood(&[], self.standings.get(packed.standings));
            self.tally.packed_bytes += packed.taken(account) as i64;
            if packed.due != NEVER {
                due.push((packed.due, account.clone()));
            }
            if state.applied < last {
                behind.insert(account.clone());
            }
        }
        self.timers = Timers::new(due, behind);
        Ok(())
    }

    /// The account as the batch has it, or as it is committed, or a new one.
    pub(super) fn find(
        &mut self,
        codec: &mut Codec,
        account: &AccountKey,
        now: Timestamp,
    ) -> Result<Touched, TaskError> {
        if let Some(touched) = self.touched.remove(account) {
            self.tally.cache_hits += 1;
            return Ok(touched);
        }
        let packed = self.view.accounts.get(account);
        let (due, kept) = (packed.as_ref().map_or(NEVER, |packed| packed.due), packed.is_some());
        let size = packed.as_ref().map_or(0, |packed| packed.bytes.len());
        let standings = packed.as_ref().map(|packed| packed.standings).unwrap_or_default();
        let turn = self.turn;
        let touched = |(state, bytes)| Touched {
            state,
            bytes,
            due,
            kept,
            size,
            waiting: 0,
            turn,
            staged_due: None,
            standings,
        };
        if let Some((state, bytes)) = self.hot.take(account) {
            self.tally.cache_hits += 1;
            return Ok(touched((state, Some(bytes))));
        }
        let state = match packed {
            Some(packed) => {
                self.tally.cache_misses += 1;
                let read = codec.decode_state(&packed.bytes);
                let say = |error| format!("the state of {account}: {error}");
                read.map_err(|failure| TaskError::unread(failure, say))?
            }
            None => AccountState::new(self.world.last_offset(), now.day()),
        };
        self.hot.lend(taken_of(size));
        Ok(touched((Box::new(state), None)))
    }

    /// Stages what the core said, and keeps the account for the commit.
    pub(super) fn settle(
        &mut self,
        codec: &mut Codec,
        staged: &mut Staged,
        account: &AccountKey,
        mut touched: Touched,
        outcome: Outcome,
    ) -> Done {
        for decision in &outcome.decisions {
            self.tally.decision(decision);
            let topic = self.names.route(&decision.route);
            let to = Destination {
                topic: &topic,
                partition: None,
                key: Some(account.as_str().as_bytes()),
                timestamp_ms: Some(decision.decided_at.0.max(1)),
            };
            staged.push(to, |out| codec.encode_decision(&topic, decision, out))?;
            staged.head(headers::of(&self.names.topics, decision));
        }
        for Addressed { account, input } in &outcome.inputs {
            let to = Destination {
                topic: &self.names.inputs,
                partition: Some(place_of(account, self.record.partitions)),
                key: Some(account.as_str().as_bytes()),
                timestamp_ms: Some(self.record.time.0.max(1)),
            };
            let topic = &self.names.inputs;
            staged.push(to, |out| codec.encode_input(topic, account, input, out))?;
        }
        if outcome.changed {
            touched.bytes = None;
        }
        touched.turn = self.turn;
        if outcome.changed || touched.is_changed() {
            // It only grows until it is staged.
            touched.size = touched.size.max(1);
            self.waiting += touched.size - touched.waiting;
            touched.waiting = touched.size;
        }
        // An account of which nothing is kept leaves no trace in memory either: a tick would make it
        // anew for ever, and how a batch was cut, or a restart, could change whom a sweep looks at.
        if !touched.kept && !touched.is_changed() {
            return Ok(());
        }
        let due = outcome.due.unwrap_or(NEVER);
        self.timers.reschedule(account, touched.due, due);
        self.timers.swept(account);
        touched.due = due;
        self.touched.insert(account.clone(), touched);
        Ok(())
    }
}

/// The state as far as a restore asks: without its company, where nothing falls due by that.
fn read_up(codec: &mut Codec, world: &World, bytes: &[u8]) -> Result<AccountState, DecodeFailure> {
    match codec.decode_still(bytes)? {
        Some(state) if is_still(world, &state) => Ok(state),
        _ => codec.decode_state(bytes),
    }
}
