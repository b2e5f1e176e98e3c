//! A profile that was published or rolled back: who did it, why, what changed, and what that moves.

use super::{Line, LineKind, Message, Piece, own, title, vendors};
use crate::domain::account::outbox::ProfileChange;
use crate::domain::terms::spelling::proper;
use crate::report::words::{agree, counted};

/// Sentences of what changed; `buymode icp diff` has all.
const CHANGES_MAX: usize = 12;

pub fn change(change: &ProfileChange) -> Message {
    let product = proper(&own(&change.product));
    let what = match (change.is_rollback, &change.before) {
        (true, _) => format!("{product}: back to profile version {}", own(&change.version)),
        (false, None) => format!("{product}: the first profile is live"),
        (false, Some(_)) => format!("{product}: another profile is live"),
    };
    let by = change.by.as_deref().map_or_else(|| "unknown".to_owned(), vendors);
    let mut lines = vec![Line::labelled("By", [Piece::Text(by)])];
    let note = change.note.as_deref().map(vendors).filter(|note| !note.is_empty());
    lines.extend(note.map(|note| Line::labelled("Why", [Piece::Text(note)])));
    let shown = change.changes.iter().take(CHANGES_MAX);
    lines.extend(shown.map(|what| Line::of(LineKind::Item, own(what))));
    let more = change.changes.len().saturating_sub(CHANGES_MAX);
    if more > 0 {
        lines.push(Line::of(LineKind::Item, format!("and {}", counted(more, "more change"))));
    }
    lines.extend(moved(change).map(|moved| Line::labelled("Accounts", [Piece::Text(moved)])));
    let before = change.before.as_deref().map(own);
    let before = before.map(|before| format!(", before {before}")).unwrap_or_default();
    let version = format!(
        "{} of {}{before} (activation {})",
        own(&change.version),
        own(&change.profile),
        change.activation
    );
    lines.push(Line::labelled("Version", [Piece::Text(version)]));
    Message { title: title(&what), lines }
}

/// `by the whole log 12 enter, 3 leave, 5 change tier`.
fn moved(change: &ProfileChange) -> Option<String> {
    let counts = change.counts?;
    if counts.enters + counts.leaves + counts.tiers == 0 {
        return Some("by the whole log, none changes".to_owned());
    }
    let enters = agree(counts.enters, "enters", "enter");
    let leaves = agree(counts.leaves, "leaves", "leave");
    let tiers = agree(counts.tiers, "changes tier", "change tier");
    Some(format!(
        "by the whole log {} {enters} buying mode, {} {leaves} it, {} {tiers}",
        counts.enters, counts.leaves, counts.tiers
    ))
}
