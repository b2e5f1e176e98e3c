//! All that the reports of one event say together.

use super::notice::{Standing, people_of_all_sites, standing};
use super::report::{Report, day_of, lead_of};
use super::signal::{Event, Funding, News};
use crate::domain::terms::time::Day;
use std::borrow::Cow;

/// Worked out of the reports of one event.
pub(super) struct Whole {
    /// The day from which it counts. `None` as well where every report was taken back.
    pub day: Option<Day>,
    /// The place of the report that says most of what is in force.
    pub lead: u8,
    /// `None` where it is what the lead says.
    pub event: Option<Box<Event>>,
}

/// `reports` are sorted by id.
pub(super) fn whole(reports: &[Report]) -> Whole {
    // An amended notice keeps the age that it had.
    let day = day_of(&below(reports, Standing::Rescinded));
    let in_force = below(reports, Standing::Amended);
    let best = in_force.get(usize::from(lead_of(&in_force))).map(|report| report.id);
    let place = best.and_then(|id| reports.binary_search_by_key(&id, |r| r.id).ok());
    let lead = place.map_or_else(|| lead_of(reports), |at| at as u8);
    Whole { day, lead, event: event_of(reports, usize::from(lead)).map(Box::new) }
}

/// The reports that hold better than that.
fn below(reports: &[Report], limit: Standing) -> Cow<'_, [Report]> {
    if !reports.iter().any(|report| report.event.changes_notice()) {
        return Cow::Borrowed(reports);
    }
    let holding = (0..reports.len()).filter(|at| standing(reports, *at) < limit);
    Cow::Owned(holding.map(|at| reports[at].clone()).collect())
}

/// What the lead says, with what only the others know: the amount of a round, the people of all sites
/// of a notice.
fn event_of(reports: &[Report], lead: usize) -> Option<Event> {
    if reports.len() < 2 {
        return None;
    }
    match &reports[lead].event {
        Event::Funding(round) if round.amount_usd.is_none() => {
            let amounts = reports.iter().filter_map(|r| match &r.event {
                Event::Funding(other) => other.amount_usd,
                _ => None,
            });
            let amount = amounts.max()?;
            Some(Event::Funding(Funding { amount_usd: Some(amount), ..round.clone() }))
        }
        Event::News(news) => {
            let people = people_of_all_sites(reports, lead).filter(|p| news.people != Some(*p))?;
            Some(Event::News(News { people: Some(people), ..news.clone() }))
        }
        _ => None,
    }
}
