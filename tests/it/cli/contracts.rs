//! `buymode schema`: the documents in `schemas/` are what the program prints, and say what it does.
//! `tests/independent/contracts/check` has the parsers of AsyncAPI and OpenAPI read them.

use super::ok;
use apache_avro::Schema;
use apache_avro::types::Value as Avro;
use buymode::config::Config;
use buymode::engine::topics::Topics;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

const SETTINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/buymode.yaml");

/// What the command prints, which is what the file holds.
fn document(name: &str) -> Value {
    let text = ok(&["schema", name]);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{name}.json"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let command = format!("buymode schema {name} > schemas/{name}.json");
    assert!(text == written, "the file is not what the program prints; use {command}");
    let made = serde_json::from_str(&text).unwrap();
    leads_somewhere(&made, &made);
    made
}

/// Every reference is to a part of the document itself.
fn leads_somewhere(part: &Value, whole: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get("$ref") {
                let place = to.strip_prefix('#').and_then(|place| whole.pointer(place));
                assert!(place.is_some(), "nothing is at {to}");
            }
            fields.values().for_each(|field| leads_somewhere(field, whole));
        }
        Value::Array(items) => items.iter().for_each(|item| leads_somewhere(item, whole)),
        _ => {}
    }
}

fn keys(of: &Value) -> BTreeSet<String> {
    of.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_topic_is_in_the_document_with_schemas_and_examples_that_avro_takes() {
    let made = document("asyncapi");
    let routes = BTreeSet::from(["{route}".into()]);
    let topics = Topics::with_prefix("");
    let specs = topics.specs(24, false, &routes).into_iter().chain(topics.desk_specs(6));
    let names = specs.map(|spec| spec.name.replace(['{', '}'], ""));
    // What `deliver sync` makes where it is used.
    let names: BTreeSet<String> = names.chain(["buymode.sync".to_owned()]).collect();
    assert_eq!(keys(&made["channels"]), names);
    let mut examples = 0;
    for message in made["components"]["messages"].as_object().unwrap().values() {
        let schema = Schema::parse_str(&message["payload"]["schema"].to_string()).unwrap();
        for example in message["examples"].as_array().into_iter().flatten() {
            let value = Avro::try_from(example["payload"].clone()).unwrap();
            let read = value.resolve(&schema);
            assert!(read.is_ok(), "{}: {read:?}", message["name"]);
            examples += 1;
        }
    }
    assert_eq!(examples, 11, "ten records that others write, and the decision");
    // Each process reads and writes what its rights say.
    let operations = keys(&made["operations"]);
    for named in [
        "run-send-sequencer.route",
        "deliver-receive-sequencer.route",
        "ingest-send-buymode.inputs",
    ] {
        assert!(operations.contains(named), "{named}: {operations:?}");
    }
    assert!(!operations.contains("ingest-send-sequencer.route"));
}

#[test]
fn with_settings_the_document_names_their_topics_and_brokers_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("buymode.yaml");
    let text = std::fs::read_to_string(SETTINGS).unwrap();
    let profile = super::EXAMPLE;
    let text = text
        .replace("prefix: \"\"", "prefix: staging.")
        .replace("bootstrap: localhost:9092", "bootstrap: a.example:9092, b.example:9092")
        .replace("profile: profiles/example.yaml", &format!("profile: {profile}"))
        + "\nschema_registry: { url: \"http://ana:s3cret@registry.example:8081/ccompat?key=s3cret\" }\n";
    std::fs::write(&file, text).unwrap();
    let printed = ok(&["schema", "asyncapi", "--config", file.to_str().unwrap()]);
    assert!(!printed.contains("s3cret"), "{printed}");
    let made: Value = serde_json::from_str(&printed).unwrap();
    let hosts: Vec<&Value> =
        made["servers"].as_object().unwrap().values().map(|s| &s["host"]).collect();
    assert_eq!(hosts, ["a.example:9092", "b.example:9092"]);
    let registry = &made["servers"]["kafka-1"]["bindings"]["kafka"]["schemaRegistryUrl"];
    assert_eq!(registry, "http://registry.example:8081/ccompat");
    let channels = keys(&made["channels"]);
    assert!(channels.iter().all(|name| name.starts_with("staging.")), "{channels:?}");
    assert!(channels.contains("staging.sequencer.digest") && !printed.contains("{route}"));
    let partitions = &made["channels"]["staging.buymode.inputs"]["bindings"]["kafka"]["partitions"];
    assert_eq!(partitions, Config::default().topics.partitions.get());
}

#[test]
fn every_address_is_in_the_document_with_examples_that_keep_its_schemas() {
    let made = document("openapi");
    let expected = [
        "/livez",
        "/metrics",
        "/readyz",
        "/slack/actions",
        "/slack/commands",
        "/slack/events",
        "/v1/accounts/{account}",
        "/v1/ingest/{source}",
        "/words/{token}",
    ];
    assert_eq!(keys(&made["paths"]), expected.map(str::to_owned).into());
    let livez = made["paths"]["/livez"]["servers"].as_array().unwrap();
    assert_eq!(livez.len(), 2, "run and ingest both have it: {livez:?}");
    let answers = keys(&made["paths"]["/v1/ingest/{source}"]["post"]["responses"]);
    let statuses =
        ["200", "202", "400", "401", "403", "404", "405", "408", "413", "415", "429", "503"];
    assert_eq!(answers, statuses.map(str::to_owned).into());
    let schemes = &made["components"]["securitySchemes"];
    assert_eq!(schemes["github"]["name"], "x-hub-signature-256");
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
    let mut examples = 0;
    check(&made, &made["components"]["schemas"], &mut examples);
    assert_eq!(examples, 3, "a row, the answer to it, and the webhook");
}

/// Every example keeps the schema beside it, whose references lead somewhere.
fn check(part: &Value, schemas: &Value, examples: &mut usize) {
    if let (Some(schema), Some(example)) = (part.get("schema"), part.get("example"))
        && part.get("in").is_none()
    {
        let mut schema = schema.clone();
        schema["components"] = serde_json::json!({ "schemas": schemas });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let flaws: Vec<String> = validator.iter_errors(example).map(|e| e.to_string()).collect();
        assert!(flaws.is_empty(), "{example}: {flaws:?}");
        *examples += 1;
    }
    match part {
        Value::Object(fields) => fields.values().for_each(|field| check(field, schemas, examples)),
        Value::Array(items) => items.iter().for_each(|item| check(item, schemas, examples)),
        _ => {}
    }
}
