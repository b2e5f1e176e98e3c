//! What buymode says: decisions, with the full arithmetic of why, and verdicts on inputs.

use super::input::LogPosition;
use crate::domain::Text;
use crate::domain::evidence::signal::SignalId;
use crate::domain::profile::when::Answer;
use crate::domain::profile::{Band, ExitAdvice, Priority};
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{Kind, OutcomeKind};
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::{BasisPoints, MilliPoints};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use uuid::Uuid;

/// How an input ended. Every input ends in exactly one.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Display,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    Applied,
    /// Known by its id, or says nothing new.
    Duplicate,
    /// Another report of a known event.
    Merged,
    /// Older than the horizon, or than what is known.
    TooLate,
    /// Held until its day comes, or until a source reports it as a fact.
    Planned,
    /// Kept until the company is known.
    Parked,
    /// Kept, but the account is on a suppression list.
    Suppressed,
    /// Could not be read, or contradicts itself.
    DeadLettered,
}

#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DecisionKind {
    Entered,
    /// Priority rose within an episode, or a later stage or a larger round came.
    Strengthened,
    Exited,
    /// The evidence behind an entry was retracted.
    Withdrawn,
    TierChanged,
    /// One answer to an inbound request, or a request for missing attributes.
    Triaged,
}

/// What a decision is due to.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Origin {
    /// Something happened at the account, or became known of it.
    Signal,
    /// Time alone.
    Time,
    /// A profile change alone.
    ProfileChange,
    /// A retraction or a correction.
    Correction,
    /// Only a first publish or a first load: goes to the digest, never to a sequencer.
    Baseline,
    /// Sales' word.
    Sales,
    /// Nothing: a person wrote a made-up decision, to see that a subscriber reads it. No fold makes one.
    Test,
}

/// Why an episode ended.
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
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ExitReason {
    /// Intent fell below the exit line with time, or by a profile change.
    Decayed,
    MaxDays,
    Excluded,
    /// The company no longer passes the gate; in an additive profile, it fits too little for the sum.
    NoLongerFits,
    /// Evidence was taken back or corrected.
    Retracted,
    Sales,
    /// The account was merged into another.
    Moved,
    /// Bad news took intent below the exit line.
    NegativeSignal,
}

/// A decision, complete: its reader needs nothing else to act on it or to check it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// UUIDv5 of account, product and sequence number.
    pub id: Uuid,
    pub account: AccountKey,
    pub account_name: Option<Text>,
    /// The company that it belongs to, where sources name one.
    pub parent: Option<AccountKey>,
    pub product: Text,
    /// 1 for the first decision about this account and product.
    pub sequence: u32,
    pub kind: DecisionKind,
    pub origin: Origin,
    /// The instant it became true: the time of the input, or the midnight.
    pub decided_at: Timestamp,
    /// The input of the account, or the activation, that it follows from.
    pub input_partition: i32,
    pub input_offset: i64,
    /// The record that was being processed when it was written. Ticks change this one only.
    pub written: LogPosition,

    pub profile: Text,
    pub profile_version: Text,
    pub activation: u64,
    pub rules_version: i32,
    pub company_version: u32,
    pub segment: Text,

    pub tier: Tier,
    pub previous_tier: Option<Tier>,
    pub band: Band,
    pub priority: Priority,
    /// In business hours of the profile's time zone.
    pub sla_deadline: Option<Timestamp>,
    /// That time zone, where there is a deadline.
    pub sla_zone: Option<Tz>,
    pub route: Text,
    pub arm: Arm,

    /// One sentence for people.
    pub headline: String,
    pub fit: FitExplained,
    pub intent: IntentExplained,
    pub exit: Option<Exit>,
    /// The account that entered, where the episode came with a merge: a subscriber that acted on `entered`
    /// knows it by that one.
    pub entered_as: Option<AccountKey>,
    /// The episode that it is about, by the id of the entry that opened it: so that a reader who has the
    /// entry has the episode's id, and no counter is kept. None outside an episode.
    pub episode_id: Option<Uuid>,
    /// The entry that opened the episode; none on the entry itself and outside an episode.
    pub opened_by: Option<Uuid>,
    /// Days for which the episode would stay open if nothing new came; none where it is not open.
    pub leaves_on: Option<Day>,
    /// What else would change it, for people.
    pub would_change: Vec<String>,
    /// The inbound request that a `triaged` answers.
    pub request: Option<SignalId>,
    /// Attributes that would have to be known.
    pub missing: Vec<Text>,

    /// Whom to ask for, the fitting ones first.
    pub personas: Vec<PersonaExplained>,
    pub pain: Text,
    pub angle: Text,
    /// One line about the company: industry, size, stage, place.
    pub about: Text,
    /// The company's site, where the account is a domain.
    pub website: Option<Text>,
    pub owner: Option<Text>,
    pub territory: Option<Text>,
    pub crm_ids: Vec<Text>,
    /// Pages about the account in the team's own systems, by the patterns of the profile.
    pub links: Vec<Link>,
}

/// Whom to ask for, and what to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonaExplained {
    /// Never the title of a seat that a job post says is empty.
    pub titles: Vec<Text>,
    pub pain: Text,
    pub angle: Text,
    /// Why these, where others would be asked: the seat they hire for, as its post names it.
    pub hires_for: Option<Text>,
    /// What to send and to say, by the profile's templates; none without templates, and where nothing of
    /// them can be said.
    pub message: Option<Box<WrittenMessage>>,
}

/// Texts for people to send or to say. buymode sends them to no prospect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenMessage {
    pub subject: Option<Text>,
    pub opener: Option<Text>,
    /// A point a line.
    pub talk_track: Option<Text>,
}

/// A page about the account in one of the team's own systems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The key of the profile's pattern.
    pub name: Text,
    pub url: Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    pub reason: ExitReason,
    pub advice: ExitAdvice,
    pub outcome: Option<OutcomeKind>,
    /// The sequence number of the `entered` that it ends.
    pub entered: u32,
    pub cooldown_until: Option<Day>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitExplained {
    pub lower: MilliPoints,
    pub upper: MilliPoints,
    pub known_percent: i32,
    pub gate: MilliPoints,
    pub criteria: Vec<CriterionExplained>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriterionExplained {
    pub name: Text,
    pub weight: i32,
    pub answer: Answer,
    pub required: bool,
    /// The attributes it asks about, as they are known.
    pub found: Text,
    /// The day for which this was last confirmed, of several attributes the earliest.
    pub as_of: Option<Day>,
    /// Who confirmed it then.
    pub source: Option<Text>,
    /// It is known, but too old to count (`stale_after_days`): the answer is unknown.
    pub stale: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentExplained {
    /// What the evidence alone is worth.
    pub total: MilliPoints,
    /// What the lines are compared with: intent, or fit and intent in an additive profile.
    pub score: MilliPoints,
    pub enter: MilliPoints,
    pub exit: MilliPoints,
    pub contributions: Vec<ContributionExplained>,
    pub conjunctions: Vec<(Text, MilliPoints)>,
    pub capped: Vec<(Kind, MilliPoints)>,
}

/// One line of the sum: `contribution = points × magnitude × confidence × decay`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContributionExplained {
    pub rule: Text,
    pub kind: Kind,
    /// What happened, for people.
    pub what: String,
    pub announced: Day,
    pub first_seen: Option<Timestamp>,
    pub age_days: i32,
    pub points: i32,
    pub magnitude_ppm: i64,
    pub confidence: BasisPoints,
    pub decay_ppm: u32,
    pub contribution: MilliPoints,
    /// Every report of the event.
    pub evidence: Vec<SignalId>,
    pub sources: Vec<Text>,
    /// A page about it, `https` or `http`.
    pub url: Option<Text>,
    /// Of a job post: whether it is still open, as far as sources say.
    pub is_open: Option<bool>,
    /// Where several events count as one: each of them, the newest first, at most
    /// [`PIECES_MAX`](crate::domain::terms::limits::PIECES_MAX).
    pub pieces: Vec<Piece>,
}

/// One of several events that count as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What happened, for people.
    pub what: String,
    pub announced: Day,
    /// A page about it, `https` or `http`.
    pub url: Option<Text>,
}

impl ContributionExplained {
    /// Of a standing fact, such as a tool in use: it has no date, and it alone has no report.
    pub fn is_standing(&self) -> bool {
        self.evidence.is_empty()
    }
}
