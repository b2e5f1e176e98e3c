//! `buymode icp backtest`: the figures of an invented history as an own count has them, nothing in noise, and the
//! law that records of later days change nothing before.

use super::promises::{at_most, runs};
use super::reports::{assert_plain_html, validate};
use crate::cli::{Ended, buymode, embedded};
use crate::support::readable::assert_readable;
use buymode::admin::backtest::{Folded, fold};
use buymode::admin::place::Place;
use buymode::admin::profiles::file::compile;
use buymode::domain::account::decision::Origin;
use buymode::domain::profile::Band;
use buymode::domain::score::fit::Tier;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::OutcomeKind;
use buymode::domain::terms::experiment::Arm;
use buymode::domain::terms::time::Day;
use buymode::evidence::backtest::sample::{OTHERS, World, sample};
use buymode::evidence::backtest::{Backtest, Named, Options, backtest};
use buymode::evidence::deals::sales::Asked;
use buymode::evidence::history::{Entry, Families, Happened, Rule, Told};
use buymode::evidence::stats::chance::Chance;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

const STARTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/profiles/starter.yaml");
const MAPPING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings/canonical.yaml");
const DAYS: u64 = 300;
const WON: Happened = Happened::Sales(OutcomeKind::Won);

/// A history of a company a day: every third one fits, raises money and hires a sales leader, and is won by half
/// within a month; of the others every fifth is won. Some have an open opportunity from before.
fn records(upto: u64) -> String {
    let mut lines: Vec<(u64, Value)> = Vec::new();
    let first = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    for at in 0..DAYS {
        let account = format!("quill-{at}.com");
        let mut line = |days: u64, mut value: Value| {
            let day = (first + chrono::Days::new(at + days)).to_string();
            value["account"] = account.as_str().into();
            let (source, when) = match value["record"] == "company" {
                true => ("crm", "as_of"),
                false => ("news", "occurred_at"),
            };
            value["source"] = source.into();
            value[when] = day.into();
            lines.push((at + days, value));
        };
        let fits = at % 3 == 0;
        let industry = if fits { "SaaS" } else { "Restaurants" };
        line(
            0,
            json!({"record": "company", "name": format!("Quill {at}"), "industries": [industry],
            "employees": 400, "country": "US", "funding_stage": "Series B"}),
        );
        let outcome = |kind: &str, n: u64| {
            json!({"record": "sales_outcome", "outcome": kind, "amount_usd": 10_000 + at,
                "source_record_id": format!("{kind}{at}-{n}")})
        };
        if at % 30 == 0 {
            line(1, outcome("opportunity", 0));
        }
        if fits {
            line(
                2,
                json!({"record": "funding", "round": "Series C", "source_record_id": format!("f{at}"),
                "amount": "40M", "currency": "USD"}),
            );
            line(
                3,
                json!({"record": "hiring", "action": "hired", "title": "VP of Sales",
                "source_record_id": format!("h{at}")}),
            );
        }
        if fits && at % 2 == 0 || !fits && at % 5 == 1 {
            line(30, outcome("won", 1));
        }
    }
    lines.sort_by_key(|(day, _)| *day);
    let mut text = String::new();
    lines.iter().filter(|(day, _)| *day <= upto).for_each(|(_, l)| writeln!(text, "{l}").unwrap());
    text
}

struct Ground {
    folder: tempfile::TempDir,
}

impl Ground {
    fn new(upto: u64) -> Ground {
        let ground = Ground { folder: tempfile::tempdir().unwrap() };
        let file = ground.path("records.jsonl");
        std::fs::write(&file, records(upto)).unwrap();
        ground.ok(&["topics", "create", "--history", "--profile", STARTER, "--partitions", "2"]);
        ground.ok(&["import", "--mapping", MAPPING, &file]);
        ground
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn run(&self, args: &[&str]) -> Ended {
        buymode(&[args, &["--embedded", &self.path("log")]].concat())
    }

    fn ok(&self, args: &[&str]) -> String {
        let ended = self.run(args);
        assert_eq!(ended.code, Some(0), "{args:?}: {ended:?}");
        ended.stdout
    }

    fn folded(&self) -> Folded {
        let place = Place::open(embedded(Path::new(&self.path("log")))).unwrap();
        fold(&place, &Arc::new(compile(Path::new(STARTER)).unwrap()), WON, &mut |_| ()).unwrap()
    }
}

fn world(folded: &Folded) -> World<'_> {
    let Folded { entries, known, told, families, upto, .. } = folded;
    World { entries, known, told, families, upto: *upto, live_since: None }
}

fn options(days: u32, seed: u64) -> Options {
    let (capacity, sales) = (None, Asked::default());
    Options { rule: Rule { outcome: WON, days }, seed, capacity, sales }
}

#[test]
fn figures_are_those_of_an_own_count() {
    let ground = Ground::new(10_000);
    let (html, markdown) = (ground.path("a.html"), ground.path("a.md"));
    let args = ["icp", "backtest", STARTER, "--outcome", "won within 60 days", "--html", &html];
    let told: Value = serde_json::from_str(
        &ground.ok(&[&args[..], &["--json", "--markdown", &markdown]].concat()),
    )
    .unwrap();
    assert_readable("icp backtest", &told);
    let test = &told["backtests"][0];
    validate("backtest", test);
    // 100 companies fit, ten of them with an open opportunity; the log ends with day 328, so that those which
    // enter from day 268 on wait.
    let entered = &test["entered"];
    let counted = |group: &Value, name: &str| group[name].as_u64().unwrap();
    let known = counted(entered, "account_count");
    assert_eq!(known + counted(entered, "open_count"), 90, "{entered}");
    // By the way, of those with an even number half are won: all of them 30 days after the first record.
    let free = |at: &u64| at.is_multiple_of(3) && !at.is_multiple_of(30);
    let of_known = |n: u64| (0..DAYS).filter(free).take(n as usize).collect::<Vec<u64>>();
    let won = of_known(known).iter().filter(|at| *at % 2 == 0).count() as u64;
    assert_eq!(counted(entered, "happened_count"), won, "{entered}");
    let open = test["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .find(|l| l["why"].as_str().unwrap().contains("open"));
    assert_eq!(open.unwrap()["account_count"], 10, "{test}");
    let times = test["times"]["times_ratio"].as_f64().unwrap();
    assert!(times > 2.0 && test["shuffled_p"].as_f64().unwrap() < 0.01, "{times} {test:#}");
    let others = counted(&test["others"], "account_count") + counted(&test["others"], "open_count");
    assert!((90..=90 * OTHERS as u64).contains(&others), "{others}");
    assert_eq!(test["deal"]["deal_count"], won, "{test}");
    assert_plain_html(&std::fs::read_to_string(&html).unwrap(), None);
    let text = ground.ok(&args);
    assert!(text.contains("times as often") && !text.to_lowercase().contains("because"), "{text}");
    assert!(text.contains("Left out: 10 accounts: had an open opportunity"), "{text}");
    assert_eq!(ground.ok(&args), text, "the same seed, the same answer");
    assert!(std::fs::read_to_string(&markdown).unwrap().contains("| entered |"));
    let wrong = ground.run(&["icp", "backtest", STARTER, "--outcome", "won soon"]);
    assert!(wrong.stderr.contains("use \"won within 180 days\""), "{wrong:?}");
    // What the log does not have, an export beside it brings.
    let deals = ground.path("deals.csv");
    let mut rows =
        "Opportunity ID,Account Name,Created Date,Close Date,Stage,Industry\n".to_owned();
    for at in 0..40 {
        let (stage, industry) =
            (["Won", "Lost"][at % 2], if at % 3 == 0 { "SaaS" } else { "Restaurants" });
        writeln!(rows, "D{at},Quill {at},2024-02-01,2024-03-{:02},{stage},{industry}", 1 + at % 28)
            .unwrap();
    }
    std::fs::write(&deals, rows).unwrap();
    let both = ["icp", "backtest", STARTER, "--outcome", "won within 60 days", "--pipeline"];
    let both = ground.ok(&[&both[..], &["--json", "--margin", "75%", "--crm", &deals]].concat());
    let both: Value = serde_json::from_str(&both).unwrap();
    assert_readable("icp backtest", &both);
    validate("backtest", &both["backtests"][0]);
    validate("export-backtest", &both["exports"][0]);
    assert_eq!(both["backtests"][0]["entered"], test["entered"]);
    assert_eq!(both["exports"][0]["deal_count"], 40);
    let sales = &both["backtests"][0]["sales"];
    assert!(sales["deal_count"].as_u64().unwrap() > 50, "{sales:#}");
    assert!(sales["entered"]["forecasts"].is_array(), "{sales:#}");
}

#[test]
fn records_of_later_days_change_nothing_before() {
    let whole = Ground::new(10_000).folded();
    let chosen = |folded: &Folded, before: Day| -> Vec<(AccountKey, Day, bool, Option<bool>)> {
        let cases = sample(&world(folded), &options(30, 5)).cases.into_iter();
        let cases = cases.filter(|case| case.on < before);
        cases.map(|case| (case.account, case.on, case.entry.is_some(), case.happened)).collect()
    };
    for upto in [40, 150, 290] {
        let part = Ground::new(upto).folded();
        let end = part.upto;
        let (early, late) = (chosen(&part, end), chosen(&whole, end));
        assert!(early.len() > 20, "{}", early.len());
        assert_eq!(early.len(), late.len(), "{upto}");
        for (early, late) in early.iter().zip(&late) {
            assert_eq!((&early.0, early.1, early.2), (&late.0, late.1, late.2));
            // An outcome becomes known, and never another one.
            assert!(early.3.is_none() || early.3 == late.3, "{early:?} {late:?}");
        }
    }
}

/// Accounts of which a third enters on some day, each of all with the same chance of a win within the window.
fn noise(seed: u64) -> Backtest {
    let mut chance = Chance::new(seed);
    let key = |at: usize| AccountKey::parse(&format!("n{at}.com")).unwrap();
    let (mut known, mut entries, mut told) = (BTreeMap::new(), Vec::new(), Vec::new());
    for at in 0..300 {
        let since = Day(19_000 + chance.below(200) as i32);
        known.insert(key(at), since);
        if at % 3 == 0 {
            entries.push(Entry {
                account: key(at),
                on: since.plus(chance.below(60) as i32),
                activation: 1,
                arm: Arm::Treatment,
                origin: Origin::Signal,
                route: "sdr".into(),
                segment: "all".into(),
                tier: [Tier::One, Tier::Two][chance.below(2)],
                band: [Band::Low, Band::High][chance.below(2)],
                fit_points: chance.below(100) as f64,
                score_points: chance.below(100) as f64,
                newest_days: Some(chance.below(20) as i32),
                source: None,
                is_claimed: false,
                rules: Vec::new(),
            });
        }
        if chance.happens(0.5) {
            told.push(Told {
                account: key(at),
                outcome: WON,
                on: since.plus(60 + chance.below(400) as i32),
                known_on: since,
                amount_usd: None,
                opportunity: None,
                lead_source: None,
                reason: None,
            });
        }
    }
    let families = Families::default();
    let world = World {
        entries: &entries,
        known: &known,
        told: &told,
        families: &families,
        upto: Day(20_000),
        live_since: None,
    };
    let named = Named { profile: "noise", product: "p", version: "1" };
    backtest(&named, &world, &options(200, seed))
}

#[test]
fn should_find_nothing_in_noise_more_often_than_it_says() {
    let runs = runs().min(1_000) / 2;
    let (mut differs, mut ordered, mut holds, mut with) = (0, 0, 0, 0);
    for seed in 0..runs {
        let test = noise(seed);
        differs += u64::from(test.p <= 0.05);
        ordered += u64::from(test.ranking.as_ref().is_some_and(|ranking| ranking.p <= 0.05));
        if let Some(interval) = test.times.and_then(|times| times.interval) {
            with += 1;
            holds += u64::from(interval.contains(1.0));
        }
    }
    let share = |count: u64| count as f64 / runs as f64;
    println!(
        "noise: differs {:.3}, ordered {:.3}, {holds} of {with} hold 1",
        share(differs),
        share(ordered)
    );
    let most = 0.05 + 3.0 * (0.05 * 0.95 / runs as f64).sqrt();
    assert!(most >= at_most(0.05) && share(differs) <= most && share(ordered) <= most);
    let least = 0.94 - 3.0 * (0.05 * 0.95 / runs as f64).sqrt();
    assert!(holds as f64 >= least * with as f64, "{holds} of {with}");
}
