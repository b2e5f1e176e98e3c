//! `docs/src/profiles-reference.md`: every key of a profile, from the JSON Schema that editors use,
//! which in turn comes from the types that read the file.

use super::page::root;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Write;

const HEAD: &str = "# Every key of a profile

*Made from [schemas/profile.schema.json](../../schemas/profile.schema.json) by a test
(`tests/it/docs/reference.rs`). To change a text, change the doc comment in `src/domain/profile`, then
see [for developers](developers.md#documents).*

A profile is a YAML file; [Writing a profile](profiles.md) says how to go about it. *Left out* says
what holds where the file does not give the key.
";

const DEFAULT_MAX: usize = 50;

/// What `profiles-reference.md` should say.
pub(super) fn of(schema: &Value) -> String {
    let mut page = HEAD.to_owned();
    let mut told = BTreeSet::new();
    let mut next = vec![("Profile".to_owned(), schema.clone())];
    while let Some((name, part)) = next.pop() {
        section(&mut page, &name, &part);
        // In the order in which a reader meets them, each once.
        let mut below = Vec::new();
        names(&part, &mut below);
        let fresh: Vec<String> =
            below.into_iter().filter(|name| told.insert(name.clone())).collect();
        let fresh = fresh.into_iter().rev();
        next.extend(fresh.map(|name| (name.clone(), schema["definitions"][&name].clone())));
    }
    page
}

/// The definitions that a part refers to, in order.
fn names(part: &Value, found: &mut Vec<String>) {
    match part {
        Value::Object(map) => {
            let reference = map.get("$ref").and_then(Value::as_str);
            found.extend(reference.and_then(|path| path.rsplit('/').next()).map(str::to_owned));
            let below = map.iter().filter(|(key, _)| *key != "definitions" && *key != "default");
            below.for_each(|(_, value)| names(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| names(value, found)),
        _ => {}
    }
}

fn section(page: &mut String, name: &str, part: &Value) {
    let _ = write!(page, "\n## {name}\n\n{}\n", described(part));
    let objects = [part].into_iter().chain(choices(part));
    for properties in objects.filter_map(|part| Some((part, part.get("properties")?.as_object()?)))
    {
        table(page, properties.0, properties.1);
    }
    let mut list = String::new();
    for choice in choices(part) {
        let values = match (choice.get("const"), choice.get("enum").and_then(Value::as_array)) {
            (Some(value), _) => vec![value],
            (None, Some(values)) => values.iter().collect(),
            (None, None) => continue,
        };
        let values: Vec<String> = values.iter().map(|value| code(value)).collect();
        let text = described(choice);
        let text = if text.is_empty() { text } else { format!(": {text}") };
        let _ = writeln!(list, "- {}{text}", values.join(", "));
    }
    if !list.is_empty() {
        let _ = write!(page, "\n{list}");
    }
    if let Some(values) = part.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().map(code).collect();
        let _ = writeln!(page, "\nOne of {}.", values.join(", "));
    }
}

fn choices(part: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["oneOf", "anyOf"].into_iter().filter_map(|key| part.get(key)?.as_array());
    lists.flatten()
}

fn table(page: &mut String, part: &Value, properties: &Map<String, Value>) {
    let required: Vec<&str> =
        part["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    page.push_str("\n| key | what it says | value | left out |\n| --- | --- | --- | --- |\n");
    for (key, value) in properties {
        let absent = match value.get("default") {
            _ if required.contains(&key.as_str()) => "must be there".to_owned(),
            Some(default) if default.is_null() => String::new(),
            // One that is long stands key by key in its own section.
            Some(default) if default.to_string().len() > DEFAULT_MAX => "its own".to_owned(),
            Some(default) => code(default),
            _ => String::new(),
        };
        let (text, kind) = (described(value), kind(value));
        let _ = writeln!(page, "| `{key}` | {text} | {kind} | {absent} |");
    }
}

fn described(part: &Value) -> String {
    let text = part["description"].as_str().unwrap_or_default();
    text.replace('\n', " ").replace('|', "\\|")
}

fn code(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("`{}`", text.replace('|', "\\|"))
}

/// What a value looks like.
fn kind(value: &Value) -> String {
    if let Some(path) = value["$ref"].as_str() {
        let name = path.rsplit('/').next().unwrap_or_default();
        return format!("[{name}](#{})", name.to_lowercase());
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        let Some(parts) = value[key].as_array() else { continue };
        let kinds = parts.iter().map(kind).filter(|kind| !kind.is_empty());
        return kinds.collect::<Vec<_>>().join(" or ");
    }
    let types = match &value["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one.as_str()],
        _ => Vec::new(),
    };
    let named = types.into_iter().filter(|name| *name != "null").map(|name| match name {
        "array" => format!("list of {}", kind(&value["items"])),
        "object" => match value.get("additionalProperties").filter(|more| more.is_object()) {
            Some(more) => format!("names with {}", kind(more)),
            None => keys(value),
        },
        "string" if value["format"] == "date" => "date".to_owned(),
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        other => other.to_owned(),
    });
    named.collect::<Vec<_>>().join(" or ")
}

fn keys(value: &Value) -> String {
    let keys = value["properties"].as_object().into_iter().flatten();
    let keys: Vec<String> = keys.map(|(key, value)| format!("`{key}`: {}", kind(value))).collect();
    keys.join(", ")
}

#[test]
fn the_reference_of_a_profile_is_made_from_its_schema() {
    let text = std::fs::read_to_string(root().join("schemas/profile.schema.json")).unwrap();
    let made = of(&serde_json::from_str(&text).unwrap());
    let file = root().join("docs/src/profiles-reference.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = made.lines().zip(written.lines()).find(|(made, written)| made != written);
    assert!(
        made == written,
        "docs/src/profiles-reference.md is not what the schema says ({differs:?}); write it anew: \
         UPDATE_DOCS=1 cargo test --test it docs"
    );
}
