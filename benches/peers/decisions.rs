//! What contenders decided: how many of each kind, and of which accounts.

use crate::load::{PARTITIONS, ROUTES};
use buymode::codec::Codec;
use buymode::engine::topics::Topics;
use buymode::log::Store;
use buymode::log::scan::Scan;
use std::collections::BTreeMap;

/// How many accounts are named where two contenders differ.
const NAMED: usize = 5;

#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Decided {
    pub by_kind: BTreeMap<String, u64>,
    /// The kinds, and how many of each, by account.
    by_account: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Decided {
    /// Reads all decisions under a contender's prefix.
    pub(crate) fn read(store: &dyn Store, topics: &Topics) -> anyhow::Result<Decided> {
        let mut codec = Codec::local();
        let mut decided = Decided::default();
        let mut failed = None;
        let mut reader = store.reader()?;
        for route in ROUTES {
            let topic = topics.route(route);
            for partition in 0..PARTITIONS {
                let scan = Scan::whole(&mut *reader, &topic, partition)?;
                scan.each(&mut *reader, &mut |record| match codec
                    .decode_decision(record.value.unwrap_or_default())
                {
                    Ok(d) => decided.add(d.account.as_str(), &d.kind.to_string()),
                    Err(error) => failed = Some(format!("{topic}: {error:?}")),
                })?;
            }
        }
        match failed {
            Some(why) => anyhow::bail!("a decision does not follow schemas/decision.avsc: {why}"),
            None => Ok(decided),
        }
    }

    fn add(&mut self, account: &str, kind: &str) {
        *self.by_kind.entry(kind.to_owned()).or_default() += 1;
        let of_account = self.by_account.entry(account.to_owned()).or_default();
        *of_account.entry(kind.to_owned()).or_default() += 1;
    }

    /// As "entered 2591, triaged 6787".
    pub(crate) fn line(&self) -> String {
        line(&self.by_kind)
    }

    /// How another contender's differ, if they do, with a few accounts of which they do.
    pub(crate) fn difference(&self, other: &Decided) -> Option<String> {
        if self == other {
            return None;
        }
        let none = BTreeMap::new();
        let keys = self.by_account.keys().chain(other.by_account.keys());
        let mut differ: Vec<&String> =
            keys.filter(|key| self.by_account.get(*key) != other.by_account.get(*key)).collect();
        differ.sort_unstable();
        differ.dedup();
        let named = differ.iter().take(NAMED).map(|key| {
            let of = |all: &Decided| line(all.by_account.get(*key).unwrap_or(&none));
            format!("{key} ({} against {})", of(self), of(other))
        });
        let named: Vec<String> = named.collect();
        Some(format!(
            "{} against {}; {} accounts differ: {}",
            self.line(),
            other.line(),
            differ.len(),
            named.join(", ")
        ))
    }
}

fn line(kinds: &BTreeMap<String, u64>) -> String {
    if kinds.is_empty() {
        return "none".to_owned();
    }
    kinds.iter().map(|(kind, n)| format!("{kind} {n}")).collect::<Vec<_>>().join(", ")
}
