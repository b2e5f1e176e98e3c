//! Rows that share what is large.

use super::*;

const MAPPING: &str = r#"
source: acme
rows: |
  .included as $shared | .data[]
  | if . == "broken" then error("it is broken") else {id: ., shared: $shared} end
rules:
  - name: rounds
    match: .id != "other"
    emit: |
      {record: "funding", account: .id, occurred_at: "2026-10-01", source_record_id: .id,
       round: "Series A"}
"#;

fn mapper(folder: &tempfile::TempDir) -> Mapper {
    let mapping = folder.path().join("acme.yaml");
    std::fs::write(&mapping, MAPPING).unwrap();
    let (name, file) = ("acme".to_owned(), "http/acme".to_owned());
    let sources = vec![Fed { name, file, mapping, baseline: false }];
    let rules = Rules {
        sources,
        codec: Codec::local(),
        inputs: "inputs".to_owned(),
        dead_letters: "dead-letters".to_owned(),
        body_max: 1 << 20,
        record_max: 1 << 20,
    };
    Mapper::new(rules).unwrap()
}

/// A body of half a MiB, nearly all of it shared by its rows.
fn body(ids: &[String]) -> Bytes {
    let included = vec!["x".repeat(1_000); 500];
    Bytes::from(serde_json::json!({"data": ids, "included": included}).to_string())
}

#[test]
fn rows_that_share_what_is_large_are_mapped_without_being_written_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut mapper = mapper(&folder);
    // Together they would be 2.5 GB of text.
    let mut ids: Vec<String> = (0..5_000).map(|n| format!("acme-{n}.com")).collect();
    ids.push("other".to_owned());
    let made = mapper.map(0, body(&ids), Form::default()).map_err(|refusal| refusal.error).unwrap();
    assert_eq!((made.summary.accepted, made.summary.skipped), (5_000, 1));
    assert!(made.bytes.len() < 2 << 20, "{}", made.bytes.len());
    // One dead letter holds half a MiB; so many are not taken.
    let wrong = vec!["no site".to_owned(); 5_000];
    let refused = mapper.map(0, body(&wrong), Form::default()).map(drop).unwrap_err();
    assert_eq!(refused.outcome, RequestOutcome::TooLarge, "{refused:?}");
    assert!(refused.error.contains("more than 16 MiB of records"), "{refused:?}");
    let many = vec!["other".to_owned(); ROWS_MAX + 1];
    let refused = mapper.map(0, body(&many), Form::default()).map(drop).unwrap_err();
    assert!(refused.error.contains("more than 10000 rows, at most 10000"), "{refused:?}");
}

#[test]
fn a_page_that_cannot_be_taken_apart_to_its_end_is_one_dead_letter() {
    let folder = tempfile::tempdir().unwrap();
    let mut mapper = mapper(&folder);
    let body = "{\"data\": [\"a.com\", \"broken\"]}\n{\"data\": [\"b.com\"]}";
    let made =
        mapper.map(0, body.into(), Form::default()).map_err(|refusal| refusal.error).unwrap();
    assert_eq!((made.summary.accepted, made.summary.dead_lettered), (1, 1));
    assert_eq!((made.tally.mapped, made.records.len()), (1, 2));
    let letter = &made.summary.dead_letters[0];
    assert_eq!((letter.row, letter.message.as_str()), (1, "rows: it is broken"));
}
