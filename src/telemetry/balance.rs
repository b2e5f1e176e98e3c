//! Whether every record has its verdict: the offsets that were passed, less those that hold no record, are the
//! inputs counted. Beside it what is known of single sources, of the clock and of restores.

use super::counters::{counters, registered};
use crate::domain::Text;
use crate::engine::tally::Tally;
use crate::log::RestoreProgress;
use prometheus::{Gauge, GaugeVec, IntCounterVec, Opts, Registry};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Records name their sources: any beyond this many share the label `other`.
const SOURCES_MAX: usize = 100;

pub(super) struct Balance {
    offsets: IntCounterVec,
    sources: IntCounterVec,
    clock: Gauge,
    restore_left: GaugeVec,
    /// The next offset of each partition, as of its last commit.
    positions: Mutex<BTreeMap<i32, i64>>,
    known: Mutex<BTreeSet<String>>,
    /// Where each restore stood when it was looked at first.
    restores: Mutex<BTreeMap<i32, (Instant, i64)>>,
}

impl Balance {
    pub(super) fn new(registry: &Registry) -> Balance {
        let clock = Opts::new(
            "buymode_clock_behind_seconds",
            "By how much the newest record that was scored is ahead of this machine's clock, in seconds; 0: it is not.",
        );
        let left = Opts::new(
            "buymode_restore_left_seconds",
            "Seconds until a partition's state is restored, by its speed so far; 0: it is.",
        );
        let offsets = counters(
            registry,
            "buymode_offsets_total",
            "Offsets of the inputs topic: passed by commits, and of these empty (transaction markers, aborted \
             records). Passed less empty is the sum of buymode_inputs_total.",
            &["kind"],
        );
        for kind in ["passed", "empty"] {
            offsets.with_label_values(&[kind]);
        }
        Balance {
            offsets,
            sources: counters(
                registry,
                "buymode_source_repeats_total",
                "Inputs that change nothing, by the source that they name and verdict: duplicate, too_late.",
                &["source", "verdict"],
            ),
            clock: registered(registry, Gauge::with_opts(clock)),
            restore_left: registered(registry, GaugeVec::new(left, &["partition"])),
            positions: Mutex::default(),
            known: Mutex::default(),
            restores: Mutex::default(),
        }
    }

    /// A batch of a partition was committed, or a restore has found its position.
    pub(super) fn committed(&self, partition: i32, next_offset: i64, tally: &Tally) {
        let mut positions = self.positions.lock().unwrap_or_else(PoisonError::into_inner);
        let before = positions.insert(partition, next_offset);
        if let Some(before) = before {
            let passed = u64::try_from(next_offset - before).unwrap_or(0);
            self.offsets.with_label_values(&["passed"]).inc_by(passed);
            self.offsets.with_label_values(&["empty"]).inc_by(tally.empty_offsets);
        }
        for ((source, verdict), n) in &tally.repeats {
            let labels = [&*self.label(source), <&str>::from(verdict)];
            self.sources.with_label_values(&labels).inc_by(*n);
        }
    }

    /// The partition went elsewhere, or is restored again.
    pub(super) fn forget(&self, partition: i32) {
        self.positions.lock().unwrap_or_else(PoisonError::into_inner).remove(&partition);
    }

    /// The clock when a batch was committed, and the newest time of its records.
    pub(super) fn clock(&self, now_ms: i64, time_ms: i64) {
        self.clock.set((time_ms - now_ms).max(0) as f64 / 1_000.0);
    }

    fn label(&self, source: &Text) -> String {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&**source) {
            if known.len() >= SOURCES_MAX {
                return "other".to_owned();
            }
            known.insert(source.to_string());
        }
        source.to_string()
    }

    /// How far a restore has come.
    pub(super) fn restoring(&self, partition: i32, progress: Option<RestoreProgress>) {
        let mut restores = self.restores.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(progress) = progress else {
            restores.remove(&partition);
            return;
        };
        let (began, from) =
            *restores.entry(partition).or_insert((Instant::now(), progress.position));
        let (done, left) = (progress.position - from, progress.end - progress.position);
        if done > 0 {
            let seconds = began.elapsed().as_secs_f64() * left.max(0) as f64 / done as f64;
            self.restore_left.with_label_values(&[&partition.to_string()]).set(seconds);
        }
    }

    pub(super) fn restored(&self, partition: i32) {
        self.restores.lock().unwrap_or_else(PoisonError::into_inner).remove(&partition);
        self.restore_left.with_label_values(&[&partition.to_string()]).set(0.0);
    }

    /// Another instance has the partition.
    pub(super) fn revoked(&self, partition: i32) {
        self.restores.lock().unwrap_or_else(PoisonError::into_inner).remove(&partition);
        // An error means that the series did not exist.
        let _ = self.restore_left.remove_label_values(&[&partition.to_string()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::decision::Verdict;
    use crate::domain::account::input::RecordType;

    #[test]
    fn every_offset_that_holds_a_record_has_a_verdict() {
        let registry = Registry::new();
        let balance = Balance::new(&registry);
        // A restore ends at offset 7.
        balance.committed(0, 7, &Tally::default());
        let mut tally = Tally { empty_offsets: 2, ..Tally::default() };
        tally.input(RecordType::Funding, Verdict::Applied);
        tally.repeats.insert(("vendor".into(), Verdict::Duplicate), 1);
        balance.committed(0, 10, &tally);
        let count = |kind: &str| balance.offsets.with_label_values(&[kind]).get();
        assert_eq!(count("passed") - count("empty"), tally.consumed());
        assert_eq!(balance.sources.with_label_values(&["vendor", "duplicate"]).get(), 1);
        balance.forget(0);
        balance.committed(0, 100, &Tally::default());
        assert_eq!(count("passed"), 3);
        balance.clock(5_000, 7_500);
        assert!((balance.clock.get() - 2.5).abs() < 1e-9);
    }

    #[test]
    fn sources_beyond_the_bound_share_a_label() {
        let balance = Balance::new(&Registry::new());
        for n in 0..SOURCES_MAX {
            assert_eq!(balance.label(&format!("s{n}").into()), format!("s{n}"));
        }
        assert_eq!(balance.label(&"more".into()), "other");
    }

    #[test]
    fn the_time_left_follows_from_the_speed() {
        let balance = Balance::new(&Registry::new());
        let progress = |position| RestoreProgress { position, start: 0, end: 100, done: false };
        balance.restoring(3, Some(progress(0)));
        std::thread::sleep(std::time::Duration::from_millis(20));
        balance.restoring(3, Some(progress(50)));
        let left = balance.restore_left.with_label_values(&["3"]).get();
        assert!((0.01..5.0).contains(&left), "{left}");
        balance.restored(3);
        assert!(balance.restore_left.with_label_values(&["3"]).get().abs() < 1e-9);
    }
}
