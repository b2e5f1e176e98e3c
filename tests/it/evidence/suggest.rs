//! `buymode icp suggest` on invented records: planted rules come back, noise proves nothing, and what is written
//! is a profile.

use super::check::Export;
use crate::cli::{Ended, buymode};
use crate::ingest::real::data;
use buymode::evidence::stats::chance::Chance;
use serde_json::Value;
use std::fmt::Write;

const INDUSTRIES: [&str; 5] = ["Software", "Retail", "Insurance", "Construction", "Education"];
const COUNTRIES: [&str; 4] = ["Germany", "Japan", "Spain", "Canada"];

/// Records of as many accounts: software companies of 200 and more people win more often by `effect` each, in
/// their odds.
fn export(accounts: usize, effect: f64, seed: u64) -> Export {
    let mut chance = Chance::new(seed);
    let mut deals = "Opportunity ID,Account Name,Stage,Lead Source,Owner\n".to_owned();
    let mut list = "Account Name,Industry,Country,Employees,Region\n".to_owned();
    for at in 0..accounts {
        let industry = INDUSTRIES[chance.below(5)];
        let country = COUNTRIES[chance.below(4)];
        let people = 20 + chance.below(400);
        let region = ["North", "South"][chance.below(2)];
        writeln!(list, "Quill {at} Ltd,{industry},{country},{people},{region}").unwrap();
        let mut odds = 0.25;
        if industry == "Software" {
            odds *= effect;
        }
        if people >= 200 {
            odds *= effect;
        }
        let stage = if chance.happens(odds / (1.0 + odds)) { "Won" } else { "Lost" };
        let source = ["Inbound", "Outbound", "Partner"][chance.below(3)];
        let owner = ["Ann", "Ben", "Cem", "Dee"][chance.below(4)];
        writeln!(deals, "D{at},Quill {at} Ltd,{stage},{source},{owner}").unwrap();
    }
    Export::new().file("deals.csv", deals).file("accounts.csv", list)
}

fn suggest(export: &Export, args: &[&str]) -> Ended {
    let (deals, accounts) = (export.path("deals.csv"), export.path("accounts.csv"));
    buymode(&[&["icp", "suggest", &deals, &accounts], args].concat())
}

fn report(export: &Export, args: &[&str]) -> Value {
    let ended = suggest(export, &[args, &["--json"]].concat());
    serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}"))
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect()
}

#[test]
fn planted_rules_come_back_as_a_valid_profile() {
    let export = export(600, 4.0, 1);
    let file = export.path("suggested.yaml");
    let found = report(&export, &["--out", &file, "--product", "deal-desk"]);
    let columns: Vec<&str> = found["criteria"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["column"].as_str().unwrap())
        .collect();
    assert!(columns.contains(&"Industry") && columns.contains(&"Employees"), "{found:#}");
    assert!(!columns.contains(&"Owner"), "an owner is no property of a company");
    let weights: u64 =
        found["criteria"].as_array().unwrap().iter().map(|c| c["weight"].as_u64().unwrap()).sum();
    assert_eq!(weights, 100);
    let ranking = &found["ranking"];
    let auc = ranking["auc"].as_f64().unwrap();
    assert!(
        (0.6..0.9).contains(&auc) && ranking["least_auc"].as_f64().unwrap() <= auc,
        "{ranking}"
    );
    let checked = buymode(&["icp", "check", &file]);
    assert_eq!(checked.code, Some(0), "{checked:?}\n{}", std::fs::read_to_string(&file).unwrap());
    let yaml = std::fs::read_to_string(&file).unwrap();
    assert!(
        yaml.contains("product: deal-desk") && yaml.contains("industry: [\"software\"]"),
        "{yaml}"
    );
    assert!(yaml.contains("employees: { min:") && yaml.contains("times as often"), "{yaml}");
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let export = export(200, 3.0, 2);
    let [first, second] = [0, 1].map(|_| suggest(&export, &["--seed", "7", "--json"]).stdout);
    assert_eq!(first, second);
}

#[test]
fn where_nothing_is_proven_it_says_so_and_shows_hypotheses() {
    let export = export(80, 1.0, 4);
    let file = export.path("suggested.yaml");
    let ended = suggest(&export, &["--out", &file]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("Nothing is proven"), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("more accounts would settle it")
            && ended.stdout.contains("is not written"),
        "{}",
        ended.stdout
    );
    assert!(!std::path::Path::new(&file).exists());
    let found = report(&export, &["--hypotheses", "--out", &file]);
    assert_eq!(found["proven_count"], 0);
    let hypotheses = names(&found["hypotheses"]);
    assert!((1..=5).contains(&hypotheses.len()), "{hypotheses:?}");
    let yaml = std::fs::read_to_string(&file).unwrap();
    assert!(yaml.contains("# A hypothesis: not proven."), "{yaml}");
    assert_eq!(buymode(&["icp", "check", &file]).code, Some(0), "{yaml}");
}

#[test]
fn too_few_records_are_refused_with_what_is_missing() {
    let export = export(8, 1.0, 5);
    let ended = suggest(&export, &[]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("not enough:") && ended.stderr.contains("at least 5 of each"),
        "{}",
        ended.stderr
    );
    let ended = suggest(&export, &["--keep", "Mood"]);
    assert!(ended.stderr.contains("unknown column \"Mood\" in --keep"), "{}", ended.stderr);
}

/// Public data: seven in ten records of two sellers, no dates.
#[test]
fn salvirt_is_ranked_as_well_as_by_a_model_nobody_can_read() {
    let Some(paths) = data(&["evidence/salvirt.csv.gz".to_owned()]) else { return };
    let ended = buymode(&["icp", "suggest", paths[0].to_str().unwrap(), "--json"]);
    let found: Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}"));
    let auc = found["ranking"]["auc"].as_f64().unwrap();
    assert!(auc >= 0.79, "{auc}");
    assert_eq!(found["ranking"]["repeat_count"], 20);
    let by_owner = found["ranking"]["owner_held_out_auc"].as_f64().unwrap();
    assert!((0.65..auc).contains(&by_owner), "{by_owner}");
    let columns: Vec<&str> = found["criteria"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["column"].as_str().unwrap())
        .collect();
    assert!(
        columns.len() <= 8 && !columns.contains(&"Seller") && !columns.contains(&"Product"),
        "{columns:?}"
    );
}

/// Fictitious data without a firmographic effect.
#[test]
fn crm_sales_proves_nothing() {
    let names = ["sales_pipeline", "accounts", "products", "sales_teams"];
    let Some(paths) = data(&names.map(|name| format!("crm-sales/{name}.csv.gz"))) else { return };
    let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let ended = buymode(&[&["icp", "suggest"], &paths[..]].concat());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("Nothing is proven"), "{}", ended.stdout);
}
