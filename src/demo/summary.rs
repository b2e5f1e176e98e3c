//! The result of a run: the accounts to call first, then commands to try next, and counts last.

use super::calls::{Call, Calls};
use super::screen::Screen;
use super::site::Site;
use crate::domain::account::headline::days_ago;
use crate::domain::account::records::{DeadLetter, DeadLetterReason};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::figures::{agree, count, counted};
use crate::domain::terms::time::Day;
use crate::engine::tally::Tally;
use crate::report::layout::{paragraph, rows};
use console::style;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

/// Accounts to call that the screen shows; JSON has all of them.
const CALLS: usize = 5;
/// Names of accounts not to call that the screen shows.
const NAMES: usize = 4;

/// The last object of `--json`; the screen shows the same.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Summary {
    /// Always `summary`; distinguishes it from the decisions before it.
    pub kind: &'static str,
    /// The folder, or the cluster and prefix.
    pub data: String,
    /// What companies and signals follow from.
    pub seed: u64,
    /// Companies that were made.
    pub companies: usize,
    /// Records generated in this run, without ticks.
    pub signals: u64,
    /// Records folded in this run; the sum of all verdicts.
    pub consumed: u64,
    /// Records in the inputs topic that are not folded yet; 0 unless the run was interrupted.
    pub left: u64,
    /// How long the run took, in seconds.
    pub elapsed_seconds: f64,
    /// Records folded per second, start and end of the run included.
    pub inputs_per_second: f64,
    /// Days of the demo's calendar.
    #[serde(rename = "lived_days")]
    pub days_lived: i64,
    /// Inputs by record type and verdict.
    pub inputs: BTreeMap<String, BTreeMap<String, u64>>,
    /// Decisions by kind and route.
    pub decisions: BTreeMap<String, BTreeMap<String, u64>>,
    /// Dead letters by reason.
    pub dead_letters: BTreeMap<String, u64>,
    /// Accounts by stage.
    pub stages: BTreeMap<String, i64>,
    /// By the accounts' states at the end of the run.
    #[serde(flatten)]
    pub calls: Calls,
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

pub(super) fn show(
    screen: &Screen,
    site: &Site,
    summary: &Summary,
    dead: &BTreeMap<DeadLetterReason, (u64, DeadLetter)>,
) -> std::io::Result<()> {
    screen.tell(summary)?;
    show_calls(screen, &summary.calls)?;
    show_others(screen, &summary.calls)?;
    next_steps(screen, site, summary)?;
    if !summary.decisions.is_empty() {
        screen.title("Decisions by route")?;
        screen.say(&counts(&summary.decisions, screen.columns()))?;
    }
    if !dead.is_empty() {
        screen.title("Dead letters: invalid records are kept, processing continues")?;
        let letters = dead
            .iter()
            .map(|(reason, (n, one))| ([count(*n), reason.to_string()], one.message.clone()));
        screen.say(&rows(&letters.collect::<Vec<_>>(), screen.columns()))?;
    }
    screen.title("Inputs by verdict")?;
    screen.say(&counts(&summary.inputs, screen.columns()))?;
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
    ))
}

/// Each account: who, why, whom to ask for, what to say, and by when.
fn show_calls(screen: &Screen, calls: &Calls) -> std::io::Result<()> {
    let Some(today) = calls.as_of else { return Ok(()) };
    let all = calls.to_call.len();
    if all == 0 {
        return screen.title(&format!("Accounts to call on {today}: none is in buying mode"));
    }
    let first = if all > CALLS { format!("the first {CALLS} of {all}") } else { count(all) };
    screen.title(&format!("Accounts to call on {today}, those in buying mode now: {first}"))?;
    for (at, call) in calls.to_call.iter().take(CALLS).enumerate() {
        screen.say("")?;
        let owner = call.owner.as_ref().map(|owner| format!(", owner {owner}")).unwrap_or_default();
        let merged: Vec<&str> = call.merged.iter().map(AccountKey::as_str).collect();
        let merged = match merged.as_slice() {
            [] => String::new(),
            merged => format!(", with the data of {}", merged.join(" and ")),
        };
        let name = style(&call.name).bold();
        let who = format!(
            "{name} ({}{merged}): {} for {}{owner}",
            call.account, call.priority, call.route
        );
        screen.say(&paragraph(&format!("{}. ", at + 1), &who, screen.columns()))?;
        screen.say(&rows(&points_of(call, today), screen.columns()))?;
    }
    Ok(())
}

fn points_of(call: &Call, today: Day) -> Vec<([String; 1], String)> {
    let more = match call.more {
        0 => String::new(),
        n => format!("; and {} more", count(n)),
    };
    let mut lines =
        vec![("why", format!("{}{more}", call.why.join("; "))), ("but", call.against.join("; "))];
    lines.extend(call.ask_for.iter().map(|persona| ("ask for", persona.clone())));
    let passed = call.call_by.map_or(0, |by| today.since(by.day()));
    let passed = if passed > 0 { format!("; {}", days_ago(passed)) } else { String::new() };
    lines.extend(call.call_by_shown.as_ref().map(|by| ("call by", format!("{by}{passed}"))));
    let lines = lines.into_iter().filter(|(_, text)| !text.is_empty());
    lines.map(|(what, text)| ([format!(" {what}")], text)).collect()
}

/// The accounts in buying mode, and others, that are not to be called.
fn show_others(screen: &Screen, calls: &Calls) -> std::io::Result<()> {
    let groups = [
        ("sales is in touch with them", &calls.in_touch),
        ("customers and open opportunities in buying mode: their owner calls", &calls.with_owner),
        ("they asked not to be contacted", &calls.do_not_contact),
    ];
    if groups.iter().all(|(_, names)| names.is_empty()) {
        return Ok(());
    }
    screen.title("Accounts not to call")?;
    for (why, names) in groups.into_iter().filter(|(_, names)| !names.is_empty()) {
        let shown: Vec<&str> = names.iter().take(NAMES).map(|name| name.as_str()).collect();
        let more = match names.len().saturating_sub(NAMES) {
            0 => String::new(),
            n => format!(" and {} more", count(n)),
        };
        screen.say(&paragraph(
            "  - ",
            &format!("{why}: {}{more}", shown.join(", ")),
            screen.columns(),
        ))?;
    }
    Ok(())
}

fn next_steps(screen: &Screen, site: &Site, summary: &Summary) -> std::io::Result<()> {
    let flags = &site.flags;
    screen.title("What to try next")?;
    let explain = summary.calls.to_call.first().map(|call| {
        let command = format!("buymode explain {} {flags}", call.account);
        (command, "shows the score with its arithmetic")
    });
    let steps = [
        (
            format!("buymode decisions --from-start --until-end {flags}"),
            "shows the decisions as a sequencer reads them",
        ),
        (format!("buymode audit {flags}"), "folds the log again and compares"),
        (site.again.clone(), "continues where this run stopped"),
    ];
    let removal = site.removal.clone().map(|command| (command, "removes the topics of the demo"));
    for (command, what) in explain.into_iter().chain(steps).chain(removal) {
        screen.command(&command)?;
        screen.say(&format!("      {}", style(what).dim()))?;
    }
    Ok(())
}

/// A line for each name: its sum, then each count, the largest first.
fn counts(of: &BTreeMap<String, BTreeMap<String, u64>>, columns: usize) -> String {
    let lines = of.iter().map(|(name, row)| {
        let mut parts: Vec<(&String, &u64)> = row.iter().collect();
        parts.sort_by_key(|(_, n)| Reverse(**n));
        let parts: Vec<String> = parts
            .into_iter()
            .map(|(what, n)| format!("{} {}", count(*n), what.replace('_', " ")))
            .collect();
        ([name.replace('_', " "), count(row.values().sum::<u64>())], parts.join(", "))
    });
    rows(&lines.collect::<Vec<_>>(), columns)
}
