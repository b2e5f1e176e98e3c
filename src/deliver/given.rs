//! The decisions that lie in a log, as a rehearsal takes them.

use super::rehearse::Given;
use crate::codec::{Codec, DecodeFailure};
use crate::log::scan::{Scan, ScanError};
use crate::log::{LogError, RecordRef, Store};
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum GivenError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("{place}: {failure}")]
    Decode { place: String, failure: DecodeFailure },
    #[error("{0} is empty")]
    Empty(String),
}

/// Every decision in the topics of the routes, which begin with `prefix`.
///
/// # Errors
/// Where the log, or one of them, cannot be read.
pub fn decisions(
    store: &dyn Store,
    codec: &mut Codec,
    prefix: &str,
) -> Result<Vec<Given>, GivenError> {
    let mut reader = store.reader()?;
    let names = store.topic_names()?;
    let routes: Vec<String> = names.into_iter().filter(|name| name.starts_with(prefix)).collect();
    let specs = store.describe_topics(&routes)?;
    let mut all = Vec::new();
    for (topic, spec) in routes.iter().zip(specs) {
        for partition in 0..spec.map_or(0, |spec| spec.partitions) {
            let mut failed = Ok(());
            Scan::whole(&mut *reader, topic, partition)?.each(&mut *reader, &mut |record| {
                if failed.is_ok() {
                    failed = given(codec, &record).map(|given| all.push(given));
                }
            })?;
            failed?;
        }
    }
    Ok(all)
}

fn given(codec: &mut Codec, r: &RecordRef<'_>) -> Result<Given, GivenError> {
    let place = || format!("{}[{}] offset {}", r.topic, r.partition, r.offset);
    let value = r.value.ok_or_else(|| GivenError::Empty(place()))?;
    let decision = codec.decode_decision(value);
    let decision = decision.map_err(|failure| GivenError::Decode { place: place(), failure })?;
    Ok(Given {
        topic: r.topic.into(),
        partition: r.partition,
        offset: r.offset,
        decision: Arc::new(decision),
    })
}
