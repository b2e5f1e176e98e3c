//! Positions that lapse, that somebody moves, or that the log no longer holds.

use buymode::log::Position;
use rdkafka::admin::AdminOptions;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use super::on_kafka;
use super::running::Running;
use super::world::{Load, World};
use crate::support::{self, Address, Kafka};

const LOAD: Load = Load { accounts: 40, days: 12, signals_a_day: 25 };

/// Scores half of the load and stops; then the rest is written.
fn half_scored(kafka: &Kafka, name: &str) -> World {
    let world = on_kafka(kafka, name, 2);
    let mut writer = world.writer("load");
    for day in 0..6 {
        LOAD.write_day(&world, &mut *writer, day);
    }
    let first = Running::start(&world, "a");
    world.await_consumed();
    first.stop();
    for day in 6..LOAD.days {
        LOAD.write_day(&world, &mut *writer, day);
    }
    world
}

fn group_client(kafka: &Kafka, world: &World) -> BaseConsumer {
    let mut client = kafka.client();
    client.set("group.id", world.group());
    client.create().unwrap()
}

fn committed(kafka: &Kafka, world: &World) -> Vec<Option<i64>> {
    let mut list = TopicPartitionList::new();
    list.add_partition_range(&world.topics.inputs, 0, world.partitions - 1);
    let found = group_client(kafka, world).committed_offsets(list, super::world::PATIENCE);
    let offset = |offset| match offset {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    };
    found.unwrap().elements().iter().map(|element| offset(element.offset())).collect()
}

fn move_to(kafka: &Kafka, world: &World, position: &Position) {
    let mut list = TopicPartitionList::new();
    let offset = Offset::Offset(position.next_offset);
    list.add_partition_offset(&position.topic, position.partition, offset).unwrap();
    group_client(kafka, world).commit(&list, CommitMode::Sync).unwrap();
}

#[test]
fn should_go_on_where_the_task_record_says_when_the_groups_offsets_have_expired() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = half_scored(kafka, "expired");
    let admin = kafka.admin();
    let groups = [&*world.group()];
    let deleted = support::block_on(admin.delete_groups(&groups, &AdminOptions::new())).unwrap();
    assert!(deleted[0].is_ok(), "{deleted:?}");
    assert_eq!(committed(kafka, &world), [None, None]);
    let before = [world.position(0), world.position(1)];
    assert!(before.iter().all(|position| *position > 0));

    let second = Running::start(&world, "a");
    world.await_consumed();
    second.stop();
    let positions: Vec<Option<i64>> = (0..2).map(|p| Some(world.position(p))).collect();
    assert_eq!(committed(kafka, &world), positions);
    world.assert_audit_is_clean();
}

#[test]
fn should_refuse_to_go_on_when_somebody_moved_the_groups_offsets() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = half_scored(kafka, "moved");
    let inputs = world.topics.inputs.clone();
    let position = world.position(1);
    let moved = Position { topic: inputs.clone(), partition: 1, next_offset: position - 7 };
    move_to(kafka, &world, &moved);

    let said = Running::start(&world, "a").failure();
    let (was, is) = (format!("says {position}"), format!("group is {}", position - 7));
    for words in [&*format!("{inputs}[1]"), &was, &is, "Set them back", "delete them"] {
        assert!(said.contains(words), "no `{words}` in: {said}");
    }

    // What it says to do helps.
    move_to(kafka, &world, &Position { next_offset: position, ..moved });
    let mended = Running::start(&world, "a");
    world.await_consumed();
    mended.stop();
    world.assert_audit_is_clean();
}

#[test]
fn should_name_both_offsets_when_retention_has_taken_inputs_that_were_not_read() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = half_scored(kafka, "trimmed");
    let (inputs, position) = (&world.topics.inputs, world.position(0));
    let mut trimmed = TopicPartitionList::new();
    trimmed.add_partition_offset(inputs, 0, Offset::Offset(position + 5)).unwrap();
    let admin = kafka.admin();
    support::block_on(admin.delete_records(&trimmed, &AdminOptions::new())).unwrap();

    let said = Running::start(&world, "a").failure();
    let low = (position + 5).to_string();
    for words in [&*format!("{inputs}[0]"), &*position.to_string(), &*low, "retention.ms"] {
        assert!(said.contains(words), "no `{words}` in: {said}");
    }
}
