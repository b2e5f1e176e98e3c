//! A message about an account's cases: what a person needs to act, in five seconds.

use super::link::Link;
use super::words::{because, ended, happened_to, name, tier};
use super::{Line, LineKind, Message, Piece, own, person, shortened, title, vendors};
use crate::desk::action::{CaseView, Notice, Standing};
use crate::desk::ids::PersonId;
use crate::desk::record::Verdict;
use crate::domain::account::brief::deadline;
use crate::domain::account::decision::{ContributionExplained, Decision, PersonaExplained};
use crate::domain::account::sum::{Sum, fit_shown};
use crate::domain::terms::units::MilliPoints;
use chrono_tz::Tz;

/// Reasons in a message; the rest is in its thread.
const REASONS_MAX: usize = 3;
/// Characters of an event: a message is read in seconds.
const REASON_MAX: usize = 160;
/// Personas to ask for.
const PERSONAS_MAX: usize = 2;

/// `reader`: the time zone of who reads it.
pub fn notice(notice: &Notice, reader: Tz) -> Message {
    let mut cases = notice.cases.iter();
    let Some(first) = cases.next() else {
        return Message { title: String::new(), lines: Vec::new() };
    };
    let said = match &first.standing {
        Standing::Ended(end) => end,
        _ => &first.decision,
    };
    let mut lines = of_case(notice, first, reader);
    for other in cases {
        lines.push(Line::of(LineKind::Heading, format!("Also: {}", own(&other.decision.product))));
        lines.extend(of_case(notice, other, reader));
    }
    Message { title: title(&happened_to(said, &name(&first.decision))), lines }
}

fn of_case(notice: &Notice, case: &CaseView, reader: Tz) -> Vec<Line> {
    let d = &case.decision;
    let mut lines = Vec::new();
    lines.extend(standing(notice, case));
    lines.push(Line::plain(vec![Piece::Text(figures(d))]));
    if matches!(case.standing, Standing::Ended(_)) {
        return lines;
    }
    if matches!(case.standing, Standing::Open) {
        lines.extend(assigned(notice, case));
        let by = deadline(d, reader);
        lines.extend(by.map(|by| Line::labelled("Act by", [Piece::Text(by)])));
    }
    lines.extend(reasons(d, REASONS_MAX));
    lines.extend(d.personas.iter().take(PERSONAS_MAX).flat_map(|persona| whom(d, persona)));
    if d.personas.is_empty() && !d.angle.is_empty() {
        lines.push(Line::labelled("Say", [Piece::Text(own(&d.angle))]));
    }
    if !d.missing.is_empty() {
        let missing: Vec<String> = d.missing.iter().map(|name| own(name)).collect();
        lines.push(Line::labelled("Find out", [Piece::Text(missing.join(", "))]));
    }
    lines.extend(company(d));
    lines
}

/// `urgent · tier 1 · fit 85 · intent 51`.
fn figures(d: &Decision) -> String {
    let sum = Sum::of(&d.intent);
    let (fit, score) = (fit_shown(&d.fit), sum.total);
    format!("{} · {} · fit {fit} · intent {score} · {}", d.priority, tier(d.tier), own(&d.product))
}

fn standing(notice: &Notice, case: &CaseView) -> Vec<Line> {
    let said = case.said.as_ref().map(|said| Line {
        kind: LineKind::Status,
        pieces: said_by(notice, &said.by, &said.verdict),
    });
    match &case.standing {
        Standing::Open => Vec::new(),
        Standing::Said { by, verdict, .. } => {
            let line = Line { kind: LineKind::Status, pieces: said_by(notice, by, verdict) };
            vec![line]
        }
        Standing::Ended(end) => {
            let ended = Line::of(LineKind::Status, ended(end));
            said.into_iter().chain([ended]).collect()
        }
    }
}

fn said_by(notice: &Notice, by: &PersonId, verdict: &Verdict) -> Vec<Piece> {
    let mut pieces = vec![Piece::Text(capital(verdict.past()) + " by"), person(&notice.roster, by)];
    match verdict {
        Verdict::Reject { reason } if !reason.is_empty() => {
            pieces.push(Piece::Text(format!("because: {}", vendors(reason))));
        }
        Verdict::Snooze { until } => pieces.push(Piece::Text(format!("until {until}"))),
        _ => {}
    }
    pieces
}

fn assigned(notice: &Notice, case: &CaseView) -> Option<Line> {
    let assignment = case.assignment.as_ref()?;
    let why = because(&notice.roster, assignment);
    Some(Line::labelled(
        "For",
        [person(&notice.roster, &assignment.person), Piece::Text(format!("({why})"))],
    ))
}

/// The strongest events, each with its day, its source and its page. Days, not "today": a message may have
/// waited for the morning.
pub(super) fn reasons(d: &Decision, most: usize) -> Vec<Line> {
    let mut all: Vec<&ContributionExplained> =
        d.intent.contributions.iter().filter(|c| c.contribution > MilliPoints::ZERO).collect();
    all.sort_by_key(|c| std::cmp::Reverse((c.contribution, c.announced)));
    let mut seen: Vec<(&str, crate::domain::terms::time::Day)> = Vec::new();
    all.retain(|c| {
        let event = (c.what.as_str(), c.announced);
        let new = !seen.contains(&event);
        seen.push(event);
        new
    });
    all.into_iter().take(most).map(reason).collect()
}

fn reason(c: &ContributionExplained) -> Line {
    let mut text = shortened(&vendors(&c.what), REASON_MAX);
    if !c.is_standing() {
        text += &format!(", {}", c.announced);
    }
    let sources: Vec<String> = c.sources.iter().take(3).map(|source| vendors(source)).collect();
    if !sources.is_empty() {
        text += &format!(", says {}", sources.join(" and "));
    }
    let link = c.url.as_deref().and_then(Link::to).map(Piece::Link);
    Line { kind: LineKind::Item, pieces: std::iter::once(Piece::Text(text)).chain(link).collect() }
}

fn whom(d: &Decision, persona: &PersonaExplained) -> Vec<Line> {
    let titles: Vec<String> = persona.titles.iter().take(3).map(|title| own(title)).collect();
    let mut lines = Vec::new();
    if let Some(first) = titles.first() {
        let post = persona.hires_for.as_deref().map(vendors);
        let post =
            post.map(|post| format!(" (hires for {post}, an open post)")).unwrap_or_default();
        let search = Link::search(first, &name(d)).map(Piece::Link);
        let who = Piece::Text(format!("{}{post}", titles.join(" or ")));
        lines.push(Line::labelled("Ask for", std::iter::once(who).chain(search)));
    }
    if !persona.angle.is_empty() {
        lines.push(Line::labelled("Say", [Piece::Text(own(&persona.angle))]));
    }
    lines
}

/// The company in a line, and its pages.
fn company(d: &Decision) -> Vec<Line> {
    let about = vendors(&d.about);
    let about = Some(about).filter(|about| !about.is_empty()).map(Piece::Text);
    let site = d.website.as_deref().and_then(Link::to).map(Piece::Link);
    let pieces: Vec<Piece> = about.into_iter().chain(site).collect();
    let mut lines = Vec::new();
    if !pieces.is_empty() {
        lines.push(Line::labelled("Company", pieces));
    }
    let links: Vec<Piece> = d
        .links
        .iter()
        .filter_map(|link| Link::named(&link.name, &link.url))
        .map(Piece::Link)
        .collect();
    if !links.is_empty() {
        lines.push(Line::labelled("See", links));
    }
    lines
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
