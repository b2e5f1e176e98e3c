//! Public data, where it is at hand (`BUYMODE_DATA`): facts that others have found in it are found.

use super::check::{found, the};
use crate::cli::buymode;
use crate::ingest::real::data;
use buymode::evidence::stats::experiment::{Arm, Effect, absolute, ratio_mismatch};
use buymode::evidence::stats::sequential::{always_valid, always_valid_p};
use buymode::mapping::rows::{Reading, Rows};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn report(files: &[&str]) -> Option<Value> {
    let names: Vec<String> = files.iter().map(|name| (*name).to_owned()).collect();
    let paths = data(&names)?;
    let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let ended = buymode(&[&["crm", "check", "--json"], &paths[..]].concat());
    Some(serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}")))
}

fn columns(report: &Value, kind: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter().filter(|f| f["kind"] == kind);
    let mut columns: Vec<String> =
        findings.filter_map(|f| Some(f["column"].as_str()?.to_owned())).collect();
    columns.sort();
    columns
}

#[test]
fn xeducation_leaks() {
    let Some(report) = report(&["evidence/xeducation.csv.gz"]) else { return };
    assert_eq!(columns(&report, "leak"), ["Lead Profile", "Lead Quality", "Tags"]);
    let asked = columns(&report, "ask_when");
    for column in [
        "Last Activity",
        "Last Notable Activity",
        "Asymmetrique Activity Score",
        "Asymmetrique Profile Score",
    ] {
        assert!(asked.iter().any(|name| name == column), "{column}: {asked:?}");
    }
    let flagged: Vec<String> = ["leak", "leak_suspect", "ask_when"]
        .iter()
        .flat_map(|kind| columns(&report, kind))
        .collect();
    for constant in [
        "Magazine",
        "Newspaper",
        "Do Not Call",
        "Search",
        "X Education Forums",
        "Get updates on DM Content",
    ] {
        assert!(!flagged.iter().any(|name| name == constant), "{constant}: {flagged:?}");
    }
    let tags = the(&report, "leak", "Tags");
    assert!(tags["auc"]["alone_auc"].as_f64().unwrap() > 0.9, "{tags}");
}

#[test]
fn crm_sales_faults() {
    let files = ["sales_pipeline", "accounts", "products", "sales_teams"];
    let files = files.map(|name| format!("crm-sales/{name}.csv.gz"));
    let Some(report) = report(&files.each_ref().map(String::as_str)) else { return };
    let examples = |kind: &str, column: &str| the(&report, kind, column)["examples"].to_string();
    let product = examples("unmatched", "product");
    assert!(
        product.contains("\\\"GTXPro\\\"") && product.contains("may be \\\"GTX Pro\\\""),
        "{product}"
    );
    assert!(examples("misspelt", "sector").contains("technology"));
    assert!(examples("misspelt", "office_location").contains("philippines"));
    assert_eq!(found(&report, "missing_values")[0], "error account [1425 of 8800]");
    let truncated = the(&report, "left_truncation", "engage_date")["problem"].as_str().unwrap();
    assert!(truncated.contains("records begin on 2016-10-20, ends on 2017-03-01"), "{truncated}");
    let lost = the(&report, "several_meanings", "close_value")["problem"].as_str().unwrap();
    assert!(lost.contains("there it means lost"), "{lost}");
    assert_eq!(report["outcome"]["won_count"], 4_238);
    assert_eq!(columns(&report, "leak"), Vec::<String>::new());
}

#[test]
fn olist_truncation_and_columns_of_winners() {
    let Some(report) = report(&["evidence/olist_mql.csv.gz", "evidence/olist_closed_deals.csv.gz"])
    else {
        return;
    };
    assert_eq!(report["outcome"]["won_count"], 842);
    let truncated =
        the(&report, "left_truncation", "first_contact_date")["problem"].as_str().unwrap();
    assert!(truncated.contains("records begin on 2017-06-14, wins on 2017-12-05"), "{truncated}");
    assert_eq!(found(&report, "impossible_dates"), ["error first_contact_date [1 of 8000]"]);
    let leak = report["findings"].as_array().unwrap().iter().find(|f| f["kind"] == "leak").unwrap();
    assert!(
        leak["examples"].to_string().contains("has_company (filled for 63 of 842 winners)"),
        "{leak}"
    );
}

#[test]
fn salvirt_has_no_leak() {
    let Some(report) = report(&["evidence/salvirt.csv.gz"]) else { return };
    assert_eq!(
        (&report["outcome"]["won_count"], &report["outcome"]["lost_count"]),
        (&227.into(), &221.into())
    );
    assert_eq!(columns(&report, "leak"), Vec::<String>::new());
    assert_eq!(found(&report, "duplicate_rows").len(), 1);
}

/// The cells of some columns, by row.
fn cells(path: &Path, names: &[&str]) -> Vec<Vec<String>> {
    let rows = Rows::open(path, None, &Reading::default()).unwrap();
    let cells = |row: buymode::mapping::rows::Row| {
        let row: Value = serde_json::from_str(&row.value.unwrap().to_string()).unwrap();
        names.iter().map(|name| row[*name].as_str().unwrap().to_owned()).collect()
    };
    rows.map(|row| cells(row.unwrap())).collect()
}

#[test]
fn hillstrom_is_recovered() {
    let Some(paths) = data(&["evidence/hillstrom.csv.gz".to_owned()]) else { return };
    let [path]: [PathBuf; 1] = paths.try_into().unwrap();
    let rows = cells(&path, &["segment", "conversion"]);
    let arm = |segment: &str| {
        let of_arm = rows.iter().filter(|row| row[0] == segment);
        let converted = of_arm.clone().filter(|row| row[1] == "1").count() as u64;
        (converted, of_arm.count() as u64)
    };
    let arms = ["No E-Mail", "Womens E-Mail", "Mens E-Mail"].map(arm);
    let (statistic, p) = ratio_mismatch(&arms.map(|(_, n)| n), &[1.0 / 3.0; 3]);
    assert!((statistic - 0.2025).abs() < 5e-5 && (p - 0.904).abs() < 5e-4, "{statistic} {p}");
    let [control, _, mens] = arms.map(|(k, n)| Arm::of_counts(k, n));
    let effect: Effect = absolute(control, mens);
    assert!((100.0 * effect.estimate / control.mean - 118.8).abs() < 0.05, "{effect:?}");
    assert!((effect.z() - 7.39).abs() < 5e-3, "{}", effect.z());
    let interval = always_valid(effect, 0.05, 42_600.0);
    assert!(interval.low > 0.0 && interval.contains(effect.estimate), "{interval:?}");
    assert!(always_valid_p(effect, 0.05, 42_600.0) < 1e-6);
}
