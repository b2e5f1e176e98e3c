//! Our records' form in JSON as a JSON Schema, made of their Avro schemas: for programs that read `--json` and webhooks.

use super::schemas::Record;
use apache_avro::Schema;
use serde_json::{Map, Value, json};

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
                if let (Some(doc), Some(object)) = (&field.doc, made.as_object_mut()) {
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
