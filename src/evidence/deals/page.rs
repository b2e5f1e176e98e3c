//! A profile on an export, as a page.

mod charts;
mod pipeline;
mod sales;
mod tables;

pub use sales::sales;

use super::figures::{FAMILIES_MIN, Figure, Lies, Measured, Unit};
use super::order::PERMUTATIONS;
use super::result::{Share, Tested};
use crate::evidence::experiment::page::percent;
use crate::evidence::stats::Interval;
use crate::report::page::Page;
use crate::report::words::{all, count, counted};

const KINDS: [&str; 2] = ["fits", "does not fit"];
/// Below, most of what a profile asks is not known.
const KNOWN_MIN: f64 = 60.0;
/// A ratio between these is hardly a difference.
const ALIKE: (f64, f64) = (0.8, 1.25);

pub fn page(tests: &[Tested], problems: &[String]) -> Page {
    let mut page = Page::new("Backtest on an export");
    for test in tests {
        of(test, problems, &mut page);
    }
    page.heading("How to read this");
    page.text(
        "\"Fits\" is a company with a tier of the profile that passes its gate and that nothing excludes. A file has no \
         signals, so that the profile's triggers are not judged. Intervals are at 95 % and by company family: deals of \
         one account resemble each other, so that ten deals of one say less than ten of ten. \"Enough\" says whether \
         the interval of the ratio leaves out 1, and how many more accounts, at the values seen, would bring it there.",
    );
    page.text(
        "Fitting goes with a figure or does not; nothing here shows a cause. A profile that was made from these very \
         deals looks better on them than it will on the next ones. Only an experiment shows what following it is \
         worth (buymode experiment plan).",
    );
    page
}

fn of(test: &Tested, problems: &[String], page: &mut Page) {
    page.heading(&format!("{} for {}: deals of {}", test.profile, test.product, test.file));
    page.text(verdict(test));
    let from = test.from_day.as_deref().unwrap_or("an unknown day");
    page.text(format!(
        "{}, {} of them closed, of {}, from {from} to {}; version {}, seed {}.",
        counted(test.deal_count, "deal"),
        count(test.closed_count),
        if test.has_accounts {
            counted(test.family_count, "company family")
        } else {
            "unnamed accounts, so that intervals take each deal for one account and are too narrow"
                .to_owned()
        },
        test.to_day,
        test.profile_version,
        test.seed
    ));
    if test.known_percent < KNOWN_MIN {
        page.text(format!(
            "The columns answer {:.0} % of the profile's weight in the mean: most of it is not known here, and a \
             company of which too little is known does not fit.",
            test.known_percent
        ));
    }
    if test.unknown_count > 0 {
        page.text(format!(
            "Left out of all but the open pipeline: {} of whose company nothing is known, such as where the account is \
             missing.",
            counted(test.unknown_count, "deal")
        ));
    }
    page.text(as_of(test));
    if !problems.is_empty() {
        page.text(format!(
            "buymode crm check finds {} in these files that make figures wrong: {}.",
            counted(problems.len(), "problem"),
            problems.iter().take(3).cloned().collect::<Vec<_>>().join("; ")
        ));
    }
    let currency = test.currency.as_deref();
    tables::figures(&test.figures, KINDS, currency, page);
    for share in test.fill.iter().chain(&test.market) {
        page.text(part(share));
    }
    charts::incidence(&test.incidence, page);
    tables::groups(test, page);
    charts::timeline(&test.quarters, page);
    tables::order(test, page);
    tables::calibrated(test, page);
    charts::calibrated(&test.calibrated, page);
    let said = "Funnel: records that reached a step, and their share of all. A later step counts as an earlier one too.";
    tables::funnel(&test.funnel, KINDS, said, page);
    tables::impact(&test.impact, KINDS, currency, page);
    if let Some(spend) = &test.spend {
        tables::spend(spend, currency, page);
    }
    if let Some(found) = &test.pipeline {
        pipeline::pipeline(found, currency, ("Open pipeline", "deal"), page);
    }
    if !test.falls_away.is_empty() {
        page.text("The files lack the columns for:");
        let rows = test.falls_away.iter();
        let rows = rows.map(|one| vec![one.figure.clone(), all(&one.missing)]).collect();
        page.table(&["figure", "needs"], 2, rows);
    }
}

fn verdict(test: &Tested) -> String {
    let Some(rate) = test.figures.iter().find(|figure| figure.figure == "win rate") else {
        return "Not enough: no deal has ended.".to_owned();
    };
    let (Some(icp), Some(others)) = (rate.icp, rate.others) else {
        let which = if rate.icp.is_none() { "fits" } else { "does not fit" };
        return format!(
            "Nothing to compare: none of the closed deals is with a company that {which}. Look at the profile with \
             buymode icp match, or give the columns that it asks for."
        );
    };
    let said = |measured: Measured| {
        let won = (measured.value * measured.record_count as f64).round() as u64;
        format!("{} ({} of {})", percent(measured.value), count(won), count(measured.record_count))
    };
    let head = format!(
        "Of closed deals with companies that fit {} were won, of the others {}.",
        said(icp),
        said(others)
    );
    let Some((times, interval)) = rate.times_ratio.zip(rate.times_interval) else {
        return format!(
            "{head} Not enough to compare: at least {FAMILIES_MIN} accounts of either kind and a win of each are needed."
        );
    };
    let lies = rate.mark.as_ref().map_or(String::new(), |mark| {
        format!(", which lies {} the usual mark of 2 times", mark.lies)
    });
    format!(
        "{head} That is {times:.2} times as often ({:.2} to {:.2}){lies}. {}. Fits dealt out anew among the accounts \
         differ as much with probability {:.3} ({PERMUTATIONS} times, within the quarter of an account's first deal).",
        interval.low,
        interval.high,
        enough(rate),
        test.p
    )
}

/// Whether there is enough to show a difference.
fn enough(figure: &Figure) -> String {
    let alike = figure.times_interval.is_some_and(|i| i.low > ALIKE.0 && i.high < ALIKE.1);
    match (figure.more_count, figure.times_interval) {
        _ if alike => "Enough to say that they hardly differ".to_owned(),
        (Some(0), _) => "Enough to show a difference".to_owned(),
        (Some(more), _) => format!("Not enough: some {} would", more_accounts(more)),
        (None, Some(_)) => "Not enough: the two hardly differ".to_owned(),
        (None, None)
            if figure.times_ratio.is_none() && figure.icp.is_some() && figure.others.is_some() =>
        {
            "Not compared".to_owned()
        }
        (None, None) => "Not enough of one of the two".to_owned(),
    }
}

fn more_accounts(more: u64) -> String {
    format!("{} more {}", count(more), if more == 1 { "account" } else { "accounts" })
}

fn as_of(test: &Tested) -> String {
    let Some(dated) = &test.dated else {
        return "Attributes of companies are as of the day of the export, not of the day when a deal began: no column \
                says when an account was last changed, so that no figure without them can stand beside. A company \
                that grew because it bought looks as if it had been large before."
            .to_owned();
    };
    let said = |rate: &super::groups::Rate| {
        format!(
            "{} ({} of {})",
            percent(rate.rate_share),
            count(rate.won_count),
            count(rate.closed_count)
        )
    };
    format!(
        "Attributes of companies are as of the day of the export. Of the deals whose account was last changed before \
         they began, {} were won where the company fits, {} of the others: read these first.",
        said(&dated.icp),
        said(&dated.others)
    )
}

fn part(share: &Share) -> String {
    let interval = share.interval.map_or(", too few accounts for an interval".to_owned(), |i| {
        format!(" ({} to {})", percent(i.low), percent(i.high))
    });
    let mark = share.mark.as_ref().map_or(String::new(), |mark| {
        let met = if mark.mark.starts_with("at most") { Lies::Below } else { Lies::Above };
        let said = match mark.lies {
            lies if lies == met => "this keeps to the usual mark",
            Lies::Across => "with so few this may be on either side of the usual mark",
            _ => "this misses the usual mark",
        };
        format!("; {said}, {}", mark.mark)
    });
    format!("{} of {} fit{interval}{mark}.", percent(share.value_share), share.of)
}

/// A value with its unit.
fn shown(value: f64, unit: Unit, currency: Option<&str>) -> String {
    let whole = |value: f64| {
        let sign = if value < 0.0 { "-" } else { "" };
        format!("{sign}{}", count(value.abs().round() as u64))
    };
    let money = currency.map_or(String::new(), |currency| format!(" {currency}"));
    match unit {
        Unit::Share => percent(value),
        Unit::Money => format!("{}{money}", whole(value)),
        Unit::MoneyPerDay => format!("{}{money} a day", whole(value)),
        Unit::Days => format!("{value:.0} days"),
        Unit::Months => format!("{value:.1} months"),
        Unit::Ratio => format!("{value:.2}"),
        Unit::Points => format!("{value:.0}"),
    }
}

fn measured(measured: Option<Measured>, unit: Unit, currency: Option<&str>) -> String {
    let Some(measured) = measured else { return "-".to_owned() };
    let interval = match measured.interval {
        Some(Interval { low, high }) => {
            format!(" ({} to {})", bare(low, unit), bare(high, unit))
        }
        None => " (too few)".to_owned(),
    };
    format!("{}{interval}", shown(measured.value, unit, currency))
}

/// A value without its unit, for the ends of an interval.
fn bare(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Share => percent(value).replace(" %", ""),
        Unit::MoneyPerDay => shown(value, Unit::Money, None),
        Unit::Days => format!("{value:.0}"),
        Unit::Months => format!("{value:.1}"),
        other => shown(value, other, None),
    }
}
