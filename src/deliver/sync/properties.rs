//! The properties that our field maps write into a CRM, as definitions to create there.

use serde_json::{Value, json};

/// How a value looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The key that an account is found by again.
    Key,
    Text,
    /// More than a line.
    Long,
    Number,
    Instant,
}

use Form::{Instant, Key, Long, Number, Text};

/// Name after `buymode_`, label, form, and what it says.
const PROPERTIES: &[(&str, &str, Form, &str)] = &[
    ("account", "buymode account", Key, "The account's key, such as its domain."),
    ("decision", "buymode decision", Text, "The id of the last decision."),
    ("decided_at", "buymode decided at", Instant, "When it was decided."),
    (
        "kind",
        "buymode decision kind",
        Text,
        "entered, strengthened, exited, withdrawn, tier_changed or triaged.",
    ),
    ("stage", "buymode stage", Text, "dormant, warming, buying or cooling."),
    ("tier", "buymode tier", Text, "tier_1, tier_2, tier_3 or not_icp."),
    ("fit", "buymode fit", Number, "How well the company matches, 0 to 100."),
    ("intent", "buymode intent", Number, "How ready it is, in points."),
    ("priority", "buymode priority", Text, "urgent, high or normal."),
    ("segment", "buymode segment", Text, "The part of the market that fits best."),
    ("product", "buymode product", Text, "The product that all this is about."),
    ("reason", "buymode reason", Long, "What speaks for it, the strongest first."),
    ("exit_reason", "buymode exit reason", Text, "Why it left buying mode."),
    ("merged_into", "buymode merged into", Text, "The account that it is the same company as."),
    ("industry", "buymode industry", Text, "The business it is in."),
    ("employees", "buymode employees", Number, "People who work there, at least."),
    ("revenue_band", "buymode revenue", Text, "Yearly revenue in US dollars, a number or a band."),
    ("funding_stage", "buymode funding stage", Text, "How far its equity has come."),
    ("tools", "buymode tools", Long, "Tools that it uses."),
];

/// A task's property.
const TASK: (&str, &str) = ("buymode_decision", "The id that a task is found by again.");

/// The names that maps may write into companies, as HubSpot has them.
pub fn names() -> impl Iterator<Item = String> {
    PROPERTIES.iter().map(|(name, ..)| format!("buymode_{name}"))
}

/// As Salesforce writes a name: `buymode_fit` is `Buymode_Fit__c`.
pub fn salesforce_name(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        })
    });
    format!("{}__c", words.collect::<Vec<_>>().join("_"))
}

/// Requests that create the properties, in order.
///
/// Source: developers.hubspot.com, "Properties" (`/crm/properties/{version}/{objectType}/batch/create`).
pub fn hubspot(version: &str) -> Value {
    let property = |(name, label, form, what): &(&str, &str, Form, &str)| {
        let (kind, field) = match form {
            Key | Text => ("string", "text"),
            Long => ("string", "textarea"),
            Number => ("number", "number"),
            Instant => ("datetime", "date"),
        };
        json!({
            "name": format!("buymode_{name}"), "label": label, "description": what, "groupName": "buymode",
            "type": kind, "fieldType": field, "hasUniqueValue": *form == Key,
        })
    };
    let task = json!({
        "name": TASK.0, "label": "buymode decision", "description": TASK.1, "groupName": "taskinformation",
        "type": "string", "fieldType": "text", "hasUniqueValue": false,
    });
    let path = |rest: &str| format!("/crm/properties/{version}/{rest}");
    json!([
        { "method": "POST", "path": path("companies/groups"),
          "body": { "name": "buymode", "label": "buymode", "displayOrder": -1 } },
        { "method": "POST", "path": path("companies/batch/create"),
          "body": { "inputs": PROPERTIES.iter().map(property).collect::<Value>() } },
        { "method": "POST", "path": path("tasks/batch/create"), "body": { "inputs": [task] } },
    ])
}

/// The same for Salesforce's Tooling API.
///
/// Source: developer.salesforce.com, Tooling API, `CustomField` (`FullName`, `Metadata`).
pub fn salesforce(version: &str) -> Value {
    let path = format!("/services/data/{version}/tooling/sobjects/CustomField");
    let field = |object: &str, name: &str, label: &str, form: Form, what: &str| {
        let mut metadata = match form {
            Key => {
                json!({ "type": "Text", "length": 255, "externalId": true, "unique": true, "caseSensitive": false })
            }
            Text => json!({ "type": "Text", "length": 255 }),
            Long => json!({ "type": "LongTextArea", "length": 1000, "visibleLines": 3 }),
            Number => json!({ "type": "Number", "precision": 18, "scale": 0 }),
            Instant => json!({ "type": "DateTime" }),
        };
        metadata["label"] = json!(label);
        metadata["description"] = json!(what);
        let name = salesforce_name(&format!("buymode_{name}"));
        json!({ "method": "POST", "path": path, "body": { "FullName": format!("{object}.{name}"), "Metadata": metadata } })
    };
    let accounts = PROPERTIES
        .iter()
        .map(|(name, label, form, what)| field("Account", name, label, *form, what));
    let task = field("Activity", "decision", "buymode decision", Text, TASK.1);
    accounts.chain([task]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::tool::shipped;
    use std::collections::BTreeSet;

    #[test]
    fn each_property_that_a_map_writes_is_defined() {
        let ours: BTreeSet<String> = names().collect();
        let theirs: BTreeSet<String> = ours.iter().map(|name| salesforce_name(name)).collect();
        for (map, text) in shipped::all() {
            let (begins, known) = match map {
                "hubspot-company" | "hubspot-sync" => ("buymode_", &ours),
                "salesforce-account" | "salesforce-sync" => ("Buymode_", &theirs),
                _ => continue,
            };
            let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            // "buymode_…" of the description ends with the prefix.
            for word in words.filter(|word| word.starts_with(begins) && word.len() > begins.len()) {
                assert!(known.contains(word), "{map} writes {word}");
            }
        }
        assert_eq!(salesforce_name("buymode_exit_reason"), "Buymode_Exit_Reason__c");
        let hubspot = hubspot("2026-03");
        assert_eq!(hubspot[1]["body"]["inputs"].as_array().unwrap().len(), ours.len());
        assert_eq!(salesforce("v62.0").as_array().unwrap().len(), ours.len() + 1);
    }
}
