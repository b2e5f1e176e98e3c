//! The time zone of this machine: deadlines are shown in it beside the profile's.

use chrono_tz::Tz;

/// UTC where the machine does not say, or says what is not in the IANA database.
pub fn machine_zone() -> Tz {
    let zone = jiff::tz::TimeZone::system();
    zone.iana_name().and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC)
}
