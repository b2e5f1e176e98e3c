//! When two reports are of the same event, though their ids differ. Symmetric for each pair; the
//! tolerances are stated here and nowhere else.

use super::job::same_job;
use super::signal::{Event, Funding};
use crate::domain::evidence::report::Report;
use crate::domain::terms::catalogue::Instrument;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Precision;

/// Days between two vendors' dates of one round: a press release and a filing lie weeks apart.
const FUNDING_DAYS: i32 = 30;
/// Days where the amount is the same and no stage contradicts.
const FUNDING_DAYS_SAME_AMOUNT: i32 = 45;
/// Days where one of them does not know the round's stage.
const FUNDING_DAYS_UNKNOWN_STAGE: i32 = 14;
/// How much two amounts of one round may differ, in percent of the larger.
const FUNDING_AMOUNT_PERCENT: u64 = 15;
/// How much two amounts may differ that are the same sum, rounded by one of them.
const SAME_AMOUNT_PERCENT: u64 = 2;
const TECHNOLOGY_DAYS: i32 = 30;
const NEWS_DAYS: i32 = 7;

pub fn same_event(a: &Report, b: &Report) -> bool {
    let days = apart(a, b);
    match (&a.event, &b.event) {
        (Event::Funding(x), Event::Funding(y)) => same_round(x, y, days, same_day(a, b)),
        (Event::Hiring(x), Event::Hiring(y)) => same_job(x, y, a.source == b.source, days),
        (Event::Technology(x), Event::Technology(y)) => {
            x.tool == y.tool && x.action == y.action && days <= TECHNOLOGY_DAYS
        }
        (Event::News(x), Event::News(y)) => {
            x.news == y.news
                && days <= NEWS_DAYS
                && close(x.amount_usd, y.amount_usd, FUNDING_AMOUNT_PERCENT)
                && (x.news != crate::domain::terms::catalogue::NewsKind::Other
                    || x.summary == y.summary)
        }
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

fn same_day(a: &Report, b: &Report) -> bool {
    a.occurred == b.occurred && a.occurred.precision == Precision::Day
}

/// Measured on pairs of real rounds: `tests/independent/duplicate_rounds.py` has the same rules.
fn same_round(x: &Funding, y: &Funding, days: i32, same_day: bool) -> bool {
    // "Other" is what a source says that does not know.
    let unsaid = x.instrument == Instrument::Other || y.instrument == Instrument::Other;
    if x.instrument != y.instrument && !unsaid {
        return false;
    }
    let (known, alike) = (x.amount_usd.is_some() && y.amount_usd.is_some(), alike(x, y));
    let same_amount = known && close(x.amount_usd, y.amount_usd, SAME_AMOUNT_PERCENT);
    match (x.stage, y.stage) {
        (Some(p), Some(q)) if p == q => {
            days <= FUNDING_DAYS && alike || days <= FUNDING_DAYS_SAME_AMOUNT && same_amount
        }
        // One of them is wrong about the stage, or the sum was raised twice within a month.
        (Some(_), Some(_)) => days <= FUNDING_DAYS && same_amount,
        // Without a stage the amounts, or the exact days, must agree.
        _ => {
            days <= FUNDING_DAYS_SAME_AMOUNT && same_amount
                || days <= FUNDING_DAYS_UNKNOWN_STAGE && alike && known
                || same_day && alike
        }
    }
}

fn alike(x: &Funding, y: &Funding) -> bool {
    close(x.amount_usd, y.amount_usd, FUNDING_AMOUNT_PERCENT)
}

/// Equal within a share of the larger; an unknown amount contradicts nothing.
fn close(x: Option<u64>, y: Option<u64>, percent: u64) -> bool {
    match (x, y) {
        (Some(x), Some(y)) => {
            u128::from(x.abs_diff(y)) * 100 <= u128::from(x.max(y)) * u128::from(percent)
        }
        _ => true,
    }
}
