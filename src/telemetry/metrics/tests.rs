//! The names and kinds of all metrics, and the bound on routes.

use super::*;
use crate::domain::account::decision::Verdict;

#[test]
fn every_metric_is_made_and_named_by_the_conventions() {
    let metrics = Metrics::new();
    metrics.restore_ratio.with_label_values(&["0"]).set(1.0);
    metrics.lag_records.with_label_values(&["0"]).set(1);
    metrics.lag_seconds.with_label_values(&["0"]).set(1.0);
    metrics.stable_offset_age.with_label_values(&["0"]).set(0.0);
    metrics.decisions.with_label_values(&["entered", "ae", "urgent"]).inc();
    metrics.forwarded.with_label_values(&["t", "funding", "applied"]).inc();
    metrics.ingest_rows.with_label_values(&["s", "mapped"]).inc();
    metrics.ingest_records.with_label_values(&["s", "funding"]).inc();
    metrics.ingest_warnings.with_label_values(&["s"]).inc();
    metrics.ingest_last_row.with_label_values(&["s"]).set(1);
    metrics.profile_reviewed.with_label_values(&["crm"]).set(1);
    metrics.worker_ends.with_label_values(&["score", "blocked"]).inc();
    metrics.losses.with_label_values(&["funding", "FundingRound.note"]).inc();
    metrics.intake.begin_at_zero(&["theirstack"]);
    metrics.inputs_partitions.with_label_values::<&str>(&[]).set(24);
    metrics.kafka_up.with_label_values::<&str>(&[]).set(1);
    metrics.registry_up.with_label_values::<&str>(&[]).set(1);
    let stand = crate::engine::standings::Stand {
        product: "crm".into(),
        stage: Stage::Buying,
        tier: None,
        segment: None,
    };
    metrics.standings.changed(0, &[(stand, 1)].into());
    let repeats = [(("s".into(), Verdict::Duplicate), 1)].into();
    let tally = crate::engine::tally::Tally { repeats, ..Default::default() };
    metrics.balance.committed(0, 1, &tally);
    metrics.balance.restored(0);
    let deliveries = &metrics.deliveries;
    deliveries.read("decision", true, 1);
    deliveries.ended("leads", "confirmed", 1);
    deliveries.attempt("leads", "done", Some(true));
    deliveries.action("leads", "confirmed", Some(0.1));
    deliveries.late("leads");
    deliveries.word("accept", "holds");
    deliveries.announced("crm", "ana", ["round"].into_iter());
    deliveries.acted("crm", "ana", "accept", ["round"].into_iter());
    deliveries.waiting(&[("leads".to_owned(), 1)].into());
    deliveries.mark_waits(None);
    metrics.disk.lies_in(std::env::temp_dir());
    metrics.disk.look();
    let lags = [(("g".to_owned(), "sequencer.ae".to_owned()), Some(Default::default()))].into();
    metrics.subscribers.show(&lags, Some([1, 0, 0]));
    let families = metrics.registry.gather();
    assert_eq!(families.len(), 68, "{:?}", families.iter().map(|f| f.name()).collect::<Vec<_>>());
    for family in families {
        let name = family.name();
        assert!(!family.help().is_empty(), "{name}");
        let counts = family.get_field_type() == prometheus::proto::MetricType::COUNTER;
        assert_eq!(counts, name.ends_with("_total"), "{name}");
    }
}

#[test]
fn routes_beyond_the_bound_share_a_label() {
    let metrics = Metrics::new();
    for n in 0..ROUTES_MAX {
        assert_eq!(metrics.route_label(&format!("r{n}")), format!("r{n}"));
    }
    assert_eq!(metrics.route_label("one-more"), "other");
    assert_eq!(metrics.route_label("r7"), "r7");
}
