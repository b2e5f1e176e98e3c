//! The result of a run: counts, three example accounts, and commands to try next.

use super::screen::Screen;
use crate::config::machine_zone;
use crate::domain::account::brief::{brief, reasons};
use crate::domain::account::decision::{Decision, DecisionKind, Verdict};
use crate::domain::account::records::{DeadLetter, DeadLetterReason};
use crate::domain::account::sum::fit_shown;
use crate::domain::profile::Priority;
use crate::domain::terms::figures::{agree, count, counted};
use crate::engine::tally::Tally;
use comfy_table::{CellAlignment, Table, presets};
use console::style;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use strum::IntoEnumIterator;

/// The last object of `--json`; the tables show the same.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Always `summary`; distinguishes it from the decisions before it.
    pub kind: &'static str,
    pub data: String,
    pub seed: u64,
    pub companies: usize,
    /// Records generated in this run, without ticks.
    pub signals: u64,
    /// Records folded in this run; the sum of all verdicts.
    pub consumed: u64,
    /// Records in the inputs topic that are not folded yet; 0 unless the run was interrupted.
    pub left: u64,
    pub elapsed_seconds: f64,
    /// Records folded per second, start and end of the run included.
    pub inputs_per_second: f64,
    #[serde(rename = "lived_days")]
    pub days_lived: i64,
    /// Inputs by record type and verdict.
    pub inputs: BTreeMap<String, BTreeMap<String, u64>>,
    /// Decisions by kind and route.
    pub decisions: BTreeMap<String, BTreeMap<String, u64>>,
    pub dead_letters: BTreeMap<String, u64>,
    pub stages: BTreeMap<String, i64>,
}

impl Summary {
    pub fn count(&mut self, tally: &Tally) {
        self.consumed = tally.consumed();
        for ((record_type, verdict), n) in &tally.inputs {
            let row = self.inputs.entry(record_type.to_string()).or_default();
            *row.entry(verdict.to_string()).or_default() += n;
        }
        for ((kind, route, _), n) in &tally.decisions {
            let row = self.decisions.entry(kind.to_string()).or_default();
            *row.entry(route.to_string()).or_default() += n;
        }
        for (reason, n) in &tally.dead_letters {
            *self.dead_letters.entry(reason.to_string()).or_default() += n;
        }
    }

    pub fn rate(&mut self, elapsed: Duration) {
        self.elapsed_seconds = elapsed.as_secs_f64();
        self.inputs_per_second = self.consumed as f64 / self.elapsed_seconds.max(0.001);
    }
}

/// Example entries: urgent before high before normal, each with another main reason.
#[derive(Default)]
pub(super) struct Examples(BTreeMap<(u8, String), Decision>);

impl Examples {
    pub(super) fn note(&mut self, decisions: &[Decision]) {
        for d in decisions.iter().filter(|d| d.kind == DecisionKind::Entered) {
            let rank = match d.priority {
                Priority::Urgent => 0,
                Priority::High => 1,
                Priority::Normal => 2,
            };
            let why = d.intent.contributions.first().map(|c| c.rule.to_string());
            self.0.insert((rank, why.unwrap_or_default()), d.clone());
        }
    }

    fn three(&self) -> Vec<&Decision> {
        let mut why = BTreeSet::new();
        let mut accounts = BTreeSet::new();
        let fresh = self.0.iter().filter(|((_, rule), d)| {
            why.insert(rule.clone()) && accounts.insert(d.account.clone())
        });
        fresh.map(|(_, d)| d).take(3).collect()
    }
}

pub(super) fn show(
    screen: &Screen,
    summary: &Summary,
    examples: &Examples,
    dead: &BTreeMap<DeadLetterReason, (u64, DeadLetter)>,
) -> std::io::Result<()> {
    screen.tell(summary)?;
    screen.say("")?;
    screen.say(&style("Inputs by verdict").bold().to_string())?;
    let columns: Vec<String> = Verdict::iter().map(|v| v.to_string()).collect();
    screen.say(&cross("record", &columns, &summary.inputs))?;
    let sum: u64 = summary.inputs.values().flat_map(BTreeMap::values).sum();
    let left = match summary.left {
        0 => String::new(),
        n => format!("; {} {} left for the next run", count(n), agree(n, "is", "are")),
    };
    screen.say(&format!(
        "{} consumed = {}, in {:.1} s ({:.0} a second){left}",
        counted(summary.consumed, "record"),
        counted(sum, "verdict"),
        summary.elapsed_seconds,
        summary.inputs_per_second
    ))?;
    if !summary.decisions.is_empty() {
        screen.say("")?;
        screen.say(&style("Decisions by route").bold().to_string())?;
        let routes: BTreeSet<&String> =
            summary.decisions.values().flat_map(BTreeMap::keys).collect();
        let columns: Vec<String> = routes.into_iter().cloned().collect();
        screen.say(&cross("decision", &columns, &summary.decisions))?;
    }
    if !dead.is_empty() {
        screen.say("")?;
        screen.say(
            &style("Dead letters: invalid records are kept, processing continues")
                .bold()
                .to_string(),
        )?;
        for (reason, (n, one)) in dead {
            screen.say(&format!("  {n:>5}  {reason}: {}", one.message))?;
        }
    }
    show_examples(screen, examples)?;
    next_steps(screen, summary, examples)
}

fn show_examples(screen: &Screen, examples: &Examples) -> std::io::Result<()> {
    let three = examples.three();
    if three.is_empty() {
        return Ok(());
    }
    screen.say("")?;
    screen.say(&style("Accounts to call first, and why").bold().to_string())?;
    for d in three {
        let name = d.account_name.as_deref().unwrap_or(d.account.as_str());
        screen.say(&format!(
            "  {} ({}), {}, since {}, to {}",
            style(name).bold(),
            d.account,
            d.priority,
            d.decided_at.day(),
            d.route
        ))?;
        let yes = d.fit.criteria.iter().filter(|c| c.answer.to_string() == "yes");
        let fits: Vec<&str> = yes.map(|c| c.name.as_str()).collect();
        screen.say(&format!("    fits {}: {}", fit_shown(&d.fit), fits.join(", ")))?;
        for line in reasons(d, 4) {
            screen.say(&format!("    {line}"))?;
        }
        for line in brief(d, machine_zone()) {
            screen.say(&format!("    {line}"))?;
        }
    }
    Ok(())
}

fn next_steps(screen: &Screen, summary: &Summary, examples: &Examples) -> std::io::Result<()> {
    let account = examples.three().first().map(|d| d.account.to_string());
    let data = &summary.data;
    screen.say("")?;
    screen.say(&style("What to try next").bold().to_string())?;
    let mut steps = Vec::new();
    if let Some(account) = account {
        steps.push((
            format!("buymode explain {account} --embedded {data}"),
            "shows the score with its arithmetic",
        ));
    }
    steps.push((
        format!("buymode decisions --from-start --embedded {data}"),
        "shows the decisions as a sequencer reads them",
    ));
    steps.push((format!("buymode audit --embedded {data}"), "folds the log again and compares"));
    steps.push((format!("buymode demo --embedded {data}"), "continues where this run stopped"));
    let width = steps.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    for (command, what) in steps {
        screen.say(&format!("  {command:<width$}   {}", style(what).dim()))?;
    }
    Ok(())
}

/// A table of counts, with a dot for none, and the sum at the end of each row.
fn cross(head: &str, columns: &[String], rows: &BTreeMap<String, BTreeMap<String, u64>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let names = columns.iter().map(|c| c.replace('_', " "));
    table.set_header([head.to_owned()].into_iter().chain(names).chain(["sum".to_owned()]));
    for (name, row) in rows {
        let cells = columns.iter().map(|c| row.get(c).map_or("·".to_owned(), u64::to_string));
        let sum: u64 = row.values().sum();
        let name = name.replace('_', " ");
        table.add_row([name].into_iter().chain(cells).chain([sum.to_string()]));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}
