//! `icp match` and `icp render` as people and scripts call them.

use super::{EXAMPLE, Ended, buymode, ok};
use std::path::{Path, PathBuf};

const MAPPING: &str = r#"
source: export
rules:
  - name: companies
    match: has("site")
    emit: |
      {record: "company", account: .site, as_of: "2026-01-10", employees, industries: [.industry],
       funding_stage: .stage, tools: [.crm | values]}
"#;

const ROWS: &str = r#"{"site": "best.com", "employees": 300, "industry": "SaaS", "stage": "series_c", "crm": "HubSpot"}
{"site": "small.com", "employees": 3, "industry": "SaaS", "stage": "series_c"}
{"site": "gmail.com", "employees": 3}
"#;

fn files(folder: &Path) -> (PathBuf, PathBuf) {
    let (mapping, rows) = (folder.join("mapping.yaml"), folder.join("rows.jsonl"));
    std::fs::write(&mapping, MAPPING).unwrap();
    std::fs::write(&rows, ROWS).unwrap();
    (mapping, rows)
}

fn matched(folder: &Path, more: &[&str]) -> Ended {
    let (mapping, rows) = files(folder);
    let mut args = vec!["icp", "match", EXAMPLE, rows.to_str().unwrap(), "--mapping"];
    args.push(mapping.to_str().unwrap());
    args.extend(more);
    buymode(&args)
}

#[test]
fn should_tell_people_and_scripts_how_many_match() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("match.svg");
    let ended =
        matched(folder.path(), &["--market", "100", "--picture", picture.to_str().unwrap()]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let first = ended.stdout.lines().nth(1).unwrap();
    assert_eq!(
        first,
        "- 1 company matches, 1 % of the market: short enough to work by name; \
         1 more might match if more were known"
    );
    assert!(ended.stdout.contains("best.com: fit 90 to 100"), "{}", ended.stdout);
    assert!(
        ended.stderr.contains("1 row did not map; the first is rows.jsonl row 3: "),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("free mail provider"), "{ended:?}");
    let drawn = std::fs::read_to_string(&picture).unwrap();
    assert!(drawn.starts_with("<svg") && drawn.contains("2 companies on 2026-01-10"), "{drawn}");

    let ended = matched(folder.path(), &["--json"]);
    let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&told["companies"], &told["matches"]), (&2.into(), &1.into()), "{told}");
    assert_eq!(told["rows"], serde_json::json!({"read": 3, "did_not_map": 1}));
    assert_eq!(told["standings"][0]["samples"][0]["account"], "best.com", "{told}");
}

#[test]
fn should_say_in_one_line_why_there_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    for (more, code, parts) in [
        (&["--market", "1"][..], 1, &["--market 1 is less than the 2 companies given"][..]),
        (&["--at", "2020-01-01"], 1, &["no company is known by 2020-01-01", "begin on 2026-01-10"]),
        (&["--picture", "match.png"], 1, &["match.png: the picture is an SVG"]),
        (&["--market", "0"], 2, &["--market"]),
        (&["--at", "soon"], 2, &["--at", "soon"]),
    ] {
        let ended = matched(folder.path(), more);
        assert_eq!(ended.code, Some(code), "{more:?}: {ended:?}");
        let last = ended.stderr.lines().rfind(|line| line.starts_with("buymode")).unwrap_or("");
        for part in parts {
            let said = if code == 1 { last } else { &ended.stderr };
            assert!(said.contains(part), "{more:?}: {part:?} in {ended:?}");
        }
    }
    let nowhere = folder.path().join("nothing.yaml");
    let ended = buymode(&["icp", "match", EXAMPLE, "--config", nowhere.to_str().unwrap()]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("--mapping FILE INPUT"), "{ended:?}");
    assert!(ended.stderr.contains("nothing.yaml"), "{ended:?}");
    let (mapping, _) = files(folder.path());
    let ended = buymode(&["icp", "match", EXAMPLE, "--mapping", mapping.to_str().unwrap()]);
    assert_eq!(ended.code, Some(2), "a mapping without files: {ended:?}");
}

#[test]
fn should_render_to_a_file_and_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("icp.md");
    let page = ok(&["icp", "render", EXAMPLE]);
    assert!(page.starts_with("# Whom we sell "), "{page}");
    ok(&["icp", "render", EXAMPLE, "--output", file.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), page);
    let told: serde_json::Value =
        serde_json::from_str(&ok(&["icp", "render", EXAMPLE, "--json"])).unwrap();
    assert_eq!(told["markdown"], page);
    let ended = buymode(&["icp", "render", "no-such.yaml"]);
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{ended:?}");
}
