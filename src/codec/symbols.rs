//! Avro enums as positions in a list. Every enum starts with `unknown`, its default, so that a reader
//! can handle a symbol that a later writer added. The lists below give the order of the other symbols.
//! A new symbol goes to the end of its list, whatever its place in the domain's enum.

use super::datum::{Datum, Put, Take, Taken, put_count};
use crate::domain::account::decision::{DecisionKind, ExitReason, Origin};
use crate::domain::account::input::KinshipStepName;
use crate::domain::account::origin::{OriginKind, RowFormat};
use crate::domain::account::outbox::{ActionEnd, ActionKind, WordKind};
use crate::domain::account::records::{DeadLetterReason, ResolutionKind, TickReason};
use crate::domain::account::standing::{Ended, Stage};
use crate::domain::evidence::company::Attribute;
use crate::domain::profile::when::Answer;
use crate::domain::profile::{Band, ExitAdvice, Priority};
use crate::domain::score::fit::Tier;
use crate::domain::terms::catalogue::{
    EngagementKind, Function, FundingStage, HiringAction, Instrument, Kind, NewsKind, NoticeChange,
    OutcomeKind, Seniority, SuppressionList, TechnologyAction,
};
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::time::Precision;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// A domain enum with the order of its Avro symbols.
pub(super) trait Symbols: Copy + PartialEq + fmt::Debug + 'static {
    /// The Avro enum's name.
    const NAME: &'static str;
    /// All symbols after `unknown`.
    const ALL: &'static [Self];

    /// The position among the symbols. A test checks that every value is listed, so it is never 0.
    fn place(self) -> u64;
}

/// An enum value that must be known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code<T>(pub T);

/// An enum value that may be `unknown`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open<T>(pub Option<T>);

impl<T: Symbols> Serialize for Code<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0.place())
    }
}

impl<T: Symbols> Serialize for Open<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0.map_or(0, T::place))
    }
}

impl<'de, T: Symbols> Deserialize<'de> for Open<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u64(PlaceVisitor(PhantomData))
    }
}

impl<'de, T: Symbols> Deserialize<'de> for Code<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Open(known) = Open::deserialize(deserializer)?;
        known.map(Code).ok_or_else(|| D::Error::custom(missing(T::NAME)))
    }
}

impl<T: Symbols> Put for Code<T> {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_count(self.0.place() as usize, out);
    }
}

impl<T: Symbols> Put for Open<T> {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_count(self.0.map_or(0, T::place) as usize, out);
    }
}

impl<T: Symbols> Take<'_> for Open<T> {
    #[inline]
    fn take(from: &mut Datum<'_>) -> Taken<Open<T>> {
        let place = from.place(1 + T::ALL.len()).map_err(|why| format!("{}: {why}", T::NAME))?;
        Ok(Open(place.checked_sub(1).map(|at| T::ALL[at])))
    }
}

impl<T: Symbols> Take<'_> for Code<T> {
    #[inline]
    fn take(from: &mut Datum<'_>) -> Taken<Code<T>> {
        let Open(known) = Open::take(from)?;
        known.map(Code).ok_or_else(|| missing(T::NAME))
    }
}

fn missing(of: &str) -> String {
    format!("unknown value for {of}; this version does not have it")
}

struct PlaceVisitor<T>(PhantomData<T>);

impl<T: Symbols> Visitor<'_> for PlaceVisitor<T> {
    type Value = Open<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a symbol of {}", T::NAME)
    }

    fn visit_u64<E: Error>(self, place: u64) -> Result<Open<T>, E> {
        let Some(at) = place.checked_sub(1) else {
            return Ok(Open(None));
        };
        let known = usize::try_from(at).ok().and_then(|at| T::ALL.get(at)).copied();
        known
            .map(|symbol| Open(Some(symbol)))
            .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(place), &self))
    }
}

macro_rules! symbols {
    ($($type:ident as $name:literal: $($symbol:ident)*;)*) => {
        $(impl Symbols for $type {
            const NAME: &'static str = $name;
            const ALL: &'static [$type] = &[$($type::$symbol),*];

            #[inline]
            fn place(self) -> u64 {
                enum Place {
                    Unknown,
                    $($symbol,)*
                }
                let place = match self {
                    $($type::$symbol => Place::$symbol,)*
                    #[allow(unreachable_patterns, reason = "some enums have a symbol for unknown")]
                    _ => Place::Unknown,
                };
                place as u64
            }
        })*
    };
}

symbols! {
    Kind as "SignalKind": Funding Hiring Headcount Technology News Engagement;
    Precision as "DatePrecision": Day Month Year;
    FundingStage as "FundingStage":
        Bootstrapped PreSeed Seed SeriesA SeriesB SeriesC SeriesD SeriesE SeriesF LateStage
        PeBacked Public;
    Instrument as "Instrument":
        Equity Extension Convertible Debt Grant Crowdfunding Secondary Other;
    Function as "Function":
        Sales SalesDevelopment RevenueOperations Marketing Growth CustomerSuccess Support
        Engineering Data Product Design Security InformationTechnology Finance Legal People
        Operations SupplyChain Research Executive Other;
    Seniority as "Seniority":
        Intern Junior Individual Senior Lead Manager Head Director VicePresident CLevel;
    HiringAction as "HiringAction": Posted Closed Hired;
    TechnologyAction as "TechnologyAction": Adopted Dropped InUse;
    NewsKind as "NewsKind":
        Expansion NewOffice Acquires Acquired Merger Ipo LeadershipChange ProductLaunch
        Partnership NewClient Award Regulation Disruption Incident Lawsuit Layoffs
        TemporaryLayoff HiringFreeze OfficeClosed Bankruptcy Closure Other;
    NoticeChange as "NoticeChange": Amended Rescinded;
    EngagementKind as "EngagementKind":
        DemoRequest Form SignUp PricingPage WebsiteVisit ProductUsage ReviewSiteComparison
        CompetitorEngagement IntentTopic Webinar Email;
    OutcomeKind as "OutcomeKind":
        Enrolled Contacted Replied Meeting Opportunity Won Lost Rejected Renewed Expanded Churned
        Accepted Qualified Snoozed Reopened OptedOut;
    SuppressionList as "SuppressionList":
        DoNotContact Competitor Customer OpenOpportunity Other;
    Attribute as "Attribute":
        Name Industry SubIndustry Employees RevenueUsd ArrUsd Country Region OperatesIn
        BusinessModel FoundedYear FundingStage GrowthStage Organisation Lifecycle Status Parent
        Owner Territory CrmId Tags DecisionStyle BudgetOwner Urgency TechnicalMaturity RegulatedBy
        Handle Site;
    KinshipStepName as "KinshipStep": Joined Left Lists;
    TickReason as "TickReason": Due More Sweep ImportEnd;
    ResolutionKind as "ResolutionKind": Replayed Dropped;
    DeadLetterReason as "DeadLetterReason":
        Empty Framing UnknownSchema Malformed UnexpectedType Account Value Profile TooLarge
        Refused Mapping UnresolvedSuppression Misplaced LeftOut;
    OriginKind as "DeadLetterOriginKind": Topic Webhook File;
    RowFormat as "RowFormat": Csv Json Xml Avro;
    Tier as "Tier": One Two Three NotIcp;
    Priority as "Priority": Normal High Urgent;
    Band as "IntentBand": Low Medium High;
    Stage as "Stage": Dormant Warming Buying Cooling;
    DecisionKind as "DecisionKind":
        Entered Strengthened Exited Withdrawn TierChanged Triaged;
    Origin as "Origin": Signal Time ProfileChange Correction Baseline Sales;
    ExitReason as "ExitReason":
        Decayed MaxDays Excluded NoLongerFits Retracted Sales Moved NegativeSignal;
    ExitAdvice as "ExitAdvice": StopNow NoNewEnrolment;
    Ended as "Ended":
        Faded MaxDays BadNews Excluded OwnerOnly Unfit Corrected ProfileChange Sales Moved;
    Step as "TransferStep": Request Delivery Forwarded Moved Undo Recall Return Renumber;
    Arm as "Arm": Treatment HoldOut;
    Answer as "Answer": Yes No;
    ActionEnd as "ActionEnd": Confirmed Accepted Failed Gone NotSent Crowded;
    ActionKind as "ActionKind": Post Edit Reply Digest Cancel Mark Resume;
    WordKind as "WordKind":
        Claim Accept Reject Snooze AlreadyInTouch DoNotContact WrongCompany NoLongerTrue TakeBack;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::schemas::Record;
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};
    use strum::IntoEnumIterator;

    /// Every Avro enum of the shipped schemas, by name.
    fn shipped() -> BTreeMap<String, Vec<String>> {
        fn collect(value: &Value, found: &mut BTreeMap<String, Vec<String>>) {
            if value["type"] == "enum" {
                let text = |v: &Value| v.as_str().expect("a text").to_owned();
                let symbols = value["symbols"].as_array().expect("symbols").iter().map(text);
                assert_eq!(value["default"], "unknown", "{}", value["name"]);
                found.insert(text(&value["name"]), symbols.collect());
            }
            match value {
                Value::Array(all) => all.iter().for_each(|v| collect(v, found)),
                Value::Object(all) => all.values().for_each(|v| collect(v, found)),
                _ => {}
            }
        }
        let mut found = BTreeMap::new();
        for record in Record::iter() {
            collect(&serde_json::from_str(record.json()).expect("JSON"), &mut found);
        }
        found
    }

    fn listed<T: Symbols + fmt::Display>() -> (String, Vec<String>) {
        let symbols = T::ALL.iter().map(ToString::to_string);
        (T::NAME.to_owned(), ["unknown".to_owned()].into_iter().chain(symbols).collect())
    }

    fn every<T: Symbols + IntoEnumIterator + fmt::Display>() -> (String, Vec<String>) {
        for value in T::iter() {
            assert_ne!(value.place(), 0, "{value} is missing from the symbols of {}", T::NAME);
        }
        listed::<T>()
    }

    #[test]
    fn lists_are_those_of_the_schemas() {
        let ours: BTreeMap<_, _> = [
            every::<Kind>(),
            every::<FundingStage>(),
            every::<Instrument>(),
            every::<Function>(),
            every::<Seniority>(),
            every::<HiringAction>(),
            every::<TechnologyAction>(),
            every::<NewsKind>(),
            every::<NoticeChange>(),
            every::<EngagementKind>(),
            every::<OutcomeKind>(),
            every::<SuppressionList>(),
            every::<Attribute>(),
            every::<KinshipStepName>(),
            every::<TickReason>(),
            every::<ResolutionKind>(),
            every::<DeadLetterReason>(),
            every::<OriginKind>(),
            every::<RowFormat>(),
            every::<Tier>(),
            every::<Priority>(),
            every::<Stage>(),
            every::<DecisionKind>(),
            every::<Origin>(),
            every::<ExitReason>(),
            every::<Ended>(),
            every::<Step>(),
            every::<ActionEnd>(),
            every::<ActionKind>(),
            every::<WordKind>(),
            listed::<Band>(),
            listed::<ExitAdvice>(),
            listed::<Arm>(),
            listed::<Answer>(),
            (
                "DatePrecision".to_owned(),
                ["unknown", "day", "month", "year"].map(Into::into).into(),
            ),
        ]
        .into();
        let shipped = shipped();
        let names = |all: &BTreeMap<String, _>| all.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&ours), names(&shipped));
        for (name, symbols) in ours {
            assert_eq!(symbols, shipped[&name], "{name}");
        }
    }
}

/// The steps of a transfer by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Step {
    Request,
    Delivery,
    Forwarded,
    Moved,
    Undo,
    Recall,
    Return,
    Renumber,
}
