//! Numbers, readiness and the lines of an instance, as its parts report them.

use super::*;
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::RecordType;
use crate::domain::score::fit::Tier;
use crate::engine::standings::Stand;
use crate::runtime::observe::Observer;

fn telemetry() -> Telemetry {
    Telemetry::new(&["score"], Duration::from_secs(60))
}

fn shows(telemetry: &Telemetry, line: &str) -> bool {
    let page = telemetry.page().unwrap();
    page.lines().any(|found| found == line)
}

fn found(stage: Stage, accounts: i64) -> Tally {
    Tally { stages: BTreeMap::from([(stage, accounts)]), ..Tally::default() }
}

#[test]
fn inputs_are_counted_by_type_and_verdict() {
    let t = telemetry();
    let mut tally = Tally::default();
    tally.input(RecordType::Funding, Verdict::Applied);
    tally.input(RecordType::Funding, Verdict::Applied);
    tally.input(RecordType::Hiring, Verdict::TooLate);
    t.committed(0, 3, &tally);
    assert!(shows(&t, r#"buymode_inputs_total{type="funding",verdict="applied"} 2"#));
    assert!(shows(&t, r#"buymode_inputs_total{type="hiring",verdict="too_late"} 1"#));
}

#[test]
fn accounts_by_stage_follow_partitions_that_come_and_go() {
    let t = telemetry();
    t.committed(0, 0, &found(Stage::Buying, 3));
    t.committed(1, 0, &found(Stage::Buying, 4));
    t.committed(
        1,
        5,
        &Tally {
            stages: BTreeMap::from([(Stage::Buying, -1), (Stage::Cooling, 1)]),
            ..Tally::default()
        },
    );
    assert!(shows(&t, r#"buymode_accounts{stage="buying"} 6"#));
    assert!(shows(&t, "buymode_partitions 2"));
    t.gave_up(0);
    assert!(shows(&t, r#"buymode_accounts{stage="buying"} 3"#));
    // The session is reopened without a revocation: no account is counted twice.
    let partition = TopicPartition { topic: "in".to_owned(), partition: 1 };
    t.restoring(&partition, None);
    t.committed(1, 5, &found(Stage::Buying, 3));
    assert!(shows(&t, r#"buymode_accounts{stage="buying"} 3"#));
    assert!(shows(&t, r#"buymode_accounts{stage="cooling"} 0"#));
}

#[test]
fn accounts_by_product_follow_partitions_that_come_and_go() {
    let t = telemetry();
    let stand = |tier, segment: Option<&str>| Stand {
        product: "crm".into(),
        stage: Stage::Buying,
        tier,
        segment: segment.map(Into::into),
    };
    let counted = |stand: Stand, n| Tally { standings: [(stand, n)].into(), ..Tally::default() };
    let first = stand(Some(Tier::One), Some("primary"));
    let one = |n: i64| {
        format!(
            r#"buymode_product_accounts{{product="crm",segment="primary",stage="buying",tier="tier_1"}} {n}"#
        )
    };
    t.committed(0, 0, &counted(first.clone(), 3));
    t.committed(1, 0, &counted(first.clone(), 4));
    t.committed(1, 0, &counted(stand(None, None), 1));
    assert!(shows(&t, &one(7)));
    assert!(shows(
        &t,
        r#"buymode_product_accounts{product="crm",segment="",stage="buying",tier="unknown"} 1"#
    ));
    t.committed(1, 5, &counted(first.clone(), -2));
    t.gave_up(0);
    assert!(shows(&t, &one(2)));
    let partition = TopicPartition { topic: "in".to_owned(), partition: 1 };
    t.restoring(&partition, None);
    assert!(shows(&t, &one(0)));
}

#[test]
fn lag_stays_until_another_instance_is_known_to_have_the_partition() {
    let t = telemetry();
    let partition = TopicPartition { topic: "in".to_owned(), partition: 4 };
    t.restoring(&partition, None);
    t.restored(&partition);
    t.lag(4, 9, Some(2.0));
    // As when the broker goes away: the session is lost, then opened again.
    Observer::revoked(&t, &partition);
    t.gave_up(4);
    assert!(shows(&t, r#"buymode_lag_records{partition="4"} 9"#));
    t.keep_lag_of(&BTreeSet::from([4]));
    assert!(shows(&t, r#"buymode_lag_seconds{partition="4"} 2"#));
    t.keep_lag_of(&BTreeSet::from([5]));
    assert!(!t.page().unwrap().contains("partition=\"4\""));
}

#[test]
fn not_ready_while_a_partition_has_no_profile() {
    let (t, views) = (telemetry(), Views::default());
    t.watch_views(views.clone(), true);
    assert!(!t.readiness().reasons.iter().any(|why| why.contains("profile")));
    for partition in [0, 1, 2, 7] {
        views.insert(partition, Default::default());
    }
    let why = t.readiness().reasons.pop().unwrap();
    assert!(why.starts_with("no profile is active in partitions 0-2, 7: "), "{why}");
}

#[test]
fn the_pulse_shows_in_the_metrics() {
    let t = telemetry();
    assert!(!t.page().unwrap().contains("buymode_kafka_up "), "no broker was asked");
    t.broker_answered(None);
    t.registry_answered(None);
    assert!(shows(&t, "buymode_kafka_up 1") && shows(&t, "buymode_registry_up 1"));
    t.broker_answered(Some("timed out"));
    t.registry_answered(Some("refused"));
    assert!(shows(&t, "buymode_kafka_up 0") && shows(&t, "buymode_registry_up 0"));
    assert!(shows(&t, "buymode_ready 0"));
    assert!(t.readiness().reasons.contains(&"no broker answers: timed out".to_owned()));
}
