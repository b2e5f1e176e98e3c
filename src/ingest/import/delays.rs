//! How long after its date each record could be known, as far as the rows say it: what to set as the
//! `known_after` of a mapping, and how much of a history counts without it.

use crate::domain::account::input::Input;
use crate::mapping::canonical::{Canonical, KnownBy};
use serde::Serialize;
use std::collections::BTreeMap;

/// Sources that are measured apart; further ones are not.
const SOURCES_MAX: usize = 1_000;

/// By what the records of an import count from when they do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Delays {
    /// By source, where the rows have both dates: the event's and when the source first saw it.
    pub measured: BTreeMap<String, Measured>,
    /// Records that count from their own date: nothing says when they were seen, and the mapping has
    /// no `known_after`.
    pub own_date_records: u64,
    /// Records that count from `known_after` after their own date.
    pub delayed_records: u64,
    /// Facts without a date, as of the day when their file was last written.
    pub file_day_records: u64,
}

/// The delays of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(into = "MeasuredShown")]
pub struct Measured {
    /// Records by delay in days.
    by_days: BTreeMap<u32, u64>,
}

impl Delays {
    pub(super) fn count(&mut self, record: &Canonical) {
        match record.known_by {
            Some(KnownBy::Observed { delay_days: Some(days) }) => {
                let source = match &record.input {
                    Input::Signal(signal) => signal.source.as_str(),
                    Input::Company(update) => update.source.as_str(),
                    _ => return,
                };
                if self.measured.len() < SOURCES_MAX || self.measured.contains_key(source) {
                    let measured = self.measured.entry(source.to_owned()).or_default();
                    *measured.by_days.entry(days).or_default() += 1;
                }
            }
            Some(KnownBy::OwnDate { after_days: 0 }) => self.own_date_records += 1,
            Some(KnownBy::OwnDate { .. }) => self.delayed_records += 1,
            Some(KnownBy::FileDay) => self.file_day_records += 1,
            Some(KnownBy::Observed { delay_days: None }) | None => {}
        }
    }
}

impl Measured {
    pub fn records(&self) -> u64 {
        self.by_days.values().sum()
    }

    /// The least number of whole days within which that share of the records was seen (nearest rank).
    pub fn days_at(&self, percent: u64) -> u32 {
        let rank = (self.records() * percent).div_ceil(100);
        let mut seen = 0;
        let mut reached = self.by_days.iter().skip_while(|(_, records)| {
            seen += **records;
            seen < rank
        });
        reached.next().map_or(0, |(days, _)| *days)
    }
}

/// As it is shown.
#[derive(Serialize, schemars::JsonSchema)]
#[schemars(rename = "Measured")]
struct MeasuredShown {
    /// Records that have both dates.
    records: u64,
    /// Within so many days of its date half of the records were seen.
    median_days: u32,
    /// Within so many, nine of ten.
    p90_days: u32,
}

impl From<Measured> for MeasuredShown {
    fn from(of: Measured) -> MeasuredShown {
        MeasuredShown {
            records: of.records(),
            median_days: of.days_at(50),
            p90_days: of.days_at(90),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_by_nearest_rank() {
        let of = |days: &[u32]| {
            let mut measured = Measured::default();
            for days in days {
                *measured.by_days.entry(*days).or_default() += 1;
            }
            (measured.records(), measured.days_at(50), measured.days_at(90))
        };
        assert_eq!(of(&[]), (0, 0, 0));
        assert_eq!(of(&[7]), (1, 7, 7));
        assert_eq!(of(&[1, 2]), (2, 1, 2));
        assert_eq!(of(&[0, 0, 3, 5, 9]), (5, 3, 9));
        assert_eq!(of(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 100]), (10, 5, 9));
        assert_eq!(of(&[4; 1_000]), (1_000, 4, 4));
    }
}
