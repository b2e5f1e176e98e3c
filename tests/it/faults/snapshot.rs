//! A snapshot is taken while the log goes on, and another log begins with it: what follows is what followed
//! in the first one, and an audit proves it, wherever the restore was interrupted.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use buymode::admin::audit::audit_from;
use buymode::admin::place::Place;
use buymode::admin::snapshot::{Known, Restored, Saved, content, restore, save};
use buymode::codec::Codec;
use buymode::config::Config;
use buymode::domain::account::decision::Decision;
use buymode::domain::account::state::AccountState;
use buymode::engine::audit::Findings;
use buymode::log::Store;
use rdkafka::TopicPartitionList;
use rdkafka::admin::AdminOptions;
use rdkafka::topic_partition_list::Offset;
use uuid::Uuid;

use super::copied::{Breaking, DEATHS, folder, go_on, history, place, placeless};
use super::on_kafka;
use super::world::World;
use crate::pipeline::{ROUTES, create, score};
use crate::support::{self, Address, block_on};

pub(super) fn saved(world: &World, file: &Path) -> Saved {
    save(&place(world.store.clone(), world), file, 1_700_000_000_000, &mut |_| ()).unwrap()
}

pub(super) fn restored(
    store: Arc<dyn Store>,
    world: &World,
    file: &Path,
) -> anyhow::Result<Restored> {
    restore(&place(store, world), file, &mut |_| ())
}

/// Topics of a log that is to begin with a snapshot: they are made by the restore.
pub(super) fn empty(store: Arc<dyn Store>, prefix: &str, partitions: i32) -> World {
    World {
        store,
        prefix: prefix.to_owned(),
        topics: buymode::engine::topics::Topics::with_prefix(prefix),
        partitions,
        codec: Codec::local(),
    }
}

/// The same, with every route that a test asks for.
pub(super) fn made(store: Arc<dyn Store>, prefix: &str) -> World {
    let world = empty(store, prefix, 4);
    create(&*world.store, &world.topics, 4, ROUTES);
    world
}

pub(super) fn audited(world: &World, file: &Path) -> anyhow::Result<Findings> {
    let (topics, codec) = (world.topics.clone(), world.codec.clone());
    let known = Known::open(file)?;
    audit_from(&*world.store, topics, codec, 5, Some(&known), &mut |_| ())
}

pub(super) fn assert_clean(world: &World, file: &Path) -> Findings {
    let findings = audited(world, file).unwrap();
    assert_eq!(findings.differences, 0, "{:#?}", findings.first);
    findings
}

/// What is known of each account, without positions and the ids that are made of them.
fn known(world: &World) -> BTreeMap<String, String> {
    let shown = |state: AccountState| {
        let AccountState { company, evidence, suppressions, products, kin, .. } = &state;
        let moved_to = state.moved_to();
        format!("{company:#?} {evidence:#?} {suppressions:#?} {products:#?} {kin:#?} {moved_to:?}")
    };
    world.states().into_iter().map(|(name, (_, state))| (name, shown(state))).collect()
}

pub(super) fn assert_same_states(old: &World, new: &World) {
    let (old, new) = (known(old), known(new));
    assert_eq!(old.keys().collect::<Vec<_>>(), new.keys().collect::<Vec<_>>());
    for (name, state) in &old {
        assert_eq!(state, &new[name], "{name}");
    }
}

/// The log that began with the snapshot decides what the old one decided after it, and nothing twice.
fn assert_alike(old: &World, new: &World, before: &BTreeMap<Uuid, Decision>) {
    let mut after = placeless(old.decisions());
    after.retain(|id, _| !before.contains_key(id));
    let made = placeless(new.decisions());
    assert!(made.len() > 10, "{}", made.len());
    assert_eq!(made.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (id, decision) in &made {
        assert_eq!(decision, &after[id]);
    }
}

#[test]
fn should_go_on_in_another_folder_as_if_it_were_the_same() {
    let (_folder, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let before = placeless(world.decisions());
    let file = _folder.path().join("one.snapshot");
    let said = saved(&world, &file);
    assert!(said.accounts > 50 && said.inputs > 20 && said.unreadable == 0, "{said:?}");
    let held = content(&file).unwrap();
    assert_eq!((held.accounts, held.inputs, held.head.id), (said.accounts, said.inputs, said.id));

    let (_other, store) = folder();
    let new = made(store.clone(), "eu.");
    let done = restored(store.clone(), &new, &file).unwrap();
    assert_eq!((done.accounts, done.inputs), (said.accounts, said.inputs));
    // Nothing was scored there yet, and an audit without the snapshot proves nothing.
    assert!(!audited(&new, &file).unwrap().is_proof());
    for world in [&world, &new] {
        go_on(world);
    }
    assert_alike(&world, &new, &before);
    assert_same_states(&world, &new);
    assert!(assert_clean(&new, &file).is_proof());
    // In the first log it is a beginning, too.
    let findings = assert_clean(&world, &file);
    assert!(findings.is_proof());
    assert!(findings.before_snapshot as usize >= before.len(), "{findings:?}");
    // A later one of the log that began with the first.
    let later = _folder.path().join("two.snapshot");
    saved(&new, &later);
    let third = made(store.clone(), "third.");
    restored(store, &third, &later).unwrap();
    assert_same_states(&third, &new);
}

/// What retention has deleted is not missed by an audit that begins with a snapshot.
#[test]
fn should_audit_a_log_whose_beginning_is_deleted() {
    let Some(kafka) = support::kafka() else { return };
    let files = tempfile::tempdir().unwrap();
    let world = on_kafka(kafka, "trimmed", 3);
    history(&world);
    let file = files.path().join("one.snapshot");
    saved(&world, &file);
    go_on(&world);
    let mut list = TopicPartitionList::new();
    for part in content(&file).unwrap().parts {
        let at = Offset::Offset(part.next_offset);
        list.add_partition_offset(&world.topics.inputs, part.partition, at).unwrap();
    }
    block_on(kafka.admin().delete_records(&list, &AdminOptions::new())).unwrap();
    let (topics, codec) = (world.topics.clone(), world.codec.clone());
    let refused = audit_from(&*world.store, topics, codec, 5, None, &mut |_| ()).unwrap_err();
    assert!(refused.to_string().contains("use --from FILE"), "{refused}");
    let findings = assert_clean(&world, &file);
    assert!(findings.before_snapshot > 10, "{findings:?}");
}

/// From a log with local schemas to a folder, interrupted at every kind of transaction, without and with
/// effect: in between nothing is scored there.
#[test]
fn should_go_on_with_a_restore_wherever_it_was_interrupted() {
    let (files, store) = folder();
    let world = World::history(store, "", 4);
    history(&world);
    let before = placeless(world.decisions());
    let file = files.path().join("one.snapshot");
    saved(&world, &file);
    let (_other, store) = folder();
    let new = made(store.clone(), "eu.");
    let mut interrupted = 0;
    let done = loop {
        let (at, answered) = *DEATHS.get(interrupted).unwrap_or(&(2, true));
        let left = Arc::new(AtomicUsize::new(at));
        let breaking = Arc::new(Breaking { inner: store.clone(), left, answered });
        match restored(breaking, &new, &file) {
            Ok(done) => break Some(done),
            Err(error) if format!("{error:#}").contains("already") => break None,
            Err(error) => assert!(format!("{error:#}").contains("killed"), "{error:#}"),
        }
        interrupted += 1;
        let marks = store.reader().unwrap().watermarks(&new.topics.accounts, 0).unwrap();
        if marks.high > 0 && !is_finished(&new) {
            score(&*store, &new.topics, 4, Duration::from_millis(300));
            assert!(new.decisions().is_empty(), "an unfinished restore was scored");
        }
        assert!(interrupted < 60, "it does not come to an end");
    };
    println!("interrupted {interrupted} times, then {done:?}");
    assert!(interrupted >= 3, "{interrupted}");
    for world in [&world, &new] {
        go_on(world);
    }
    assert_alike(&world, &new, &before);
    assert_clean(&new, &file);
}

fn is_finished(world: &World) -> bool {
    let mut finished = false;
    world.each(&world.topics.accounts, &mut |record| {
        if record.key == Some(buymode::engine::topics::TASK_KEY) {
            let task = Codec::local().decode_task(record.value.unwrap()).unwrap();
            finished = task.copied <= task.next_offset;
        }
    });
    finished
}

/// Into a folder whose schemas are a registry's, and back into one whose schemas are the program's.
#[test]
fn should_be_read_by_a_log_with_a_registry() {
    let Some(registry) = support::registry() else { return };
    let (files, store) = folder();
    let world = World::history(store, "", 4);
    history(&world);
    let before = placeless(world.decisions());
    let file = files.path().join("one.snapshot");
    saved(&world, &file);
    let settings = files.path().join("buymode.yaml");
    let prefix = format!("restored-{}.", Uuid::new_v4());
    let text = format!(
        "embedded: {{folder: data, map_size_gib: 1}}\ntopics: {{prefix: '{prefix}', history: true}}\n\
         schema_registry: {{url: '{}'}}\n",
        registry.url
    );
    std::fs::write(&settings, text).unwrap();
    let place = Place::open(Config::load_with(Some(&settings), []).unwrap()).unwrap();
    restore(&place, &file, &mut |_| ()).unwrap();
    let again = files.path().join("two.snapshot");
    save(&place, &again, 0, &mut |_| ()).unwrap();
    let (one, two) = (content(&file).unwrap(), content(&again).unwrap());
    assert_eq!((one.accounts, one.inputs, one.books), (two.accounts, two.inputs, two.books));
    let (_third, store) = folder();
    let third = made(store.clone(), "");
    restored(store, &third, &again).unwrap();
    go_on(&world);
    go_on(&third);
    assert_alike(&world, &third, &before);
}
