//! The rules version: a build that says something else than the one before must say so.

use super::records::entry_of;
use super::timeline::BEGIN;
use super::{SIMPLE, changed};
use crate::fold::{Entry, Fold, Record, compile};
use buymode::domain::RULES_VERSION;
use buymode::domain::account::decision::Decision;
use buymode::domain::terms::time::{DAY_MS, Timestamp};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;

/// The rules version, and what its decisions about the log below come to.
const SAID: (i32, &str) = (2, "to be written");

/// Every kind of decision, and every way to leave.
const LOG: &str = r#"
    0 profile 0
    0 company employees=300 industry=saas stage=series_a
    1 hiring "Head of Sales"
    3 funding series_b 25M
    5 headcount 100
    6 funding series_c 80M
    9 engagement demo_request
    20 news layoffs
    60 headcount 260 by=two
    80 funding series_d 200M id=d
    81 sales meeting
    82 suppress do_not_contact
    84 lift do_not_contact
    85 headcount 20
    86 headcount 300
    120 technology dropped pipedrive
    121 market regulation industry=saas
    122 funding series_e 300M id=e
    123 retract e
    140 profile 1
    150 company employees=600 industry=saas
    151 sales opportunity
    160 sales lost reason=timing
    400 hiring "VP Sales"
    401 technology adopted hubspot
    402 funding public 900M
    403 news bankruptcy
"#;

fn decisions() -> Vec<Decision> {
    let longer = changed("max_days: 100", "max_days: 90").replace("enter: 50", "enter: 45");
    let profiles = [SIMPLE, &longer].map(|yaml| Arc::new(compile(yaml)));
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
    assert_eq!(
        (RULES_VERSION, digest.as_str()),
        SAID,
        "the decisions about this log are others than before:\n{text}\nraise RULES_VERSION in \
         src/domain/mod.rs, once for all changes between two states of main, then write its number and \
         the digest into SAID"
    );
}
