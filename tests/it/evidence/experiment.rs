//! `buymode experiment`: a plan before the start, and reports from files and from a log.

use super::check::Export;
use super::reports::{assert_plain_html, validate};
use crate::cli::{Ended, buymode, ok};
use crate::ingest::real::data;
use crate::support::readable::assert_readable;
use buymode::evidence::stats::chance::Chance;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

fn parsed(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}"))
}

#[test]
fn a_plan_says_how_many_accounts_and_months_for_which_effect() {
    let plan = ["experiment", "plan", "--rate", "15%", "--to", "20%", "--to", "35 %"];
    let months = ["--hold-out", "50%", "--accounts-a-month", "100", "--months", "12"];
    let told = parsed(&buymode(&[&plan[..], &months, &["--json"]].concat()));
    assert_readable("experiment plan", &told);
    validate("experiment-plan", &told);
    let sizes: Vec<u64> = ["0", "1"]
        .iter()
        .map(|at| told.pointer(&format!("/effects/{at}/one_look/account_count")).unwrap())
        .map(|count| count.as_u64().unwrap())
        .collect();
    // Twice 905 and twice 72 an arm, as statsmodels has it.
    assert_eq!(sizes, [1_812, 146]);
    let any = told.pointer("/effects/0/any_look/account_count").unwrap().as_u64().unwrap();
    assert!((3_400..3_600).contains(&any), "{any}");
    let text = ok(&[&plan[..], &months].concat());
    assert!(text.contains("In 12.0 months the outcome of 608 accounts will be known"), "{text}");
    for (args, message) in [
        (&["--rate", "15"][..], "use a percentage such as 15%"),
        (&["--rate", "15%", "--to", "15%"], "use a rate other than --rate"),
        (&["--rate", "15%", "--accounts-a-month", "-1"], "use a number above 0"),
    ] {
        let ended = buymode(&[&["experiment", "plan"], args].concat());
        assert!(ended.code != Some(0) && ended.stderr.contains(message), "{ended:?}");
    }
}

/// Accounts in two arms; treated ones are won more often by `more`, and a fit score goes with it.
fn accounts(rows: usize, more: f64, seed: u64) -> Export {
    let mut chance = Chance::new(seed);
    let mut text = "Account,Parent,Arm,Fit,Won,Revenue,Meeting\n".to_owned();
    for at in 0..rows {
        let treated = chance.happens(0.5);
        let fit = chance.below(100);
        let rate = 0.1 + 0.003 * fit as f64 + if treated { more } else { 0.0 };
        let won = chance.happens(rate);
        let arm = if treated { "<b>treated</b>" } else { "held" };
        let parent = if at % 10 == 0 { format!("Group {}", at / 20) } else { String::new() };
        let open = at % 17 == 0;
        let known = if open {
            ""
        } else if won {
            "yes"
        } else {
            "no"
        };
        let revenue = if won { 1_000 + chance.below(2_000) } else { 0 };
        let meeting = u8::from(chance.happens(0.3));
        writeln!(text, "A{at},{parent},{arm},{fit},{known},{revenue},{meeting}").unwrap();
    }
    Export::new().file("accounts.csv", text)
}

fn report(export: &Export, args: &[&str]) -> Ended {
    let path = export.path("accounts.csv");
    let head = ["experiment", "report", &path, "--arm", "Arm", "--control", "held"];
    buymode(&[&head[..], &["--planned", "1500"], args].concat())
}

#[test]
fn a_report_of_a_file_shows_the_effect_and_what_it_left_out() {
    let export = accounts(1_500, 0.15, 3);
    let args =
        ["--outcome", "Won", "--outcome", "Revenue", "--before", "Fit", "--family", "Parent"];
    let (html, markdown) = (export.path("report.html"), export.path("report.md"));
    let files = ["--html", &html, "--markdown", &markdown];
    let ended = report(&export, &[&args[..], &files, &["--json"]].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let told = parsed(&ended);
    assert_readable("experiment report", &told);
    validate("experiment-report", &told);
    assert_eq!((&told["verdict"], &told["is_drawn"]), (&json!("shown"), &json!(true)));
    let won = &told["outcomes"][0]["effects"][0]["difference"];
    let low = won["interval"]["low"].as_f64().unwrap();
    assert!(low > 0.0 && won["variance_left_share"].as_f64().unwrap() < 1.0, "{won}");
    let whole: u64 = told["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["account_count"].as_u64().unwrap())
        .sum();
    let units = told["unit_count"].as_u64().unwrap();
    // 75 groups of two; those in one arm are one unit.
    assert!(whole > 0 && units + whole + (150 - whole) / 2 == 1_500, "{units} {whole}");
    assert!(told["outcomes"][0]["arms"][0]["open_count"].as_u64().unwrap() > 20);
    assert_eq!(told["outcomes"][1]["is_rate"], false);
    assert_plain_html(&std::fs::read_to_string(&html).unwrap(), Some("treated"));
    let text = std::fs::read_to_string(&markdown).unwrap();
    assert!(text.contains("\\<b\\>treated") && !text.contains("<b>"), "{text}");
    let said = report(&export, &args).stdout;
    assert!(said.contains("Stop: <b>treated</b> has a higher Won than held."), "{said}");
    assert!(said.contains("in two arms"), "{said}");
}

#[test]
fn arms_of_other_sizes_than_planned_are_no_experiment() {
    let export = accounts(1_500, 0.15, 4);
    let shares = ["--share", "held=10%", "--share", "<b>treated</b>=90%"];
    let ended = report(&export, &[&["--outcome", "Won"][..], &shares].concat());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("Read no effect"), "{}", ended.stdout);
    // Kinds of accounts are no draw: no shares, and no cause.
    let ended = report(&export, &["--outcome", "Won", "--not-drawn"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("were not drawn by chance"), "{}", ended.stdout);
}

#[test]
fn a_wrong_call_says_what_to_do() {
    let export = accounts(100, 0.0, 5);
    for (args, message) in [
        (&[][..], "--outcome is missing: name a column"),
        (&["--outcome", "Lost"], "unknown column \"Lost\"; the file has \"Account\", \"Parent\""),
        (&["--outcome", "Account"], "it holds \"A0\"; use yes and no, 1 and 0, or numbers"),
        (&["--outcome", "Won", "--share", "held=10%"], "--share of \"<b>treated</b>\" is missing"),
        (
            &["--outcome", "Won", "--share", "held=10%", "--share", "<b>treated</b>=80%"],
            "together 90.0 %; use 100 %",
        ),
        (&["--outcome", "Won", "--html", "report.txt"], "use a name that ends with .html"),
    ] {
        let ended = report(&export, args);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(message), "{message}: {}", ended.stderr);
    }
    let path = export.path("accounts.csv");
    let head = ["experiment", "report", &path, "--planned", "10", "--outcome", "Won"];
    let ended = buymode(&[&head[..], &["--arm", "Account", "--control", "A0"]].concat());
    assert!(ended.stderr.contains("use a column with 2 to 10 arms"), "{}", ended.stderr);
    let ended = buymode(&[&head[..], &["--arm", "Arm", "--control", "none"]].concat());
    assert!(ended.stderr.contains("unknown arm \"none\""), "{}", ended.stderr);
}

#[test]
fn hillstrom_is_recovered_by_the_command() {
    let Some(paths) = data(&["evidence/hillstrom.csv.gz".to_owned()]) else { return };
    let path = paths[0].to_str().unwrap();
    let head = ["experiment", "report", path, "--arm", "segment", "--control", "No E-Mail"];
    let tail = ["--outcome", "conversion", "--planned", "64000", "--json"];
    let told = parsed(&buymode(&[&head[..], &tail].concat()));
    let number = |place: &str| told.pointer(place).unwrap().as_f64().unwrap();
    assert!((number("/mismatch/one_look_p") - 0.904).abs() < 5e-4);
    let mens = told["outcomes"][0]["effects"].as_array().unwrap();
    let mens = &mens.iter().find(|effect| effect["arm"] == "Mens E-Mail").unwrap()["difference"];
    assert!((mens["relative_ratio"].as_f64().unwrap() - 1.188).abs() < 5e-4, "{mens}");
    assert!((mens["one_look_z_ratio"].as_f64().unwrap() - 7.39).abs() < 5e-3, "{mens}");
    assert!(mens["interval"]["low"].as_f64().unwrap() > 0.0, "{mens}");
}

const ACCOUNTS: usize = 400;

fn first_day() -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap()
}

/// A history: companies that enter one a day with funding and a hire; every fourth is won after a month.
fn records() -> String {
    let mut text = String::new();
    let mut line = |value: Value| writeln!(text, "{value}").unwrap();
    let first = first_day();
    for at in 0..ACCOUNTS {
        let account = format!("quill-{at}.com");
        let day = |days: u64| (first + chrono::Days::new(at as u64 + days)).to_string();
        // Pairs of one family, of which both enter: of every other pair the parent is known only later.
        let parent = format!("quill-{}.com", at.saturating_sub(1));
        let (in_time, later) = (at % 80 == 1, at % 80 == 41);
        line(json!({"record": "company", "source": "crm", "account": account, "as_of": day(0),
            "name": format!("Quill {at}"), "industries": ["SaaS"], "employees": 400, "country": "US",
            "funding_stage": "Series B", "tools": ["HubSpot"], "departments": {"revenue_operations": 4},
            "parent": in_time.then_some(&parent)}));
        line(
            json!({"record": "funding", "source": "news", "account": account, "round": "Series C",
            "source_record_id": format!("f{at}"), "amount": "40M", "currency": "USD", "occurred_at": day(1)}),
        );
        line(json!({"record": "hiring", "source": "news", "account": account, "action": "hired",
            "source_record_id": format!("h{at}"), "title": "VP of Sales", "occurred_at": day(2)}));
        if later {
            line(json!({"record": "company", "source": "crm", "account": account, "as_of": day(3),
                "parent": parent}));
        }
        if at % 4 == 0 {
            line(
                json!({"record": "sales_outcome", "source": "crm", "account": account, "outcome": "won",
                "source_record_id": format!("w{at}"), "occurred_at": day(32)}),
            );
        }
    }
    text
}

#[test]
fn a_report_of_a_log_counts_what_its_decisions_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let root = |name: &str| format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
    let log = path("log");
    let profile = std::fs::read_to_string(root("deploy/profiles/starter.yaml")).unwrap();
    let held = path("held.yaml");
    std::fs::write(&held, format!("{profile}\nexperiment: {{ hold_out_percent: 30 }}\n")).unwrap();
    let none = path("none.yaml");
    std::fs::write(&none, profile).unwrap();
    std::fs::write(path("records.jsonl"), records()).unwrap();
    let on = |args: &[&str]| buymode(&[args, &["--embedded", &log]].concat());
    let create = on(&["topics", "create", "--history", "--profile", &held, "--partitions", "2"]);
    assert_eq!(create.code, Some(0), "{create:?}");
    let report = ["experiment", "report", "--planned", "400", "--outcome", "won within 60 days"];
    assert!(on(&report).stderr.contains("nothing was published"), "{:?}", on(&report));
    on(&["icp", "publish", &none]);
    assert!(on(&report).stderr.contains("set experiment.hold_out_percent"), "{:?}", on(&report));
    on(&["icp", "publish", &held]);
    assert!(on(&report).stderr.contains("no account was drawn yet"), "{:?}", on(&report));
    let mapping = root("deploy/mappings/canonical.yaml");
    let imported = on(&["import", "--mapping", &mapping, &path("records.jsonl")]);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let settings = path("trial.yaml");
    std::fs::write(
        &settings,
        format!("embedded: {{folder: log}}\ntopics: {{history: true}}\nprofile: {held}\nhttp: {{listen: '127.0.0.1:0'}}\n"),
    )
    .unwrap();
    let run = buymode(&["run", "--config", &settings, "--until-caught-up"]);
    assert_eq!(run.code, Some(0), "{run:?}");

    // Counted from what a subscriber sees.
    let decisions = on(&["decisions", "--from-start", "--until-end"]).stdout;
    let mut arms: BTreeMap<usize, (bool, usize)> = BTreeMap::new();
    for line in decisions.lines() {
        let decision: Value = serde_json::from_str(line).unwrap();
        let account = decision["account"].as_str().unwrap();
        let at = account.trim_start_matches("quill-").trim_end_matches(".com").parse().unwrap();
        if decision["kind"] == "entered" {
            let on = &decision["decided_at"].as_str().unwrap()[..10];
            let day = on.parse::<chrono::NaiveDate>().unwrap() - first_day();
            let entry = (decision["arm"] == "treatment", day.num_days() as usize);
            arms.entry(at).or_insert(entry);
        }
    }
    assert_eq!(arms.len(), ACCOUNTS, "every company enters");
    let is_apart = |at: &usize| matches!(at % 80, 40 | 41);
    for daughter in (1..ACCOUNTS).step_by(80) {
        assert_eq!(arms[&daughter].0, arms[&(daughter - 1)].0, "a family shares its arm");
    }
    let expected = |treated: bool| {
        let units =
            arms.iter().filter(|(at, (arm, _))| *arm == treated && !is_apart(at) && *at % 80 != 1);
        // The log ends with the last account's win: later windows are open.
        let known = units.clone().filter(|(_, (_, day))| day + 60 < ACCOUNTS - 4 + 32);
        (units.count(), known.clone().count(), known.filter(|(at, _)| *at % 4 == 0).count())
    };
    let told = parsed(&on(&[&report[..], &["--json"]].concat()));
    validate("experiment-report", &told);
    let count = |place: &str| told.pointer(place).unwrap().as_u64().unwrap() as usize;
    for (arm, treated) in [(0, false), (1, true)] {
        let (units, known, won) = expected(treated);
        let drawn = arms.values().filter(|(arm, _)| *arm == treated).count();
        assert_eq!(count(&format!("/arms/{arm}/drawn_count")), drawn);
        assert_eq!(count(&format!("/arms/{arm}/unit_count")), units, "{told:#}");
        assert_eq!(count(&format!("/outcomes/0/arms/{arm}/unit_count")), known, "{told:#}");
        assert_eq!(count(&format!("/outcomes/0/arms/{arm}/happened_count")), won);
    }
    let left_out: u64 = told["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["account_count"].as_u64().unwrap())
        .sum();
    assert_eq!(left_out as usize, 2 * ACCOUNTS / 80);
    assert_eq!(told["mismatch"]["is_alarm"], false);
    assert!(!told["outcomes"][0]["effects"][0]["difference"].is_null());
    // A quarter of the alerts was acted on: a review of the same log says so, and that no higher line would help.
    let last = (first_day() + chrono::Days::new(ACCOUNTS as u64 + 28)).to_string();
    let review = on(&["icp", "review", &held, "--on", &last, "--json"]);
    assert_eq!(review.code, Some(1), "{review:?}");
    let review = parsed(&Ended { code: Some(0), ..review });
    validate("review", &review);
    assert_eq!(review["findings"][0]["rule"], "alerts acted on");
    assert_eq!(review["findings"][0]["says"], "fires");
    assert!(review["findings"][0]["change"].is_null(), "{review:#}");
    let wrong = on(&["experiment", "report", "--planned", "400", "--outcome", "bought"]);
    assert!(wrong.stderr.contains("use \"won within 180 days\""), "{wrong:?}");
}
