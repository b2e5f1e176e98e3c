//! The smaller inputs: retractions, suppressions, sales outcomes, activations, ticks.

use super::UuidText;
use super::check::{amount, day, known, optional, required, time, uuid};
use super::head::precision;
use super::signals::dollars;
use crate::codec::datum::record;
use crate::codec::error::Flaw;
use crate::codec::symbols::Open;
use crate::domain::Text;
use crate::domain::account::input::{self, Broadcast, Input};
use crate::domain::account::records::{self, DeadLetterReason, TickReason};
use crate::domain::evidence::signal::SignalId;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::terms::catalogue::{OutcomeKind, SuppressionList};
use crate::domain::terms::time::{Day, Occurred, Precision};
use std::sync::Arc;

record! {
    "buymode.Retraction"
    #[derive(Clone, Debug)]
    pub(crate) struct Retraction<'a> {
        signal_id: UuidText<'a>,
        pub account: Option<&'a str>,
        source: &'a str,
        retracts: UuidText<'a>,
        reason: Option<&'a str>,
    }
}

impl<'a> Retraction<'a> {
    pub(crate) fn input(&self) -> Result<Input, Flaw> {
        Ok(Input::Retraction(input::Retraction {
            id: uuid("signal_id", self.signal_id)?,
            retracts: uuid("retracts", self.retracts)?,
            source: required("source", self.source)?,
            reason: optional(self.reason),
        }))
    }

    pub(crate) fn broadcast(&self) -> Result<Broadcast, Flaw> {
        uuid("retracts", self.retracts).map(Broadcast::MarketRetraction)
    }

    pub(crate) fn of(account: &'a str, retraction: &'a input::Retraction) -> Retraction<'a> {
        Retraction {
            signal_id: UuidText::Write(retraction.id),
            account: Some(account),
            source: &retraction.source,
            retracts: UuidText::Write(retraction.retracts),
            reason: retraction.reason.as_deref(),
        }
    }

    /// Of a retraction of market news only the retracted id is kept.
    pub(crate) fn of_market(retracts: SignalId) -> Retraction<'static> {
        let id = SignalId::new_v5(&retracts, b"buymode/retraction");
        Retraction {
            signal_id: UuidText::Write(id),
            account: None,
            source: "buymode",
            retracts: UuidText::Write(retracts),
            reason: None,
        }
    }
}

/// Days from 0001-01-01 to 1970-01-01.
const EMPTY: std::ops::RangeInclusive<i32> = -719_162..=0;
/// Days from 2200-01-01 to 9999-12-31.
const NEVER: std::ops::RangeInclusive<i32> = 84_006..=2_932_896;

record! {
    "buymode.Suppression"
    #[derive(Clone, Debug)]
    pub(crate) struct Suppression<'a> {
        signal_id: UuidText<'a>,
        pub account: &'a str,
        source: &'a str,
        list: Open<SuppressionList>,
        active: bool,
        reason: Option<&'a str>,
        owner: Option<&'a str>,
        until: Option<i32>,
        stated_on: Option<i32>,
    }
}

impl<'a> Suppression<'a> {
    /// An invalid value never lets the account through, and never costs the record: see
    /// [`Suppression::doubts`].
    pub(crate) fn input(&self) -> Result<Input, Flaw> {
        let stated_on = self.stated_on.map(|stated| day("stated_on", stated));
        let stated_on = match stated_on {
            // A lift of an unknown day lifts nothing.
            Some(Err(_)) if !self.active => Some(Day(0)),
            stated => stated.and_then(Result::ok),
        };
        Ok(Input::Suppression(input::SuppressionChange {
            id: self.id(),
            source: required("source", self.source).unwrap_or(Text::const_new("unknown")),
            list: self.list.0.unwrap_or(SuppressionList::DoNotContact),
            active: self.active,
            reason: optional(self.reason),
            owner: optional(self.owner),
            until: self.end().unwrap_or(None),
            stated_on,
        }))
    }

    /// What producers write for no end: an empty date, or a day of the years 2200 to 9999.
    fn end(&self) -> Result<Option<Day>, Flaw> {
        match self.until {
            None => Ok(None),
            Some(days) if EMPTY.contains(&days) || NEVER.contains(&days) => Ok(None),
            Some(days) => day("until", days).map(Some),
        }
    }

    /// A message for each value that was not understood and was read in the safe way.
    pub(crate) fn doubts(&self) -> Vec<String> {
        let stated_on = self.stated_on.map_or(Ok(Day(0)), |stated| day("stated_on", stated));
        let stated = match self.active {
            true => "it is taken for unknown",
            false => "the lift lifts nothing",
        };
        let flaws = [
            (uuid("signal_id", self.signal_id).err(), "an id made of the record is used"),
            (required("source", self.source).err(), "\"unknown\" is used"),
            (known("list", self.list).err(), "do_not_contact is assumed"),
            (self.end().err(), "the suppression has no end"),
            (stated_on.err(), stated),
        ];
        let doubt = |(flaw, then): (Option<Flaw>, &str)| Some(format!("{}: {then}", flaw?.message));
        flaws.into_iter().filter_map(doubt).collect()
    }

    /// Its own, else one made of what stands in its place and of what it says.
    fn id(&self) -> SignalId {
        uuid("signal_id", self.signal_id).unwrap_or_else(|_| {
            let said = format!("buymode/suppression\n{self:?}");
            SignalId::new_v5(&SignalId::NAMESPACE_OID, said.as_bytes())
        })
    }

    pub(crate) fn of(account: &'a str, change: &'a input::SuppressionChange) -> Suppression<'a> {
        Suppression {
            signal_id: UuidText::Write(change.id),
            account,
            source: &change.source,
            list: Open(Some(change.list)),
            active: change.active,
            reason: change.reason.as_deref(),
            owner: change.owner.as_deref(),
            until: change.until.map(|until| until.0),
            stated_on: change.stated_on.map(|stated| stated.0),
        }
    }
}

record! {
    "buymode.SalesOutcome"
    #[derive(Clone, Debug)]
    pub(crate) struct SalesOutcome<'a> {
        signal_id: UuidText<'a>,
        pub account: &'a str,
        source: &'a str,
        product: Option<&'a str>,
        outcome: Open<OutcomeKind>,
        occurred_at: i64,
        occurred_precision: Open<Precision>,
        reason: Option<&'a str>,
        amount_usd: Option<i64>,
        opportunity_id: Option<&'a str>,
        lead_source: Option<&'a str>,
        until: Option<i32>,
        contact: Option<&'a str>,
    }
}

impl<'a> SalesOutcome<'a> {
    pub(crate) fn input(&self) -> Result<Input, Flaw> {
        let at = time("occurred_at", self.occurred_at)?;
        let precision = self.occurred_precision.0.unwrap_or(Precision::Unknown);
        Ok(Input::Outcome(input::SalesOutcome {
            id: uuid("signal_id", self.signal_id)?,
            source: required("source", self.source)?,
            product: optional(self.product),
            outcome: known("outcome", self.outcome)?,
            occurred: Occurred::new(Some(at), precision, at),
            reason: optional(self.reason),
            amount_usd: amount("amount_usd", self.amount_usd)?,
            opportunity_id: optional(self.opportunity_id),
            lead_source: optional(self.lead_source),
            until: self.until.map(|until| day("until", until)).transpose()?,
            contact: optional(self.contact),
        }))
    }

    pub(crate) fn of(account: &'a str, outcome: &'a input::SalesOutcome) -> SalesOutcome<'a> {
        SalesOutcome {
            signal_id: UuidText::Write(outcome.id),
            account,
            source: &outcome.source,
            product: outcome.product.as_deref(),
            outcome: Open(Some(outcome.outcome)),
            occurred_at: outcome.occurred.day.start().0,
            occurred_precision: precision(outcome.occurred.precision),
            reason: outcome.reason.as_deref(),
            amount_usd: outcome.amount_usd.map(dollars),
            opportunity_id: outcome.opportunity_id.as_deref(),
            lead_source: outcome.lead_source.as_deref(),
            until: outcome.until.map(|until| until.0),
            contact: outcome.contact.as_deref(),
        }
    }
}

record! {
    "buymode.Activation"
    #[derive(Clone, Debug)]
    pub(crate) struct Activation<'a> {
        number: i64,
        profile: &'a str,
        rules_version: i32,
        published_by: Option<&'a str>,
        note: Option<&'a str>,
    }
}

impl<'a> Activation<'a> {
    pub(crate) fn activation(&self) -> Result<input::Activation, Flaw> {
        let number = u64::try_from(self.number)
            .map_err(|_| Flaw::value(format!("invalid number: {} is negative", self.number)))?;
        let profile = CompiledProfile::read(self.profile).map_err(|why| {
            let message = format!("invalid profile in the activation: {why}");
            Flaw::new(DeadLetterReason::Profile, message)
        })?;
        Ok(input::Activation {
            number,
            profile: Arc::new(profile),
            rules_version: self.rules_version,
            published_by: self.published_by.map(Into::into),
            note: self.note.map(Into::into),
        })
    }

    pub(crate) fn of(activation: &'a input::Activation) -> Activation<'a> {
        Activation {
            number: dollars(activation.number),
            profile: &activation.profile.text,
            rules_version: activation.rules_version,
            published_by: activation.published_by.as_deref(),
            note: activation.note.as_deref(),
        }
    }
}

record! {
    "buymode.Tick"
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Tick {
        reason: Open<TickReason>,
    }
}

impl Tick {
    /// An unknown reason of a later version is read as `due`, which is always right.
    pub(crate) fn tick(self) -> records::Tick {
        records::Tick { reason: self.reason.0.unwrap_or(TickReason::Due) }
    }

    pub(crate) fn of(tick: records::Tick) -> Tick {
        Tick { reason: Open(Some(tick.reason)) }
    }
}
