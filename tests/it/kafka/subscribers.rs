//! What who subscribes meets: topics that every client can read, and schemas in the registry before
//! the first record.

use crate::cli::{buymode, ok};
use crate::codec::registry::{compare, register};
use crate::support::{self, Address};
use schema_registry_converter::blocking::schema_registry::{SrSettings, get_all_subjects};
use serde_json::Value;

#[test]
fn topics_create_registers_every_schema_and_routes_are_compressed_for_every_client() {
    let (Some(kafka), Some(registry)) = (support::kafka(), support::registry()) else { return };
    let prefix = format!("s{}.", uuid::Uuid::new_v4().simple());
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("buymode.yaml");
    let text = format!(
        "kafka: {{ bootstrap: \"{}\" }}\ntopics: {{ prefix: {prefix}, partitions: 1 }}\n\
         schema_registry: {{ url: \"{}\" }}\nprofile: {}/deploy/profiles/starter.yaml\n",
        kafka.bootstrap(),
        registry.url,
        env!("CARGO_MANIFEST_DIR"),
    );
    std::fs::write(&config, text).unwrap();
    let config = config.to_str().unwrap();

    let said: Value =
        serde_json::from_str(&ok(&["topics", "create", "--config", config, "--json"])).unwrap();
    let subjects = get_all_subjects(&SrSettings::new(registry.url.clone())).unwrap();
    let ours: Vec<&String> = subjects.iter().filter(|name| name.starts_with(&prefix)).collect();
    assert_eq!(said["registered"], ours.len());
    for subject in [
        "sequencer.sdr-buymode.Decision",
        "sequencer.digest-buymode.Decision",
        "signals.funding-buymode.Funding",
        "signals.funding-buymode.Retraction",
        "companies-buymode.Company",
        "suppressions-buymode.Suppression",
        "outcomes-buymode.SalesOutcome",
        "buymode.inputs-buymode.Tick",
        "buymode.dead-letters-buymode.DeadLetter",
    ] {
        assert!(ours.iter().any(|name| **name == format!("{prefix}{subject}")), "{subject}");
    }

    let described = ok(&["topics", "describe", "--config", config, "--json"]);
    let topics: Vec<Value> = serde_json::from_str(&described).unwrap();
    for topic in &topics {
        let name = topic["topic"].as_str().unwrap();
        let expected = if name.contains("sequencer.") { "gzip" } else { "producer" };
        assert_eq!(topic["found"]["compression"], expected, "{name}");
    }

    // A subject that another program holds with an incompatible schema is found here.
    let other = format!("t{}.", uuid::Uuid::new_v4().simple());
    let foreign = r#"{"type": "record", "name": "Decision", "namespace": "buymode", "fields": [
        {"name": "score", "type": "int"}]}"#;
    let subject = format!("{other}sequencer.sdr-buymode.Decision");
    register(&registry.url, &subject, foreign);
    assert!(compare(&registry.url, &subject).status.success());
    let changed = std::fs::read_to_string(config).unwrap().replace(&prefix, &other);
    std::fs::write(config, changed).unwrap();
    let refused = buymode(&["topics", "create", "--config", config]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains(&subject), "{refused:?}");
}
