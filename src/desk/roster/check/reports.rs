//! Messages to a channel beside those about single accounts: the digest, the week, and profiles that are published.

use super::Check;
use crate::desk::ids::DestinationId;
use crate::desk::roster::file::HoursFile;
use crate::desk::roster::hours::Hours;
use crate::desk::roster::{Destination, DigestPlan, WeekPlan, console};
use crate::domain::Text;
use std::collections::BTreeMap;

impl Check<'_> {
    pub(super) fn digest(
        &mut self,
        destinations: &BTreeMap<DestinationId, Destination>,
    ) -> Option<DigestPlan> {
        let digest = &self.file.digest;
        let destination = self.shared("digest.destination", &digest.destination, destinations);
        let hours = HoursFile {
            days: digest.days.clone(),
            from_hour: digest.hour,
            to_hour: digest.hour.saturating_add(1),
        };
        self.add(digest.days.is_empty(), "digest.days", "is empty; name the days");
        self.add(
            digest.hour > 23,
            "digest.hour",
            format!("invalid hour {}; use 0 to 23", digest.hour),
        );
        let hours = Hours::new(self.file.zone, &hours.days, hours.from_hour, hours.to_hour)?;
        Some(DigestPlan { destination, hours, routes: digest.routes.iter().cloned().collect() })
    }

    /// The overview of the week; none where the roster names no day for it.
    pub(super) fn weekly(
        &mut self,
        digest: &DigestPlan,
        destinations: &BTreeMap<DestinationId, Destination>,
    ) -> Option<WeekPlan> {
        let weekly = self.file.weekly.as_ref()?;
        let destination = match &weekly.destination {
            Some(place) => self.shared("weekly.destination", place, destinations),
            None => digest.destination.clone(),
        };
        let problem = format!("invalid hour {}; use 0 to 23", weekly.hour);
        self.add(weekly.hour > 23, "weekly.hour", problem);
        let until = weekly.hour.saturating_add(1);
        let hours = Hours::new(self.file.zone, &[weekly.day], weekly.hour, until)?;
        Some(WeekPlan { destination, hours })
    }

    pub(super) fn changes(
        &mut self,
        digest: &DigestPlan,
        destinations: &BTreeMap<DestinationId, Destination>,
    ) -> DestinationId {
        match &self.file.profile_changes {
            Some(channel) => self.shared("profile_changes", channel, destinations),
            None => digest.destination.clone(),
        }
    }

    pub(super) fn console(&mut self) -> Option<Text> {
        let console = self.file.console_url.clone();
        let flaw = console.as_deref().and_then(console::flaw);
        self.add(flaw.is_some(), "console_url", flaw.unwrap_or_default());
        console
    }
}
