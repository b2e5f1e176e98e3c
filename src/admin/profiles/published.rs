//! The published profiles: the records of the profiles topic, oldest first.

use crate::admin::place::Place;
use crate::codec::{Codec, Decoded};
use crate::domain::account::input::{Activation, Broadcast};
use crate::domain::account::world::UnknownRules;
use crate::domain::terms::time::Timestamp;
use crate::domain::{RULES_VERSION, Text};
use crate::log::Reader;
use crate::log::scan::{Scan, ScanError, partitions};
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A published version.
#[derive(Clone)]
pub struct Version {
    pub at: Timestamp,
    pub activation: Activation,
}

impl Version {
    pub fn product(&self) -> &Text {
        &self.activation.profile.profile.product
    }

    /// The publisher's name.
    pub fn who(&self) -> &str {
        self.activation.published_by.as_deref().unwrap_or("unknown")
    }

    /// A number, or the version or its beginning.
    pub fn is_called(&self, name: &str) -> bool {
        let by_number = name.parse::<u64>().is_ok_and(|number| number == self.activation.number);
        by_number || name.len() >= 4 && self.activation.profile.version.starts_with(name)
    }
}

/// Every version of every product. A topic that does not exist holds none.
pub fn all(place: &Place) -> anyhow::Result<Vec<Version>> {
    let topic = &place.topics.profiles;
    let partitions = match partitions(&*place.store, topic) {
        Err(ScanError::NoTopic { .. }) => return Ok(Vec::new()),
        other => other?,
    };
    let mut reader = place.store.reader()?;
    let mut codec = place.codec.clone();
    let mut versions = Vec::new();
    for partition in 0..partitions {
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
    let scan = Scan::whole(reader, topic, partition)?;
    scan.try_each(reader, &mut |record| {
        let at = || format!("{topic}[{partition}] offset {} cannot be read", record.offset);
        match codec.decode_unkeyed(record.value) {
            Ok(Decoded::Partition(Broadcast::Activation(activation))) => {
                versions.push(Version { at: Timestamp(record.timestamp_ms), activation });
                Ok(ControlFlow::Continue(()))
            }
            Ok(_) => bail!("{}: it is not a profile", at()),
            Err(error) => bail!("{}: {error}", at()),
        }
    })?;
    Ok(())
}

/// Refuses a log that another rules version decides from now on: before anything is written to it. Earlier
/// activations may be of other versions, where `buymode upgrade` has taken the log over.
///
/// # Errors
/// The profiles cannot be read, or one in force was activated under other rules than this build's.
pub fn check_rules(place: &Place) -> anyhow::Result<()> {
    check(place, latest(place)?)
}

/// Refuses a log of which another rules version has decided any part: to be folded from its beginning.
///
/// # Errors
/// The profiles cannot be read, or one was activated under other rules than this build's.
pub fn check_all_rules(place: &Place) -> anyhow::Result<()> {
    check(place, all(place).context("cannot read the published profiles")?)
}

fn check(place: &Place, versions: Vec<Version>) -> anyhow::Result<()> {
    for version in versions {
        let needed = version.activation.rules_version;
        if needed != RULES_VERSION {
            let profile = version.activation.profile.profile.profile.clone();
            bail!("log at {}: {}", place.store.location(), UnknownRules { profile, needed });
        }
    }
    Ok(())
}

/// A log cannot be audited from its beginning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the log was upgraded from rules version {before} to {RULES_VERSION} at {}, and what was decided before only the \
     build of version {before} computes; use `buymode audit --from FILE` with the snapshot that `buymode upgrade` saved, \
     or with a later one",
    at.to_rfc3339()
)]
pub struct UpgradedLog {
    pub before: i32,
    pub at: Timestamp,
}

/// Whether other rules decided a log until `buymode upgrade` had this build go on with it: the last time.
///
/// # Errors
/// The profiles cannot be read.
pub fn upgraded(place: &Place) -> anyhow::Result<Option<UpgradedLog>> {
    let mut versions = all(place).context("cannot read the published profiles")?;
    versions.sort_by_key(|version| version.at);
    let is_other = |version: &Version| version.activation.rules_version != RULES_VERSION;
    let Some(last) = versions.iter().rposition(is_other) else { return Ok(None) };
    let before = versions[last].activation.rules_version;
    Ok(versions.get(last + 1).map(|next| UpgradedLog { before, at: next.at }))
}

/// The last version of each product, in order of product.
pub fn latest(place: &Place) -> anyhow::Result<Vec<Version>> {
    Ok(latest_of(all(place).context("cannot read the published profiles")?))
}

/// The same of what was read.
pub fn latest_of(versions: Vec<Version>) -> Vec<Version> {
    let mut latest = BTreeMap::<Text, Version>::new();
    for version in versions {
        let known = latest.get(version.product());
        if known.is_none_or(|known| known.activation.number < version.activation.number) {
            latest.insert(version.product().clone(), version);
        }
    }
    latest.into_values().collect()
}

/// The version that a name stands for, the last of several equal ones. A number means one product's
/// publication, so it needs `product` where several are published.
pub fn named<'v>(
    versions: &'v [Version],
    name: &str,
    product: Option<&str>,
) -> anyhow::Result<&'v Version> {
    let found: Vec<&Version> = versions
        .iter()
        .filter(|v| product.is_none_or(|product| v.product() == product) && v.is_called(name))
        .collect();
    let Some(last) = found.last() else {
        bail!(
            "no published version is called {name:?} (a number, or four digits or more of a version); \
             `buymode icp history` lists them"
        );
    };
    let others = found.iter().find(|v| {
        v.product() != last.product()
            || v.activation.profile.version != last.activation.profile.version
    });
    if let Some(other) = others {
        bail!(
            "{name:?} may mean version {} of {} or version {} of {}; say more of the version, or --product",
            last.activation.profile.version,
            last.product(),
            other.activation.profile.version,
            other.product()
        );
    }
    Ok(last)
}
