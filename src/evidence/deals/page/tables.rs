//! The tables and charts of the page.

use super::{enough, measured, shown};
use crate::evidence::deals::figures::{Figure, Measured, Unit};
use crate::evidence::deals::groups::Rate;
use crate::evidence::deals::impact::Impact;
use crate::evidence::deals::result::{Reached, Spend, Tested};
use crate::evidence::experiment::page::percent;
use crate::evidence::stats::Interval;
use crate::report::page::{Bar, Chart, Page};
use crate::report::words::{count, counted};

/// A group below is shown, and said to be too few.
const GROUP_MIN: u64 = 10;

/// The names of the two kinds of company.
type Kinds<'a> = [&'a str; 2];

pub(super) fn figures(
    figures: &[Figure],
    kinds: Kinds<'_>,
    currency: Option<&str>,
    page: &mut Page,
) {
    let counts = |measured: Option<Measured>| {
        measured.map_or("-".to_owned(), |m| {
            format!("{} of {}", count(m.record_count), count(m.family_count))
        })
    };
    let times = |figure: &Figure| match (figure.times_ratio, figure.times_interval) {
        (Some(ratio), Some(Interval { low, high })) => {
            format!("{ratio:.2} ({low:.2} to {high:.2})")
        }
        (Some(ratio), None) => format!("{ratio:.2} (too few)"),
        (None, _) => "-".to_owned(),
    };
    let rows = figures.iter().map(|figure| {
        vec![
            figure.figure.clone(),
            measured(figure.icp, figure.unit, currency),
            counts(figure.icp),
            measured(figure.others, figure.unit, currency),
            counts(figure.others),
            times(figure),
            enough(figure),
        ]
    });
    page.text(
        "Figures, with 95 % intervals, and the records behind them of how many accounts. Many figures are looked at: \
         one of twenty differs by chance alone.",
    );
    let header = ["figure", kinds[0], "records", kinds[1], "records", "first / second", "enough?"];
    page.table(&header, 7, rows.collect());
    let how = figures.iter().map(|figure| vec![figure.figure.clone(), figure.how.clone()]);
    page.table(&["figure", "how"], 2, how.collect());
}

fn rates(rates: &[Rate], page: &mut Page) {
    let rows = rates.iter().map(|rate| {
        let Interval { low, high } = rate.interval;
        let few = if rate.family_count < GROUP_MIN { ", too few" } else { "" };
        vec![
            format!("{}: {}", rate.by, rate.name),
            count(rate.closed_count),
            count(rate.family_count),
            count(rate.open_count),
            count(rate.won_count),
            percent(rate.rate_share),
            format!("{} to {}{few}", percent(low), percent(high)),
        ]
    });
    let header = ["deals", "closed", "accounts", "open", "won", "win rate", "95 % interval"];
    page.table(&header, 1, rows.collect());
}

pub(super) fn groups(test: &Tested, page: &mut Page) {
    if test.groups.is_empty() {
        return;
    }
    page.text(
        "By group. Many groups are looked at: the best of them looks good by chance. Products and owners are \
         not properties of a company, and are shown to see what else win rates go with.",
    );
    rates(&test.groups, page);
    let shown = test.groups.iter().filter(|rate| rate.family_count >= GROUP_MIN);
    let bars: Vec<Bar> = shown
        .map(|rate| Bar {
            label: format!("{}: {}", rate.by, rate.name),
            value: 100.0 * rate.rate_share,
            interval: Some((100.0 * rate.interval.low, 100.0 * rate.interval.high)),
            note: format!("{} closed", counted(rate.closed_count, "deal")),
        })
        .collect();
    if !bars.is_empty() {
        let won: u64 = tiers(test).map(|rate| rate.won_count).sum();
        let closed: u64 = tiers(test).map(|rate| rate.closed_count).sum();
        let title = "Win rate in percent; the line: all deals".to_owned();
        let line = (closed > 0).then(|| 100.0 * won as f64 / closed as f64);
        page.chart(Chart::Bars { title, bars, line, unit: " %" });
    }
}

fn tiers(test: &Tested) -> impl Iterator<Item = &Rate> {
    test.groups.iter().filter(|rate| rate.by == "tier")
}

pub(super) fn order(test: &Tested, page: &mut Page) {
    let Some(ordered) = &test.ordered else {
        page.text("Order: not enough; at least 10 won and 10 lost deals are needed.");
        return;
    };
    let mut orders =
        vec![vec!["fit of the profile".to_owned(), format!("{:.3}", ordered.fit_auc_share)]];
    if let Some(best) = &ordered.best_single {
        let name = format!("best single criterion, found here: {}", best.criterion);
        orders.push(vec![name, format!("{:.3}", best.auc_share)]);
    }
    if let Some(recency) = ordered.recency_auc_share {
        orders.push(vec!["newest deal first".to_owned(), format!("{recency:.3}")]);
    }
    orders.push(vec!["random".to_owned(), "0.500".to_owned()]);
    page.text(format!(
        "Order of closed deals: the probability that a won one stands above a lost one (AUC). Fits dealt out anew among \
         accounts order them as well with probability {:.3}.",
        ordered.p
    ));
    page.table(&["order", "AUC"], 1, orders);
    if let Some(found) = ordered.at_capacity {
        page.text(format!(
            "Of the {} with the best fit {} were won; these are {} of all won ones.",
            counted(found.deal_count, "deal"),
            percent(found.precision_share),
            percent(found.recall_share)
        ));
    }
    let tenths: Vec<Vec<String>> = ordered
        .deciles
        .iter()
        .enumerate()
        .map(|(at, tenth)| {
            vec![
                format!("{}", at + 1),
                count(tenth.account_count),
                format!("{:.1}", tenth.happened_ratio),
                format!("{:.2}", tenth.lift_ratio),
            ]
        })
        .collect();
    page.table(&["tenth by fit", "deals", "won", "lift"], 0, tenths);
    let bars = ordered.deciles.iter().enumerate().map(|(at, tenth)| Bar {
        label: format!("tenth {}", at + 1),
        value: tenth.lift_ratio,
        interval: None,
        note: format!("{:.1} won", tenth.happened_ratio),
    });
    let title = "Lift by tenth of fit; the line: all deals".to_owned();
    page.chart(Chart::Bars { title, bars: bars.collect(), line: Some(1.0), unit: "" });
}

pub(super) fn calibrated(test: &Tested, page: &mut Page) {
    if test.calibrated.is_empty() {
        return;
    }
    page.text(
        "Forward in time: the win rate of each tier in the earlier half of the deals, as a forecast for the later half. \
         Of the later deals those that take long are open still, and do not count yet.",
    );
    let rows = test.calibrated.iter().map(|one| {
        let Interval { low, high } = one.later.interval;
        let holds = if one.later.interval.contains(one.forecast_share) { "yes" } else { "no" };
        vec![
            one.tier.clone(),
            percent(one.forecast_share),
            percent(one.later.rate_share),
            format!("{} to {}", percent(low), percent(high)),
            holds.to_owned(),
            count(one.later.closed_count),
        ]
    });
    let header = ["tier", "forecast", "came", "95 % interval", "holds it", "deals"];
    page.table(&header, 1, rows.collect());
}

pub(super) fn funnel(steps: &[Reached], kinds: Kinds<'_>, said: &str, page: &mut Page) {
    if steps.len() < 3 {
        return;
    }
    let first = steps.first().map_or((0, 0), |step| (step.icp_count, step.others_count));
    let share = |part: u64, whole: u64| percent(part as f64 / whole.max(1) as f64);
    let rows = steps.iter().map(|step| {
        vec![
            step.step.clone(),
            step.said_by.clone().unwrap_or_default(),
            count(step.icp_count),
            share(step.icp_count, first.0),
            count(step.others_count),
            share(step.others_count, first.1),
        ]
    });
    page.text(said);
    let header = ["step", "said by", kinds[0], "share", kinds[1], "share"];
    page.table(&header, 2, rows.collect());
    let bars = steps.iter().flat_map(|step| {
        let counts = [step.icp_count, step.others_count].into_iter().zip([first.0, first.1]);
        counts.zip(kinds).map(|((part, whole), name)| Bar {
            label: format!("{}: {name}", step.step),
            value: 100.0 * part as f64 / whole.max(1) as f64,
            interval: None,
            note: count(part),
        })
    });
    let title = "Funnel, in percent of all records of the kind".to_owned();
    page.chart(Chart::Bars { title, bars: bars.collect(), line: None, unit: " %" });
}

pub(super) fn impact(impact: &[Impact], kinds: Kinds<'_>, currency: Option<&str>, page: &mut Page) {
    let claimed = |value: f64, unit: Unit| match unit {
        Unit::Money => shown(value, unit, Some("USD")),
        _ => shown(value, unit, None),
    };
    let rows = impact.iter().map(|row| {
        vec![
            row.figure.clone(),
            claimed(row.claimed_before, row.unit),
            claimed(row.claimed_after, row.unit),
            measured(row.others, row.unit, currency),
            measured(row.icp, row.unit, currency),
        ]
    });
    page.text(
        "Impact. A vendor claims the first two columns, without a source; the last two are yours. The claim is about \
         teams before and after they had a profile, yours is about companies that fit and others in the same time: \
         the two are not the same comparison, and neither shows a cause.",
    );
    let [icp, others] = kinds.map(|kind| format!("yours: {kind}"));
    let header = ["figure", "claimed before", "claimed after", &others, &icp];
    page.table(&header, 1, rows.collect());
}

pub(super) fn spend(spend: &Spend, currency: Option<&str>, page: &mut Page) {
    let of = |value: Option<f64>, what: &str| match value {
        Some(value) => format!("{} per {what}", shown(value, Unit::Money, currency)),
        None => format!("no {what} is known"),
    };
    page.text(format!(
            "Of the spend of {}: {}; {}{}. To which companies it went is not known.",
            shown(spend.spend, Unit::Money, currency),
            of(spend.per_won, "won deal"),
            of(spend.per_mql, "MQL"),
            spend.payback_months.map_or(String::new(), |months| format!(
                "; new customers pay it back in {months:.1} months, if it won them and they are customers for as long"
            ))
        ));
}
