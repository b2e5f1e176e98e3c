//! What was published: the records of the profiles topic, oldest first.

use crate::cli::place::Place;
use crate::codec::{Codec, Decoded};
use crate::domain::input::{Activation, Broadcast};
use crate::domain::time::Timestamp;
use crate::runtime::log::Reader;
use anyhow::{Context, bail};
use std::time::{Duration, Instant};

/// Reading what is there may not take longer.
const READ_MAX: Duration = Duration::from_secs(60);

/// A published version.
pub struct Version {
    pub at: Timestamp,
    pub activation: Activation,
}

/// Every version of every product. A topic that does not exist holds none.
pub fn all(place: &Place) -> anyhow::Result<Vec<Version>> {
    let topic = &place.topics.profiles;
    let found = place.store.describe_topics(std::slice::from_ref(topic))?;
    let Some(spec) = found.into_iter().flatten().next() else { return Ok(Vec::new()) };
    let mut reader = place.store.reader()?;
    let mut codec = place.codec.clone();
    let mut versions = Vec::new();
    for partition in 0..spec.partitions {
        read(&mut *reader, &mut codec, topic, partition, &mut versions)?;
    }
    Ok(versions)
}

fn read(
    reader: &mut dyn Reader,
    codec: &mut Codec,
    topic: &str,
    partition: i32,
    versions: &mut Vec<Version>,
) -> anyhow::Result<()> {
    let range = reader.watermarks(topic, partition)?;
    let began = Instant::now();
    let mut next = range.low;
    let mut broken = None;
    while next < range.stable {
        if began.elapsed() > READ_MAX {
            bail!("{topic}[{partition}] could not be read to its end within {READ_MAX:?}");
        }
        next =
            reader.read(
                topic,
                partition,
                next,
                range.stable,
                READ_MAX,
                &mut |record| match codec.decode_unkeyed(record.value) {
                    Ok(Decoded::Partition(Broadcast::Activation(activation))) => {
                        versions.push(Version { at: Timestamp(record.timestamp_ms), activation });
                    }
                    Ok(_) => broken = Some((record.offset, "it is no profile".to_owned())),
                    Err(error) => broken = Some((record.offset, error.to_string())),
                },
            )?;
    }
    match broken {
        Some((offset, why)) => bail!("{topic}[{partition}] offset {offset} cannot be read: {why}"),
        None => Ok(()),
    }
}

/// The last version of each product, in order of product.
pub fn latest(place: &Place) -> anyhow::Result<Vec<Activation>> {
    let mut latest = std::collections::BTreeMap::<_, Activation>::new();
    for Version { activation, .. } in all(place).context("cannot read the published profiles")? {
        let product = activation.profile.profile.product.clone();
        if latest.get(&product).is_none_or(|known| known.number < activation.number) {
            latest.insert(product, activation);
        }
    }
    Ok(latest.into_values().collect())
}
