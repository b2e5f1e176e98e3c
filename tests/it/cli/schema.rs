//! The JSON Schema of a profile says what the program reads: editors complete and check with it.

use buymode::admin::profiles::file::compile;
use serde_json::Value;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn schema() -> jsonschema::Validator {
    let text = super::ok(&["icp", "schema"]);
    let written = std::fs::read_to_string(root().join("schemas/profile.schema.json")).unwrap();
    assert_eq!(text, written, "write it anew: buymode icp schema > schemas/profile.schema.json");
    jsonschema::draft7::new(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn complaints(schema: &jsonschema::Validator, yaml: &str) -> Vec<String> {
    let value: Value = serde_saphyr::from_str(yaml).unwrap();
    schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path)).collect()
}

#[test]
fn every_shipped_profile_is_valid_and_names_the_schema_in_its_first_line() {
    let schema = schema();
    let folder = root().join("deploy/profiles");
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut seen = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let first = text.lines().next().unwrap();
        let named = first.strip_prefix("# yaml-language-server: $schema=").unwrap();
        assert!(folder.join(named).exists(), "{}: {named}", file.display());
        assert_eq!(complaints(&schema, &text), Vec::<String>::new(), "{}", file.display());
        let carried = compile(&file).unwrap();
        assert_eq!(carried.text, text);
        // Written anew from what it says, too.
        let anew = serde_json::to_string(&carried.profile).unwrap();
        assert_eq!(complaints(&schema, &anew), Vec::<String>::new(), "{}", file.display());
        seen += 1;
    }
    assert_eq!(seen, 9);
}

#[test]
fn the_schema_refuses_what_the_program_cannot_read() {
    let schema = schema();
    let sound = include_str!("sound.yaml");
    assert_eq!(complaints(&schema, sound), Vec::<String>::new());
    for (from, to) in [
        ("weight: 40", "wieght: 40"),
        ("weight: 40", "weight: 40%"),
        ("{ employees: { min: 50", "{ employes: { min: 50"),
        ("employees: { min: 50, max: 1000 }", "employees: 200-2000"),
        ("functions: [sales]", "functions: [sails]"),
        ("functions: [sales]", "functions: sales"),
        ("min: series_a, max", "min: series_z, max"),
        ("window_days: 180", "window_days: -180"),
        ("min_amount_usd: 4M", "min_amount_usd: 4 million"),
        ("industry: [saas, fintech]", "industry: []"),
        ("  pain: the pipeline is guessed\n", ""),
        ("caps: { hiring: 50 }", "caps: { jobs: 50 }"),
    ] {
        assert!(sound.contains(from), "{from}");
        let said = complaints(&schema, &sound.replacen(from, to, 1));
        assert!(!said.is_empty(), "{to:?} passes");
    }
}

/// What an editor shows beside a key.
#[test]
fn every_key_is_described() {
    let text = std::fs::read_to_string(root().join("schemas/profile.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let mut bare = Vec::new();
    let defined = schema["definitions"].as_object().unwrap();
    for (name, part) in defined.iter().chain([(&"Profile".to_owned(), &schema)]) {
        for (key, value) in part["properties"].as_object().into_iter().flatten() {
            if value.get("description").is_none() {
                bare.push(format!("{name}.{key}"));
            }
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}
