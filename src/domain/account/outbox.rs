//! Records of the desk and of its senders, as they lie in their topics.

use crate::domain::Text;
use crate::domain::profile::Priority;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{Day, Timestamp};
use std::sync::Arc;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use uuid::Uuid;

/// A record of the desk's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeskRecord {
    Decision(ForwardedDecision),
    Roster(PublishedRoster),
    Result(ActionResult),
    Word(PersonsWord),
    Outcome(ForwardedOutcome),
    Change(Box<ProfileChange>),
    Tick,
    Ask(Ask),
    Health(Health),
    Replay(Replay),
    /// A part of another log's desk, as that one remembered it, under its key there.
    Entry(String),
    /// All that follows from the inputs as they were at this time of the log stands before this record.
    Mark {
        of: Timestamp,
    },
}

/// A decision that is sent to a destination once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    pub destination: Text,
    /// Where it was read.
    pub forwarded: ForwardedDecision,
    pub request: Uuid,
    /// Which of the request's decisions it is.
    pub number: u32,
    /// Who asked for it.
    pub by: Option<Text>,
}

/// A destination takes nothing more, or is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub destination: Text,
    pub is_disabled: bool,
    pub why: Option<Text>,
    /// The person who has it tried again.
    pub by: Option<Text>,
}

/// A sender has messages that have waited too long to be sent as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The key under which the answer is to lie in the outbox.
    pub domain: Text,
    /// Comes back with the answer.
    pub token: Text,
}

/// What a person said about a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonsWord {
    /// Made of the click.
    pub id: Uuid,
    pub case: Uuid,
    /// The short name in the roster.
    pub person: Text,
    pub said: WordKind,
    pub reason: Option<Text>,
    /// Of a rejection, in the person's own words.
    pub note: Option<Text>,
    pub until: Option<Day>,
    /// A report of the event that is no longer true, or the word that is taken back.
    pub of: Option<Uuid>,
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
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum WordKind {
    Claim,
    Accept,
    Reject,
    Snooze,
    AlreadyInTouch,
    DoNotContact,
    WrongCompany,
    NoLongerTrue,
    TakeBack,
}

/// What sales did, as another program says, with the place where it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardedOutcome {
    pub topic: Text,
    pub partition: i32,
    pub offset: i64,
    /// The value of the input, as it lies there.
    pub record: Vec<u8>,
}

/// A decision, with the place where it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardedDecision {
    pub topic: Text,
    pub partition: i32,
    pub offset: i64,
    /// The record's value, as it lies there.
    pub decision: Vec<u8>,
}

/// A roster that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedRoster {
    /// Increases with each publication.
    pub number: u64,
    /// The file, byte for byte.
    pub text: String,
    /// Of these bytes: the first 12 hexadecimal digits of their SHA-256.
    pub digest: Text,
    pub by: Option<Text>,
    /// Why, in the publisher's words.
    pub note: Option<Text>,
}

/// Another profile of a product, or an earlier one again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileChange {
    pub product: Text,
    pub profile: Text,
    pub version: Text,
    /// Increases with each publication of the product.
    pub activation: u64,
    /// The version that was active before.
    pub before: Option<Text>,
    pub is_rollback: bool,
    pub by: Option<Text>,
    pub note: Option<Text>,
    /// What changed, in plain sentences.
    pub changes: Vec<String>,
    /// None: not counted.
    pub counts: Option<ChangeCounts>,
}

/// Accounts that another profile moves, by the whole log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCounts {
    pub enters: u64,
    pub leaves: u64,
    /// Of another tier.
    pub tiers: u64,
}

/// How an action ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionResult {
    pub action: Uuid,
    pub end: ActionEnd,
    /// How the target names the message.
    pub reference: Option<Text>,
    pub why: Option<Text>,
    pub attempts: u32,
    /// The sender had lost the partition when the answer came: another one may have taken the action over.
    pub is_late: bool,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumIter, IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum ActionEnd {
    /// The target has it.
    Confirmed,
    /// The target took it, and cannot confirm more.
    Accepted,
    /// It will not be tried again.
    Failed,
    /// The message that it was to change or to answer is not there any more.
    Gone,
    /// It was cancelled before it was sent.
    NotSent,
    /// Too many wait for this destination already.
    Crowded,
}

/// An action for a sender, with all that it needs but the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxAction {
    pub id: Uuid,
    /// The log's time when it was decided.
    pub at: Timestamp,
    pub kind: ActionKind,
    /// The name of the place in the roster.
    pub destination: Text,
    /// What shares a limit of calls: also the record's key.
    pub domain: Text,
    /// In order within it and a destination; none of a digest.
    pub account: Option<AccountKey>,
    pub priority: Priority,
    /// The number of the roster that named the target.
    pub roster: u64,
    /// The target as JSON: the service and its address; of secrets only the place where they are.
    pub target: String,
    /// Where it goes within the service: a person's address or member's id, a channel's id.
    pub to: Option<Text>,
    /// The message that it changes or answers, as the target names it; of a mark the token that was asked
    /// with.
    pub of: Option<Text>,
    /// The action that it cancels.
    pub cancels: Option<Uuid>,
    /// Whether the desk waits for its result.
    pub awaited: bool,
    /// When the newest decision in it was written; none of what time alone brought about.
    pub decided: Option<Timestamp>,
    /// The message as JSON, in the form that the service takes; empty of a cancellation.
    pub body: String,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumIter, IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum ActionKind {
    /// A new message.
    Post,
    /// The message that is there, as it should read now.
    Edit,
    /// A line below a message that is there.
    Reply,
    Digest,
    /// An action that should not be sent any more.
    Cancel,
    /// What waits in this partition may be sent now: the desk knows what had become of it.
    Mark,
    /// A disabled destination is tried again.
    Resume,
}

/// Where an action stands that a sender has taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The action's record in the outbox.
    pub offset: i64,
    /// The attempts that were begun.
    pub number: u32,
    /// When the last one was begun, by the sender's clock.
    pub began: Option<Timestamp>,
    /// Its result is not known.
    pub is_open: bool,
    /// An attempt may have reached the target: it is asked before another one.
    pub is_doubtful: bool,
    /// The next attempt is not begun before.
    pub not_before: Option<Timestamp>,
    pub is_cancelled: bool,
    pub action: Arc<OutboxAction>,
}

/// A place that fails, or takes nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisabledTarget {
    pub destination: Text,
    /// The roster that named it: a later one enables it again.
    pub roster: u64,
    pub why: Text,
    /// It takes nothing more: it has answered so, or has failed for days.
    pub is_disabled: bool,
    /// When the first attempt failed after the last one that did not.
    pub failed_first: Option<Timestamp>,
    /// When an attempt failed a day or more after the first one.
    pub failing_since: Option<Timestamp>,
}
