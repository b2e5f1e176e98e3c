//! Where a service's traces go, by its settings.

use crate::admin::place::Place;
use crate::telemetry::{Collector, Telemetry};
use anyhow::anyhow;

/// Reports traces, where the settings name a collector. `service`: the command; `groups`: the consumer group of each
/// worker, without the prefix of topics.
pub(super) fn start(
    place: &Place,
    telemetry: &Telemetry,
    service: &str,
    groups: &[(&str, String)],
) -> anyhow::Result<()> {
    let config = &place.config;
    let Some(endpoint) = &config.traces.endpoint else { return Ok(()) };
    let prefix = config.topics.prefix.as_str();
    let groups = groups.iter();
    let groups = groups.map(|(worker, group)| ((*worker).to_owned(), format!("{prefix}{group}")));
    let collector = Collector {
        endpoint: endpoint.as_str().to_owned(),
        one_in: config.traces.one_in.get(),
        service: service.to_owned(),
        instance: config.instance_name(),
        system: if config.kafka.is_some() { "kafka" } else { "buymode" }.to_owned(),
        client_id: config.kafka.as_ref().map(|kafka| kafka.client_id.clone()),
        groups: groups.collect(),
    };
    telemetry.trace_to(collector).map_err(|why| anyhow!(why))
}
