//! What [`super::super::datum`] writes by hand is what serde writes by the names of the schema's fields.
//!
//! The wire structs are serde's too in tests; the lists among them, which are written item by item without
//! a vector between, are so here.

use super::evidence::{EvidenceList, Reports, Sources};
use super::kept::{At, SaidList, SaidOut, ValueOut};
use super::ledger::MemberOut;
use super::product::Answers;
use super::{FirstText, List};
use crate::codec::avro;
use crate::codec::datum::record::Fields;
use crate::codec::datum::{Put, whole};
use crate::codec::schemas::Record;
use crate::codec::symbols::Code;
use crate::codec::wire::{company, evidence, head::Head, inputs, kept, kinship, ledger};
use crate::codec::wire::{product, signals, state, transfer};
use crate::domain::account::input::{Input, TransferStep};
use crate::domain::account::state::AccountState;
use crate::domain::evidence::company::Value;
use crate::domain::evidence::signal::Event;
use crate::domain::terms::account::AccountKey;
use arbitrary::{inputs as any_inputs, states};
use proptest::prelude::*;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

#[path = "../../../tests/it/arbitrary/mod.rs"]
mod arbitrary;

type Written<S> = Result<<S as Serializer>::Ok, <S as Serializer>::Error>;

impl Serialize for FirstText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Written<S> {
        serializer.collect_seq(self.0.as_slice())
    }
}

impl<'a, T, W: Serialize> Serialize for List<'a, T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Written<S> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

impl Serialize for Sources<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Written<S> {
        serializer.collect_seq(&self.0)
    }
}

impl Serialize for EvidenceList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Written<S> {
        serializer.collect_seq(self.pieces())
    }
}

impl Serialize for Reports<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Written<S> {
        serializer.collect_seq(self.wires())
    }
}

impl Serialize for SaidList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Written<S> {
        serializer.collect_seq(self.saids(&self.instants()))
    }
}

impl<T, W: Serialize> Serialize for At<'_, T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Written<S> {
        serializer.collect_seq(self.picked().collect::<Vec<W>>())
    }
}

impl Serialize for ValueOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Written<S> {
        fn texts<S: Serializer, T: AsRef<str>>(texts: &[T], serializer: S) -> Written<S> {
            match texts {
                [only] => serializer.serialize_str(only.as_ref()),
                many => serializer.collect_seq(many.iter().map(T::as_ref)),
            }
        }
        match self.0 {
            Value::Number { low, high } if low == high => {
                serializer.serialize_i64(evidence::bits(*low))
            }
            Value::Number { low, high } => kept::NumberBand::of(*low, *high).serialize(serializer),
            Value::Stage(stage) => {
                let name = "buymode.FundingStage";
                serializer.serialize_newtype_variant("Value", 0, name, &Code(*stage))
            }
            Value::Terms(terms) => texts(terms, serializer),
            Value::Names(names) => texts(names, serializer),
        }
    }
}

impl Serialize for MemberOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Written<S> {
        self.written(|fields| fields.serialize(serializer))
    }
}

impl Serialize for Answers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Written<S> {
        let (bytes, end) = self.bytes();
        serializer.serialize_bytes(&bytes[..end])
    }
}

/// Writes a datum both ways.
fn both<W: Put + Serialize>(record: Record, wire: &W) -> (Vec<u8>, Vec<u8>) {
    let (mut by_hand, mut by_serde) = (Vec::new(), Vec::new());
    wire.put(&mut by_hand);
    avro::write(record, wire, &mut by_serde);
    (by_hand, by_serde)
}

fn both_of(account: &AccountKey, input: &Input) -> (Vec<u8>, Vec<u8>) {
    let account = account.as_str();
    match input {
        Input::Signal(signal) => {
            let head = Head::of(account, signal);
            match &signal.event {
                Event::Funding(e) => both(Record::Funding, &signals::Funding::of(head, e)),
                Event::Hiring(e) => both(Record::Hiring, &signals::Hiring::of(head, e)),
                Event::Headcount(e) => both(Record::Headcount, &signals::Headcount::of(head, e)),
                Event::Technology(e) => both(Record::Technology, &signals::Technology::of(head, e)),
                Event::News(e) => both(Record::News, &signals::News::of(head, e)),
                Event::Engagement(e) => both(Record::Engagement, &signals::Engagement::of(head, e)),
            }
        }
        Input::Company(update) => both(Record::Company, &company::Company::of(account, update)),
        Input::Retraction(r) => both(Record::Retraction, &inputs::Retraction::of(account, r)),
        Input::Suppression(s) => both(Record::Suppression, &inputs::Suppression::of(account, s)),
        Input::Outcome(o) => both(Record::SalesOutcome, &inputs::SalesOutcome::of(account, o)),
        Input::Kinship(k) => both(Record::Kinship, &kinship::out(account, k)),
        Input::Transfer(t) => {
            let handed_on = matches!(t.step, TransferStep::Forwarded(_)).then_some(&b"\0\x01"[..]);
            both(Record::Transfer, &transfer::out(t, &transfer::sources(t), handed_on))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_state_is_written_as_serde_writes_it_and_read_back(state in states::state()) {
        let sources = state::sources(&state);
        let (by_hand, by_serde) = both(Record::AccountState, &state::out(&state, &sources));
        prop_assert_eq!(&by_hand, &by_serde);
        prop_assert_eq!(whole::<AccountState>(&by_hand).unwrap(), state);
    }

    #[test]
    fn an_input_is_written_as_serde_writes_it((account, input) in any_inputs::addressed()) {
        let (by_hand, by_serde) = both_of(&account, &input);
        prop_assert_eq!(by_hand, by_serde);
    }

    #[test]
    fn a_damaged_state_is_read_or_refused(
        state in states::state(),
        at in any::<prop::sample::Index>(),
        damage in prop::collection::vec(any::<u8>(), 1..12),
    ) {
        let mut bytes = Vec::new();
        state::out(&state, &state::sources(&state)).put(&mut bytes);
        let at = at.index(bytes.len());
        prop_assert!(whole::<AccountState>(&bytes[..at]).is_err());
        let end = bytes.len().min(at + damage.len());
        bytes[at..end].copy_from_slice(&damage[..end - at]);
        let _ = whole::<AccountState>(&bytes);
    }
}

/// What [`Put`] and [`Take`] know of the schemas.
fn known() -> BTreeMap<&'static str, &'static [&'static str]> {
    let states: [Fields; 16] = [
        state::StateOut::FIELDS,
        state::MovedWire::FIELDS,
        state::AwaitedOut::FIELDS,
        state::KinOut::FIELDS,
        state::ChildWire::FIELDS,
        ledger::Fields::FIELDS,
        product::ProductWire::FIELDS,
        product::EpisodeWire::FIELDS,
        product::CooldownWire::FIELDS,
        product::LeftWire::FIELDS,
        product::DrawnWire::FIELDS,
        kept::CompanyOut::FIELDS,
        SaidOut::FIELDS,
        kept::FactOut::FIELDS,
        kept::NumberBand::FIELDS,
        kept::SuppressionWire::FIELDS,
    ];
    let pieces: [Fields; 6] = [
        kept::Tombstone::FIELDS,
        state::LiftWire::FIELDS,
        evidence::EvidenceOut::FIELDS,
        evidence::ReportWire::FIELDS,
        evidence::Department::FIELDS,
        evidence::Growth::FIELDS,
    ];
    let inputs: [Fields; 17] = [
        signals::Funding::FIELDS,
        signals::Hiring::FIELDS,
        signals::Headcount::FIELDS,
        signals::Technology::FIELDS,
        signals::News::FIELDS,
        signals::Engagement::FIELDS,
        signals::Department::FIELDS,
        signals::Growth::FIELDS,
        company::Company::FIELDS,
        company::Band::FIELDS,
        inputs::Retraction::FIELDS,
        inputs::Suppression::FIELDS,
        inputs::SalesOutcome::FIELDS,
        inputs::Activation::FIELDS,
        inputs::Tick::FIELDS,
        kinship::KinshipOut::FIELDS,
        transfer::TransferOut::FIELDS,
    ];
    let events = evidence::EventWire::FIELDS.iter().copied();
    let all = states.into_iter().chain(pieces).chain(inputs).chain(events);
    all.chain([transfer::SnapshotOut::FIELDS]).collect()
}

/// The records of a schema with their fields.
fn records(schema: &serde_json::Value, found: &mut BTreeMap<String, Vec<String>>) {
    if schema["type"] == "record" {
        let name = |of: &serde_json::Value| of["name"].as_str().unwrap().to_owned();
        let fields = schema["fields"].as_array().unwrap().iter().map(name).collect();
        found.insert(format!("buymode.{}", name(schema)), fields);
    }
    match schema {
        serde_json::Value::Array(all) => all.iter().for_each(|part| records(part, found)),
        serde_json::Value::Object(all) => all.values().for_each(|part| records(part, found)),
        _ => {}
    }
}

#[test]
fn each_field_of_the_schemas_is_known_in_its_order() {
    let mut schemas = BTreeMap::new();
    for record in [
        Record::AccountState,
        Record::Transfer,
        Record::Kinship,
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
    ] {
        records(&serde_json::from_str(record.json()).unwrap(), &mut schemas);
    }
    let known = known();
    for (record, fields) in &schemas {
        let ours = known.get(record.as_str()).copied().unwrap_or_default();
        assert_eq!(ours, fields, "the fields of {record} in src/codec/wire and in schemas/");
    }
    assert_eq!(known.len(), schemas.len(), "each record that is known is in a schema");
}
