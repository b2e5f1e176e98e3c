//! The output of an import: a bar while it runs (a line every few seconds without a terminal),
//! a table at its end, and what is in the log where it was stopped.

use crate::cli::interrupt::Interrupt;
use crate::cli::output::{aside, shown, table as plain};
use crate::domain::terms::limits::HORIZON_DAYS;
use crate::ingest::import::{Delays, Phase, Progress, Resolved, Summary, within};
use crate::report::words::{agree, count, counted};
use indicatif::{ProgressBar, ProgressStyle};
use std::cmp::Reverse;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const LINE_EVERY: Duration = Duration::from_secs(5);
/// Those with most records.
const ALIASES_SHOWN: usize = 5;

pub(super) struct Meter {
    bar: Option<ProgressBar>,
    phase: Option<Phase>,
    said: Instant,
}

impl Meter {
    pub(super) fn new() -> Meter {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            if let Ok(style) =
                ProgressStyle::with_template("{prefix:>8} {wide_bar} {percent:>3} % {msg} {eta}")
            {
                bar.set_style(style);
            }
            bar
        });
        Meter { bar, phase: None, said: Instant::now() }
    }

    pub(super) fn show(&mut self, progress: Progress) {
        let phase = match progress.phase {
            Phase::Tables => "tables",
            Phase::Reading => "reading",
            Phase::Writing => "writing",
        };
        let counts = [
            counted(progress.rows, "row"),
            counted(progress.records, "record"),
            counted(progress.dead_letters, "dead letter"),
        ]
        .join(", ");
        match &self.bar {
            Some(bar) => {
                if self.phase != Some(progress.phase) {
                    bar.set_prefix(phase);
                    bar.reset_eta();
                }
                bar.set_length(progress.total);
                bar.set_position(progress.done);
                bar.set_message(counts);
            }
            None if self.said.elapsed() >= LINE_EVERY => {
                let percent = progress.done * 100 / progress.total.max(1);
                aside(&format!("{phase}: {percent} %, {counts}"));
                self.said = Instant::now();
            }
            None => {}
        }
        self.phase = Some(progress.phase);
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Stops an import at Ctrl-C, and says what is in the log.
pub(super) struct Stop {
    interrupt: Interrupt,
    seen: Arc<Mutex<Option<Progress>>>,
    dry_run: bool,
}

impl Stop {
    pub(super) fn new(dry_run: bool) -> anyhow::Result<Stop> {
        let seen: Arc<Mutex<Option<Progress>>> = Arc::default();
        let last = seen.clone();
        let interrupt = Interrupt::new(move || {
            let written = last.lock().map_or(None, |seen| *seen).map_or(0, |seen| seen.written);
            format!(
                "at least {} {} in the log; run it again to go on",
                counted(written, "record"),
                agree(written, "is", "are")
            )
        })?;
        Ok(Stop { interrupt, seen, dry_run })
    }

    /// Whether to go on.
    pub(super) fn heard(&self, progress: Progress) -> ControlFlow<()> {
        if let Ok(mut seen) = self.seen.lock() {
            *seen = Some(progress);
        }
        if self.interrupt.is_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// The import has committed what it had mapped.
    pub(super) fn ended(&self, summary: &Summary) {
        self.interrupt.ended();
        let seen = self.seen.lock().map_or(None, |seen| *seen);
        aside(&format!("buymode: stopped: {}", stopped(summary, seen, self.dry_run)));
    }
}

fn stopped(summary: &Summary, seen: Option<Progress>, dry_run: bool) -> String {
    let Some(seen) = seen else { return "nothing is in the log; run it again".to_owned() };
    let percent = seen.done * 100 / seen.total.max(1);
    let rows = counted(summary.rows(), "row");
    match seen.phase {
        _ if dry_run => format!("{rows} ({percent} % of the files) read; nothing is written"),
        Phase::Writing => format!(
            "{} of {} are in the log; run it again to go on",
            count(summary.written),
            counted(seen.total, "record")
        ),
        Phase::Reading if summary.written > 0 => format!(
            "the first {rows} ({percent} % of the files) are in the log; run it again to go on"
        ),
        // A history is written once all of it is read.
        Phase::Reading | Phase::Tables => {
            format!("{rows} ({percent} % of the files) read; nothing is in the log; run it again")
        }
    }
}

/// `topic`: where to, unless nothing was written.
pub(super) fn table(summary: &Summary, topic: Option<&str>) -> String {
    let mut files = plain(&["file", "rows", "mapped", "skipped", "dead letters", "gone"], 1..6);
    for file in &summary.files {
        let counts = [
            file.rows,
            file.mapped,
            file.skipped,
            file.dead_letters + file.gone_dead_letters,
            file.gone,
        ];
        let name = within(&file.name, file.mapping.as_deref());
        files.add_row([name].into_iter().chain(counts.map(count)));
    }
    let mut records = plain(&["record", "count"], 1..2);
    for (record, n) in &summary.records {
        records.add_row([record.to_string(), count(*n)]);
    }
    let mut out = format!("{}\n\n{}\n", shown(&files), shown(&records));
    if let (Some(first), Some(last)) = (summary.first, summary.last) {
        out += &format!("\nfrom {} to {}\n", first.day(), last.day());
    }
    out += &known(&summary.known);
    out += &aliases(&summary.aliases);
    let unresolved = summary.unresolved.len();
    if unresolved > 0 {
        out += &format!(
            "\n{} without a domain, such as {}: `buymode aliases unresolved` lists those that may be \
             another account\n",
            counted(unresolved as u64, "account"),
            summary.unresolved.first().map_or("", |account| account.as_str()),
        );
    }
    if summary.too_late > 0 {
        out += &format!(
            "\n{} happened more than {HORIZON_DAYS} days ago and {} too late for a live log; a history \
             (`buymode topics create --history`) takes every date\n",
            counted(summary.too_late, "signal"),
            agree(summary.too_late, "is", "are"),
        );
    }
    if let Some(late) = summary.late {
        out += &format!(
            "\n{} {} older than the end of the history, {}, and {} from that day on{}\n",
            counted(late.records, "record"),
            agree(late.records, "is", "are"),
            late.log_end_on,
            agree(late.records, "counts", "count"),
            match late.too_late {
                0 => String::new(),
                too_late => format!(
                    "; {} more than {HORIZON_DAYS} days older and too late to count",
                    agree(too_late, "1 of them is", &format!("{} of them are", count(too_late)))
                ),
            }
        );
    }
    out += &snapshots(summary);
    if summary.unresolved_suppressions() > 0 {
        out += &format!(
            "\nWARNING: {} {} an account that cannot be resolved and so protects none: correct the \
             rows and import them again\n",
            counted(summary.unresolved_suppressions(), "suppression"),
            agree(summary.unresolved_suppressions(), "names", "name"),
        );
    }
    if summary.warnings_total > 0 {
        out += &format!("\n{}; the first:\n", counted(summary.warnings_total, "warning"));
        for warning in &summary.warnings {
            out += &format!("  {} row {}: {}\n", warning.file, warning.row, warning.message);
        }
    }
    if !summary.dead_letters.is_empty() {
        let reasons: Vec<String> = summary
            .dead_letters
            .iter()
            .map(|(reason, n)| format!("{} {reason}", count(*n)))
            .collect();
        let total = counted(summary.dead_letters_total(), "dead letter");
        let known = match summary.dead_letters_known {
            0 => String::new(),
            known => format!(" ({} written by an earlier import)", count(known)),
        };
        out += &format!("\n{total}{known}: {}; the first:\n", reasons.join(", "));
        for sample in &summary.samples {
            out += &format!("  {} row {}: {}\n", sample.file, sample.row, sample.message);
        }
    }
    out += &match topic {
        None => "\nnothing was written (--dry-run)".to_owned(),
        Some(topic) => format!(
            "\nwritten to {topic}: {} (dead letters included) in {}, {}",
            counted(summary.written, "record"),
            counted(summary.transactions, "transaction"),
            counted(summary.ticks, "tick"),
        ),
    };
    out
}

/// Rows that were left out, and accounts that may be companies under a new name.
fn snapshots(summary: &Summary) -> String {
    let mut out = String::new();
    for note in &summary.notes {
        out += &format!("\nnote: {note}\n");
    }
    if !summary.moved.is_empty() {
        out += &format!(
            "\n{} had another account in the snapshot before; where it is the same company:\n",
            counted(summary.moved.len() as u64, "company"),
        );
        for (from, to) in summary.moved.iter().take(ALIASES_SHOWN) {
            out += &format!("  buymode aliases add {from} {to}\n");
        }
    }
    out
}

/// From when the records of a history count.
fn known(known: &Delays) -> String {
    let mut out = String::new();
    for (source, measured) in &known.measured {
        out += &format!(
            "\n{source}: {} with both dates, known {} after {} at the median, {} at the 90th percentile\n",
            counted(measured.records(), "record"),
            counted(u64::from(measured.days_at(50)), "day"),
            agree(measured.records(), "its date", "their dates"),
            counted(u64::from(measured.days_at(90)), "day"),
        );
    }
    if known.delayed_records > 0 {
        let records = counted(known.delayed_records, "record");
        out += &format!(
            "\n{records} counted from the mapping's `known_after` after their own dates\n"
        );
    }
    if known.own_date_records > 0 {
        out += &format!(
            "\nno delay set: {} {}; if the source learns of events later, set \
             `known_after` in the mapping\n",
            counted(known.own_date_records, "event"),
            agree(known.own_date_records, "counts from its own date", "count from their own dates"),
        );
    }
    if known.file_day_records > 0 {
        out += &format!(
            "\n{} without a date {} as of the day the file was last written; --snapshot-at says another\n",
            counted(known.file_day_records, "record"),
            agree(known.file_day_records, "is", "are"),
        );
    }
    out
}

/// What aliases did; nothing where there are none.
fn aliases(resolved: &Resolved) -> String {
    let mut out = String::new();
    if resolved.known > 0 {
        let filed = &resolved.filed;
        let records = counted(filed.values().map(|filed| filed.records).sum::<u64>(), "record");
        let (used, known) = (count(filed.len()), counted(resolved.known, "alias"));
        out += &format!("\n{records} resolved through {used} of {known}\n");
        let mut most: Vec<_> = filed.iter().collect();
        most.sort_by_key(|(alias, filed)| (Reverse(filed.records), *alias));
        for (alias, filed) in most.iter().take(ALIASES_SHOWN) {
            out += &format!("  {alias} is {}: {}\n", filed.account, count(filed.records));
        }
    }
    for warning in &resolved.warnings {
        out += &format!("warning: {warning}\n");
    }
    out
}
