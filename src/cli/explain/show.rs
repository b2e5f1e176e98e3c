//! An explanation for people, as wide as their terminal.

use crate::cli::output::{columns, prose as line};
use crate::console::Explained;
use crate::console::explain::{EventExplained, ProductExplained, ReportExplained};
use crate::domain::account::decision::{
    ContributionExplained, CriterionExplained, IntentExplained,
};
use crate::domain::account::headline::days_ago;
use crate::domain::account::sum::{Part, Sum, fit_shown};
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;
use crate::report::layout::rows;
use crate::report::words::{counted, points};

pub(super) fn print(e: &Explained) -> anyhow::Result<()> {
    let name = e.name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
    line(&format!("{name}({}) on {}: {}", e.account, e.on, e.stage))?;
    if let Some(other) = &e.moved_to {
        line(&format!(
            "merged into {other}: records of {0} count there, see `buymode explain {other}`; \
             `buymode aliases remove {0}` undoes the merge",
            e.account
        ))?;
    }
    if e.awaits_return {
        line("being unmerged: its data is on the way back; no decisions yet")?;
    }
    for member in &e.members {
        let through = if member.alias_of == e.account {
            String::new()
        } else {
            format!(", through {}", member.alias_of)
        };
        line(&format!(
            "the same company: {}{through}, since {}; reports that came under it: {}",
            member.account,
            member.since.to_rfc3339(),
            member.reports
        ))?;
    }
    for suppression in &e.suppressions {
        let list: &str = suppression.list.into();
        line(&format!("on the list {list} since {}", suppression.since))?;
    }
    if let Some(parent) = &e.kin.parent {
        line(&format!("subsidiary of {}", parent.account))?;
        for suppression in &parent.lists {
            let list: &str = suppression.list.into();
            line(&format!("  which is on the list {list} since {}", suppression.since))?;
        }
    }
    if !e.kin.children.is_empty() {
        let names: Vec<&str> = e.kin.children.iter().map(|c| c.account.as_str()).collect();
        line(&format!("subsidiaries: {}", names.join(", ")))?;
    }
    if e.products.is_empty() {
        line("no profile is active: publish one with `buymode icp publish FILE`")?;
    }
    for product in &e.products {
        line("")?;
        print_product(product, e.on)?;
    }
    if !e.events.is_empty() {
        line("\nEvents, the newest first")?;
        line(&events(&e.events))?;
    }
    for due in &e.due {
        line(&format!("due with the next tick: {due}"))?;
    }
    Ok(())
}

fn print_product(p: &ProductExplained, on: Day) -> anyhow::Result<()> {
    line(&format!(
        "{}: {}, {}, profile {} ({}), segment {}",
        p.product, p.stage, p.tier, p.profile, p.profile_version, p.segment
    ))?;
    let (fit, i, sum) = (&p.fit, &p.intent, Sum::of(&p.intent));
    let upper = if fit.upper > fit.lower {
        format!(", up to {} once all is known", fit.upper)
    } else {
        String::new()
    };
    let gate = match sum.fit() {
        Some(_) => String::new(),
        None => format!(" (needs {})", fit.gate),
    };
    line(&format!(
        "Fit {}{gate}{upper}, {} % of the weight known: {}",
        fit_shown(fit),
        fit.known_percent,
        if p.fits { "passes" } else { "does not pass" }
    ))?;
    let criteria = fit.criteria.iter().map(|c| {
        let required = if c.required { " (required)" } else { "" };
        let known = if c.found.is_empty() { "not known" } else { c.found.as_str() };
        let cells = [c.answer.to_string(), format!("{}", c.weight)];
        (cells, format!("{}{required}: {known}{}", c.name, age(c, on)))
    });
    let head = (["answer".to_owned(), "weight".to_owned()], "criterion: known".to_owned());
    line(&rows(&std::iter::once(head).chain(criteria).collect::<Vec<_>>(), columns()))?;
    let score = match sum.fit() {
        Some(fit) => format!("Fit {fit} + intent {} = {}", sum.intent(), sum.total),
        None => format!("Intent {}", sum.total),
    };
    line(&format!("{score}, enters at {}, leaves below {}, band {}", i.enter, i.exit, p.band))?;
    if !sum.lines.is_empty() {
        line(&contributions(&sum))?;
    }
    for text in pages(i) {
        line(&text)?;
    }
    for said in &p.said {
        line(said)?;
    }
    if let Some(reason) = &p.excluded {
        line(&format!("excluded: {reason}"))?;
    }
    if p.owner_only {
        line("a customer or an open opportunity: only its owner is informed")?;
    }
    for change in &p.would_change {
        line(&format!("- {change}"))?;
    }
    Ok(())
}

/// How old an answer is, and from whom.
fn age(c: &CriterionExplained, on: Day) -> String {
    let Some(as_of) = c.as_of else { return String::new() };
    let source = c.source.as_ref().map_or(String::new(), |source| format!(", by {source}"));
    let stale = if c.stale { "; too old to count" } else { "" };
    format!(" ({} old{source}{stale})", counted(on.since(as_of).max(0), "day"))
}

/// The lines add up to the score as it is shown; `--json` has them to the thousandth.
fn contributions(sum: &Sum<'_>) -> String {
    let lines = sum.lines.iter().map(|(part, shown)| {
        let text = match part {
            Part::Contribution(c) => format!(
                "{}: {}{}, {}\n{} × size {} × confidence {} × decay {}",
                c.rule,
                c.what,
                state(c),
                announced(c),
                points(MilliPoints::points(c.points)),
                percent(c.magnitude_ppm),
                percent(c.confidence.get() * 100),
                percent(i64::from(c.decay_ppm))
            ),
            Part::Fit => "fit".to_owned(),
            Part::Together(name) => format!("{name}: together"),
            Part::Cap(kind, cap) => format!("{kind} capped at {cap}"),
        };
        ([shown.signed()], text)
    });
    rows(&lines.collect::<Vec<_>>(), columns())
}

fn announced(c: &ContributionExplained) -> String {
    if c.is_standing() {
        return "holds today".to_owned();
    }
    format!("announced {}, {}", c.announced, days_ago(c.age_days))
}

/// Of a job post: whether it is still open.
fn state(c: &ContributionExplained) -> &'static str {
    match c.is_open.filter(|_| c.pieces.is_empty()) {
        Some(true) => " (still open)",
        Some(false) => " (closed since)",
        None => "",
    }
}

/// Of events that count as one: each, with its page.
fn pages(intent: &IntentExplained) -> Vec<String> {
    let crowds = intent.contributions.iter().filter(|c| !c.pieces.is_empty());
    let lines = crowds.flat_map(|c| {
        c.pieces.iter().map(|piece| {
            let page = piece.url.as_ref().map(|url| format!(": {url}")).unwrap_or_default();
            format!("{}: {} on {}{page}", c.rule, piece.what, piece.announced)
        })
    });
    lines.collect()
}

fn events(events: &[EventExplained]) -> String {
    let lines = events.iter().map(|event| {
        let held = if event.rescinded { "taken back" } else { "planned" };
        let day = event.day.map_or_else(|| held.to_owned(), |day| day.to_string());
        let reports = event.reports.iter().map(|r| report(r, &event.what));
        ([day], std::iter::once(event.what.clone()).chain(reports).collect::<Vec<_>>().join("\n"))
    });
    rows(&lines.collect::<Vec<_>>(), columns())
}

/// One report of an event, which repeats the event's text only where the report says another thing.
fn report(report: &ReportExplained, event: &str) -> String {
    let notes = [
        (report.planned, " (planned)"),
        (report.baseline, " (baseline)"),
        (report.corrected, " (corrected)"),
    ];
    let notes: String = notes.iter().filter(|(is, _)| *is).map(|(_, note)| *note).collect();
    let alias = report.alias.as_ref().map(|alias| format!(" (of {alias})")).unwrap_or_default();
    let says = if report.says == event { String::new() } else { format!(" {}", report.says) };
    let url = report.url.as_ref().map(|url| format!("\n  {url}")).unwrap_or_default();
    format!(
        "-{says} by {}{alias} on {}{notes}, first seen {}, confidence {} %{url}",
        report.source,
        report.day,
        report.first_seen.to_rfc3339(),
        report.confidence.get() / 100
    )
}

fn percent(ppm: i64) -> String {
    format!("{} %", (ppm + 5_000) / 10_000)
}
