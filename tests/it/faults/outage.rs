//! A broker that goes away for a while: what an instance says of itself meanwhile.

use std::time::{Duration, Instant};

use super::instance::Instance;
use super::on_kafka;
use super::world::{Load, PATIENCE};
use crate::cli::running::try_get;
use crate::support;

const LOAD: Load = Load { accounts: 40, days: 12, signals_a_day: 25 };

fn page(instance: &Instance, path: &str) -> String {
    let address = instance.http().expect("it has said where it listens");
    try_get(&address, path).map(|(_, body)| body).unwrap_or_default()
}

fn until(instance: &Instance, what: &str, path: &str, words: &[&str]) -> Duration {
    let began = Instant::now();
    loop {
        let body = page(instance, path);
        if words.iter().all(|word| body.contains(word)) {
            return began.elapsed();
        }
        assert!(began.elapsed() < PATIENCE, "{what}: {body}\n{}", instance.said());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn should_not_be_ready_while_the_broker_is_away_and_say_so_without_a_flood() {
    let Some(mut broker) = support::own_broker() else {
        return;
    };
    let world = on_kafka(&broker, "away", 3);
    LOAD.write(&world);
    let folder = tempfile::tempdir().unwrap();
    let mut instance = Instance::start(&world, "a", folder.path());
    world.await_consumed();
    until(&instance, "ready", "/readyz", &["\"ready\":true"]);
    let up = ["buymode_kafka_up 1", "buymode_ready 1", "buymode_lag_records{partition=\"2\"} 0"];
    until(&instance, "up", "/metrics", &up);
    assert!(instance.times("restoring ") <= 1 && instance.times("partitions assigned") == 1);

    broker.kill9();
    let away = Instant::now();
    let took = until(&instance, "away", "/readyz", &["\"ready\":false", "no broker answers"]);
    assert!(took < Duration::from_secs(8), "{took:?}");
    // Beyond the session's time-out: the partitions are lost, their lag stays.
    let mut worst = 0;
    while away.elapsed() < Duration::from_secs(10) {
        let ready = page(&instance, "/readyz");
        assert!(ready.contains("\"ready\":false"), "{ready}");
        let metrics = page(&instance, "/metrics");
        for line in
            ["buymode_kafka_up 0", "buymode_ready 0", "buymode_lag_records{partition=\"2\"}"]
        {
            assert!(metrics.contains(line), "{line}: {metrics}");
        }
        worst = worst.max(instance.lines());
        std::thread::sleep(Duration::from_millis(500));
    }
    // Once seen: 2,356 in 50 s.
    assert!(worst < 60, "{worst} lines:\n{}", instance.said());
    broker.start();
    // The group may wait for what this instance was before: nothing is scored meanwhile.
    until(&instance, "back", "/readyz", &["\"ready\":true"]);
    let back = page(&instance, "/readyz");
    assert!(back.contains("\"partitions\":[0,1,2]"), "{back}");
    until(&instance, "up again", "/metrics", &up);
    assert!(instance.ended().is_none(), "{}", instance.said());
    instance.stop();
    world.assert_audit_is_clean();
}
