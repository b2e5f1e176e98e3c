//! A decision as a salesperson acts on it, in lines of text: why, by when, whom to ask for, where to
//! look. Every text view takes its lines from here.

use super::decision::{ContributionExplained, Decision, DecisionKind, PersonaExplained};
use super::explain::labelled;
use super::headline::ago;
use super::sum::{Part, Sum};
use crate::domain::terms::shown::Shown;
use crate::domain::terms::time::Timestamp;
use chrono::{DateTime, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

/// The lines of the sum, the strongest first, at most `most` events by name: `+36  fresh round:
/// Series B of $25M today, says crunchbase`. They add up to the score.
pub fn reasons(d: &Decision, most: usize) -> Vec<String> {
    let sum = Sum::of(&d.intent);
    let line = |shown: Shown, text: String| format!("{:>4}  {text}", shown.signed());
    let (mut events, mut others) = (Vec::new(), Vec::new());
    for (part, shown) in &sum.lines {
        match part {
            Part::Contribution(c) => events.push((*c, *shown)),
            Part::Fit => others.push(line(*shown, "fit".to_owned())),
            Part::Together(name) => others.push(line(*shown, name.to_string())),
            Part::Cap(kind, cap) => others.push(line(*shown, format!("{kind} capped at {cap}"))),
        }
    }
    events.sort_by_key(|(c, _)| std::cmp::Reverse((c.contribution.0.abs(), c.announced)));
    let (named, rest) = events.split_at(most.min(events.len()));
    let mut lines: Vec<String> = named.iter().map(|(c, shown)| line(*shown, reason(c))).collect();
    if !rest.is_empty() {
        let points = sum.add_up(rest.iter().map(|(_, shown)| *shown));
        lines.push(line(points, format!("and {} more", rest.len())));
    }
    lines.extend(others);
    lines
}

fn reason(c: &ContributionExplained) -> String {
    let sources: Vec<&str> = c.sources.iter().map(|s| s.as_str()).collect();
    let by = match sources.join(" and ") {
        unsaid if unsaid.is_empty() => String::new(),
        sources => format!(", says {sources}"),
    };
    let open = match c.is_open {
        Some(true) if c.pieces.is_empty() => ", still open",
        Some(false) if c.pieces.is_empty() => ", closed since",
        _ => "",
    };
    format!("{}{}{open}{by}", labelled(&c.rule, &c.what), ago(c))
}

/// By when to act, whom to ask for and with what to open, the company, its owner and its pages.
/// Empty where there is nothing to act on, as at an exit. `reader`: the time zone of the reader.
pub fn brief(d: &Decision, reader: Tz) -> Vec<String> {
    use DecisionKind::{Entered, Strengthened, Triaged};
    if !matches!(d.kind, Entered | Strengthened | Triaged) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    lines.extend(act_by(d, reader));
    lines.extend(d.personas.iter().map(ask_for));
    let company = [d.website.as_deref(), Some(d.about.as_str())];
    let company: Vec<&str> = company.into_iter().flatten().filter(|t| !t.is_empty()).collect();
    lines.extend((!company.is_empty()).then(|| company.join(": ")));
    lines.extend(d.owner.as_ref().map(|owner| format!("owner: {owner}")));
    lines.extend(d.links.iter().map(|link| format!("{}: {}", link.name, link.url)));
    lines
}

/// `ask for CEO (hires for VP Sales, an open post): what to open with`.
pub fn ask_for(persona: &PersonaExplained) -> String {
    format!("ask for {}", whom(persona))
}

/// `CEO (hires for VP Sales, an open post): what to open with`.
pub fn whom(persona: &PersonaExplained) -> String {
    let titles: Vec<&str> = persona.titles.iter().map(|title| title.as_str()).collect();
    let why = persona.hires_for.as_ref();
    let why = why.map(|post| format!(" (hires for {post}, an open post)")).unwrap_or_default();
    format!("{}{why}: {}", titles.join(" or "), persona.angle)
}

/// `act by Tue 17 Nov 2026, 14:00 (New York), 20:00 (Berlin)`.
pub fn act_by(d: &Decision, reader: Tz) -> Option<String> {
    deadline(d, reader).map(|deadline| format!("act by {deadline}"))
}

/// `Tue 17 Nov 2026, 14:00 (New York), 20:00 (Berlin)`.
pub fn deadline(d: &Decision, reader: Tz) -> Option<String> {
    Some(instant(d.sla_deadline?, d.sla_zone.unwrap_or(Tz::UTC), reader))
}

/// In the time zone of the business hours, and in the reader's where the clocks differ.
fn instant(at: Timestamp, zone: Tz, reader: Tz) -> String {
    let local = |zone: Tz| -> Option<NaiveDateTime> {
        let utc = DateTime::from_timestamp_millis(at.0)?.naive_utc();
        Some(zone.from_utc_datetime(&utc).naive_local())
    };
    let (Some(there), Some(here)) = (local(zone), local(reader)) else { return at.to_rfc3339() };
    let first = format!("{} ({})", there.format("%a %-d %b %Y, %H:%M"), place(zone));
    if here == there {
        return first;
    }
    let other = if here.date() == there.date() { "%H:%M" } else { "%a %-d %b, %H:%M" };
    format!("{first}, {} ({})", here.format(other), place(reader))
}

/// `New York`, `UTC`.
fn place(zone: Tz) -> String {
    let name = zone.name();
    name.rsplit('/').next().unwrap_or(name).replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America::New_York, Asia::Tokyo, Europe::Berlin};

    #[test]
    fn a_deadline_is_given_in_both_time_zones() {
        let at = DateTime::parse_from_rfc3339("2026-11-17T19:00:00Z").unwrap();
        let at = Timestamp(at.timestamp_millis());
        for (zone, reader, expected) in [
            (New_York, New_York, "Tue 17 Nov 2026, 14:00 (New York)"),
            (New_York, Tz::UTC, "Tue 17 Nov 2026, 14:00 (New York), 19:00 (UTC)"),
            (New_York, Berlin, "Tue 17 Nov 2026, 14:00 (New York), 20:00 (Berlin)"),
            (New_York, Tokyo, "Tue 17 Nov 2026, 14:00 (New York), Wed 18 Nov, 04:00 (Tokyo)"),
            (Tz::UTC, Tz::UTC, "Tue 17 Nov 2026, 19:00 (UTC)"),
        ] {
            assert_eq!(instant(at, zone, reader), expected, "{zone} {reader}");
        }
    }
}
