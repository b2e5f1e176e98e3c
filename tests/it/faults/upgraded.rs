//! A build goes on with a log that another rules version has decided: with its states, under its own rules,
//! wherever the command was killed; and the audit begins with the snapshot that it saved.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use buymode::admin::profiles::published;
use buymode::admin::upgrade::{Said, Upgraded, upgrade};
use buymode::domain::RULES_VERSION;
use buymode::log::Store;

use super::copied::{Breaking, folder, go_on, history, place};
use super::copied_otherwise::aged;
use super::snapshot::{assert_clean, saved};
use super::world::{PATIENCE, World};
use crate::pipeline::score;

fn upgraded(store: Arc<dyn Store>, world: &World, file: &Path) -> anyhow::Result<Option<Upgraded>> {
    let said = Said { by: Some("test".into()), note: None };
    upgrade(&place(store, world), file, &said, 0, &mut |_| ())
}

#[test]
fn should_go_on_with_a_log_of_another_rules_version_wherever_it_was_killed() {
    let (at, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let world = aged(&world);
    let here = place(store.clone(), &world);
    let refused = format!("{:#}", published::check_rules(&here).unwrap_err());
    assert!(refused.contains("`buymode upgrade`"), "{refused}");
    let file = at.path().join("upgrade.snapshot");
    // It dies before its transaction is written, and after that.
    let breaking = |answered| {
        let (left, inner) = (Arc::new(AtomicUsize::new(1)), store.clone());
        Arc::new(Breaking { inner, left, answered })
    };
    let died = upgraded(breaking(false), &world, &file).err().unwrap();
    assert!(file.exists(), "{died:#}");
    assert!(published::check_rules(&here).is_err());
    let states = world.states().len();
    let died = upgraded(breaking(true), &world, &file).err().unwrap();
    assert!(format!("{died:#}").contains("same command again"), "{died:#}");
    published::check_rules(&here).unwrap();
    assert_eq!(upgraded(store.clone(), &world, &file).unwrap(), None);
    let audit = ["audit", "--prefix", &world.prefix, "--embedded"];
    let log = at.path().join("log");
    let refused = crate::cli::buymode(&[&audit, &[log.to_str().unwrap()][..]].concat());
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let upgraded_from = format!("from rules version {} to {RULES_VERSION} at ", RULES_VERSION - 1);
    for said in [&*upgraded_from, "`buymode audit --from FILE`"] {
        assert!(refused.stderr.contains(said), "{refused:?}");
    }
    assert_eq!(world.states().len(), states);
    score(&*store, &world.topics, world.partitions, PATIENCE);
    assert_clean(&world, &file);
    go_on(&world);
    assert_clean(&world, &file);
    let later = at.path().join("later.snapshot");
    saved(&world, &later);
    assert_clean(&world, &later);
}

#[test]
fn should_refuse_a_snapshot_that_is_not_of_the_log_as_it_stands() {
    let (at, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let other = at.path().join("other.snapshot");
    saved(&world, &other);
    score(&*store, &world.topics, world.partitions, PATIENCE);
    let world = aged(&world);
    let refused = format!("{:#}", upgraded(store.clone(), &world, &other).unwrap_err());
    assert!(refused.contains("is older than the log"), "{refused}");
    assert!(published::check_rules(&place(store.clone(), &world)).is_err());
    let file = at.path().join("upgrade.snapshot");
    let done = upgraded(store, &world, &file).unwrap().unwrap();
    assert_eq!((done.rules_before, done.products.len()), (RULES_VERSION - 1, 1));
}
