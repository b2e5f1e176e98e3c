//! The scorer on the worker's loop, until it has consumed what is expected of it.

use crate::load::PARTITIONS;
use crate::meter::{Meter, Metered, Run};
use buymode::codec::Codec;
use buymode::engine::scorer::{Clock, Scorer};
use buymode::engine::tally::NoLedger;
use buymode::engine::topics::Topics;
use buymode::engine::view::Views;
use buymode::log::{LogError, RestoreProgress, SessionSpec, Store, TopicPartition};
use buymode::runtime::exit::Exit;
use buymode::runtime::observe::Observer;
use buymode::runtime::worker::{Limits, run};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub(crate) fn scorer(topics: &Topics) -> Scorer {
    let ledger = Arc::new(NoLedger);
    Scorer::new(topics.clone(), Codec::local(), Clock::Live, PARTITIONS, Views::default(), ledger)
}

pub(crate) fn spec(topics: &Topics) -> SessionSpec {
    SessionSpec {
        group: format!("{}-score", topics.inputs),
        transactional_id: format!("{}-score-0", topics.inputs),
        topics: vec![topics.inputs.clone()],
    }
}

/// Scores until `expected` records are consumed.
pub(crate) fn score(
    store: &dyn Store,
    topics: &Topics,
    expected: u64,
    keep: bool,
) -> anyhow::Result<Run> {
    let meter = Arc::new(Meter { expected, keep, ..Meter::default() });
    score_with(store, topics, &meter)?;
    meter.run()
}

/// Scores until the meter says stop.
pub(crate) fn score_with(
    store: &dyn Store,
    topics: &Topics,
    meter: &Arc<Meter>,
) -> anyhow::Result<()> {
    let metered = Metered { store, meter: meter.clone() };
    let observer = Arc::new(Watch(meter.clone()));
    let mut scorer = scorer(topics);
    let limits = Limits::default();
    let ended = run(&metered, &spec(topics), &mut scorer, limits, observer, &meter.stop);
    match ended {
        Exit::Stopped => Ok(()),
        other => anyhow::bail!("the scorer ended: {other}"),
    }
}

/// Tells the meter of restores, and that an abort would spoil the count.
struct Watch(Arc<Meter>);

impl Observer for Watch {
    fn restoring(&self, _: &TopicPartition, _: Option<RestoreProgress>) {}

    fn restored(&self, _: &TopicPartition) {
        self.0.restored();
        let all = self.0.partitions.load(Ordering::Relaxed) == PARTITIONS as u64;
        if all && self.0.expected == 0 {
            self.0.stop.store(true, Ordering::Relaxed);
        }
    }

    fn revoked(&self, _: &TopicPartition) {}
    fn transaction(&self, _: Duration, _: Option<&LogError>) {}

    fn aborted(&self, why: &str, _: u32) {
        eprintln!("a transaction was aborted, the figures of this round count it twice: {why}");
    }

    fn ended(&self, _: &str, _: &Exit, _: Option<Duration>) {}
}
