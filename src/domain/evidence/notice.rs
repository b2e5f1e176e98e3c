//! Notices that an employer gives of layoffs and closures, and news of any other kind: when two
//! reports are one, and how a later notice changes an earlier one of the same site. An amended notice
//! is the same one with newer facts; a rescinded one never happened.
//!
//! Both follow from the reports alone, in whatever order they came: the change is kept beside the
//! notice, and a change that is retracted itself changes nothing any more.

use super::report::Report;
use super::round::close;
use super::signal::{Event, News};
use crate::domain::terms::catalogue::{NewsKind, NoticeChange};
use crate::domain::terms::place::same_place;

/// Days within which several report the same news.
const NEWS_DAYS: i32 = 7;
/// How much the amounts of one piece of news may differ, in percent of the larger.
const AMOUNT_PERCENT: u64 = 15;
/// Days within which a notice is changed. The law asks for notice 60 days ahead, and the date is
/// often put off.
const CHANGE_DAYS: i32 = 180;

pub(super) fn same_news(x: &News, y: &News, days: i32) -> bool {
    x.news == y.news
        && x.change.or(y.change).is_none()
        && days <= NEWS_DAYS
        && close(x.amount_usd, y.amount_usd, AMOUNT_PERCENT)
        && (x.news != NewsKind::Other || x.summary == y.summary)
}

/// Whether one of them changes what the other said.
pub(super) fn same_notice(a: &Report, b: &Report) -> bool {
    changes(a, b) || changes(b, a)
}

/// Whether `later` is of the same notice as `earlier`, and holds instead.
fn changes(later: &Report, earlier: &Report) -> bool {
    let (Event::News(now), Event::News(before)) = (&later.event, &earlier.event) else {
        return false;
    };
    let days = later.occurred.day.since(earlier.occurred.day);
    now.change.is_some()
        && now.news.is_notice()
        && before.news.is_notice()
        && later.source == earlier.source
        && (0..=CHANGE_DAYS).contains(&days)
        && (days > 0 || now.change > before.change)
        && match (&now.place, &before.place) {
            (Some(now), Some(before)) => same_place(now, before),
            _ => true,
        }
}

/// How far one of an event's reports still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    InForce,
    /// Its event holds, and a later report says more of it.
    Amended,
    Rescinded,
}

pub(super) fn standing(reports: &[Report], at: usize) -> Standing {
    let after = |report: &Report| match &report.event {
        Event::News(News { change: Some(NoticeChange::Rescinded), .. }) => Standing::Rescinded,
        Event::News(News { change: Some(NoticeChange::Amended), .. }) => Standing::Amended,
        _ => Standing::InForce,
    };
    let own = Some(after(&reports[at])).filter(|own| *own == Standing::Rescinded);
    let later = reports.iter().filter(|later| changes(later, &reports[at]));
    later.map(after).chain(own).max().unwrap_or(Standing::InForce)
}

/// The people whom all sites of one notice concern: an employer's own reports in force of the day of
/// `lead`, each of a place of its own.
pub(super) fn people_of_all_sites(reports: &[Report], lead: usize) -> Option<u32> {
    let of = |report: &Report| match &report.event {
        Event::News(News { people, place: Some(_), .. }) => *people,
        _ => None,
    };
    of(&reports[lead])?;
    let beside = |at: &usize| {
        let report = &reports[*at];
        report.source == reports[lead].source && report.occurred == reports[lead].occurred
    };
    let sites = (0..reports.len()).filter(beside);
    let sites = sites.filter(|at| standing(reports, *at) == Standing::InForce);
    sites.filter_map(|at| of(&reports[at])).reduce(u32::saturating_add)
}
