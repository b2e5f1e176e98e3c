//! The output during a run: decisions with their reasons, and a status line. Colours and the status
//! line appear on a terminal only.

use crate::codec::json;
use crate::codec::shape::ShownDecision;
use crate::config::machine_zone;
use crate::domain::account::brief::act_by;
use crate::domain::account::decision::{Decision, DecisionKind};
use crate::domain::profile::Priority;
use crate::domain::terms::plain::{escaped, plain};
use crate::report::layout::{joined, paragraph};
use console::{Style, style};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};

/// Before the lines that belong to a decision.
const INDENT: &str = "            ";
/// Decisions shown at a time; a fast run makes more than a person can read.
const SHOWN_MAX: usize = 12;

pub enum Screen {
    /// JSON lines on stdout.
    Json,
    People {
        bar: ProgressBar,
        /// The columns that a line may take.
        columns: usize,
    },
    /// No output.
    Quiet,
}

impl Screen {
    /// `columns`: how long a line for people may be.
    pub fn new(json: bool, columns: usize) -> Screen {
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
        Screen::People { bar, columns }
    }

    pub fn is_json(&self) -> bool {
        matches!(self, Screen::Json)
    }

    /// The columns of a line; none where no one reads it.
    pub(super) fn columns(&self) -> usize {
        match self {
            Screen::People { columns, .. } => *columns,
            Screen::Json | Screen::Quiet => 0,
        }
    }

    /// A text for people, wrapped between words; left out of JSON output.
    pub fn say(&self, text: &str) -> std::io::Result<()> {
        match self {
            Screen::Json | Screen::Quiet => Ok(()),
            Screen::People { bar, columns } => {
                bar.suspend(|| writeln!(std::io::stdout(), "{}", paragraph("", text, *columns)))
            }
        }
    }

    /// A command to copy; one that is too long goes on in a second line, as a shell reads it.
    pub fn command(&self, command: &str) -> std::io::Result<()> {
        match self {
            Screen::Json | Screen::Quiet => Ok(()),
            Screen::People { bar, columns } => {
                let is_long = command.chars().count() + 2 > *columns;
                let with = if is_long { " \\\n      --embedded" } else { " --embedded" };
                let command = command.replacen(" --embedded", with, 1);
                bar.suspend(|| writeln!(std::io::stdout(), "  {command}"))
            }
        }
    }

    /// A title over what follows.
    pub fn title(&self, text: &str) -> std::io::Result<()> {
        self.say("")?;
        self.say(&style(text).bold().to_string())
    }

    /// A line of JSON output; not shown to people.
    pub fn tell(
        &self,
        value: &(impl serde::Serialize + schemars::JsonSchema),
    ) -> std::io::Result<()> {
        match self {
            Screen::Json => {
                let line = serde_json::to_string(value)?;
                writeln!(std::io::stdout(), "{}", escaped(&line, |_| false))
            }
            Screen::People { .. } | Screen::Quiet => Ok(()),
        }
    }

    pub fn remark(&self, line: &str) {
        if let Screen::People { bar, .. } = self {
            bar.suspend(|| eprintln!("{line}"));
        } else {
            eprintln!("{line}");
        }
    }

    pub fn decisions(&self, decisions: &[Decision]) -> std::io::Result<()> {
        if self.is_json() {
            return decisions.iter().try_for_each(|d| self.tell(&ShownDecision(json::decision(d))));
        }
        for decision in decisions.iter().take(SHOWN_MAX) {
            self.say(&shown(decision, self.columns()))?;
        }
        match decisions.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => self.say(&style(format!("            … and {more} more")).dim().to_string()),
        }
    }

    /// The line that stands below the decisions; parts that do not fit into it are left out.
    pub fn status(&self, parts: &[String]) {
        if let Screen::People { bar, columns } = self {
            // A sign that it moves, and a blank, stand before it.
            bar.set_message(joined(parts, " · ", columns.saturating_sub(3)));
            bar.tick();
        }
    }

    pub fn close(&self) {
        if let Screen::People { bar, .. } = self {
            bar.finish_and_clear();
        }
    }
}

/// A decision as a salesperson reads it.
fn shown(d: &Decision, columns: usize) -> String {
    let date = style(d.decided_at.day()).dim();
    let headline = plain(&d.headline);
    let kind = d.kind.to_string().replace('_', " ");
    if d.kind == DecisionKind::TierChanged {
        return paragraph(&format!("{date}  "), &style(&headline).dim().to_string(), columns);
    }
    let kind = kind_style(d.kind).apply_to(format!("{kind:<12}"));
    let urgency = match d.exit {
        Some(_) => String::new(),
        None => format!("{} ", priority_style(d.priority).apply_to(d.priority)),
    };
    let route = style(format!("→ {}", d.route)).cyan();
    let name = plain(d.account_name.as_deref().unwrap_or(d.account.as_str()));
    let sentence = headline.replacen(&*name, &style(&name).bold().to_string(), 1);
    let mut lines =
        vec![format!("{date}  {kind}  {urgency}{route}"), paragraph(INDENT, &sentence, columns)];
    lines.extend(next_step(d).map(|step| paragraph(INDENT, &step, columns)));
    lines.join("\n")
}

/// What its reader should do, and until when it holds.
fn next_step(d: &Decision) -> Option<String> {
    if let Some(exit) = &d.exit {
        return Some(exit.advice.to_string().replace('_', " "));
    }
    if d.kind == DecisionKind::Triaged && !d.missing.is_empty() {
        return Some(format!("find out: {}", d.missing.join(", ").replace('_', " ")));
    }
    let act = act_by(d, machine_zone());
    let stays = d.leaves_on.map(|day| format!("stays until {day} without new signals"));
    let steps: Vec<String> = act.into_iter().chain(stays).collect();
    (!steps.is_empty()).then(|| steps.join(", "))
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
