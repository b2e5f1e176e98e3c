//! Fields that mean the same wherever they are, and have no description of their own.

use serde_json::{Map, Value, json};

const WORDS: &[(&str, &str)] = &[
    ("account", "The account: a domain, or a typed key such as `crunchbase:acme`."),
    ("account_count", "How many accounts."),
    ("arm", "The arm's name."),
    ("attribute", "The attribute, as profiles name it."),
    ("closed_count", "Deals that were won or lost."),
    ("column", "The column of the file."),
    ("companies", "How many companies."),
    ("deal_count", "How many deals."),
    ("destination", "The destination, by its name in the roster."),
    ("family_count", "How many company families."),
    ("figure", "The figure's name."),
    ("file", "The file."),
    ("id", "The decision's id."),
    ("name", "The name, for people."),
    ("offset", "The record's offset in its partition."),
    ("owner", "Who owns the account, as the CRM names them."),
    ("partition", "The partition's number, from 0 on."),
    ("partitions", "How many partitions."),
    ("person", "The person, by their short name in the roster."),
    ("priority", "How soon to act."),
    ("product", "The product, as its profile names it."),
    ("profile", "The profile's name."),
    ("profile_version", "The profile's version: a digest of its text."),
    ("published_by", "Who published it."),
    ("reason", "The reason, in the words that were given."),
    ("route", "The route, as the profile names it."),
    ("row", "The row's number, from 1 on."),
    ("rule", "The rule's name in the profile."),
    ("seed", "What chance follows from: the same one gives the same figures."),
    ("segment", "The segment of the profile; `primary` where none of its own applies."),
    ("source", "The source."),
    ("stage", "How far the account is."),
    ("tier", "How well the company fits."),
    ("topic", "The topic's name."),
    ("why", "Why, for people."),
];

/// Describes the fields that are not, and lets every object have more fields: later versions may add some.
pub(super) fn told(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
                fields.shift_remove("additionalProperties");
            }
            let has_own = !is_map(fields);
            for (key, part) in fields {
                match (key.as_str(), part) {
                    ("properties", Value::Object(parts)) => {
                        for (name, part) in parts {
                            if has_own {
                                describe(name, part);
                            }
                            told(part);
                        }
                    }
                    // Lines of a comment in the code.
                    ("description", Value::String(said)) => *said = said.replace('\n', " "),
                    (_, part) => told(part),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(told),
        _ => {}
    }
}

/// Whether the names are those of a list, such as tiers: none has to be there, and all are of one form.
fn is_map(schema: &Map<String, Value>) -> bool {
    let parts = schema.get("properties").and_then(Value::as_object);
    let parts: Vec<&Value> = parts.into_iter().flatten().map(|(_, part)| part).collect();
    parts.len() > 1 && !schema.contains_key("required") && parts.iter().all(|p| *p == parts[0])
}

fn describe(name: &str, schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    let is_one_value = fields.get("type").is_none_or(|of| of != "object");
    let word = WORDS.iter().find(|(known, _)| is_one_value && *known == name);
    if let (Some((_, said)), false) = (word, fields.contains_key("description")) {
        fields.insert("description".to_owned(), json!(said));
    }
}
