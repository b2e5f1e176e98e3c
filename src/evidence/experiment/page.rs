//! A plan and a report as pages.

use super::compare::Difference;
use super::judge::{Compared, Outcome, Report, Verdict};
use super::plan::{Plan, Size};
use super::{ALPHA, judge};
use crate::evidence::stats::Interval;
use crate::report::page::{Bar, Chart, Page};
use crate::report::words::{all, count, counted};

/// A share in percent, with three digits where it is not a whole number.
pub fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if (percent - percent.round()).abs() < 1e-9 {
        return format!("{percent:.0} %");
    }
    if percent.abs() < 9.995 { format!("{percent:.2} %") } else { format!("{percent:.1} %") }
}

fn signed(share: f64) -> String {
    format!("{}{}", if share >= 0.0 { "+" } else { "" }, percent(share))
}

pub fn of_plan(plan: &Plan) -> Page {
    let mut page = Page::new("Plan of an experiment");
    page.text(format!(
        "{} of accounts are held out and have the outcome at a rate of {}. The counts are company families, of \
         both arms together, with which an effect that is there is seen with probability {}; without an effect \
         {} of experiments alarm.",
        percent(plan.held_out_share),
        percent(plan.rate_share),
        percent(plan.power_share),
        percent(plan.false_alarm_share)
    ));
    let months = |size: Size| size.months.map(|months| format!("{months:.1}"));
    let mut header = vec!["rate of the others", "times", "accounts, one look", "held out"];
    header.extend(["accounts, any look", "held out"]);
    let has_months = plan.accounts_a_month_count.is_some();
    if has_months {
        header.extend(["months, one look", "months, any look"]);
    }
    let rows = plan.effects.iter().map(|effect| {
        let size = |size: Size| [count(size.account_count), count(size.held_out_count)];
        let mut row = vec![percent(effect.to_share), format!("{:.2}", effect.times_ratio)];
        row.extend(size(effect.one_look).into_iter().chain(size(effect.any_look)));
        row.extend(months(effect.one_look).into_iter().chain(months(effect.any_look)));
        row
    });
    page.table(&header, 1, rows.collect());
    page.text(
        "One look: the only test is made when all outcomes are known. Any look: the test of `buymode experiment \
         report` allows looking at any time and stopping early; most experiments that show the effect end with \
         fewer accounts.",
    );
    if let Some(a_month) = plan.accounts_a_month_count {
        page.text(format!(
            "Months are those until enough accounts have entered at {} a month, and the {} until the last one's \
             outcome is known.",
            count(a_month.round() as u64),
            counted(plan.window_days, "day")
        ));
    }
    if let Some(in_time) = plan.in_time {
        let seen = |share: Option<f64>| match share {
            Some(share) => format!("{} and more", percent(share)),
            None => "no rate, not even 100 %".to_owned(),
        };
        page.text(format!(
            "In {:.1} months the outcome of {} will be known: one look then shows a rate of {}; looking at any \
             time, {}.",
            in_time.months,
            counted(in_time.account_count, "account"),
            seen(in_time.one_look_share),
            seen(in_time.any_look_share)
        ));
    }
    page.text(
        "An outcome that comes earlier and is more frequent, such as a meeting, takes fewer accounts for the same \
         number of times, and a shorter wait; plan it as its own experiment, with its own rate.",
    );
    page
}

pub fn of_report(report: &Report, source: &str) -> Page {
    let mut page = Page::new("Report of an experiment");
    page.text(verdict(report));
    if !report.is_drawn {
        page.text(
            "The arms are kinds of accounts and were not drawn by chance: a difference goes with the kind, and may \
             be due to anything else in which the kinds differ.",
        );
    }
    page.heading("Arms");
    sizes(report, &mut page);
    for (at, outcome) in report.outcomes.iter().enumerate() {
        page.heading(&format!("Outcome: {}", outcome.outcome));
        if at > 0 {
            page.text(
                "Beside the first outcome, which alone decides: a difference here is a reason to look, no verdict.",
            );
        }
        of_outcome(report, outcome, &mut page);
    }
    page.heading("How to read this");
    page.text(format!(
        "Source: {source}. A unit is {}. Intervals of differences and their p-values are right at \
         every look (Waudby-Smith and others, arXiv 2103.06476), for all comparisons with the control together: of \
         experiments without an effect at most some {} ever show one. They are narrowest at the planned {}. Intervals \
         of single arms are exact ones at 95 %.",
        report.unit,
        percent(ALPHA),
        counted(report.planned_count, "unit")
    ));
    if let Some(before) = &report.adjusted_by {
        page.text(format!(
            "Differences are adjusted by {before}, which was known before the draw (CUPED); rates by arm are as \
             they were seen."
        ));
    }
    page
}

fn verdict(report: &Report) -> String {
    let Some(first) = report.outcomes.first() else { return String::new() };
    let name = &first.outcome;
    let cause =
        if report.is_drawn { "" } else { " This goes with the arms; no draw shows a cause." };
    match report.verdict {
        Verdict::Mismatch => {
            "Read no effect: the arms do not have the sizes that the draw should give. Find out \
             which accounts are missing, or were counted in another arm, and why."
                .to_owned()
        }
        Verdict::Shown => {
            let shown = first.effects.iter().filter_map(|effect| {
                let difference = effect.difference.filter(|d| !d.interval.contains(0.0))?;
                let way = if difference.estimate > 0.0 { "higher" } else { "lower" };
                Some(format!("{} has a {way} {name} than {}", effect.arm, first.arms[0].arm))
            });
            let shown: Vec<String> = shown.collect();
            format!("Stop: {}.{cause}", all(&shown))
        }
        Verdict::NotShown => format!(
            "Stop: the planned number is reached, and no difference in {name} is shown. The intervals below say how \
             large it may still be."
        ),
        Verdict::TooFew => format!("Go on: too few to say anything of {name}."),
        Verdict::GoOn => {
            let known = first.arms.iter().map(|arm| arm.unit_count).sum::<u64>();
            format!(
                "Go on: no difference in {name} is shown yet. {} of the planned {} have a known outcome.",
                count(known),
                counted(report.planned_count, "unit")
            )
        }
    }
}

fn sizes(report: &Report, page: &mut Page) {
    let rows = report.arms.iter().map(|arm| {
        let share = arm.planned_share.map_or("-".to_owned(), percent);
        vec![arm.arm.clone(), count(arm.drawn_count), share, count(arm.unit_count)]
    });
    page.table(&["arm", "accounts", "planned share", "units"], 1, rows.collect());
    if let Some(mismatch) = report.mismatch {
        let alarm = if mismatch.is_alarm { "do not fit" } else { "fit" };
        page.text(format!(
            "The sizes {alarm} the planned shares: p {} for a single look, p {} at every look (alarm below {}).",
            p(mismatch.one_look),
            p(mismatch.any_look),
            judge::MISMATCH_P
        ));
    }
    for left_out in &report.left_out {
        page.text(format!(
            "Left out: {}: {}.",
            counted(left_out.account_count, "account"),
            left_out.why
        ));
    }
}

fn of_outcome(report: &Report, outcome: &Outcome, page: &mut Page) {
    let shown = |value: f64| if outcome.is_rate { percent(value) } else { format!("{value:.3}") };
    let rows = outcome.arms.iter().map(|arm| {
        let interval = arm.interval.map_or("-".to_owned(), |i| between(i, percent));
        let happened = arm.happened_count.map_or("-".to_owned(), count);
        let open = count(arm.open_count);
        // Of none nothing is known, no rate of 0 either.
        let mean = if arm.unit_count == 0 { "-".to_owned() } else { shown(arm.mean) };
        vec![arm.arm.clone(), count(arm.unit_count), open, happened, mean, interval]
    });
    let value = if outcome.is_rate { "rate" } else { "mean" };
    page.table(&["arm", "known", "not yet", "happened", value, "95 % interval"], 1, rows.collect());
    let first = outcome.arms.first().map(|arm| arm.arm.as_str()).unwrap_or_default();
    for effect in &outcome.effects {
        page.text(compared(outcome, effect, first, report.adjusted_by.as_deref()));
    }
    let bars = outcome.effects.iter().filter_map(|effect| {
        let difference = effect.difference?;
        let scale = if outcome.is_rate { 100.0 } else { 1.0 };
        let Interval { low, high } = difference.interval;
        Some(Bar {
            label: format!("{} - {first}", effect.arm),
            value: scale * difference.estimate,
            interval: Some((scale * low, scale * high)),
            note: format!("p {}", p(difference.p)),
        })
    });
    let bars: Vec<Bar> = bars.collect();
    if !bars.is_empty() {
        let unit = if outcome.is_rate { " percentage points" } else { "" };
        let title = format!("{}: difference to {first}, right at every look", outcome.outcome);
        page.chart(Chart::Bars { title, bars, line: Some(0.0), unit });
    }
}

fn compared(outcome: &Outcome, effect: &Compared, control: &str, before: Option<&str>) -> String {
    let Some(difference) = effect.difference else {
        let why = effect.too_few.as_deref().unwrap_or("too few");
        return format!("{} against {control}: {why}.", effect.arm);
    };
    let Difference { estimate, interval, z, relative, relative_interval, more, .. } = difference;
    let shown = |value: f64| match outcome.is_rate {
        true => format!("{:+.2} points", 100.0 * value),
        false => format!("{value:+.3}"),
    };
    let relative = match (relative, relative_interval) {
        (Some(relative), Some(interval)) => {
            format!("; {} relative ({})", signed(relative), between(interval, signed))
        }
        (Some(relative), None) => format!("; {} relative", signed(relative)),
        (None, _) => String::new(),
    };
    let adjusted = match before {
        Some(before) => format!(
            " Adjusted by {before}, which leaves {} of the variance.",
            percent(difference.variance_left)
        ),
        None => String::new(),
    };
    let enough = match more {
        0 => "Enough: the interval leaves 0 out.".to_owned(),
        more => {
            format!("Not enough: at this difference some {} more units would show it.", count(more))
        }
    };
    format!(
        "{} against {control}: {} ({}){relative}; p {}. {enough}{adjusted} For a single look, unadjusted: z {z:.2}.",
        effect.arm,
        shown(estimate),
        between(interval, shown),
        p(difference.p)
    )
}

fn between(interval: Interval, shown: impl Fn(f64) -> String) -> String {
    format!("{} to {}", shown(interval.low), shown(interval.high))
}

fn p(p: f64) -> String {
    if p < 0.0001 { "below 0.0001".to_owned() } else { format!("{p:.4}") }
}
