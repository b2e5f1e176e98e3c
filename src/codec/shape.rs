//! Our records' form in JSON as a JSON Schema, made of their Avro schemas: for programs that read `--json` and webhooks.

use super::schemas::Record;
use apache_avro::Schema;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The field that is a share in JSON, and hundredths of a percent in Avro.
const CONFIDENCE: &str = "confidence";

/// The schema of a record as [`super::json`] writes it.
pub fn json_schema(record: Record) -> Value {
    let Ok(schema) = Schema::parse_str(record.json()) else { return Value::Null };
    let mut definitions = Map::new();
    let made = of(&schema, &mut definitions);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": record.full_name(),
        "allOf": [made],
        "definitions": definitions,
    })
}

/// A record as [`super::json`] writes it, in an answer of a command.
macro_rules! shown {
    ($name:ident, $record:expr, $what:literal) => {
        #[doc = $what]
        #[derive(Clone, Debug, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub Value);

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
                part($record, None, generator)
            }
        }
    };
}

shown!(ShownDecision, Record::Decision, "A decision, as [`super::json::decision`] writes it.");
shown!(
    ShownResolution,
    Record::Resolution,
    "What became of a dead letter, as [`super::json::resolution`] writes it."
);

/// The part `fit` of a decision, for `#[schemars(schema_with)]`.
pub fn fit(generator: &mut SchemaGenerator) -> schemars::Schema {
    part(Record::Decision, Some("fit"), generator)
}

/// The part `intent` of a decision, for `#[schemars(schema_with)]`.
pub fn intent(generator: &mut SchemaGenerator) -> schemars::Schema {
    part(Record::Decision, Some("intent"), generator)
}

/// A confidence, for `#[schemars(schema_with)]`.
pub fn confidence(_: &mut SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "number", "minimum": 0, "maximum": 1 })
}

/// A record, or one field of it; what it refers to goes to the generator's definitions.
fn part(record: Record, field: Option<&str>, generator: &mut SchemaGenerator) -> schemars::Schema {
    let Ok(schema) = Schema::parse_str(record.json()) else { return true.into() };
    let mut definitions = Map::new();
    let fields = match &schema {
        Schema::Record(record) => record.fields.iter(),
        _ => return true.into(),
    };
    let made = match field {
        None => of(&schema, &mut definitions),
        Some(name) => fields
            .filter(|field| field.name == name)
            .map(|field| of(&field.schema, &mut definitions))
            .collect::<Vec<_>>()
            .pop()
            .unwrap_or(Value::Bool(true)),
    };
    let place = format!("#{}/", generator.settings().definitions_path);
    for (name, mut made) in definitions {
        moved(&mut made, &place);
        generator.definitions_mut().insert(name, made);
    }
    let mut made = made;
    moved(&mut made, &place);
    schemars::Schema::try_from(made).unwrap_or_else(|_| true.into())
}

/// References of draft 7 to where the generator's document has its definitions.
fn moved(schema: &mut Value, place: &str) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get_mut("$ref") {
                *to = to.replacen("#/definitions/", place, 1);
            }
            fields.values_mut().for_each(|part| moved(part, place));
        }
        Value::Array(items) => items.iter_mut().for_each(|part| moved(part, place)),
        _ => {}
    }
}

fn of(schema: &Schema, definitions: &mut Map<String, Value>) -> Value {
    match schema {
        Schema::Null => json!({ "type": "null" }),
        Schema::Boolean => json!({ "type": "boolean" }),
        Schema::Int | Schema::Long => json!({ "type": "integer" }),
        Schema::Float | Schema::Double => json!({ "type": "number" }),
        Schema::Date => json!({ "type": "string", "pattern": "^-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}$" }),
        Schema::TimestampMillis => json!({ "type": "string", "format": "date-time" }),
        Schema::Array(array) => json!({ "type": "array", "items": of(&array.items, definitions) }),
        Schema::Union(union) => {
            json!({ "anyOf": union.variants().iter().map(|part| of(part, definitions)).collect::<Value>() })
        }
        Schema::Enum(named) => {
            let name = named.name.fullname(None);
            // Readers take symbols that come later as `unknown`.
            definitions
                .insert(name.clone(), json!({ "type": "string", "examples": named.symbols }));
            json!({ "$ref": format!("#/definitions/{name}") })
        }
        Schema::Ref { name } => json!({ "$ref": format!("#/definitions/{}", name.fullname(None)) }),
        Schema::Record(record) => {
            let name = record.name.fullname(None);
            let mut properties = Map::new();
            let mut required = Vec::new();
            for field in &record.fields {
                let mut made = match field.name.as_str() {
                    CONFIDENCE => json!({ "type": "number", "minimum": 0, "maximum": 1 }),
                    _ => of(&field.schema, definitions),
                };
                let doc = match field.name.as_str() {
                    CONFIDENCE => Some("How sure it is, from 0 to 1."),
                    _ => field.doc.as_deref(),
                };
                if let (Some(doc), Some(object)) = (doc, made.as_object_mut()) {
                    object.insert("description".to_owned(), json!(doc));
                }
                properties.insert(field.name.clone(), made);
                if field.default.is_none() {
                    required.push(field.name.clone());
                }
            }
            let made = json!({
                "type": "object", "description": record.doc, "properties": properties, "required": required,
            });
            definitions.insert(name.clone(), made);
            json!({ "$ref": format!("#/definitions/{name}") })
        }
        // Ours are texts, UUIDs among them.
        _ => json!({ "type": "string" }),
    }
}
