//! Time is in the log: who looks when, and how often, changes nothing.

use super::logs::{BEGIN, logs};
use crate::fold::{Entry, Fold, Record};
use buymode::domain::account::invariants;
use buymode::domain::terms::time::{DAY_MS, Timestamp};
use proptest::prelude::*;

/// A tick long after the last record, so that everything has fallen due.
fn end_of(log: &[Record]) -> Record {
    let last = log.last().expect("a log has a record");
    let time = Timestamp(last.time.0 + 300 * DAY_MS);
    Record { offset: last.offset + 900, time, entry: Entry::Tick }
}

fn folded(log: &[Record], end: &Record, every_midnight: bool) -> Fold {
    let mut fold = Fold::new("acme.com", BEGIN);
    fold.every_midnight = every_midnight;
    fold.read_all(log);
    fold.read(end);
    fold
}

/// The log with ticks: each after one of its records, at most until the time of the next.
fn with_ticks(log: &[Record], ticks: &[(usize, u8)]) -> Vec<Record> {
    let end = end_of(log);
    let mut all = log.to_vec();
    for (number, (after, part)) in ticks.iter().enumerate() {
        let at = after % log.len();
        let (from, to) = (log[at].time.0, log.get(at + 1).unwrap_or(&end).time.0);
        let time = Timestamp(from + (to - from) * i64::from(*part) / 255);
        all.push(Record { offset: log[at].offset + 1 + number as i64, time, entry: Entry::Tick });
    }
    // Between two records time and offset rise together.
    all.sort_by_key(|r| (r.offset / 1_000, r.time, r.offset));
    let mut tick = 0;
    for record in &mut all {
        if matches!(record.entry, Entry::Tick) {
            tick += 1;
            record.offset = record.offset / 1_000 * 1_000 + tick;
        }
    }
    all
}

proptest! {
    #![proptest_config(super::cases(80))]

    #[test]
    fn ticks_change_no_decision_and_no_state(
        log in logs(),
        ticks in prop::collection::vec((any::<usize>(), any::<u8>()), 0..40),
    ) {
        let plain = folded(&log, &end_of(&log), false);
        let ticked = folded(&with_ticks(&log, &ticks), &end_of(&log), false);
        prop_assert_eq!(plain.said(), ticked.said());
        prop_assert_eq!(&plain.verdicts, &ticked.verdicts);
        prop_assert_eq!(&plain.state, &ticked.state);
        prop_assert_eq!(plain.due, ticked.due);
    }

    #[test]
    fn nothing_happens_on_a_midnight_that_is_not_due(log in logs()) {
        let skipping = folded(&log, &end_of(&log), false);
        let visiting = folded(&log, &end_of(&log), true);
        prop_assert_eq!(skipping.said(), visiting.said());
        prop_assert_eq!(&skipping.state.products, &visiting.state.products);
    }

    #[test]
    fn whoever_looks_again_sees_nothing_new(log in logs()) {
        let once = folded(&log, &end_of(&log), false);
        let mut again = Fold::new("acme.com", BEGIN);
        again.look_again = true;
        again.read_all(log.iter().chain([&end_of(&log)]));
        prop_assert_eq!(once.said(), again.said());
        prop_assert_eq!(&once.state.products, &again.state.products);
    }

    #[test]
    fn every_input_has_one_verdict_and_the_invariants_hold(log in logs()) {
        let fold = folded(&log, &end_of(&log), false);
        prop_assert_eq!(fold.verdicts.len(), log.len());
        prop_assert_eq!(invariants::of_decisions(&fold.decisions), Ok(()));
        prop_assert_eq!(invariants::of_state(&fold.state), Ok(()));
    }
}
