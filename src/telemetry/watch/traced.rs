//! Where spans of traces go.

use super::Telemetry;
use crate::telemetry::spans::{Collector, Spans};

impl Telemetry {
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
