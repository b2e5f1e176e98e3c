//! A first profile without YAML, and what a team asks next: whom it takes, as a spreadsheet; an account
//! by its name; which accounts may be one company; what an import brings.

use super::{buymode, ok};
use std::path::{Path, PathBuf};

const MAPPING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings/canonical.yaml");
const STARTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/profiles/starter.yaml");

const RECORDS: &str = r#"{"record": "company", "source": "crm", "account": "loamworks.io", "as_of": "2026-01-05", "name": "Loam Works", "industries": ["SaaS"], "employees": 300, "country": "US"}
{"record": "company", "source": "directory", "account": "loamworks.io", "as_of": "2026-02-04", "employees": 320}
{"record": "company", "source": "crm", "account": "brightclinic.io", "as_of": "2026-01-05", "name": "Bright Clinic", "industries": ["Healthcare"], "employees": 80, "country": "US"}
{"record": "company", "source": "crm", "account": "brightclinic.de", "as_of": "2026-01-05", "name": "bright clinic", "country": "DE"}
{"record": "company", "source": "board", "account": "board:loam-works", "as_of": "2026-02-01", "name": "Loam Works Inc."}
{"record": "hiring", "source": "board", "account": "board:loam-works", "source_record_id": "p-1", "action": "posted", "title": "Head of Sales", "occurred_at": "2026-02-02"}
"#;

fn written(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

/// A history with the records, scored by the starter profile.
fn log(folder: &Path) -> PathBuf {
    let config = folder.join("trial.yaml");
    std::fs::write(
        &config,
        format!("embedded: {{ folder: log, map_size_gib: 1 }}\ntopics: {{ history: true, partitions: 2 }}\nprofile: {STARTER}\n"),
    )
    .unwrap();
    let place = config.to_str().unwrap().to_owned();
    let records = written(folder, "records.jsonl", RECORDS);
    ok(&["topics", "create", "--config", &place]);
    ok(&["icp", "publish", STARTER, "--config", &place]);
    let said = ok(&["import", "--config", &place, "--mapping", MAPPING, &records]);
    assert!(said.contains("1 account without a domain, such as board:loam-works"), "{said}");
    ok(&["run", "--config", &place, "--until-caught-up"]);
    config
}

#[test]
fn a_first_profile_is_written_from_flags_and_shows_whom_it_takes() {
    let folder = tempfile::tempdir().unwrap();
    let records = written(folder.path(), "records.jsonl", RECORDS);
    let file = folder.path().join("mine.yaml");
    let file = file.to_str().unwrap();
    let flags = ["icp", "new", file, &records, "--mapping", MAPPING, "--product", "Deal Desk"];
    let more = ["--industries", "SaaS, Healthcare", "--sizes", "50-1,000", "--countries", "USA"];

    // Questions need a terminal.
    let ended = buymode(&[&flags[..], &more[..]].concat());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("--tools") && ended.stderr.contains("--yes"), "{ended:?}");

    let said =
        ok(&[&flags[..], &more[..], &["--yes", "--exclude", "rival.com, tag:rival"]].concat());
    assert!(said.contains("mine.yaml: written, version "), "{said}");
    assert!(
        said.contains("deal-desk-customers for deal-desk") && said.contains("Loam Works"),
        "{said}"
    );
    let text = std::fs::read_to_string(file).unwrap();
    for part in ["industry: [saas, health-care]", "country: [us]", "account: [rival.com]", "# "] {
        assert!(text.contains(part), "{text}");
    }
    let checked = ok(&["icp", "check", file]);
    assert!(!checked.contains("unknown") && checked.contains("deal-desk-customers"), "{checked}");

    let again = buymode(&["icp", "new", file, "--yes"]);
    assert!(again.code == Some(1) && again.stderr.contains("--force"), "{again:?}");
    let wrong = buymode(&["icp", "new", "x.yaml", "--yes", "--sizes", "big"]);
    assert!(wrong.code == Some(1) && wrong.stderr.contains("use 10-500 or 50+"), "{wrong:?}");
}

#[test]
fn match_writes_every_company_with_each_answer_its_age_and_source() {
    let folder = tempfile::tempdir().unwrap();
    let records = written(folder.path(), "records.jsonl", RECORDS);
    let sheet = folder.path().join("match.csv");
    let sheet = sheet.to_str().unwrap();
    ok(&["icp", "match", STARTER, "--mapping", MAPPING, &records, "--csv", sheet]);
    let text = std::fs::read_to_string(sheet).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let best: Vec<&str> = lines.next().unwrap().split(',').collect();
    let of = |name: &str| best[header.iter().position(|h| *h == name).unwrap()];
    assert_eq!((of("account"), of("standing"), of("fit")), ("loamworks.io", "tier 1", "95"));
    assert_eq!((of("10 to 500 people"), of("10 to 500 people: known")), ("yes", "320"));
    assert_eq!((of("10 to 500 people: from"), of("where we sell: from")), ("directory", "crm"));
    assert_eq!((of("10 to 500 people: days old"), of("where we sell: days old")), ("0", "30"));
    assert_eq!((of("has a CRM"), of("has a CRM: days old")), ("unknown", ""));
    // Every company, of the same fit the one with signals first.
    let accounts: Vec<&str> = lines.map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(accounts.len(), 3, "{text}");
    assert!(accounts.contains(&"board:loam-works"), "{text}");
}

#[test]
fn an_account_is_found_by_its_companys_name_and_aliases_are_accepted_after_a_look() {
    let folder = tempfile::tempdir().unwrap();
    let config = log(folder.path());
    let place = config.to_str().unwrap();
    let said = ok(&["why-not", "loam works", "--config", place]);
    assert!(said.starts_with("loamworks.io on "), "{said}");
    let said = ok(&["explain", "Loam  Works", "--config", place]);
    assert!(
        said.contains("320 (0 days old, by directory)") || said.contains("days old, by"),
        "{said}"
    );
    // Several of one name are listed.
    let ended = buymode(&["why-not", "Bright Clinic", "--config", place]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for part in [
        "2 companies are called",
        "brightclinic.de (bright clinic)",
        "brightclinic.io (Bright Clinic)",
    ] {
        assert!(ended.stderr.contains(part), "{ended:?}");
    }
    let ended = buymode(&["why-not", "Nowhere Ltd", "--config", place]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("is not known"), "{ended:?}");

    let ended = buymode(&["aliases", "add", "old.io", "bright clinic", "--config", place]);
    assert!(ended.code == Some(1) && ended.stderr.contains("2 companies are called"), "{ended:?}");
    let ended = buymode(&["aliases", "add", "old.io", "Nowhere Ltd", "--config", place]);
    assert!(ended.stderr.contains("is neither a website, a domain nor a typed key"), "{ended:?}");
    let said = ok(&["aliases", "add", "loam-works.org", "Loam Works", "--config", place]);
    assert!(said.contains("loam-works.org is now an alias of loamworks.io"), "{said}");
    ok(&["aliases", "remove", "loam-works.org", "--config", place]);

    let ended = buymode(&["aliases", "unresolved", "--accept", "--config", place]);
    assert!(
        ended.stdout.contains("board:loam-works would become an alias of loamworks.io"),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("nothing was written"), "{ended:?}");
    assert_eq!(ok(&["aliases", "list", "--config", place, "--json"]), "");
    let said = ok(&["aliases", "unresolved", "--accept", "--yes", "--config", place]);
    assert!(said.contains("board:loam-works is now an alias of loamworks.io"), "{said}");
    let known = ok(&["aliases", "list", "--config", place, "--json"]);
    assert!(known.contains("\"alias\":\"board:loam-works\""), "{known}");
}

#[test]
fn an_import_says_how_many_signals_a_live_log_finds_too_late() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let old = RECORDS.replace("2026-02-02", "2019-02-02");
    let records = written(folder.path(), "records.jsonl", &old);
    ok(&["topics", "create", "--embedded", data]);
    let said = ok(&["import", "--embedded", data, "--mapping", MAPPING, &records]);
    assert!(
        said.contains("1 signal happened more than 400 days ago and is too late for a live log"),
        "{said}"
    );
}
