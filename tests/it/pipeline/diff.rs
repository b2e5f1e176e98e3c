//! `icp diff` foretells: what it shows for a profile is what a log that began with it decides.

use super::{
    PROFILE, ROUTES, account, activate, company, create, score, signal, tick, topics, write,
};
use crate::cli::ok;
use buymode::codec::Codec;
use buymode::domain::account::decision::{DecisionKind, Origin};
use buymode::domain::account::standing::Stage;
use buymode::domain::account::state::AccountState;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::log::{RecordRef, Store};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

const PARTITIONS: i32 = 3;
/// Twice an odd number, so that each half gets signals of both kinds.
const ACCOUNTS: u32 = 90;
const DAYS: i64 = 72;
/// Nothing happens for long enough that accounts leave.
const QUIET: std::ops::Range<i64> = 16..60;

/// A log under these profiles, each from its day on, scored as it grew.
fn log(folder: &Path, profiles: &[(i64, &str)]) -> EmbeddedStore {
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder)).unwrap();
    create(&store, &topics(), PARTITIONS, ROUTES);
    let mut writer = store.writer("test").unwrap();
    for day in 0..DAYS {
        // The first is no first load: its place is before every company.
        for (nth, (_, text)) in profiles.iter().enumerate().filter(|(_, (on, _))| *on == day) {
            activate(&mut *writer, &topics(), PARTITIONS, text, nth as u64 + 1, day);
        }
        let mut inputs = Vec::new();
        for n in (0..ACCOUNTS).filter(|n| i64::from(n % 10) == day) {
            inputs.push((account(n), company(n, day), day));
        }
        for i in (0..16).filter(|_| !QUIET.contains(&day)) {
            let nth = day as u32 * 16 + i;
            // Some have their time early and leave, others late.
            let n = if day < QUIET.start { nth % 45 } else { 45 + nth % 45 };
            inputs.push((account(n), signal(n, nth, day), day));
        }
        write(&mut *writer, &topics(), &inputs);
        tick(&mut *writer, &topics(), PARTITIONS, day);
        if day % 24 == 23 {
            score(&store, &topics(), PARTITIONS, Duration::from_secs(20));
        }
    }
    store
}

fn each(store: &EmbeddedStore, topic: &str, visit: &mut dyn FnMut(RecordRef<'_>)) {
    let mut reader = store.reader().unwrap();
    for partition in 0..PARTITIONS {
        let end = reader.watermarks(topic, partition).unwrap().stable;
        reader.read(topic, partition, 0, end, Duration::from_secs(20), visit).unwrap();
    }
}

/// What a log decided, told in the words of the findings.
#[derive(Debug, PartialEq)]
struct Came {
    buying: BTreeSet<String>,
    tiers: BTreeMap<String, u64>,
    entries: u64,
    baseline: u64,
    exits: u64,
}

fn came(store: &EmbeddedStore) -> Came {
    let mut codec = Codec::local();
    let mut states: BTreeMap<String, AccountState> = BTreeMap::new();
    each(store, &topics().accounts, &mut |record| {
        let key = record.key.unwrap();
        if key[0] != 0 {
            let name = String::from_utf8(key.to_vec()).unwrap();
            states.insert(name, codec.decode_state(record.value.unwrap()).unwrap());
        }
    });
    let (mut entries, mut baseline, mut exits) = (0, 0, 0);
    for route in ROUTES {
        each(store, &topics().route(route), &mut |record| {
            let decision = codec.decode_decision(record.value.unwrap()).unwrap();
            match decision.kind {
                DecisionKind::Entered if decision.origin == Origin::Baseline => baseline += 1,
                DecisionKind::Entered => entries += 1,
                DecisionKind::Exited | DecisionKind::Withdrawn => exits += 1,
                _ => {}
            }
        });
    }
    let buying = states.iter().filter(|(_, s)| s.stage() == Stage::Buying);
    let mut tiers = BTreeMap::new();
    for tier in states.values().filter_map(|s| s.products[0].tier) {
        *tiers.entry(tier.to_string()).or_default() += 1;
    }
    let buying = buying.map(|(name, _)| name.clone()).collect();
    Came { buying, tiers, entries, baseline, exits }
}

fn side(findings: &Value, name: &str, buying: BTreeSet<String>) -> Came {
    let side = &findings[name];
    let n = |key: &str| side[key].as_u64().unwrap();
    assert_eq!(n("buying"), buying.len() as u64);
    Came {
        buying,
        tiers: serde_json::from_value(side["tiers"].clone()).unwrap(),
        entries: n("entries"),
        baseline: n("baseline_entries"),
        exits: n("exits"),
    }
}

fn with_change(findings: &Value, change: &str) -> BTreeSet<String> {
    let first = findings["first"].as_array().unwrap();
    let has = |c: &&Value| c["changes"].as_array().unwrap().iter().any(|found| found == change);
    first.iter().filter(has).map(|c| c["account"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn should_foretell_what_a_log_that_began_with_the_profile_decides() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let middle = PROFILE.replace("enter: 50", "enter: 35");
    // Smaller companies, a lower line, and retail too.
    let new = PROFILE
        .replace("{min: 50, max: 500}", "{min: 30, max: 350}")
        .replace("enter: 50", "enter: 45")
        .replace("industry: saas", "industry: [saas, retail]");
    let real = log(&at("real"), &[(0, PROFILE), (20, &middle), (40, PROFILE)]);
    let (old_file, new_file) = (at("old.yaml"), at("new.yaml"));
    std::fs::write(&old_file, PROFILE).unwrap();
    std::fs::write(&new_file, &new).unwrap();
    let data = at("real");
    let diff =
        ["icp", "diff", old_file.to_str().unwrap(), new_file.to_str().unwrap(), "--embedded"];
    let text = ok(&[&diff[..], &[data.to_str().unwrap(), "--json", "--show", "1000"]].concat());
    let findings: Value = serde_json::from_str(&text).unwrap();
    drop(real);

    let under_old = came(&log(&at("old"), &[(0, PROFILE)]));
    let under_new = came(&log(&at("new"), &[(0, &new)]));
    let (enters, leaves) = (with_change(&findings, "enters"), with_change(&findings, "leaves"));
    assert!(
        enters.len() > 1 && leaves.len() > 3 && under_new.exits > 10,
        "{} {} {under_new:?}",
        enters.len(),
        leaves.len()
    );
    let mut foretold = &under_old.buying | &enters;
    foretold = &foretold - &leaves;
    assert_eq!(side(&findings, "old", under_old.buying.clone()), under_old);
    assert_eq!(side(&findings, "new", foretold), under_new);
    let count = |change: &str| findings["changes"][change].as_u64().unwrap_or_default() as usize;
    for change in ["enters", "leaves", "priority", "tier", "segment"] {
        assert_eq!(count(change), with_change(&findings, change).len(), "{change}");
    }
    let first = &findings["first"][0];
    let reason = first["reason"].as_str().unwrap();
    assert!(
        reason.contains("would be in buying mode") && reason.contains("Under the old profile: "),
        "{reason}"
    );

    // For people: the same, with the first accounts.
    let text = ok(&[&diff[..], &[data.to_str().unwrap(), "--show", "3"]].concat());
    assert!(
        text.contains("entries over the log") && text.contains("  in the week of 2012-"),
        "{text}"
    );
    assert!(text.contains(&format!("{:>6} would be in buying mode", enters.len())), "{text}");
}
