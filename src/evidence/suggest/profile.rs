//! A suggestion as a profile: YAML with the figures as comments.

use super::candidates::Test;
use super::prove::P_MAX;
use super::suggestion::{Criterion, Suggestion};
use crate::domain::terms::country;
use crate::domain::terms::term::Term;
use crate::evidence::crm::fields::Field;
use crate::report::words::count;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The profile. `fields`: the standard field of a file's column. `None` where no criterion is chosen.
pub fn yaml(
    suggestion: &Suggestion,
    product: &str,
    fields: &BTreeMap<(String, String), Field>,
) -> Option<String> {
    if suggestion.criteria.is_empty() {
        return None;
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(suggestion, product, fields, &mut text);
    Some(text)
}

fn write(
    suggestion: &Suggestion,
    product: &str,
    fields: &BTreeMap<(String, String), Field>,
    out: &mut String,
) -> std::fmt::Result {
    let Suggestion { records, won, accounts, candidates, proven, seed, .. } = suggestion;
    let what = suggestion.what();
    writeln!(
        out,
        "# Written by `buymode icp suggest` from {} records of {} accounts, {} of them {what}; seed {seed}.\n\
         # Of {candidates} properties {proven} go with being {what} by more than chance (adjusted p at most {P_MAX}).\n\
         # \"With\" is not \"because of\": only an experiment shows a cause. An export has the values of its day,\n\
         # not of the day of purchase.\n\
         profile: {product}-customers\nproduct: {product}\nowner: revops\n\nfit:\n  criteria:",
        count(*records),
        count(*accounts),
        count(*won),
    )?;
    for criterion in &suggestion.criteria {
        let field = fields.get(&(criterion.file.clone(), criterion.column.clone())).copied();
        let (condition, is_tag) = condition(criterion, field);
        write!(out, "    # {}", figures(criterion, what))?;
        if criterion.p > P_MAX {
            write!(out, "\n    # A hypothesis: not proven.")?;
        }
        if is_tag {
            write!(
                out,
                "\n    # Give company records this tag where {} ({}).",
                criterion.name, criterion.file
            )?;
        }
        writeln!(
            out,
            "\n    - name: {}\n      weight: {}\n      when: {condition}",
            quoted(&criterion.name),
            criterion.weight
        )?;
    }
    for other in &suggestion.alternatives {
        let parts: Vec<String> = other.iter().map(|w| format!("{} {}", w.weight, w.name)).collect();
        writeln!(
            out,
            "  # Explains the outcomes nearly as well: {}.",
            parts.join(", ").replace('\n', " ")
        )?;
    }
    let triggers = match &suggestion.triggers[..] {
        [] => "# Not from the records, which hold no signals: choose triggers before you publish."
            .to_owned(),
        found => {
            let listed = found.iter().map(|c| {
                let proven = if c.p > P_MAX { ", not proven" } else { "" };
                format!("# {}{proven}. {}", c.name.replace('\n', " "), figures(c, what))
            });
            let listed: Vec<String> = listed.collect();
            format!(
                "# Write rules for those of these triggers that you can watch:\n{}",
                listed.join("\n")
            )
        }
    };
    write!(
        out,
        "
{triggers}
intent:
  enter: 40
  exit: 20
  rules:
    - name: raised money
      points: 40
      half_life_days: 60
      window_days: 180
      funding: {{ min_amount_usd: 1M }}
    - name: hires for sales
      points: 40
      half_life_days: 30
      window_days: 90
      hiring: {{ functions: [sales] }}

routes:
  default: sdr

# Write your own: sales reads both in each decision.
value:
  pain: the work that {product} takes off them
  angle: what {product} would change for them now
  personas:
    - titles: [VP Sales, Head of Sales]
"
    )
}

fn figures(criterion: &Criterion, what: &str) -> String {
    let Criterion { won_with, with, won_without, without, p, stability, .. } = criterion;
    let lift = match (criterion.lift, criterion.interval) {
        (Some(lift), Some(interval)) => {
            format!("{lift:.2} times as often ({:.2} to {:.2}); ", interval.low, interval.high)
        }
        _ => String::new(),
    };
    format!(
        "{} {won_with} of {with} with it, {won_without} of {without} without: {lift}adjusted p {p:.4}; chosen in \
         {:.0} % of resamples.",
        capitalised(what),
        100.0 * stability
    )
}

fn capitalised(what: &str) -> String {
    let mut letters = what.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The condition in YAML, and whether it asks for a tag.
fn condition(criterion: &Criterion, field: Option<Field>) -> (String, bool) {
    let term = |text: &str| Term::parse(text).ok().map(|term| term.as_str().to_owned());
    let word = |label: &str| match field {
        Some(Field::Industry) => term(label).map(|term| ("industry", term)),
        Some(Field::Country) => country::iso2(label).map(|code| ("country", code.to_string())),
        _ => None,
    };
    match (&criterion.test, field) {
        (Test::MoreThan(end), Some(Field::Size)) => {
            return (format!("{{ employees: {{ min: {} }} }}", end.floor() as u64 + 1), false);
        }
        (Test::AtMost(end), Some(Field::Size)) => {
            return (format!("{{ employees: {{ max: {} }} }}", end.floor() as u64), false);
        }
        (Test::Is(label), _) => {
            if let Some((attribute, word)) = word(label) {
                return (format!("{{ {attribute}: [{}] }}", quoted(&word)), false);
            }
        }
        (Test::IsNot(label), _) => {
            if let Some((attribute, word)) = word(label) {
                return (format!("{{ {attribute}: {{ none_of: [{}] }} }}", quoted(&word)), false);
            }
        }
        _ => {}
    }
    let text = match &criterion.test {
        Test::Is(label) => format!("{} {label}", criterion.column),
        Test::IsNot(label) => format!("{} not {label}", criterion.column),
        Test::MoreThan(end) => format!("{} above {end}", criterion.column),
        Test::AtMost(end) => format!("{} at most {end}", criterion.column),
    };
    let tag = term(&text).unwrap_or_else(|| "suggested".to_owned());
    (format!("{{ tags: [{}] }}", quoted(&tag)), true)
}

/// JSON's quotes, which YAML reads.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
