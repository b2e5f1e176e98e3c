//! The counts for people: sentences first, then tables with bars, then examples.

use crate::analysis::matching::{Lack, Matching, Sample, Standing};
use crate::cli::output::{prose as line, shown, table};
use crate::domain::terms::units::MilliPoints;
use crate::report::words::{agree, companies, count, counted, percent};
use comfy_table::Table;

const BAR_CHARS: f64 = 30.0;

pub(in crate::cli::icp) fn print(m: &Matching) -> anyhow::Result<()> {
    let whole = match m.market {
        None => String::new(),
        Some(market) => format!(" of a market of {}", count(market)),
    };
    line(&format!(
        "{} for {}, version {}: {}{whole} on {}",
        m.profile,
        m.product,
        m.version,
        companies(m.companies),
        m.on
    ))?;
    for sentence in &m.verdict {
        line(&format!("- {sentence}"))?;
    }
    for extra in extras(m) {
        line(&format!("- {extra}"))?;
    }
    line(&format!("\n{}", shown(&standings(m))))?;
    line(&format!("\n{}", shown(&criteria(m))))?;
    if !m.exclusions.is_empty() {
        line(&format!("\n{}", shown(&exclusions(m))))?;
    }
    if !m.unknowns.is_empty() {
        line(&format!("\n{}", shown(&unknowns(m))))?;
    }
    if !m.words.is_empty() {
        line("\nwords that companies have")?;
    }
    for of in &m.words {
        let words: Vec<String> =
            of.words.iter().map(|w| format!("{} ({})", w.value, count(w.companies))).collect();
        let more = of.count.saturating_sub(of.words.len() as u64);
        let more = if more > 0 { format!(" and {} more", count(more)) } else { String::new() };
        let name = of.attribute.replace('_', " ");
        line(&format!("  {name}: {}{more}", words.join(", ")))?;
    }
    for row in m.standings.iter().filter(|row| row.standing.matches()) {
        samples(
            &format!("{}, the best of {}", row.standing.said(), count(row.companies)),
            &row.samples,
        )?;
    }
    samples(
        &format!("near misses: the best of {} that one criterion keeps out", count(m.near_misses)),
        &m.near_miss_samples,
    )
}

fn extras(m: &Matching) -> Vec<String> {
    let mut lines = Vec::new();
    if m.owner_only > 0 {
        lines.push(format!(
            "{} of the matches {} with sales already (customer or open opportunity): only the owner is informed",
            count(m.owner_only),
            agree(m.owner_only, "is", "are")
        ));
    }
    if m.accounts_without_company > 0 {
        lines.push(format!(
            "{} {} left out: there are signals, but no company record",
            counted(m.accounts_without_company, "account"),
            agree(m.accounts_without_company, "is", "are")
        ));
    }
    lines
}

fn standings(m: &Matching) -> Table {
    let mut rows = table(&["standing", "companies", "%", ""], 1..3);
    for row in &m.standings {
        if row.companies > 0 || tier(row.standing) {
            let cells = [row.standing.said().to_owned(), count(row.companies)];
            let share = format!("{:.1}", row.percent);
            rows.add_row(cells.into_iter().chain([share, bar(row.companies, m.companies)]));
        }
    }
    rows
}

fn tier(standing: Standing) -> bool {
    matches!(standing, Standing::Tier1 | Standing::Tier2 | Standing::Tier3)
}

fn criteria(m: &Matching) -> Table {
    let header =
        ["criterion (weight)", "yes", "no", "unknown", "filters out", "alone keeps out", "carries"];
    let mut rows = table(&header, 1..7);
    for row in &m.criteria {
        let asked = row.yes + row.no + row.unknown;
        let filtered = format!("{:.1} %", percent(row.filters_out, asked));
        rows.add_row([
            row.label(),
            count(row.yes),
            count(row.no),
            count(row.unknown),
            filtered,
            count(row.alone_keeps_out),
            count(row.carries),
        ]);
    }
    rows
}

fn exclusions(m: &Matching) -> Table {
    let mut rows = table(&["excluded because", "companies", "would match"], 1..3);
    for row in &m.exclusions {
        rows.add_row([row.reason.to_string(), count(row.companies), count(row.would_match)]);
    }
    rows
}

fn unknowns(m: &Matching) -> Table {
    let mut rows = table(&["not known", "companies", "%", ""], 1..3);
    for row in &m.unknowns {
        let asked = m.companies - m.of(Standing::Excluded);
        let share = format!("{:.1}", row.percent);
        let attribute = row.attribute.replace('_', " ");
        rows.add_row([attribute, count(row.companies), share, bar(row.companies, asked)]);
    }
    rows
}

fn samples(title: &str, samples: &[Sample]) -> anyhow::Result<()> {
    if samples.is_empty() {
        return Ok(());
    }
    line(&format!("\n{title}"))?;
    for s in samples {
        let who = match &s.name {
            Some(name) => format!("{name} ({})", s.account),
            None => s.account.to_string(),
        };
        let segment =
            if s.segment == "primary" { String::new() } else { format!(", {}", s.segment) };
        let best =
            if s.fit_at_best > s.fit { format!(" to {}", s.fit_at_best) } else { String::new() };
        let lacks: Vec<String> = s.lacks.iter().map(lack).collect();
        let lacks =
            if lacks.is_empty() { String::new() } else { format!("; lacks {}", lacks.join(", ")) };
        let intent = match s.intent {
            MilliPoints::ZERO => String::new(),
            intent => format!(", intent {intent}"),
        };
        line(&format!("  {who}: fit {}{best}{intent}{segment}{lacks}", s.fit))?;
    }
    Ok(())
}

fn lack(lack: &Lack) -> String {
    if lack.found.is_empty() {
        format!("{:?} ({})", lack.criterion.as_str(), lack.answer)
    } else {
        format!("{:?} ({}: {})", lack.criterion.as_str(), lack.answer, lack.found)
    }
}

fn bar(part: u64, whole: u64) -> String {
    let width = (part as f64 / whole.max(1) as f64 * BAR_CHARS).round() as usize;
    "█".repeat(width.max(usize::from(part > 0)))
}
