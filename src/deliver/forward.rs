//! Decisions of every route into the desk's log, each with the place where it was read, in one transaction
//! with the position they were read up to.

use crate::codec::Codec;
use crate::domain::terms::time::Timestamp;
use crate::engine::forwarder::{Forwarder, Translate};
use crate::engine::staged::{Destination, Staged};
use crate::engine::topics::Topics;
use crate::log::{RecordRef, TopicPartition, pattern};
use crate::runtime::role::Stop;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Reads the topics of all routes, those too that are created later.
pub struct Decisions {
    codec: Codec,
    desk: Arc<str>,
    routes: String,
    /// Decisions before that are left out of partitions that are read for the first time.
    from: Option<Timestamp>,
    first: BTreeSet<(String, i32)>,
}

/// `from`: where a first start begins; none: with the first decision that is there.
pub fn forwarder(topics: &Topics, codec: Codec, from: Option<Timestamp>) -> Forwarder<Decisions> {
    let routes = pattern::all_with(&topics.route_prefix);
    let desk = topics.desk.as_str().into();
    Forwarder::of(Decisions { codec, desk, routes, from, first: BTreeSet::new() })
}

impl Translate for Decisions {
    type Tally = ();

    fn topics(&self) -> Vec<String> {
        vec![self.routes.clone()]
    }

    /// Routes may have no topics yet.
    fn is_patient(&self) -> bool {
        true
    }

    fn opened(&mut self, partition: &TopicPartition, is_first: bool) {
        let key = (partition.topic.clone(), partition.partition);
        match is_first && self.from.is_some() {
            true => self.first.insert(key),
            false => self.first.remove(&key),
        };
    }

    /// Whether it can be read shows at the desk, which counts it.
    fn translate(
        &mut self,
        record: &RecordRef<'_>,
        staged: &mut Staged,
        _: &mut (),
    ) -> Result<(), Stop> {
        let is_before = self.from.is_some_and(|from| record.timestamp_ms < from.0);
        if is_before && self.first.contains(&(record.topic.to_owned(), record.partition)) {
            return Ok(());
        }
        let value = record.value.unwrap_or_default();
        let to =
            Destination { topic: &self.desk, partition: Some(0), key: None, timestamp_ms: None };
        let place = (record.topic, record.partition, record.offset);
        let (codec, topic) = (&mut self.codec, &self.desk);
        staged.push(to, |out| codec.encode_forwarded(topic, place, value, out))?;
        Ok(())
    }

    fn committed(&mut self, _topic: &str, _: ()) {}
}
