//! The open pipeline on the page.

use super::shown;
use crate::evidence::deals::figures::Unit;
use crate::evidence::deals::forecast::{Expected, LastQuarter, Pipeline};
use crate::evidence::stats::Interval;
use crate::report::page::Page;
use crate::report::words::{count, counted};

pub(super) fn pipeline(
    found: &Pipeline,
    currency: Option<&str>,
    (title, what): (&str, &str),
    page: &mut Page,
) {
    page.heading(&format!("{title} on {}", found.counted_on));
    let kinds = found.kinds.iter().filter(|kind| kind.deal_count > 0).map(|kind| {
        vec![
            kind.name.clone(),
            count(kind.deal_count),
            if kind.amount > 0.0 {
                shown(kind.amount, Unit::Money, currency)
            } else {
                "-".to_owned()
            },
            format!("{:.0} days", kind.median_age_days),
        ]
    });
    let kinds: Vec<Vec<String>> = kinds.collect();
    if kinds.is_empty() {
        page.text(format!("No {what} is open."));
    } else {
        expectations(found, currency, (what, kinds), page);
    }
    if let Some(quarter) = &found.last_quarter {
        page.text(last(quarter, currency, what));
    }
}

fn expectations(
    found: &Pipeline,
    currency: Option<&str>,
    (what, kinds): (&str, Vec<Vec<String>>),
    page: &mut Page,
) {
    page.table(&["open", &format!("{what}s"), "amount", "median age"], 1, kinds);
    let rows = found.forecasts.iter().map(|forecast| {
        vec![
            format!("within {} days", forecast.within_days),
            expected(forecast.won, Unit::Ratio, None),
            expected(forecast.amount, Unit::Money, currency),
        ]
    });
    page.text(
        format!(
            "Expected of those that are open: of each the share of {what}s that had been open as long and were won in \
             the days after, times its amount. The interval holds the chance of each {what} and of the curve, not a \
             change of the market or of the team."
        ),
    );
    page.table(&["from that day", "wins", "amount"], 1, rows.collect());
    for (n, why) in [
        (found.too_old_count, "older than any that ended: nothing is expected of them"),
        (found.undated_count, "without a day of creation: left out"),
        (found.unpriced_count, "without an amount: counted with the average of won deals"),
    ] {
        if n > 0 {
            page.text(format!("{} {why}.", counted(n, &format!("open {what}"))));
        }
    }
}

fn last(quarter: &LastQuarter, currency: Option<&str>, what: &str) -> String {
    let ended = match quarter.within {
        true => "within the intervals",
        false => "outside an interval, so do not plan by the table above",
    };
    format!(
        "The same forecast for the last whole quarter, {} to {}, by what was known the day before it: of {} {} and {}, \
         each with the average of won ones. It came to {} and {}: {ended}. Another {} began in the quarter and \
         were won in it; no forecast of open {what}s has them.",
        quarter.from_day,
        quarter.to_day,
        counted(quarter.open_count, &format!("open {what}")),
        format_args!("{} wins", expected(quarter.won, Unit::Ratio, None)),
        expected(quarter.amount, Unit::Money, currency),
        counted(quarter.came_count, "win"),
        shown(quarter.came_amount, Unit::Money, currency),
        counted(quarter.new_count, what),
    )
}

fn expected(expected: Expected, unit: Unit, currency: Option<&str>) -> String {
    let said = |value: f64| match unit {
        Unit::Ratio => format!("{value:.1}"),
        unit => shown(value, unit, None),
    };
    let interval = expected.interval.map_or(" (too few)".to_owned(), |Interval { low, high }| {
        format!(" ({} to {})", said(low), said(high))
    });
    let value = match unit {
        Unit::Ratio => said(expected.value),
        unit => shown(expected.value, unit, currency),
    };
    format!("{value}{interval}")
}
