//! The ledger of a sync: by target and account a digest of the values that were last confirmed, in a compacted topic.

use crate::codec::Codec;
use crate::log::scan::Scan;
use crate::log::transact::{Failure, Found, Transactor};
use crate::log::{Output, Store};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The ids by which CRMs find an account.
const IDS: [&str; 2] = ["hubspot_id", "salesforce_id"];

/// What the ledger keeps of an account: the digest of its values, and the ids that it had in the CRM. Once it is merged
/// into another, its row has that one's.
pub fn entry(digest: &str, row: &Map<String, Value>) -> String {
    let own = IDS.iter().filter_map(|name| Some((name, row.get(*name)?.as_str()?)));
    let own = own.map(|(name, id)| format!(" {name}={id}"));
    format!("{digest}{}", own.collect::<String>())
}

/// The digest of an entry; whether it was refused does not matter.
pub fn digest_of(entry: &str) -> &str {
    let entry = entry.trim_start_matches("refused ");
    entry.split(' ').next().unwrap_or(entry)
}

/// The ids of an entry, each with its name in a row; none where it had none.
pub fn ids(entry: &str) -> [(&'static str, Option<&str>); 2] {
    IDS.map(|name| {
        let mut words = entry.split(' ');
        (name, words.find_map(|word| word.strip_prefix(name)?.strip_prefix('=')))
    })
}

/// Remembers across passes.
pub trait Ledger {
    /// The [`entry`] that was last confirmed.
    fn known(&self, account: &str) -> Option<&str>;

    /// # Errors
    /// Where it cannot be written.
    fn confirm(&mut self, confirmed: &[(String, String)]) -> anyhow::Result<()>;
}

/// The ledger of a target on a log.
pub struct Kept<'a> {
    store: &'a dyn Store,
    codec: Codec,
    topic: String,
    transactional_id: String,
    target: String,
    known: BTreeMap<String, String>,
}

impl<'a> Kept<'a> {
    /// Reads what is there.
    ///
    /// # Errors
    /// Where the topic cannot be read.
    pub fn read(
        store: &'a dyn Store,
        mut codec: Codec,
        topic: &str,
        prefix: &str,
        target: &str,
    ) -> anyhow::Result<Kept<'a>> {
        let begins = format!("{target} ");
        let mut known = BTreeMap::new();
        let mut flaw = None;
        let mut reader = store.reader()?;
        Scan::whole(&mut *reader, topic, 0)?.each(&mut *reader, &mut |record| {
            let key = String::from_utf8_lossy(record.key.unwrap_or_default()).into_owned();
            let Some(account) = key.strip_prefix(&begins) else { return };
            match record.value.map(|value| codec.decode_entry(value)) {
                Some(Ok(digest)) => drop(known.insert(account.to_owned(), digest)),
                Some(Err(error)) => flaw = Some(error),
                None => drop(known.remove(account)),
            }
        })?;
        if let Some(error) = flaw {
            return Err(error.into());
        }
        let transactional_id = format!("{prefix}buymode-sync-{target}");
        Ok(Kept {
            store,
            codec,
            topic: topic.to_owned(),
            transactional_id,
            target: target.to_owned(),
            known,
        })
    }
}

impl Ledger for Kept<'_> {
    fn known(&self, account: &str) -> Option<&str> {
        self.known.get(account).map(String::as_str)
    }

    fn confirm(&mut self, confirmed: &[(String, String)]) -> anyhow::Result<()> {
        let mut records = Vec::new();
        for (account, digest) in confirmed {
            let mut value = Vec::new();
            self.codec.encode_entry(&self.topic, digest, &mut value)?;
            records.push((format!("{} {account}", self.target).into_bytes(), value));
        }
        let mut writer = Transactor::open(self.store, &self.transactional_id)?;
        let mut look = || Ok::<Found, Failure>(Found::Unseen);
        writer
            .write(
                &mut |writer| {
                    for (key, value) in &records {
                        let (key, value) = (Some(&key[..]), Some(&value[..]));
                        let topic = self.topic.as_str();
                        writer.send(&Output {
                            topic,
                            partition: Some(0),
                            key,
                            value,
                            ..Output::default()
                        })?;
                    }
                    Ok(())
                },
                &mut look,
            )
            .map_err(|failure| anyhow::anyhow!("the ledger cannot be written: {failure}"))?;
        self.known.extend(confirmed.iter().cloned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_entry_keeps_the_ids_that_a_merged_account_had() {
        let row = json!({ "hubspot_id": "12-3", "salesforce_id": null });
        let kept = entry("ab12", row.as_object().unwrap());
        assert_eq!(digest_of(&kept), "ab12");
        assert_eq!(digest_of(&format!("refused {kept}")), "ab12");
        assert_eq!(ids(&kept), [("hubspot_id", Some("12-3")), ("salesforce_id", None)]);
        assert_eq!(ids("ab12"), [("hubspot_id", None), ("salesforce_id", None)]);
    }
}
