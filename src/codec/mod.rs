//! Records as bytes: the only room that knows Avro and the wire format of the schema registry.
//!
//! Every record value of our topics is a zero byte, a schema id in four bytes, and an Avro datum (the
//! Confluent wire format). Our own schemas are in `schemas/` and ship with the binary. Records from
//! outside are checked while they are decoded: any bytes give a value or a [`DecodeError`] with the
//! reason. What may not enter: topics, offsets, decisions about a record.

mod avro;
mod bounds;
mod connection;
mod datum;
mod desk;
mod error;
mod foreign;
mod framing;
mod inbound;
pub mod json;
pub mod local;
pub mod losses;
mod outbound;
mod produced;
mod registry;
mod resolve;
pub mod schemas;
pub mod shape;
mod symbols;
mod wire;
mod writers;

pub use connection::{RegistryLogin, RegistrySettings};
pub use desk::{DeskValue, SenderRecord};
pub use error::{DecodeError, DecodeFailure, RegistryError};
pub use foreign::Vendors;
pub use inbound::{Decoded, Resolve};

use crate::domain::account::decision::Decision;
use crate::domain::account::input::{Input, RecordType};
use crate::domain::account::records::{
    Alias, DeadLetter, DeadLetterReason, Resolution, SourceRow, TaskRecord,
};
use crate::domain::account::state::AccountState;
use crate::domain::account::world::World;
use datum::{Datum, Put};
use error::Flaw;
use foreign::Foreign;
use framing::{frame, too_large, unframe};
use inbound::Key;
use registry::Registry;
use schemas::Record;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use wire::{
    alias::AliasWire, dead_letter, decision, resolution, source_row::SourceRowWire, state, task,
    world,
};
use writers::Writers;

/// Maximum size of an input in bytes.
pub const INPUT_BYTES_MAX: usize = 1 << 20;
/// Maximum size of a transfer in bytes: it may hold a whole account.
const TRANSFER_BYTES_MAX: usize = 4 << 20;

/// Encodes and decodes every type of record. Use one per thread; a clone keeps the known schemas.
#[derive(Clone, Debug)]
pub struct Codec {
    writers: Writers,
    foreign: Foreign,
}

type Encoded = Result<(), RegistryError>;

impl Codec {
    /// Without a registry: the schemas shipped in the binary, under the ids of [`local`].
    pub fn local() -> Codec {
        Codec { writers: Writers::local(), foreign: Foreign::default() }
    }

    /// With a registry: registers our schemas of these records in these topics, under the subjects
    /// `<topic>-<record's full name>`. Other schemas are registered when they are first written. Fails
    /// within ten seconds if the registry does not answer, or if it refuses a schema.
    pub fn with_registry(
        settings: &RegistrySettings,
        topics: &[(&str, &[Record])],
    ) -> Result<Codec, RegistryError> {
        let writers = Writers::of(Registry::new(settings)?);
        let mut codec = Codec { writers, foreign: Foreign::default() };
        for (topic, records) in topics {
            for record in *records {
                codec.writers.id(topic, *record)?;
            }
        }
        Ok(codec)
    }

    /// Whether the registry answers and accepts our login; registers nothing.
    pub fn ask_registry(settings: &RegistrySettings) -> Result<(), RegistryError> {
        // An id that no registry gives: the answer is that it has no such schema.
        Registry::new(settings)?.schema(i32::MAX as u32).map(|_| ())
    }

    /// Decodes a record of the inputs topic; its key must be the account.
    pub fn decode_input(
        &mut self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<Decoded, DecodeFailure> {
        self.decode_record(Key::Account(key), value)
    }

    /// Decodes a record of one of our schemas from a topic whose keys are not account keys.
    pub fn decode_unkeyed(&mut self, value: Option<&[u8]>) -> Result<Decoded, DecodeFailure> {
        self.decode_record(Key::Any, value)
    }

    /// Decodes a record of any Avro schema as JSON, and finds the JSON of a record with a JSON Schema;
    /// the registry must have the schema of its id.
    pub fn decode_foreign<'a>(&mut self, value: &'a [u8]) -> Result<Vendors<'a>, DecodeFailure> {
        let (id, datum) = unframe(value).map_err(|flaw| flaw.of(RecordType::Unknown))?;
        self.foreign.read(&mut self.writers, id, datum)
    }

    fn decode_record(
        &mut self,
        key: Key<'_>,
        value: Option<&[u8]>,
    ) -> Result<Decoded, DecodeFailure> {
        let (id, datum) = frame(value).map_err(|flaw| flaw.of(RecordType::Unknown))?;
        let ours = self.writers.ours(id, datum);
        let bytes = value.map_or(0, <[u8]>::len);
        if bytes > INPUT_BYTES_MAX && !matches!(ours, Ok((Record::Transfer, _))) {
            return Err(too_large(bytes, INPUT_BYTES_MAX).of(RecordType::Unknown).into());
        }
        let (record, datum) = ours?;
        let decoded = match inbound::handed_on(record, &datum) {
            Ok(None) => inbound::decode(record, &datum, key, None),
            Ok(Some((account, inner))) => {
                let input = self.decode_handed_on(&account, inner)?;
                inbound::decode(record, &datum, key, Some(input))
            }
            Err(flaw) => Err(flaw),
        };
        Ok(decoded.map_err(|flaw| flaw.of(record.record_type()))?)
    }

    /// Decodes the record that a transfer forwards.
    fn decode_handed_on(&mut self, account: &str, value: &[u8]) -> Result<Input, DecodeFailure> {
        let flaw = |flaw: Flaw| flaw.of(RecordType::Transfer);
        let (id, datum) = unframe(value).map_err(flaw)?;
        let (record, datum) = self.writers.ours(id, datum)?;
        let key = Key::Account(Some(account.as_bytes()));
        let decoded = match record {
            Record::Transfer => None,
            record => Some(inbound::decode(record, &datum, key, None).map_err(flaw)?),
        };
        match decoded {
            Some(Decoded::Account { input, .. }) => Ok(input),
            _ => {
                let message =
                    format!("invalid transfer: a {} cannot be forwarded", record.full_name());
                Err(flaw(Flaw::new(DeadLetterReason::UnexpectedType, message)).into())
            }
        }
    }

    pub fn encode_decision(
        &mut self,
        topic: &str,
        decision: &Decision,
        out: &mut Vec<u8>,
    ) -> Encoded {
        self.write(topic, Record::Decision, &decision::DecisionWire::of(decision), out)
    }

    pub fn decode_decision(&mut self, value: &[u8]) -> Result<Decision, DecodeFailure> {
        let datum = self.datum(Record::Decision, value)?;
        translate(Record::Decision, &datum, decision::DecisionWire::decision)
    }

    pub fn encode_state(
        &mut self,
        topic: &str,
        state: &AccountState,
        out: &mut Vec<u8>,
    ) -> Encoded {
        let sources = state::sources(state);
        self.put(topic, Record::AccountState, &state::out(state, &sources), out)
    }

    pub fn decode_state(&mut self, value: &[u8]) -> Result<AccountState, DecodeFailure> {
        let datum = self.datum(Record::AccountState, value)?;
        let read = datum::whole(&datum);
        let record = Record::AccountState;
        Ok(read.map_err(|why| Flaw::malformed(record, &why).of(record.record_type()))?)
    }

    /// The state of an account of which nothing is kept but its company and where products stand with it, without
    /// the company. `None`: there is more; [`Self::decode_state`] reads it.
    pub fn decode_still(&mut self, value: &[u8]) -> Result<Option<AccountState>, DecodeFailure> {
        let datum = self.datum(Record::AccountState, value)?;
        // Who reads it whole says what cannot be read.
        Ok(state::take_still(&mut Datum::new(&datum)).unwrap_or_default())
    }

    pub fn encode_task(&mut self, topic: &str, record: &TaskRecord, out: &mut Vec<u8>) -> Encoded {
        self.write(topic, Record::TaskRecord, &task::Task::of(record), out)
    }

    pub fn decode_task(&mut self, value: &[u8]) -> Result<TaskRecord, DecodeFailure> {
        let datum = self.datum(Record::TaskRecord, value)?;
        translate(Record::TaskRecord, &datum, |task: task::Task| Ok(task.task()))
    }

    pub fn encode_world(&mut self, topic: &str, world: &World, out: &mut Vec<u8>) -> Encoded {
        self.write(topic, Record::World, &world::WorldWire::of(world), out)
    }

    pub fn decode_world(&mut self, value: &[u8]) -> Result<World, DecodeFailure> {
        let datum = self.datum(Record::World, value)?;
        translate(Record::World, &datum, world::WorldWire::world)
    }

    pub fn encode_dead_letter(
        &mut self,
        topic: &str,
        dead_letter: &DeadLetter,
        out: &mut Vec<u8>,
    ) -> Encoded {
        self.write(topic, Record::DeadLetter, &dead_letter::DeadLetterWire::of(dead_letter), out)
    }

    pub fn decode_dead_letter(&mut self, value: &[u8]) -> Result<DeadLetter, DecodeFailure> {
        let datum = self.datum(Record::DeadLetter, value)?;
        translate(Record::DeadLetter, &datum, dead_letter::DeadLetterWire::dead_letter)
    }

    pub fn encode_resolution(
        &mut self,
        topic: &str,
        resolution: &Resolution,
        out: &mut Vec<u8>,
    ) -> Encoded {
        self.write(topic, Record::Resolution, &resolution::ResolutionWire::of(resolution), out)
    }

    pub fn decode_resolution(&mut self, value: &[u8]) -> Result<Resolution, DecodeFailure> {
        let datum = self.datum(Record::Resolution, value)?;
        translate(Record::Resolution, &datum, |wire: resolution::ResolutionWire<'_>| {
            Ok(wire.resolution())
        })
    }

    /// Its key is the alias.
    pub fn encode_alias(&mut self, topic: &str, alias: &Alias, out: &mut Vec<u8>) -> Encoded {
        self.write(topic, Record::Alias, &AliasWire::of(alias), out)
    }

    pub fn decode_alias(&mut self, value: &[u8]) -> Result<Alias, DecodeFailure> {
        let datum = self.datum(Record::Alias, value)?;
        translate(Record::Alias, &datum, AliasWire::alias)
    }

    pub fn encode_source_row(
        &mut self,
        topic: &str,
        row: &SourceRow,
        out: &mut Vec<u8>,
    ) -> Encoded {
        self.write(topic, Record::SourceRow, &SourceRowWire::of(row), out)
    }

    pub fn decode_source_row(&mut self, value: &[u8]) -> Result<SourceRow, DecodeFailure> {
        let datum = self.datum(Record::SourceRow, value)?;
        translate(Record::SourceRow, &datum, SourceRowWire::row)
    }

    fn put<T: Put>(&mut self, topic: &str, record: Record, wire: &T, out: &mut Vec<u8>) -> Encoded {
        self.begin(topic, record, out)?;
        wire.put(out);
        Ok(())
    }

    fn write<T: Serialize>(
        &mut self,
        topic: &str,
        record: Record,
        wire: &T,
        out: &mut Vec<u8>,
    ) -> Encoded {
        self.begin(topic, record, out)?;
        avro::write(record, wire, out);
        Ok(())
    }

    /// The wire format before the datum.
    fn begin(&mut self, topic: &str, record: Record, out: &mut Vec<u8>) -> Encoded {
        let id = self.writers.id(topic, record)?;
        out.push(0);
        out.extend_from_slice(&id.to_be_bytes());
        Ok(())
    }

    /// The datum of a record, which must have the type `expected`.
    fn datum<'a>(
        &mut self,
        expected: Record,
        value: &'a [u8],
    ) -> Result<Cow<'a, [u8]>, DecodeFailure> {
        let unknown = |flaw: Flaw| flaw.of(expected.record_type());
        let (id, datum) = unframe(value).map_err(unknown)?;
        let (record, datum) = self.writers.ours(id, datum)?;
        if record != expected {
            let message = format!(
                "invalid record type {}: expected {}",
                record.full_name(),
                expected.full_name()
            );
            return Err(unknown(Flaw::new(DeadLetterReason::UnexpectedType, message)).into());
        }
        Ok(datum)
    }
}

/// Decodes a datum and translates it into the domain.
fn translate<'a, W: Deserialize<'a>, T>(
    record: Record,
    datum: &'a [u8],
    into: impl FnOnce(W) -> Result<T, String>,
) -> Result<T, DecodeFailure> {
    let translated = avro::read(record, datum).and_then(into);
    Ok(translated.map_err(|why| Flaw::malformed(record, &why).of(record.record_type()))?)
}
