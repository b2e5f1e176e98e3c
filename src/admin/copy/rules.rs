//! A log of another rules version, copied to be decided by this build's.

use super::Options;
use crate::admin::place::Place;
use crate::admin::profiles::published;
use crate::codec::{Codec, Decoded};
use crate::domain::RULES_VERSION;
use crate::domain::account::input::{Activation, Broadcast};
use anyhow::{anyhow, bail};

/// The rules version of the log, where it is another and the options say so.
pub(super) fn before(place: &Place, options: &Options) -> anyhow::Result<Option<i32>> {
    if !options.rules {
        published::check_all_rules(place)?;
        return Ok(None);
    }
    let versions = published::all(place)?;
    let other = versions.iter().map(|v| v.activation.rules_version).find(|v| *v != RULES_VERSION);
    match other {
        Some(version) => Ok(Some(version)),
        None => bail!(
            "the log at {} has rules version {RULES_VERSION}, as this build; leave --rules out",
            place.store.location()
        ),
    }
}

/// A broadcast; an activation with this build's rules version.
pub(super) fn renewed(
    codec: &mut Codec,
    topic: &str,
    value: Option<Vec<u8>>,
) -> anyhow::Result<Option<Vec<u8>>> {
    match codec.decode_unkeyed(value.as_deref()) {
        Ok(Decoded::Partition(Broadcast::Activation(activation))) => {
            let activation = Activation { rules_version: RULES_VERSION, ..activation };
            let mut renewed = Vec::new();
            codec.encode_broadcast(topic, &Broadcast::Activation(activation), &mut renewed)?;
            Ok(Some(renewed))
        }
        Ok(_) => Ok(value),
        Err(error) => Err(anyhow!("a profile of the log cannot be read by this build: {error}")),
    }
}
