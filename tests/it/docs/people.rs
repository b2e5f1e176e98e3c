//! The page of people's data lists every text field of every schema, and none that no schema has.

use buymode::codec::schemas::Record;
use serde_json::Value;
use std::collections::BTreeSet;
use strum::IntoEnumIterator;

/// Texts and bytes of records, as `Record.field`; ids that are digests are none.
fn texts(schema: &Value, found: &mut BTreeSet<String>) -> bool {
    match schema {
        Value::String(name) => name == "string" || name == "bytes",
        Value::Array(union) => union.iter().filter(|one| texts(one, found)).count() > 0,
        Value::Object(of) => match of.get("type") {
            Some(Value::String(kind)) => match kind.as_str() {
                "array" => texts(&of["items"], found),
                "map" => texts(&of["values"], found),
                "record" => {
                    let name = of["name"].as_str().unwrap_or_default();
                    for field in of["fields"].as_array().into_iter().flatten() {
                        if texts(&field["type"], found) {
                            found.insert(format!("{name}.{}", field["name"].as_str().unwrap()));
                        }
                    }
                    false
                }
                "string" | "bytes" => of.get("logicalType").is_none_or(|it| it != "uuid"),
                _ => false,
            },
            Some(inner) => texts(inner, found),
            None => false,
        },
        _ => false,
    }
}

#[test]
fn should_list_every_text_field_of_every_schema() {
    let mut fields = BTreeSet::new();
    for record in Record::iter() {
        texts(&serde_json::from_str(record.json()).unwrap(), &mut fields);
    }
    assert!(fields.contains("Engagement.contact") && fields.len() > 200, "{fields:?}");
    let page = include_str!("../../../docs/src/people.md");
    let is_field = |word: &&str| {
        let parts: Vec<&str> = word.split('.').collect();
        let begins = word.chars().next().is_some_and(|c| c.is_ascii_uppercase());
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        parts.len() == 2 && begins && plain
    };
    let named: BTreeSet<String> =
        page.split('`').skip(1).step_by(2).filter(is_field).map(str::to_owned).collect();
    let missing: Vec<&String> = fields.difference(&named).collect();
    let stale: Vec<&String> = named.difference(&fields).collect();
    assert!(missing.is_empty(), "docs/src/people.md does not name {missing:?}");
    assert!(stale.is_empty(), "docs/src/people.md names fields that no schema has: {stale:?}");
}
