//! A call of the client that does not return: the process says which, and ends or starts anew. Builds
//! with `debug_assertions`, and those with `fault-injection`, know the fault.
#![cfg(any(debug_assertions, feature = "fault-injection"))]

use std::time::{Duration, Instant};

use super::instance::Instance;
use super::on_kafka;
use super::world::{Load, PATIENCE, World};
use crate::support::{self, Address, Door};

const LOAD: Load = Load { accounts: 40, days: 12, signals_a_day: 25 };
const CALL: &str = "send_offsets_to_transaction";

/// Impatient: one call may take three seconds.
fn instance(world: &World, folder: &std::path::Path, fault: &str, restart: &str) -> Instance {
    let environment = [
        ("BUYMODE_KAFKA_FAULT", fault),
        ("BUYMODE__RESTART", restart),
        ("BUYMODE__KAFKA__TRANSACTION_TIMEOUT_MS", "2000"),
        ("BUYMODE__KAFKA__CALL_LIMIT_MS", "3000"),
    ];
    Instance::with(world, "a", folder, &environment)
}

#[test]
fn should_end_with_a_code_of_its_own_that_names_the_call_and_the_transactional_id() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = on_kafka(kafka, "stalled", 2);
    LOAD.write(&world);
    let folder = tempfile::tempdir().unwrap();
    let mut instance = instance(&world, folder.path(), &format!("hang:{CALL}"), "never");
    let status = instance.await_end(Duration::from_secs(60));
    let said = instance.said();
    assert_eq!(status.code(), Some(75), "{said}");
    let id = format!("transactional id `{}score-a-score`", world.prefix);
    for words in [&id, CALL, "3 s", "exit code 75"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn should_start_anew_and_go_on_where_nothing_else_starts_it_again() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = on_kafka(kafka, "anew", 2);
    LOAD.write(&world);
    let folder = tempfile::tempdir().unwrap();
    let mut instance = instance(&world, folder.path(), &format!("hang:{CALL}"), "always");
    world.await_consumed_while(|| assert!(instance.ended().is_none(), "{}", instance.said()));
    assert_eq!(instance.times("starting anew, 1 of at most 5 times"), 1, "{}", instance.said());
    assert_eq!(instance.starts(), 2, "{}", instance.said());
    instance.stop();
    world.assert_audit_is_clean();
}

/// The first start with a cluster that is away ends within seconds (`kafka::opening`).
#[test]
fn should_wait_for_the_cluster_where_it_has_started_itself_anew() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = on_kafka(kafka, "waits", 2);
    LOAD.write(&world);
    let mut door = Door::to(kafka.bootstrap());
    door.shut();
    let folder = tempfile::tempdir().unwrap();
    let (address, now) = (door.address.to_string(), buymode::runtime::worker::now_ms() / 1_000);
    let mark = format!("1 {now}");
    let environment =
        [("BUYMODE__KAFKA__BOOTSTRAP", address.as_str()), ("BUYMODE_STARTED_ANEW", mark.as_str())];
    let mut instance = Instance::with(&world, "a", folder.path(), &environment);
    let began = Instant::now();
    while instance.times("cannot start anew yet") == 0 {
        let ended = instance.ended();
        let said = instance.said();
        assert!(ended.is_none() && began.elapsed() < PATIENCE, "{ended:?}: {said}");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(instance.said().contains("does not answer"), "{}", instance.said());
    door.open();
    world.await_consumed_while(|| assert!(instance.ended().is_none(), "{}", instance.said()));
    assert_eq!(instance.starts(), 1, "{}", instance.said());
    instance.stop();
    world.assert_audit_is_clean();
}
