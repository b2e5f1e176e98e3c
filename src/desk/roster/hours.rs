//! When a person works: hours in a time zone, holidays, absences. Time zones are those of the database in
//! the program, so that every machine reads the same.

use crate::domain::profile::Weekday;
use crate::domain::terms::time::{DAY_MS, Timestamp};
use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use std::collections::BTreeSet;

/// Days after which a search for working hours gives up.
const SEARCH_DAYS: usize = 400;

/// Hours of the week in a time zone; never without any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    zone: Tz,
    /// From Monday.
    days: [bool; 7],
    from_hour: u8,
    to_hour: u8,
}

/// A part of a day in which work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// When it begins, or now where it has begun.
    pub at: Timestamp,
    /// The local day.
    pub day: NaiveDate,
}

impl Hours {
    /// None where the days are empty or the hours hold nothing.
    pub fn new(zone: Tz, days: &[Weekday], from_hour: u8, to_hour: u8) -> Option<Hours> {
        let mut week = [false; 7];
        for day in days {
            week[*day as usize] = true;
        }
        let holds = !days.is_empty() && from_hour < to_hour && to_hour <= 24;
        holds.then_some(Hours { zone, days: week, from_hour, to_hour })
    }

    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The next instant, from `at` on, within these hours on a day that is none of `closed`.
    pub fn opening(&self, at: Timestamp, closed: &BTreeSet<NaiveDate>) -> Option<Opening> {
        let local = local(at, self.zone)?;
        let days = local.date().iter_days().take(SEARCH_DAYS);
        let mut open = days.filter(|day| {
            self.days[day.weekday().num_days_from_monday() as usize] && !closed.contains(day)
        });
        open.find_map(|day| {
            let (opens, closes) =
                (self.instant(day, self.from_hour)?, self.instant(day, self.to_hour)?);
            (at < closes && opens < closes).then_some(Opening { at: opens.max(at), day })
        })
    }

    /// The next beginning of these hours after `at`.
    pub fn beginning(&self, at: Timestamp) -> Option<Timestamp> {
        let today = local(at, self.zone)?.date();
        let mut days = today.iter_days().take(SEARCH_DAYS);
        days.find_map(|day| {
            let works = self.days[day.weekday().num_days_from_monday() as usize];
            self.instant(day, self.from_hour).filter(|opens| works && *opens > at)
        })
    }

    /// An hour of a local day; 24 is the next midnight. A clock that is set forward has not every hour:
    /// the next one stands for it; of one that it has twice the first counts.
    fn instant(&self, day: NaiveDate, hour: u8) -> Option<Timestamp> {
        let wanted = day.and_hms_opt(0, 0, 0)? + Duration::hours(i64::from(hour));
        instant(wanted, self.zone)
    }
}

/// When a person works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    pub hours: Hours,
    pub holidays: BTreeSet<NaiveDate>,
    /// First and last day of each absence.
    pub absences: Vec<(NaiveDate, NaiveDate)>,
}

/// Whether a person could take something on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// At this instant, which may be now.
    From(Opening),
    /// Away on the next day of work; until and with this day.
    Away(NaiveDate),
    /// No day of work is in sight.
    Never,
}

impl Calendar {
    pub fn zone(&self) -> Tz {
        self.hours.zone
    }

    pub fn availability(&self, at: Timestamp) -> Availability {
        let Some(opening) = self.hours.opening(at, &self.holidays) else {
            return Availability::Never;
        };
        let away =
            self.absences.iter().filter(|(from, until)| (*from..=*until).contains(&opening.day));
        match away.map(|(_, until)| *until).max() {
            Some(until) => Availability::Away(until),
            None => Availability::From(opening),
        }
    }

    /// The local day of an instant.
    pub fn day(&self, at: Timestamp) -> Option<NaiveDate> {
        local(at, self.zone()).map(|local| local.date())
    }

    /// When this person works next on a day or later, absences left out.
    pub fn morning(&self, day: NaiveDate) -> Option<Timestamp> {
        let mut at = instant(day.and_hms_opt(0, 0, 0)?, self.zone())?;
        for _ in 0..=self.absences.len() {
            match self.availability(at) {
                Availability::From(opening) => return Some(opening.at),
                Availability::Away(until) => {
                    at = instant(until.succ_opt()?.and_hms_opt(0, 0, 0)?, self.zone())?;
                }
                Availability::Never => return None,
            }
        }
        None
    }
}

fn local(at: Timestamp, zone: Tz) -> Option<NaiveDateTime> {
    Some(DateTime::from_timestamp_millis(at.0)?.with_timezone(&zone).naive_local())
}

fn instant(wanted: NaiveDateTime, zone: Tz) -> Option<Timestamp> {
    let skipped = || {
        // Every gap that a clock has made is at most a day long.
        let quarters = (1..=96).map(|quarter| wanted + Duration::minutes(15 * quarter));
        quarters.filter_map(|later| zone.from_local_datetime(&later).earliest()).next()
    };
    let found = zone.from_local_datetime(&wanted).earliest().or_else(skipped)?;
    Some(Timestamp(found.timestamp_millis()))
}

/// Half of the way from one instant to another, cut to the second.
pub fn halfway(from: Timestamp, to: Timestamp) -> Timestamp {
    let half = from.0 + (to.0 - from.0) / 2;
    Timestamp(half - half.rem_euclid(1_000))
}

/// A day in milliseconds, for what is too old to interrupt anyone.
pub const STALE_MS: i64 = DAY_MS;

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America::New_York, Asia::Kolkata, Pacific::Apia};
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn week(zone: Tz) -> Hours {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        Hours::new(zone, &[Mon, Tue, Wed, Thu, Fri], 9, 17).unwrap()
    }

    #[test]
    fn work_begins_in_the_persons_own_zone() {
        for (zone, from, opens) in [
            (New_York, "2026-11-30T15:00:00Z", "2026-11-30T15:00:00Z"),
            (New_York, "2026-11-30T13:59:59Z", "2026-11-30T14:00:00Z"),
            (New_York, "2026-11-30T22:00:00Z", "2026-12-01T14:00:00Z"),
            (New_York, "2026-11-27T23:00:00Z", "2026-11-30T14:00:00Z"),
            (Kolkata, "2026-11-30T12:00:00Z", "2026-12-01T03:30:00Z"),
            // Over the change to winter time, on a Sunday.
            (New_York, "2026-10-30T21:00:00Z", "2026-11-02T14:00:00Z"),
            // Apia had no 30 December 2011.
            (Apia, "2011-12-30T09:59:00Z", "2012-01-01T19:00:00Z"),
        ] {
            let found = week(zone).opening(at(from), &BTreeSet::new()).unwrap().at;
            assert_eq!(found.to_rfc3339(), at(opens).to_rfc3339(), "{zone} {from}");
        }
    }

    #[test]
    fn a_holiday_is_waited_out_and_an_absence_is_not() {
        let calendar = Calendar {
            hours: week(New_York),
            holidays: BTreeSet::from([day("2026-11-26")]),
            absences: vec![(day("2026-11-30"), day("2026-12-04"))],
        };
        let thanksgiving = calendar.availability(at("2026-11-26T15:00:00Z"));
        let friday = Opening { at: at("2026-11-27T14:00:00Z"), day: day("2026-11-27") };
        assert_eq!(thanksgiving, Availability::From(friday));
        let weekend = calendar.availability(at("2026-11-28T15:00:00Z"));
        assert_eq!(weekend, Availability::Away(day("2026-12-04")));
        assert_eq!(calendar.morning(day("2026-11-30")), Some(at("2026-12-07T14:00:00Z")));
    }

    #[test]
    fn hours_that_hold_nothing_are_refused() {
        assert_eq!(Hours::new(Tz::UTC, &[], 9, 17), None);
        assert_eq!(Hours::new(Tz::UTC, &[Weekday::Mon], 17, 17), None);
        assert_eq!(Hours::new(Tz::UTC, &[Weekday::Mon], 0, 25), None);
        assert!(Hours::new(Tz::UTC, &[Weekday::Mon], 0, 24).is_some());
    }

    proptest! {
        #[test]
        fn an_opening_is_never_before_and_stays_open(
            ms in 0_i64..2_000_000_000_000,
            zone in prop::sample::select(chrono_tz::TZ_VARIANTS.to_vec()),
            from in 0_u8..24,
            long in 1_u8..=8,
        ) {
            let to = (from + long).min(24);
            let hours = Hours::new(zone, &[Weekday::Mon, Weekday::Thu], from, to).unwrap();
            let at = Timestamp(ms);
            let found = hours.opening(at, &BTreeSet::new()).unwrap();
            prop_assert!(found.at >= at);
            prop_assert_eq!(hours.opening(found.at, &BTreeSet::new()), Some(found));
            let begins = hours.beginning(at).unwrap();
            prop_assert!(begins > at);
        }
    }
}
