//! The output during a run: decisions with their reasons, and a status line. Colours and the status
//! line appear on a terminal only.

use crate::config::machine_zone;
use crate::domain::account::brief::{act_by, reasons};
use crate::domain::account::decision::{Decision, DecisionKind};
use crate::domain::account::sum::scores;
use crate::domain::profile::Priority;
use console::{Style, style};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};

/// Reasons shown for a decision, the strongest first.
const REASONS: usize = 3;
/// Decisions shown at a time; a fast run makes more than a person can read.
const SHOWN_MAX: usize = 12;

pub enum Screen {
    /// JSON lines on stdout.
    Json,
    People(ProgressBar),
    /// No output.
    Quiet,
}

impl Screen {
    pub fn new(json: bool) -> Screen {
        if json {
            return Screen::Json;
        }
        let bar = if std::io::stdout().is_terminal() && std::io::stderr().is_terminal() {
            let look = ProgressStyle::with_template("{spinner:.cyan} {wide_msg}");
            let look = look.unwrap_or_else(|_| ProgressStyle::default_spinner());
            ProgressBar::new_spinner().with_style(look)
        } else {
            ProgressBar::hidden()
        };
        Screen::People(bar)
    }

    pub fn is_json(&self) -> bool {
        matches!(self, Screen::Json)
    }

    /// A line for people; left out of JSON output.
    pub fn say(&self, line: &str) -> std::io::Result<()> {
        match self {
            Screen::Json | Screen::Quiet => Ok(()),
            Screen::People(bar) => bar.suspend(|| writeln!(std::io::stdout(), "{line}")),
        }
    }

    /// A line of JSON output; not shown to people.
    pub fn tell(&self, value: &impl serde::Serialize) -> std::io::Result<()> {
        match self {
            Screen::Json => {
                let line = serde_json::to_string(value)?;
                writeln!(std::io::stdout(), "{line}")
            }
            Screen::People(_) | Screen::Quiet => Ok(()),
        }
    }

    pub fn remark(&self, line: &str) {
        if let Screen::People(bar) = self {
            bar.suspend(|| eprintln!("{line}"));
        } else {
            eprintln!("{line}");
        }
    }

    pub fn decisions(&self, decisions: &[Decision]) -> std::io::Result<()> {
        if self.is_json() {
            return decisions.iter().try_for_each(|d| self.tell(&crate::codec::json::decision(d)));
        }
        for decision in decisions.iter().take(SHOWN_MAX) {
            self.say(&shown(decision))?;
        }
        match decisions.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => self.say(&style(format!("            … and {more} more")).dim().to_string()),
        }
    }

    pub fn status(&self, line: String) {
        if let Screen::People(bar) = self {
            bar.set_message(line);
            bar.tick();
        }
    }

    pub fn close(&self) {
        if let Screen::People(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// A decision as a salesperson reads it.
fn shown(d: &Decision) -> String {
    let name = d.account_name.as_deref().unwrap_or(d.account.as_str());
    let date = style(d.decided_at.day()).dim();
    let kind = kind_style(d.kind).apply_to(format!("{:<12}", d.kind.to_string()));
    if d.kind == DecisionKind::TierChanged {
        return style(format!("{}  {:<12}  {}", d.decided_at.day(), "tier changed", d.headline))
            .dim()
            .to_string();
    }
    let route = style(format!("→ {}", d.route)).cyan();
    let urgency = match d.exit {
        Some(_) => String::new(),
        None => format!("{} ", priority_style(d.priority).apply_to(d.priority)),
    };
    let mut lines = vec![format!("{date}  {kind}  {}  {urgency}{route}", style(name).bold())];
    let indent = " ".repeat(26);
    let scores = scores(&d.fit, &d.intent, d.exit.is_some());
    lines.push(match (&d.exit, d.request) {
        (Some(exit), _) => {
            let advice = exit.advice.to_string().replace('_', " ");
            let said = exit.outcome.map(|o| format!(" said {o}")).unwrap_or_default();
            let reason = exit.reason.to_string().replace('_', " ");
            format!("{indent}{reason}{said}, {advice}: {scores}")
        }
        (None, Some(_)) => format!("{indent}they contacted us: {scores}"),
        (None, None) if !d.missing.is_empty() && d.kind == DecisionKind::Triaged => {
            format!("{indent}find out {}: {scores}", d.missing.join(", "))
        }
        (None, None) => format!("{indent}{scores}{}", stays(d)),
    });
    let reasons = reasons(d, REASONS).into_iter();
    let due = act_by(d, machine_zone());
    lines.extend(reasons.chain(due).map(|line| format!("{indent}{line}")));
    lines.join("\n")
}

fn stays(d: &Decision) -> String {
    let stays = d.leaves_on.map(|day| format!(", stays until {day} without new signals"));
    stays.unwrap_or_default()
}

fn kind_style(kind: DecisionKind) -> Style {
    match kind {
        DecisionKind::Entered => Style::new().green().bold(),
        DecisionKind::Strengthened => Style::new().green(),
        DecisionKind::Exited => Style::new().yellow(),
        DecisionKind::Withdrawn => Style::new().red(),
        DecisionKind::Triaged => Style::new().magenta(),
        DecisionKind::TierChanged => Style::new().dim(),
    }
}

fn priority_style(priority: Priority) -> Style {
    match priority {
        Priority::Urgent => Style::new().red().bold(),
        Priority::High => Style::new().yellow().bold(),
        Priority::Normal => Style::new(),
    }
}
