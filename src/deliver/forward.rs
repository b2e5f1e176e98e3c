//! Decisions of every route into the desk's log, each with the place where it was read, in one transaction
//! with the position they were read up to.

use crate::codec::Codec;
use crate::engine::forwarder::{Forwarder, Translate};
use crate::engine::staged::{Destination, Staged};
use crate::engine::topics::Topics;
use crate::log::{RecordRef, pattern};
use crate::runtime::role::Stop;
use std::sync::Arc;

/// Reads the topics of all routes, those too that are created later.
pub struct Decisions {
    codec: Codec,
    desk: Arc<str>,
    routes: String,
}

pub fn forwarder(topics: &Topics, codec: Codec) -> Forwarder<Decisions> {
    let routes = pattern::all_with(&topics.route_prefix);
    Forwarder::of(Decisions { codec, desk: topics.desk.as_str().into(), routes })
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

    /// Whether it can be read shows at the desk, which counts it.
    fn translate(
        &mut self,
        record: &RecordRef<'_>,
        staged: &mut Staged,
        _: &mut (),
    ) -> Result<(), Stop> {
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
