//! A backtest as a page.

use super::figures::{Backtest, Group, MARK, PERMUTATIONS};
use super::sample::OTHERS;
use crate::evidence::deals::page::sales;
use crate::evidence::experiment::page::percent;
use crate::evidence::stats::Interval;
use crate::report::page::{Bar, Chart, Curve, Page};
use crate::report::words::{count, counted};

/// A group below is shown, and said to be too few.
const GROUP_MIN: u64 = 10;
/// A ratio between these is hardly a difference.
const ALIKE: (f64, f64) = (0.8, 1.25);

pub fn page(tests: &[Backtest]) -> Page {
    let mut page = Page::new("Backtest");
    for test in tests {
        of(test, &mut page);
    }
    page.heading("How to read this");
    page.text(format!(
        "Each account counts once, on the day of its first entry under the profile, which is applied as if it had \
         been active from the log's first record. For each, {OTHERS} others are drawn that the log knew that day and \
         that had not entered by then. An outcome counts from the day after on: nothing shows that one of the very \
         day came later. An account whose window reaches beyond the last report of an outcome is left out of rates until it \
         has ended. \
         Records count from the time at which the log has them; in a history that was imported by the dates of \
         events that may be earlier than anyone knew of them."
    ));
    page.text(
        "\"Entered\" goes with the outcome or does not; nothing here shows a cause. If the profile was live, the team \
         worked the accounts that it named: compare the periods, and accounts with and without an owner. Intervals \
         are at 95 %, by company family. Only an experiment with a hold-out arm shows what entering is worth.",
    );
    page
}

fn of(test: &Backtest, page: &mut Page) {
    let outcome = test.outcome.replace('_', " ");
    page.heading(&format!("{} for {}: {outcome}", test.profile, test.product));
    page.text(verdict(test));
    let from = match test.from_day.as_deref() {
        // A log has no earlier time.
        Some("1970-01-01") => "1970 or earlier",
        Some(day) => day,
        None => "-",
    };
    page.text(format!(
        "Version {}, records from {from} to {}, seed {}.",
        test.profile_version, test.to_day, test.seed
    ));
    rates(&[test.entered.clone(), test.others.clone()], page);
    for left_out in &test.left_out {
        page.text(format!(
            "Left out: {}: {}.",
            counted(left_out.account_count, "account"),
            left_out.why
        ));
    }
    // A kind with one group says what stands above.
    let same = |group: &Group| test.groups.iter().filter(|other| other.by == group.by).count();
    let groups: Vec<Group> = test.groups.iter().filter(|g| same(g) > 1).cloned().collect();
    if !groups.is_empty() {
        page.text("Accounts that entered, by group. Many groups are looked at: the best of them looks good by chance.");
        rates(&groups, page);
        let shown = groups.iter().filter(|group| group.account_count >= GROUP_MIN);
        let bars: Vec<Bar> = shown
            .map(|group| Bar {
                label: format!("{}: {}", group.by, group.name.replace('_', " ")),
                value: 100.0 * group.rate_share,
                interval: Some((100.0 * group.interval.low, 100.0 * group.interval.high)),
                note: counted(group.account_count, "account"),
            })
            .collect();
        if !bars.is_empty() {
            let title = format!("{outcome}, in percent; the line: others");
            let line = Some(100.0 * test.others.rate_share);
            page.chart(Chart::Bars { title, bars, line, unit: " %" });
        }
    }
    ranking(test, page);
    incidence(test, page);
    timeline(test, page);
    if let Some(deal) = test.deal {
        let interval = deal.interval.map_or(String::new(), |Interval { low, high }| {
            format!(" ({} to {})", count(low.round() as u64), count(high.round() as u64))
        });
        page.text(format!(
            "Average of {} of accounts that entered: {} USD{interval}.",
            counted(deal.deal_count, "reported amount"),
            count(deal.mean_usd.round() as u64)
        ));
    }
    sales(&test.sales, page);
}

fn verdict(test: &Backtest) -> String {
    if test.entered.account_count == 0 {
        return match test.entered.open_count {
            0 => "No account entered under this profile.".to_owned(),
            open => format!(
                "Not enough: {} entered, and the window of none is over.",
                counted(open, "account")
            ),
        };
    }
    let [entered, others] = [&test.entered, &test.others].map(|group| {
        format!(
            "{} ({} of {})",
            percent(group.rate_share),
            count(group.happened_count),
            count(group.account_count)
        )
    });
    let head = format!(
        "Of accounts that entered {entered} had the outcome, of others on the same days {others}."
    );
    let Some(times) = test.times else {
        return format!(
            "{head} Not enough: one of the two has no outcome, so that there is nothing to compare."
        );
    };
    let Some(interval) = times.interval else {
        return format!("{head} Not enough for an interval.");
    };
    let mark = if interval.low > MARK {
        "above"
    } else if interval.high < MARK {
        "below"
    } else {
        "across"
    };
    let enough = match times.more_count {
        _ if interval.low > ALIKE.0 && interval.high < ALIKE.1 => {
            "Enough to say that the two hardly differ.".to_owned()
        }
        0 => "Enough to show a difference.".to_owned(),
        more => format!(
            "Not enough: at these rates some {} more accounts would show a difference.",
            count(more)
        ),
    };
    format!(
        "{head} That is {:.2} times as often ({:.2} to {:.2}), which lies {mark} the usual mark of {MARK} times. \
         {enough} Shuffled outcomes differ as much with probability {:.3} ({PERMUTATIONS} times, by family within \
         quarter).",
        times.times_ratio, interval.low, interval.high, test.p
    )
}

fn rates(groups: &[Group], page: &mut Page) {
    let rows = groups.iter().map(|group| {
        let (rate, interval) = match group.account_count {
            0 => ("-".to_owned(), "none is known yet".to_owned()),
            _ => (percent(group.rate_share), between(group.interval)),
        };
        let few = if (1..GROUP_MIN).contains(&group.account_count) { ", too few" } else { "" };
        vec![
            if group.by == "all" {
                group.name.clone()
            } else {
                format!("{}: {}", group.by, group.name.replace('_', " "))
            },
            count(group.account_count),
            count(group.family_count),
            count(group.open_count),
            count(group.happened_count),
            rate,
            format!("{interval}{few}"),
        ]
    });
    let header = ["accounts", "known", "families", "not yet", "happened", "rate", "95 % interval"];
    page.table(&header, 1, rows.collect());
}

fn between(interval: Interval) -> String {
    format!("{} to {}", percent(interval.low), percent(interval.high))
}

fn ranking(test: &Backtest, page: &mut Page) {
    let Some(ranking) = &test.ranking else {
        page.text(
            "Order: not enough; at least 10 accounts with the outcome and 10 without are needed among those that \
             entered.",
        );
        return;
    };
    let mut orders = vec![
        vec!["score of the profile".to_owned(), format!("{:.3}", ranking.score_auc_share)],
        vec!["fit alone".to_owned(), format!("{:.3}", ranking.fit_auc_share)],
    ];
    if let Some(recency) = ranking.recency_auc_share {
        orders.push(vec!["newest signal first".to_owned(), format!("{recency:.3}")]);
    }
    if let Some(best) = &ranking.best_single {
        let name = format!("best single group, found here: {}", best.criterion);
        orders.push(vec![name, format!("{:.3}", best.auc_share)]);
    }
    orders.push(vec!["random".to_owned(), "0.500".to_owned()]);
    page.text(format!(
        "Order among those that entered: the probability that one with the outcome stands above one without (AUC). \
         Outcomes shuffled within the quarter are ordered as well by the score with probability {:.3}.",
        ranking.p
    ));
    page.table(&["order", "AUC"], 1, orders);
    let tenths = ranking.deciles.iter().enumerate().map(|(at, tenth)| {
        vec![
            format!("{}", at + 1),
            count(tenth.account_count),
            format!("{:.1}", tenth.happened_ratio),
            format!("{:.2}", tenth.lift_ratio),
        ]
    });
    page.table(&["tenth by score", "accounts", "happened", "lift"], 0, tenths.collect());
    let bars = ranking.deciles.iter().enumerate().map(|(at, tenth)| Bar {
        label: format!("tenth {}", at + 1),
        value: tenth.lift_ratio,
        interval: None,
        note: format!("{:.1} happened", tenth.happened_ratio),
    });
    let title = "Lift by tenth of score; the line: all that entered".to_owned();
    page.chart(Chart::Bars { title, bars: bars.collect(), line: Some(1.0), unit: "" });
    if let Some(found) = ranking.at_capacity {
        page.text(format!(
            "Of the {} with the best score {} had the outcome; these are {} of all with it.",
            counted(found.account_count, "account"),
            percent(found.precision_share),
            percent(found.recall_share)
        ));
    }
}

/// The rate by the quarter of the entry.
fn timeline(test: &Backtest, page: &mut Page) {
    let bars: Vec<Bar> = test
        .quarters
        .iter()
        .map(|group| Bar {
            label: group.name.clone(),
            value: 100.0 * group.rate_share,
            interval: Some((100.0 * group.interval.low, 100.0 * group.interval.high)),
            note: counted(group.account_count, "account"),
        })
        .collect();
    if bars.len() > 1 {
        let title = "Outcome by quarter of the entry, in percent; the line: others".to_owned();
        let line = Some(100.0 * test.others.rate_share);
        page.chart(Chart::Bars { title, bars, line, unit: " %" });
    }
}

fn incidence(test: &Backtest, page: &mut Page) {
    let curves = test.incidence.iter().map(|curve| Curve {
        label: format!("{} ({})", curve.name, counted(curve.account_count, "account")),
        points: curve
            .steps
            .iter()
            .map(|step| {
                let Interval { low, high } = step.interval;
                (step.days, 100.0 * step.share, 100.0 * low, 100.0 * high)
            })
            .collect(),
    });
    let curves: Vec<Curve> = curves.filter(|curve| !curve.points.is_empty()).collect();
    if curves.is_empty() {
        return;
    }
    let shares: Vec<String> = test
        .incidence
        .iter()
        .map(|curve| format!("{} of {}", percent(curve.window_share), curve.name))
        .collect();
    page.text(format!(
        "Estimated for the end of the window with accounts that are still open, lost ones being a competing end \
         (Aalen-Johansen): {}.",
        shares.join(", ")
    ));
    let title =
        "Share with the outcome since the day of entry, in percent, up to the end of the window"
            .to_owned();
    page.chart(Chart::Curves { title, curves, x: "days", y: "percent" });
}
