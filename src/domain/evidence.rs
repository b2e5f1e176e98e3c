//! Evidence: one event at an account, with every report that speaks of it.
//!
//! The reports of one event are linked, not erased: a second one may raise confidence, but counts
//! no points and resets no age. Which reports belong together does not depend on the order they
//! came in: two that say the same ([`super::identity`]) are linked, and links are transitive.

use super::Text;
use super::identity::same_event;
use super::limits::{ACCOUNT_REPORTS_MAX, EVIDENCE_MAX, HORIZON_DAYS, REPORTS_MAX};
use super::signal::{Event, Signal, SignalId};
use super::time::{Day, Occurred, Precision, Timestamp};
use super::units::BasisPoints;
use serde::Serialize;
use smallvec::SmallVec;
use std::cmp::Reverse;

/// What is kept of one signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub id: SignalId,
    pub source: Text,
    pub occurred: Occurred,
    /// The log's time when it was first read.
    pub first_seen: Timestamp,
    /// When the source learned of it, or last changed it: a later telling under the same id
    /// corrects it.
    pub observed_at: Timestamp,
    pub confidence: BasisPoints,
    pub planned: bool,
    /// It first came in a vendor's first dump.
    pub baseline: bool,
    /// It was told differently before, or since by an older telling.
    pub corrected: bool,
    pub url: Option<Text>,
    pub event: Event,
}

impl Report {
    pub fn of(signal: &Signal, first_seen: Timestamp) -> Report {
        Report {
            id: signal.id,
            source: signal.source.clone(),
            occurred: signal.occurred,
            first_seen,
            observed_at: signal.observed_at,
            confidence: signal.confidence,
            planned: signal.planned,
            baseline: signal.baseline,
            corrected: false,
            url: signal.evidence_url.clone(),
            event: signal.event.clone(),
        }
    }

    /// What is believed once this report was told again under its id. Whatever the order in which
    /// the tellings come, the one observed last is believed, and of those observed at once the one
    /// that says most; a telling without a date replaces only others without.
    pub fn retold(&self, again: &Report) -> Report {
        let believed = if again.rank() > self.rank() { again } else { self };
        let first = if again.first_seen < self.first_seen { again } else { self };
        let mut occurred = believed.occurred;
        if !self.is_dated() && !again.is_dated() {
            // The day it was first observed stands in.
            occurred.day = self.occurred.day.min(again.occurred.day);
        }
        Report {
            occurred,
            first_seen: first.first_seen,
            // What became of a plan is news, wherever the plan was from.
            baseline: first.baseline && self.planned == again.planned,
            corrected: self.corrected || again.corrected || !self.says_as(again),
            ..believed.clone()
        }
    }

    /// Announced for later, or merely intended: not yet a fact.
    pub fn is_held(&self, today: Day) -> bool {
        self.planned || self.occurred.day > today
    }

    /// Whether another telling of it, come again, may tell of a later day.
    pub fn may_look_younger(&self) -> bool {
        self.corrected || !self.is_dated()
    }

    pub fn is_dated(&self) -> bool {
        self.occurred.precision != Precision::Unknown
    }

    /// Whether both tell the same, whenever they were observed.
    fn says_as(&self, other: &Report) -> bool {
        let both_dated = self.is_dated() && other.is_dated();
        (!both_dated || self.occurred == other.occurred)
            && self.told() == other.told()
            && self.planned == other.planned
    }

    fn told(&self) -> (&Event, BasisPoints, &Text, &Option<Text>) {
        (&self.event, self.confidence, &self.source, &self.url)
    }

    fn rank(&self) -> impl PartialOrd {
        let Occurred { day, precision } = self.occurred;
        // The day of one without a date is that of its first telling, not of this one.
        let date = (Reverse(precision), self.is_dated().then_some(Reverse(day)));
        (self.is_dated(), self.observed_at, !self.planned, date, self.told())
    }

    /// A plan becomes a fact on its day, if it named one that was still to come; a plan without a
    /// day to come never does by itself.
    fn counts_from(&self) -> Option<Day> {
        let day = self.occurred.day;
        (!self.planned || day > self.first_seen.day()).then_some(day)
    }
}

/// One event. Never without a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Sorted by id.
    reports: SmallVec<[Report; 1]>,
    /// Worked out once from the reports: every look asks for them.
    #[serde(skip)]
    day: Option<Day>,
    #[serde(skip)]
    lead: u8,
}

impl Evidence {
    pub fn new(report: Report) -> Evidence {
        Evidence::of(SmallVec::from_iter([report]))
    }

    /// `None` without a report.
    pub fn from_reports(reports: impl IntoIterator<Item = Report>) -> Option<Evidence> {
        let mut reports: SmallVec<[Report; 1]> = reports.into_iter().collect();
        reports.sort_by_key(|r| r.id);
        reports.dedup_by_key(|r| r.id);
        reports.truncate(REPORTS_MAX);
        (!reports.is_empty()).then(|| Evidence::of(reports))
    }

    fn of(reports: SmallVec<[Report; 1]>) -> Evidence {
        let (day, lead) = (day_of(&reports), lead_of(&reports));
        Evidence { reports, day, lead }
    }

    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// The report that says most: known details first, then the better date, then the lower id.
    pub fn lead(&self) -> &Report {
        &self.reports[usize::from(self.lead)]
    }

    pub fn event(&self) -> &Event {
        &self.lead().event
    }

    /// The day from which it counts: the earliest its best-dated reports give. `None` while every
    /// report is a plan without a day to come.
    pub fn day(&self) -> Option<Day> {
        self.day
    }

    /// The day it is filed under, also for plans: what the horizon is measured from.
    pub fn filed(&self) -> Day {
        self.reports.iter().map(|r| r.occurred.day).max().unwrap_or_default()
    }

    pub fn confidence(&self) -> BasisPoints {
        self.reports.iter().map(|r| r.confidence).max().unwrap_or(BasisPoints::FULL)
    }

    pub fn first_seen(&self) -> Timestamp {
        self.reports.iter().map(|r| r.first_seen).min().unwrap_or_default()
    }

    /// Whether every report of it came in a vendor's first dump.
    pub fn is_baseline(&self) -> bool {
        self.reports.iter().all(|r| r.baseline)
    }

    pub fn id(&self) -> SignalId {
        self.reports[0].id
    }
}

fn day_of(reports: &[Report]) -> Option<Day> {
    let best = reports.iter().filter(|r| r.counts_from().is_some());
    let precision = best.clone().map(|r| r.occurred.precision).min()?;
    best.filter(|r| r.occurred.precision == precision).filter_map(Report::counts_from).min()
}

fn lead_of(reports: &[Report]) -> u8 {
    // At most REPORTS_MAX of them.
    (0..reports.len()).max_by_key(|at| rank(&reports[*at])).unwrap_or(0) as u8
}

fn rank(report: &Report) -> (u8, Reverse<Precision>, Reverse<SignalId>) {
    let known = match &report.event {
        Event::Funding(f) => u8::from(f.stage.is_some()) * 2 + u8::from(f.amount_usd.is_some()),
        Event::Headcount(h) => u8::from(h.total.is_some()) + u8::from(!h.departments.is_empty()),
        _ => 0,
    };
    (
        known + if report.planned { 0 } else { 8 },
        Reverse(report.occurred.precision),
        Reverse(report.id),
    )
}

/// What adding a report did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// A new event.
    New,
    /// Another report of a known event.
    Merged,
    /// The first report that makes a planned event a fact.
    Confirmed,
}

/// What telling a report again did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retold {
    /// Nothing.
    Same,
    /// It is known as of a later time, or as one that was corrected.
    Noted,
    /// It says something else than before.
    Corrected { former: Box<Report>, now: Box<Report> },
}

/// Tells a report again under the id of one that is known. `None` where none is.
pub fn retell(evidence: &mut Vec<Evidence>, again: &Report, today: Day) -> Option<Retold> {
    let (at, place) = find(evidence, again.id)?;
    let known = &evidence[at].reports[place];
    let now = known.retold(again);
    if now == *known {
        return Some(Retold::Same);
    }
    let aside =
        Report { observed_at: known.observed_at, corrected: known.corrected, ..now.clone() };
    if aside == *known {
        evidence[at].reports[place] = now;
        return Some(Retold::Noted);
    }
    let former = Box::new(remove(evidence, again.id, today)?);
    add(evidence, now.clone(), today);
    Some(Retold::Corrected { former, now: Box::new(now) })
}

pub fn get(evidence: &[Evidence], id: SignalId) -> Option<&Report> {
    find(evidence, id).map(|(at, place)| &evidence[at].reports[place])
}

fn find(evidence: &[Evidence], id: SignalId) -> Option<(usize, usize)> {
    evidence.iter().enumerate().find_map(|(at, e)| {
        e.reports.binary_search_by_key(&id, |r| r.id).ok().map(|place| (at, place))
    })
}

/// Adds a report to an account's evidence, linking it to what it repeats.
pub fn add(evidence: &mut Vec<Evidence>, report: Report, today: Day) -> Linked {
    let same = |e: &Evidence| e.reports.iter().any(|r| same_event(r, &report));
    let Some(first) = evidence.iter().position(same) else {
        insert(evidence, Evidence::new(report));
        return Linked::New;
    };
    let counts = |e: &Evidence| e.day().is_some_and(|day| day <= today);
    let counted = evidence[first..].iter().any(|e| same(e) && counts(e));
    let mut reports = evidence.remove(first).reports;
    while let Some(next) = evidence[first..].iter().position(same) {
        reports.extend(evidence.remove(first + next).reports);
    }
    reports.push(report);
    reports.sort_by_key(|r| r.id);
    reports.dedup_by_key(|r| r.id);
    reports.truncate(REPORTS_MAX);
    let whole = Evidence::of(reports);
    let linked = if counts(&whole) && !counted { Linked::Confirmed } else { Linked::Merged };
    insert(evidence, whole);
    linked
}

/// Takes a report away; what it alone held together falls apart again. Returns it if it was there.
pub fn remove(evidence: &mut Vec<Evidence>, id: SignalId, today: Day) -> Option<Report> {
    let (at, place) = find(evidence, id)?;
    let mut reports = evidence.remove(at).reports;
    let removed = reports.remove(place);
    for report in reports {
        add(evidence, report, today);
    }
    Some(removed)
}

pub fn contains(evidence: &[Evidence], id: SignalId) -> bool {
    find(evidence, id).is_some()
}

/// Kept in order of day and id.
fn insert(evidence: &mut Vec<Evidence>, new: Evidence) {
    let key = |e: &Evidence| (e.filed(), e.id());
    let at = evidence.partition_point(|e| key(e) < key(&new));
    evidence.insert(at, new);
}

/// How many of the oldest are beyond a bound.
pub(super) fn surplus(evidence: &[Evidence]) -> usize {
    let mut reports = 0;
    let newest = evidence.iter().rev().take(EVIDENCE_MAX).take_while(|e| {
        reports += e.reports().len();
        reports <= ACCOUNT_REPORTS_MAX
    });
    evidence.len() - newest.count()
}

/// Takes out what has left the horizon on `today`, and the oldest beyond the bound.
pub fn take_expired(evidence: &mut Vec<Evidence>, today: Day) -> Vec<Evidence> {
    let old = evidence.partition_point(|e| today.since(e.filed()) > HORIZON_DAYS);
    let surplus = surplus(evidence);
    if old.max(surplus) == 0 {
        return Vec::new();
    }
    evidence.drain(..old.max(surplus)).collect()
}
