//! Rows in, records out; mistakes in the file with their place.

use super::*;
use crate::domain::records::DeadLetterReason;

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
        Ok(Mapped::Skipped) => Ok(0),
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
        ("source: test", "source: Test It", "source must be a name in lower case"),
        ("has(\"round\")", "has(\"round\"", "m.yaml:7:12: rounds.match: jq expected closing paren"),
        ("has(\"round\")", "hass(\"round\")", "m.yaml:7:12: rounds.match: jq knows no filter hass"),
        ("$snapshot_at", "$snap", "jq knows no variable $snap (line 2, at \"$snap\")"),
        ("def site: ", "def site ", "of define"),
        ("'false'", "env.HOME", "jq knows no filter env"),
        ("'false'", "now", "jq knows no filter now"),
        ("'false'", "halt", "jq knows no filter halt"),
        ("source: test", "source: test\ntechnologies: t.yaml", "t.yaml cannot be read: none here"),
    ] {
        assert!(MAPPING.contains(from), "{from}");
        let error = mapping(&MAPPING.replacen(from, to, 1)).err().unwrap_or_else(|| panic!("{to}"));
        let message = error.to_string();
        assert!(message.contains(said) && !message.contains('\n'), "{to}: {message}");
    }
}
