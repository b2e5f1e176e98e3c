//! The topics of one partition that are kept for people and tools: the published profiles, the aliases
//! and the like. They are copied as they are, in the transaction that ends the copy.

use super::rules::renewed;
use super::target::{Record, Target};
use crate::admin::place::Place;
use crate::engine::topics::Topics;
use crate::log::TopicSpec;
use crate::log::scan::{Scan, partitions};
use std::collections::BTreeSet;

/// `rules`: the profiles are activated under this build's.
pub(super) fn add(place: &Place, target: &mut Target<'_>, rules: bool) -> anyhow::Result<()> {
    let mut reader = place.store.reader()?;
    for (from, to) in books(&place.topics, &target.topics) {
        if partitions(&*place.store, &from.name).is_err() {
            // A log of before there was such a topic.
            continue;
        }
        let mut records = Vec::new();
        Scan::whole(&mut *reader, &from.name, 0)?.each(&mut *reader, &mut |record| {
            records.push(Record {
                topic: to.clone(),
                partition: Some(0),
                key: record.key.map(<[u8]>::to_vec),
                value: record.value.map(<[u8]>::to_vec),
                time_ms: record.timestamp_ms,
            });
        })?;
        for mut record in records {
            if rules && from.name == place.topics.profiles {
                let value = record.value.take();
                record.value = renewed(&mut place.codec.clone(), &to, value)?;
            }
            target.add(record);
        }
    }
    Ok(())
}

/// Each with its name in the copy. Resolutions name positions of dead letters, which stay with the old log.
fn books(from: &Topics, to: &Topics) -> Vec<(TopicSpec, String)> {
    // More than one, so that only those with one of their own have one.
    let specs = |topics: &Topics| topics.specs(2, false, &BTreeSet::new());
    let pairs = specs(from).into_iter().zip(specs(to));
    pairs
        .filter(|(spec, _)| spec.partitions == 1 && spec.name != from.resolutions)
        .map(|(spec, new)| (spec, new.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_are_the_topics_of_one_partition() {
        let (from, to) = (Topics::with_prefix(""), Topics::with_prefix("v2."));
        let books = books(&from, &to);
        let names: Vec<(&str, &str)> =
            books.iter().map(|(f, t)| (f.name.as_str(), t.as_str())).collect();
        assert!(names.contains(&("buymode.profiles", "v2.buymode.profiles")), "{names:?}");
        assert!(names.contains(&("buymode.aliases", "v2.buymode.aliases")), "{names:?}");
        assert!(names.iter().all(|(from, _)| !from.contains("resolved")), "{names:?}");
        assert!(names.iter().all(|(from, to)| *to == format!("v2.{from}")), "{names:?}");
    }
}
