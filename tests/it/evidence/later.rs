//! The law that records which were known later change nothing before: who is compared, and on which day, follows from
//! what the log had by that day, merges and parents among it.

use buymode::domain::account::decision::Origin;
use buymode::domain::profile::Band;
use buymode::domain::score::fit::Tier;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::OutcomeKind;
use buymode::domain::terms::experiment::Arm;
use buymode::domain::terms::time::Day;
use buymode::evidence::backtest::Options;
use buymode::evidence::backtest::sample::{Case, World, sample};
use buymode::evidence::deals::sales::Asked;
use buymode::evidence::history::{Entry, Families, Happened, Rule, Told};
use proptest::prelude::*;
use std::collections::BTreeMap;

const ACCOUNTS: usize = 12;
const DAYS: i32 = 120;
const WINDOW: i32 = 20;

/// What a log has: of each account its first day, entries, outcomes with the day on which they were reported, and
/// merges with theirs.
#[derive(Clone, Debug)]
struct Log {
    known: Vec<i32>,
    entries: Vec<(usize, i32, bool)>,
    told: Vec<(usize, usize, i32, i32)>,
    merges: Vec<Option<(usize, i32)>>,
}

const KINDS: [OutcomeKind; 5] = [
    OutcomeKind::Opportunity,
    OutcomeKind::Won,
    OutcomeKind::Lost,
    OutcomeKind::Meeting,
    OutcomeKind::Churned,
];

fn logs() -> impl Strategy<Value = Log> {
    let entries = (0..ACCOUNTS, 0..DAYS, prop::bool::weighted(0.1));
    let told = (0..ACCOUNTS, 0..KINDS.len(), 0..DAYS, 0..30);
    // Into an account with a lower number: no circles.
    let merges: Vec<_> =
        (0..ACCOUNTS).map(|at| prop::option::weighted(0.3, (0..at.max(1), 0..DAYS))).collect();
    (
        prop::collection::vec(0..60, ACCOUNTS),
        prop::collection::vec(entries, 1..20),
        prop::collection::vec(told, 0..30),
        merges,
    )
        .prop_map(|(known, entries, told, mut merges)| {
            merges[0] = None;
            Log { known, entries, told, merges }
        })
}

fn key(at: usize) -> AccountKey {
    AccountKey::parse(&format!("n{at}.com")).unwrap()
}

/// The cases of the log as it was at the end of a day, those until that day.
fn cases(log: &Log, upto: i32, until: i32) -> Vec<Case> {
    let known: BTreeMap<AccountKey, Day> = (0..ACCOUNTS)
        .filter(|at| log.known[*at] <= upto)
        .map(|at| (key(at), Day(log.known[at])))
        .collect();
    let entries = log.entries.iter().filter(|(_, on, _)| *on <= upto);
    let entries: Vec<Entry> = entries
        .map(|(at, on, baseline)| Entry {
            account: key(*at),
            on: Day(*on),
            activation: 1,
            arm: Arm::Treatment,
            origin: if *baseline { Origin::Baseline } else { Origin::Signal },
            route: "sdr".into(),
            segment: "primary".into(),
            tier: Tier::One,
            band: Band::High,
            fit_points: 80.0,
            score_points: 50.0,
            newest_days: None,
            source: None,
            is_claimed: false,
            rules: Vec::new(),
        })
        .collect();
    let told = log.told.iter().filter(|(.., on, later)| on + later <= upto);
    let told: Vec<Told> = told
        .map(|(at, kind, on, later)| Told {
            account: key(*at),
            outcome: Happened::Sales(KINDS[*kind]),
            on: Day(*on),
            known_on: Day(on + later),
            amount_usd: None,
            opportunity: None,
            lead_source: None,
            reason: None,
        })
        .collect();
    let mut families = Families::default();
    for (at, merge) in log.merges.iter().enumerate() {
        if let Some((to, since)) = merge.filter(|(_, since)| *since <= upto) {
            families.above.insert(key(at), key(to));
            families.since.insert(key(at), Day(since));
        }
    }
    let world = World {
        entries: &entries,
        known: &known,
        told: &told,
        families: &families,
        upto: Day(upto),
        live_since: None,
    };
    let rule = Rule { outcome: Happened::Sales(OutcomeKind::Won), days: WINDOW as u32 };
    let cases = sample(&world, &Options { rule, seed: 7, capacity: None, sales: Asked::default() })
        .cases
        .into_iter();
    cases.filter(|case| case.on <= Day(until)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn records_known_later_change_nothing_before(log in logs(), upto in 0..DAYS) {
        let (early, late) = (cases(&log, upto, upto), cases(&log, 10_000, upto));
        let chosen = |cases: &[Case]| -> Vec<(AccountKey, Day, bool)> {
            cases.iter().map(|c| (c.account.clone(), c.on, c.entry.is_some())).collect()
        };
        prop_assert_eq!(chosen(&early), chosen(&late));
        for (early, late) in early.iter().zip(&late) {
            // An outcome that was reported when its window was over may still come in; else none changes.
            let is_late = |(.., on, later): &(usize, usize, i32, i32)| {
                on + later > upto && Day(*on) <= early.on.plus(WINDOW)
            };
            if early.happened.is_some() && !log.told.iter().any(is_late) {
                prop_assert_eq!(early.happened, late.happened);
            }
        }
    }
}
