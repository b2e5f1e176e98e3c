//! Log time and calendar days. Age counts in whole UTC days, so scores stand still between
//! midnights.

use chrono::{DateTime, Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::fmt;

pub const DAY_MS: i64 = 86_400_000;

/// Milliseconds since 1970-01-01 UTC. In JSON RFC 3339.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let plain = text.strip_suffix(" ms").and_then(|ms| ms.parse().ok());
        let time = || DateTime::parse_from_rfc3339(&text).ok().map(|t| t.timestamp_millis());
        let found = plain.or_else(time).map(Timestamp);
        found
            .ok_or_else(|| serde::de::Error::custom(format!("invalid time {text:?}; use RFC 3339")))
    }
}

impl Timestamp {
    pub fn day(self) -> Day {
        let days = self.0.div_euclid(DAY_MS);
        Day(days.clamp(i32::MIN as i64, i32::MAX as i64) as i32)
    }

    /// RFC 3339 in UTC with milliseconds.
    pub fn to_rfc3339(self) -> String {
        DateTime::from_timestamp_millis(self.0).map_or_else(
            || format!("{} ms", self.0),
            |t| t.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        )
    }
}

/// A calendar day, UTC: days since 1970-01-01. Shown as a date.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(pub i32);

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Day {
    pub fn start(self) -> Timestamp {
        Timestamp(i64::from(self.0) * DAY_MS)
    }

    pub fn plus(self, days: i32) -> Day {
        Day(self.0.saturating_add(days))
    }

    pub fn next(self) -> Day {
        self.plus(1)
    }

    /// Whole days from `earlier` to `self`.
    pub fn since(self, earlier: Day) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    pub fn date(self) -> Option<NaiveDate> {
        NaiveDate::from_epoch_days(self.0)
    }

    pub fn from_date(date: NaiveDate) -> Day {
        Day(date.to_epoch_days())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => write!(f, "{date}"),
            None => write!(f, "day {}", self.0),
        }
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How exactly a source knows a date.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    #[default]
    Day,
    Month,
    Year,
    /// No date at all: the day it was first observed stands in.
    Unknown,
}

impl Precision {
    /// How many days later than its first day it may have been, at most.
    pub fn days(self) -> i32 {
        match self {
            Precision::Day | Precision::Unknown => 0,
            Precision::Month => 30,
            Precision::Year => 365,
        }
    }
}

/// When something happened, or is to happen: the earliest day the date allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Occurred {
    pub day: Day,
    pub precision: Precision,
}

impl Occurred {
    /// `at` as the source gives it; an imprecise date becomes the first day of its month or year,
    /// a missing one the day of `observed`.
    pub fn new(at: Option<Timestamp>, precision: Precision, observed: Timestamp) -> Occurred {
        let Some(at) = at else {
            return Occurred { day: observed.day(), precision: Precision::Unknown };
        };
        let day = at.day();
        let floor = |month: u32| {
            day.date()
                .and_then(|d| NaiveDate::from_ymd_opt(d.year(), month.min(d.month()), 1))
                .map_or(day, Day::from_date)
        };
        match precision {
            Precision::Day => Occurred { day, precision },
            Precision::Month => Occurred { day: floor(12), precision },
            Precision::Year => Occurred { day: floor(1), precision },
            Precision::Unknown => Occurred { day: observed.day(), precision },
        }
    }

    /// The last day the date allows.
    pub fn latest(self) -> Day {
        match self.precision {
            Precision::Day | Precision::Unknown => self.day,
            Precision::Month => self.day.plus(30),
            Precision::Year => self.day.plus(365),
        }
    }
}
