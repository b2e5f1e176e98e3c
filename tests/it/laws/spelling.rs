//! How a word is spelt never changes a decision: case, what stands between words, accents; on the
//! profile's side, on the records', and whichever way the records came.

use super::logs::BEGIN;
use crate::fold::{Entry, Fold, Record, activation};
use buymode::codec::{Codec, Decoded};
use buymode::domain::account::decision::{Decision, DecisionKind};
use buymode::domain::account::input::Input;
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::terms::term::Term;
use buymode::domain::terms::time::{DAY_MS, Timestamp};
use buymode::mapping::canonical::{self, Canonical, Context, Norms};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::sync::Arc;

/// A place where a word of the profile is compared with one of the records.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// A condition, and the field of a company record that it asks about.
    When(&'static str, &'static str),
    /// A key of a route's row, and the field.
    Route(&'static str, &'static str),
    /// A rule, with `?` for the word, and the record with the word.
    Rule(&'static str, fn(&str) -> Value),
    /// The reason of a lost deal.
    Reason,
}

const PLACES: &[Place] = &[
    Place::When("industry", "industries"),
    Place::When("sub_industry", "sub_industries"),
    Place::When("region", "region"),
    Place::When("business_model", "business_models"),
    Place::When("growth_stage", "growth_stage"),
    Place::When("organisation", "organisation"),
    Place::When("lifecycle", "lifecycle"),
    Place::When("status", "status"),
    Place::When("owner", "owner"),
    Place::When("territory", "territory"),
    Place::When("tags", "tags"),
    Place::When("decision_style", "decision_style"),
    Place::When("budget_owner", "budget_owner"),
    Place::When("urgency", "urgency"),
    Place::When("technical_maturity", "technical_maturity"),
    Place::When("regulated_by", "regulated_by"),
    Place::When("parent", "parent"),
    Place::When("technologies", "tools"),
    Place::Route("owners", "owner"),
    Place::Route("territories", "territory"),
    Place::Rule(r#"{"technology": {"any_of": ["?"]}}"#, |word| tool(word, "crm", "adopted")),
    Place::Rule(r#"{"technology": {"categories": ["?"]}}"#, |word| tool("x", word, "adopted")),
    Place::Rule(r#"{"uses": {"any_of": ["?"]}}"#, |word| tool(word, "crm", "in_use")),
    Place::Rule(
        r#"{"engagement": {"kinds": ["intent_topic"], "topics": ["?"]}}"#,
        |word| json!({"record": "engagement", "kind": "intent_topic", "topic": word}),
    ),
    Place::Rule(
        r#"{"hiring": {"titles": ["?"]}}"#,
        |word| json!({"record": "hiring", "action": "posted", "title": format!("Head, {word}")}),
    ),
    Place::Reason,
];

fn tool(tool: &str, category: &str, action: &str) -> Value {
    json!({"record": "technology", "tool": tool, "category": category, "action": action})
}

impl Place {
    /// A profile under which the word decides: over 40 points of fit, 20 of intent, a route, or the
    /// length of a cooldown. As JSON, which is YAML.
    fn profile(self, word: &str) -> Arc<CompiledProfile> {
        let (mut when, mut row) = (json!({"employees": {"min": 10}}), json!({"tiers": [3]}));
        let (mut rule, mut reasons) = (json!({"news": {"kinds": ["award"]}}), json!({}));
        match self {
            Place::When(key, _) => when = json!({key: word}),
            Place::Route(key, _) => row = json!({key: [word]}),
            Place::Rule(text, _) => rule = serde_json::from_str(&text.replace('?', word)).unwrap(),
            Place::Reason => reasons = json!({word: 200}),
        }
        rule["name"] = json!("asked");
        rule["points"] = json!(20);
        row["route"] = json!("asked");
        let profile = json!({
            "profile": "p", "product": "widget", "owner": "revops",
            "fit": {"gate": 50, "tiers": {"tier_1": 85, "tier_2": 70, "tier_3": 50}, "criteria": [
                {"name": "size", "weight": 60, "when": {"employees": {"min": 10}}},
                {"name": "asked", "weight": 40, "when": when, "unknown": "no"},
            ]},
            "intent": {"enter": 30, "exit": 10, "bands": {"high": 90, "medium": 50}, "rules": [
                {"name": "money", "points": 40, "funding": {}}, rule,
            ]},
            "episode": {"lost_cooldown_days": reasons},
            "routes": {"table": [row], "default": "sdr"},
            "value": {"pain": "p", "angle": "a", "personas": [{"titles": ["CRO"]}]},
        });
        Arc::new(CompiledProfile::read(&profile.to_string()).unwrap())
    }

    fn records(self, word: &str) -> Vec<Canonical> {
        let mut company = json!({"record": "company", "employees": 200, "tools_complete": true});
        let mut more = Vec::new();
        match self {
            Place::When(_, field) | Place::Route(_, field) => company[field] = json!(word),
            Place::Rule(_, record) => more.push(record(word)),
            Place::Reason => {}
        }
        let mut all = vec![company, json!({"record": "funding", "round": "Series B"})];
        all.extend(more);
        let reason = if matches!(self, Place::Reason) { word } else { "price" };
        all.push(json!({"record": "sales_outcome", "outcome": "lost", "reason": reason}));
        all.into_iter().enumerate().map(|(n, record)| read(n, record)).collect()
    }
}

fn read(number: usize, mut record: Value) -> Canonical {
    record["account"] = json!("acme.com");
    record["source_record_id"] = json!(format!("r{number}"));
    record["observed_at"] = json!(BEGIN.plus(number as i32).to_string());
    let norms = Norms::default();
    let context = Context {
        source: "s",
        observed_at: None,
        file_day: None,
        arrived: None,
        read_at: None,
        baseline: false,
        norms: &norms,
    };
    canonical::read(record, &context).unwrap()
}

/// As another process reads it from the log.
fn through_the_log(record: &Canonical) -> Input {
    let (mut codec, mut bytes) = (Codec::local(), Vec::new());
    codec.encode_input("t", &record.account, &record.input, &mut bytes).unwrap();
    let key = record.account.as_str().as_bytes();
    match codec.decode_input(Some(key), Some(&bytes)).unwrap() {
        Decoded::Account { input, .. } => input,
        other => panic!("{other:?}"),
    }
}

fn folded(
    profile: &Arc<CompiledProfile>,
    inputs: impl IntoIterator<Item = Input>,
) -> Vec<Decision> {
    let mut fold = Fold::new("acme.com", BEGIN);
    let first = Entry::Broadcast(activation(1, profile));
    for (number, entry) in
        [first].into_iter().chain(inputs.into_iter().map(Entry::Input)).enumerate()
    {
        let time = Timestamp(BEGIN.start().0 + number as i64 * DAY_MS + 1);
        let offset = number as i64 * 10;
        fold.read(&Record { offset, time, entry });
        fold.read(&Record { offset: offset + 1, time, entry: Entry::Tick });
    }
    fold.said()
}

fn decided(place: Place, profile: &str, records: &str) -> Vec<Decision> {
    let inputs = place.records(records).into_iter().map(|record| record.input);
    folded(&place.profile(profile), inputs)
}

/// What people read as the source wrote it (an owner, a title, a topic) is compared as terms.
fn without_spelling(decisions: Vec<Decision>) -> Vec<Decision> {
    let term = |text: &str| Term::parse(text).unwrap().as_str().to_owned();
    let plain = |mut d: Decision| {
        d.profile_version = "".into();
        d.headline = term(&d.headline);
        d.owner = d.owner.map(|owner| term(&owner).into());
        for c in &mut d.fit.criteria {
            c.found = Term::parse(&c.found).map_or("".into(), |found| found.as_str().into());
        }
        for c in &mut d.intent.contributions {
            c.what = term(&c.what);
        }
        d
    };
    decisions.into_iter().map(plain).collect()
}

/// Words as people write them, with accents.
fn words() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-zéüøñ][a-zéüßçæ0-9]{0,7}", 1..4)
}

/// The same words in another spelling.
fn spelt(words: &[String], apart: &str, case: u8, is_bare: bool) -> String {
    let plain = |word: &String| match is_bare {
        false => word.clone(),
        true => word.chars().map(bare).collect(),
    };
    let cased = |word: String| match case {
        0 => word,
        1 => word.to_uppercase(),
        _ => {
            let mut letters = word.chars();
            letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default()
                + letters.as_str()
        }
    };
    words.iter().map(plain).map(cased).collect::<Vec<_>>().join(apart)
}

/// Without its accent, or with it as a character of its own.
fn bare(c: char) -> String {
    match c {
        'é' => "e".to_owned(),
        'ü' => "u\u{308}".to_owned(),
        'ø' => "o".to_owned(),
        'ç' => "c".to_owned(),
        'ß' => "ss".to_owned(),
        'æ' => "ae".to_owned(),
        other => other.to_string(),
    }
}

fn spellings() -> impl Strategy<Value = (&'static str, u8, bool)> {
    (select(vec![" ", "-", "_", "  ", " - ", "/", "\u{a0}"]), 0..3_u8, any::<bool>())
}

proptest! {
    #![proptest_config(super::cases(200))]

    #[test]
    fn spelling_never_changes_a_decision(
        place in select(PLACES),
        words in words(),
        of_profile in spellings(),
        of_records in spellings(),
    ) {
        let spelt = |(apart, case, bare)| spelt(&words, apart, case, bare);
        let plain = without_spelling(decided(place, &words.join(" "), &words.join(" ")));
        let other = decided(place, &spelt(of_profile), &spelt(of_records));
        prop_assert_eq!(without_spelling(other), plain);
    }

    #[test]
    fn records_from_files_and_from_the_log_decide_alike(
        place in select(PLACES),
        words in words(),
        spelling in spellings(),
    ) {
        let word = spelt(&words, spelling.0, spelling.1, spelling.2);
        let (profile, records) = (place.profile(&words.join(" ")), place.records(&word));
        let by_log = folded(&profile, records.iter().map(through_the_log));
        prop_assert_eq!(by_log, folded(&profile, records.into_iter().map(|r| r.input)));
    }
}

/// A law that is never put to the test holds of everything: each word decides something.
#[test]
fn another_word_is_another_decision() {
    for place in PLACES {
        let told = |records| {
            let decisions = decided(*place, "Kim Smith", records);
            let told = decisions.iter().map(|d| {
                (d.kind, d.tier, d.route.clone(), d.intent.total, d.exit.map(|e| e.cooldown_until))
            });
            told.collect::<Vec<_>>()
        };
        let (same, other) = (told("kim_SMITH"), told("Ann Smith"));
        assert!(same.iter().any(|d| d.0 == DecisionKind::Entered), "{place:?}: {same:?}");
        assert_ne!(same, other, "{place:?}");
    }
}
