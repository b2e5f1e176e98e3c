//! Deliveries: what comes twice changes nothing, and in which order the reports of one event come
//! does not matter.

use super::logs::{BEGIN, in_any_order, logs, said};
use crate::fold::{Entry, Fold, Record};
use buymode::domain::account::decision::Verdict;
use buymode::domain::account::input::Input;
use buymode::domain::evidence::event::Evidence;
use buymode::domain::terms::limits::HORIZON_DAYS;
use buymode::domain::terms::time::Timestamp;
use proptest::prelude::*;

/// The log with some of its records delivered again, each later and right before another record.
fn delivered_again(log: &[Record], again: &[(usize, usize)]) -> Vec<(Record, bool)> {
    let mut all: Vec<(Record, bool)> = log.iter().map(|r| (r.clone(), false)).collect();
    for (number, (which, before)) in again.iter().enumerate() {
        let which = which % log.len();
        let before = which + 1 + before % (log.len() - which);
        let (offset, time) = match log.get(before) {
            Some(next) => (next.offset - 500 + number as i64, next.time),
            None => (log.len() as i64 * 1_000 - 500 + number as i64, log[log.len() - 1].time),
        };
        let time = Timestamp(time.0.max(log[before - 1].time.0));
        // An id is remembered for a horizon from the first time it was taken back or replaced.
        if time.day().since(BEGIN) <= HORIZON_DAYS && !is_outlived(log, &log[which], time) {
            all.push((Record { offset, time, ..log[which].clone() }, true));
        }
    }
    all.sort_by_key(|(r, _)| r.offset);
    all
}

/// Known limit: a telling that has passed the horizon, and is forgotten, before an older one of the
/// same id came: what is delivered again then corrects that one, as it should have.
fn is_outlived(log: &[Record], record: &Record, time: Timestamp) -> bool {
    let signal = |r: &Record| match &r.entry {
        Entry::Input(Input::Signal(s)) => Some((s.id, s.occurred.day, s.observed_at)),
        _ => None,
    };
    let Some((id, day, observed)) = signal(record) else { return false };
    let late = |r: &Record| {
        r.offset > record.offset && signal(r).is_some_and(|(i, _, at)| i == id && at <= observed)
    };
    time.day().since(day) > HORIZON_DAYS && log.iter().any(late)
}

proptest! {
    #![proptest_config(super::cases(80))]

    #[test]
    fn what_is_delivered_again_changes_nothing(
        log in logs(),
        again in prop::collection::vec((any::<usize>(), any::<usize>()), 1..20),
    ) {
        let mut once = Fold::new("acme.com", BEGIN);
        once.read_all(&log);
        let mut often = Fold::new("acme.com", BEGIN);
        for (record, copy) in delivered_again(&log, &again) {
            often.read(&record);
            if copy {
                let verdict = often.verdicts.pop().unwrap();
                let without = [Verdict::Duplicate, Verdict::TooLate, Verdict::DeadLettered];
                prop_assert!(without.contains(&verdict), "{verdict} for a copy of {record:?}");
            }
        }
        let last = &log[log.len() - 1];
        let end = Record { offset: last.offset + 900, time: last.time, entry: Entry::Tick };
        once.read(&end);
        often.read(&end);
        prop_assert_eq!(once.said(), often.said());
        prop_assert_eq!(&once.verdicts, &often.verdicts);
        prop_assert_eq!(&once.state, &often.state);
    }

    #[test]
    fn the_order_of_reports_does_not_matter(
        reports in prop::collection::vec(said(), 2..9),
        order in any::<[u16; 9]>(),
    ) {
        let log = in_any_order(&reports.iter().collect::<Vec<_>>());
        let mut other = log.clone();
        for (place, key) in (0..other.len()).zip(order) {
            let with = usize::from(key) % log.len();
            other.swap(place, with);
        }
        let mut folds = [log, other].map(|log| {
            let mut fold = Fold::new("acme.com", BEGIN);
            for (place, record) in log.into_iter().enumerate() {
                fold.read(&Record { offset: place as i64, ..record });
            }
            fold.state
        });
        let [one, two] = &mut folds;
        prop_assert_eq!(&one.company, &two.company);
        prop_assert_eq!(&one.evidence, &two.evidence);
        let days = |e: &[Evidence]| e.iter().map(Evidence::day).collect::<Vec<_>>();
        prop_assert_eq!(days(&one.evidence), days(&two.evidence));
    }
}
