//! The worker that reads the topics that vendors write.

use crate::admin::place::Place;
use crate::engine::forwarder::Forwarder;
use crate::engine::tally::NoLedger;
use crate::ingest::raw::{Raw, topics_of};
use crate::log::SessionSpec;
use crate::runtime::role::{Role, Stop};
use crate::runtime::supervisor::Job;
use crate::telemetry::Telemetry;
use std::sync::Arc;

pub(super) const WORKER: &str = "raw";

/// Whether a source has a topic.
pub(super) fn is_asked(place: &Place) -> bool {
    !topics_of(&place.config.ingest).is_empty()
}

/// Finds what is wrong with mappings before anything is read. A topic that is missing is waited for.
pub(super) fn check(place: &Place) -> anyhow::Result<()> {
    Raw::load(&place.config.ingest, &place.topics, place.codec.clone(), Arc::new(NoLedger))?;
    Ok(())
}

/// One worker reads all of them.
pub(super) fn job(place: &Place, telemetry: Arc<Telemetry>) -> Job {
    let config = &place.config;
    let prefix = config.topics.prefix.as_str();
    let group = format!("{prefix}{}-ingest", config.group.as_str());
    let spec = SessionSpec {
        transactional_id: format!("{group}-{}-{WORKER}", config.instance_name()),
        group,
        topics: topics_of(&config.ingest),
    };
    let (ingest, topics, codec) =
        (config.ingest.clone(), place.topics.clone(), place.codec.clone());
    let of = spec.group.clone();
    let role = move || -> Result<Box<dyn Role>, Stop> {
        let raw = Raw::load(&ingest, &topics, codec, telemetry.clone());
        let raw = raw.map_err(|error| Stop::Fatal(error.to_string()))?;
        let forwarder = Forwarder::of(raw).of_group(&of);
        let one_in = telemetry.spans().begins_one_in();
        Ok(Box::new(forwarder.reporting(telemetry, one_in)))
    };
    Job { name: WORKER.to_owned(), spec, role: Box::new(role) }
}
