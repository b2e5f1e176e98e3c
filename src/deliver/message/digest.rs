//! The digest: what has gathered, by owner, the highest rank first.

use super::link::Link;
use super::reason::first;
use super::week::over;
use super::words::{clock, fitting, gathered, happened, name, why_left};
use super::{Line, LineKind, Message, Piece, own, title, vendors};
use crate::desk::action::{CaseView, Changes, DigestItem, Standing};
use crate::desk::record::Verdict;
use crate::desk::roster::Roster;
use crate::domain::account::decision::DecisionKind;
use crate::domain::terms::spelling::proper;
use crate::report::words::counted;
use std::collections::BTreeMap;

/// `more`: entries beyond these; `changes`: since the last one.
pub fn digest(
    roster: &Roster,
    items: &[DigestItem],
    more: usize,
    changes: Option<&Changes>,
) -> Message {
    let count = u64::try_from(items.len() + more).unwrap_or(u64::MAX);
    // Groups are in the order of their first entry: entries come ranked.
    let mut order: Vec<String> = Vec::new();
    let mut groups: BTreeMap<String, Vec<&DigestItem>> = BTreeMap::new();
    for item in items {
        let owner = owner(roster, item);
        if !order.contains(&owner) {
            order.push(owner.clone());
        }
        groups.entry(owner).or_default().push(item);
    }
    let mut lines = Vec::new();
    lines.extend(changes.map(|changes| Line::of(LineKind::Plain, since(roster, changes))));
    for owner in order {
        let of_owner = groups.remove(&owner).unwrap_or_default();
        lines.push(Line::of(LineKind::Heading, owner));
        lines.extend(of_owner.into_iter().map(entry));
    }
    if more > 0 {
        lines.push(Line::plain(vec![Piece::Text(format!("… and {more} more"))]));
    }
    lines.extend(changes.into_iter().flat_map(|changes| changed(roster, changes)));
    Message { title: title(&format!("Digest: {}", counted(count, "account"))), lines }
}

/// `Since Mon 30 Nov, 08:00 (London): 3 new, 2 answered, 1 over; 1 to a better tier`.
fn since(roster: &Roster, changes: &Changes) -> String {
    let (taken, over) =
        (changes.taken.len() + changes.more_taken, changes.ended.len() + changes.more_ended);
    let tiers = [(changes.tier_up, "to a better tier"), (changes.tier_down, "to a worse tier")];
    let tiers = tiers.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("; {n} {what}"));
    format!(
        "Since {}: {} new, {taken} answered, {over} over{}",
        clock(changes.since, roster.zone),
        changes.new,
        tiers.collect::<String>()
    )
}

fn changed(roster: &Roster, changes: &Changes) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut list = |heading: &str, items: Vec<Line>, more: usize| {
        if !items.is_empty() {
            lines.push(Line::of(LineKind::Heading, heading));
            lines.extend(items);
        }
        if more > 0 {
            lines.push(Line::of(LineKind::Plain, format!("… and {more} more")));
        }
    };
    let taken = changes.taken.iter().filter_map(|case| answered(roster, case));
    list("Answered since the last digest", taken.collect(), changes.more_taken);
    let over = changes.ended.iter().map(|ended| over(roster, ended));
    list("Over since the last digest", over.collect(), changes.more_ended);
    lines
}

/// `Acme, CRM: accepted by Ana`.
fn answered(roster: &Roster, case: &CaseView) -> Option<Line> {
    let Standing::Said { by, verdict, .. } = &case.standing else { return None };
    let d = &case.decision;
    let until = match verdict {
        Verdict::Snooze { until } => format!(" until {until}"),
        _ => String::new(),
    };
    let (product, by) = (proper(&own(&d.product)), own(&roster.shown(by)));
    let text = format!("{}, {product}: {}{until} by {by}", name(d), verdict.past());
    Some(Line::of(LineKind::Item, text))
}

fn owner(roster: &Roster, item: &DigestItem) -> String {
    let person = item.person.as_ref().or_else(|| roster.owner(&item.decision));
    match (person, item.decision.owner.as_deref()) {
        (Some(person), _) => own(&roster.shown(person)),
        (None, Some(owner)) => vendors(owner),
        (None, None) => "No owner".to_owned(),
    }
}

fn entry(item: &DigestItem) -> Line {
    let d = &item.decision;
    let mut text = happened(d);
    // Of what ended only the end counts; what a change of tier says is its tier.
    if d.kind == DecisionKind::Exited {
        text += &why_left(d).map(|why| format!(": {why}")).unwrap_or_default();
    } else if !matches!(d.kind, DecisionKind::Withdrawn | DecisionKind::TierChanged) {
        text += &format!(": {}, {}", d.priority, fitting(d));
        text += &first(d).map(|why| format!("; {why}")).unwrap_or_default();
        text += &format!(" ({})", gathered(item.why));
    }
    let link = d.website.as_deref().and_then(Link::to).map(Piece::Link);
    Line { kind: LineKind::Item, pieces: std::iter::once(Piece::Text(text)).chain(link).collect() }
}
