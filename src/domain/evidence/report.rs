//! One report of an event, as one source gave it.

use crate::domain::Text;
use crate::domain::evidence::round::detail;
use crate::domain::evidence::signal::{Event, Signal, SignalId};
use crate::domain::terms::catalogue::HiringAction;
use crate::domain::terms::time::{Day, Occurred, Precision, Timestamp};
use crate::domain::terms::units::BasisPoints;
use serde::Serialize;
use std::cmp::Reverse;

/// The parts of a signal that are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub id: SignalId,
    pub source: Text,
    pub occurred: Occurred,
    /// The log's time when it was first read.
    pub first_seen: Timestamp,
    /// When the source learned of it, or last changed it: a later report with the same id
    /// corrects it.
    pub observed_at: Timestamp,
    #[serde(rename = "confidence_basis_points")]
    pub confidence: BasisPoints,
    pub planned: bool,
    /// It first came in a vendor's first dump.
    pub baseline: bool,
    /// Another report with the same id said something else.
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

    /// The report to believe after another one with the same id arrived. In whatever order they
    /// arrive, the one observed last is believed; of two observed at the same time, the one that
    /// says more. A report without a date replaces only reports without a date. A job post keeps its
    /// first date: boards show a post anew, and ages get less exact.
    pub fn retold(&self, again: &Report) -> Report {
        let believed = if again.rank() > self.rank() { again } else { self };
        let first = if again.first_seen < self.first_seen { again } else { self };
        let mut occurred = believed.occurred;
        if !self.is_dated() && !again.is_dated() {
            // The day it was first observed stands in.
            occurred.day = self.occurred.day.min(again.occurred.day);
        } else if self.is_post() && again.is_post() && self.planned == again.planned {
            let date = |r: &Report| (r.occurred.precision, r.occurred.day);
            occurred = if date(again) < date(self) { again.occurred } else { self.occurred };
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

    /// Whether a repeated report may move its date to a later day.
    pub fn may_look_younger(&self) -> bool {
        self.corrected || !self.is_dated()
    }

    pub fn is_dated(&self) -> bool {
        self.occurred.precision != Precision::Unknown
    }

    fn is_post(&self) -> bool {
        matches!(&self.event, Event::Hiring(h) if h.action == HiringAction::Posted)
    }

    /// Whether both say the same, whenever they were observed.
    fn says_as(&self, other: &Report) -> bool {
        let both_dated = self.is_dated() && other.is_dated();
        (!both_dated || self.occurred == other.occurred)
            && self.content() == other.content()
            && self.planned == other.planned
    }

    fn content(&self) -> (&Event, BasisPoints, &Text, &Option<Text>) {
        (&self.event, self.confidence, &self.source, &self.url)
    }

    fn rank(&self) -> impl PartialOrd {
        let Occurred { day, precision } = self.occurred;
        // An undated report has the day of its first arrival, which says nothing about this one.
        let date = (Reverse(precision), self.is_dated().then_some(Reverse(day)));
        (self.is_dated(), self.observed_at, !self.planned, date, self.content())
    }

    /// A plan becomes a fact on its day, if it named one that was still to come; a plan without a
    /// day to come never does by itself.
    pub(super) fn counts_from(&self) -> Option<Day> {
        let day = self.occurred.day;
        (!self.planned || day > self.first_seen.day()).then_some(day)
    }

    /// From when on it reports a fact.
    pub fn news_since(&self) -> Option<Timestamp> {
        self.counts_from().map(|day| self.first_seen.max(day.start()))
    }
}

pub fn day_of(reports: &[Report]) -> Option<Day> {
    if let [Report { event: Event::Headcount(_), .. }, ..] = reports {
        // The first of a run, however exactly the others are dated.
        return reports.iter().filter_map(Report::counts_from).min();
    }
    let best = reports.iter().filter(|r| r.counts_from().is_some());
    let precision = best.clone().map(|r| r.occurred.precision).min()?;
    best.filter(|r| r.occurred.precision == precision).filter_map(Report::counts_from).min()
}

pub fn lead_of(reports: &[Report]) -> u8 {
    // At most REPORTS_MAX of them.
    (0..reports.len()).max_by_key(|at| rank(&reports[*at])).unwrap_or(0) as u8
}

fn rank(report: &Report) -> (u8, Reverse<Precision>, Option<u32>, Reverse<SignalId>) {
    let known = match &report.event {
        Event::Funding(f) => detail(f),
        Event::Headcount(h) => u8::from(h.total.is_some()) + u8::from(!h.departments.is_empty()),
        _ => 0,
    };
    // The largest of an employer's sites speaks for the others.
    let people = match &report.event {
        Event::News(news) => news.people,
        _ => None,
    };
    (
        known + if report.planned { 0 } else { 16 },
        Reverse(report.occurred.precision),
        people,
        Reverse(report.id),
    )
}
