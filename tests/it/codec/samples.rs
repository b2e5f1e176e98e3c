//! Golden examples of every kind of decision, in each form that a subscriber may read, and the JSON Schemas that they
//! keep: `schemas/examples/decision`, `schemas/*.schema.json`. UPDATE_DOCS=1 writes them.

use buymode::codec::schemas::Record;
use buymode::codec::shape::json_schema;
use buymode::codec::{Codec, json, local};
use buymode::deliver::message::{flat, webhook};
use buymode::deliver::roster::RosterRead;
use buymode::deliver::{sample, trial};
use buymode::desk::action::{Action, CaseView, Notice, Recipient, Standing, What};
use buymode::desk::ids::{ActionId, CaseId, ThreadId};
use buymode::domain::account::decision::{Decision, DecisionKind};
use buymode::domain::account::ids::decision_id;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::time::Timestamp;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use strum::IntoEnumIterator;

const ROSTER: &str = "
zone: UTC
destinations:
  - { name: leads, routes: [ops], slack: { token: { env: SLACK }, channel: C0000001 } }
escalation: { channel: leads }
digest: { destination: leads }
";

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// Compares a file with what it should be, or writes it.
fn kept(path: &Path, expected: &[u8]) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, expected).unwrap();
    }
    let found = std::fs::read(path).unwrap_or_default();
    assert!(
        found == expected,
        "{}: use UPDATE_DOCS=1 cargo test --test it codec::samples",
        path.display()
    );
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(value).unwrap();
    text.push('\n');
    text.into_bytes()
}

fn webhook_of(decision: &Decision) -> Value {
    let roster = Arc::new(RosterRead::of(ROSTER).roster.unwrap());
    let view = CaseView {
        id: CaseId(decision.episode_id.unwrap_or(decision.id)),
        decision: Arc::new(decision.clone()),
        assignment: None,
        standing: Standing::Open,
        said: None,
        heard: 0,
        is_late: false,
        before: None,
    };
    let notice = Notice { roster, cases: vec![view] };
    let thread = ThreadId::of(CaseId(decision.id), &"program".into(), 0);
    let what = What::Post {
        destination: "program".into(),
        thread,
        to: Recipient::Place,
        notice: notice.clone(),
    };
    let at = Timestamp(decision.decided_at.0 + 1_000);
    let account = Some(decision.account.clone());
    webhook::body(&Action { id: ActionId::of(1), at, account, what }, &notice)
}

/// The body of a webhook: the decision's schema within the form of Standard Webhooks.
fn webhook_schema() -> Value {
    let decision = json_schema(Record::Decision);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The body of a webhook of buymode, version 1",
        "description": "In the form of Standard Webhooks 1.0. Fields may be added; a change of meaning makes another version.",
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": { "type": "string", "pattern": "^buymode\\.([a-z_]+\\.)?[a-z_]+$" },
            "timestamp": { "type": "string", "format": "date-time" },
            "data": { "anyOf": [cases(&decision["allOf"][0]), {
                "type": "object",
                "description": "Of `buymode deliver check --send-test`, type `buymode.test`: nothing has happened.",
                "required": ["text"],
                "properties": { "text": { "type": "string" } },
            }] },
        },
        "definitions": decision["definitions"],
    })
}

/// What `data` holds where something was decided.
fn cases(decision: &Value) -> Value {
    let assignment = json!({
        "type": "object",
        "required": ["person", "shown", "because"],
        "properties": {
            "person": { "type": "string", "description": "As the roster names them." },
            "shown": { "type": "string", "description": "Their name for people." },
            "because": { "type": "string", "description": "Why them, in a few words for people." },
        },
    });
    let said = json!({
        "type": "object",
        "description": "What a person has said to it.",
        "required": ["by", "at", "said"],
        "properties": {
            "by": { "type": "string", "description": "The person, as the roster names them." },
            "at": { "type": "string", "format": "date-time" },
            "said": { "type": "string", "description": "Their word, in the past tense." },
        },
    });
    json!({
        "type": "object",
        "required": ["cases"],
        "properties": { "cases": { "type": "array", "minItems": 1, "items": {
            "type": "object",
            "required": ["case", "decision", "assignment", "standing"],
            "properties": {
                "case": {
                    "type": "string",
                    "format": "uuid",
                    "description": "The same for all decisions about one episode; of an answer to a request, its decision's id.",
                },
                "decision": decision,
                "assignment": {
                    "description": "Who of the team takes care of it; null: no one was chosen, or not yet.",
                    "anyOf": [{ "type": "null" }, assignment],
                },
                "standing": {
                    "description": "open, ended (by this decision), or what a person has said; further words may come.",
                    "anyOf": [{ "type": "string", "examples": ["open", "ended"] }, said],
                },
            },
        } } },
    })
}

/// Of the flat object: each field's type follows from all that the samples have in it.
fn flat_schema() -> Value {
    let rows: Vec<Map<String, Value>> =
        DecisionKind::iter().map(|kind| row(&sample::decision(kind))).collect();
    let mut properties = Map::new();
    for name in rows[0].keys() {
        let mut types: Vec<&str> = rows.iter().map(|row| type_of(&row[name])).collect();
        // Text fields and ids may be unknown of an account.
        if !ALWAYS.contains(&name.as_str()) {
            types.push("null");
        }
        if types.iter().all(|one| *one == "null") {
            types.push("string");
        }
        types.sort_unstable();
        types.dedup();
        properties.insert(name.clone(), json!({ "type": types }));
    }
    properties.insert("schema_version".to_owned(), json!({ "const": flat::VERSION }));
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A decision as one flat object, version 1",
        "description": "Fields may be added under the same schema_version; one that changes its meaning, or goes, makes another.",
        "type": "object",
        "required": ALWAYS,
        "properties": properties,
    })
}

const ALWAYS: &[&str] = &[
    "schema_version",
    "test",
    "decision_id",
    "delivery_id",
    "kind",
    "stage",
    "origin",
    "decided_at",
    "account",
    "account_name",
    "product",
    "profile",
    "segment",
    "tier",
    "is_icp",
    "priority",
    "band",
    "fit",
    "intent",
    "route",
    "headline",
];

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        _ => panic!("{value} is not flat"),
    }
}

fn row(decision: &Decision) -> Map<String, Value> {
    flat::about(decision, &"sample".into())["row"].as_object().unwrap().clone()
}

#[test]
fn every_kind_of_decision_has_examples_that_keep_their_schemas() {
    let folder = schemas().join("examples/decision");
    let (flat, hook) = (flat_schema(), webhook_schema());
    let plain = json_schema(Record::Decision);
    kept(&schemas().join("flat.schema.json"), &pretty(&flat));
    kept(&schemas().join("webhook.schema.json"), &pretty(&hook));
    kept(&schemas().join("decision.schema.json"), &pretty(&plain));
    let validator = |schema: &Value| jsonschema::validator_for(schema).unwrap();
    let (flat, hook, plain) = (validator(&flat), validator(&hook), validator(&plain));
    for kind in DecisionKind::iter() {
        let decision = sample::decision(kind);
        let (as_json, as_hook) = (json::decision(&decision), webhook_of(&decision));
        let as_row = Value::Object(row(&decision));
        for (validator, value) in [(&plain, &as_json), (&hook, &as_hook), (&flat, &as_row)] {
            let flaws: Vec<String> = validator
                .iter_errors(value)
                .map(|e| format!("{e} at {}", e.instance_path))
                .collect();
            assert!(flaws.is_empty(), "{kind}: {flaws:?}");
        }
        kept(&folder.join(format!("{kind}.json")), &pretty(&as_json));
        kept(&folder.join(format!("{kind}.webhook.json")), &pretty(&as_hook));
        kept(&folder.join(format!("{kind}.flat.json")), &pretty(&as_row));
        // Avro: the datum alone, without the five bytes before it that name its schema.
        let mut value = Vec::new();
        let mut codec = Codec::local();
        codec.encode_decision("sequencer.ae", &decision, &mut value).unwrap();
        kept(&folder.join(format!("{kind}.avro")), &value[5..]);
        let mut read = vec![0];
        read.extend(local::id(Record::Decision).to_be_bytes());
        read.extend(std::fs::read(folder.join(format!("{kind}.avro"))).unwrap());
        assert_eq!(codec.decode_decision(&read).unwrap(), decision);
    }
}

#[test]
fn should_keep_the_webhooks_schema_in_a_test_message_and_refuse_one_without_data() {
    let validator = jsonschema::validator_for(&webhook_schema()).unwrap();
    let roster = "
zone: UTC
destinations:
  - { name: leads, routes: [ops], slack: { token: { env: SLACK }, channel: C0000001 } }
  - { name: hook, routes: [ops], webhook: { url: 'https://example.com', secret: { env: HOOK } } }
escalation: { channel: leads }
digest: { destination: leads }
";
    let roster = RosterRead::of(roster).roster.unwrap();
    let hook = &roster.destinations[&"hook".into()];
    let action = trial::action(&roster, ("hook", hook), None, Timestamp(0)).unwrap();
    let mut body: Value = serde_json::from_str(&action.body).unwrap();
    let flaws: Vec<String> = validator.iter_errors(&body).map(|e| e.to_string()).collect();
    assert!(flaws.is_empty(), "{flaws:?}");
    body["data"] = json!({});
    assert!(!validator.is_valid(&body));
}

#[test]
fn should_say_in_a_webhook_that_an_episode_has_ended() {
    for kind in DecisionKind::iter() {
        let body = webhook_of(&sample::decision(kind));
        let is_end = matches!(kind, DecisionKind::Exited | DecisionKind::Withdrawn);
        let standing = if is_end { "ended" } else { "open" };
        assert_eq!(body["data"]["cases"][0]["standing"], standing, "{kind}");
    }
}

/// As docs/src/subscribers.md gives the recipe.
#[test]
fn should_make_a_decisions_id_as_the_docs_say() {
    let page = include_str!("../../../docs/src/subscribers.md");
    let namespace = "3cddb822-730c-5c4c-a370-f3084610131e";
    let id = "324a9870-4d00-59fc-83c9-a9af4ed4501a";
    let named =
        r#"uuid5(UUID("3cddb822-730c-5c4c-a370-f3084610131e"), "tidegate.io\nsales-tool\n1")"#;
    assert!(page.contains(named) && page.contains(id), "{named}");
    let made = uuid::Uuid::new_v5(&namespace.parse().unwrap(), b"tidegate.io\nsales-tool\n1");
    assert_eq!(made.to_string(), id);
    let account = AccountKey::parse("tidegate.io").unwrap();
    assert_eq!(decision_id(&account, "sales-tool", 1), made);
}

#[test]
fn a_schema_refuses_a_decision_without_its_id() {
    let validator = jsonschema::validator_for(&json_schema(Record::Decision)).unwrap();
    let mut value = json::decision(&sample::decision(DecisionKind::Entered));
    assert!(validator.is_valid(&value));
    value.as_object_mut().unwrap().remove("id");
    assert!(!validator.is_valid(&value));
}
