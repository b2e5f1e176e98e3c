//! Why now: the strongest events, each with its day, its source and its page.

use super::link::Link;
use super::{Line, LineKind, Piece, shortened, vendors};
use crate::domain::account::decision::{ContributionExplained, Decision};
use crate::domain::terms::spelling::capital;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;
use chrono::Datelike;

/// Characters of an event: a message is read in seconds.
const CHARACTERS_MAX: usize = 120;
/// Of several events that count as one, those that are named.
const NAMED_MAX: usize = 2;

/// What people did, as a person says it.
const ENGAGEMENTS: &[(&str, &str)] = &[
    ("demo request", "asked for a demo"),
    ("form", "filled in a form"),
    ("sign up", "signed up"),
    ("pricing page", "read the prices"),
    ("website visit", "visited the website"),
    ("product usage", "used the product"),
    ("review site comparison", "compared on a review site"),
    ("competitor engagement", "looked at a competitor"),
    ("intent topic", "reads about it"),
    ("webinar", "came to a webinar"),
    ("email", "answered or opened a mail"),
];

/// Days, not "today": a message may have waited for the morning.
pub(super) fn reasons(d: &Decision, most: usize) -> Vec<Line> {
    strongest(d).into_iter().take(most).map(|c| reason(d, c)).collect()
}

/// The strongest event alone, in a few words.
pub(super) fn first(d: &Decision) -> Option<String> {
    strongest(d).first().map(|c| said(c))
}

/// The strongest events as plain texts, each with its page.
pub(super) fn strongest_said(d: &Decision, most: usize) -> Vec<(String, Option<String>)> {
    let all = strongest(d).into_iter().take(most).map(|c| {
        let when =
            if c.is_standing() { String::new() } else { format!(", {}", date(c.announced, d)) };
        let url = c.url.as_deref().and_then(Link::to).map(|link| link.url().to_owned());
        (format!("{}{when}", capital(&said(c))), url)
    });
    all.collect()
}

/// What speaks for the account, each event once.
fn strongest(d: &Decision) -> Vec<&ContributionExplained> {
    let mut all: Vec<&ContributionExplained> =
        d.intent.contributions.iter().filter(|c| c.contribution > MilliPoints::ZERO).collect();
    all.sort_by_key(|c| std::cmp::Reverse((c.contribution, c.announced)));
    let mut seen: Vec<(&str, Day)> = Vec::new();
    all.retain(|c| {
        let event = (c.what.as_str(), c.announced);
        let new = !seen.contains(&event);
        seen.push(event);
        new
    });
    all
}

fn reason(d: &Decision, c: &ContributionExplained) -> Line {
    let mut text = capital(&said(c));
    if !c.is_standing() {
        text += &format!(", {}", date(c.announced, d));
    }
    let sources: Vec<String> = c.sources.iter().take(3).map(|source| vendors(source)).collect();
    if !sources.is_empty() {
        text += &format!(", says {}", sources.join(" and "));
    }
    let link = c.url.as_deref().and_then(Link::to).map(Piece::Link);
    Line { kind: LineKind::Item, pieces: std::iter::once(Piece::Text(text)).chain(link).collect() }
}

fn said(c: &ContributionExplained) -> String {
    let known = ENGAGEMENTS.iter().find_map(|(kind, said)| {
        let rest = c.what.strip_prefix(kind)?;
        (rest.is_empty() || rest.starts_with(" (")).then(|| format!("{said}{rest}"))
    });
    let what = known.filter(|_| c.kind == crate::domain::terms::catalogue::Kind::Engagement);
    let what = what.unwrap_or_else(|| c.what.clone());
    if what.chars().count() <= CHARACTERS_MAX || c.pieces.len() <= NAMED_MAX {
        return shortened(&vendors(&what), CHARACTERS_MAX);
    }
    // `posted 5 jobs: SDR (Paris), Account Executive (Berlin) and 3 more`.
    let head = what.split_once(": ").map_or("", |(head, _)| head);
    let verb = head.split(' ').next().unwrap_or_default();
    let named = c.pieces.iter().take(NAMED_MAX).map(|piece| {
        let named = piece.what.strip_prefix(verb).unwrap_or(&piece.what);
        shortened(&vendors(named), CHARACTERS_MAX / NAMED_MAX)
    });
    let named: Vec<String> = named.collect();
    let more = c.pieces.len() - NAMED_MAX;
    let head = if head.is_empty() { String::new() } else { format!("{}: ", vendors(head)) };
    format!("{head}{} and {more} more", named.join(", "))
}

/// `24 Nov`; of another year than the decision's `24 Nov 2025`.
pub(super) fn date(day: Day, d: &Decision) -> String {
    let (Some(date), Some(decided)) = (day.date(), d.decided_at.day().date()) else {
        return day.to_string();
    };
    let form = if date.year() == decided.year() { "%-d %b" } else { "%-d %b %Y" };
    date.format(form).to_string()
}
