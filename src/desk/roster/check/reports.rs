//! Messages to a channel beside those about single accounts: the digest, the week, and profiles that are published;
//! and which destinations are channels.

use super::{Check, unknown};
use crate::desk::ids::DestinationId;
use crate::desk::roster::file::HoursFile;
use crate::desk::roster::hours::Hours;
use crate::desk::roster::{Audience, Destination, DigestPlan, WeekPlan, console};
use crate::domain::Text;
use std::collections::BTreeMap;

/// The kinds of destinations that several people read.
const CHANNELS: &str = "slack with a channel, slack_webhook, teams, or email with to";

impl Check<'_> {
    pub(super) fn digest(
        &mut self,
        destinations: &BTreeMap<DestinationId, Destination>,
    ) -> Option<DigestPlan> {
        let digest = self.file.digest.as_ref()?;
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
        digest: Option<&DigestPlan>,
        destinations: &BTreeMap<DestinationId, Destination>,
    ) -> Option<WeekPlan> {
        let weekly = self.file.weekly.as_ref()?;
        let destination = match &weekly.destination {
            Some(place) => self.shared("weekly.destination", place, destinations),
            None => match digest {
                Some(digest) => digest.destination.clone(),
                None => {
                    let problem =
                        format!("is missing; name one that several people read: {CHANNELS}");
                    self.add(self.file.digest.is_none(), "weekly.destination", problem);
                    return None;
                }
            },
        };
        let problem = format!("invalid hour {}; use 0 to 23", weekly.hour);
        self.add(weekly.hour > 23, "weekly.hour", problem);
        let until = weekly.hour.saturating_add(1);
        let hours = Hours::new(self.file.zone, &[weekly.day], weekly.hour, until)?;
        Some(WeekPlan { destination, hours })
    }

    pub(super) fn changes(
        &mut self,
        digest: Option<&DigestPlan>,
        destinations: &BTreeMap<DestinationId, Destination>,
    ) -> Option<DestinationId> {
        match &self.file.profile_changes {
            Some(channel) => Some(self.shared("profile_changes", channel, destinations)),
            None => digest.map(|digest| digest.destination.clone()),
        }
    }

    /// Where people read, someone must hear of what no one takes on, and something must gather what interrupts no
    /// one. Programs need neither.
    pub(super) fn for_people(&mut self, destinations: &BTreeMap<DestinationId, Destination>) {
        let mut of_people = destinations.iter().filter(|(_, d)| d.audience() != Audience::Machine);
        let Some((first, _)) = of_people.next() else { return };
        let mut shared = destinations.iter().filter(|(_, d)| d.audience() == Audience::Shared);
        let shared = shared.next().map(|(name, _)| name);
        for (key, within, what, is_missing) in [
            (
                "escalation",
                "channel",
                "accounts that no one takes on",
                self.file.escalation.is_none(),
            ),
            ("digest", "destination", "what interrupts no one", self.file.digest.is_none()),
        ] {
            let remedy = match shared {
                Some(name) => format!("write {key}: {{ {within}: {name} }}"),
                None => format!(
                    "add a destination that several people read ({CHANNELS}), and write {key}: {{ {within}: ITS NAME }}"
                ),
            };
            let problem =
                format!("is missing; {first} is for people, so {what} must go somewhere: {remedy}");
            self.add(is_missing, key, problem);
        }
    }

    pub(super) fn shared(
        &mut self,
        at: &str,
        name: &Text,
        destinations: &BTreeMap<DestinationId, Destination>,
    ) -> DestinationId {
        let id = DestinationId(name.clone());
        let named: Vec<&str> = self.file.destinations.iter().map(|d| d.name.as_str()).collect();
        let is_named = named.contains(&name.as_str());
        self.add(!is_named, at, unknown("destination", name, "destinations", &named));
        let audience = destinations.get(&id).map(Destination::audience);
        let is_for_programs = destinations.values().all(|d| d.audience() == Audience::Machine);
        let key = at.split('.').next().unwrap_or(at);
        let or = if is_for_programs {
            format!(", or leave {key} out: programs need none")
        } else {
            String::new()
        };
        self.add(
            is_named && audience.is_some_and(|audience| audience != Audience::Shared),
            at,
            format!(
                "{name} is not a channel or a list; name a destination that several people read ({CHANNELS}){or}"
            ),
        );
        id
    }

    pub(super) fn console(&mut self) -> Option<Text> {
        let console = self.file.console_url.clone();
        let flaw = console.as_deref().and_then(console::flaw);
        self.add(flaw.is_some(), "console_url", flaw.unwrap_or_default());
        console
    }
}
