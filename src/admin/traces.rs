//! The trace of an account's last decision, by the header of its record.

use crate::admin::place::Place;
use crate::domain::terms::account::AccountKey;
use crate::log::partitioner::partition_of;
use crate::log::scan::Scan;
use crate::log::trace::Trace;

/// Decisions of a route's partition that are looked at, the newest.
const LOOKED_AT: i64 = 100_000;

/// None: none of its decisions belongs to a trace, as far as they are looked at.
pub fn last(place: &Place, account: &AccountKey) -> anyhow::Result<Option<Trace>> {
    let names = place.store.topic_names()?;
    let mut reader = place.store.reader()?;
    let key = account.as_str().as_bytes();
    let mut last: Option<(i64, Trace)> = None;
    for topic in names.iter().filter(|name| name.starts_with(&place.topics.route_prefix)) {
        let partition = partition_of(key, place.spec(topic)?.partitions);
        let marks = reader.watermarks(topic, partition)?;
        let from = marks.low.max(marks.stable.saturating_sub(LOOKED_AT));
        let scan = Scan::range(topic, partition, from..marks.stable);
        scan.each(&mut *reader, &mut |record| {
            if let Some(trace) = record.trace.filter(|_| record.key == Some(key))
                && last.is_none_or(|(at, _)| at <= record.timestamp_ms)
            {
                last = Some((record.timestamp_ms, trace));
            }
        })?;
    }
    Ok(last.map(|(_, trace)| trace))
}
