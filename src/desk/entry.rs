//! What the desk remembers, in small parts: those that a batch has changed are written with it, and all of
//! them together are the state again. Decisions are parts of their own, which the others name by id.

use super::action::DigestItem;
use super::case::Case;
use super::ids::{ActionId, CaseId, DeliveryId, DestinationId, PersonId, ThreadId, WordId};
use super::kept::Kept;
use super::people::Enrolment;
use super::state::{
    Asked, Counts, Delivery, Due, Load, Rank, Report, Sent, Spoken, State, Stream, Thread,
};
use crate::domain::Text;
use crate::domain::account::decision::Decision;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Under which a part lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// Single values: the time, the digest's hour, the number of actions.
    Head,
    Taken(Text, i32),
    Stream(AccountKey, Text),
    Case(CaseId),
    Over(CaseId),
    Thread(ThreadId),
    Delivery(DeliveryId),
    Sent(ActionId),
    Load(PersonId, NaiveDate),
    Item(Rank),
    Due(Timestamp, Due),
    Counts(DestinationId),
    Turn(PersonId),
    Last(Report),
    Ask(Text),
    Word(WordId),
    Enrolled(DestinationId, AccountKey, Text),
    OptedOut(AccountKey),
    Merged(AccountKey),
    /// A decision that others name; its value is not a part, but the decision itself.
    Decision(Uuid),
    /// The roster in force; its value is not a part, but the roster as it was published.
    Roster,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    Head { time: Timestamp, digest_due: Option<Timestamp>, actions: u64 },
    Taken(i64),
    Stream(Stream<Uuid>),
    Case(Case<Uuid>),
    Over,
    Thread(Thread),
    Delivery(Delivery<Uuid>),
    Sent(Sent),
    Load(Load),
    Item(DigestItem<Uuid>),
    Due,
    Counts(Counts),
    Turn(u64),
    Last(Timestamp),
    Ask(Asked),
    Word(Spoken),
    Enrolled(Vec<Enrolment>),
    OptedOut(BTreeSet<Text>),
    Merged(AccountKey),
}

/// Parts that have changed, and decisions that are named from now on, or no longer.
#[derive(Debug, Default)]
pub struct Changes {
    /// None: it is gone.
    pub parts: Vec<(Key, Option<Value>)>,
    pub named: Vec<Arc<Decision>>,
    pub unnamed: Vec<Uuid>,
    /// How often each decision that is concerned is named now.
    counts: BTreeMap<Uuid, usize>,
}

/// How often each decision is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named(BTreeMap<Uuid, usize>);

/// The parts of a state that have changed since it was settled.
pub fn changes(state: &State, named: &Named) -> Changes {
    let mut all = Collector { named, out: Changes::default(), decisions: BTreeMap::new() };
    all.of(
        &state.taken,
        |(topic, p)| Key::Taken(topic.clone(), *p),
        |n| Value::Taken(*n),
        |_| vec![],
    );
    all.of(
        &state.streams,
        |(account, product)| Key::Stream(account.clone(), product.clone()),
        |stream| Value::Stream(stream.map(|d| d.id)),
        |stream| stream.waiting.values().map(|(_, d)| d).collect(),
    );
    all.of(
        &state.cases,
        |id| Key::Case(*id),
        |case| Value::Case(case.map(|d| d.id)),
        |case| std::iter::once(&case.decision).chain(&case.ended).collect(),
    );
    all.of(&state.over, |id| Key::Over(*id), |()| Value::Over, |()| vec![]);
    all.of(&state.threads, |id| Key::Thread(*id), |t| Value::Thread(t.clone()), |_| vec![]);
    all.of(
        &state.deliveries,
        |id| Key::Delivery(*id),
        |delivery| Value::Delivery(delivery.map(|d| d.id)),
        |delivery| vec![&delivery.decision],
    );
    all.of(&state.sent, |id| Key::Sent(*id), |sent| Value::Sent(sent.clone()), |_| vec![]);
    all.of(
        &state.loads,
        |(person, day)| Key::Load(person.clone(), *day),
        |load| Value::Load(load.clone()),
        |_| vec![],
    );
    all.of(
        &state.digest.items,
        |rank| Key::Item(*rank),
        |item| Value::Item(item.map(|d| d.id)),
        |item| vec![&item.decision],
    );
    all.of(&state.due, |(at, due)| Key::Due(*at, due.clone()), |()| Value::Due, |()| vec![]);
    all.of(&state.counts, |id| Key::Counts(id.clone()), |c| Value::Counts(c.clone()), |_| vec![]);
    all.of(&state.turns, |id| Key::Turn(id.clone()), |turn| Value::Turn(*turn), |_| vec![]);
    all.of(&state.last, |report| Key::Last(*report), |at| Value::Last(*at), |_| vec![]);
    all.of(&state.asks, |key| Key::Ask(key.clone()), |a| Value::Ask(a.clone()), |_| vec![]);
    all.of(&state.words, |id| Key::Word(*id), |word| Value::Word(word.clone()), |_| vec![]);
    all.of(
        &state.enrolled,
        |(to, account, product)| Key::Enrolled(to.clone(), account.clone(), product.clone()),
        |people| Value::Enrolled(people.clone()),
        |_| vec![],
    );
    all.of(
        &state.opted_out,
        |account| Key::OptedOut(account.clone()),
        |people| Value::OptedOut(people.clone()),
        |_| vec![],
    );
    all.of(
        &state.merged,
        |account| Key::Merged(account.clone()),
        |into| Value::Merged(into.clone()),
        |_| vec![],
    );
    let head =
        Value::Head { time: state.time, digest_due: state.digest.due, actions: state.actions };
    all.out.parts.push((Key::Head, Some(head)));
    all.finish()
}

impl Named {
    /// The changes were written.
    pub fn settle(&mut self, changes: &Changes) {
        for (id, count) in &changes.counts {
            match count {
                0 => self.0.remove(id),
                count => self.0.insert(*id, *count),
            };
        }
    }
}

struct Collector<'a> {
    named: &'a Named,
    out: Changes,
    decisions: BTreeMap<Uuid, Arc<Decision>>,
}

impl Collector<'_> {
    fn of<K: Clone + Ord, V: Clone + PartialEq>(
        &mut self,
        kept: &Kept<K, V>,
        key: impl Fn(&K) -> Key,
        value: impl Fn(&V) -> Value,
        decisions: impl Fn(&V) -> Vec<&Arc<Decision>>,
    ) {
        for (at, before, now) in kept.changes() {
            for decision in now.into_iter().flat_map(&decisions) {
                *self.count(decision.id) += 1;
                self.decisions.insert(decision.id, decision.clone());
            }
            // Those of before were counted when they were written.
            for decision in before.into_iter().flat_map(&decisions) {
                let count = self.count(decision.id);
                *count = count.saturating_sub(1);
            }
            self.out.parts.push((key(at), now.map(&value)));
        }
    }

    fn count(&mut self, id: Uuid) -> &mut usize {
        let before = self.named.0.get(&id).copied().unwrap_or(0);
        self.out.counts.entry(id).or_insert(before)
    }

    fn finish(mut self) -> Changes {
        for (id, count) in &self.out.counts {
            match (self.named.0.contains_key(id), *count > 0) {
                (false, true) => self.out.named.extend(self.decisions.remove(id)),
                (true, false) => self.out.unnamed.push(*id),
                _ => {}
            }
        }
        self.out
    }
}

/// Puts a state together again from its parts.
#[derive(Debug, Default)]
pub struct Restoring {
    parts: BTreeMap<Key, Value>,
    decisions: BTreeMap<Uuid, Arc<Decision>>,
}

impl Restoring {
    /// A later one under the same key counts; none: it is gone.
    pub fn part(&mut self, key: Key, value: Option<Value>) {
        match value {
            Some(value) => self.parts.insert(key, value),
            None => self.parts.remove(&key),
        };
    }

    pub fn decision(&mut self, id: Uuid, decision: Option<Arc<Decision>>) {
        match decision {
            Some(decision) => self.decisions.insert(id, decision),
            None => self.decisions.remove(&id),
        };
    }

    /// The state, without its roster.
    ///
    /// # Errors
    /// Where a decision is missing, or a part does not belong to its key.
    pub fn finish(self) -> Result<(State, Named), String> {
        let mut state = State::default();
        let mut named = Named::default();
        let decisions = self.decisions;
        let mut find = |id: Uuid| {
            *named.0.entry(id).or_default() += 1;
            let found = decisions.get(&id).cloned();
            found.ok_or_else(|| format!("decision {id} is missing"))
        };
        for (key, value) in self.parts {
            match (key, value) {
                (Key::Head, Value::Head { time, digest_due, actions }) => {
                    (state.time, state.digest.due, state.actions) = (time, digest_due, actions);
                }
                (Key::Taken(topic, partition), Value::Taken(offset)) => {
                    state.taken.restore((topic, partition), Some(offset));
                }
                (Key::Stream(account, product), Value::Stream(stream)) => {
                    let stream = stream.try_map(&mut find)?;
                    state.streams.restore((account, product), Some(stream));
                }
                (Key::Case(id), Value::Case(case)) => {
                    state.cases.restore(id, Some(case.try_map(&mut find)?));
                }
                (Key::Over(id), Value::Over) => state.over.restore(id, Some(())),
                (Key::Thread(id), Value::Thread(thread)) => {
                    state.threads.restore(id, Some(thread));
                }
                (Key::Delivery(id), Value::Delivery(delivery)) => {
                    state.deliveries.restore(id, Some(delivery.try_map(&mut find)?));
                }
                (Key::Sent(id), Value::Sent(sent)) => state.sent.restore(id, Some(sent)),
                (Key::Load(person, day), Value::Load(load)) => {
                    state.loads.restore((person, day), Some(load));
                }
                (Key::Item(rank), Value::Item(item)) => {
                    state.digest.items.restore(rank, Some(item.try_map(&mut find)?));
                }
                (Key::Due(at, due), Value::Due) => state.due.restore((at, due), Some(())),
                (Key::Counts(id), Value::Counts(counts)) => {
                    state.counts.restore(id, Some(counts));
                }
                (Key::Turn(person), Value::Turn(turn)) => state.turns.restore(person, Some(turn)),
                (Key::Last(report), Value::Last(at)) => state.last.restore(report, Some(at)),
                (Key::Ask(domain), Value::Ask(asked)) => state.asks.restore(domain, Some(asked)),
                (Key::Word(id), Value::Word(word)) => state.words.restore(id, Some(word)),
                (Key::Enrolled(to, account, product), Value::Enrolled(people)) => {
                    state.enrolled.restore((to, account, product), Some(people));
                }
                (Key::OptedOut(account), Value::OptedOut(people)) => {
                    state.opted_out.restore(account, Some(people));
                }
                (Key::Merged(account), Value::Merged(into)) => {
                    state.merged.restore(account, Some(into));
                }
                (key, value) => return Err(format!("{key:?} holds {value:?}")),
            }
        }
        state.settle();
        Ok((state, named))
    }
}

impl<D> Stream<D> {
    fn map<T>(&self, mut to: impl FnMut(&D) -> T) -> Stream<T> {
        let waiting = self.waiting.iter().map(|(number, (at, d))| (*number, (*at, to(d))));
        let (given_up, past) = (self.given_up.clone(), self.past.clone());
        Stream { last: self.last, waiting: waiting.collect(), given_up, open: self.open, past }
    }

    fn try_map<T, E>(self, to: &mut impl FnMut(D) -> Result<T, E>) -> Result<Stream<T>, E> {
        let waiting = self.waiting.into_iter();
        let waiting = waiting.map(|(number, (at, d))| Ok((number, (at, to(d)?))));
        let waiting = waiting.collect::<Result<_, E>>()?;
        let Stream { last, given_up, open, past, .. } = self;
        Ok(Stream { last, waiting, given_up, open, past })
    }
}

impl<D> Case<D> {
    fn map<T>(&self, to: impl Fn(&D) -> T) -> Case<T> {
        Case {
            decision: to(&self.decision),
            assigned: self.assigned.clone(),
            opened: self.opened,
            clock: self.clock.clone(),
            ended: self.ended.as_ref().map(to),
            heard: self.heard.clone(),
            threads: self.threads.clone(),
        }
    }

    fn try_map<T, E>(self, to: &mut impl FnMut(D) -> Result<T, E>) -> Result<Case<T>, E> {
        Ok(Case {
            decision: to(self.decision)?,
            assigned: self.assigned,
            opened: self.opened,
            clock: self.clock,
            ended: self.ended.map(to).transpose()?,
            heard: self.heard,
            threads: self.threads,
        })
    }
}

impl<D> Delivery<D> {
    fn map<T>(&self, to: impl Fn(&D) -> T) -> Delivery<T> {
        let decision = to(&self.decision);
        Delivery { destination: self.destination.clone(), decision, stage: self.stage }
    }

    fn try_map<T, E>(self, to: &mut impl FnMut(D) -> Result<T, E>) -> Result<Delivery<T>, E> {
        let decision = to(self.decision)?;
        Ok(Delivery { destination: self.destination, decision, stage: self.stage })
    }
}

impl<D> DigestItem<D> {
    fn map<T>(&self, to: impl Fn(&D) -> T) -> DigestItem<T> {
        let decision = to(&self.decision);
        DigestItem { decision, why: self.why, person: self.person.clone() }
    }

    fn try_map<T, E>(self, to: &mut impl FnMut(D) -> Result<T, E>) -> Result<DigestItem<T>, E> {
        let decision = to(self.decision)?;
        Ok(DigestItem { decision, why: self.why, person: self.person })
    }
}
