//! `buymode audit`: folds the inputs again and compares with what was written.

use super::answer;
use super::interrupt::ends_at_once;
use super::output::{Bar, line};
use super::place::PlaceArgs;
use crate::admin::audit::audit_from;
use crate::admin::profiles::published;
use crate::admin::snapshot::Known;
use crate::deliver::audit::{Base, DeskFindings, audit_from as audit_desk};
use crate::engine::audit::{Difference, Findings};
use crate::report::words::{agree, counted};
use crate::telemetry::audit_page;
use anyhow::{Context, bail};
use indicatif::HumanCount;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Fold the inputs again and compare, record for record, with the decisions, dead letters and
/// account states that were written; and the desk's log with what was sent
///
/// Exits with 1 if anything is missing, duplicate or different, or if there was nothing to audit; and without --from
/// where the log was upgraded from another rules version. Can run beside scoring instances: records written after
/// the audit began are not compared.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  buymode audit --config deploy/buymode.yaml\n  buymode audit --embedded ./buymode-data --json\n  buymode audit --config deploy/buymode.yaml --from monday.snapshot\n  buymode audit --config deploy/buymode.yaml --metrics /var/lib/node_exporter/buymode.prom"
)]
pub(super) struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    /// Begin with this snapshot, whose states are taken for true: where retention has deleted what
    /// stood before it, where a log began with one, and to audit what has come since
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// How many differences to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    show: usize,
    /// Print JSON, one object, with each difference shown in full
    #[arg(long)]
    json: bool,
    /// Write the result into this file too, as metrics for the textfile collector of Prometheus'
    /// node exporter
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    published::check_rules(&place)?;
    if args.from.is_none()
        && let Some(upgraded) = published::upgraded(&place)?
    {
        bail!(upgraded);
    }
    let bar = Bar::new("{msg}")?;
    let done = bar.done();
    ends_at_once(move || {
        let read = format!("{} {}", counted(done(), "record"), agree(done(), "was", "were"));
        format!("the audit is not finished and has no result; {read} read so far")
    })?;
    let from = args.from.as_deref().map(Known::open).transpose()?;
    let (topics, codec, show) = (place.topics, place.codec, args.show);
    let known = from.as_ref().map(|from| from.desk(&*place.store, &topics.desk)).transpose()?;
    let known = known.flatten();
    let base =
        known.as_ref().map(|desk| Base { next_offset: desk.next_offset, records: &desk.records });
    let desk = audit_desk(&*place.store, &topics, codec.clone(), show, base);
    let desk = desk.context("cannot audit the desk")?;
    let progress = &mut |at| bar.show(at);
    let findings = audit_from(&*place.store, topics, codec, show, from.as_ref(), progress)?;
    bar.clear();
    if let Some(file) = &args.metrics {
        write_metrics(file, &findings)
            .with_context(|| format!("cannot write the metrics to {}", file.display()))?;
    }
    if args.json {
        answer::lines(&Answer { findings: &findings, desk: desk.as_ref() })?;
    } else {
        for text in desk.iter().flat_map(report_of_desk).chain(report(&findings)) {
            line(&text)?;
        }
    }
    let is_clean = desk.is_none_or(|desk| desk.differences == 0);
    Ok(if findings.is_proof() && is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The findings.
#[derive(Serialize, JsonSchema)]
pub(super) struct Answer<'a> {
    #[serde(flatten)]
    findings: &'a Findings,
    /// Of the desk's log, where something is delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    desk: Option<&'a DeskFindings>,
}

/// The findings of the desk.
fn report_of_desk(desk: &DeskFindings) -> Vec<String> {
    let mut lines = vec![format!(
        "desk: {} folded again, {} compared",
        counted(desk.records, "record"),
        counted(desk.actions, "action")
    )];
    if desk.unreadable > 0 {
        lines.push(format!(
            "  {} cannot be read, and changed nothing",
            counted(desk.unreadable, "record")
        ));
    }
    if desk.before_snapshot > 0 {
        let before = counted(desk.before_snapshot, "action");
        lines.push(format!("  {before} not compared: of records before the snapshot"));
    }
    if desk.no_longer_held > 0 {
        let held = counted(desk.no_longer_held, "action");
        lines.push(format!("  {held} not compared: retention has removed them from the outbox"));
    }
    lines.extend(desk.first.iter().map(|difference| format!("  {difference}")));
    if desk.differences > 0 {
        lines.push(format!("desk FAILED: {}", counted(desk.differences, "difference")));
    }
    lines
}

/// The collector never sees half a file.
fn write_metrics(file: &Path, findings: &Findings) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut written = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    written.write_all(audit_page(findings.inputs, findings.differences)?.as_bytes())?;
    // The exporter runs as another user.
    written.as_file().set_permissions(Permissions::from_mode(0o644))?;
    written.persist(file)?;
    Ok(())
}

/// The result stands last, where a terminal shows it.
fn report(f: &Findings) -> Vec<String> {
    if f.inputs == 0 && f.differences == 0 {
        return vec![
            "nothing was audited: no input of this log has been scored yet; start `buymode run`"
                .to_owned(),
        ];
    }
    let mut lines = vec![
        format!("folded again: {}", counted(f.inputs, "input")),
        format!("  {}", verdicts(f)),
        format!(
            "compared: {}, {}, {}",
            counted(f.decisions, "decision"),
            counted(f.states, "account state"),
            counted(f.dead_letters, "dead letter")
        ),
    ];
    if f.misplaced > 0 {
        let misplaced = counted(f.misplaced, "record");
        lines.push(format!(
            "  {misplaced} in another partition than the key's, not scored: \
             `buymode dead-letters list --reason misplaced`"
        ));
    }
    if f.copied > 0 {
        let copied = counted(f.copied, "record");
        lines.push(format!(
            "  {copied} not compared: of inputs that were copied from an older log, which has them"
        ));
    }
    if f.before_snapshot > 0 {
        let before = counted(f.before_snapshot, "record");
        lines.push(format!("  {before} not compared: of inputs before the snapshot"));
    }
    if f.no_longer_held > 0 {
        let held = counted(f.no_longer_held, "record");
        lines.push(format!("  {held} not compared: retention has removed them from their topics"));
    }
    if f.outside_inputs > 0 {
        let outside = counted(f.outside_inputs, "dead letter");
        lines.push(format!(
            "  {outside} of `ingest`, imports and forwarded topics not compared: an audit folds the inputs alone"
        ));
    }
    if f.tests > 0 {
        let tests = counted(f.tests, "decision");
        lines.push(format!(
            "  {tests} not compared: tests that `buymode decisions send-sample` wrote"
        ));
    }
    if f.differences == 0 {
        lines.push("OK: no missing, duplicate or different records".to_owned());
        return lines;
    }
    lines.extend(f.first.iter().map(|difference| format!("  {}", described(difference))));
    let hidden = f.differences.saturating_sub(f.first.len() as u64);
    if hidden > 0 {
        lines.push(format!("  {} more; --show N shows more", HumanCount(hidden)));
    }
    let found = counted(f.differences, "difference");
    lines.push(format!("FAILED: {found}; --json shows each in full"));
    lines
}

/// Inputs by verdict, whatever their type.
fn verdicts(f: &Findings) -> String {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (what, n) in &f.verdicts {
        let verdict = what.split_once(' ').map_or(what.as_str(), |(_, verdict)| verdict);
        *sums.entry(verdict).or_default() += n;
    }
    let each =
        sums.iter().map(|(verdict, n)| format!("{} {}", HumanCount(*n), verdict.replace('_', " ")));
    each.collect::<Vec<_>>().join(", ")
}

fn described(difference: &Difference) -> String {
    use Difference as D;
    match difference {
        D::DecisionMissing { id, topic, .. } => format!("missing in {topic}: decision {id}"),
        D::DecisionUnexpected { id, topic, .. } => {
            format!("not expected in {topic}: decision {id}")
        }
        D::DecisionAhead { id, topic, input } => {
            format!("not expected in {topic}: decision {id}: input {input} is not scored yet")
        }
        D::DecisionTwice { id, topic, times } => {
            format!("{times} times in {topic}: decision {id}")
        }
        D::DecisionDiffers { id, topic, expected, found } => {
            format!("different in {topic}: decision {id}: {}", fields(expected, found))
        }
        D::StateMissing { account, .. } => format!("missing: state of {account}"),
        D::StateUnexpected { account, .. } => format!("not expected: state of {account}"),
        D::StateDiffers { account, expected, found } => {
            format!("different: state of {account}: {}", fields(expected, found))
        }
        D::DeadLetterMissing { position } => format!("missing: dead letter of {position}"),
        D::DeadLetterUnexpected { position } => {
            format!("not expected: dead letter of {position}")
        }
        D::DeadLetterTwice { position } => format!("duplicate: dead letter of {position}"),
        D::Invariant { what } => format!("broken invariant: {what}"),
        D::Unreadable { what } => format!("cannot be read: {what}"),
    }
}

/// The names of the fields that differ.
fn fields(expected: &Value, found: &Value) -> String {
    let (Some(expected), Some(found)) = (expected.as_object(), found.as_object()) else {
        return "the whole record".to_owned();
    };
    let names = expected.keys().chain(found.keys().filter(|name| !expected.contains_key(*name)));
    let names: Vec<&str> =
        names.filter(|name| expected.get(*name) != found.get(*name)).map(String::as_str).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_fits_a_screen_and_ends_with_its_result() {
        let verdicts = |n: u64| (0..n).map(|n| (format!("type{n} applied"), 1_000)).collect();
        let good = Findings { inputs: 40_000, verdicts: verdicts(40), ..Findings::default() };
        let lines = report(&good);
        assert_eq!(lines[1], "  40,000 applied");
        assert_eq!(lines.last().unwrap(), "OK: no missing, duplicate or different records");
        let differs = Difference::StateDiffers {
            account: "acme.com".to_owned(),
            expected: json!({"stage": "buying", "company": 1}),
            found: json!({"stage": "dormant", "company": 1, "evidence": []}),
        };
        let bad = Findings { differences: 12, first: vec![differs; 10], ..good };
        let lines = report(&bad);
        assert!(lines.len() <= 24 && lines.iter().all(|line| line.len() <= 80), "{lines:#?}");
        assert_eq!(lines[3], "  different: state of acme.com: stage, evidence");
        assert_eq!(lines.last().unwrap(), "FAILED: 12 differences; --json shows each in full");
    }

    #[test]
    fn an_audit_of_nothing_is_no_proof() {
        let lines = report(&Findings::default());
        assert!(lines.len() == 1 && lines[0].starts_with("nothing was audited"), "{lines:?}");
    }
}
