//! Schema ids in both directions: the id of our schema in a topic, and the schema of another writer's
//! id.

use super::error::{DecodeFailure, Flaw, RegistryError};
use super::local::{self, LOCAL, Local};
use super::registry::{Found, Registry};
use super::resolve::{Match, Resolver, matching};
use super::schemas::Record;
use crate::domain::account::input::RecordType;
use crate::domain::account::records::DeadLetterReason;
use foldhash::{HashMap, HashMapExt};
use std::borrow::Cow;
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
    pub(super) fn schema(&mut self, id: u32) -> Result<Found, DecodeFailure> {
        let local = |id| {
            let schema = local::json(id)?.to_owned();
            Some(Found::Avro { schema, referred: Vec::new() })
        };
        let found = match &mut self.registry {
            None => local(id),
            Some(registry) => registry.schema(id)?,
        };
        found.ok_or_else(|| self.unknown(id))
    }

    fn unknown(&self, id: u32) -> DecodeFailure {
        let message = match self.registry {
            Some(_) => format!("unknown schema id {id}: the registry does not have it"),
            None => format!(
                "unknown schema id {id}: this version does not have it, and the settings name no \
                 schema_registry that could"
            ),
        };
        Flaw::new(DeadLetterReason::UnknownSchema, message).of(RecordType::Unknown).into()
    }

    /// The record type of the datum, and the datum in our schema.
    pub(super) fn ours<'a>(
        &mut self,
        id: u32,
        datum: &'a [u8],
    ) -> Result<(Record, Cow<'a, [u8]>), DecodeFailure> {
        // Nearly every record.
        if let Some(Writer::Ours(record)) = self.known.get(&id) {
            return Ok((*record, Cow::Borrowed(datum)));
        }
        if !self.known.contains_key(&id) {
            self.learn(id)?;
        }
        match self.known.get(&id) {
            Some(Writer::Ours(record)) => Ok((*record, Cow::Borrowed(datum))),
            Some(Writer::Other(resolver)) => match resolver.rewrite(datum) {
                Ok(datum) => Ok((resolver.record, Cow::Owned(datum))),
                Err(unread) => {
                    let flaw = unread.flaw(id, datum.len());
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
            && let Some(found) = registry.schema(id)?
        {
            self.known.insert(id, Writer::found(id, &found));
        }
        Ok(())
    }
}

impl Writer {
    fn found(id: u32, found: &Found) -> Writer {
        let why = match found {
            Found::Avro { schema, referred } if referred.is_empty() => return Writer::of(id, schema),
            Found::Avro { .. } => {
                "refers to other schemas; in topics of buymode's own schemas, register it as one text"
                    .to_owned()
            }
            Found::Json => {
                "is a JSON Schema; topics of buymode's own schemas take Avro: use its schemas".to_owned()
            }
            Found::Other(name) => other_type(name),
            Found::Broken(why) => why.clone(),
        };
        Writer::Unreadable(format!("the schema with id {id} {why}").into())
    }

    fn of(id: u32, json: &str) -> Writer {
        match matching(json) {
            Ok(Match::Same(record)) => Writer::Ours(record),
            Ok(Match::Resolves(resolver)) => Writer::Other(Arc::from(resolver)),
            Err(why) => Writer::Unreadable(format!("the schema with id {id} {why}").into()),
        }
    }
}

/// Why records of a schema of this type cannot be read.
pub(super) fn other_type(name: &str) -> String {
    format!("has the type {name}, which is not read; write Avro, or JSON with a JSON Schema")
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
        let known = HashMap::from_iter([(7, Writer::of(7, &later))]);
        let mut writers = Writers { registry: None, known };
        let whole = [2, 0];
        let (record, datum) = writers.ours(7, &whole).expect("it is whole");
        assert_eq!((record, &*datum), (Record::Tick, &whole[..1]));
        for end in 0..whole.len() {
            assert!(writers.ours(7, &whole[..end]).is_err(), "{end} bytes");
        }
    }

    #[test]
    fn a_record_that_would_take_much_memory_is_refused_by_name() {
        let (head, tail) = Record::Tick.json().rsplit_once(']').expect("fields end");
        let with = |of: &str| format!(r#"{head}, {{"name": "more", "type": {of}}}]{tail}"#);
        let nulls: Vec<String> =
            (0..900).map(|n| format!(r#"{{"name": "n{n}", "type": "null"}}"#)).collect();
        let wide = format!(
            r#"{{"type": "array", "items": {{"type": "record", "name": "Wide", "fields": [
                {{"name": "a", "type": "int"}}, {}]}}}}"#,
            nulls.join(", ")
        );
        let nested = r#"{"type": "array", "items": {"type": "array", "items": "null"}}"#;
        let known = [(7, with(nested)), (8, with(&wide))];
        let known = known.map(|(id, json)| (id, Writer::of(id, &json)));
        let mut writers = Writers { registry: None, known: HashMap::from_iter(known) };
        let mut refusal = |id, datum: &[u8]| match writers.ours(id, datum) {
            Err(DecodeFailure::Record(error)) => (error.reason, error.message),
            other => panic!("{other:?}"),
        };
        // 300 lists of 300,000 nulls each in 1.2 kB.
        let datum = [&[2, 0xd8, 4][..], &[0xc0, 0xcf, 0x24, 0].repeat(300), &[0]].concat();
        let (reason, message) = refusal(7, &datum);
        assert_eq!(reason, DeadLetterReason::UnexpectedType, "{message}");
        assert!(message.contains("a list of items that take no bytes"), "{message}");
        // 1,300 records of 901 fields in 1.3 kB.
        let datum = [&[2, 0xa8, 0x14][..], &[0; 1_300], &[0]].concat();
        let (reason, message) = refusal(8, &datum);
        assert_eq!(reason, DeadLetterReason::TooLarge, "{message}");
        assert!(message.contains("32 MiB") && message.contains("schema with id 8"), "{message}");
    }
}
