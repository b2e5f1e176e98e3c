//! A partition of the outbox: the actions that were taken up from it and have not ended.

use super::answer::{Answer, Setback, look_again_ms, pause_ms};
use super::health::Health;
use super::limits::Limits;
use crate::desk::kept::Kept;
use crate::desk::roster::Target;
use crate::domain::Text;
use crate::domain::account::outbox::{ActionEnd, ActionKind, Attempt, OutboxAction};
use crate::domain::account::records::TaskRecord;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// How long an attempt belongs to the sender that began it: longer than a call can take. Another sender
/// that takes the partition over waits so long before it acts.
pub const LEASE_MS: i64 = 60_000;
/// Actions of one destination that wait in a partition; what further ones would say goes into the digest, or has failed
/// for a program, so that a target that is away for days does not use up the memory.
pub const WAITING_MAX: usize = 10_000;

/// A message whose newest decision is older is sent only after a mark: its episode may be over by now.
const HELD_BACK_MS: i64 = 60_000;

/// A mark that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub token: Text,
    /// The question is in the desk's log.
    pub is_written: bool,
}

/// What follows for an action whose turn it is.
pub enum Next {
    Begins(Begun),
    /// It ends without an attempt.
    Ends(Ended),
    /// Of actions with this key.
    NeedsMark(Text),
}

/// An attempt that begins.
pub struct Begun {
    pub number: u32,
    /// An earlier one may have arrived.
    pub is_doubtful: bool,
    pub is_cancelled: bool,
    pub action: Arc<OutboxAction>,
}

/// An action that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    pub action: Arc<OutboxAction>,
    pub end: ActionEnd,
    pub reference: Option<Text>,
    pub why: Option<String>,
    pub attempts: u32,
}

/// What an answer led to, for people.
#[derive(Debug)]
pub struct Failed {
    pub destination: Text,
    pub attempt: u32,
    /// None: it is not tried again.
    pub again_ms: Option<i64>,
    pub why: String,
}

#[derive(Default)]
pub struct Part {
    pub open: Kept<Uuid, Attempt>,
    pub health: Health,
    /// Calls of this process that are under way, by attempt.
    pub running: BTreeMap<Uuid, u32>,
    /// Until when an attempt of another sender is waited for.
    leases: BTreeMap<Uuid, i64>,
    /// The mark that was asked for and has not come.
    pub asked: Option<Asked>,
    /// When the last mark came, by the sender's clock.
    marked_ms: Option<i64>,
    pub record: Option<TaskRecord>,
    pub next_offset: i64,
    pub committed: i64,
}

impl Part {
    pub fn has_changed(&self) -> bool {
        self.open.is_touched()
            || self.health.targets.is_touched()
            || self.next_offset > self.committed
    }

    /// Takes an action up, or follows a cancellation or a mark.
    pub fn take(&mut self, offset: i64, action: OutboxAction, now_ms: i64) -> Option<Ended> {
        match action.kind {
            ActionKind::Cancel => return self.cancel(action.cancels?),
            ActionKind::Resume => {
                self.health.resume(&action.destination);
                return None;
            }
            ActionKind::Mark => {
                // One that another sender, or an earlier process, had asked for says nothing about now.
                if self.asked.take_if(|asked| Some(&asked.token) == action.of.as_ref()).is_some() {
                    self.marked_ms = Some(now_ms);
                }
                return None;
            }
            _ => {}
        }
        let action = Arc::new(action);
        let same = |open: &&Attempt| open.action.destination == action.destination;
        let is_crowded = self.open.len() >= WAITING_MAX
            && self.open.values().filter(same).count() >= WAITING_MAX;
        if is_crowded && action.kind != ActionKind::Digest && !ends_at_tool(&action) {
            let why = format!("{WAITING_MAX} messages wait for this destination already");
            return Some(ended(action, ActionEnd::Crowded, Some(why), 0));
        }
        let open = Attempt {
            offset,
            number: 0,
            began: None,
            is_open: false,
            is_doubtful: false,
            not_before: None,
            is_cancelled: false,
            action: action.clone(),
        };
        self.open.insert(action.id, open);
        None
    }

    fn cancel(&mut self, id: Uuid) -> Option<Ended> {
        let open = self.open.get_mut(&id)?;
        if open.is_open || open.is_doubtful {
            open.is_cancelled = true;
            return None;
        }
        let open = self.open.remove(&id)?;
        Some(ended(open.action, ActionEnd::NotSent, None, open.number))
    }

    /// What an answer leads to; none of an attempt that is not the last one.
    pub fn hear(
        &mut self,
        id: Uuid,
        number: u32,
        answer: Answer,
        now_ms: i64,
    ) -> (Option<Ended>, Option<Failed>) {
        self.running.remove(&id);
        let Some(open) =
            self.open.get_mut(&id).filter(|open| open.is_open && open.number == number)
        else {
            return (None, None);
        };
        let action = open.action.clone();
        let was_away = self.health.was_away(&action.destination, now_ms);
        self.health.hear(&action, &answer, now_ms);
        if was_away && matches!(answer, Answer::Confirmed(_) | Answer::Accepted) {
            self.wake(&action.destination);
        }
        let failed = |again_ms, why: &str| {
            Some(Failed {
                destination: action.destination.clone(),
                attempt: number,
                again_ms,
                why: why.to_owned(),
            })
        };
        let (end, why, reference, said) = match answer {
            Answer::Confirmed(reference) => (ActionEnd::Confirmed, None, reference, None),
            Answer::Accepted => (ActionEnd::Accepted, None, None, None),
            Answer::Gone => (ActionEnd::Gone, None, None, None),
            Answer::NotSent if pause_ms(service(&action), number, id, None).is_none() => {
                let why = "every attempt failed, and none has reached the target";
                (ActionEnd::Failed, Some(why.to_owned()), None, failed(None, why))
            }
            Answer::NotSent => (ActionEnd::NotSent, None, None, None),
            Answer::Refused(why) | Answer::Disabled(why) => {
                let said = failed(None, &why);
                (ActionEnd::Failed, Some(why), None, said)
            }
            Answer::Later(setback) => return self.put_off(id, &setback, false, now_ms),
            Answer::Unknown(setback) => return self.put_off(id, &setback, true, now_ms),
        };
        self.open.remove(&id);
        let ended = Ended { action: action.clone(), end, reference, why, attempts: number };
        (Some(ended), said)
    }

    /// A destination that had failed for a while takes requests again: what waits for it need not wait longer.
    fn wake(&mut self, destination: &Text) {
        let waits = |open: &Attempt| {
            open.not_before.is_some() && !open.is_open && open.action.destination == *destination
        };
        let waiting: Vec<Uuid> =
            self.open.iter().filter(|(_, open)| waits(open)).map(|(id, _)| *id).collect();
        for id in waiting {
            if let Some(open) = self.open.get_mut(&id) {
                open.not_before = None;
            }
        }
    }

    fn put_off(
        &mut self,
        id: Uuid,
        setback: &Setback,
        is_doubtful: bool,
        now_ms: i64,
    ) -> (Option<Ended>, Option<Failed>) {
        let Some(open) = self.open.get_mut(&id) else { return (None, None) };
        open.is_open = false;
        open.is_doubtful |= is_doubtful;
        let action = open.action.clone();
        let (number, doubtful) = (open.number, open.is_doubtful);
        let said = |again_ms| Failed {
            destination: action.destination.clone(),
            attempt: number,
            again_ms,
            why: setback.why.clone(),
        };
        if open.is_cancelled && !doubtful {
            self.open.remove(&id);
            return (Some(ended(action, ActionEnd::NotSent, None, number)), None);
        }
        let service = service(&action);
        let pause = pause_ms(service, number, action.id, setback.after_ms);
        // It is not tried again, but whether it was done is still to be found out.
        let look = || look_again_ms(service, number).filter(|_| doubtful);
        open.is_cancelled |= pause.is_none();
        match pause.or_else(look) {
            Some(pause) => {
                open.not_before = Some(Timestamp(now_ms + pause));
                (None, Some(said(Some(pause))))
            }
            None => {
                self.open.remove(&id);
                let why = Some(setback.why.clone());
                let failed = said(None);
                (Some(ended(action, ActionEnd::Failed, why, number)), Some(failed))
            }
        }
    }

    /// What can be begun now, the most urgent first. Actions of an account at a destination are begun one
    /// after the other.
    pub fn ready(&mut self, now_ms: i64) -> Vec<Uuid> {
        self.pass_leases(now_ms);
        let mut first: BTreeMap<(&Text, &AccountKey), i64> = BTreeMap::new();
        for open in self.open.values() {
            if let Some(line) = line(&open.action) {
                let least = first.entry(line).or_insert(open.offset);
                *least = open.offset.min(*least);
            }
        }
        let is_first = |open: &Attempt| {
            line(&open.action).is_none_or(|line| first.get(&line) == Some(&open.offset))
        };
        let ready = self.open.iter().filter(|(_, open)| {
            !open.is_open && open.not_before.is_none_or(|at| at.0 <= now_ms) && is_first(open)
        });
        let mut ready: Vec<_> =
            ready.map(|(id, open)| (Reverse(open.action.priority), open.offset, *id)).collect();
        ready.sort_unstable();
        ready.into_iter().map(|(_, _, id)| id).collect()
    }

    /// An attempt whose sender is gone may have reached the target: after its lease that is found out.
    fn pass_leases(&mut self, now_ms: i64) {
        let alone: Vec<Uuid> = self
            .open
            .iter()
            .filter(|(id, open)| open.is_open && self.running.get(*id) != Some(&open.number))
            .map(|(id, _)| *id)
            .collect();
        let known: BTreeSet<Uuid> = alone.iter().copied().collect();
        self.leases.retain(|id, _| known.contains(id));
        for id in alone {
            let until = *self.leases.entry(id).or_insert(now_ms + LEASE_MS);
            // A clock that was set back does not make it longer.
            if until - now_ms > LEASE_MS {
                self.leases.insert(id, now_ms + LEASE_MS);
            } else if until <= now_ms
                && let Some(open) = self.open.get_mut(&id)
            {
                open.is_open = false;
                open.is_doubtful = true;
                self.leases.remove(&id);
            }
        }
    }

    /// Whether an attempt is held back until a mark comes: what has become of its account since is not known.
    fn needs_mark(&self, open: &Attempt, now_ms: i64) -> bool {
        let is_recent = |at: i64| (now_ms - HELD_BACK_MS..=now_ms + HELD_BACK_MS).contains(&at);
        let decided = open.action.decided.map(|at| at.0);
        announces(&open.action)
            && !open.is_cancelled
            && !decided.is_some_and(is_recent)
            && !self.marked_ms.is_some_and(is_recent)
    }

    /// Begins an attempt, where limits, the target and the time that it has waited allow it. `Err`: it ends
    /// instead.
    pub fn begin(&mut self, id: Uuid, limits: &mut Limits, now_ms: i64) -> Option<Next> {
        let open = self.open.get(&id)?;
        let action = open.action.clone();
        if let Some(disabled) = self.health.disabled(&action) {
            let why = Some(format!("the destination is disabled: {}", disabled.why));
            let number = open.number;
            self.open.remove(&id);
            return Some(Next::Ends(ended(action, ActionEnd::Failed, why, number)));
        }
        if !limits.allow(&action, now_ms) {
            return None;
        }
        if self.needs_mark(open, now_ms) {
            return Some(Next::NeedsMark(action.domain.clone()));
        }
        limits.take(&action, now_ms);
        let open = self.open.get_mut(&id)?;
        open.number += 1;
        open.is_open = true;
        open.began = Some(Timestamp(now_ms));
        open.not_before = None;
        self.running.insert(id, open.number);
        let (number, is_doubtful, is_cancelled) =
            (open.number, open.is_doubtful, open.is_cancelled);
        Some(Next::Begins(Begun { number, is_doubtful, is_cancelled, action }))
    }

    pub fn task_record(&self, partition: i32, partitions: i32) -> TaskRecord {
        let before =
            self.record.unwrap_or_else(|| TaskRecord::new(partition, partitions, self.committed));
        let transaction = before.transaction + 1;
        TaskRecord { next_offset: self.next_offset, transaction, ..before }
    }

    pub fn settle(&mut self, partition: i32, partitions: i32) {
        if self.next_offset > self.committed {
            self.record = Some(self.task_record(partition, partitions));
            self.committed = self.next_offset;
        }
        self.open.settle();
        self.health.targets.settle();
    }

    pub fn revert(&mut self) {
        self.open.revert();
        self.health.revert();
        self.next_offset = self.committed;
    }
}

/// Whether an action says anew what may not be true any more. An edit makes a message truer; a program gets every
/// decision, those too that end an episode, in order.
fn announces(action: &OutboxAction) -> bool {
    let to_program = action.domain.split(' ').next() == Some("webhook");
    let is_news = match action.kind {
        ActionKind::Digest => true,
        // One without an account is about none: a destination that is disabled.
        ActionKind::Post | ActionKind::Reply => action.account.is_some(),
        ActionKind::Edit | ActionKind::Cancel | ActionKind::Mark | ActionKind::Resume => false,
    };
    is_news && !to_program
}

/// What ends at a tool is as little as what was begun there, and reaches no one by the digest.
fn ends_at_tool(action: &OutboxAction) -> bool {
    action.kind == ActionKind::Edit && action.domain.split(' ').next() == Some("tool")
}

/// The line in which an action waits.
fn line(action: &OutboxAction) -> Option<(&Text, &AccountKey)> {
    Some((&action.destination, action.account.as_ref()?))
}

/// The name of an action's service.
pub fn service(action: &OutboxAction) -> &'static str {
    serde_json::from_str::<Target>(&action.target).map_or("unknown", |target| target.service())
}

fn ended(action: Arc<OutboxAction>, end: ActionEnd, why: Option<String>, attempts: u32) -> Ended {
    Ended { action, end, reference: None, why, attempts }
}
