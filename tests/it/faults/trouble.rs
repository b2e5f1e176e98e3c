//! What others do to the topics: transactions left open, topics deleted, partitions taken away
//! while their state is being read.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use buymode::engine::scorer::Clock;
use buymode::log::LogError;
use rdkafka::admin::AdminOptions;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::instance::Instance;
use super::on_kafka;
use super::running::Running;
use super::world::{Load, PATIENCE};
use super::wrapped::{Step, Wrapped};
use crate::pipeline::ROUTES;
use crate::support::{self, Address};

const LOAD: Load = Load { accounts: 40, days: 12, signals_a_day: 25 };

#[test]
fn should_wait_behind_a_transaction_left_open_in_the_inputs_and_then_go_on() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = on_kafka(kafka, "open", 2);
    let mut writer = world.writer("load");
    LOAD.write_day(&world, &mut *writer, 0);
    let instance = Running::start(&world, "a");
    world.await_consumed();
    let before = world.position(0);

    let mut client = kafka.client();
    client.set("transactional.id", format!("{}forgetful", world.prefix));
    client.set("transaction.timeout.ms", "12000");
    let forgetful: BaseProducer = client.create().unwrap();
    forgetful.init_transactions(PATIENCE).unwrap();
    forgetful.begin_transaction().unwrap();
    let rubbish = BaseRecord::<[u8], [u8]>::to(&world.topics.inputs).partition(0);
    forgetful.send(rubbish.payload(b"never committed")).unwrap();
    forgetful.flush(PATIENCE).unwrap();
    let began = Instant::now();
    for day in 1..3 {
        LOAD.write_day(&world, &mut *writer, day);
    }
    while world.left(1) > 0 {
        assert!(began.elapsed() < PATIENCE, "the other partition does not go on");
    }
    let position = world.position(0);
    // On a machine that was slow with all this, the transaction may have ended.
    let still_open = began.elapsed() < Duration::from_secs(11);
    assert!(position == before || !still_open, "read past an open transaction");
    world.await_consumed();
    assert!(began.elapsed() > Duration::from_secs(11), "{:?}", began.elapsed());
    assert!(!instance.has_ended());
    instance.stop();
    let findings = world.assert_audit_is_clean();
    assert_eq!(findings.dead_letters, 0, "what was aborted was read");
    drop(forgetful);
}

#[test]
fn should_stop_without_blaming_a_record_while_a_routes_topic_is_gone_and_go_on_when_it_is_back() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = on_kafka(kafka, "route", 2);
    let mut writer = world.writer("load");
    // Nothing is decided on the first day: no decision is lost with the topics.
    LOAD.write_day(&world, &mut *writer, 0);
    let folder = tempfile::tempdir().unwrap();
    let mut instance = Instance::start(&world, "a", folder.path());
    world.await_consumed();
    assert!(readiness(&instance).contains("\"ready\":true"), "{}", readiness(&instance));
    let routes: Vec<String> = ROUTES.iter().map(|route| world.topics.route(route)).collect();
    let admin = kafka.admin();
    let names: Vec<&str> = routes.iter().map(String::as_str).collect();
    let deleted = support::block_on(admin.delete_topics(&names, &AdminOptions::new()));
    deleted.unwrap().into_iter().for_each(|topic| {
        topic.unwrap();
    });
    for day in 1..LOAD.days {
        LOAD.write_day(&world, &mut *writer, day);
    }
    let has_cause = |said: &str| {
        said.contains("does not exist") && routes.iter().any(|route| said.contains(route.as_str()))
    };
    let began = Instant::now();
    while !has_cause(&readiness(&instance)) {
        assert!(began.elapsed() < PATIENCE, "{}", readiness(&instance));
        std::thread::sleep(Duration::from_millis(100));
    }
    // It tries again and again, and says so throughout.
    for _ in 0..40 {
        let says = readiness(&instance);
        assert!(has_cause(&says) && says.contains("\"ready\":false"), "{says}");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(instance.ended().is_none() && !world.is_consumed());

    crate::pipeline::create(&*world.store, &world.topics, 2, ROUTES);
    world.await_consumed();
    assert!(readiness(&instance).contains("\"ready\":true"), "{}", readiness(&instance));
    instance.stop();
    let findings = world.assert_audit_is_clean();
    assert_eq!(findings.dead_letters, 0);
    assert!(findings.decisions > 10);
}

/// Killed and started again, an instance is a new member: the group lets it in only once it has
/// missed the old one. Told to stop meanwhile, it does not wait for that.
#[test]
fn should_stop_in_time_while_the_group_still_waits_for_a_member_that_died() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = on_kafka(kafka, "joining", 2);
    LOAD.write_day(&world, &mut *world.writer("load"), 0);
    let folder = tempfile::tempdir().unwrap();
    let mut instance = Instance::start(&world, "a", folder.path());
    world.await_consumed();
    instance.kill9();
    instance.restart();
    let began = Instant::now();
    while instance.starts() < 2 {
        assert!(began.elapsed() < PATIENCE && instance.ended().is_none(), "{}", instance.said());
        std::thread::sleep(Duration::from_millis(20));
    }
    // By now it asks to be let in.
    std::thread::sleep(Duration::from_secs(1));
    instance.stop();
}

/// What `/readyz` answers.
fn readiness(instance: &Instance) -> String {
    let address = instance.http().expect("it has said where it listens");
    let mut page = TcpStream::connect(address).unwrap();
    let asked =
        page.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    asked.unwrap();
    let mut answer = String::new();
    page.read_to_string(&mut answer).unwrap();
    answer.replace(' ', "").replace("doesnotexist", "does not exist")
}

#[test]
fn should_restore_whole_when_partitions_move_in_the_middle_of_a_restore() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = on_kafka(kafka, "restore", 6);
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
    // Its first restore does not end before another has joined and taken partitions away.
    let holds = Arc::new(AtomicBool::new(true));
    let held = holds.clone();
    let meddle = move |step| {
        if step == Step::Restored && held.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(20));
            return Err(LogError::NotYet("held".to_owned()));
        }
        Ok(())
    };
    let store = Arc::new(Wrapped { inner: world.store.clone(), meddle: Arc::new(meddle) });
    let second = Running::on(&world, "a", store, Clock::History);
    second.until("its restores", |heard| heard.restoring.len() == 6);
    let third = Running::start(&world, "b");
    second.until("partitions taken away", |heard| !heard.revoked.is_empty());
    assert!(second.told.so_far().restored.is_empty());
    holds.store(false, Ordering::Relaxed);
    world.await_consumed();
    second.stop();
    third.stop();
    world.assert_audit_is_clean();
}
