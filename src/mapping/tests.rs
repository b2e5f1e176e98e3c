//! Rows in, records out; mistakes in the file with their place.

use super::*;
use crate::domain::account::records::DeadLetterReason;
use crate::mapping::file::MappingError;

fn mapping(text: &str) -> Result<Mapping, MappingError> {
    Mapping::parse("m.yaml", text, &|name| {
        Err(MappingError::Unreadable { file: name.to_owned(), message: "none here".to_owned() })
    })
}

fn row(json: &str) -> Val {
    serde_json::from_str(json).unwrap()
}

const MAPPING: &str = r#"
source: test
define: |
  def site: "https://" + .host;
rules:
  - name: rounds
    match: has("round")
    emit: |
      {record: "funding", account: site, occurred_at: .on, round},
      (.investors // [] | .[] | {record: "news", account: ., occurred_at: $snapshot_at, kind: "other"})
  - name: never
    match: 'false'
    emit: '.'
"#;

#[test]
fn a_row_becomes_none_one_or_many_records() {
    let mapping = mapping(MAPPING).unwrap();
    let scope = Scope { snapshot_at: Some("2020-01-01"), ..Scope::default() };
    let count = |json: &str| match mapping.map(&row(json), &scope, Seen::default()) {
        Ok(Mapped::Skipped | Mapped::Unmatched) => Ok(0),
        Ok(Mapped::Records(0, records)) => Ok(records.len()),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    };
    assert_eq!(count(r#"{"other": 1}"#), Ok(0));
    assert_eq!(count(r#"{"host": "a.com", "round": "seed", "on": "2020"}"#), Ok(1));
    assert_eq!(
        count(
            r#"{"host": "a.com", "round": "seed", "on": "2020", "investors": ["b.com", "c.com"]}"#
        ),
        Ok(3)
    );
    let error =
        count(r#"{"host": "a.com", "round": "seed", "on": "2020", "investors": ["b.com", 5]}"#);
    assert_eq!(error.unwrap_err().reason, DeadLetterReason::Account, "all records, or none");
    let error = count(r#"{"host": 5, "round": "seed"}"#).unwrap_err();
    assert_eq!(error.reason, DeadLetterReason::Mapping);
    assert!(error.message.starts_with("rule rounds: jq: "), "{error}");
}

#[test]
fn a_mistake_in_the_file_is_said_with_its_place() {
    for (from, to, said) in [
        ("source: test", "source: test\nsauce: 1", "m.yaml:3:1: unknown field `sauce`"),
        ("source: test", "source: Test It", "invalid source: use a name in lower case"),
        (
            "source: test",
            "source: erase",
            "invalid source: \"erase\" is the name that buymode itself",
        ),
        (
            "has(\"round\")",
            "has(\"round\"",
            "m.yaml:7:12: rounds.match: jq: expected closing paren",
        ),
        ("has(\"round\")", "hass(\"round\")", "m.yaml:7:12: rounds.match: jq: unknown filter hass"),
        ("$snapshot_at", "$snap", "jq: unknown variable $snap (line 2, at \"$snap\")"),
        ("def site: ", "def site ", "of define"),
        ("'false'", "env.HOME", "jq: unknown filter env"),
        ("'false'", "now", "jq: unknown filter now"),
        ("'false'", "halt", "jq: unknown filter halt"),
        ("source: test", "source: test\ntechnologies: t.yaml", "cannot read t.yaml: none here"),
        ("source: test", "source: test\ntitles: t.tsv", "cannot read t.tsv: none here"),
        ("source: test", "source: test\ninclude: w.jq", "cannot read w.jq: none here"),
    ] {
        assert!(MAPPING.contains(from), "{from}");
        let error = mapping(&MAPPING.replacen(from, to, 1)).err().unwrap_or_else(|| panic!("{to}"));
        let message = error.to_string();
        assert!(message.contains(said) && !message.contains('\n'), "{to}: {message}");
    }
}

#[test]
fn definitions_that_mappings_share_are_read_before_its_own() {
    let text = "source: test\ninclude: w.jq\ndefine: 'def twice: thrice - 1;'\n\
        rules: [{name: r, match: twice == 2, emit: empty}]\n";
    let with = |shared: &str| Mapping::parse("m.yaml", text, &|_| Ok(shared.to_owned()));
    let (one, other) = (with("def thrice: 3;").unwrap(), with("def thrice: 4;").unwrap());
    assert_ne!(one.version, other.version, "another text, another version");
    let wrong = with("# ours\ndef thrice: 3 +;").err().expect("a mistake").to_string();
    assert!(wrong.contains("(line 2 of include, "), "{wrong}");
    let wrong = with("def twice: 2;").err().expect("a mistake").to_string();
    assert!(wrong.contains("thrice (line 1 of define, "), "{wrong}");
}

#[test]
fn a_page_is_taken_apart_and_an_item_that_comes_alone_is_a_row() {
    let mapping = mapping(
        r#"
source: test
rows: 'if .data | type == "array" then .included as $i | .data[] | {data: ., included: $i} else . end'
rules:
- {name: a, match: 'true', emit: 'empty'}
"#,
    )
    .unwrap();
    let rows = |json: &str| -> Vec<String> {
        let rows = mapping.rows(row(json), &Scope::default()).unwrap();
        rows.iter().map(ToString::to_string).collect()
    };
    let apart = [r#"{"data":1,"included":"x"}"#, r#"{"data":2,"included":"x"}"#];
    assert_eq!(rows(r#"{"data": [1, 2], "included": "x"}"#), apart);
    assert_eq!(rows(apart[0]), [apart[0]]);
}

#[test]
fn a_mapping_says_in_its_own_words_why_it_refuses() {
    let mapping = mapping(
        r#"
source: test
rules:
- name: a
  match: 'true'
  emit: 'if .say then error(.say) else (.x | listed | .[] | .y) end'
"#,
    )
    .unwrap();
    use DeadLetterReason as R;
    for (json, reason, message) in [
        (r#"{"say": "the vendor's test"}"#, R::Mapping, "rule a: the vendor's test"),
        (r#"{"say": {"value": "too old"}}"#, R::Value, "rule a: too old"),
        (r#"{"say": {"account": "whose?"}}"#, R::Account, "rule a: whose?"),
        (r#"{"say": {"lunch": "x"}}"#, R::Mapping, r#"rule a: jq: {"lunch":"x"}"#),
        (r#"{"x": 5}"#, R::Mapping, r#"rule a: jq: cannot index 5 with "y""#),
    ] {
        let error = mapping.map(&row(json), &Scope::default(), Seen::default()).unwrap_err();
        assert_eq!((error.reason, error.message.as_str()), (reason, message), "{json}");
    }
}

/// The keys that a mistake is told to choose from.
fn keys(text: &str) -> Vec<String> {
    let error = mapping(text).err().unwrap().to_string();
    let (_, keys) = error.split_once("expected ").unwrap_or_else(|| panic!("{error}"));
    let keys = keys.split(" at line").next().unwrap().trim_start_matches("one of ").split(", ");
    keys.map(|key| key.trim_matches('`').to_owned()).collect()
}

#[test]
fn the_documentation_has_every_key() {
    let page = include_str!("../../docs/src/mappings.md");
    let table = page.split_once("## Every key of a mapping file").unwrap().1;
    let table = table.split_once("\n\n## In every expression").unwrap().0;
    let all = [
        "zz: 1",
        "rules: [{zz: 1}]",
        "rules: [{gone: {zz: 1}}]",
        "tables: {t: {zz: 1}}",
        "columns: {c: {zz: 1}}",
    ];
    let all: Vec<String> = all.iter().flat_map(|text| keys(text)).collect();
    assert!(all.len() > 15, "{all:?}");
    for key in all {
        let told = table.contains(&format!("`{key}`")) || table.contains(&format!("`{key}: "));
        assert!(told, "docs/src/mappings.md lacks {key}");
    }
}
