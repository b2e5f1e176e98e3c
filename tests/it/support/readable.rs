//! JSON that people's scripts read: no number needs a guess about its unit, and no time is a number.

use buymode::domain::profile::Priority;
use chrono::{DateTime, NaiveDate};
use serde_json::Value;

/// A number's unit is the end of its name.
const UNITS: &[&str] = &[
    "_millipoints",
    "_percent",
    "_ppm",
    "_basis_points",
    "permille",
    "_days",
    "_months",
    "_seconds",
    "_per_second",
    "_ms",
    "_usd",
    "_bytes",
    "_count",
    "_companies",
    "_records",
    // From 0 to 1, and any ratio of two numbers of one unit.
    "_share",
    "_ratio",
    // A probability of a test.
    "_p",
];

/// Names of numbers without a unit: how many of what the name says, a place in a list, or a number
/// that is a name.
const PLAIN: &[&str] = &[
    // Where a record lies, and which one of several it is.
    "listed",
    "found",
    "partition",
    "input_partition",
    "input_offset",
    "written_partition",
    "written_offset",
    "reflects_offset",
    "offset",
    "partitions",
    "sequence",
    "entered",
    "activation",
    "rules_version",
    "company_version",
    "version",
    "applied",
    "enrich_asked",
    "row",
    "line",
    "column",
    "seed",
    "salt",
    // Whole points of a rule and of a criterion, as a profile gives them, and the one that scores.
    "points",
    "weight",
    "confidence",
    "millipoints",
    // Both ends of a company's number; the attribute beside them names the unit.
    "low",
    "high",
    "people",
    "total",
    "departments",
    // Of a figure whose unit is named beside it, in the file's own currency where it is money.
    "value",
    "from_points",
    "to_points",
    "amount",
    "spend",
    "per_won",
    "per_mql",
    "came_amount",
    "claimed_before",
    "claimed_after",
    // Counts of records.
    "inputs",
    "decisions",
    "states",
    "dead_letters",
    "differences",
    "no_longer_held",
    "tests",
    "before_snapshot",
    "outside_inputs",
    "of_erased",
    // Decisions that are not sent once more, by why.
    "there",
    "under_way",
    "held_out",
    "misplaced",
    // People of a copied desk.
    "enrolled",
    "opted_out",
    "copied",
    "signals",
    "consumed",
    "blocked",
    "warnings_total",
    "left",
    "rows",
    "read",
    "did_not_map",
    "mapped",
    "skipped",
    "gone",
    "gone_dead_letters",
    "dead_letters_known",
    "written",
    "transactions",
    "ticks",
    "records",
    "accepted",
    "dead_lettered",
    "replayed",
    "dropped",
    "existed",
    "registered",
    "failed",
    "times",
    // Counts of accounts, companies and aliases.
    "accounts",
    "accounts_without_company",
    "companies",
    "matches",
    "owner_only",
    "near_misses",
    "yes",
    "no",
    "unknown",
    "filters_out",
    "alone_keeps_out",
    "carries",
    "would_match",
    "buying",
    "entries",
    "baseline_entries",
    "exits",
    "added",
    "known",
    "left_out",
    "erased",
    "erased_before",
    // A roster by its number, and how many there are.
    "roster",
    "rosters",
    "words",
    "next_offset",
    "hosts",
    "too_late",
];

/// Objects whose keys are data, and whose values are counts.
const TALLIES: &[&str] = &[
    "verdicts",
    "changes",
    "priorities",
    "tiers",
    "entries_by_week",
    "records",
    "dead_letters",
    "stages",
    "failing",
    // By record type, or by kind, and then by verdict or route.
    "inputs",
    "decisions",
];

/// What names of times and days are, or end with after an underscore.
const TIMES: &[&str] = &[
    "at",
    "on",
    "time",
    "timestamp",
    "day",
    "date",
    "since",
    "until",
    "through",
    "upto",
    "as_of",
    "announced",
    "first_seen",
    "deadline",
    "to_come",
];

/// What a script could misread in an answer; empty: nothing.
pub(crate) fn complaints(answer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk("", "", answer, &mut found);
    found.sort();
    found.dedup();
    found
}

pub(crate) fn assert_readable(what: &str, answer: &Value) {
    let found = complaints(answer);
    assert!(found.is_empty(), "{what}: {found:#?}");
}

fn walk(path: &str, key: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(_) if TALLIES.contains(&key) && is_tally(value) => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                if name.chars().any(char::is_uppercase) {
                    found.push(format!("{path}.{name}: write names in snake_case"));
                }
                walk(&format!("{path}.{name}"), name, value, found);
            }
        }
        Value::Array(items) => {
            items.iter().for_each(|item| walk(&format!("{path}[]"), key, item, found));
        }
        Value::Number(number) => {
            found.extend(
                of_number(key, number.as_f64().unwrap_or(f64::NAN))
                    .map(|why| format!("{path}: {number} {why}")),
            );
        }
        Value::String(text) => {
            found.extend(of_text(key, text).map(|why| format!("{path}: {text:?} {why}")));
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Counts, perhaps of two kinds of names.
fn is_tally(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.values().all(|v| v.is_u64() || is_tally(v)),
        _ => false,
    }
}

fn names_a_time(key: &str) -> bool {
    TIMES.iter().any(|end| key.strip_suffix(end).is_some_and(|f| f.is_empty() || f.ends_with('_')))
}

fn of_number(key: &str, number: f64) -> Option<&'static str> {
    // From 2001 to 2286.
    let epoch_ms = (1e12..1e13).contains(&number);
    let has_unit = UNITS.iter().any(|unit| key.ends_with(unit));
    if epoch_ms && !key.ends_with("_usd") && !matches!(key, "low" | "high") {
        Some("looks like milliseconds since 1970; write RFC 3339")
    } else if names_a_time(key) {
        Some("is a time or a day; write RFC 3339 or an ISO date")
    } else if !has_unit && !PLAIN.contains(&key) {
        Some("has no unit; end its name with one, or list it as a plain count")
    } else {
        None
    }
}

fn of_text(key: &str, text: &str) -> Option<&'static str> {
    let is_date = text.parse::<NaiveDate>().is_ok();
    let is_utc = |text: &str| text.ends_with('Z') && DateTime::parse_from_rfc3339(text).is_ok();
    let begins_as_a_time = text.get(..11).is_some_and(|head| {
        head.ends_with(['T', ' ']) && head[..10].parse::<NaiveDate>().is_ok() && text.len() < 36
    });
    if begins_as_a_time && !is_utc(text) {
        return Some("is no RFC 3339 time in UTC");
    }
    // Of an episode: the highest priority that was announced.
    let is_priority = key == "announced" && text.parse::<Priority>().is_ok();
    if names_a_time(key) && !is_date && !is_utc(text) && !is_priority {
        return Some("is under a time's name, and neither RFC 3339 in UTC nor an ISO date");
    }
    None
}

#[test]
fn should_find_each_way_to_be_misread() {
    for (answer, expected) in [
        (serde_json::json!({"decided_at": 1_700_000_000_000_i64}), "milliseconds since 1970"),
        (serde_json::json!({"wait_ms": 1_700_000_000_000_i64}), "milliseconds since 1970"),
        (serde_json::json!({"events": [{"day": 20_454}]}), "is a time or a day"),
        (serde_json::json!({"leaves_on": 20_454}), "is a time or a day"),
        (serde_json::json!({"fit": 62_500}), "has no unit"),
        (serde_json::json!({"scores": [1]}), "has no unit"),
        (serde_json::json!({"fit": {"lower": 62_500}}), "has no unit"),
        (serde_json::json!({"changes": {"fit": {"lower": 0.5}}}), "has no unit"),
        (serde_json::json!({"decidedAt": null}), "snake_case"),
        (serde_json::json!({"first_seen": "yesterday"}), "under a time's name"),
        (serde_json::json!({"first_seen": "2026-10-01T10:00:00+02:00"}), "no RFC 3339 time in UTC"),
        (serde_json::json!({"said": "2026-10-01 10:00:00"}), "no RFC 3339 time in UTC"),
    ] {
        let found = complaints(&answer);
        assert!(found.len() == 1 && found[0].contains(expected), "{answer}: {found:?}");
    }
    let fine = serde_json::json!({
        "decided_at": "2026-10-01T10:00:00.000Z", "leaves_on": "2026-10-01", "until": null,
        "fit_millipoints": 62_500, "verdicts": {"funding applied": 3},
        "inputs": {"funding": {"applied": 3}}, "revenue_usd": 2_000_000_000_000_i64,
    });
    assert_eq!(complaints(&fine), Vec::<String>::new());
}
