//! Who writes: a transactional id and a group, each with an epoch. Opening one again raises its
//! epoch, and every commit checks that its own is still the latest: that is the fence.

use heed::{RoTxn, RwTxn};

use super::environment::{Environment, Table, now_ms};
use super::{error, layout};
use crate::log::holder::Holder;
use crate::log::{LogError, TopicPartition};

/// Keys of the environment take up to 511 bytes.
const MAX_ID_BYTES: usize = 500;

pub(super) struct Identity {
    transactional_id: String,
    epoch: u64,
    pub group: Option<Group>,
}

pub(super) struct Group {
    name: String,
    /// Stands for the name in the keys of positions.
    pub id: u32,
    epoch: u64,
}

impl Environment {
    /// Takes over the transactional id, and the group if there is one; the owner before is fenced.
    pub(super) fn register(
        &self,
        transactional_id: &str,
        group: Option<&str>,
    ) -> Result<Identity, LogError> {
        check_id("transactional id", transactional_id)?;
        group.map_or(Ok(()), |name| check_id("group", name))?;
        self.write(|txn| {
            let epoch = self.raise_writer_epoch(txn, transactional_id)?;
            let group = group.map(|name| self.take_group(txn, name)).transpose()?;
            Ok(Identity { transactional_id: transactional_id.to_owned(), epoch, group })
        })
    }

    /// [`LogError::Fenced`] if another instance took over since.
    pub(super) fn check_current(
        &self,
        txn: &RoTxn<'_>,
        identity: &Identity,
    ) -> Result<(), LogError> {
        let id = &identity.transactional_id;
        let current = self.get(txn, self.tables.writers, id.as_bytes())?.and_then(epoch_of);
        if current != Some(identity.epoch) {
            return Err(error::fenced(&format!("transactional id {id}"), self.folder()));
        }
        let Some(group) = &identity.group else {
            return Ok(());
        };
        match self.find_group(txn, &group.name)? {
            Some((_, epoch)) if epoch == group.epoch => Ok(()),
            _ => Err(error::fenced(&format!("group {}", group.name), self.folder())),
        }
    }

    fn raise_writer_epoch(&self, txn: &mut RwTxn<'_>, id: &str) -> Result<u64, LogError> {
        let before = self.get(txn, self.tables.writers, id.as_bytes())?;
        let epoch = before.and_then(epoch_of).unwrap_or_default() + 1;
        let mut value = epoch.to_be_bytes().to_vec();
        value.extend(this().line().into_bytes());
        self.put(txn, self.tables.writers, id.as_bytes(), &value)?;
        Ok(epoch)
    }

    /// The process that opened the id last, unless it is this one.
    pub(super) fn holder(&self, transactional_id: &str) -> Result<Option<Holder>, LogError> {
        let txn = self.read()?;
        let value = self.get(&txn, self.tables.writers, transactional_id.as_bytes())?;
        let line = value.and_then(|value| std::str::from_utf8(value.get(8..)?).ok());
        Ok(line.and_then(Holder::read).filter(|holder| !holder.is_same(&this())))
    }

    /// The position of a group in each of these partitions.
    pub(super) fn positions(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, LogError> {
        check_id("group", group)?;
        let txn = self.read()?;
        let Some((group, _)) = self.find_group(&txn, group)? else {
            return Ok(vec![None; partitions.len()]);
        };
        let find = |of: &TopicPartition| {
            let topic = self.topic(&txn, &of.topic)?;
            let key = layout::position_key(group, topic.id, of.partition);
            let found = self.get(&txn, self.tables.positions, &key)?;
            Ok(found.and_then(layout::decode_i64))
        };
        partitions.iter().map(find).collect()
    }

    fn take_group(&self, txn: &mut RwTxn<'_>, name: &str) -> Result<Group, LogError> {
        let (id, last_epoch) = match self.find_group(txn, name)? {
            Some(known) => known,
            // Groups are never deleted, so their number is the next free id.
            None => {
                let known = self.tables.groups.len(txn).map_err(|e| self.fail(e))?;
                (u32::try_from(known).map_err(|_| self.damaged("group ids"))?, 0)
            }
        };
        let epoch = last_epoch + 1;
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&id.to_be_bytes());
        bytes[4..].copy_from_slice(&epoch.to_be_bytes());
        self.put(txn, self.tables.groups, name.as_bytes(), &bytes)?;
        Ok(Group { name: name.to_owned(), id, epoch })
    }

    /// Id and epoch.
    fn find_group(&self, txn: &RoTxn<'_>, name: &str) -> Result<Option<(u32, u64)>, LogError> {
        let Some(bytes) = self.get(txn, self.tables.groups, name.as_bytes())? else {
            return Ok(None);
        };
        let decoded = bytes.split_at_checked(4).and_then(|(id, epoch)| {
            Some((u32::from_be_bytes(id.try_into().ok()?), layout::decode_u64(epoch)?))
        });
        decoded.map(Some).ok_or_else(|| self.damaged("a group"))
    }

    pub(super) fn get<'t>(
        &self,
        txn: &'t RoTxn<'_>,
        table: Table,
        key: &[u8],
    ) -> Result<Option<&'t [u8]>, LogError> {
        table.get(txn, key).map_err(|e| self.fail(e))
    }

    pub(super) fn put(
        &self,
        txn: &mut RwTxn<'_>,
        table: Table,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), LogError> {
        table.put(txn, key, value).map_err(|e| self.fail(e))
    }
}

/// The first eight bytes; a line with the process that opened the id follows them.
fn epoch_of(value: &[u8]) -> Option<u64> {
    layout::decode_u64(value.get(..8)?)
}

fn this() -> Holder {
    Holder::this(&gethostname::gethostname().to_string_lossy(), now_ms())
}

fn check_id(what: &str, id: &str) -> Result<(), LogError> {
    if (1..=MAX_ID_BYTES).contains(&id.len()) {
        return Ok(());
    }
    Err(LogError::Fatal(format!(
        "{what} {id:?} has {} bytes: choose one of 1 to {MAX_ID_BYTES}",
        id.len()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_know_the_other_process_that_opened_an_id_last() {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::open(folder.path(), 1 << 20).unwrap();
        let identity = environment.register("a-score", None).unwrap();
        assert_eq!(environment.holder("a-score").unwrap(), None, "it is this process");
        assert_eq!(environment.holder("b-score").unwrap(), None);
        let other = Holder { seen_ms: 5, host: "b".to_owned(), process: Some(4_711) };
        let mut value = 2_u64.to_be_bytes().to_vec();
        value.extend(other.line().into_bytes());
        let put = |txn: &mut RwTxn<'_>| {
            environment.put(txn, environment.tables.writers, b"a-score", &value)
        };
        environment.write(put).unwrap();
        assert_eq!(environment.holder("a-score").unwrap(), Some(other));
        let checked = environment.check_current(&environment.read().unwrap(), &identity);
        assert!(matches!(checked, Err(LogError::Fenced(_))), "{checked:?}");
    }
}
