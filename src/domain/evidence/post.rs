//! Job posts: whether one is still open, and posts that are seen again after they were closed.
//!
//! A post keeps the date it was first posted on. Sources report a post anew under the same id in
//! each snapshot or delivery; one that is seen open after it was closed is open again. That sighting
//! is kept as a report of its own, beside the first one, so that how long the post was shut can be
//! seen: after [`super::job::SHUT_DAYS`] it is a new need. A closing that comes later than such a
//! sighting makes none: the post is open, and as old as it was.

use super::event::{self, Evidence};
use super::job::is_vacancy;
use super::report::Report;
use super::signal::{Event, SignalId};
use crate::domain::terms::catalogue::{HiringAction, Kind};
use crate::domain::terms::limits::HORIZON_DAYS;
use crate::domain::terms::time::{Day, Occurred, Precision};
use smallvec::SmallVec;

/// Whether a closing is of this post: by the posting's id, where both of a source name one.
pub fn closes(post: &Report, closing: &Report) -> bool {
    let (Event::Hiring(x), Event::Hiring(y)) = (&post.event, &closing.event) else { return false };
    if y.action != HiringAction::Closed || x.action != HiringAction::Posted {
        return false;
    }
    let same_source = post.source == closing.source;
    match same_source && x.posting.is_some() && y.posting.is_some() {
        true => x.posting == y.posting,
        false => is_vacancy(x, y),
    }
}

/// The reports that close a post, few or none of many: found once for all posts that are asked about.
pub struct Closings<'a>(SmallVec<[&'a Report; 2]>);

impl<'a> Closings<'a> {
    pub fn of(evidence: &'a [Evidence]) -> Closings<'a> {
        let jobs = evidence.iter().filter(|e| e.kind() == Kind::Hiring);
        let closing =
            |r: &&Report| matches!(&r.event, Event::Hiring(h) if h.action == HiringAction::Closed);
        Closings(jobs.flat_map(Evidence::reports).filter(closing).collect())
    }

    /// The days on which a post was closed, up to `today`.
    fn days(&self, post: &Report, today: Day) -> impl Iterator<Item = Day> {
        let closing = self.0.iter().filter(move |r| !r.is_held(today) && closes(post, r));
        closing.map(|r| r.occurred.day)
    }

    /// The last day before `day` on which a post was closed.
    pub fn last_before(&self, post: &Evidence, day: Day) -> Option<Day> {
        let each = post.reports().iter().flat_map(|r| self.days(r, day));
        each.filter(|closed| *closed < day).max()
    }
}

/// Whether a post is open on `today`, as far as is known; `None` for evidence that is not a post.
/// It is while no source has closed it, or one has seen it open since.
pub fn is_open(evidence: &[Evidence], post: &Evidence, today: Day) -> Option<bool> {
    if !matches!(post.event(), Event::Hiring(h) if h.action == HiringAction::Posted) {
        return None;
    }
    let closings = Closings::of(evidence);
    let closed = post.reports().iter().flat_map(|r| closings.days(r, today)).max();
    let seen = post.reports().iter().map(|r| r.occurred.day.max(r.observed_at.day())).max();
    Some(closed.is_none_or(|closed| seen.is_some_and(|seen| seen > closed)))
}

/// What a post that is reported again under a known id says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// It is open again: a report of its own.
    Reopened(Box<Report>),
    /// That it is open again is known.
    Known,
}

/// A post that is seen, or posted again, after it was closed. `None` where it was not closed before
/// it was observed.
pub fn sighted_again(evidence: &[Evidence], again: &Report, today: Day) -> Option<Sighting> {
    let is_post =
        |r: &Report| matches!(&r.event, Event::Hiring(h) if h.action == HiringAction::Posted);
    if !is_post(again) {
        return None;
    }
    let known = event::get(evidence, again.id).filter(|known| is_post(known))?;
    let posted = known.occurred.day;
    let seen = again.occurred.day.max(again.observed_at.day());
    let is_new = again.observed_at > known.observed_at || again.occurred.day > posted;
    if again.planned || again.is_held(today) || !is_new {
        return None;
    }
    let closings: SmallVec<[Day; 2]> = Closings::of(evidence).days(again, today).collect();
    let closed = closings.iter().copied().filter(|day| *day >= posted && *day < seen).max()?;
    let sightings =
        closings.iter().filter_map(|day| event::get(evidence, sighting_id(again.id, *day)));
    let is_known = |r: &Report| {
        r.observed_at >= again.observed_at && r.occurred.day.max(r.observed_at.day()) >= seen
    };
    if sightings.into_iter().any(is_known) {
        return Some(Sighting::Known);
    }
    let occurred = if again.is_dated() && again.occurred.day > closed {
        again.occurred
    } else {
        Occurred { day: seen, precision: Precision::Day }
    };
    let id = sighting_id(again.id, closed);
    Some(Sighting::Reopened(Box::new(Report { id, occurred, ..again.clone() })))
}

fn sighting_id(post: SignalId, closed: Day) -> SignalId {
    SignalId::new_v5(&post, format!("open again after {closed}").as_bytes())
}

/// Takes a report away, of a post with all its sightings. Returns it if it was there.
pub fn remove(evidence: &mut Vec<Evidence>, id: SignalId, today: Day) -> Option<Report> {
    let known = event::get(evidence, id)?;
    // The closing behind a sighting may be gone or have another date by now: so by their ids.
    let sightings: SmallVec<[SignalId; 2]> = evidence
        .iter()
        .flat_map(Evidence::reports)
        .filter(|report| is_sighting(report, known))
        .map(|report| report.id)
        .collect();
    for sighting in sightings {
        event::remove(evidence, sighting, today);
    }
    event::remove(evidence, id, today)
}

fn is_sighting(report: &Report, post: &Report) -> bool {
    let (Event::Hiring(x), Event::Hiring(y)) = (&report.event, &post.event) else { return false };
    let is_alike = x.posting == y.posting && (x.posting.is_some() || x.title == y.title);
    let closed = |ago: i32| sighting_id(post.id, report.occurred.day.plus(-ago)) == report.id;
    is_alike && report.source == post.source && (0..=HORIZON_DAYS).any(closed)
}
