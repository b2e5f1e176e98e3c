//! What the binary prints with `--json` is held against its command's schema, wherever a test calls it: each line, and
//! with every object closed, so that no field is printed that the schema does not describe. The published schemas stay
//! open: later versions may add fields.

use jsonschema::Validator;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What a definition is called whose fields stand beside others: only all of them together are closed.
const OPEN: &str = "open:";

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/answers")
}

/// The file with the schema of a command.
pub(crate) fn file(command: &str) -> PathBuf {
    folder().join(format!("{}.schema.json", command.replace(' ', "-")))
}

/// The words of the command among the arguments of a call.
fn command(args: &[&str]) -> String {
    let mut at = &buymode::cli::command();
    let mut words = Vec::new();
    for arg in args {
        let Some(next) = at.find_subcommand(arg) else { break };
        words.push(next.get_name());
        at = next;
    }
    words.join(" ")
}

/// Fails where a call printed JSON that its schema does not describe.
pub(crate) fn check(args: &[&str], stdout: &str) {
    let command = command(args);
    // `decisions` prints JSON wherever no person looks.
    if !args.contains(&"--json") && command != "decisions" {
        return;
    }
    for value in serde_json::Deserializer::from_str(stdout).into_iter::<Value>() {
        let value = value.unwrap_or_else(|e| panic!("{args:?}: {e}: {stdout}"));
        let found = complaints(&command, &value);
        assert!(found.is_empty(), "`buymode {command} --json` and its schema: {found:#?}");
    }
}

fn complaints(command: &str, answer: &Value) -> Vec<String> {
    let schema = closed_schema(command);
    let short = |text: String| text.chars().take(400).collect::<String>();
    let errors = schema.iter_errors(answer).take(5);
    errors.map(|e| short(format!("{} {e}", e.instance_path))).collect()
}

fn closed_schema(command: &str) -> Arc<Validator> {
    static READ: Mutex<Option<HashMap<String, Arc<Validator>>>> = Mutex::new(None);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let all = read.get_or_insert_default();
    let made = all.entry(command.to_owned()).or_insert_with(|| {
        let file = file(command);
        let text = std::fs::read_to_string(&file);
        let text = text.unwrap_or_else(|e| {
            panic!("`buymode {command} --json` has no schema: {}: {e}", file.display())
        });
        let schema = closed(&serde_json::from_str(&text).expect("a schema is JSON"));
        let validator = jsonschema::options().should_validate_formats(true).build(&schema);
        Arc::new(validator.unwrap_or_else(|e| panic!("{}: {e}", file.display())))
    });
    made.clone()
}

/// The schema, with no room for further fields.
fn closed(schema: &Value) -> Value {
    let mut whole = schema.as_object().expect("a schema is an object").clone();
    let definitions = whole.remove("$defs");
    let mut whole = close(&Value::Object(whole), false);
    let mut all = Map::new();
    for (name, definition) in definitions.as_ref().and_then(Value::as_object).into_iter().flatten()
    {
        all.insert(name.clone(), close(definition, false));
        all.insert(format!("{OPEN}{name}"), close(definition, true));
    }
    whole["$defs"] = Value::Object(all);
    whole
}

/// `beside`: its fields stand beside those of the schema around it, which is closed itself.
fn close(schema: &Value, beside: bool) -> Value {
    let Value::Object(fields) = schema else { return schema.clone() };
    let has_fields = fields.contains_key("properties");
    let mut made = Map::new();
    for (key, part) in fields {
        let is_beside = beside || has_fields;
        let part = match (key.as_str(), part) {
            ("anyOf" | "oneOf" | "allOf", Value::Array(parts)) => {
                parts.iter().map(|part| close(part, is_beside)).collect()
            }
            ("properties" | "patternProperties", Value::Object(parts)) => {
                let parts = parts.iter().map(|(name, part)| (name.clone(), close(part, false)));
                Value::Object(parts.collect())
            }
            ("prefixItems", Value::Array(parts)) => {
                parts.iter().map(|part| close(part, false)).collect()
            }
            ("items" | "additionalProperties", part) => close(part, false),
            ("$ref", Value::String(to)) if is_beside => {
                to.replacen("#/$defs/", &format!("#/$defs/{OPEN}"), 1).into()
            }
            (_, part) => part.clone(),
        };
        made.insert(key.clone(), part);
    }
    if has_fields && !beside {
        made.insert("unevaluatedProperties".to_owned(), false.into());
    }
    Value::Object(made)
}

#[test]
fn a_field_that_is_not_described_is_found_at_every_depth() {
    let schema = closed(&serde_json::json!({
        "type": "object",
        "properties": { "a": { "type": "object", "properties": { "b": { "type": "integer" } } } },
        "anyOf": [{ "$ref": "#/$defs/One" }, { "properties": { "d": true }, "required": ["d"] }],
        "$defs": { "One": { "properties": { "c": true }, "required": ["c"] } },
    }));
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (answer, is_fine) in [
        (serde_json::json!({ "a": { "b": 1 }, "c": 2 }), true),
        (serde_json::json!({ "d": 2 }), true),
        (serde_json::json!({ "a": { "b": 1, "x": 1 }, "c": 2 }), false),
        (serde_json::json!({ "c": 2, "x": 1 }), false),
        (serde_json::json!({ "a": {} }), false),
    ] {
        assert_eq!(schema.is_valid(&answer), is_fine, "{answer}");
    }
}
