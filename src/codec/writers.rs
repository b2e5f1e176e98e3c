//! Schema ids both ways: which id our schema has in a topic, and what another writer's id means.

use super::error::{DecodeFailure, Flaw, RegistryError};
use super::registry::Registry;
use super::resolve::{Match, Resolver, matching};
use super::schemas::{self, Record, VERSIONS};
use crate::domain::account::input::RecordType;
use crate::domain::account::records::DeadLetterReason;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct Writers {
    /// `None`: the ids of `schemas/versions.tsv`.
    registry: Option<Registry>,
    known: HashMap<u32, Writer>,
}

#[derive(Clone, Debug)]
enum Writer {
    /// Its datums are like ours.
    Ours(Record),
    Other(Arc<Resolver>),
    /// Its datums cannot be read, and why.
    Unreadable(Arc<str>),
}

impl Writers {
    pub fn local() -> Writers {
        let writer = |version: &schemas::Version| match version.earlier {
            None => Writer::Ours(version.record),
            Some(json) => Writer::of(version.id, json),
        };
        let known = VERSIONS.iter().map(|version| (version.id, writer(version))).collect();
        Writers { registry: None, known }
    }

    pub fn of(registry: Registry) -> Writers {
        Writers { registry: Some(registry), known: HashMap::new() }
    }

    /// The id to write a record with.
    pub fn id(&mut self, topic: &str, record: Record) -> Result<u32, RegistryError> {
        match &mut self.registry {
            None => Ok(schemas::local_id(record)),
            Some(registry) => registry.id(topic, record),
        }
    }

    /// The schema of an id, whoseever it is.
    pub fn schema(&mut self, id: u32) -> Result<String, DecodeFailure> {
        let found = match &mut self.registry {
            None => schemas::local_json(id).map(str::to_owned),
            Some(registry) => registry.schema(id)?,
        };
        found.ok_or_else(|| self.unknown(id))
    }

    fn unknown(&self, id: u32) -> DecodeFailure {
        let knower = if self.registry.is_some() { "the registry" } else { "this build" };
        let message = format!("the schema id {id} is not known to {knower}");
        Flaw::new(DeadLetterReason::UnknownSchema, message).of(RecordType::Unknown).into()
    }

    /// Which record the datum is of, and the datum as our schema has it.
    pub fn ours<'a>(
        &mut self,
        id: u32,
        datum: &'a [u8],
    ) -> Result<(Record, Cow<'a, [u8]>), DecodeFailure> {
        if !self.known.contains_key(&id) {
            self.learn(id)?;
        }
        match self.known.get(&id) {
            Some(Writer::Ours(record)) => Ok((*record, Cow::Borrowed(datum))),
            Some(Writer::Other(resolver)) => match resolver.rewrite(datum) {
                Ok(datum) => Ok((resolver.record, Cow::Owned(datum))),
                Err(why) => {
                    let message = format!("the bytes do not follow the schema of id {id}: {why}");
                    let flaw = Flaw::new(DeadLetterReason::Malformed, message);
                    Err(flaw.of(resolver.record.record_type()).into())
                }
            },
            Some(Writer::Unreadable(why)) => {
                let flaw = Flaw::new(DeadLetterReason::UnexpectedType, why.to_string());
                Err(flaw.of(RecordType::Unknown).into())
            }
            None => Err(self.unknown(id)),
        }
    }

    /// Asks the registry, once for each id that it knows.
    fn learn(&mut self, id: u32) -> Result<(), RegistryError> {
        if let Some(registry) = &mut self.registry
            && let Some(json) = registry.schema(id)?
        {
            self.known.insert(id, Writer::of(id, &json));
        }
        Ok(())
    }
}

impl Writer {
    fn of(id: u32, json: &str) -> Writer {
        match matching(json) {
            Ok(Match::Same(record)) => Writer::Ours(record),
            Ok(Match::Resolves(resolver)) => Writer::Other(Arc::from(resolver)),
            Err(why) => Writer::Unreadable(format!("the schema of id {id} {why}").into()),
        }
    }
}
