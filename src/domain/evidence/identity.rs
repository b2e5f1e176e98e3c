//! When two reports are of the same event, though their ids differ. Symmetric for each pair; the
//! tolerances are stated here and nowhere else.

use super::job::same_job;
use super::notice::{same_news, same_notice};
use super::round::same_round;
use super::signal::Event;
use crate::domain::evidence::report::Report;
use crate::domain::terms::term::Term;

const TECHNOLOGY_DAYS: i32 = 30;

pub fn same_event(a: &Report, b: &Report) -> bool {
    let days = apart(a, b);
    match (&a.event, &b.event) {
        (Event::Funding(x), Event::Funding(y)) => same_round(x, y, days),
        (Event::Hiring(x), Event::Hiring(y)) => same_job(x, y, a.source == b.source, days),
        (Event::Technology(x), Event::Technology(y)) => {
            x.tool == y.tool && x.action == y.action && days <= TECHNOLOGY_DAYS
        }
        (Event::News(x), Event::News(y)) => same_news(x, y, days) || same_notice(a, b),
        (Event::Engagement(x), Event::Engagement(y)) => {
            x.engagement == y.engagement
                && x.contact == y.contact
                && same_topic(x.topic.as_deref(), y.topic.as_deref())
                && days == 0
                && !x.engagement.is_inbound_request()
        }
        // Counts follow one another; [`super::counts`] links those that say the same.
        _ => false,
    }
}

fn same_topic(x: Option<&str>, y: Option<&str>) -> bool {
    let term = |topic: &str| Term::parse(topic).ok();
    x == y || x.zip(y).is_some_and(|(x, y)| term(x).is_some() && term(x) == term(y))
}

/// The least number of days between the two, given how exactly each is known.
fn apart(a: &Report, b: &Report) -> i32 {
    let (early, late) = if a.occurred.day <= b.occurred.day {
        (a.occurred, b.occurred)
    } else {
        (b.occurred, a.occurred)
    };
    late.day.since(early.latest()).max(0)
}
