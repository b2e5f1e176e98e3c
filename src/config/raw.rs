//! Checks of the topics that vendors write.

use super::{Config, RawFormat};
use crate::engine::topics::Topics;
use std::collections::BTreeMap;

pub(super) fn check(config: &Config) -> Result<(), String> {
    let topics = Topics::with_prefix(config.topics.prefix.as_str());
    let mut readers: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, source) in &config.ingest.sources {
        let at = format!("ingest.sources.{name}");
        let Some(topic) = source.topic.as_deref() else { continue };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if topic.is_empty() || topic.len() > 249 || !topic.chars().all(plain) {
            return Err(format!(
                "{at}.topic: {topic:?} is not a valid topic name; use 1 to 249 letters, digits, dots, underscores and hyphens"
            ));
        }
        if topics.is_ours(topic) {
            return Err(format!(
                "{at}.topic: {topic} is a topic of buymode itself; name the one that the vendor's records come in"
            ));
        }
        if let Some(other) = readers.insert(topic, name) {
            return Err(format!(
                "{at}.topic: {topic} is read by ingest.sources.{other} already; let one mapping have a rule for each kind of record"
            ));
        }
        if source.format == RawFormat::Avro && config.schema_registry.is_none() {
            return Err(format!(
                "{at}.format: avro needs the writers' schemas; give schema_registry.url"
            ));
        }
    }
    Ok(())
}
