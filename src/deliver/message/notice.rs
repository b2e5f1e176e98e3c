//! A message about an account's cases: what a person needs to act, in five seconds.

use super::buttons::{OTHER, REASONS};
use super::link::Link;
use super::reason::{date, reasons};
use super::words::{
    because, clock, ended, fitting, happened, happened_to, is_research, is_unknown, left, name,
};
use super::{Line, LineKind, Message, Piece, own, person, title, vendors, written};
use crate::desk::action::{CaseView, Notice, Standing};
use crate::desk::ids::PersonId;
use crate::desk::past::Ending;
use crate::desk::record::Verdict;
use crate::domain::account::decision::{Decision, PersonaExplained};
use crate::domain::account::sum::{Sum, fit_shown};
use crate::domain::terms::spelling::{capital, proper};
use crate::report::words::either;
use chrono_tz::Tz;

/// Reasons in a message; the rest is in its thread.
const REASONS_MAX: usize = 3;
/// Personas to ask for.
const PERSONAS_MAX: usize = 2;
const TITLES_MAX: usize = 3;

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
    // A second case of the same account and product says only what the first does not.
    let of_first = lines.clone();
    for other in cases {
        lines.push(Line::of(LineKind::Heading, also(&first.decision, &other.decision)));
        let mut more = of_case(notice, other, reader);
        if is_same(&first.decision, &other.decision) {
            more.retain(|line| {
                line.kind == LineKind::Heading
                    || line.kind == LineKind::Status
                    || !of_first.contains(line)
            });
            more.pop_if(|last| last.kind == LineKind::Heading);
        }
        lines.extend(more);
    }
    Message { title: title(&happened_to(said, &name(&first.decision))), lines }
}

fn is_same(first: &Decision, other: &Decision) -> bool {
    first.account == other.account && first.product == other.product
}

/// What another case of the message is about.
fn also(first: &Decision, other: &Decision) -> String {
    let product = proper(&own(&other.product));
    match first.account == other.account {
        true if is_same(first, other) => happened(other),
        true => format!("Also for {product}"),
        false => format!("Also {} for {product}", happened(other)),
    }
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
        lines.extend(due(case, reader));
    }
    lines.extend(reasons(d, REASONS_MAX));
    lines.extend(before(notice, case));
    if is_research(d) {
        lines.extend(to_find_out(d));
        lines.extend(company(notice, d));
        return lines;
    }
    let first = d.personas.first();
    lines.extend(first.into_iter().flat_map(|persona| whom(d, persona, true)));
    // The same text is not shown twice.
    let shown = |persona: &PersonaExplained| {
        persona.message.as_deref().map(|message| (message.subject.clone(), message.opener.clone()))
    };
    let differs = |persona: &PersonaExplained| first.map(shown) != Some(shown(persona));
    let others = d.personas.iter().take(PERSONAS_MAX).skip(1);
    lines.extend(others.flat_map(|persona| whom(d, persona, differs(persona))));
    if d.personas.is_empty() && !d.angle.is_empty() {
        lines.push(Line::labelled("Say", [Piece::Text(own(&d.angle))]));
    }
    lines.extend(to_find_out(d));
    lines.extend(company(notice, d));
    // A message is read in seconds: the script comes last.
    let script = d.personas.first().and_then(|persona| persona.message.as_deref());
    lines.extend(
        script.and_then(|message| message.talk_track.as_deref()).map(talk).unwrap_or_default(),
    );
    lines
}

/// `Find out: ARR, business model`, as a person says it.
fn to_find_out(d: &Decision) -> Option<Line> {
    let said = |name: &str| match name.strip_suffix("_usd").unwrap_or(name) {
        "arr" => "ARR".to_owned(),
        "operates_in" => "where they operate".to_owned(),
        name => own(name).replace('_', " "),
    };
    let missing: Vec<String> = d.missing.iter().map(|name| said(name)).collect();
    (!missing.is_empty()).then(|| Line::labelled("Find out", [Piece::Text(missing.join(", "))]))
}

/// `Act by: Tue 17 Nov, 14:00 (Berlin)`, in the time of who reads it.
fn due(case: &CaseView, reader: Tz) -> Option<Line> {
    let by = clock(case.decision.sla_deadline?, reader);
    Some(match case.is_late {
        true => Line::labelled("Late", [Piece::Text(format!("no one has claimed it by {by}"))]),
        false => Line::labelled("Act by", [Piece::Text(by)]),
    })
}

/// `Before: left buying mode on 12 Mar, sales reported lost; rejected by Ana because: too small`.
fn before(notice: &Notice, case: &CaseView) -> Option<Line> {
    let past = case.before.as_ref()?;
    let day = date(past.at.day(), &case.decision);
    let mut text = match &past.end {
        Ending::Left { reason, outcome } => {
            format!("left buying mode on {day}, {}", left(*reason, *outcome))
        }
        Ending::Withdrawn => format!("withdrawn on {day}, the evidence was taken back"),
        Ending::Request => format!("asked for you on {day}"),
    };
    if let Some((by, verdict)) = &past.said {
        text += &format!("; {} by {}", said(verdict), own(&notice.roster.shown(by)));
    }
    Some(Line::labelled("Before", [Piece::Text(text)]))
}

/// `rejected (too small)`.
fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Reject { .. } => match rejected(verdict) {
            Some(why) => format!("{} ({why})", verdict.past()),
            None => verdict.past().to_owned(),
        },
        _ => verdict.past().to_owned(),
    }
}

/// `bad timing: they hire in May`. A person's words are treated as a vendor's: a link can
/// fall into the hands of a stranger.
fn rejected(verdict: &Verdict) -> Option<String> {
    let Verdict::Reject { reason, note } = verdict else { return None };
    let note = note.as_deref().map(vendors).filter(|note| !note.is_empty());
    let known = REASONS.iter().find(|(slug, _)| *slug == &**reason);
    let shown = known.map_or_else(|| vendors(reason), |(_, shown)| shown.to_lowercase());
    let says_more = &**reason != OTHER || note.is_none();
    let parts = [Some(shown).filter(|shown| says_more && !shown.is_empty()), note];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(": "))
}

/// The points of a talk track, a line each.
fn talk(text: &str) -> Vec<Line> {
    let points = text.lines().filter(|line| !line.trim().is_empty());
    let heading = Line::of(LineKind::Heading, "On the phone");
    let point = |line: &str| {
        let line = line.trim();
        let line = line.strip_prefix("- ").unwrap_or(line);
        Line::of(LineKind::Item, written(line))
    };
    std::iter::once(heading).chain(points.map(point)).collect()
}

/// `urgent · tier 1 · fit 85 · intent 51`.
fn figures(d: &Decision) -> String {
    let sum = Sum::of(&d.intent);
    let (fit, score) = (fit_shown(&d.fit), sum.total);
    let fit = match is_unknown(d) {
        true => fitting(d),
        false => format!("{} · fit {fit}", fitting(d)),
    };
    format!("{} · {fit} · intent {score} · {}", d.priority, proper(&own(&d.product)))
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
            let ended = Line::of(LineKind::Status, ended(end, &case.decision));
            said.into_iter().chain([ended]).collect()
        }
    }
}

fn said_by(notice: &Notice, by: &PersonId, verdict: &Verdict) -> Vec<Piece> {
    let mut pieces = vec![Piece::Text(capital(verdict.past()) + " by"), person(&notice.roster, by)];
    match verdict {
        Verdict::Reject { .. } => {
            let why = rejected(verdict);
            pieces.extend(why.map(|why| Piece::Text(format!("because: {why}"))));
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

/// `COO` is short for Chief Operating Officer.
fn is_short_for(short: &str, title: &str) -> bool {
    let initials: String = title.split(' ').filter_map(|word| word.chars().next()).collect();
    initials.chars().count() > 1 && initials == short
}

fn whom(d: &Decision, persona: &PersonaExplained, with_message: bool) -> Vec<Line> {
    let mut titles: Vec<String> = Vec::new();
    for title in persona.titles.iter().map(|title| own(title)) {
        let is_new =
            !titles.iter().any(|known| is_short_for(known, &title) || is_short_for(&title, known));
        if is_new && titles.len() < TITLES_MAX {
            titles.push(title);
        }
    }
    let mut lines = Vec::new();
    if let Some(first) = titles.first() {
        let post = persona.hires_for.as_deref().map(vendors);
        let post =
            post.map(|post| format!(" (hires for {post}, an open post)")).unwrap_or_default();
        let search = Link::search(first, &name(d)).map(Piece::Link);
        let who = Piece::Text(format!("{}{post}", either(&titles)));
        lines.push(Line::labelled("Ask for", std::iter::once(who).chain(search)));
    }
    let message = persona.message.as_deref().filter(|_| with_message);
    let of = |text: Option<&crate::domain::Text>| text.map(|text| Piece::Text(written(text)));
    let subject = message.and_then(|message| of(message.subject.as_ref()));
    let opener = message.and_then(|message| of(message.opener.as_ref()));
    let is_written = opener.is_some();
    lines.extend(subject.map(|subject| Line::labelled("Subject", [subject])));
    lines.extend(opener.map(|opener| Line::labelled("Write", [opener])));
    if !is_written && !persona.angle.is_empty() {
        lines.push(Line::labelled("Say", [Piece::Text(own(&persona.angle))]));
    }
    lines
}

/// The company in a line, and its pages.
fn company(notice: &Notice, d: &Decision) -> Vec<Line> {
    let about = vendors(&d.about);
    let about = Some(about).filter(|about| !about.is_empty()).map(Piece::Text);
    let site = d.website.as_deref().and_then(Link::to).map(Piece::Link);
    let pieces: Vec<Piece> = about.into_iter().chain(site).collect();
    let mut lines = Vec::new();
    if !pieces.is_empty() {
        lines.push(Line::labelled("Company", pieces));
    }
    let page = notice.roster.page(&d.account);
    let page = page.and_then(|page| Link::named("account", &page));
    let links = d.links.iter().filter_map(|link| Link::named(&link.name, &link.url));
    let links: Vec<Piece> = page.into_iter().chain(links).map(Piece::Link).collect();
    if !links.is_empty() {
        lines.push(Line::labelled("See", links));
    }
    lines
}
