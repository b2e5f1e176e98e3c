//! When two reports are of the same event, though their ids differ. Symmetric for each pair; the
//! tolerances are stated here and nowhere else.

use super::evidence::Report;
use super::signal::{Event, Funding, Headcount, Hiring};

/// Days between two vendors' dates of one round.
const FUNDING_DAYS: i32 = 30;
/// Days where one of them does not know the round's stage.
const FUNDING_DAYS_UNKNOWN_STAGE: i32 = 14;
/// How much two amounts of one round may differ, in percent of the larger.
const FUNDING_AMOUNT_PERCENT: u64 = 15;
/// A post of the same title and place within this many days is a repost.
const REPOST_DAYS: i32 = 60;
const HIRED_DAYS: i32 = 45;
const HEADCOUNT_DAYS: i32 = 3;
const TECHNOLOGY_DAYS: i32 = 30;
const NEWS_DAYS: i32 = 7;

pub fn same_event(a: &Report, b: &Report) -> bool {
    let days = apart(a, b);
    match (&a.event, &b.event) {
        (Event::Funding(x), Event::Funding(y)) => same_round(x, y, days),
        (Event::Hiring(x), Event::Hiring(y)) => same_job(x, y, a.source == b.source, days),
        (Event::Headcount(x), Event::Headcount(y)) => same_count(x, y, days),
        (Event::Technology(x), Event::Technology(y)) => {
            x.tool == y.tool && x.action == y.action && days <= TECHNOLOGY_DAYS
        }
        (Event::News(x), Event::News(y)) => {
            x.news == y.news
                && days <= NEWS_DAYS
                && close(x.amount_usd, y.amount_usd, FUNDING_AMOUNT_PERCENT)
                && (x.news != super::catalogue::NewsKind::Other || x.summary == y.summary)
        }
        (Event::Engagement(x), Event::Engagement(y)) => {
            x.engagement == y.engagement
                && x.contact == y.contact
                && x.topic == y.topic
                && days == 0
                && !x.engagement.is_inbound_request()
        }
        _ => false,
    }
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

fn same_round(x: &Funding, y: &Funding, days: i32) -> bool {
    let amounts = close(x.amount_usd, y.amount_usd, FUNDING_AMOUNT_PERCENT);
    match (x.stage, y.stage) {
        (Some(p), Some(q)) => {
            p == q && x.instrument == y.instrument && days <= FUNDING_DAYS && amounts
        }
        // Without a stage the amount must speak for it.
        _ => {
            days <= FUNDING_DAYS_UNKNOWN_STAGE
                && amounts
                && x.amount_usd.is_some()
                && y.amount_usd.is_some()
                && (x.instrument == y.instrument || x.stage.is_none() && y.stage.is_none())
        }
    }
}

fn same_job(x: &Hiring, y: &Hiring, same_source: bool, days: i32) -> bool {
    if x.action != y.action {
        return false;
    }
    if same_source && x.posting.is_some() && x.posting == y.posting {
        return true;
    }
    let within =
        if x.action == super::catalogue::HiringAction::Hired { HIRED_DAYS } else { REPOST_DAYS };
    let place = match (&x.place, &y.place) {
        (Some(x), Some(y)) => same_words(x, y),
        _ => true,
    };
    days <= within && place && same_words(&x.title, &y.title)
}

/// The same letters and digits in the same order, whatever the case and what stands between words.
fn same_words(x: &str, y: &str) -> bool {
    fn words(text: &str) -> impl Iterator<Item = &str> {
        let between = |c: char| !(c.is_alphanumeric() || c == '+' || c == '#');
        text.split(between).filter(|word| !word.is_empty())
    }
    fn lower(word: &str) -> impl Iterator<Item = char> {
        word.chars().flat_map(char::to_lowercase)
    }
    let (mut ours, mut theirs) = (words(x), words(y));
    x == y
        || loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) if a == b || lower(a).eq(lower(b)) => {}
                _ => return false,
            }
        }
}

fn same_count(x: &Headcount, y: &Headcount, days: i32) -> bool {
    days <= HEADCOUNT_DAYS && x == y
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
