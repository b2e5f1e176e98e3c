//! Schema ids in both directions: the id of our schema in a topic, and the schema of another writer's
//! id.

use super::error::{DecodeFailure, Flaw, RegistryError};
use super::local::{self, LOCAL, Local};
use super::registry::Registry;
use super::resolve::{Match, Resolver, matching};
use super::schemas::Record;
use crate::domain::account::input::RecordType;
use crate::domain::account::records::DeadLetterReason;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(super) struct Writers {
    /// `None`: the ids of [`local`].
    registry: Option<Registry>,
    known: HashMap<u32, Writer>,
}

#[derive(Clone, Debug)]
enum Writer {
    /// Its datums have the same bytes as with our schema.
    Ours(Record),
    Other(Arc<Resolver>),
    /// Its datums cannot be read; holds the reason.
    Unreadable(Arc<str>),
}

impl Writers {
    pub(super) fn local() -> Writers {
        let writer = |local: &Local| match local.is_former {
            false => Writer::Ours(local.record),
            true => Writer::of(local.id, local.json),
        };
        let known = LOCAL.iter().map(|local| (local.id, writer(local))).collect();
        Writers { registry: None, known }
    }

    pub(super) fn of(registry: Registry) -> Writers {
        Writers { registry: Some(registry), known: HashMap::new() }
    }

    /// The id to write a record with.
    pub(super) fn id(&mut self, topic: &str, record: Record) -> Result<u32, RegistryError> {
        match &mut self.registry {
            None => Ok(local::id(record)),
            Some(registry) => registry.id(topic, record),
        }
    }

    /// The schema of an id, our own or foreign.
    pub(super) fn schema(&mut self, id: u32) -> Result<String, DecodeFailure> {
        let found = match &mut self.registry {
            None => local::json(id).map(str::to_owned),
            Some(registry) => registry.schema(id)?,
        };
        found.ok_or_else(|| self.unknown(id))
    }

    fn unknown(&self, id: u32) -> DecodeFailure {
        let knower = if self.registry.is_some() { "the registry" } else { "this version" };
        let message = format!("unknown schema id {id}: {knower} does not have it");
        Flaw::new(DeadLetterReason::UnknownSchema, message).of(RecordType::Unknown).into()
    }

    /// The record type of the datum, and the datum in our schema.
    pub(super) fn ours<'a>(
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
                    let message = format!("the bytes do not match the schema with id {id}: {why}");
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

    /// Gets the schema from the registry, once for each id.
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
            Err(why) => Writer::Unreadable(format!("the schema with id {id} {why}").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datum_of_another_version_is_rewritten_and_one_that_is_cut_off_is_refused() {
        // It ends with a nullable field: a union that is cut off must not pass for null.
        let (head, tail) = Record::Tick.json().rsplit_once(']').expect("fields end");
        let note = r#"{"name": "note", "type": ["null", "string"], "default": null}"#;
        let later = format!("{head}, {note}]{tail}");
        let known = HashMap::from([(7, Writer::of(7, &later))]);
        let mut writers = Writers { registry: None, known };
        let whole = [2, 0];
        let (record, datum) = writers.ours(7, &whole).expect("it is whole");
        assert_eq!((record, &*datum), (Record::Tick, &whole[..1]));
        for end in 0..whole.len() {
            assert!(writers.ours(7, &whole[..end]).is_err(), "{end} bytes");
        }
    }
}
