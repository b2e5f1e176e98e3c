//! Figures of what others do beside the work: subscribers, the registry, the disk.

use super::Telemetry;
use crate::telemetry::events;
use crate::telemetry::subscribers::Lags;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

impl Telemetry {
    /// The log lies in this folder.
    pub fn log_lies_in(&self, folder: PathBuf) {
        self.metrics.disk.lies_in(folder);
    }

    /// How far the groups of subscribers have come; `counts`: those followed, refused and left out, unless another
    /// instance asks.
    pub(in crate::telemetry) fn subscribers(&self, lags: &Lags, counts: Option<[usize; 3]>) {
        let refused = counts.map_or(0, |[_, refused, _]| refused);
        if self.metrics.subscribers.show(lags, counts) < refused {
            events::subscribers_refused(refused);
        }
    }

    /// The schema registry answered, or not, and why.
    pub(in crate::telemetry) fn registry_answered(&self, why: Option<&str>) {
        self.metrics.registry_up.with_label_values::<&str>(&[]).set(i64::from(why.is_none()));
        if self.registry_is_away.swap(why.is_some(), Ordering::Relaxed) != why.is_some() {
            events::registry(why);
        }
    }

    /// How many partitions the topic of the inputs has.
    pub fn inputs_have(&self, partitions: i32) {
        self.metrics.inputs_partitions.with_label_values::<&str>(&[]).set(i64::from(partitions));
    }

    pub(in crate::telemetry) fn subscribers_unknown(&self, why: &str) {
        events::subscribers_unknown(why);
    }
}
