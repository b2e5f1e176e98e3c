//! The resolution of a dead letter: replayed or dropped.

use crate::codec::symbols::Code;
use crate::domain::account::records::{Resolution, ResolutionKind};
use crate::domain::terms::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct ResolutionWire<'a> {
    partition: i32,
    offset: i64,
    timestamp: i64,
    kind: Code<ResolutionKind>,
    at: i64,
    records: i64,
    mapping_version: Option<&'a str>,
    by: Option<&'a str>,
    note: Option<&'a str>,
}

impl<'a> ResolutionWire<'a> {
    pub(crate) fn of(resolution: &'a Resolution) -> ResolutionWire<'a> {
        ResolutionWire {
            partition: resolution.partition,
            offset: resolution.offset,
            timestamp: resolution.timestamp.0,
            kind: Code(resolution.kind),
            at: resolution.at.0,
            records: resolution.records,
            mapping_version: resolution.mapping_version.as_deref(),
            by: resolution.by.as_deref(),
            note: resolution.note.as_deref(),
        }
    }

    pub(crate) fn resolution(self) -> Resolution {
        Resolution {
            partition: self.partition,
            offset: self.offset,
            timestamp: Timestamp(self.timestamp),
            kind: self.kind.0,
            at: Timestamp(self.at),
            records: self.records,
            mapping_version: self.mapping_version.map(str::to_owned),
            by: self.by.map(str::to_owned),
            note: self.note.map(str::to_owned),
        }
    }
}
