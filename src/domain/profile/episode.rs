//! `episode` and `priority`: how long a stay in buying mode lasts, and how soon sales must act.

use super::is_default;
use crate::domain::terms::term::Term;
use schemars::JsonSchema;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// How an episode of buying mode runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Episode {
    /// After an exit, only new evidence worth the enter line alone brings the account back sooner.
    pub cooldown_days: u16,
    /// An episode ends after this many days.
    pub max_days: u16,
    /// `strengthened` at most once in this many days.
    pub strengthen_days: u16,
    /// A first entry needs a positive signal of at most this many days. Left out: signals that are
    /// enough for a stay of 14 days, or those of the last 7 days alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_entry_evidence_days: Option<u16>,
    /// What a sequencer should do with people already enrolled when a negative signal ends an episode:
    /// `stop_now` or `no_new_enrolment`.
    pub negative_signal_advice: ExitAdvice,
    /// Cooldown after an opportunity was opened or won.
    pub won_cooldown_days: u16,
    /// Cooldown after lost or rejected, by reason; other reasons take `cooldown_days`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "days_by_reason")]
    #[schemars(with = "BTreeMap<String, u16>")]
    pub lost_cooldown_days: BTreeMap<Term, u16>,
}

/// Two spellings of one reason would leave open which of them holds.
fn days_by_reason<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Term, u16>, D::Error> {
    struct Reasons;
    impl<'de> Visitor<'de> for Reasons {
        type Value = BTreeMap<Term, u16>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("days by reason, such as { timing: 60 }")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut days = BTreeMap::new();
            while let Some((reason, n)) = map.next_entry::<Term, u16>()? {
                if days.insert(reason.clone(), n).is_some() {
                    return Err(A::Error::custom(format!(
                        "invalid reason: {reason} is given twice (case, spaces, hyphens and accents \
                         make no difference); keep one"
                    )));
                }
            }
            Ok(days)
        }
    }
    from.deserialize_map(Reasons)
}

impl Default for Episode {
    fn default() -> Self {
        Episode {
            cooldown_days: 30,
            max_days: 180,
            strengthen_days: 7,
            first_entry_evidence_days: None,
            negative_signal_advice: ExitAdvice::StopNow,
            won_cooldown_days: 180,
            lost_cooldown_days: BTreeMap::new(),
        }
    }
}

/// What a sequencer should do with people already enrolled.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ExitAdvice {
    StopNow,
    NoNewEnrolment,
}

/// The table of tier and intent band, and the clock of its deadlines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Priorities {
    /// The first row that matches counts; without one the priority is normal, with no deadline.
    pub table: Vec<PriorityRow>,
    /// Working hours: deadlines count only these.
    pub business_hours: BusinessHours,
}

impl Default for Priorities {
    fn default() -> Self {
        let row = |tier, band, priority, sla_hours| PriorityRow {
            tier,
            band,
            priority,
            sla_hours: Some(sla_hours),
            same_day: false,
        };
        Priorities {
            table: vec![
                row(Some(1), Some(Band::High), Priority::Urgent, 4),
                row(Some(1), Some(Band::Medium), Priority::High, 8),
                row(Some(2), Some(Band::High), Priority::High, 8),
                row(None, None, Priority::Normal, 24),
            ],
            business_hours: BusinessHours::default(),
        }
    }
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorityRow {
    /// 1, 2 or 3; left out: every tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<u8>,
    /// low, medium or high intent; left out: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<Band>,
    /// normal, high or urgent.
    pub priority: Priority,
    /// Business hours until sales should have acted; a search for facts that no one asked for has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla_hours: Option<u16>,
    /// Instead of hours: by the end of the same business day, or of the next where it is over.
    #[serde(default, skip_serializing_if = "is_default")]
    pub same_day: bool,
}

impl PriorityRow {
    /// How soon sales should have acted; `None`: no deadline.
    pub fn sla(&self) -> Option<Sla> {
        if self.same_day { Some(Sla::SameDay) } else { self.sla_hours.map(Sla::Hours) }
    }
}

/// How soon sales should have acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sla {
    /// Business hours.
    Hours(u16),
    /// By the end of the business day.
    SameDay,
}

/// How strong intent is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Band {
    Low,
    Medium,
    High,
}

/// How soon sales must act.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Priority {
    Normal,
    High,
    Urgent,
}

/// Working hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BusinessHours {
    /// IANA name, such as `America/New_York`.
    #[schemars(with = "String")]
    pub zone: chrono_tz::Tz,
    /// Hour at which the day begins, 0 to 23.
    pub from_hour: u8,
    /// Hour at which the day ends, 1 to 24.
    pub to_hour: u8,
    /// Working days.
    pub days: Vec<Weekday>,
}

impl Default for BusinessHours {
    fn default() -> Self {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        BusinessHours {
            zone: chrono_tz::UTC,
            from_hour: 9,
            to_hour: 17,
            days: vec![Mon, Tue, Wed, Thu, Fri],
        }
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reason_in_two_spellings_is_refused() {
        let read = |days: &str| {
            serde_json::from_str::<Episode>(&format!("{{\"lost_cooldown_days\": {days}}}"))
                .map(|episode| episode.lost_cooldown_days.len())
                .map_err(|error| error.to_string())
        };
        assert_eq!(read(r#"{"Bad timing": 60, "price": 90}"#), Ok(2));
        let error = read(r#"{"Bad timing": 60, "bad-timing": 90}"#).unwrap_err();
        assert!(error.contains("bad-timing is given twice"), "{error}");
    }
}
