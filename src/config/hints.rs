//! Makes of what a parser says to its programmer what a person can act on.

use std::collections::BTreeSet;

/// The message with what would be right, where the parser does not say it.
pub(super) fn remedied(message: &str, text: &str, place: Option<(u64, u64)>) -> String {
    let line = place.and_then(|(line, _)| text.lines().nth(usize::try_from(line).ok()? - 1));
    let message =
        message.replace(", set DuplicateKeyPolicy in Options if acceptable", "; keep one of them");
    if let Some(near) = nearest(&message) {
        return near;
    }
    let said = |part: &str| message.contains(part);
    let written = |part: &str| line.is_some_and(|line| line.contains(part));
    let hint = match () {
        () if said("DEBUG-NOTHING") || written("\u{0}") => "remove it",
        () => return message,
    };
    format!("{message}; {hint}")
}

/// ``unknown field `wieght`, expected one of `name`, `weight` `` with the one that was meant.
fn nearest(message: &str) -> Option<String> {
    let (head, list) = message.split_once(", expected ")?;
    let wrong = head.split('`').nth(1)?;
    let known: BTreeSet<&str> = list.split('`').skip(1).step_by(2).collect();
    let close = known.iter().map(|k| (strsim::osa_distance(wrong, k), *k)).min()?;
    let (distance, close) = close;
    (distance <= wrong.len().max(close.len()) / 3)
        .then(|| format!("{head}; did you mean `{close}`?"))
}
