//! What an import shows: a bar while it runs (a line every few seconds where nobody watches), a
//! table at its end.

use crate::ingest::import::{Phase, Progress, Resolved, Summary};
use crate::report::words::{count, counted};
use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use std::cmp::Reverse;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

const LINE_EVERY: Duration = Duration::from_secs(5);
/// Those with most records.
const ALIASES_SHOWN: usize = 5;

pub struct Meter {
    bar: Option<ProgressBar>,
    phase: Option<Phase>,
    said: Instant,
}

impl Meter {
    pub fn new() -> Meter {
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

    pub fn show(&mut self, progress: Progress) {
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
                eprintln!("{phase}: {percent} %, {counts}");
                self.said = Instant::now();
            }
            None => {}
        }
        self.phase = Some(progress.phase);
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `topic`: where to, unless nothing was written.
pub fn table(summary: &Summary, topic: Option<&str>) -> String {
    let mut files = plain(&["file", "rows", "mapped", "skipped", "dead letters", "gone"]);
    for file in &summary.files {
        let counts = [
            file.rows,
            file.mapped,
            file.skipped,
            file.dead_letters + file.gone_dead_letters,
            file.gone,
        ];
        files.add_row([file.name.clone()].into_iter().chain(counts.map(count)));
    }
    let mut records = plain(&["record", "count"]);
    for (record, n) in &summary.records {
        records.add_row([record.to_string(), count(*n)]);
    }
    let mut out = format!("{files}\n\n{records}\n");
    if let (Some(first), Some(last)) = (summary.first, summary.last) {
        out += &format!("\nfrom {} to {}\n", first.day(), last.day());
    }
    out += &aliases(&summary.aliases);
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

fn plain(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
