//! One source's counts of the same people in order, and the counts among them that cannot be growth:
//! those that a directory corrects.

use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::signal::Event;
use crate::domain::terms::figures::counted;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::BasisPoints;
use smallvec::SmallVec;
use std::fmt;

/// A quarter: the time in which a company may plausibly double.
const QUARTER_DAYS: i32 = 91;
/// What a small team may plausibly grow by in a quarter, where that is more than to double.
const HIRES_A_QUARTER: u64 = 10;

/// The same number, from the first day on which a source said so to the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub first: Day,
    pub last: Day,
    pub people: u64,
    /// The piece of evidence that said so first.
    pub place: u16,
    pub confidence: BasisPoints,
}

/// Apparent growth that does not count: more people than a company can have hired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A source seems to have corrected its count.
    Corrected { before: u64, since: Day, now: u64, day: Day },
    /// A vendor states it.
    Stated { percent: u64, over_days: i32, day: Day },
}

impl Doubt {
    pub(super) fn day(&self) -> Day {
        match self {
            Doubt::Corrected { day, .. } | Doubt::Stated { day, .. } => *day,
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Corrected { before, since, now, day } => write!(
                f,
                "from {} on {since} to {now} on {day} is more than a company hires in that time; it is \
                 taken for a corrected count",
                counted(*before, "person")
            ),
            Doubt::Stated { percent, over_days, day } => write!(
                f,
                "growth of {percent} % in {}, stated on {day}, is more than a company hires in that \
                 time",
                counted(over_days.unsigned_abs(), "day")
            ),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Series {
    /// In order of time, neighbours differ.
    pub runs: SmallVec<[Run; 16]>,
    /// The first run after the last correction: earlier ones cannot be compared with it.
    pub start: usize,
    pub doubt: Option<Doubt>,
    /// Where it started before the last correction.
    former: usize,
}

/// The counts of each source among the evidence in force; `count` says of whom.
pub(super) fn of_each_source<'a>(
    live: impl Iterator<Item = (u16, Day, &'a Evidence)>,
    today: Day,
    count: impl Fn(&Event) -> Option<u64>,
) -> SmallVec<[Series; 2]> {
    let mut found: SmallVec<[(&str, Run); 16]> = SmallVec::new();
    for (place, first, evidence) in live {
        if let Some(people) = count(evidence.event()) {
            let last = evidence.last_day(today).unwrap_or(first);
            let confidence = evidence.confidence();
            let run = Run { first, last, people, place, confidence };
            found.push((evidence.lead().source.as_str(), run));
        }
    }
    found.sort_by_key(|(source, run)| (*source, run.first, run.place));
    let of_source = found.chunk_by(|a, b| a.0 == b.0);
    of_source.map(|runs| Series::of(runs.iter().map(|(_, run)| *run))).collect()
}

impl Series {
    fn of(runs: impl Iterator<Item = Run>) -> Series {
        let mut series = Series::default();
        for run in runs {
            if !series.repeats(&run) {
                series.correct(&run);
                if !series.repeats(&run) {
                    series.runs.push(run);
                }
            }
        }
        series
    }

    /// Whether it says what the last one says, which then holds until its last day.
    fn repeats(&mut self, run: &Run) -> bool {
        let Some(last) = self.runs.last_mut().filter(|last| last.people == run.people) else {
            return false;
        };
        last.last = last.last.max(run.last);
        last.confidence = last.confidence.max(run.confidence);
        true
    }

    /// Whether a count that follows is a correction, or takes back the last one.
    fn correct(&mut self, run: &Run) {
        let Some(before) = self.runs.last_mut() else { return };
        // Dated ahead, a count may come to lie within an older run.
        before.last = before.last.min(run.first);
        if run.people > plausible(before.people, run.first.since(before.last)) {
            let (since, day) = (before.last, run.first);
            let (before, now) = (before.people, run.people);
            self.doubt = Some(Doubt::Corrected { before, since, now, day });
            self.former = self.start;
            self.start = self.runs.len();
            return;
        }
        // 5, 42, 6: the odd one was the mistake, if what follows lies nearer to what was before.
        let squared = u128::from(run.people) * u128::from(run.people);
        let back = |doubt: Doubt| match doubt {
            Doubt::Corrected { before, now, .. } => squared < u128::from(before) * u128::from(now),
            Doubt::Stated { .. } => false,
        };
        if self.start > self.former && self.doubt.is_some_and(back) {
            self.runs.truncate(self.start);
            self.start = self.former;
        }
    }
}

/// How many people a company may plausibly have, so many days after it had `before`: twice as many
/// each quarter, or ten more. Companies that grow faster buy others, or were counted wrongly before; of
/// the growth between two snapshots of a directory of start-ups, 81 days apart, the sixth part went
/// beyond (from 8 to 100, from 1,000 to 2,500), mostly to round numbers. A loss has no such bound: a
/// company can let nearly everyone go in a day.
pub(super) fn plausible(before: u64, days: i32) -> u64 {
    let quarters = (days.max(1) + QUARTER_DAYS - 1) / QUARTER_DAYS;
    (0..quarters.min(8)).fold(before, |people, _| {
        people.saturating_mul(2).max(people.saturating_add(HIRES_A_QUARTER))
    })
}
