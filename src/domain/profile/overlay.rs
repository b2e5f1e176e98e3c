//! Laying a segment's entries over the profile's, by name.

use crate::domain::Text;
use std::collections::BTreeMap;
/// The base with what has the same name replaced, the rest added, and what is named left out.
pub(super) fn overlay<T: Clone>(
    base: &[T],
    over: &[T],
    without: &[Text],
    name: fn(&T) -> &Text,
) -> Vec<T> {
    let mut all: BTreeMap<usize, T> = base.iter().cloned().enumerate().collect();
    for item in over {
        let at = all.iter().find(|(_, old)| name(old) == name(item)).map(|(at, _)| *at);
        let next = all.last_key_value().map_or(0, |(at, _)| at + 1);
        all.insert(at.unwrap_or(next), item.clone());
    }
    all.into_values().filter(|item| !without.contains(name(item))).collect()
}
