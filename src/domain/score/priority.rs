//! Priority, deadline, route and arm of a decision: the tables of the profile, looked up.

use super::fit::Tier;
use crate::domain::Text;
use crate::domain::evidence::company::Attribute;
use crate::domain::evidence::facts::Facts;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::profile::{Band, Bands, BusinessHours, Experiment, Priority, Sla, Weekday};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Timestamp;
use crate::domain::terms::units::MilliPoints;
use chrono::{DateTime, Datelike, Duration, NaiveDateTime, NaiveTime, TimeZone};

pub fn band(bands: Bands, intent: MilliPoints) -> Band {
    if intent >= MilliPoints::points(bands.high) {
        Band::High
    } else if intent >= MilliPoints::points(bands.medium) {
        Band::Medium
    } else {
        Band::Low
    }
}

/// The first row of the table that matches, with its SLA.
pub fn priority(profile: &CompiledProfile, tier: Tier, band: Band) -> (Priority, Option<Sla>) {
    let rows = &profile.profile.priority.table;
    rows.iter()
        .find(|row| {
            row.tier.is_none_or(|wanted| tier.number() == Some(wanted))
                && row.band.is_none_or(|wanted| wanted == band)
        })
        .map_or((Priority::Normal, None), |row| (row.priority, row.sla()))
}

/// The first row of the routes that matches, or the default.
pub fn route(
    profile: &CompiledProfile,
    tier: Tier,
    priority: Priority,
    segment: &Text,
    facts: &Facts<'_>,
) -> Text {
    let routes = &profile.profile.routes;
    let among = |wanted: &[Term], attribute: Attribute| {
        let found = || facts.texts(attribute).next().and_then(|text| Term::parse(text).ok());
        wanted.is_empty() || found().is_some_and(|term| wanted.contains(&term))
    };
    let row = routes.table.iter().find(|row| {
        (row.tiers.is_empty() || tier.number().is_some_and(|t| row.tiers.contains(&t)))
            && (row.priorities.is_empty() || row.priorities.contains(&priority))
            && (row.segments.is_empty() || row.segments.contains(segment))
            && among(&row.territories, Attribute::Territory)
            && among(&row.owners, Attribute::Owner)
    });
    row.map_or_else(|| routes.default.clone(), |row| row.route.clone())
}

/// Drawn by hash, so that an account stays in its arm.
pub fn arm(experiment: Experiment, product: &str, account: &AccountKey) -> Arm {
    if experiment.hold_out_percent == 0 {
        return Arm::Treatment;
    }
    let text = format!("{}\n{product}\n{account}", experiment.salt);
    let draw = xxhash_rust::xxh3::xxh3_64(text.as_bytes()) % 100;
    if draw < u64::from(experiment.hold_out_percent) { Arm::HoldOut } else { Arm::Treatment }
}

/// The instant until which the SLA leaves time after `from`. Public holidays are not known.
pub fn deadline(from: Timestamp, sla: Sla, business: &BusinessHours) -> Option<Timestamp> {
    let zone = business.zone;
    let mut local = DateTime::from_timestamp_millis(from.0)?.with_timezone(&zone).naive_local();
    let mut left = match sla {
        Sla::Hours(hours) => Duration::hours(i64::from(hours)),
        Sla::SameDay => Duration::MAX,
    };
    // Two years of days are far more than any SLA needs.
    for _ in 0..731 {
        let opens =
            local.date().and_time(NaiveTime::from_hms_opt(u32::from(business.from_hour), 0, 0)?);
        let closes = opens + Duration::hours(i64::from(business.to_hour - business.from_hour));
        let start = local.max(opens);
        if is_working_day(business, local) && start < closes {
            let open = closes - start;
            if sla == Sla::SameDay || left <= open {
                let last = start + left.min(open);
                // A clock that is set back has the hour twice, one set forward not at all.
                let end = zone.from_local_datetime(&last).earliest().or_else(|| {
                    zone.from_local_datetime(&(last + Duration::hours(1))).earliest()
                })?;
                return Some(Timestamp(end.timestamp_millis()));
            }
            left -= open;
        }
        local = local.date().succ_opt()?.and_time(NaiveTime::MIN);
    }
    None
}

fn is_working_day(business: &BusinessHours, local: NaiveDateTime) -> bool {
    let day = match local.weekday() {
        chrono::Weekday::Mon => Weekday::Mon,
        chrono::Weekday::Tue => Weekday::Tue,
        chrono::Weekday::Wed => Weekday::Wed,
        chrono::Weekday::Thu => Weekday::Thu,
        chrono::Weekday::Fri => Weekday::Fri,
        chrono::Weekday::Sat => Weekday::Sat,
        chrono::Weekday::Sun => Weekday::Sun,
    };
    business.days.contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
    }

    fn new_york() -> BusinessHours {
        BusinessHours { zone: chrono_tz::America::New_York, ..BusinessHours::default() }
    }

    #[test]
    fn a_deadline_counts_business_hours_only() {
        for (from, hours, to) in [
            // Tuesday 10:00 in New York is inside hours.
            ("2026-11-17T15:00:00Z", 4, "2026-11-17T19:00:00Z"),
            // Friday 16:00: one hour left, three more on Monday.
            ("2026-11-20T21:00:00Z", 4, "2026-11-23T17:00:00Z"),
            // Saturday waits for Monday.
            ("2026-11-21T12:00:00Z", 8, "2026-11-23T22:00:00Z"),
            // Over the change to winter time: 17:00 EDT on Friday, 10:00 EST on Monday.
            ("2026-10-30T21:00:00Z", 1, "2026-11-02T15:00:00Z"),
        ] {
            let got = deadline(at(from), Sla::Hours(hours), &new_york()).unwrap();
            assert_eq!(got.to_rfc3339(), at(to).to_rfc3339(), "{from} + {hours} h");
        }
    }

    #[test]
    fn the_same_day_ends_when_the_office_closes() {
        for (from, to) in [
            // Tuesday 10:00 in New York, and 16:59.
            ("2026-11-17T15:00:00Z", "2026-11-17T22:00:00Z"),
            ("2026-11-17T21:59:00Z", "2026-11-17T22:00:00Z"),
            // Before the office opens, after it has closed, and on a Saturday.
            ("2026-11-17T11:00:00Z", "2026-11-17T22:00:00Z"),
            ("2026-11-17T22:00:00Z", "2026-11-18T22:00:00Z"),
            ("2026-11-21T12:00:00Z", "2026-11-23T22:00:00Z"),
        ] {
            let got = deadline(at(from), Sla::SameDay, &new_york()).unwrap();
            assert_eq!(got.to_rfc3339(), at(to).to_rfc3339(), "{from}");
        }
    }
}
