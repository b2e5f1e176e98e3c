//! Reads what a log says of its accounts: entries from the routes' topics, sales outcomes from the inputs,
//! company families from the accounts' states.

use super::place::Place;
use crate::codec::Decoded;
use crate::domain::account::decision::{DecisionKind, Origin};
use crate::domain::account::input::Input;
use crate::domain::account::state::AccountState;
use crate::domain::evidence::signal::{Event, SignalId};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::news::NewsKind;
use crate::domain::terms::time::Timestamp;
use crate::evidence::history::{Entry, Families, Happened, Told};
use crate::log::scan::Scan;
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;

/// The entries of a product that were decided and written.
pub fn entries(place: &Place, product: &str) -> anyhow::Result<Vec<Entry>> {
    let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
    let mut all = Vec::new();
    let names = place.store.topic_names()?;
    for topic in names.iter().filter(|name| name.starts_with(&place.topics.route_prefix)) {
        for partition in 0..place.spec(topic)?.partitions {
            let scan = Scan::whole(&mut *reader, topic, partition)?;
            scan.try_each(&mut *reader, &mut |record| {
                let at = || format!("{topic}[{partition}] offset {}", record.offset);
                let value = record.value.with_context(|| format!("{} is empty", at()))?;
                let decision = codec.decode_decision(value).with_context(at)?;
                if decision.kind == DecisionKind::Entered
                    && decision.product == product
                    && decision.origin != Origin::Test
                {
                    all.push(Entry::of(&decision));
                }
                anyhow::Ok(ControlFlow::Continue(()))
            })?;
        }
    }
    Ok(all)
}

/// What sales reported for a product, as far as it was not taken back.
#[derive(Default)]
pub struct Reports {
    pub told: Vec<Told>,
    /// Rounds and acquisitions count as outcomes too.
    events: bool,
    /// The log's last time.
    pub upto: Timestamp,
    seen: HashSet<SignalId>,
    ids: Vec<SignalId>,
    retracted: BTreeSet<SignalId>,
}

impl Reports {
    /// `events`: rounds and acquisitions count as outcomes too.
    pub fn new(events: bool) -> Reports {
        Reports { events, ..Reports::default() }
    }

    /// Takes in one record of the inputs.
    pub fn note(&mut self, product: &str, decoded: Decoded, time_ms: i64) {
        self.upto = self.upto.max(Timestamp(time_ms));
        match decoded {
            Decoded::Account { account, input: Input::Outcome(outcome) } => {
                let is_ours = outcome.product.as_ref().is_none_or(|name| *name == product);
                if is_ours && self.seen.insert(outcome.id) {
                    self.ids.push(outcome.id);
                    self.told.push(Told {
                        account,
                        outcome: Happened::Sales(outcome.outcome),
                        on: outcome.occurred.day,
                        known_on: Timestamp(time_ms).day(),
                        amount_usd: outcome.amount_usd,
                        opportunity: outcome.opportunity_id,
                        lead_source: outcome.lead_source,
                        reason: outcome.reason,
                    });
                }
            }
            Decoded::Account { account, input: Input::Signal(signal) } if self.events => {
                let is_one = match &signal.event {
                    Event::Funding(_) => !signal.planned,
                    Event::News(news) => !signal.planned && news.news == NewsKind::Acquired,
                    _ => false,
                };
                if is_one && self.seen.insert(signal.id) {
                    self.ids.push(signal.id);
                    self.told.push(Told {
                        account,
                        outcome: Happened::FundingOrAcquisition,
                        on: signal.occurred.day,
                        known_on: Timestamp(time_ms).day(),
                        amount_usd: None,
                        opportunity: None,
                        lead_source: None,
                        reason: None,
                    });
                }
            }
            Decoded::Account { input: Input::Retraction(retraction), .. } => {
                self.retracted.insert(retraction.retracts);
            }
            _ => {}
        }
    }

    /// Without what was taken back.
    pub fn finish(mut self) -> Reports {
        let (mut ids, retracted) = (self.ids.iter(), &self.retracted);
        self.told.retain(|_| ids.next().is_some_and(|id| !retracted.contains(id)));
        self
    }
}

/// What sales reported, from the inputs of the log.
pub fn reports(place: &Place, product: &str) -> anyhow::Result<Reports> {
    let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
    let mut reports = Reports::default();
    for partition in 0..place.partitions()? {
        let scan = Scan::whole(&mut *reader, &place.topics.inputs, partition)?;
        scan.each(&mut *reader, &mut |record| {
            // What cannot be decoded is a dead letter, and decides nothing.
            if let Ok(decoded) = codec.decode_input(record.key, record.value) {
                reports.note(product, decoded, record.timestamp_ms);
            }
        })?;
    }
    Ok(reports.finish())
}

/// The company families, as the accounts stand now.
pub fn families(place: &Place) -> anyhow::Result<Families> {
    let above = of_states(place, |state| {
        let parent = state.kin.parent.as_ref().map(|parent| &parent.account);
        state.moved_to().or(parent).cloned()
    })?;
    Ok(Families { above, since: BTreeMap::new() })
}

/// Whose hash drew the arm of each account that has entered an experiment with a product.
pub fn draws(place: &Place, product: &str) -> anyhow::Result<BTreeMap<AccountKey, AccountKey>> {
    of_states(place, |state| {
        let drawn = state.product(product).and_then(|p| p.drawn.as_ref());
        drawn.map(|drawn| drawn.by.clone())
    })
}

/// What the accounts as they stand now have to say.
fn of_states<T>(
    place: &Place,
    said: impl Fn(&AccountState) -> Option<T>,
) -> anyhow::Result<BTreeMap<AccountKey, T>> {
    let topic = &place.topics.accounts;
    let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
    let mut all = BTreeMap::new();
    for partition in 0..place.spec(topic)?.partitions {
        let scan = Scan::whole(&mut *reader, topic, partition)?;
        scan.try_each(&mut *reader, &mut |record| {
            let Some(key) = record.key.filter(|key| !key.starts_with(b"\0")) else {
                return anyhow::Ok(ControlFlow::Continue(()));
            };
            let at = || format!("{topic}[{partition}] offset {}", record.offset);
            let name = std::str::from_utf8(key).with_context(at)?;
            let account = AccountKey::parse(name).with_context(at)?;
            // Compacted now or later: the last value of a key is the one that holds.
            all.remove(&account);
            if let Some(value) = record.value {
                let state = codec.decode_state(value).with_context(at)?;
                if let Some(one) = said(&state) {
                    all.insert(account, one);
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(all)
}
