//! Deletes every topic of a log. Only Kafka's: a folder goes as a whole.

use crate::admin::copy::check_groups;
use crate::admin::place::Place;
use crate::config::LogChoice;
use crate::log::scan::partitions;
use anyhow::bail;
use serde::Serialize;

/// A topic that is to be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Doomed {
    pub topic: String,
    pub partitions: i32,
    /// By its offsets: of a compacted topic there may be fewer.
    pub records: u64,
    /// Whether programs of others write to it, in our own schemas.
    pub is_feed: bool,
}

/// Every topic of the log but those of `keep`.
///
/// # Errors
/// The log is a folder, there is nothing of it, `keep` has a name that is not of it, or it cannot be read.
pub fn doomed(place: &Place, keep: &[String]) -> anyhow::Result<Vec<Doomed>> {
    let topics = &place.topics;
    let (mut ours, others): (Vec<String>, Vec<String>) =
        place.store.topic_names()?.into_iter().partition(|name| topics.is_ours(name));
    let at = place.store.location();
    if let LogChoice::Embedded(_) = place.config.log()? {
        let more = match others.first() {
            None => String::new(),
            Some(other) => format!("; it also holds topics of other prefixes, such as {other}"),
        };
        bail!(
            "the log is a folder, whose topics cannot be deleted one by one: stop all that uses it and remove the \
             folder {at}{more}"
        );
    }
    if ours.is_empty() {
        bail!("there is no topic of {} or beside it at {at}; is the prefix right?", topics.inputs);
    }
    if let Some(unknown) = keep.iter().find(|name| !ours.contains(name)) {
        bail!(
            "invalid --keep {unknown}: the log has no such topic; use one that this command lists"
        );
    }
    ours.retain(|name| !keep.contains(name));
    let mut reader = place.store.reader()?;
    let mut found = Vec::with_capacity(ours.len());
    for topic in ours {
        let partitions = partitions(&*place.store, &topic)?;
        let mut records = 0;
        for partition in 0..partitions {
            let marks = reader.watermarks(&topic, partition)?;
            records += u64::try_from(marks.high - marks.low).unwrap_or(0);
        }
        let is_feed = topics.kinds.iter().any(|(kind, _)| *kind == topic);
        found.push(Doomed { topic, partitions, records, is_feed });
    }
    Ok(found)
}

/// Deletes them.
///
/// # Errors
/// A consumer group of the log has members, or the cluster refuses; some may be deleted then.
pub fn delete(place: &Place, doomed: &[Doomed]) -> anyhow::Result<()> {
    check_groups(place)?;
    let names: Vec<String> = doomed.iter().map(|one| one.topic.clone()).collect();
    Ok(place.store.delete_topics(&names)?)
}
