//! Our records as JSON, for people's scripts: with the names and the nesting of their schemas in
//! `schemas/`, so that a script reads `--json` and a topic alike.
//!
//! Values take the form that JSON has for them: a time is RFC 3339 in UTC, a date an ISO date, an
//! enum its symbol, an id its UUID, a confidence a number from 0 to 1. Scores stay milli-points, as
//! their names say.

use super::losses::named;
use super::schemas::Record;
use super::wire::alias::AliasWire;
use super::wire::decision::DecisionWire;
use super::wire::fit::FitWire;
use super::wire::intent::IntentWire;
use super::wire::resolution::ResolutionWire;
use crate::domain::account::decision::{Decision, FitExplained, IntentExplained};
use crate::domain::account::records::{Alias, Resolution};
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::BasisPoints;
use apache_avro::Schema;
use apache_avro::schema::Name;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::LazyLock;
use strum::IntoEnumIterator;

/// The field that is hundredths of a percent in our records.
const CONFIDENCE: &str = "confidence";

/// A decision, as `schemas/decision.avsc` names it.
pub fn decision(decision: &Decision) -> Value {
    whole(Record::Decision, &DecisionWire::of(decision))
}

/// A decision as libraries show Avro in JSON: enums as their symbols, times and days as the numbers they are.
pub fn avro(decision: &Decision) -> Value {
    let shape = &SHAPES[Record::Decision as usize];
    shape.value(plain(&DecisionWire::of(decision)), shape.schema, Form::Avro)
}

/// An alias, as `schemas/alias.avsc` names it.
pub fn alias(alias: &Alias) -> Value {
    whole(Record::Alias, &AliasWire::of(alias))
}

/// What became of a dead letter, as `schemas/resolution.avsc` names it.
pub fn resolution(resolution: &Resolution) -> Value {
    whole(Record::Resolution, &ResolutionWire::of(resolution))
}

/// The part `fit` of a decision, for `#[serde(serialize_with)]`.
pub fn fit<S: Serializer>(fit: &FitExplained, serializer: S) -> Result<S::Ok, S::Error> {
    part(Record::Decision, "fit", &FitWire::of(fit)).serialize(serializer)
}

/// The part `intent` of a decision, for `#[serde(serialize_with)]`.
pub fn intent<S: Serializer>(intent: &IntentExplained, serializer: S) -> Result<S::Ok, S::Error> {
    part(Record::Decision, "intent", &IntentWire::of(intent)).serialize(serializer)
}

/// A confidence as a number from 0 to 1, for `#[serde(serialize_with)]`.
pub fn confidence<S: Serializer>(of: &BasisPoints, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(share(of.get()))
}

fn share(basis_points: i64) -> f64 {
    basis_points as f64 / BasisPoints::FULL.get() as f64
}

/// Which form values take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The one that JSON has for them.
    Json,
    /// That of the schema, but for enums, which are symbols.
    Avro,
}

struct Shape {
    schema: &'static Schema,
    names: HashMap<Name, &'static Schema>,
}

static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    let shape = |record: Record| {
        let schema = Schema::parse_str(record.json())
            .expect("each schema we ship parses: a test goes through them");
        let schema: &'static Schema = Box::leak(Box::new(schema));
        let mut names = HashMap::new();
        named(schema, &mut names);
        Shape { schema, names }
    };
    Record::iter().map(shape).collect()
});

fn whole(record: Record, wire: &impl Serialize) -> Value {
    // `Record::iter` goes in the order of declaration, which is the order of discriminants.
    let shape = &SHAPES[record as usize];
    shape.value(plain(wire), shape.schema, Form::Json)
}

/// One field of a record.
fn part(record: Record, field: &str, wire: &impl Serialize) -> Value {
    let shape = &SHAPES[record as usize];
    let Schema::Record(fields) = shape.schema else { return Value::Null };
    let field = fields.fields.iter().find(|f| f.name == field);
    field.map_or(Value::Null, |field| shape.value(plain(wire), &field.schema, Form::Json))
}

fn plain(wire: &impl Serialize) -> Value {
    serde_json::to_value(wire).expect("structs of numbers, texts and lists are always JSON")
}

impl Shape {
    /// A value as our structs for the wire hold it, in the form that JSON has for it.
    fn value(&self, value: Value, schema: &Schema, form: Form) -> Value {
        match (schema, value) {
            (_, Value::Null) => Value::Null,
            (Schema::Ref { name }, value) => match self.names.get(name) {
                Some(schema) => self.value(value, schema, form),
                None => value,
            },
            // Ours are of null and one other.
            (Schema::Union(union), value) => match union.variants().last() {
                Some(schema) => self.value(value, schema, form),
                None => value,
            },
            (Schema::Array(array), Value::Array(items)) => {
                items.into_iter().map(|item| self.value(item, &array.items, form)).collect()
            }
            (Schema::Record(record), Value::Object(mut values)) => {
                let fields = record.fields.iter().filter_map(|field| {
                    let value = values.remove(&field.name)?;
                    let is_share = form == Form::Json && field.name == CONFIDENCE;
                    let value = match value.as_i64().filter(|_| is_share) {
                        Some(basis_points) => share(basis_points).into(),
                        None => self.value(value, &field.schema, form),
                    };
                    Some((field.name.clone(), value))
                });
                Value::Object(fields.collect::<Map<_, _>>())
            }
            (Schema::Date | Schema::TimestampMillis, value) if form == Form::Avro => value,
            (schema, value) => scalar(schema, value),
        }
    }
}

fn scalar(schema: &Schema, value: Value) -> Value {
    let number = value.as_i64();
    match (schema, number) {
        (Schema::Enum(of), Some(place)) => {
            let symbol = usize::try_from(place).ok().and_then(|place| of.symbols.get(place));
            symbol.map_or(value, |symbol| symbol.as_str().into())
        }
        (Schema::Date, Some(days)) => match i32::try_from(days) {
            Ok(days) => Day(days).to_string().into(),
            Err(_) => value,
        },
        (Schema::TimestampMillis, Some(ms)) => Timestamp(ms).to_rfc3339().into(),
        _ => value,
    }
}
