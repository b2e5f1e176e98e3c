//! Dashboards, alerts and the runbook fit the metrics: none is shown that does not exist, none exists
//! that is not shown, and each alert fires and keeps quiet as its cases say.

use crate::support;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const PROMETHEUS: &str = "deploy/prometheus";

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: &str) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    all.sort();
    all
}

/// Words that begin with `prefix` and may be the name of a metric.
fn names(text: &str, prefix: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let words = text.split(|c| !is_part(c)).filter(|word| word.starts_with(prefix));
    words.map(str::to_owned).collect()
}

/// Every metric that the program can show, from the literals that name them.
fn metrics() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in files("src/telemetry").iter().filter(|file| file.is_file()) {
        for literal in read(file).split("\"buymode_").skip(1) {
            let name = literal.split('"').next().unwrap();
            if name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
                found.insert(format!("buymode_{name}"));
            }
        }
    }
    assert!(found.len() > 25, "{found:?}");
    found
}

fn family(name: &str, metrics: &BTreeSet<String>) -> String {
    let of_histogram = ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end));
    match of_histogram {
        Some(family) if metrics.contains(family) => family.to_owned(),
        _ => name.to_owned(),
    }
}

/// The expressions of all panels.
fn panels() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for file in files("deploy/grafana/dashboards") {
        let dashboard: Value = serde_json::from_str(&read(&file)).unwrap();
        for panel in dashboard["panels"].as_array().unwrap() {
            let title = format!("{}: {}", file.display(), panel["title"].as_str().unwrap());
            for target in panel["targets"].as_array().unwrap() {
                all.push((title.clone(), target["expr"].as_str().unwrap().to_owned()));
            }
        }
    }
    all
}

#[test]
fn a_single_figure_is_never_without_a_value() {
    for file in files("deploy/grafana/dashboards") {
        let dashboard: Value = serde_json::from_str(&read(&file)).unwrap();
        for panel in dashboard["panels"].as_array().unwrap().iter().filter(|p| p["type"] == "stat")
        {
            let ends_in_zero =
                panel["targets"][0]["expr"].as_str().unwrap().ends_with("or vector(0)");
            let says_why = panel["fieldConfig"]["defaults"]["noValue"].is_string();
            assert!(ends_in_zero || says_why, "{}: {}", file.display(), panel["title"]);
        }
    }
}

#[test]
fn each_metric_is_shown_and_documented_and_no_other() {
    let (metrics, docs) = (metrics(), read("docs/src/running.md"));
    let alerts = read(format!("{PROMETHEUS}/alerts.yaml"));
    let panels = panels();
    let shown: String = panels.iter().map(|(_, expr)| format!("{expr}\n")).collect();
    let used = names(&(shown.clone() + &alerts), "buymode_");
    let used: BTreeSet<String> = used.iter().map(|name| family(name, &metrics)).collect();
    let unknown: Vec<_> = used.difference(&metrics).collect();
    assert!(unknown.is_empty(), "dashboards or alerts use metrics that do not exist: {unknown:?}");
    let drawn: BTreeSet<String> =
        names(&shown, "buymode_").iter().map(|name| family(name, &metrics)).collect();
    let hidden: Vec<_> = metrics.difference(&drawn).collect();
    assert!(hidden.is_empty(), "no panel shows {hidden:?}");
    let missing: Vec<_> = metrics.iter().filter(|m| !docs.contains(&format!("`{m}`"))).collect();
    assert!(missing.is_empty(), "docs/src/running.md does not list {missing:?}");
    for (_, expr) in &panels {
        for name in names(expr, "process_") {
            assert!(PROCESS.contains(&name.as_str()), "{name}");
        }
    }
}

/// By the collector of the crate `prometheus`.
const PROCESS: &[&str] = &[
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_threads",
];

#[test]
fn each_alert_has_its_section_in_the_runbook_and_its_cases() {
    let alerts = read(format!("{PROMETHEUS}/alerts.yaml"));
    let cases = files(PROMETHEUS).into_iter().filter(|f| f.to_string_lossy().contains("test"));
    let cases: String = cases.map(read).collect();
    let runbook = read("docs/src/runbook.md");
    let mut anchors = BTreeSet::new();
    for section in runbook.split("\n## ").skip(1) {
        let (title, text) = section.split_once('\n').unwrap();
        anchors.insert(title.to_lowercase().replace(' ', "-"));
        for part in ["For the business", "How to see it", "What to do", "What not to do"] {
            assert!(text.contains(&format!("- **{part}:**")), "{title}: {part} is missing");
        }
    }
    for alert in alerts.split("- alert: ").skip(1) {
        let name = alert.lines().next().unwrap();
        let anchor = alert.split("runbook.md#").nth(1).unwrap().lines().next().unwrap();
        assert!(anchors.contains(anchor), "{name}: the runbook has no section {anchor}");
        assert!(runbook.contains(name), "the runbook does not name {name}");
        let heading = format!("alertname: {name}\n");
        let case = cases.split(&heading).skip(1);
        let fires: Vec<bool> =
            case.map(|after| !after.trim_start().starts_with("exp_alerts: []")).collect();
        assert!(fires.contains(&true), "{name}: no case in which it fires");
    }
}

#[test]
fn what_is_kept_quiet_is_an_alert_and_follows_from_one() {
    let all = names(&read(format!("{PROMETHEUS}/alerts.yaml")), "Buymode");
    let quiet = names(&read(format!("{PROMETHEUS}/alertmanager.yaml")), "Buymode");
    assert!(quiet.len() > 10, "{quiet:?}");
    let unknown: Vec<_> = quiet.difference(&all).collect();
    assert!(unknown.is_empty(), "alertmanager.yaml names alerts that do not exist: {unknown:?}");
}

#[test]
fn each_dashboard_is_shown_in_the_docs() {
    let page = read("docs/src/dashboards.md");
    for file in files("deploy/grafana/dashboards") {
        let picture = format!("dashboard-{}.svg", file.file_stem().unwrap().to_string_lossy());
        assert!(page.contains(&format!("(pictures/{picture})")), "{picture}");
        let bytes = read(format!("docs/src/pictures/{picture}")).len();
        assert!(bytes < 150_000, "{picture}: {bytes} bytes");
    }
}

#[test]
fn alerts_fire_and_keep_quiet_as_their_cases_say() {
    if Command::new("promtool").arg("--version").output().is_err() {
        return support::skip("no promtool; it is in the package prometheus");
    }
    let run = |args: &[&str]| {
        let out = Command::new("promtool").args(args).current_dir(PROMETHEUS).output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned()
            + &String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "promtool {args:?}: {said}");
    };
    run(&["check", "config", "prometheus.yaml"]);
    run(&["test", "rules", "alerts.test.yaml"]);
    run(&["test", "rules", "alerts.days.test.yaml"]);
}
