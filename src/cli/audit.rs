//! `buymode audit`: folds the inputs again and compares with what was written.

use super::place::PlaceArgs;
use crate::codec::Codec;
use crate::engine::audit::{Audit, Findings, Survivors};
use crate::engine::topics::Topics;
use crate::runtime::log::{Reader, RecordRef, Store};
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;
use std::time::Duration;

/// Fold the inputs again and compare, record for record, with the decisions, dead letters and
/// account states that were written.
///
/// Exits with 1 if anything is lost, twice or different. Can run beside scoring instances: what is
/// written after the audit began is not looked at.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  buymode audit --config deploy/buymode.yaml\n  buymode audit --embedded ./buymode-data --json"
)]
pub struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    /// How many differences to print in full.
    #[arg(long, default_value_t = 10)]
    show: usize,
    /// Print the findings as one JSON object.
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}",
    )?);
    let findings = audit(&*place.store, place.topics, place.codec, args.show, &bar)?;
    bar.finish_and_clear();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        print(&findings);
    }
    Ok(if findings.differences > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Audits every partition of the inputs topic.
pub fn audit(
    store: &dyn Store,
    topics: Topics,
    codec: Codec,
    show: usize,
    bar: &ProgressBar,
) -> anyhow::Result<Findings> {
    let mut reader = store.reader()?;
    let partitions = partitions(store, &topics.inputs)?;
    let mut audit = Audit::new(topics.clone(), codec, show);
    let mut survivors = Vec::new();
    bar.set_message("reading states");
    for partition in 0..partitions {
        let found = survivors_of(&mut *reader, &mut audit, &topics.accounts, partition, bar)?;
        let upto = found.record.map_or(0, |record| record.next_offset);
        audit.written_upto(partition, upto);
        survivors.push(found);
    }
    bar.set_message("reading decisions");
    let names = store.topic_names()?;
    for topic in names.iter().filter(|name| name.starts_with(&topics.route_prefix)) {
        read_all(store, &mut *reader, &mut audit, topic, bar, Audit::wrote_decision)?;
    }
    read_all(store, &mut *reader, &mut audit, &topics.dead_letters, bar, Audit::wrote_dead_letter)?;
    bar.set_message("folding inputs");
    for (partition, survivors) in (0..partitions).zip(survivors) {
        fold(&mut *reader, &mut audit, &topics.inputs, (partition, partitions), survivors, bar)?;
    }
    Ok(audit.finish())
}

fn partitions(store: &dyn Store, topic: &str) -> anyhow::Result<i32> {
    let found = store.describe_topics(&[topic.to_owned()])?;
    let spec = found.into_iter().flatten().next();
    let spec =
        spec.with_context(|| format!("the topic {topic} does not exist at {}", store.location()))?;
    Ok(spec.partitions)
}

fn survivors_of(
    reader: &mut dyn Reader,
    audit: &mut Audit,
    topic: &str,
    partition: i32,
    bar: &ProgressBar,
) -> anyhow::Result<Survivors> {
    let mut survivors = Survivors::default();
    let mut failed = None;
    let range = reader.watermarks(topic, partition)?;
    read(reader, topic, partition, range.low..range.stable, bar, &mut |record| {
        if failed.is_none() {
            failed = survivors.read(audit.codec(), record).err();
        }
    })?;
    match failed {
        Some(why) => bail!("{topic}[{partition}]: {why}"),
        None => Ok(survivors),
    }
}

fn read_all(
    store: &dyn Store,
    reader: &mut dyn Reader,
    audit: &mut Audit,
    topic: &str,
    bar: &ProgressBar,
    note: fn(&mut Audit, RecordRef<'_>),
) -> anyhow::Result<()> {
    for partition in 0..partitions(store, topic)? {
        let range = reader.watermarks(topic, partition)?;
        if range.low > 0 {
            audit.is_trimmed(topic);
        }
        read(reader, topic, partition, range.low..range.stable, bar, &mut |record| {
            note(audit, record);
        })?;
    }
    Ok(())
}

fn fold(
    reader: &mut dyn Reader,
    audit: &mut Audit,
    topic: &str,
    (partition, partitions): (i32, i32),
    survivors: Survivors,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let upto = survivors.record.map_or(0, |record| record.next_offset);
    let range = reader.watermarks(topic, partition)?;
    if range.low > 0 && upto > 0 {
        bail!(
            "{topic}[{partition}] begins at offset {}: retention has taken what came before, and a fold needs \
             the log from its beginning; keep it with retention.ms=-1",
            range.low
        );
    }
    let mut fold = audit.begin(partition, partitions, survivors);
    let mut failed = None;
    read(reader, topic, partition, range.low..upto, bar, &mut |record| {
        if failed.is_none() {
            failed = audit.fold(&mut fold, record).err();
        }
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    Ok(audit.end(fold)?)
}

/// Reads a range of a partition, however long it takes, with progress.
pub fn read(
    reader: &mut dyn Reader,
    topic: &str,
    partition: i32,
    range: std::ops::Range<i64>,
    bar: &ProgressBar,
    visit: &mut dyn FnMut(RecordRef<'_>),
) -> anyhow::Result<()> {
    bar.inc_length((range.end - range.start).max(0) as u64);
    let mut next = range.start;
    while next < range.end {
        let budget = Duration::from_millis(500);
        let reached = reader.read(topic, partition, next, range.end, budget, visit)?;
        bar.inc((reached.min(range.end) - next).max(0) as u64);
        next = reached;
    }
    Ok(())
}

fn print(findings: &Findings) {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["folded again", "records"]);
    table.add_row(["inputs".to_owned(), findings.inputs.to_string()]);
    for (what, n) in &findings.verdicts {
        table.add_row([format!("  {what}"), n.to_string()]);
    }
    table.add_row(["decisions".to_owned(), findings.decisions.to_string()]);
    table.add_row(["account states".to_owned(), findings.states.to_string()]);
    table.add_row(["dead letters".to_owned(), findings.dead_letters.to_string()]);
    if findings.no_longer_held > 0 {
        let name = "  of these no longer held by their topics".to_owned();
        table.add_row([name, findings.no_longer_held.to_string()]);
    }
    table.add_row(["differences".to_owned(), findings.differences.to_string()]);
    println!("{table}");
    for difference in &findings.first {
        println!("{}", serde_json::to_string(difference).unwrap_or_default());
    }
    if findings.differences == 0 {
        println!("nothing lost, nothing twice, nothing different");
    }
}
