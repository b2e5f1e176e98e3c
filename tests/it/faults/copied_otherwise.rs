//! Copies that decide otherwise on purpose: without a record, or by the rules of another version.

use std::collections::{BTreeMap, BTreeSet};

use buymode::codec::{Codec, Decoded};
use buymode::domain::RULES_VERSION;
use buymode::domain::account::decision::{Decision, DecisionKind};
use buymode::domain::account::input::{Activation, Broadcast, Input};
use buymode::domain::account::records::DeadLetterReason;
use buymode::domain::account::world::{Logged, World as Common};
use buymode::domain::profile::Priority;
use buymode::engine::topics::WORLD_KEY;
use buymode::log::{Output, RecordRef};
use uuid::Uuid;

use super::copied::{at, folder, go_on, history, placeless, try_copy_with};
use super::world::World;
use crate::pipeline::ROUTES;

/// What the accounts that are copied decide from now on has ids of its own.
fn assert_ids_are_new(copied: &World, before: &BTreeMap<Uuid, Decision>) {
    go_on(copied);
    copied.assert_audit_is_clean();
    let made = placeless(copied.decisions());
    assert!(made.len() > 10, "{}", made.len());
    assert!(made.keys().all(|id| !before.contains_key(id)), "an id was given twice");
}

/// A signal that led to an entry.
fn entered_by(world: &World) -> (i32, i64, String) {
    let mut entries: Vec<Decision> = world.decisions().into_values().flatten().collect();
    entries.retain(|d| d.kind == DecisionKind::Entered);
    let mut codec = Codec::local();
    let mut found = None;
    world.each(&world.topics.inputs, &mut |record: RecordRef<'_>| {
        let Ok(Decoded::Account { input: Input::Signal(_), .. }) =
            codec.decode_input(record.key, record.value)
        else {
            return;
        };
        let is_it = |d: &&Decision| {
            (d.input_partition, d.input_offset) == (record.partition, record.offset)
        };
        if let Some(entry) = entries.iter().find(is_it) {
            found = Some((record.partition, record.offset, entry.account.to_string()));
        }
    });
    found.unwrap()
}

#[test]
fn should_leave_a_record_out_and_list_whom_that_concerns() {
    let (_folder, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let before = placeless(world.decisions());
    let (partition, offset, account) = entered_by(&world);
    let without = [(partition, offset)];
    let report = try_copy_with(store, &world, "v2.", &without, false).unwrap().unwrap();
    assert_eq!(report.left_out, [format!("{partition}/{offset}")]);
    let affected: Vec<&str> = report.compared.affected.iter().map(|a| a.as_str()).collect();
    assert_eq!(affected, [account.as_str()], "{report:?}");
    let (copied, mut kept, mut codec) = (at(&world, "v2."), Vec::new(), Codec::local());
    copied.each(&copied.topics.dead_letters, &mut |record| {
        let dead = codec.decode_dead_letter(record.value.unwrap()).unwrap();
        kept.push((dead.reason, dead.origin.to_string()));
    });
    let left_out: Vec<_> = kept.iter().filter(|(r, _)| *r == DeadLetterReason::LeftOut).collect();
    assert_eq!(left_out.len(), 1, "{kept:?}");
    assert_ids_are_new(&copied, &before);
    let refused = try_copy_with(world.store.clone(), &world, "v3.", &[(0, 1 << 40)], false);
    let refused = format!("{:#}", refused.err().unwrap());
    assert!(refused.contains("invalid --without 0/1099511627776"), "{refused}");
}

fn aged_world(world: &Common) -> Common {
    let aged = world.broadcasts().iter().map(|logged| match &logged.broadcast {
        Broadcast::Activation(activation) => {
            let activation = Activation { rules_version: RULES_VERSION - 1, ..activation.clone() };
            Logged { broadcast: Broadcast::Activation(activation), ..logged.clone() }
        }
        _ => logged.clone(),
    });
    Common::restored(aged.collect(), world.last_offset())
}

/// The same log as the build of the rules version before would have written it.
pub(super) fn aged(world: &World) -> World {
    let aged = World::history(world.store.clone(), "aged.", world.partitions);
    let mut codec = Codec::local();
    let mut writer = aged.writer("aged");
    let mut profiles = BTreeSet::new();
    let topics = [
        (&world.topics.inputs, &aged.topics.inputs),
        (&world.topics.accounts, &aged.topics.accounts),
    ]
    .map(|(from, to)| (from.clone(), to.clone()));
    let routes = ROUTES.iter().map(|route| (world.topics.route(route), aged.topics.route(route)));
    writer.begin().unwrap();
    for (from, to) in topics.into_iter().chain(routes) {
        world.each(&from, &mut |record| {
            let mut value = record.value.unwrap().to_vec();
            if let Ok(Decoded::Partition(Broadcast::Activation(activation))) =
                codec.decode_unkeyed(record.value)
            {
                let activation = Activation { rules_version: RULES_VERSION - 1, ..activation };
                value.clear();
                let activation = Broadcast::Activation(activation);
                codec.encode_broadcast(&to, &activation, &mut value).unwrap();
                profiles.insert(value.clone());
            }
            if record.key == Some(WORLD_KEY) {
                let world = aged_world(&codec.decode_world(&value).unwrap());
                value.clear();
                codec.encode_world(&to, &world, &mut value).unwrap();
            }
            let (partition, key, value) = (Some(record.partition), record.key, Some(&value[..]));
            let (topic, timestamp_ms, headers) = (&*to, Some(record.timestamp_ms), &[][..]);
            let to = Output { topic, partition, key, ..Output::default() };
            writer.send(&Output { value, timestamp_ms, headers, ..to }).unwrap();
        });
    }
    for value in &profiles {
        let (topic, value) = (&*aged.topics.profiles, Some(&value[..]));
        let output = Output { topic, partition: Some(0), value, ..Output::default() };
        writer.send(&Output { key: Some(b"crm"), ..output }).unwrap();
    }
    writer.commit(&[]).unwrap();
    aged
}

/// The rules are the same in truth: so nothing differs but the numbers, and what a forger changed.
#[test]
fn should_decide_a_log_of_another_rules_version_under_new_numbers() {
    let (_folder, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let aged = aged(&world);
    let refused = try_copy_with(store.clone(), &aged, "v2.", &[], false).err().unwrap();
    assert!(format!("{refused:#}").contains("rules version"), "{refused:#}");
    let before = placeless(aged.decisions());
    let report = try_copy_with(store.clone(), &aged, "v2.", &[], true).unwrap().unwrap();
    assert_eq!(report.rules_before, Some(RULES_VERSION - 1));
    assert_eq!(report.compared.differences, 0, "{:#?}", report.compared);
    assert_eq!(report.compared.decisions, before.len() as u64);
    let copied = at(&aged, "v2.");
    assert!(copied.decisions().is_empty());
    assert_ids_are_new(&copied, &before);
    let refused = try_copy_with(store.clone(), &world, "v4.", &[], true).err().unwrap();
    assert!(format!("{refused:#}").contains("leave --rules out"), "{refused:#}");
}

#[test]
fn should_count_by_kind_what_other_rules_decide_otherwise() {
    let (_folder, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let aged = aged(&world);
    // An earlier build thought more of one of them, and of another account it did not decide.
    let mut codec = Codec::local();
    let mut forged = aged.decisions().into_values().flatten().next().unwrap();
    let highest = aged.decisions()[forged.account.as_str()].len() as u32;
    forged.priority = Priority::Urgent;
    forged.sequence = highest + 7;
    forged.id = buymode::domain::account::ids::decision_id(
        &forged.account,
        &forged.product,
        forged.sequence,
    );
    let (topic, mut value) = (aged.topics.route(&forged.route), Vec::new());
    codec.encode_decision(&topic, &forged, &mut value).unwrap();
    let mut writer = aged.writer("forger");
    writer.begin().unwrap();
    let key = Some(forged.account.as_str().as_bytes());
    writer.send(&Output { topic: &topic, key, value: Some(&value), ..Output::default() }).unwrap();
    writer.commit(&[]).unwrap();
    let report = try_copy_with(store, &aged, "v2.", &[], true).unwrap().unwrap();
    let kinds: Vec<(String, u64)> = report.compared.kinds.into_iter().collect();
    assert_eq!(kinds, [(format!("{} missing", forged.kind), 1)]);
}
