//! Accounts become one company and part again, and parents tell their subsidiaries, over several
//! partitions of a real broker, while signals come to each of their keys and an instance dies in
//! the middle of it. The same story on the embedded log, without a death, comes to the same.

mod grounds;
mod story;

use super::instance::Instance;
use super::on_kafka;
use super::world::World;
use crate::cli::ok;
use crate::support;
use buymode::domain::account::decision::{Decision, DecisionKind};
use buymode::domain::evidence::signal::SignalId;
use buymode::domain::terms::account::AccountKey;
use grounds::{Broker, Folder};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
use story::{Story, UNRULY, aliases, file, former, mistaken, site, vendors};

const PARTITIONS: i32 = 4;

/// The account at the end of the chain.
fn root(aliases: &BTreeMap<AccountKey, AccountKey>, account: &AccountKey) -> String {
    let mut at = account;
    while let Some(next) = aliases.get(at) {
        at = next;
    }
    at.to_string()
}

/// Every report is with the one account that its key stands for, and with no other.
fn check_reports(
    world: &World,
    told: &[(AccountKey, SignalId)],
    held: &BTreeMap<AccountKey, AccountKey>,
) {
    let mut found = BTreeMap::<SignalId, Vec<String>>::new();
    for (account, (_, state)) in world.states() {
        let reports = state.evidence.iter().flat_map(|e| e.reports());
        reports.for_each(|r| found.entry(r.id).or_default().push(account.clone()));
    }
    for (key, id) in told {
        assert_eq!(found.remove(id), Some(vec![root(held, key)]), "told to {key}");
    }
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn should_join_and_part_companies_exactly_once_when_killed_in_the_middle() {
    let Some(kafka) = support::kafka() else { return };
    let began = Instant::now();
    let say = |what: &str| println!("{:6.2} s  {what}", began.elapsed().as_secs_f64());
    let world = on_kafka(kafka, "same", PARTITIONS);
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    let instances = ["a", "b"].map(|name| Instance::start(&world, name, folder.path()));
    let config = folder.path().join("a.yaml");
    let mut broker = Broker {
        world: &world,
        writer: world.writer("story"),
        config: config.clone(),
        instances,
        died: false,
    };
    let (mut story, mut held) = (Story::default(), aliases());
    story.together(&mut broker, &file);
    say("together");
    check_reports(&world, &story.told, &held);
    story.apart(&mut broker);
    say("apart");
    held.retain(|alias, _| !mistaken().contains(alias));
    check_reports(&world, &story.told, &held);
    broker.instances.into_iter().for_each(Instance::stop);

    let audit = ok(&["audit", "--json", "--config", config.to_str().unwrap()]);
    let audit: serde_json::Value = serde_json::from_str(&audit).unwrap();
    assert_eq!(
        (&audit["differences"], &audit["dead_letters"]),
        (&0.into(), &0.into()),
        "{audit:#}"
    );
    let decisions = world.decisions();
    let ids: BTreeSet<_> = decisions.values().flatten().map(|d| d.id).collect();
    assert_eq!(audit["decisions"], ids.len(), "a decision is there twice");
    say(&format!("audit: {} inputs, {} decisions", audit["inputs"], audit["decisions"]));

    let alone = Folder(folder.path().join("alone"));
    check_against(&world, alone, &file);
    say("compared");
}

/// What the same inputs come to on the embedded log.
fn check_against(world: &World, mut alone: Folder, file: &str) {
    let mut story = Story::default();
    story.together(&mut alone, file);
    story.apart(&mut alone);
    let expected = alone.world();
    expected.assert_audit_is_clean();
    let (ours, theirs) = (world.states(), expected.states());
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    let (decided, foretold) = (world.decisions(), expected.decisions());
    let nothing = Vec::new();
    let mut kinds = BTreeSet::new();
    let unruly: BTreeSet<String> = {
        let names = |n| [Some(site(n)), Some(vendors(n)), former(n)];
        UNRULY.flat_map(names).flatten().map(|key| key.to_string()).collect()
    };
    for (account, (_, state)) in &ours {
        let (_, other) = &theirs[account];
        assert_eq!(state.moved_to(), other.moved_to(), "{account}");
        assert_eq!(&state.suppressions, &other.suppressions, "{account}");
        assert_eq!(&state.kin, &other.kin, "{account}");
        assert!(!state.awaits_return(), "{account}");
        if unruly.contains(account) {
            continue;
        }
        assert_eq!((&state.company, &state.evidence), (&other.company, &other.evidence));
        let words = |of: &BTreeMap<String, Vec<_>>| {
            let all = of.get(account).unwrap_or(&nothing).iter();
            all.map(|d: &Decision| {
                (d.id, d.kind, d.origin, d.decided_at, d.sequence, d.route.clone())
            })
            .collect::<Vec<_>>()
        };
        assert_eq!(words(&decided), words(&foretold), "{account}");
        kinds.extend(words(&decided).iter().map(|word| word.1));
        assert_eq!(state.stage(), other.stage(), "{account}");
    }
    println!("{kinds:?}");
    assert!(kinds.contains(&DecisionKind::Entered) && kinds.contains(&DecisionKind::Exited));
}
