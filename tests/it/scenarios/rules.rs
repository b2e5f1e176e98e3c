//! The rules version: a build that says something else than the one before must say so.

use super::records::entry_of;
use super::timeline::BEGIN;
use super::{SIMPLE, changed};
use crate::fold::{Entry, Fold, Record, compile};
use buymode::domain::RULES_VERSION;
use buymode::domain::account::decision::{Decision, DecisionKind, ExitReason};
use buymode::domain::terms::experiment::Arm;
use buymode::domain::terms::time::{DAY_MS, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use strum::IntoEnumIterator;

/// The rules version, and what its decisions about the log below come to.
const SAID: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/scenarios/rules.txt");

/// Every kind of decision, and every way to leave but a merge; far enough apart that each part begins
/// with nothing that counts.
const LOG: &str = r#"
    0 profile 0
    0 company employees=300 industry=saas stage=series_a
    1 hiring "Head of Sales"
    3 funding series_b 25M
    6 funding series_c 80M
    9 engagement demo_request
    20 news layoffs
    500 market expansion industry=saas
    501 funding series_d 200M
    505 headcount 20
    506 headcount 300
    540 tick
    1000 technology dropped pipedrive
    1100 tick
    1101 headcount 500
    1500 funding series_e 300M id=e
    1501 retract e
    2000 funding series_f 300M
    2001 sales opportunity
    2010 sales lost reason=timing
    2400 technology adopted hubspot
    2401 hiring "VP Sales"
    2402 suppress competitor
    2500 lift competitor
    3000 profile 1
    3001 funding public 900M
    3200 tick
    3300 profile 2
    3301 company parent=acme.de
    3302 funding public 950M
    3500 tick
"#;

fn decisions() -> Vec<Decision> {
    let shorter = changed("max_days: 100", "max_days: 20");
    // By its own hash it would not be held back, by its parent's it is.
    let held = format!("{SIMPLE}\nexperiment: {{hold_out_percent: 70}}\n");
    let profiles = [SIMPLE, &shorter, &held].map(|yaml| Arc::new(compile(yaml)));
    let mut fold = Fold::new("acme.com", BEGIN);
    for (number, line) in LOG.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let (day, words) = line.split_once(' ').expect("a day and a record");
        let day: i64 = day.parse().expect("a day");
        let time = Timestamp(BEGIN.start().0 + day * DAY_MS + number as i64 * 60_000);
        let entry = entry_of(words, "acme.com", time, &profiles);
        let record = Record { offset: number as i64, time, entry };
        fold.read(&record);
        fold.read(&Record { entry: Entry::Tick, ..record });
    }
    fold.decisions
}

#[test]
fn decisions_change_only_with_the_rules_version() {
    let decisions = decisions();
    let kinds: BTreeSet<DecisionKind> = decisions.iter().map(|d| d.kind).collect();
    assert_eq!(kinds, DecisionKind::iter().collect(), "the log has every kind of decision");
    let left = decisions.iter().filter_map(|d| d.exit).map(|exit| exit.reason.to_string());
    let all = ExitReason::iter().filter(|reason| *reason != ExitReason::Moved);
    assert_eq!(left.collect::<BTreeSet<_>>(), all.map(|reason| reason.to_string()).collect());
    assert!(decisions.iter().any(|d| d.arm == Arm::HoldOut), "an account is held back");
    let mut text = String::new();
    let mut digest = Sha256::new();
    for d in decisions {
        writeln!(text, "{} {} {}", d.decided_at.day(), d.kind, d.headline).unwrap();
        digest.update(format!("{:?}\n", Decision { rules_version: 0, ..d }));
    }
    let digest: String = digest.finalize().iter().take(8).fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let said = std::fs::read_to_string(SAID).unwrap();
    assert_eq!(
        format!("{RULES_VERSION} {digest}"),
        said.trim(),
        "the decisions about this log are others than before:\n{text}\nraise RULES_VERSION in \
         src/domain/mod.rs, once for all changes between two states of main, then write its number and \
         the digest (left) into {SAID}"
    );
}
