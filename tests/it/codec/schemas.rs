//! Compatibility is promised from the first release on: from then on old readers and new writers
//! understand each other, both ways. Until `schemas/released/` holds a release, any change is free.

use apache_avro::Schema;
use apache_avro::schema_compatibility::SchemaCompatibility;
use buymode::codec::local::{LOCAL, RELEASED};
use buymode::codec::schemas::Record;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use strum::IntoEnumIterator;

/// A schema of a release: its version, the record, the text.
type Released = (String, Record, String);

/// What lies in `schemas/released/VERSION/RECORD.avsc`.
fn released() -> Vec<Released> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/released");
    let mut found = Vec::new();
    for version in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        for file in std::fs::read_dir(version.path()).unwrap().map(|file| file.unwrap().path()) {
            let name = file.file_stem().unwrap().to_string_lossy().parse();
            let record = name.unwrap_or_else(|_| panic!("{} is of no record", file.display()));
            let text = std::fs::read_to_string(&file).unwrap();
            found.push((version.file_name().to_string_lossy().into_owned(), record, text));
        }
    }
    found.sort();
    found
}

/// What breaks the promise. `kept`: the texts of former schemas that the binary carries.
fn breaches(released: &[Released], kept: &[(Record, &str)]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (version, record, text) in released {
        let schema = |text: &str| Schema::parse_str(text).unwrap();
        let (former, present) = (schema(text), schema(record.json()));
        if let Err(why) = SchemaCompatibility::mutual_read(&present, &former) {
            breaches.push(format!("schemas/{record}.avsc breaks with release {version}: {why}"));
        }
        let differs = former.canonical_form() != present.canonical_form();
        if differs && !kept.iter().any(|(of, kept)| of == record && kept == text) {
            breaches.push(format!(
                "schemas/{record}.avsc differs from release {version}: add to RELEASED in \
                 src/codec/local.rs: (Record::..., include_str!(\
                 \"../../schemas/released/{version}/{record}.avsc\"))"
            ));
        }
    }
    breaches
}

#[test]
fn should_stay_compatible_with_every_release() {
    let released = released();
    assert_eq!(breaches(&released, RELEASED), Vec::<String>::new());
    let is_first = env!("CARGO_PKG_VERSION") == "0.1.0";
    assert!(
        is_first || !released.is_empty(),
        "0.1.0 is past: copy the schemas that it was released with to schemas/released/0.1.0/"
    );
}

#[test]
fn should_notice_a_breach_of_compatibility() {
    let tick = Record::Tick.json();
    let release = |text: &str| [("0.1.0".to_owned(), Record::Tick, text.to_owned())];
    assert_eq!(breaches(&release(tick), &[]), Vec::<String>::new());
    let with = |field: &str| tick.replacen("\"fields\": [", &format!("\"fields\": [{field},"), 1);
    // A field that is gone since, with a default: compatible, if its schema is kept.
    let soft = with(r#"{"name": "may", "type": "string", "default": ""}"#);
    let [unlisted] = &breaches(&release(&soft), &[])[..] else { panic!("one breach") };
    assert!(unlisted.contains("schemas/released/0.1.0/tick.avsc"), "{unlisted}");
    assert_eq!(breaches(&release(&soft), &[(Record::Tick, &soft)]), Vec::<String>::new());
    // One without: a reader of that release would miss it.
    let hard = with(r#"{"name": "must", "type": "string"}"#);
    let [broken] = &breaches(&release(&hard), &[(Record::Tick, &hard)])[..] else {
        panic!("one breach")
    };
    assert!(broken.contains("breaks with release 0.1.0"), "{broken}");
}

#[test]
fn should_give_every_schema_an_id_of_its_own() {
    let ids: BTreeSet<u32> = LOCAL.iter().map(|local| local.id).collect();
    assert_eq!(ids.len(), Record::iter().count() + RELEASED.len());
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
