//! `buymode icp suggest --by` and `--events`: the best customers against the market and against the others, what
//! happened before, and the document of seven steps.

use super::check::Export;
use crate::cli::{Ended, buymode};
use buymode::evidence::stats::chance::Chance;
use chrono::{Days, NaiveDate};
use serde_json::Value;
use std::fmt::Write;

/// Deals of as many accounts, of which some three of five are won. Software companies are won more often, and
/// pay more; those that are won had raised money a month before in three of four cases, the others in one of five.
fn export(accounts: usize, seed: u64) -> Export {
    let mut chance = Chance::new(seed);
    let first = NaiveDate::from_ymd_opt(2023, 1, 2).unwrap();
    let mut deals = "Opportunity ID,Account Name,Stage,Created Date,Close Date,Amount\n".to_owned();
    let mut list = "Account Name,Industry,Region\n".to_owned();
    let mut customers = "Account Name,ARR,Start Date,End Date,NPS\n".to_owned();
    let mut events = "Company,Date,Event\n".to_owned();
    for at in 0..accounts {
        let software = chance.happens(0.35);
        let industry = if software { "Software" } else { ["Retail", "Education"][chance.below(2)] };
        let region = ["North", "South"][chance.below(2)];
        writeln!(list, "Quill {at} Ltd,{industry},{region}").unwrap();
        let won = chance.happens(if software { 0.8 } else { 0.5 });
        let (stage, day) = (if won { "Won" } else { "Lost" }, Days::new(chance.below(500) as u64));
        let created = first + day;
        let closed = created + Days::new(20 + chance.below(60) as u64);
        writeln!(deals, "D{at},Quill {at} Ltd,{stage},{created},{closed},1000").unwrap();
        if won {
            let arr = match software {
                true => 12_000 + 10 * chance.below(2_000),
                false => 8_000 + 10 * chance.below(1_500),
            };
            let nps = if region == "South" { 9 } else { 5 };
            writeln!(customers, "Quill {at} Ltd,{arr},{closed},,{nps}").unwrap();
        }
        let raised = chance.happens(if won { 0.75 } else { 0.2 });
        let on = created - Days::new(if raised { 30 } else { 200 });
        writeln!(events, "Quill {at} Ltd,{on},funding").unwrap();
        writeln!(
            events,
            "Quill {at} Ltd,{},blog post",
            created - Days::new(chance.below(300) as u64)
        )
        .unwrap();
    }
    Export::new()
        .file("deals.csv", deals)
        .file("accounts.csv", list)
        .file("customers.csv", customers)
        .file("events.csv", events)
}

fn suggest(export: &Export, args: &[&str]) -> Ended {
    let files = ["deals.csv", "accounts.csv", "customers.csv"].map(|name| export.path(name));
    let files = files.each_ref().map(String::as_str);
    buymode(&[&["icp", "suggest"], &files[..], args].concat())
}

fn parsed(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}"))
}

#[test]
fn the_best_by_revenue_are_told_from_the_market_and_from_other_customers() {
    let export = export(400, 5);
    let (steps, file) = (export.path("steps.md"), export.path("suggested.yaml"));
    let args = ["--by", "arr", "--json", "--markdown", &steps, "--out", &file];
    let found = parsed(&suggest(&export, &args));
    let best = &found["best"];
    assert_eq!((best["by"].as_str(), best["best_count"].as_u64()), (Some("arr"), Some(50)));
    assert_eq!(best["accounts"].as_array().unwrap().len(), 50);
    let first = &found["criteria"][0];
    assert_eq!(first["name"], "Industry is Software", "{found:#}");
    let among = &first["among_customers"];
    assert!(among["lift_ratio"].as_f64().unwrap() > 2.0, "{among}");
    assert!(among["interval"]["low"].as_f64().unwrap() > 1.0, "{among}");
    let share = &found["shares"][0];
    assert_eq!(share["name"], "Industry is Software");
    assert!(share["best_share"].as_f64().unwrap() > 0.6, "{share}");
    let text = std::fs::read_to_string(&steps).unwrap();
    for step in 1..=7 {
        assert!(text.contains(&format!("## {step}. ")), "{step} in {text}");
    }
    for part in ["favours large companies", "to customers", "to those who sell", "Quill "] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(std::fs::read_to_string(&file).unwrap().contains("# One of the best "));
    assert_eq!(buymode(&["icp", "check", &file]).code, Some(0));
    // By another figure others are the best.
    let by_score = parsed(&suggest(&export, &["--by", "nps", "--json"]));
    assert_eq!(by_score["criteria"][0]["column"], "Region", "{by_score:#}");
}

#[test]
fn a_figure_without_its_columns_says_which_are_missing() {
    let export = export(60, 5);
    for (args, message) in [
        (&["--by", "expansion"][..], "the files have no expansion"),
        (&["--by", "luck"], "use win, ltv, arr, retention, expansion, nps, deal or cycle"),
        (&["--top", "20"], "name it: --by ltv"),
        (&["--by", "retention"], "the files have no end"),
    ] {
        let ended = suggest(&export, args);
        assert_ne!(ended.code, Some(0), "{args:?}");
        assert!(ended.stderr.contains(message), "{message}: {}", ended.stderr);
    }
    for by in ["ltv", "deal", "cycle"] {
        let found = parsed(&suggest(&export, &["--by", by, "--json"]));
        assert_eq!(found["best"]["by"], by, "{found:#}");
        assert!(found["best"]["best_count"].as_u64().unwrap() >= 10, "{found:#}");
    }
}

#[test]
fn what_happened_before_is_looked_at_and_is_no_part_of_the_fit() {
    let export = export(400, 5);
    let (events, file) = (export.path("events.csv"), export.path("suggested.yaml"));
    let args = ["--events", &events, "--hypotheses", "--json", "--out", &file];
    let found = parsed(&suggest(&export, &args));
    let triggers = found["triggers"].as_array().unwrap();
    assert_eq!(triggers[0]["name"], "funding in the 90 days before is yes", "{found:#}");
    assert!(triggers[0]["adjusted_p"].as_f64().unwrap() < 0.05, "{found:#}");
    let of = |list: &str| {
        found[list].as_array().unwrap().iter().map(|c| c["file"].clone()).collect::<Vec<_>>()
    };
    assert!(!of("criteria").contains(&"events.csv".into()), "{found:#}");
    let is_proven = |c: &&Value| c["adjusted_p"].as_f64().unwrap() < 0.05;
    assert_eq!(triggers.iter().filter(is_proven).count(), 1, "a blog post shows nothing");
    let yaml = std::fs::read_to_string(&file).unwrap();
    assert!(yaml.contains("# Write rules for those of these triggers"), "{yaml}");
    assert_eq!(buymode(&["icp", "check", &file]).code, Some(0), "{yaml}");
    let other = Export::new().file("events.csv", "Company,Date,Event\nNobody,2023-01-01,funding\n");
    let ended = suggest(&export, &["--events", &other.path("events.csv")]);
    assert!(ended.stderr.contains("none of its accounts"), "{}", ended.stderr);
}
