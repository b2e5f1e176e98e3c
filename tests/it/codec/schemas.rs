//! Schemas stay readable: whoever changes one keeps the former version, and old readers and new
//! writers understand each other, both ways.

use apache_avro::Schema;
use apache_avro::schema_compatibility::SchemaCompatibility;
use buymode::codec::schemas::{Record, VERSIONS};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use strum::IntoEnumIterator;

/// Lines of `versions.tsv`: id, record, version, digest.
fn lines() -> Vec<(u32, Record, u32, String)> {
    let text = include_str!("../../../schemas/versions.tsv");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let number = |at: usize| cells[at].parse::<u32>().unwrap();
            (number(0), cells[1].parse().unwrap(), number(2), cells[3].to_owned())
        })
        .collect()
}

/// The digest of what a schema means: without docs, in the order of the file.
fn digest(json: &str) -> String {
    fn without_docs(value: Value) -> Value {
        match value {
            Value::Object(fields) => {
                let kept =
                    fields.into_iter().filter(|(key, value)| key != "doc" || !value.is_string());
                Value::Object(kept.map(|(key, value)| (key, without_docs(value))).collect())
            }
            Value::Array(all) => Value::Array(all.into_iter().map(without_docs).collect()),
            other => other,
        }
    }
    let meaning = without_docs(serde_json::from_str(json).unwrap()).to_string();
    Sha256::digest(meaning.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn should_keep_every_version_under_its_id() {
    let lines = lines();
    assert_eq!(lines.len(), VERSIONS.len(), "every line of versions.tsv is read");
    for (at, (id, record, number, listed)) in lines.iter().enumerate() {
        assert_eq!(*id as usize, at + 1, "ids count on");
        let former = lines[..at].iter().filter(|line| line.1 == *record).count();
        assert_eq!(*number as usize, former + 1, "{record}: versions count on");
        let version = VERSIONS[at];
        let json = version.earlier.unwrap_or(record.json());
        let now = digest(json);
        assert_eq!(
            now,
            *listed,
            "schemas/{record}.avsc has changed: keep the former one as \
             schemas/earlier/{record}.{number}.avsc, list it in EARLIER in src/codec/schemas.rs, \
             and add a line to schemas/versions.tsv: {}\t{record}\t{}\t{now}",
            lines.len() + 1,
            number + 1,
        );
        let is_last = lines[at + 1..].iter().all(|line| line.1 != *record);
        assert_eq!(version.earlier.is_none(), is_last, "{record} {number}: earlier or present?");
    }
    for record in Record::iter() {
        assert!(lines.iter().any(|line| line.1 == record), "{record} has no version");
    }
}

#[test]
fn should_ship_every_earlier_version_that_is_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/earlier");
    let kept = std::fs::read_dir(folder).map(|entries| entries.count()).unwrap_or(0);
    assert_eq!(VERSIONS.iter().filter(|version| version.earlier.is_some()).count(), kept);
}

/// Compatible both ways with every earlier version: FULL_TRANSITIVE.
#[test]
fn should_understand_earlier_versions_and_be_understood() {
    for version in VERSIONS.iter() {
        let present = Schema::parse_str(version.record.json()).unwrap();
        let other = Schema::parse_str(version.earlier.unwrap_or(version.record.json())).unwrap();
        let answer = SchemaCompatibility::mutual_read(&present, &other);
        assert!(answer.is_ok(), "{} {}: {answer:?}", version.record, version.number);
    }
}

#[test]
fn should_notice_a_breach_of_compatibility() {
    let present = Schema::parse_str(Record::Tick.json()).unwrap();
    let broken = Record::Tick
        .json()
        .replace("\"default\": \"unknown\"", "\"aliases\": []")
        .replacen("\"fields\": [", "\"fields\": [{\"name\": \"must\", \"type\": \"string\"},", 1);
    let broken = Schema::parse_str(&broken).unwrap();
    assert!(SchemaCompatibility::mutual_read(&present, &broken).is_err());
}

#[test]
fn should_say_what_every_field_means() {
    fn check(value: &Value, record: Record) {
        for field in value["fields"].as_array().into_iter().flatten() {
            assert!(field["doc"].is_string(), "{record}: {} has no doc", field["name"]);
            let nullable = field["type"].as_array().is_some_and(|union| union[0] == "null");
            let has_default = field.get("default").is_some();
            assert!(!nullable || has_default, "{record}: {} needs a default", field["name"]);
        }
        match value {
            Value::Array(all) => all.iter().for_each(|value| check(value, record)),
            Value::Object(all) => all.values().for_each(|value| check(value, record)),
            _ => {}
        }
    }
    for record in Record::iter() {
        check(&serde_json::from_str(record.json()).unwrap(), record);
    }
}

/// Each file stands alone, so some types are written in several: they must not drift apart.
#[test]
fn should_mean_the_same_by_the_same_name() {
    fn collect(value: &Value, record: Record, found: &mut BTreeMap<String, (Record, Value)>) {
        if value["type"].is_string() && value["symbols"].is_array() || value["fields"].is_array() {
            let name = value["name"].as_str().unwrap().to_owned();
            let mut flat = value.clone();
            inline(&mut flat);
            let (first, known) = found.entry(name.clone()).or_insert((record, flat.clone()));
            assert_eq!(*known, flat, "{name} differs between {first} and {record}");
        }
        match value {
            Value::Array(all) => all.iter().for_each(|value| collect(value, record, found)),
            Value::Object(all) => all.values().for_each(|value| collect(value, record, found)),
            _ => {}
        }
    }
    /// A type defined inside is as good as its name.
    fn inline(value: &mut Value) {
        let fields = value["fields"].as_array_mut().into_iter().flatten();
        for field in fields {
            names(&mut field["type"]);
        }
    }
    fn names(value: &mut Value) {
        let name = value.get("name").cloned();
        match (name, value) {
            (Some(name), value) => *value = name,
            (None, Value::Array(all)) => all.iter_mut().for_each(names),
            (None, Value::Object(all)) => all.values_mut().for_each(names),
            _ => {}
        }
    }
    let mut found = BTreeMap::new();
    for record in Record::iter() {
        collect(&serde_json::from_str(record.json()).unwrap(), record, &mut found);
    }
    assert!(found.len() > 40, "types were found");
}
