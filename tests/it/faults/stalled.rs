//! A call of the client that does not return: the process says which, and ends or starts anew. Builds
//! with `debug_assertions`, and those with `fault-injection`, know the fault.
#![cfg(any(debug_assertions, feature = "fault-injection"))]

use std::time::Duration;

use super::instance::Instance;
use super::on_kafka;
use super::world::{Load, World};
use crate::support;

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
