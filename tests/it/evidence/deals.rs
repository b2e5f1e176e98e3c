//! `buymode icp backtest --crm` and `buymode icp review` on invented exports: figures are those of an own count, what
//! columns lack is named, nothing fires in noise, and planted changes do.

use super::check::Export;
use super::reports::{assert_plain_html, validate};
use crate::cli::{Ended, buymode};
use crate::ingest::real::data;
use crate::support::readable::assert_readable;
use buymode::evidence::stats::chance::Chance;
use chrono::{Days, NaiveDate};
use serde_json::Value;
use std::fmt::Write;

const PROFILE: &str = "\
profile: software
product: desk
owner: revops
reviewed_at: 2026-01-02
fit:
  criteria:
    - name: software
      weight: 100
      when: { industry: [software] }
intent:
  enter: 40
  exit: 20
  rules:
    - name: raised money
      points: 40
      half_life_days: 60
      window_days: 180
      funding: { min_amount_usd: 1M }
routes: { default: sdr }
value:
  pain: none
  angle: none
  personas: [{ titles: [VP Sales] }]
";

/// What an export is made of: the win rate of companies that fit, and of the others, by quarter of 2025.
struct Plan {
    accounts: usize,
    fits: [f64; 4],
    others: [f64; 4],
    /// A country of companies that fit which is never won from the third quarter on.
    lost: Option<&'static str>,
}

const COUNTRIES: [&str; 3] = ["Germany", "Japan", "Spain"];

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + Days::new(number)
}

/// Two deals of each account in every quarter, which end by the quarter's end; a tenth of accounts have one that is
/// open.
fn export(plan: &Plan, seed: u64) -> Export {
    let mut chance = Chance::new(seed);
    let mut deals =
        "Opportunity ID,Account Name,Created Date,Close Date,Stage,Amount,MQL Date\n".to_owned();
    let mut accounts = "Account Name,Industry,Country,ARR,Contract Start,Churn Date,Gross Margin,CAC,Expansion,Contraction,NPS\n".to_owned();
    let starts = [0_u64, 90, 181, 273];
    for at in 0..plan.accounts {
        let fits = at % 2 == 0;
        let country = COUNTRIES[at / 2 % 3];
        for (quarter, start) in starts.into_iter().enumerate() {
            for n in 0..2 {
                let created = start + chance.below(30) as u64;
                let closed = created + 10 + chance.below(49) as u64;
                let rates = if fits { plan.fits } else { plan.others };
                let is_lost = fits && quarter > 1 && plan.lost == Some(country);
                let is_won = chance.happens(rates[quarter]) && !is_lost;
                let stage = if is_won { "Won" } else { "Lost" };
                writeln!(
                    deals,
                    "D{at}-{quarter}-{n},Quill {at},{},{},{stage},{},{}",
                    day(created),
                    day(closed),
                    1_000 + 10 * (at % 7),
                    if n == 0 { day(created).to_string() } else { String::new() }
                )
                .unwrap();
            }
        }
        if at % 10 == 0 {
            writeln!(deals, "D{at}-open,Quill {at},{},,Proposal,2000,", day(340)).unwrap();
        }
        let industry = if fits { "Software" } else { "Retail" };
        let churned = if at % 4 == 3 { "2025-09-01" } else { "" };
        writeln!(
            accounts,
            "Quill {at},{industry},{country},{},2024-10-0{},{churned},80,{},{},0,{}",
            if fits { 24_000 } else { 12_000 },
            1 + at % 9,
            9_000,
            if fits { 2_400 } else { 0 },
            at % 11
        )
        .unwrap();
    }
    // The last whole quarter ends with the last day.
    deals.push_str("DX,Quill 1,2025-12-01,2025-12-31,Lost,0,\n");
    let export = Export::new().file("deals.csv", deals).file("accounts.csv", accounts);
    export.file("profile.yaml", PROFILE)
}

fn run(export: &Export, command: &str, args: &[&str]) -> Ended {
    let [deals, accounts, profile] =
        ["deals.csv", "accounts.csv", "profile.yaml"].map(|name| export.path(name));
    let first = ["icp", command, &profile, "--crm", &deals, &accounts];
    buymode(&[&first[..], args].concat())
}

fn figure<'a>(test: &'a Value, name: &str) -> &'a Value {
    let figures = test["figures"].as_array().unwrap();
    figures
        .iter()
        .find(|figure| figure["figure"] == name)
        .unwrap_or_else(|| panic!("{name}: {figures:#?}"))
}

#[test]
fn figures_of_files_are_those_of_an_own_count() {
    let plan = Plan { accounts: 120, fits: [0.6; 4], others: [0.2; 4], lost: None };
    let export = export(&plan, 1);
    let (html, markdown) = (export.path("a.html"), export.path("a.md"));
    let args = ["--pipeline", "--capacity", "100", "--spend", "90000"];
    let ended = run(
        &export,
        "backtest",
        &[&args[..], &["--json", "--html", &html, "--markdown", &markdown]].concat(),
    );
    let found: Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}"));
    assert_readable("icp backtest --crm", &found);
    let test = &found["exports"][0];
    validate("export-backtest", test);
    // Own count.
    let text = std::fs::read_to_string(export.path("deals.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let fits =
        |row: &Vec<&str>| row[1].trim_start_matches("Quill ").parse::<u32>().unwrap() % 2 == 0;
    let closed =
        |kind: bool| rows.iter().filter(move |row| row[4] != "Proposal" && fits(row) == kind);
    let won = |kind: bool| closed(kind).filter(|row| row[4] == "Won");
    for (name, kind) in [("icp", true), ("others", false)] {
        let rate = figure(test, "win rate")[name].clone();
        let expected = won(kind).count() as f64 / closed(kind).count() as f64;
        assert!((rate["value"].as_f64().unwrap() - expected).abs() < 1e-12, "{rate}");
        assert_eq!(rate["record_count"], closed(kind).count());
        assert_eq!(rate["family_count"], 60);
        let amounts: Vec<f64> = won(kind).map(|row| row[5].parse().unwrap()).collect();
        let mean = amounts.iter().sum::<f64>() / amounts.len() as f64;
        let deal = figure(test, "average deal")[name]["value"].as_f64().unwrap();
        assert!((deal - mean).abs() < 1e-9, "{deal} {mean}");
    }
    assert_eq!(figure(test, "win rate")["mark"]["lies"], "above");
    assert_eq!(figure(test, "win rate")["more_count"], 0);
    assert!(test["shuffled_p"].as_f64().unwrap() < 0.01);
    // Of those that fit none left: 24,000 + 2,400; of the others half left within a year.
    let nrr = figure(test, "net revenue retention");
    assert_eq!(nrr["icp"]["value"], 1.1);
    assert!((nrr["others"]["value"].as_f64().unwrap() - 0.5).abs() < 1e-9, "{nrr}");
    let payback = figure(test, "CAC payback")["icp"]["value"].as_f64().unwrap();
    assert!((payback - 9_000.0 / (2_000.0 * 0.8)).abs() < 1e-9, "{payback}");
    // No customer that fits has left: its value has no upper end.
    assert!(figure(test, "lifetime value")["icp"].is_null());
    let churn = figure(test, "churn within 12 months");
    assert_eq!(churn["icp"]["value"], 0.0);
    assert!((churn["others"]["value"].as_f64().unwrap() - 0.5).abs() < 1e-9, "{churn}");
    let mqls = rows.iter().filter(|row| !row[6].is_empty() || row[4] == "Won").count();
    let per_mql = test["spend"]["per_mql"].as_f64().unwrap();
    assert!((per_mql - 90_000.0 / mqls as f64).abs() < 1e-6, "{per_mql} {mqls}");
    let pipeline = &test["pipeline"];
    assert_eq!(pipeline["kinds"][0]["deal_count"], 12);
    let year = pipeline["forecasts"][3]["won"]["value"].as_f64().unwrap();
    assert!(year > 0.0 && year <= 12.0, "{pipeline:#}");
    let missing: Vec<&str> = test["falls_away"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["figure"].as_str().unwrap())
        .collect();
    assert!(
        missing.contains(&"demo to close") && !missing.contains(&"average deal"),
        "{missing:?}"
    );
    assert_plain_html(&std::fs::read_to_string(&html).unwrap(), None);
    let told = run(&export, "backtest", &args);
    assert!(
        told.stdout.contains("which lies above the usual mark of 2 times. Enough"),
        "{}",
        told.stdout
    );
    assert_eq!(
        run(&export, "backtest", &args).stdout,
        told.stdout,
        "the same seed, the same answer"
    );
    assert!(!told.stdout.to_lowercase().contains("because of"), "{}", told.stdout);
}

#[test]
fn files_that_lack_columns_say_which_figures_fall_away() {
    let deals =
        "id,stage,industry,created\nD1,Won,Software,2025-01-02\nD2,Lost,Retail,2025-01-03\n";
    let export = Export::new().file("deals.csv", deals).file("profile.yaml", PROFILE);
    let ended = buymode(&[
        "icp",
        "backtest",
        &export.path("profile.yaml"),
        "--crm",
        &export.path("deals.csv"),
    ]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for part in [
        "Not enough to compare",
        "net revenue retention",
        "unnamed accounts",
        "as of the day of the export",
    ] {
        assert!(ended.stdout.contains(part), "lacks {part:?}: {}", ended.stdout);
    }
    let wrong = buymode(&[
        "icp",
        "backtest",
        &export.path("profile.yaml"),
        "--crm",
        &export.path("deals.csv"),
        "--outcome",
        "meeting within 9 days",
    ]);
    assert!(wrong.stderr.contains("an export says which deals were won"), "{wrong:?}");
    let none = Export::new().file("deals.csv", "id,name\n1,a\n2,b\n").file("profile.yaml", PROFILE);
    let ended =
        buymode(&["icp", "backtest", &none.path("profile.yaml"), "--crm", &none.path("deals.csv")]);
    assert!(ended.stderr.contains("no column says which deals were won"), "{ended:?}");
}

fn review(export: &Export, args: &[&str]) -> (Value, Ended) {
    let ended = run(export, "review", &[&["--on", "2026-01-10", "--json"], args].concat());
    let found = serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}"));
    (found, ended)
}

fn fires(review: &Value) -> Vec<&str> {
    let findings = review["findings"].as_array().unwrap().iter();
    findings.filter(|f| f["says"] == "fires").map(|f| f["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_review_fires_where_something_was_planted_and_only_there() {
    let plan = |fits, others, lost| Plan { accounts: 120, fits, others, lost };
    let quiet = plan([0.5; 4], [0.2; 4], None);
    let cases: [(&str, Plan, Option<&str>); 4] = [
        ("quiet", quiet, None),
        ("falling", plan([0.6, 0.6, 0.6, 0.2], [0.2; 4], None), Some("win rate falls")),
        (
            "outside",
            plan([0.2; 4], [0.6; 4], None),
            Some("segment outside the profile is won faster"),
        ),
        (
            "lost",
            plan([0.5; 4], [0.2; 4], Some("Japan")),
            Some("segment without a win in two quarters"),
        ),
    ];
    for (name, plan, expected) in cases {
        let export = export(&plan, 3);
        let (found, ended) = review(&export, &[]);
        assert_readable("icp review", &found);
        validate("review", &found);
        let fires = fires(&found);
        match expected {
            None => assert!(fires.is_empty() && ended.code == Some(0), "{name}: {found:#}"),
            Some(rule) => {
                assert!(fires.contains(&rule) && ended.code == Some(1), "{name}: {found:#}")
            }
        }
    }
}

#[test]
fn what_a_review_proposes_is_a_profile_that_can_be_compared() {
    let plan = Plan { accounts: 120, fits: [0.5; 4], others: [0.2; 4], lost: Some("Japan") };
    let export = export(&plan, 3);
    let (next, kept) = (export.path("next.yaml"), export.path("reviews.jsonl"));
    let because = ["--keep", &kept, "--because", "market", "a law in Japan"];
    let (_, ended) = review(&export, &[&because[..], &["--propose", &next]].concat());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let text = std::fs::read_to_string(&next).unwrap();
    assert!(text.contains("when: { country: [\"jp\"] }") && text.contains("pain: none"), "{text}");
    assert_eq!(buymode(&["icp", "check", &next]).code, Some(0), "{text}");
    review(&export, &because);
    let lines = std::fs::read_to_string(&kept).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[1]["because"]["text"]), (2, &"a law in Japan".into()));
    let wrong = run(&export, "review", &["--keep", &kept, "--because", "weather", "rain"]);
    assert!(wrong.stderr.contains("use product, pricing, market or segment"), "{wrong:?}");
    let late = run(&export, "review", &["--on", "2026-09-01"]);
    assert!(late.stdout.contains("more than 100 days"), "{}", late.stdout);
    let weekly = run(&export, "review", &["--cadence", "weekly"]);
    assert_eq!(weekly.code, Some(0), "{weekly:?}");
}

/// Fictitious data without a firmographic effect, whose win rate rises at every end of a quarter.
#[test]
fn crm_sales_shows_no_difference_and_no_change() {
    let names = ["sales_pipeline", "accounts", "products", "sales_teams"];
    let Some(paths) = data(&names.map(|name| format!("crm-sales/{name}.csv.gz"))) else { return };
    let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let profile = PROFILE.replace(
        "when: { industry: [software] }",
        "when: { industry: [medical, software, finance] }",
    );
    let export = Export::new().file("profile.yaml", profile);
    let file = export.path("profile.yaml");
    let first = ["icp", "backtest", &file, "--json", "--pipeline", "--crm"];
    let ended = buymode(&[&first[..], &paths[..]].concat());
    let found: Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}"));
    let test = &found["exports"][0];
    assert!(test["shuffled_p"].as_f64().unwrap() > 0.05, "{test:#}");
    let interval = &figure(test, "win rate")["times_interval"];
    assert!(
        interval["low"].as_f64().unwrap() < 1.0 && interval["high"].as_f64().unwrap() > 1.0,
        "{interval}"
    );
    let first = ["icp", "review", &file, "--json", "--on", "2018-01-05", "--crm"];
    let ended = buymode(&[&first[..], &paths[..]].concat());
    let found: Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}"));
    assert!(!fires(&found).contains(&"win rate falls"), "{found:#}");
    assert!(!fires(&found).contains(&"criteria drift"), "{found:#}");
}
