//! An explanation for people, as wide as their terminal.

use crate::cli::output::{columns, prose as line};
use crate::console::Explained;
use crate::console::explain::{EventExplained, ProductExplained, ReportExplained};
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
        print_product(product)?;
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

fn print_product(p: &ProductExplained) -> anyhow::Result<()> {
    line(&format!(
        "{}: {}, {}, profile {} ({}), segment {}",
        p.product, p.stage, p.tier, p.profile, p.profile_version, p.segment
    ))?;
    let fit = &p.fit;
    line(&format!(
        "Fit {} to {} of 100, gate {}, {} % of the weight known: {}",
        fit.lower,
        fit.upper,
        fit.gate,
        fit.known_percent,
        if p.fits { "passes" } else { "does not pass" }
    ))?;
    let criteria = fit.criteria.iter().map(|c| {
        let required = if c.required { " (required)" } else { "" };
        let known = if c.found.is_empty() { "not known" } else { c.found.as_str() };
        let cells = [c.answer.to_string(), format!("{}", c.weight)];
        (cells, format!("{}{required}: {known}", c.name))
    });
    let head = (["answer".to_owned(), "weight".to_owned()], "criterion: known".to_owned());
    line(&rows(&std::iter::once(head).chain(criteria).collect::<Vec<_>>(), columns()))?;
    let i = &p.intent;
    line(&format!(
        "Intent {}, enters at {}, leaves below {}, band {}",
        i.total, i.enter, i.exit, p.band
    ))?;
    if !i.contributions.is_empty() {
        line(&contributions(p))?;
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

fn contributions(p: &ProductExplained) -> String {
    let counted_lines = p.intent.contributions.iter().map(|c| {
        let text = format!(
            "{}: {}, announced {}, {} ago\n{} × size {} × confidence {} × decay {}",
            c.rule,
            c.what,
            c.announced,
            counted(c.age_days, "day"),
            points(MilliPoints::points(c.points)),
            percent(c.magnitude_ppm),
            percent(c.confidence.get() * 100),
            percent(i64::from(c.decay_ppm))
        );
        ([c.contribution.to_string()], text)
    });
    let together = p.intent.conjunctions.iter();
    let together = together.map(|(name, worth)| ([worth.to_string()], format!("{name}: together")));
    let capped = p.intent.capped.iter();
    let capped = capped.map(|(kind, over)| ([format!("-{over}")], format!("cap of {kind}")));
    rows(&counted_lines.chain(together).chain(capped).collect::<Vec<_>>(), columns())
}

fn events(events: &[EventExplained]) -> String {
    let lines = events.iter().map(|event| {
        let day = event.day.map_or_else(|| "planned".to_owned(), |day| day.to_string());
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
