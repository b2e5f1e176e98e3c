//! Counts of people that follow one another. A source that counts every week says the same for months:
//! counts of one source that say the same, with none between them that says something else, are one
//! piece of evidence with a first and a last day. So repeating a count pushes no other evidence out, and
//! the day that first showed a number is not forgotten.
//!
//! Of such a run the first and the last reports are kept, [`ENDS`] of each: a report that is taken
//! back leaves the run with its next day. Reports between them are dropped, in whatever order they come.
//! A count that comes late and says something else splits the run; its second half then begins with
//! the oldest report that was kept.

use super::event::{Evidence, Linked};
use super::report::Report;
use super::signal::{Event, Headcount, SignalId};
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::time::Day;
use smallvec::SmallVec;

/// Reports kept from each end of a run: four in all, so that 256 full runs are within the bound of an
/// account's reports.
const ENDS: usize = 2;

/// A count that is a fact by its own date, and none announced for later.
pub(super) fn counted(report: &Report) -> Option<&Headcount> {
    match &report.event {
        Event::Headcount(h)
            if !report.planned && report.occurred.day <= report.first_seen.day() =>
        {
            Some(h)
        }
        _ => None,
    }
}

/// Whether both count the same of the same source: all people, or the same departments. Vendors send
/// a record for each.
fn follows(x: &Report, y: &Report) -> bool {
    let (Some(a), Some(b)) = (counted(x), counted(y)) else { return false };
    x.source == y.source
        && a.total.is_some() == b.total.is_some()
        && a.growth.map(|g| g.months) == b.growth.map(|g| g.months)
        && a.departments.iter().map(|d| d.0).eq(b.departments.iter().map(|d| d.0))
}

type Key = (Day, SignalId);

fn key(report: &Report) -> Key {
    (report.occurred.day, report.id)
}

/// The first and the last of a run.
fn ends(evidence: &Evidence) -> (Key, Key) {
    let keys = || evidence.reports().iter().map(key);
    let first = keys().min().unwrap_or_default();
    (first, keys().max().unwrap_or(first))
}

/// Adds a count. `Merged`: it says again what its source says.
pub(super) fn add(evidence: &mut Vec<Evidence>, report: Report) -> Linked {
    let (id, at) = (report.id, key(&report));
    let runs = regroup(evidence, &report, Some(report.clone()));
    let linked = runs.iter().any(|run| run.len() > 1 && run.iter().any(|r| key(r) == at));
    // One that lies within its run is dropped: the run says as much.
    let dropped = !runs.iter().flatten().any(|r| r.id == id);
    put(evidence, runs);
    if linked || dropped { Linked::Merged } else { Linked::New }
}

/// After a count was taken away: what it kept apart is one run again.
pub(super) fn close_gap(evidence: &mut Vec<Evidence>, gone: &Report) {
    let runs = regroup(evidence, gone, None);
    put(evidence, runs);
}

/// Whether a count says nothing that its run does not: it lies between reports that are kept.
pub(super) fn is_within(evidence: &[Evidence], report: &Report) -> bool {
    let Some(count) = counted(report) else { return false };
    let says_so = |e: &&Evidence| counted(e.lead()) == Some(count) && follows(e.lead(), report);
    let counts = evidence.iter().filter(|e| e.kind() == Kind::Headcount);
    counts.filter(says_so).any(|run| {
        let later = run.reports().iter().filter(|r| key(r) > key(report)).count();
        let earlier = run.reports().iter().filter(|r| key(r) < key(report)).count();
        later >= ENDS && earlier >= ENDS
    })
}

type Run = SmallVec<[Report; 2 * ENDS + 1]>;

/// Takes out the runs on both sides of `at`, or the one around it, and groups their reports and
/// `more` anew.
fn regroup(evidence: &mut Vec<Evidence>, at: &Report, more: Option<Report>) -> SmallVec<[Run; 3]> {
    let mut before: Option<(Key, usize)> = None;
    let mut after: Option<(Key, usize)> = None;
    for (place, run) in evidence.iter().enumerate() {
        if run.kind() != Kind::Headcount || !follows(run.lead(), at) {
            continue;
        }
        let (first, last) = ends(run);
        if first < key(at) && before.is_none_or(|(known, _)| first > known) {
            before = Some((first, place));
        }
        if last > key(at) && after.is_none_or(|(known, _)| last < known) {
            after = Some((last, place));
        }
    }
    let mut places: SmallVec<[usize; 2]> =
        before.into_iter().chain(after).map(|(_, place)| place).collect();
    places.sort_unstable();
    places.dedup();
    let mut reports: SmallVec<[Report; 8]> = SmallVec::new();
    for place in places.into_iter().rev() {
        reports.extend(evidence.remove(place).into_reports());
    }
    reports.extend(more);
    reports.sort_by_key(key);
    let mut runs: SmallVec<[Run; 3]> = SmallVec::new();
    for report in reports {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| last.event == report.event) => {
                run.push(report)
            }
            _ => runs.push(SmallVec::from_iter([report])),
        }
    }
    for run in &mut runs {
        if run.len() > 2 * ENDS {
            run.drain(ENDS..run.len() - ENDS);
        }
    }
    runs
}

fn put(evidence: &mut Vec<Evidence>, runs: SmallVec<[Run; 3]>) {
    for run in runs {
        if let Some(run) = Evidence::from_reports(run) {
            super::event::insert(evidence, run);
        }
    }
}
