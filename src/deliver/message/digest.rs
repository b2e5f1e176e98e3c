//! The digest: what has gathered, by owner, the highest rank first.

use super::link::Link;
use super::reason::first;
use super::words::{gathered, happened, tier};
use super::{Line, LineKind, Message, Piece, own, title, vendors};
use crate::desk::action::DigestItem;
use crate::desk::roster::Roster;
use crate::domain::account::decision::DecisionKind;
use crate::report::words::counted;
use std::collections::BTreeMap;

/// `more`: entries beyond these.
pub fn digest(roster: &Roster, items: &[DigestItem], more: usize) -> Message {
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
    for owner in order {
        let of_owner = groups.remove(&owner).unwrap_or_default();
        lines.push(Line::of(LineKind::Heading, owner));
        lines.extend(of_owner.into_iter().map(entry));
    }
    if more > 0 {
        lines.push(Line::plain(vec![Piece::Text(format!("… and {more} more"))]));
    }
    Message { title: title(&format!("Digest: {}", counted(count, "account"))), lines }
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
    // What such a decision says is its tier.
    if d.kind != DecisionKind::TierChanged {
        text += &format!(": {}, {}", d.priority, tier(d.tier));
        text += &first(d).map(|why| format!("; {why}")).unwrap_or_default();
        text += &format!(" ({})", gathered(item.why));
    }
    let link = d.website.as_deref().and_then(Link::to).map(Piece::Link);
    Line { kind: LineKind::Item, pieces: std::iter::once(Piece::Text(text)).chain(link).collect() }
}
