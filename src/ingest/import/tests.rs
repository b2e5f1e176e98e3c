//! Imports without a log: what is counted, in which order files are read, what is gone.

use super::*;
use crate::domain::account::input::RecordType;
use crate::mapping::file::MappingError;
use std::io::Write;

const MAPPING: &str = r#"
source: test
snapshot_at: '$file | capture("(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})").day? // null'
tables:
  sites: {match: has("site"), key: .id, value: .site}
rules:
  - name: companies
    match: has("site")
    emit: '{record: "headcount", account: .site, occurred_at: $snapshot_at, total: .size}'
  - name: jobs
    match: has("title")
    emit: |
      {record: "hiring", account: $tables.sites[.company], source_record_id: .id,
       action: "posted", title, occurred_at: .age}
    gone:
      key: .id
      emit: |
        {record: "hiring", account: $tables.sites[.company], source_record_id: "\(.id) closed",
         action: "closed", title, occurred_at: $snapshot_at}
"#;

fn mapping() -> Mapping {
    let none = |name: &str| Err(MappingError::Unreadable { file: name.into(), message: "".into() });
    Mapping::parse("m.yaml", MAPPING, &none).unwrap()
}

fn options(folder: &std::path::Path, files: &[(&str, &str)]) -> ImportOptions {
    let mut inputs = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        inputs.push(path);
    }
    ImportOptions {
        inputs,
        topic: "buymode.inputs".into(),
        dead_letters_topic: "buymode.dead-letters".into(),
        sources_topic: None,
        reading: Reading::default(),
        snapshot_at: None,
        by_file_day: false,
        file_name: None,
        baseline: false,
        strict: false,
        partial: false,
        accept_gone: false,
        accept_late: false,
        aliases: Aliases::default(),
        sort_bytes_max: 1 << 20,
        spill: folder.to_path_buf(),
        now: Timestamp(0),
    }
}

const FILES: &[(&str, &str)] = &[
    // Given out of order on purpose.
    ("jobs-2026-07-26.csv", "id,company,title,age\n2,c1,SDR,3 months\n3,c9,CTO,1 day\n"),
    (
        "jobs-2026-05-06.csv",
        "id,company,title,age\n1,c1,AE,22 days\n2,c1,SDR,5 days\n4,c1,CFO,soon\n",
    ),
    ("companies-2026-05-06.csv", "id,site,size\nc1,acme.com,10\nc2,,5\n"),
    ("other.json", "[{\"x\": 1}, {\"title\": 5}]"),
];

#[test]
fn every_row_is_accounted_for_and_what_a_later_snapshot_lacks_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path(), FILES);
    let summary =
        import(None, &mapping(), &options, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    let files: Vec<_> = summary
        .files
        .iter()
        .map(|f| (f.name.as_str(), f.rows, f.mapped, f.skipped, f.dead_letters, f.gone))
        .collect();
    assert_eq!(
        files,
        [
            ("other.json", 2, 0, 1, 1, 0),
            // Posts 1 and 4 are not in July's file; 4 was never mapped, its closing is.
            ("jobs-2026-05-06.csv", 3, 2, 0, 1, 2),
            ("companies-2026-05-06.csv", 2, 1, 0, 1, 0),
            ("jobs-2026-07-26.csv", 2, 1, 0, 1, 0),
        ]
    );
    let records: Vec<_> = summary.records.iter().map(|(t, n)| (*t, *n)).collect();
    assert_eq!(records, [(RecordType::Hiring, 5), (RecordType::Headcount, 1)]);
    let said: Vec<&str> = summary.samples.iter().map(|s| s.message.as_str()).collect();
    assert!(said[0].contains("no account"), "{said:?}");
    assert!(said[1].contains("occurred_at is \"soon\""), "{said:?}");
}

#[test]
fn strict_stops_at_the_first_row_that_does_not_map() {
    let folder = tempfile::tempdir().unwrap();
    let options = ImportOptions { strict: true, ..options(folder.path(), &FILES[1..]) };
    let error = import(None, &mapping(), &options, &mut |_| std::ops::ControlFlow::Continue(()))
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("other.json: row 2: rule jobs: no account"), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_is_named_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(folder.path(), FILES);
    options.inputs.push(folder.path().join("missing-2026-07-26.csv"));
    let error = import(None, &mapping(), &options, &mut |_| std::ops::ControlFlow::Continue(()))
        .unwrap_err()
        .to_string();
    assert!(error.contains("missing-2026-07-26.csv: cannot be read"), "{error}");
}
