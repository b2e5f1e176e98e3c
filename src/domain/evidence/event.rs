//! Evidence: one event at an account, with every report about it.
//!
//! The reports of one event are linked, not erased: a second one may raise confidence, but counts
//! no points and resets no age. Which reports belong together does not depend on the order they
//! came in: two that say the same ([`super::identity`]) are linked, and links are transitive.

use super::counts;
use super::identity::same_event;
use super::notice::{Standing, standing};
use super::signal::{Event, SignalId};
use super::titles::{Sought, Titles};
use super::whole::{Whole, whole};
use crate::domain::evidence::report::Report;
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::heap::{Heap, array};
use crate::domain::terms::limits::{ACCOUNT_REPORTS_MAX, EVIDENCE_MAX, HORIZON_DAYS, REPORTS_MAX};
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::BasisPoints;
use serde::Serialize;
use smallvec::SmallVec;

/// One event. Never without a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Sorted by id. Boxed: blocks of one size, which any account can use after another, where lists
    /// of hundreds of bytes a piece would leave holes each time they outgrow their room.
    reports: Box<SmallVec<[Report; 1]>>,
    /// Worked out once from the reports: every look asks for them.
    #[serde(skip)]
    day: Option<Day>,
    #[serde(skip)]
    lead: u8,
    /// How many reports there are: walks over all evidence need not look at each.
    #[serde(skip)]
    number: u8,
    /// For the same reason one bit for the id of each.
    #[serde(skip)]
    ids: u64,
    #[serde(skip)]
    kind: Kind,
    /// Where the reports together say more than the lead.
    #[serde(skip)]
    whole: Option<Box<Event>>,
    #[serde(skip)]
    titles: Titles,
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
        let Whole { day, lead, event } = whole(&reports);
        let kind = event.as_deref().unwrap_or(&reports[usize::from(lead)].event).kind();
        Evidence {
            day,
            lead,
            // At most REPORTS_MAX of them.
            number: reports.len() as u8,
            ids: reports.iter().fold(0, |ids, r| ids | bit(r.id)),
            kind,
            whole: event,
            titles: Titles::default(),
            reports: Box::new(reports),
        }
    }

    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    pub(super) fn into_reports(self) -> SmallVec<[Report; 1]> {
        *self.reports
    }

    /// The report that says most: known details first, then the better date, then the lower id.
    pub fn lead(&self) -> &Report {
        &self.reports[usize::from(self.lead)]
    }

    pub fn event(&self) -> &Event {
        self.whole.as_deref().unwrap_or(&self.lead().event)
    }

    /// The kind of its [`Self::event`].
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The words by which a post is one vacancy (see
    /// [`vacancy_key`](crate::domain::terms::post_title::vacancy_key)). Empty of anything else.
    pub fn vacancy(&self) -> &str {
        self.titles.vacancy(self.event())
    }

    /// The day from which it counts: the earliest its best-dated reports give. `None` while every
    /// report is a plan without a day to come, or was taken back by a later notice.
    pub fn day(&self) -> Option<Day> {
        self.day
    }

    /// The last day up to `today` on which a source said so: of a count that is repeated, its last
    /// day; of a post, when it was last posted. `None` where [`Self::day`] is later, or none.
    pub fn last_day(&self, today: Day) -> Option<Day> {
        let first = self.day.filter(|day| *day <= today)?;
        let days = self.reports.iter().filter_map(Report::counts_from);
        days.filter(|day| *day <= today).max().max(Some(first))
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

    /// From when on it is news: since it was first read; a plan for a later day since that day; a plan
    /// without a day since the report that makes it a fact.
    pub fn news_since(&self) -> Timestamp {
        let news = self.reports.iter().filter_map(Report::news_since).min();
        news.unwrap_or_else(|| self.first_seen())
    }

    /// Whether every report of it came in a vendor's first dump; of a count that is repeated, the
    /// first one.
    pub fn is_baseline(&self) -> bool {
        if matches!(self.event(), Event::Headcount(_)) {
            let first = self.reports.iter().min_by_key(|r| (r.occurred.day, r.id));
            return first.is_some_and(|first| first.baseline);
        }
        self.reports.iter().all(|r| r.baseline)
    }

    /// Whether a later notice took back every report of it.
    pub fn is_rescinded(&self) -> bool {
        (0..self.reports.len()).all(|at| standing(&self.reports, at) == Standing::Rescinded)
    }

    pub fn id(&self) -> SignalId {
        self.reports[0].id
    }
}

impl Heap for Evidence {
    fn heap(&self) -> usize {
        let Evidence { reports, day: _, lead: _, number: _, ids: _, kind: _, whole, titles } = self;
        let apart = if reports.spilled() { array::<Report>(reports.capacity()) } else { 0 };
        array::<SmallVec<[Report; 1]>>(1)
            + apart
            + reports.iter().map(Heap::heap).sum::<usize>()
            + whole.heap()
            + titles.heap()
    }
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

/// The effect of receiving a report again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retold {
    /// Nothing.
    Same,
    /// It is known as of a later time, or as one that was corrected.
    Noted,
    /// It says something else than before.
    Corrected { former: Box<Report>, now: Box<Report> },
}

/// Applies a report with the id of a known one. `None` where none is known.
pub fn retell(evidence: &mut Vec<Evidence>, again: &Report, today: Day) -> Option<Retold> {
    let Some((at, place)) = find(evidence, again.id) else {
        // A count that its run has dropped.
        return counts::is_within(evidence, again).then_some(Retold::Same);
    };
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

/// Ids are random, at least in their last digits.
fn bit(id: SignalId) -> u64 {
    1 << (id.as_u128() % u128::from(u64::BITS))
}

fn find(evidence: &[Evidence], id: SignalId) -> Option<(usize, usize)> {
    let bit = bit(id);
    let mut may = evidence.iter().enumerate().filter(|(_, e)| e.ids & bit != 0);
    may.find_map(|(at, e)| match e.reports.as_slice() {
        [only] => (only.id == id).then_some((at, 0)),
        several => several.binary_search_by_key(&id, |r| r.id).ok().map(|place| (at, place)),
    })
}

/// The place of a piece of evidence that has one report, of this day and id.
pub fn place(evidence: &[Evidence], report: (Day, SignalId)) -> usize {
    evidence.partition_point(|e| (e.filed(), e.id()) < report)
}

/// Adds a report to an account's evidence, linking it to what it repeats.
pub fn add(evidence: &mut Vec<Evidence>, report: Report, today: Day) -> Linked {
    if counts::counted(&report).is_some() {
        return counts::add(evidence, report);
    }
    let sought = Sought::of(&report);
    let title = sought.title();
    let same = |e: &Evidence| {
        sought.may_be(e.kind, &e.titles, &e.reports)
            && e.reports.iter().any(|r| same_event(r, &report))
    };
    let Some(first) = evidence.iter().position(same) else {
        let new = Evidence { titles: Titles::of(title), ..Evidence::new(report) };
        insert(evidence, new);
        return Linked::New;
    };
    let counts = |e: &Evidence| e.day().is_some_and(|day| day <= today);
    let counted = evidence[first..].iter().any(|e| same(e) && counts(e));
    let mut reports = evidence.remove(first).into_reports();
    while let Some(next) = evidence[first..].iter().position(same) {
        reports.extend(evidence.remove(first + next).into_reports());
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
    let mut reports = evidence.remove(at).into_reports();
    let removed = reports.remove(place);
    for report in reports {
        add(evidence, report, today);
    }
    if counts::counted(&removed).is_some() {
        counts::close_gap(evidence, &removed);
    }
    Some(removed)
}

pub fn contains(evidence: &[Evidence], id: SignalId) -> bool {
    find(evidence, id).is_some()
}

/// Kept in order of day and id.
pub(super) fn insert(evidence: &mut Vec<Evidence>, new: Evidence) {
    let key = |e: &Evidence| (e.filed(), e.id());
    let at = evidence.partition_point(|e| key(e) < key(&new));
    evidence.insert(at, new);
}

/// The next day on which anything arrives of what the reports say.
pub fn next_ahead(evidence: &[Evidence], today: Day) -> Option<Day> {
    let days = |r: &Report| [r.occurred.day, r.first_seen.day()];
    let days = evidence.iter().flat_map(Evidence::reports).flat_map(days);
    days.filter(|day| *day > today).min()
}

/// How many of the oldest are beyond a bound.
pub fn surplus(evidence: &[Evidence]) -> usize {
    if evidence.len() * REPORTS_MAX <= ACCOUNT_REPORTS_MAX {
        return 0;
    }
    let mut reports = 0;
    let newest = evidence.iter().rev().take(EVIDENCE_MAX).take_while(|e| {
        reports += usize::from(e.number);
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
