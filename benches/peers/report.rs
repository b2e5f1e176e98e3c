//! The figures as a table of 80 columns, or as JSON.

use crate::bare_loop::Wrote;
use crate::contenders::Contender;
use crate::decisions::Decided;
use crate::figures::median;
use crate::latency::Waits;
use crate::options::{Options, say};
use crate::watch::Measured;
use serde_json::{Value, json};

/// What is compared: one worker with one thread, two with two.
const PAIRS: &[(&str, &str)] = &[
    ("buymode-1", "streams-1"),
    ("buymode-2", "streams-2"),
    ("buymode-1", "streams-rocksdb"),
    ("buymode-1", "flink"),
    ("buymode-1", "bare-fixed"),
    ("buymode-1", "bare-today"),
    ("buymode-2", "bare-fixed"),
    ("buymode-2", "bare-today"),
    ("streams-1", "bare-today"),
];

/// What a contender did, a figure for each round.
struct Row {
    name: &'static str,
    contender: Contender,
    rounds: Vec<(usize, Measured)>,
}

pub(crate) struct Report {
    records: u64,
    rows: Vec<Row>,
    /// The first contender that decided, and all that decided otherwise.
    first: Option<(Contender, Decided)>,
    differences: Vec<String>,
    agreed: usize,
    pub wrote: Option<Wrote>,
    /// Of a signal on average.
    pub signal_bytes: u64,
    pub latency: Vec<Waits>,
}

impl Report {
    pub(crate) fn new(options: &Options) -> Report {
        let rows = Contender::ALL.iter();
        let rows =
            rows.map(|(name, contender)| Row { name, contender: *contender, rounds: vec![] });
        Report {
            records: options.records,
            rows: rows.collect(),
            first: None,
            differences: vec![],
            agreed: 0,
            wrote: None,
            signal_bytes: 0,
            latency: vec![],
        }
    }

    pub(crate) fn add(&mut self, name: &str, _: Contender, round: usize, measured: Measured) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.name == name) {
            row.rounds.push((round, measured));
        }
    }

    pub(crate) fn decided(&mut self, contender: Contender, decided: Decided) {
        let Some((first, of_first)) = &self.first else {
            self.first = Some((contender, decided));
            return;
        };
        match of_first.difference(&decided) {
            None => self.agreed += 1,
            Some(how) => {
                let how = format!("{} and {}: {how}", first.title(), contender.title());
                say(&format!("THE DECISIONS DIFFER: {how}"));
                self.differences.push(how);
            }
        }
    }

    pub(crate) fn print(&self, options: &Options) -> anyhow::Result<()> {
        if options.json {
            println!("{}", serde_json::to_string_pretty(&self.json())?);
            return Ok(());
        }
        if !options.agree {
            self.print_rates();
            self.print_ratios();
            self.print_latency();
        }
        if let Some((_, decided)) = &self.first {
            println!("\ndecisions: {}", decided.line());
            println!(
                "  the same number of each kind for each account in {} more runs",
                self.agreed
            );
        }
        Ok(())
    }

    /// An error where decisions differ.
    pub(crate) fn judge(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.differences.is_empty(),
            "the decisions differ:\n{}",
            self.differences.join("\n")
        );
        Ok(())
    }

    fn print_rates(&self) {
        let rounds = self.rows.iter().map(|row| row.rounds.len()).max().unwrap_or(0);
        if rounds == 0 {
            return;
        }
        println!("\n{} records, medians of {rounds} rounds; CPU: seconds a million", self.records);
        println!(
            "{:<26} {:>10} {:>10} {:>8} {:>8} {:>9}",
            "", "records/s", "warm half", "CPU", "warm", "peak MiB"
        );
        for row in self.rows.iter().filter(|row| !row.rounds.is_empty()) {
            let [rate, warm, cpu, warm_cpu, peak] = row.medians();
            // Its memory is mostly what it writes again.
            let peak = match row.contender {
                Contender::Bare { .. } => "-".to_owned(),
                _ => format!("{peak:.0}"),
            };
            println!(
                "{:<26} {rate:>10.0} {warm:>10.0} {cpu:>8.1} {warm_cpu:>8.1} {peak:>9}",
                row.contender.title()
            );
        }
        if let Some(wrote) = &self.wrote {
            println!(
                "a signal has {} bytes; buymode writes {:.2} records, {:.0} bytes for each input",
                self.signal_bytes,
                wrote.records as f64 / self.records as f64,
                wrote.bytes as f64 / self.records as f64
            );
        }
    }

    fn print_ratios(&self) {
        let pairs: Vec<(&Row, &Row, [f64; 3])> = self.pairs().collect();
        if pairs.is_empty() {
            return;
        }
        println!("\nratios within a round, medians");
        println!("{:<55} {:>7} {:>9} {:>5}", "", "records", "warm half", "CPU");
        for (one, other, [rate, warm, cpu]) in pairs {
            println!(
                "{:<26} / {:<26} {rate:>7.2} {warm:>9.2} {cpu:>5.2}",
                one.contender.title(),
                other.contender.title()
            );
        }
    }

    /// The ratios of records a second, of the warm half, and of the processor's time.
    fn pairs(&self) -> impl Iterator<Item = (&Row, &Row, [f64; 3])> {
        let row = |name: &str| self.rows.iter().find(|row| row.name == name);
        PAIRS.iter().filter_map(move |(one, other)| {
            let (one, other) = (row(one)?, row(other)?);
            let both: Vec<(&Measured, &Measured)> = one
                .rounds
                .iter()
                .filter_map(|(round, m)| {
                    let (_, o) = other.rounds.iter().find(|(r, _)| r == round)?;
                    Some((m, o))
                })
                .collect();
            let of = |figure: fn(&Measured) -> f64| {
                median(&mut both.iter().map(|(m, o)| figure(m) / figure(o)).collect::<Vec<_>>())
            };
            let ratios = [of(|m| m.records_per_s), of(|m| m.warm_per_s), of(|m| m.cpu_s)];
            (!both.is_empty()).then_some((one, other, ratios))
        })
    }

    fn print_latency(&self) {
        if self.latency.is_empty() {
            return;
        }
        println!("\nlatency from a signal to its decision, ms");
        println!(
            "{:<26} {:>10} {:>8} {:>8} {:>8} {:>8}",
            "", "signals/s", "p50", "p99", "p99.9", "most"
        );
        for waits in &self.latency {
            let [p50, p99, p999, most] = waits.milliseconds;
            println!(
                "{:<26} {:>10} {p50:>8.1} {p99:>8.1} {p999:>8.1} {most:>8.1}",
                waits.title, waits.pace
            );
        }
    }

    fn json(&self) -> Value {
        let ran = self.rows.iter().filter(|row| !row.rounds.is_empty());
        let contenders: Vec<Value> = ran
            .map(|row| {
                let all = |figure: fn(&Measured) -> f64| {
                    row.rounds.iter().map(|(_, m)| figure(m)).collect::<Vec<_>>()
                };
                json!({
                    "name": row.name,
                    "records_per_s": all(|m| m.records_per_s),
                    "warm_half_records_per_s": all(|m| m.warm_per_s),
                    "cpu_s_per_million": all(|m| m.cpu_s),
                    "warm_half_cpu_s_per_million": all(|m| m.warm_cpu_s),
                    "peak_mib": all(|m| m.peak_mib),
                })
            })
            .collect();
        let ratios = self.pairs().map(|(one, other, [records, warm, cpu])| {
            json!({"of": one.name, "to": other.name, "records": records, "warm_half": warm, "cpu": cpu})
        });
        let latency = self.latency.iter().map(|waits| {
            let [p50, p99, p999, most] = waits.milliseconds;
            json!({"name": waits.title, "signals_per_s": waits.pace, "p50_ms": p50, "p99_ms": p99,
                "p999_ms": p999, "most_ms": most})
        });
        json!({
            "records": self.records,
            "contenders": contenders,
            "ratios": ratios.collect::<Vec<_>>(),
            "latency": latency.collect::<Vec<_>>(),
            "signal_bytes": self.signal_bytes,
            "decisions": self.first.as_ref().map(|(_, decided)| &decided.by_kind),
            "differences": self.differences,
            "written_bytes_per_input":
                self.wrote.as_ref().map(|w| w.bytes as f64 / self.records as f64),
        })
    }
}

impl Row {
    fn medians(&self) -> [f64; 5] {
        let of = |figure: fn(&Measured) -> f64| {
            median(&mut self.rounds.iter().map(|(_, m)| figure(m)).collect::<Vec<_>>())
        };
        [
            of(|m| m.records_per_s),
            of(|m| m.warm_per_s),
            of(|m| m.cpu_s),
            of(|m| m.warm_cpu_s),
            of(|m| m.peak_mib),
        ]
    }
}
