//! Finds errors in `value`: what to say, and to whom.

use super::{Findings, nearest, templates};
use crate::domain::Text;
use crate::domain::profile::Value;

/// `rules`: the names of the rules that hold where this is said.
pub(super) fn check(at: &str, value: &Value, rules: &[&str], found: &mut Findings) {
    templates::check(at, value, found);
    let blank = |text: &Text| text.trim().is_empty();
    found.add(blank(&value.pain), format!("{at}.pain"), "is empty; write the core pain");
    found.add(
        blank(&value.angle),
        format!("{at}.angle"),
        "is empty; write how the first message opens",
    );
    for (place, angle) in value.angles.iter().enumerate() {
        let at = format!("{at}.angles[{place}]");
        found.add(
            blank(&angle.angle),
            format!("{at}.angle"),
            "is empty; write how the first message opens",
        );
        found.add(
            angle.rules.is_empty(),
            format!("{at}.for"),
            "is empty; name the rules that it is for",
        );
        known(&at, &angle.rules, rules, found);
    }
    let personas = &value.personas;
    found.add(
        personas.is_empty() || personas.iter().any(|p| p.titles.is_empty()),
        format!("{at}.personas"),
        "needs at least one persona, each with job titles: - titles: [VP Sales]",
    );
    found.add(
        !personas.is_empty() && personas.iter().all(|p| !p.rules.is_empty()),
        format!("{at}.personas"),
        "are all for certain rules; leave `for` out of one, so that a decision by other rules has \
         someone to ask",
    );
    for (place, persona) in personas.iter().enumerate() {
        let at = format!("{at}.personas[{place}]");
        let titles = persona.titles.iter().chain(&persona.hired_by);
        found.add(titles.into_iter().any(blank), at.clone(), "has an empty title; remove it");
        known(&at, &persona.rules, rules, found);
    }
}

fn known(at: &str, named: &[Text], rules: &[&str], found: &mut Findings) {
    for name in named.iter().filter(|name| !rules.contains(&name.as_str())) {
        found.add(
            true,
            format!("{at}.for"),
            format!("there is no rule {name:?}{}", nearest(name, rules.iter().copied())),
        );
    }
}
