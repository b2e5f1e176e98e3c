//! The record types and the schemas that ship with the binary. In local mode a schema's id is the
//! one that `schemas/versions.tsv` gives it, for good; a registry gives its own.

use crate::domain::account::input::RecordType;
use std::sync::LazyLock;
use strum::{Display, EnumCount, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

/// A type of record that lies in a topic of ours, named as its file in `schemas/`.
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
}

/// What may lie in the inputs topic.
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

impl Record {
    /// The schema as it is now.
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
        }
    }

    /// The Avro full name, which also names the registry's subject.
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
        }
    }

    pub fn named(full_name: &str) -> Option<Record> {
        Record::iter().find(|record| record.full_name() == full_name)
    }

    /// How metrics and dead letters call it.
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
            | Record::Alias => RecordType::Unknown,
        }
    }
}

/// A schema with the id it has without a registry.
#[derive(Clone, Copy, Debug)]
pub struct Version {
    pub id: u32,
    pub record: Record,
    pub number: u32,
    /// `None`: the present one, [`Record::json`].
    pub earlier: Option<&'static str>,
}

/// Former schemas, by record and version number, from `schemas/earlier/`.
const EARLIER: &[(Record, u32, &str)] = &[
    (Record::DeadLetter, 1, include_str!("../../schemas/earlier/dead_letter.1.avsc")),
    (Record::Transfer, 1, include_str!("../../schemas/earlier/transfer.1.avsc")),
    (Record::AccountState, 1, include_str!("../../schemas/earlier/account_state.1.avsc")),
    (Record::Transfer, 2, include_str!("../../schemas/earlier/transfer.2.avsc")),
    (Record::AccountState, 2, include_str!("../../schemas/earlier/account_state.2.avsc")),
    (Record::Transfer, 3, include_str!("../../schemas/earlier/transfer.3.avsc")),
    (Record::AccountState, 3, include_str!("../../schemas/earlier/account_state.3.avsc")),
    (Record::Transfer, 4, include_str!("../../schemas/earlier/transfer.4.avsc")),
    (Record::AccountState, 4, include_str!("../../schemas/earlier/account_state.4.avsc")),
    (Record::Decision, 1, include_str!("../../schemas/earlier/decision.1.avsc")),
    (Record::Decision, 2, include_str!("../../schemas/earlier/decision.2.avsc")),
];

/// Every version of every schema, as `schemas/versions.tsv` lists them.
pub static VERSIONS: LazyLock<Vec<Version>> = LazyLock::new(|| {
    let listed = include_str!("../../schemas/versions.tsv").lines();
    let rows = listed.filter(|line| !line.starts_with('#')).filter_map(version);
    rows.collect()
});

fn version(line: &'static str) -> Option<Version> {
    let mut cells = line.split('\t');
    let id = cells.next()?.parse().ok()?;
    let record = cells.next()?.parse().ok()?;
    let number = cells.next()?.parse().ok()?;
    let earlier = EARLIER.iter().find(|(of, n, _)| (*of, *n) == (record, number));
    Some(Version { id, record, number, earlier: earlier.map(|(_, _, json)| *json) })
}

/// The id of the present schema without a registry. 0 never occurs: a test finds each record in
/// the list.
pub fn local_id(record: Record) -> u32 {
    let present = VERSIONS.iter().rev().find(|v| v.record == record && v.earlier.is_none());
    present.map_or(0, |v| v.id)
}

/// The schema that has this id without a registry.
pub fn local_json(id: u32) -> Option<&'static str> {
    let version = VERSIONS.iter().find(|version| version.id == id)?;
    Some(version.earlier.unwrap_or_else(|| version.record.json()))
}
