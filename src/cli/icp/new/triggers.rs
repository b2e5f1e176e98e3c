//! What a first profile can watch for, each as a rule.

use super::ask::list;
use crate::domain::terms::term::Term;
use crate::report::words::all;
use anyhow::bail;

/// A thing that shows that a company is ready. `TOOLS` stands for the list of tools.
#[derive(Debug)]
pub(super) struct Trigger {
    pub word: &'static str,
    points: u32,
    /// All of the rule but its points.
    rule: (&'static str, &'static str),
}

const TRIGGERS: &[Trigger] = &[
    Trigger {
        word: "funding",
        points: 45,
        rule: (
            "fresh money",
            "      hold_days: 21
      half_life_days: 45
      window_days: 180
      # A larger round counts more: 80 % of the points at 2M, all of them from 20M on.
      scale: { from: 2M, full: 20M, least_percent: 80 }
      funding: { min_amount_usd: 2M }
",
        ),
    },
    Trigger {
        word: "sales-leader",
        points: 40,
        rule: (
            "looks for a sales leader",
            "      hold_days: 14
      half_life_days: 30
      window_days: 90
      hiring: { functions: [sales, revenue_operations], seniorities: [head, director, vice_president, c_level] }
",
        ),
    },
    Trigger {
        word: "sales-team",
        points: 40,
        rule: (
            "builds a sales team",
            "      hold_days: 14
      half_life_days: 30
      window_days: 90
      # Three different posts within sixty days count as one event.
      hiring: { actions: [posted], functions: [sales], seniorities: [junior, individual, senior, lead, manager], at_least: 3, within_days: 60 }
",
        ),
    },
    Trigger {
        word: "growth",
        points: 20,
        rule: (
            "the company grows",
            "      hold_days: 30
      half_life_days: 45
      window_days: 120
      headcount: { percent: 20, people: 10 }
",
        ),
    },
    Trigger {
        word: "tools",
        points: 25,
        rule: (
            "adopts one of our tools",
            "      hold_days: 14
      half_life_days: 45
      window_days: 120
      technology: { any_of: [TOOLS] }
",
        ),
    },
    Trigger {
        word: "expansion",
        points: 15,
        rule: (
            "opens new markets",
            "      half_life_days: 45
      news: { kinds: [expansion, new_office] }
",
        ),
    },
    Trigger {
        word: "inbound",
        points: 40,
        rule: (
            "asks or signs up",
            "      half_life_days: 14
      window_days: 45
      engagement: { kinds: [demo_request, form, sign_up] }
",
        ),
    },
];

/// With fewer points in all, a company could hardly enter, or never be ranked high.
const POINTS_LEAST: u32 = 70;

/// The rules as YAML. Where few are chosen each gets more points, so that they reach the lines.
pub(super) fn rules(chosen: &[&'static Trigger], tools: &[String]) -> Vec<String> {
    let sum: u32 = chosen.iter().map(|trigger| trigger.points).sum();
    let scaled = |points: u32| points * POINTS_LEAST.max(sum) / sum.max(1);
    let rule = |trigger: &&Trigger| {
        let ((name, rest), points) = (trigger.rule, scaled(trigger.points));
        let rest = rest.replace("TOOLS", &tools.join(", "));
        format!("    - name: {name}\n      points: {points}\n{rest}")
    };
    chosen.iter().map(rule).collect()
}

pub(super) fn triggers(text: &str) -> anyhow::Result<Vec<&'static Trigger>> {
    let mut found: Vec<&'static Trigger> = Vec::new();
    for word in list(text) {
        let term = Term::parse(word)?;
        let Some(trigger) = TRIGGERS.iter().find(|t| t.word == term.as_str()) else {
            let known: Vec<&str> = TRIGGERS.iter().map(|t| t.word).collect();
            bail!("invalid trigger {word:?}; use {}", all(&known));
        };
        if !found.iter().any(|known| known.word == trigger.word) {
            found.push(trigger);
        }
    }
    if found.is_empty() {
        bail!("no trigger is named; use one at least, such as funding");
    }
    Ok(found)
}
