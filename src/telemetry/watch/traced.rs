//! Said once, when a service starts: where spans of traces go, which topics are forwarded.

use super::Telemetry;
use crate::telemetry::events;
use crate::telemetry::spans::{Collector, Spans};

impl Telemetry {
    /// The topics whose records are forwarded: alerts need their series from the start.
    pub fn forwards<'a>(&self, topics: impl IntoIterator<Item = &'a str>) {
        topics.into_iter().for_each(|topic| events::begin_at_zero(&self.metrics, topic));
    }

    /// Reports traces to a collector from now on.
    ///
    /// # Errors
    /// Its address is none.
    pub fn trace_to(&self, collector: Collector) -> Result<(), String> {
        let spans = Spans::export(collector, self.metrics.spans.clone())?;
        // Once for each process.
        let _ = self.spans.set(spans);
        Ok(())
    }

    /// Where spans go; nowhere, unless a collector is named.
    pub fn spans(&self) -> Spans {
        self.spans.get().cloned().unwrap_or_default()
    }
}
