//! When a record could first be known. A history is lived through in that order: what a source learned
//! ten days late decides nothing for ten days.

use super::Norms;
use crate::domain::terms::time::{DAY_MS, Timestamp};

/// When, and by what.
pub(super) type Known = (Timestamp, Option<KnownBy>);

/// What the time is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownBy {
    /// The record or its file says when it was seen. `delay_days`: whole days since the record's own
    /// date, where it says both; 0 where it was seen before.
    Observed { delay_days: Option<u32> },
    /// The record's own date, and the mapping's `known_after` in days.
    OwnDate { after_days: u16 },
    /// The record has no date: the day of its file.
    FileDay,
}

/// `own`: what the record itself says of when it was seen, beside an exact date; `seen`: the same, or
/// what its file says; `date`: the record's own.
pub(super) fn known(
    own: Option<Timestamp>,
    seen: Option<Timestamp>,
    date: Timestamp,
    norms: &Norms,
) -> Known {
    let by = match seen {
        Some(_) => KnownBy::Observed {
            delay_days: own.map(|own| u32::try_from(own.day().since(date.day())).unwrap_or(0)),
        },
        None => KnownBy::OwnDate { after_days: norms.known_after.days },
    };
    (seen.unwrap_or_else(|| later(date, norms)), Some(by))
}

/// After the usual delay of the source.
pub(super) fn later(date: Timestamp, norms: &Norms) -> Timestamp {
    Timestamp(date.0 + i64::from(norms.known_after.days) * DAY_MS)
}
