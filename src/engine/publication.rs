//! The records of a published profile: the one that people and tools read, and its activation in
//! every partition of the inputs. A publisher sends all of them in one transaction, so that the
//! switch has one place in each partition, or none in any.

use super::names::Names;
use super::staged::{Destination, Staged};
use crate::codec::{Codec, RegistryError};
use crate::domain::account::input::{Activation, Broadcast};

/// When the records of a publication say they were written; `None` is now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stamps {
    pub profiles_ms: Option<i64>,
    pub inputs_ms: Option<i64>,
}

/// Stages an activation.
pub fn stage(
    codec: &mut Codec,
    names: &Names,
    activation: &Activation,
    partitions: i32,
    stamps: Stamps,
    staged: &mut Staged,
) -> Result<(), RegistryError> {
    let product = activation.profile.profile.product.clone();
    let broadcast = Broadcast::Activation(activation.clone());
    let profiles = names.topics.profiles.as_str();
    let to = Destination {
        topic: &profiles.into(),
        partition: Some(0),
        key: Some(product.as_bytes()),
        timestamp_ms: stamps.profiles_ms,
    };
    staged.push(to, |out| codec.encode_broadcast(profiles, &broadcast, out))?;
    for partition in 0..partitions {
        let to = Destination {
            topic: &names.inputs,
            partition: Some(partition),
            key: None,
            timestamp_ms: stamps.inputs_ms,
        };
        staged.push(to, |out| codec.encode_broadcast(&names.inputs, &broadcast, out))?;
    }
    Ok(())
}
