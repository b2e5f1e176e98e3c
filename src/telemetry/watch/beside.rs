//! Figures of what others do beside the work: subscribers, the disk.

use super::Telemetry;
use crate::telemetry::events;
use crate::telemetry::subscribers::Lags;
use std::path::PathBuf;

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

    pub(in crate::telemetry) fn subscribers_unknown(&self, why: &str) {
        events::subscribers_unknown(why);
    }
}
