//! The check of an export, for people.

use crate::cli::output::{columns, line, prose};
use crate::evidence::crm::Report;
use crate::evidence::crm::fields::{Field, Figure};
use crate::evidence::crm::finding::{Finding, Level};
use crate::evidence::crm::outcome::Label;
use crate::report::layout::paragraph;
use crate::report::words::{all, count, counted};

/// What to repair first: more is a list, not a beginning.
const FIRST: usize = 3;

pub(super) fn show(report: &Report) -> anyhow::Result<()> {
    for file in &report.files {
        prose(&format!(
            "{}: {}, {}",
            file.file,
            counted(file.rows, "row"),
            counted(file.columns, "column")
        ))?;
        let fields: Vec<String> = file
            .fields
            .iter()
            .map(|(field, column)| format!("{} {column:?}", field.title()))
            .collect();
        if !fields.is_empty() {
            line(&paragraph("  ", &format!("fields: {}", fields.join(", ")), columns()))?;
        }
    }
    outcome(report)?;
    first(report)?;
    for (level, title) in [
        (Level::Error, "Must be repaired"),
        (Level::Warning, "Makes figures less certain"),
        (Level::Question, "Questions to the people who keep the CRM"),
        (Level::Note, "Notes"),
    ] {
        let of_level: Vec<&Finding> = report.findings.iter().filter(|f| f.level == level).collect();
        if of_level.is_empty() {
            continue;
        }
        line(&format!("\n{title} ({})", of_level.len()))?;
        for finding in of_level {
            self::finding(finding)?;
        }
    }
    falls_away(&report.falls_away)?;
    ending(report)
}

fn outcome(report: &Report) -> anyhow::Result<()> {
    let Some(outcome) = &report.outcome else { return Ok(()) };
    let of = |kind: &str, n: u64| {
        let labels: Vec<&Label> =
            outcome.labels.iter().filter(|label| label.taken_for == kind).collect();
        let shown: Vec<String> =
            labels.iter().take(6).map(|label| format!("{:?}", label.label)).collect();
        let more = if labels.len() > 6 { ", …" } else { "" };
        match shown.is_empty() {
            true => format!("{} {kind}", count(n)),
            false => format!("{} {kind} ({}{more})", count(n), shown.join(", ")),
        }
    };
    let text = format!(
        "outcome {} of {}: {}, {}, {}",
        outcome.how,
        outcome.file,
        of("won", outcome.won),
        of("lost", outcome.lost),
        of("open", outcome.open)
    );
    prose(&text)?;
    Ok(())
}

fn first(report: &Report) -> anyhow::Result<()> {
    let urgent = report.findings.iter().filter(|finding| finding.level <= Level::Warning);
    let urgent: Vec<&Finding> = urgent.take(FIRST).collect();
    if urgent.is_empty() {
        return Ok(());
    }
    line("\nRepair first")?;
    for (at, finding) in urgent.into_iter().enumerate() {
        let text = format!("{}: {}; {}", place(finding), finding.problem, finding.remedy);
        line(&paragraph(&format!("  {}. ", at + 1), &text, columns()))?;
    }
    Ok(())
}

fn place(finding: &Finding) -> String {
    match &finding.column {
        Some(column) => format!("{} {column:?}", finding.file),
        None => finding.file.clone(),
    }
}

fn finding(finding: &Finding) -> anyhow::Result<()> {
    let share = match finding.of {
        0 => String::new(),
        of => format!(" [{} of {}]", count(finding.rows), count(of)),
    };
    line(&paragraph("  ", &format!("{}{share}: {}", place(finding), finding.problem), columns()))?;
    if !finding.examples.is_empty() {
        line(&paragraph("    ", &format!("such as {}", finding.examples.join("; ")), columns()))?;
    }
    line(&paragraph("    ", &format!("-> {}", finding.remedy), columns()))?;
    Ok(())
}

fn falls_away(figures: &[Figure]) -> anyhow::Result<()> {
    if figures.is_empty() {
        return Ok(());
    }
    line("\nCannot be computed from these files")?;
    for figure in figures {
        let missing: Vec<String> =
            figure.missing.iter().map(|field: &Field| field.title()).collect();
        line(&paragraph("  ", &format!("{}: needs {}", figure.figure, all(&missing)), columns()))?;
    }
    Ok(())
}

fn ending(report: &Report) -> anyhow::Result<()> {
    let [errors, warnings, questions] =
        [Level::Error, Level::Warning, Level::Question].map(|level| report.count(level));
    let text = match errors + warnings + questions {
        0 => "\nNothing stands against computing figures from these files.".to_owned(),
        _ => format!(
            "\n{} to repair, {}, {}",
            counted(errors, "problem"),
            counted(warnings, "warning"),
            counted(questions, "question")
        ),
    };
    line(&text)?;
    Ok(())
}
