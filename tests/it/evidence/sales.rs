//! What sales reported in a log, put together as deals and customers: figures are those of an own count.

use buymode::domain::account::decision::Origin;
use buymode::domain::profile::Band;
use buymode::domain::score::fit::Tier;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::OutcomeKind::{self, *};
use buymode::domain::terms::experiment::Arm;
use buymode::domain::terms::time::Day;
use buymode::evidence::backtest::{Backtest, Named, Options, backtest};
use buymode::evidence::deals::figures::{Figure, Measured};
use buymode::evidence::deals::sales::Asked;
use buymode::evidence::history::{Entry, Families, Happened, Rule, Told, World};
use std::collections::BTreeMap;

fn key(at: usize) -> AccountKey {
    AccountKey::parse(&format!("quill-{at}.com")).unwrap()
}

fn entry(at: usize, on: i32, origin: Origin, band: Band) -> Entry {
    Entry {
        account: key(at),
        on: Day(on),
        activation: 1,
        arm: Arm::Treatment,
        origin,
        route: "sdr".into(),
        segment: "primary".into(),
        tier: Tier::One,
        band,
        fit_points: 80.0,
        score_points: 50.0 + at as f64,
        newest_days: None,
        source: None,
        is_claimed: false,
        rules: Vec::new(),
    }
}

#[derive(Default)]
struct Log {
    entries: Vec<Entry>,
    told: Vec<Told>,
    families: Families,
}

impl Log {
    fn told(&mut self, at: usize, on: i32, kind: OutcomeKind, amount: Option<u64>) -> &mut Told {
        self.told.push(Told {
            account: key(at),
            outcome: Happened::Sales(kind),
            on: Day(on),
            known_on: Day(on),
            amount_usd: amount,
            opportunity: None,
            lead_source: None,
            reason: None,
        });
        self.told.last_mut().unwrap()
    }

    fn test(&self, accounts: usize, upto: i32, asked: Asked) -> Backtest {
        let known: BTreeMap<AccountKey, Day> = (0..accounts).map(|at| (key(at), Day(0))).collect();
        let world = World {
            entries: &self.entries,
            known: &known,
            told: &self.told,
            families: &self.families,
            upto: Day(upto),
            live_since: None,
        };
        let rule = Rule { outcome: Happened::Sales(Won), days: 60 };
        let options = Options { rule, seed: 1, capacity: Some(10), sales: asked };
        backtest(&Named { profile: "p", product: "crm", version: "v" }, &world, &options)
    }
}

/// A hundred accounts. Of the even ones, which enter on day 10, all have a deal from day 20 on: of four three are won
/// 30 days later for 1,200, and of these every other one expands, and every fifth leaves after 100 days. Of the odd
/// ones every other has a deal, and a third of those are won 60 days later for 600.
fn log() -> Log {
    let mut log = Log::default();
    for at in 0..100 {
        if at % 2 == 0 {
            log.entries.push(entry(at, 10, Origin::Signal, Band::High));
            log.told(at, 12, Accepted, None);
            log.told(at, 15, Meeting, None);
            if at % 8 != 0 {
                log.told(at, 16, Qualified, None);
            }
            log.told(at, 20, Opportunity, Some(900));
            let end = if at % 8 == 0 { Lost } else { Won };
            log.told(at, 50, end, (end == Won).then_some(1_200));
            if end == Won && at % 4 == 0 {
                log.told(at, 200, Expanded, Some(300));
            }
            if end == Won && at % 10 == 0 {
                log.told(at, 150, Churned, None);
            }
        } else if at % 4 == 1 {
            log.told(at, 20, Contacted, None);
            log.told(at, 30, Opportunity, None);
            let end = if at % 12 == 1 { Won } else { Lost };
            log.told(at, 90, end, (end == Won).then_some(600));
        }
    }
    log
}

fn figure<'a>(test: &'a Backtest, name: &str) -> &'a Figure {
    let found = test.sales.figures.iter().find(|figure| figure.figure == name);
    found.unwrap_or_else(|| panic!("{name} in {:#?}", test.sales.figures))
}

fn values(test: &Backtest, name: &str) -> [Option<f64>; 2] {
    let figure = figure(test, name);
    [figure.icp, figure.others].map(|m: Option<Measured>| m.map(|m| m.value))
}

#[test]
fn figures_of_reports_are_those_of_an_own_count() {
    let asked = Asked { spend: Some(50_000.0), margin: Some(0.75), pipeline: false };
    let log = log();
    let test = log.test(100, 600, asked);
    // By an own count over the same rules.
    let even = || (0..100).step_by(2);
    let won: Vec<usize> = even().filter(|at| at % 8 != 0).collect();
    let other = || (0..100).filter(|at| at % 4 == 1);
    let other_won = other().filter(|at| at % 12 == 1).count();
    let close = |found: Option<f64>, expected: f64| {
        assert!(found.is_some_and(|found| (found - expected).abs() < 1e-9), "{found:?} {expected}");
    };
    let [icp, others] = values(&test, "win rate");
    close(icp, won.len() as f64 / 50.0);
    close(others, other_won as f64 / other().count() as f64);
    let [icp, others] = values(&test, "average deal");
    close(icp, 1_200.0);
    close(others, 600.0);
    let [icp, others] = values(&test, "cycle, the usual average");
    close(icp, 30.0);
    close(others, 60.0);
    close(values(&test, "meeting to close")[0], won.len() as f64 / 50.0);
    // Who has left does not expand.
    let expanded = won.iter().filter(|at| **at % 4 == 0 && **at % 10 != 0).count() as f64;
    close(values(&test, "customers that expanded")[0], expanded / won.len() as f64);
    let gone = won.iter().filter(|at| **at % 10 == 0).count() as f64;
    let kept = won.len() as f64 - gone;
    let retention = (1_200.0 * kept + 300.0 * expanded) / (1_200.0 * won.len() as f64);
    close(values(&test, "net revenue retention")[0], retention);
    close(values(&test, "churn within 90 days")[0], 0.0);
    close(values(&test, "churn within 12 months")[0], gone / won.len() as f64);
    assert!(values(&test, "lifetime value")[0].is_some());

    let step = |name: &str| {
        let step = test.sales.funnel.iter().find(|step| step.step == name).unwrap();
        (step.icp_count as usize, step.others_count as usize)
    };
    assert_eq!([step("raw"), step("MQL"), step("SAL")], [(50, 50), (50, 0), (50, other().count())]);
    assert_eq!(step("SQL"), (50, other().count()), "an opportunity counts as qualified");
    assert_eq!(step("won"), (won.len(), other_won));

    let touches = &test.sales.effort[0];
    assert_eq!((touches.done_count as usize, touches.on_others_share), (other().count(), 1.0));
    assert_eq!(test.sales.effort[1].on_others_share, 0.0, "meetings after the entry");

    let spend = test.sales.spend.unwrap();
    close(spend.per_won, 50_000.0 / (won.len() + other_won) as f64);
    close(spend.per_mql, 1_000.0);
    let monthly = (1_200.0 * won.len() as f64 + 600.0 * other_won as f64) / 12.0;
    close(spend.payback_months, 50_000.0 / (0.75 * monthly));
    let falls: Vec<&str> = test.sales.falls_away.iter().map(|f| f.figure.as_str()).collect();
    assert_eq!(falls, ["CAC payback by kind", "net promoter score"]);
    let capacity = test.ranking.as_ref().unwrap().at_capacity.unwrap();
    assert_eq!(capacity.account_count, 10);
}

#[test]
fn what_a_log_never_reports_falls_away_and_says_what_would_bring_it() {
    let mut log = Log::default();
    for at in 0..40 {
        log.entries.push(entry(at, 10, Origin::Signal, Band::High));
        log.told(at, 40, if at % 2 == 0 { Won } else { Lost }, None);
    }
    let test = log.test(40, 600, Asked::default());
    let needs = |figure: &str| {
        let found = test.sales.falls_away.iter().find(|falls| falls.figure == figure);
        found.map(|falls| falls.missing.join(", ")).unwrap_or_default()
    };
    assert_eq!(needs("average deal"), "amounts of won deals (amount_usd)");
    assert_eq!(needs("cycle, the usual average"), "reports of opportunity");
    assert_eq!(needs("churn within 90 days and 12 months"), "reports of churned");
    assert!(needs("net revenue retention").contains("reports of expanded"));
    assert_eq!(needs("meeting to close"), "reports of meeting");
    assert!(test.sales.funnel.iter().all(|step| step.step != "SQL"), "a step never reported");
}

#[test]
fn deals_are_told_apart_by_their_ids_and_first_loads_are_left_out() {
    let mut log = Log::default();
    log.entries.push(entry(0, 10, Origin::Signal, Band::High));
    log.entries.push(entry(1, 0, Origin::Baseline, Band::High));
    for (id, on, kind) in [
        ("a", 5, Opportunity),
        ("b", 20, Opportunity),
        ("b", 30, Lost),
        ("a", 40, Won),
        ("b", 50, Won),
    ] {
        log.told(0, on, kind, Some(100)).opportunity = Some(id.into());
    }
    log.told(1, 40, Won, Some(100));
    let test = log.test(3, 600, Asked::default());
    // One began before the entry, one after; what was lost and is won after all is won.
    assert_eq!((test.sales.deal_count, test.sales.left_out_count), (2, 1));
    assert_eq!(values(&test, "win rate"), [Some(1.0), Some(1.0)]);
}

#[test]
fn the_pipeline_expects_of_open_deals_and_of_accounts_that_entered() {
    let mut log = log();
    for at in 100..130 {
        log.entries.push(entry(at, 570, Origin::Signal, Band::High));
        if at < 120 {
            log.told(at, 580, Opportunity, Some(1_000));
        }
    }
    let test = log.test(130, 600, Asked { pipeline: true, ..Asked::default() });
    let open = test.sales.pipeline.as_ref().unwrap();
    assert_eq!(open.kinds.iter().map(|kind| kind.deal_count).sum::<u64>(), 20);
    let within = |days: u32| open.forecasts.iter().find(|f| f.within_days == days).unwrap();
    // Deals of that kind are won at 30 days or never: three of four of those that are 20 days old.
    let share = 37.0 / 50.0;
    assert!((within(30).won.value - 20.0 * share).abs() < 1e-6, "{open:#?}");
    assert!((within(30).amount.value - 20_000.0 * share).abs() < 1e-3, "{open:#?}");
    let entered = test.sales.entered.as_ref().unwrap();
    assert_eq!(entered.kinds[0].deal_count, 10, "without those that have an open deal");
    assert!(entered.forecasts[1].won.value > 5.0, "{entered:#?}");
}
