//! The record types and the schemas that ship with the binary. Their ids are in [`super::local`]; a
//! registry gives its own.

use crate::domain::account::input::RecordType;
use strum::{Display, EnumCount, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

/// A type of record in our topics, named like its file in `schemas/`.
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
    EnumCount,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Record {
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
    AccountState,
    TaskRecord,
    World,
    DeadLetter,
    Decision,
    Resolution,
    Alias,
    SourceRow,
    DeskDecision,
    DeskRoster,
    DeskResult,
    DeskTick,
    DeskChange,
    DeskAsk,
    DeskMark,
    DeskHealth,
    DeskReplay,
    DeskWord,
    DeskOutcome,
    OutboxAction,
    Attempt,
    DisabledTarget,
    DeskEntry,
}

/// Record types of the inputs topic.
pub const INPUTS: &[Record] = &[
    Record::Funding,
    Record::Hiring,
    Record::Headcount,
    Record::Technology,
    Record::News,
    Record::Engagement,
    Record::Company,
    Record::Retraction,
    Record::Suppression,
    Record::SalesOutcome,
    Record::Activation,
    Record::Tick,
    Record::Transfer,
    Record::Kinship,
];

/// Record types of the desk's log.
pub const DESK: &[Record] = &[
    Record::DeskDecision,
    Record::DeskRoster,
    Record::DeskResult,
    Record::DeskTick,
    Record::DeskChange,
    Record::DeskAsk,
    Record::DeskMark,
    Record::DeskHealth,
    Record::DeskReplay,
    Record::DeskWord,
    Record::DeskOutcome,
    Record::DeskEntry,
];
/// Of what the desk remembers.
pub const DESK_STATE: &[Record] =
    &[Record::DeskEntry, Record::Decision, Record::DeskRoster, Record::TaskRecord];
/// Of what senders remember.
pub const ATTEMPTS: &[Record] = &[Record::Attempt, Record::DisabledTarget, Record::TaskRecord];

impl Record {
    /// The current schema.
    pub fn json(self) -> &'static str {
        match self {
            Record::Funding => include_str!("../../schemas/funding.avsc"),
            Record::Hiring => include_str!("../../schemas/hiring.avsc"),
            Record::Headcount => include_str!("../../schemas/headcount.avsc"),
            Record::Technology => include_str!("../../schemas/technology.avsc"),
            Record::News => include_str!("../../schemas/news.avsc"),
            Record::Engagement => include_str!("../../schemas/engagement.avsc"),
            Record::Company => include_str!("../../schemas/company.avsc"),
            Record::Retraction => include_str!("../../schemas/retraction.avsc"),
            Record::Suppression => include_str!("../../schemas/suppression.avsc"),
            Record::SalesOutcome => include_str!("../../schemas/sales_outcome.avsc"),
            Record::Activation => include_str!("../../schemas/activation.avsc"),
            Record::Tick => include_str!("../../schemas/tick.avsc"),
            Record::Transfer => include_str!("../../schemas/transfer.avsc"),
            Record::Kinship => include_str!("../../schemas/kinship.avsc"),
            Record::AccountState => include_str!("../../schemas/account_state.avsc"),
            Record::TaskRecord => include_str!("../../schemas/task_record.avsc"),
            Record::World => include_str!("../../schemas/world.avsc"),
            Record::DeadLetter => include_str!("../../schemas/dead_letter.avsc"),
            Record::Decision => include_str!("../../schemas/decision.avsc"),
            Record::Resolution => include_str!("../../schemas/resolution.avsc"),
            Record::Alias => include_str!("../../schemas/alias.avsc"),
            Record::SourceRow => include_str!("../../schemas/source_row.avsc"),
            Record::DeskDecision => include_str!("../../schemas/desk_decision.avsc"),
            Record::DeskRoster => include_str!("../../schemas/desk_roster.avsc"),
            Record::DeskResult => include_str!("../../schemas/desk_result.avsc"),
            Record::DeskTick => include_str!("../../schemas/desk_tick.avsc"),
            Record::DeskChange => include_str!("../../schemas/desk_change.avsc"),
            Record::DeskAsk => include_str!("../../schemas/desk_ask.avsc"),
            Record::DeskMark => include_str!("../../schemas/desk_mark.avsc"),
            Record::DeskHealth => include_str!("../../schemas/desk_health.avsc"),
            Record::DeskReplay => include_str!("../../schemas/desk_replay.avsc"),
            Record::DeskWord => include_str!("../../schemas/desk_word.avsc"),
            Record::DeskOutcome => include_str!("../../schemas/desk_outcome.avsc"),
            Record::OutboxAction => include_str!("../../schemas/outbox_action.avsc"),
            Record::Attempt => include_str!("../../schemas/attempt.avsc"),
            Record::DisabledTarget => include_str!("../../schemas/disabled_target.avsc"),
            Record::DeskEntry => include_str!("../../schemas/desk_entry.avsc"),
        }
    }

    /// The Avro full name, which is also part of the registry's subject.
    pub fn full_name(self) -> &'static str {
        match self {
            Record::Funding => "buymode.Funding",
            Record::Hiring => "buymode.Hiring",
            Record::Headcount => "buymode.Headcount",
            Record::Technology => "buymode.Technology",
            Record::News => "buymode.News",
            Record::Engagement => "buymode.Engagement",
            Record::Company => "buymode.Company",
            Record::Retraction => "buymode.Retraction",
            Record::Suppression => "buymode.Suppression",
            Record::SalesOutcome => "buymode.SalesOutcome",
            Record::Activation => "buymode.Activation",
            Record::Tick => "buymode.Tick",
            Record::Transfer => "buymode.Transfer",
            Record::Kinship => "buymode.Kinship",
            Record::AccountState => "buymode.AccountState",
            Record::TaskRecord => "buymode.TaskRecord",
            Record::World => "buymode.World",
            Record::DeadLetter => "buymode.DeadLetter",
            Record::Decision => "buymode.Decision",
            Record::Resolution => "buymode.Resolution",
            Record::Alias => "buymode.Alias",
            Record::SourceRow => "buymode.SourceRow",
            Record::DeskDecision => "buymode.DeskDecision",
            Record::DeskRoster => "buymode.DeskRoster",
            Record::DeskResult => "buymode.DeskResult",
            Record::DeskTick => "buymode.DeskTick",
            Record::DeskChange => "buymode.DeskChange",
            Record::DeskAsk => "buymode.DeskAsk",
            Record::DeskMark => "buymode.DeskMark",
            Record::DeskHealth => "buymode.DeskHealth",
            Record::DeskReplay => "buymode.DeskReplay",
            Record::DeskWord => "buymode.DeskWord",
            Record::DeskOutcome => "buymode.DeskOutcome",
            Record::OutboxAction => "buymode.OutboxAction",
            Record::Attempt => "buymode.Attempt",
            Record::DisabledTarget => "buymode.DisabledTarget",
            Record::DeskEntry => "buymode.DeskEntry",
        }
    }

    pub fn named(full_name: &str) -> Option<Record> {
        Record::iter().find(|record| record.full_name() == full_name)
    }

    /// The name in metrics and dead letters.
    pub fn record_type(self) -> RecordType {
        match self {
            Record::Funding => RecordType::Funding,
            Record::Hiring => RecordType::Hiring,
            Record::Headcount => RecordType::Headcount,
            Record::Technology => RecordType::Technology,
            Record::News => RecordType::News,
            Record::Engagement => RecordType::Engagement,
            Record::Company => RecordType::Company,
            Record::Retraction => RecordType::Retraction,
            Record::Suppression => RecordType::Suppression,
            Record::SalesOutcome => RecordType::SalesOutcome,
            Record::Activation => RecordType::Activation,
            Record::Tick => RecordType::Tick,
            Record::Transfer => RecordType::Transfer,
            Record::Kinship => RecordType::Kinship,
            Record::AccountState
            | Record::TaskRecord
            | Record::World
            | Record::DeadLetter
            | Record::Decision
            | Record::Resolution
            | Record::Alias
            | Record::SourceRow
            | Record::DeskDecision
            | Record::DeskRoster
            | Record::DeskResult
            | Record::DeskTick
            | Record::DeskChange
            | Record::DeskAsk
            | Record::DeskMark
            | Record::DeskHealth
            | Record::DeskReplay
            | Record::DeskWord
            | Record::DeskOutcome
            | Record::OutboxAction
            | Record::Attempt
            | Record::DisabledTarget
            | Record::DeskEntry => RecordType::Unknown,
        }
    }
}
