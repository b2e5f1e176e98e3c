//! Apparent growth that does not count, for people: no doubt is kept from them.

use super::assess::Assessment;
use crate::domain::profile::trigger::Trigger;
use crate::domain::score::intent::{Signs, growth};

/// A line for each headcount that a rule would have counted, were it plausible.
pub fn doubts(a: &Assessment<'_>) -> Vec<String> {
    let signs = Signs { facts: a.facts, markets: &[], seen_since: None };
    let mut known = Vec::new();
    let mut lines = Vec::new();
    for rule in &a.variant.rules {
        let Trigger::Headcount(m) = &rule.trigger else { continue };
        let Some(doubt) = growth::doubt(rule, *m, &signs) else { continue };
        if !known.contains(&doubt) {
            lines.push(format!("not counted for '{}': {doubt}", rule.name));
            known.push(doubt);
        }
    }
    lines
}
