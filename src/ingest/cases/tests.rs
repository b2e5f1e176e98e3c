//! Cases in a folder of their own, right and wrong.

use super::*;
use crate::mapping::cases::Outcome;

const MAPPING: &str = "
source: test
rules:
- name: rounds
  match: .round
  emit: '{record: \"funding\", account: .site, source_record_id: .id, occurred_at: .on, round}'
- name: undo
  match: .deleted
  emit: '{record: \"retraction\", account: .site, retracts: .id, retracts_record: \"funding\", occurred_at: .deleted}'
";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("v.yaml"), MAPPING).unwrap();
    std::fs::create_dir_all(folder.path().join("cases/v")).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join("cases/v").join(name), text).unwrap();
    }
    folder
}

fn outcome(folder: &tempfile::TempDir, case: &str, update: bool) -> Outcome {
    let reports = test(&folder.path().join("v.yaml"), update).unwrap();
    reports.into_iter().find(|report| report.case == case).unwrap().outcome
}

const ROUND: &str = r#"{"id": "r", "site": "acme.com", "on": "2024-03", "round": "Series A"}"#;
const ROWS: &str = "# by hand
rows:
- row: 1
  records:
  - record: funding
    account: acme.com
    occurred: \"2024-03-01\"
    precision: month
    stage: series_a
    instrument: equity
";

#[test]
fn a_difference_is_shown_and_an_update_takes_it_over() {
    let wrong = ROWS.replace("series_a", "series_b");
    let folder = folder(&[("a.json", ROUND), ("a.expected.yaml", &wrong)]);
    let Outcome::Different { diff } = outcome(&folder, "a", false) else { panic!("the same") };
    assert!(diff.contains("-    stage: series_b\n+    stage: series_a\n"), "{diff}");
    assert_eq!(outcome(&folder, "a", true), Outcome::Updated);
    let written = std::fs::read_to_string(folder.path().join("cases/v/a.expected.yaml")).unwrap();
    assert_eq!(written, ROWS);
    assert_eq!(outcome(&folder, "a", false), Outcome::Same);
}

#[test]
fn what_is_said_twice_has_one_id_and_what_is_undone_names_it() {
    let again = ROUND.replace("2024-03", "2024-03-05");
    let other = ROUND.replace("\"r\"", "\"s\"");
    let undo = r#"{"id": "r", "site": "acme.com", "deleted": "2024-04-01"}"#;
    let folder = folder(&[
        ("a.json", ROUND),
        ("again.json", &again),
        ("again.expected.yaml", "repeats: a\n"),
        ("other.json", &other),
        ("other.expected.yaml", "repeats: a\n"),
        ("undo.json", undo),
        ("lost.json", "{\"round\": \"Series A\"}\n{\"site\": 5}\n"),
    ]);
    let Outcome::Failed { message } = outcome(&folder, "a", false) else { panic!("no failure") };
    assert!(message.contains("--update"), "{message}");
    assert_eq!(outcome(&folder, "again", true), Outcome::Updated);
    let Outcome::Failed { message } = outcome(&folder, "other", true) else { panic!("no failure") };
    assert!(message.contains("row 1: the funding of acme.com has an id that no record of a has"));
    let text = |case: &str| {
        std::fs::read_to_string(folder.path().join(format!("cases/v/{case}.expected.yaml")))
            .unwrap()
    };
    assert!(text("undo").contains("retracts: funding of a row 1\n"), "{}", text("undo"));
    let lost = text("lost");
    assert!(lost.contains("reason: account\n") && lost.contains("skipped: true\n"), "{lost}");
}

#[test]
fn invalid_cases_are_reported() {
    for (files, said) in [
        (&[("a.txt", "")][..], "use a file that ends in"),
        (&[("a.expected.yaml", "rows: []")], "missing input for"),
        (&[("a.json", "{}"), ("a.csv", "")], "put them into a folder a"),
        (&[("a.json", "{}"), ("a.expected.yaml", "row: 1")], "row"),
    ] {
        let folder = folder(files);
        let error = test(&folder.path().join("v.yaml"), false).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
}
