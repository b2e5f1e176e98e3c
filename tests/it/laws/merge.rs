//! Merges: undone, they leave no trace; nothing is lost, nothing counts twice, nobody hears twice.

use super::logs::{BEGIN, in_any_order, logs, said};
use crate::fold::{Entry, Network, Record};
use buymode::domain::account::decision::{Decision, DecisionKind};
use buymode::domain::account::input::{Input, TransferStep};
use buymode::domain::account::invariants;
use buymode::domain::account::members::handed_on;
use buymode::domain::account::state::AccountState;
use buymode::domain::evidence::event::Evidence;
use buymode::domain::evidence::signal::SignalId;
use buymode::domain::terms::time::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeSet;

const A: &str = "acme.com";
const B: &str = "acme.io";

/// A log of two accounts, with the places where the one is merged into the other, and taken out.
#[derive(Clone)]
pub(super) struct Plan {
    log: Vec<Record>,
    /// Whose each record is, and which go to both.
    whose: Vec<(bool, bool)>,
    merge: usize,
    undo: usize,
    /// How many transfers are delivered after each record, and whose first.
    lag: Vec<(u8, usize)>,
}

impl std::fmt::Debug for Plan {
    /// A line a record.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "merged at {}, undone at {}", self.merge, self.undo)?;
        for (place, record) in self.log.iter().enumerate() {
            let (whose, lag) = (self.whose[place], self.lag[place]);
            writeln!(f, "{place} {whose:?} lag {lag:?} {record:?}")?;
        }
        Ok(())
    }
}

pub(super) fn plans() -> impl Strategy<Value = Plan> {
    logs()
        .prop_flat_map(|log| {
            let n = log.len();
            let whose = prop::collection::vec((any::<bool>(), prop::bool::weighted(0.2)), n);
            let lag = prop::collection::vec((0..4_u8, any::<usize>()), n);
            (Just(log), whose, 0..=n, 0..=n, lag)
        })
        .prop_map(|(log, whose, one, other, lag)| {
            let (merge, undo) = (one.min(other), one.max(other));
            Plan { log, whose, merge, undo, lag }
        })
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Merging {
    Never,
    AtOnce,
    /// What the accounts send each other takes its time.
    Slowly,
}

pub(super) fn play(plan: &Plan, merging: Merging) -> Network {
    let mut net = Network::new(&[A, B], BEGIN);
    let mut time = BEGIN.start();
    for place in 0..=plan.log.len() {
        if merging != Merging::Never && place == plan.merge {
            net.merge(1, B, A, time);
        }
        if merging != Merging::Never && place == plan.undo {
            net.undo(2, B, A, time);
        }
        if merging == Merging::AtOnce {
            net.deliver_all();
        }
        let Some(record) = plan.log.get(place) else { break };
        if record.time.day() != time.day() {
            net.deliver_all();
        }
        time = record.time;
        let (first, both) = plan.whose[place];
        let (one, other) = if first { (A, B) } else { (B, A) };
        net.read(one, time, &record.entry);
        if both && matches!(record.entry, Entry::Input(_)) {
            net.read(other, time, &record.entry);
        }
        match merging {
            Merging::Slowly => {
                let (times, choice) = plan.lag[place];
                for _ in 0..times {
                    net.deliver(choice);
                }
            }
            _ => net.deliver_all(),
        }
    }
    net.deliver_all();
    // So that whatever is due by now has been seen.
    net.read(A, time, &Entry::Tick);
    net
}

/// The ids of transfers are remembered; all else is compared.
pub(super) fn bare(net: &Network, account: &str, slowly: bool) -> AccountState {
    let ids = |r: &Record| match &r.entry {
        Entry::Input(Input::Transfer(t)) => Some(t.id),
        Entry::Input(input) => Some(handed_on(input.id(), &net.fold(account).account)),
        _ => None,
    };
    let log = net.logs.get(account).into_iter().flatten();
    let ours: BTreeSet<SignalId> = log.filter_map(ids).collect();
    let mut state = net.fold(account).state.clone();
    state.tombstones.retain(|(id, _)| !ours.contains(id));
    state.products.clear();
    state.offset = 0;
    state.applied = 0;
    state.through = BEGIN;
    if slowly {
        state.company.version = 0;
        for s in &mut state.suppressions {
            s.since = BEGIN;
        }
        state.evidence = state.evidence.iter().map(seen_at_once).collect();
    }
    state
}

/// The first field that differs, both ways.
pub(super) fn differing(found: &AccountState, expected: &AccountState) -> Option<String> {
    if found == expected {
        return None;
    }
    let json = |state| serde_json::to_value(state).unwrap();
    let (found, expected) = (json(found), json(expected));
    let fields = found.as_object().unwrap().iter();
    let mut differing = fields.filter(|(name, value)| **value != expected[name.as_str()]);
    differing.next().map(|(name, value)| format!("{name}: {value}, not {}", expected[name]))
}

fn seen_at_once(e: &Evidence) -> Evidence {
    let mut reports = e.reports().to_vec();
    for report in &mut reports {
        report.first_seen = Timestamp(0);
    }
    Evidence::from_reports(reports).unwrap()
}

fn transfer(record: &Record) -> Option<(SignalId, &TransferStep)> {
    match &record.entry {
        Entry::Input(Input::Transfer(t)) => Some((t.id, &t.step)),
        _ => None,
    }
}

fn without_position(decisions: &[Decision]) -> Vec<serde_json::Value> {
    let json = |d: &Decision| {
        let mut json = buymode::codec::json::decision(d);
        for field in ["written_partition", "written_offset", "written_time", "input_offset"] {
            json.as_object_mut().unwrap().remove(field);
        }
        json
    };
    decisions.iter().map(json).collect()
}

proptest! {
    #![proptest_config(super::cases(40))]

    #[test]
    fn a_merge_that_is_undone_leaves_no_trace(plan in plans()) {
        let alone = play(&plan, Merging::Never);
        let merged = play(&plan, Merging::AtOnce);
        for account in [A, B] {
            prop_assert_eq!(differing(&bare(&merged, account, false), &bare(&alone, account, false)), None, "{}", account);
            prop_assert_eq!(invariants::of_decisions(&merged.fold(account).decisions), Ok(()));
        }
    }

    /// Whatever is on its way when the merge is asked for, and when it is undone.
    #[test]
    fn nothing_is_lost_on_the_way(plan in plans()) {
        // What replaces another takes over when that was first seen: not while it is elsewhere.
        let replaces = |r: &Record| {
            matches!(&r.entry, Entry::Input(Input::Signal(s)) if s.supersedes.is_some())
        };
        prop_assume!(!plan.log.iter().any(replaces));
        let alone = play(&plan, Merging::Never);
        let merged = play(&plan, Merging::Slowly);
        for account in [A, B] {
            prop_assert_eq!(differing(&bare(&merged, account, true), &bare(&alone, account, true)), None, "{}", account);
            prop_assert_eq!(invariants::of_decisions(&merged.fold(account).decisions), Ok(()));
        }
    }

    /// Merged and parted with nothing in between, each is where it was: its episode is open, or
    /// not, as before, and nobody is told that anything began.
    #[test]
    fn episodes_go_back_to_where_they_came_from(plan in plans()) {
        let mut net = play(&Plan { undo: plan.log.len() + 1, merge: plan.log.len() + 1, ..plan.clone() }, Merging::AtOnce);
        let standing = |net: &Network| {
            let of = |account: &str| {
                let products = net.fold(account).state.products.iter();
                products.map(|p| {
                    let episode = p.episode.as_ref().map(|e| (e.since, e.entered, e.segment.clone(), e.account.clone()));
                    (p.product.clone(), episode, p.cooldown.filter(|_| p.episode.is_none()), p.drawn.clone())
                }).collect::<Vec<_>>()
            };
            [of(A), of(B)]
        };
        let time = plan.log.last().map_or(BEGIN.start(), |r| r.time);
        let before = standing(&net);
        let told = |net: &Network| [A, B].map(|a| {
            net.fold(a).decisions.iter().filter(|d| d.kind == DecisionKind::Entered).count()
        });
        let entered = told(&net);
        let open = before.iter().flatten().filter(|(_, e, ..)| e.is_some()).count();
        net.merge(1, B, A, time);
        net.deliver_all();
        let merged = told(&net);
        net.undo(2, B, A, time);
        net.deliver_all();
        // Together they may be more than each alone, or be kept out by what holds for one.
        let quiet = net.fold(A).decisions.iter().chain(&net.fold(B).decisions).filter(|d| {
            d.decided_at >= time && d.input_offset > 0
        }).all(|d| d.exit.is_none_or(|e| e.reason == buymode::domain::account::decision::ExitReason::Moved));
        if merged == entered && quiet {
            prop_assert_eq!(standing(&net), before);
            prop_assert_eq!(told(&net), entered);
        } else {
            prop_assert!(open < 2 || !quiet, "both were in buying mode, and one entered again");
        }
    }

    /// Also while what the account had is on its way there, or back.
    #[test]
    fn what_is_delivered_again_changes_nothing(plan in plans(), again in prop::collection::vec((any::<usize>(), any::<usize>()), 1..12)) {
        let once = play(&plan, Merging::AtOnce);
        for account in [A, B] {
            let Some(original) = once.logs.get(account) else { continue };
            let mut log = original.clone();
            for (number, (which, before)) in again.iter().enumerate() {
                let which = which % original.len();
                let original = original[which].clone();
                let Entry::Input(_) = &original.entry else { continue };
                let at = log.iter().position(|r| r.offset == original.offset).unwrap();
                let before = at + 1 + before % (log.len() - at);
                let near = &log[before - 1];
                let copy = Record { offset: near.offset + 1, time: near.time, entry: original.entry };
                if near.offset % 10 < 9 && number < 9 && copy.time.day().since(BEGIN) <= 400 {
                    log.insert(before, copy);
                }
            }
            let mut once = Network::new(&[A, B], BEGIN);
            let mut often = Network::new(&[A, B], BEGIN);
            let end = original[original.len() - 1].clone();
            let end = Record { offset: end.offset + 100, entry: Entry::Tick, ..end };
            for record in original.iter().chain([&end]) {
                once.put(account, record);
            }
            for record in log.iter().chain([&end]) {
                often.put(account, record);
            }
            let (one, two) = (once.fold(account), often.fold(account));
            let asked: Vec<SignalId> = original
                .iter()
                .filter_map(transfer)
                .filter(|(_, step)| matches!(step, TransferStep::Request))
                .map(|(id, _)| id)
                .collect();
            // A request that is told again is remembered from then on, and so is its end.
            let renewed = |log: &[Record]| {
                let ids = log.iter().filter_map(transfer).map(|(id, _)| id);
                ids.filter(|id| asked.contains(id)).count() > asked.len()
            };
            let strip = |state: &AccountState| {
                let mut state = AccountState { offset: 0, ..state.clone() };
                if renewed(&log) {
                    state.through = BEGIN;
                }
                state.tombstones.retain(|(id, _)| !asked.contains(id));
                state
            };
            prop_assert_eq!(differing(&strip(&two.state), &strip(&one.state)), None);
            prop_assert_eq!(without_position(&one.decisions), without_position(&two.decisions));
        }
    }

    /// Reports of one event at two keys of one company, in any order, before or after the merge.
    #[test]
    fn the_order_of_reports_does_not_matter(
        reports in prop::collection::vec((said(), any::<bool>()), 2..9),
        order in any::<[u16; 9]>(),
        merges in any::<[usize; 2]>(),
    ) {
        let log = in_any_order(&reports.iter().map(|(r, _)| r).collect::<Vec<_>>());
        let mut one: Vec<(Record, bool)> =
            log.into_iter().zip(reports.iter().map(|(_, first)| *first)).collect();
        let mut states = Vec::new();
        for merge in merges {
            let mut net = Network::new(&[A, B], BEGIN);
            for (place, (record, first)) in one.iter().enumerate() {
                if place == merge % one.len() {
                    net.merge(1, B, A, record.time);
                    net.deliver_all();
                }
                net.read(if *first { A } else { B }, record.time, &record.entry);
                net.deliver_all();
            }
            states.push(net.fold(A).state.clone());
            for (place, key) in (0..one.len()).zip(order) {
                let with = usize::from(key) % one.len();
                one.swap(place, with);
            }
        }
        prop_assert_eq!(&states[0].company, &states[1].company);
        prop_assert_eq!(&states[0].evidence, &states[1].evidence);
    }
}
