//! Finds errors in `templates`: what cannot be read, and names that are no variables.

use super::{Findings, nearest};
use crate::domain::profile::Value;
use crate::domain::profile::templates::names::all;
use crate::domain::profile::templates::{Part, text};
use std::collections::BTreeSet;

pub(super) fn check(at: &str, value: &Value, found: &mut Findings) {
    for (place, templates) in value.templates() {
        for part in Part::ALL {
            let Some(source) = templates.of(part) else { continue };
            for flaw in text::flaws(source) {
                let close = flaw.unknown.map(|name| likely(&name)).unwrap_or_default();
                let line = match source.trim_end().contains('\n') {
                    true => format!("line {} of the template: ", flaw.line),
                    false => String::new(),
                };
                found.add(
                    true,
                    format!("{at}.{place}.{}", part.key()),
                    format!("{line}{}{close}", flaw.problem),
                );
            }
        }
    }
}

/// The variable that was probably meant; where none is close, what there is.
fn likely(name: &str) -> String {
    let close = nearest(name, all());
    if close.contains("did you mean") {
        return close;
    }
    let groups: BTreeSet<&str> = all().filter(|name| !name.contains('.')).collect();
    format!("; there are {}", groups.into_iter().collect::<Vec<_>>().join(", "))
}
