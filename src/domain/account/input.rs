//! The records of the log, decoded: everything that may change what we think of an account.

use crate::domain::Text;
use crate::domain::account::ledger::{Ledger, Member};
use crate::domain::account::standing::{ProductState, Suppression};
use crate::domain::evidence::company::CompanyUpdate;
use crate::domain::evidence::signal::{Signal, SignalId};
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::score::news::MarketEvent;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{OutcomeKind, SuppressionList};
use crate::domain::terms::time::{Day, Occurred, Timestamp};
use serde::Serialize;
use std::sync::Arc;
use strum::{Display, EnumDiscriminants, EnumIter, EnumString, IntoStaticStr};

/// Where a record lies in its partition, and the log's time for it: the largest the task has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LogPosition {
    pub partition: i32,
    pub offset: i64,
    pub time: Timestamp,
}

/// A record that names an account.
#[derive(Clone, Debug)]
pub enum Input {
    Signal(Signal),
    Company(CompanyUpdate),
    Retraction(Retraction),
    Suppression(SuppressionChange),
    Outcome(SalesOutcome),
    Transfer(Box<Transfer>),
    Kinship(Box<Kinship>),
}

/// A record for every account of the partition, applied as each catches up.
#[derive(Clone, Debug)]
pub enum Broadcast {
    Activation(Activation),
    Market(MarketEvent),
    /// Undoes a market event.
    MarketRetraction(SignalId),
}

/// Names of record types, for metrics and audit.
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
    IntoStaticStr,
    Serialize,
    schemars::JsonSchema,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum RecordType {
    Funding,
    Hiring,
    Headcount,
    Technology,
    News,
    Engagement,
    Company,
    Retraction,
    Suppression,
    SalesOutcome,
    Activation,
    Tick,
    Transfer,
    Kinship,
    /// Bytes that could not be read as any of these.
    Unknown,
}

/// A source takes a signal back, or a vendor deleted its record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retraction {
    pub id: SignalId,
    /// The signal that is taken back.
    pub retracts: SignalId,
    pub source: Text,
    pub reason: Option<Text>,
}

/// The source of what people said at the desk.
pub const DESK: &str = "desk";
/// The source of what ends a contact's signals, or an account, for good: a copy of the log leaves out
/// what it names.
pub const ERASE: &str = "erase";

/// Whether a feed may call itself so.
///
/// # Errors
/// It is a name that buymode itself writes under; the message says so.
pub fn check_source(name: &str) -> Result<(), String> {
    match name {
        DESK | ERASE => Err(format!(
            "invalid source: {name:?} is the name that buymode itself writes under; use another one"
        )),
        _ => Ok(()),
    }
}

/// Puts the account on a suppression list, or takes it off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SuppressionChange {
    pub id: SignalId,
    pub source: Text,
    pub list: SuppressionList,
    /// `false`: lifted.
    pub active: bool,
    pub reason: Option<Text>,
    pub owner: Option<Text>,
    /// The first day it no longer holds.
    pub until: Option<Day>,
    /// The day by which it was surely stated; `None`: the day on which the log has it.
    pub stated_on: Option<Day>,
}

/// Sales' word back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SalesOutcome {
    pub id: SignalId,
    pub source: Text,
    /// `None`: about every product.
    pub product: Option<Text>,
    pub outcome: OutcomeKind,
    pub occurred: Occurred,
    pub reason: Option<Text>,
    /// Whole US dollars.
    pub amount_usd: Option<u64>,
    pub opportunity_id: Option<Text>,
    pub lead_source: Option<Text>,
    /// Of `snoozed`: the day on which alerts go on.
    pub until: Option<Day>,
    /// Of `opted_out`: whose word it is, as [`digest`](crate::domain::terms::person::digest) names people.
    pub contact: Option<Text>,
}

/// From here on accounts are scored by this profile.
#[derive(Clone, Debug)]
pub struct Activation {
    /// Increases with each publication of a product's profile; a lower one is ignored.
    pub number: u64,
    pub profile: Arc<CompiledProfile>,
    /// The rules version it was made for.
    pub rules_version: i32,
    pub published_by: Option<Text>,
    /// Why, in the publisher's words.
    pub note: Option<Text>,
}

/// A step of a merge, or of its undoing.
#[derive(Clone, Debug)]
pub struct Transfer {
    pub id: SignalId,
    /// The account that is merged, or whose input is handed on: whom the step is about.
    pub from: AccountKey,
    /// The account that `from` is an alias of; with forwarded inputs, recalls and moves: the account
    /// that has the data of `from`.
    pub to: AccountKey,
    /// The account that reads it, where that is another than the step says: it was handed on, or sent
    /// back.
    pub at: Option<AccountKey>,
    /// The request, the undo or the input that caused it.
    pub cause: SignalId,
    /// How often it was handed on or sent back.
    pub hop: u8,
    pub step: TransferStep,
}

#[derive(Clone, Debug)]
pub enum TransferStep {
    /// Read by `from`: hand everything over to `to`, now and later.
    Request,
    /// Read by `to`: all that `from` has.
    Delivery(Box<LedgerSnapshot>),
    /// Read by `to`: an input that `from` was sent after it was merged.
    Forwarded(Box<Input>),
    /// Read by `from`: its data is with `to` from now on.
    Moved,
    /// Read by `from`: it is not an alias any more; take everything back.
    Undo,
    /// Read by `to`: `from` asks for its data.
    Recall,
    /// Read by `from`: here is its data. Also where a delivery is refused.
    Return(Box<LedgerSnapshot>),
    /// Read by `from`, in a log that was copied: its decisions are numbered from above those of these
    /// products, which an older log has given.
    Renumber(Box<LedgerSnapshot>),
}

/// A message from a subsidiary to its parent, or from a parent to its subsidiaries.
#[derive(Clone, Debug)]
pub struct Kinship {
    pub id: SignalId,
    /// As the subsidiary names it.
    pub parent: AccountKey,
    pub child: AccountKey,
    pub step: KinshipStep,
}

#[derive(Clone, Debug, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(KinshipStepName),
    derive(Hash, Display, EnumIter, EnumString, IntoStaticStr)
)]
#[strum_discriminants(strum(serialize_all = "snake_case"))]
pub enum KinshipStep {
    /// Read by the parent: the child names it.
    Joined,
    /// Read by the parent: the child no longer does.
    Left,
    /// Read by the child: the suppression lists that the parent is on.
    Lists(Vec<Suppression>),
}

impl KinshipStep {
    pub fn name(&self) -> KinshipStepName {
        self.into()
    }
}

/// All that is kept of an account, and of those merged into it, on its way to another account.
#[derive(Clone, Debug, Default)]
pub struct LedgerSnapshot {
    pub ledger: Ledger,
    /// Where it stands with products: episodes, cooldowns, muting.
    pub products: Vec<ProductState>,
    pub members: Vec<Member>,
}

impl Transfer {
    /// The account that reads it.
    pub fn reader(&self) -> &AccountKey {
        self.at.as_ref().unwrap_or(match self.step {
            TransferStep::Request
            | TransferStep::Moved
            | TransferStep::Undo
            | TransferStep::Return(_)
            | TransferStep::Renumber(_) => &self.from,
            TransferStep::Delivery(_) | TransferStep::Recall | TransferStep::Forwarded(_) => {
                &self.to
            }
        })
    }
}

impl Input {
    /// Who says it; none of what accounts say to each other.
    pub fn source(&self) -> Option<&Text> {
        match self {
            Input::Signal(signal) => Some(&signal.source),
            Input::Company(update) => Some(&update.source),
            Input::Retraction(retraction) => Some(&retraction.source),
            Input::Suppression(change) => Some(&change.source),
            Input::Outcome(outcome) => Some(&outcome.source),
            Input::Transfer(_) | Input::Kinship(_) => None,
        }
    }

    /// The record's own id.
    pub fn id(&self) -> SignalId {
        match self {
            Input::Signal(signal) => signal.id,
            Input::Company(update) => update.id,
            Input::Retraction(retraction) => retraction.id,
            Input::Suppression(change) => change.id,
            Input::Outcome(outcome) => outcome.id,
            Input::Transfer(transfer) => transfer.id,
            Input::Kinship(kinship) => kinship.id,
        }
    }

    pub fn record_type(&self) -> RecordType {
        use crate::domain::terms::catalogue::Kind;
        match self {
            Input::Signal(signal) => match signal.event.kind() {
                Kind::Funding => RecordType::Funding,
                Kind::Hiring => RecordType::Hiring,
                Kind::Headcount => RecordType::Headcount,
                Kind::Technology => RecordType::Technology,
                Kind::News => RecordType::News,
                Kind::Engagement => RecordType::Engagement,
            },
            Input::Company(_) => RecordType::Company,
            Input::Retraction(_) => RecordType::Retraction,
            Input::Suppression(_) => RecordType::Suppression,
            Input::Outcome(_) => RecordType::SalesOutcome,
            Input::Transfer(_) => RecordType::Transfer,
            Input::Kinship(_) => RecordType::Kinship,
        }
    }
}
