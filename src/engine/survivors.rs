//! The content of a partition of the accounts topic: the task's record, and what the task knew then.

use super::topics::{TASK_KEY, WORLD_KEY};
use crate::codec::Codec;
use crate::domain::account::records::TaskRecord;
use crate::domain::account::world::World;
use crate::domain::terms::account::AccountKey;
use crate::log::RecordRef;
use std::collections::HashMap;

/// What survives of one partition in the accounts topic, as of the last transaction that was read whole:
/// each ends with the task's record.
#[derive(Default)]
pub struct Survivors {
    pub record: Option<TaskRecord>,
    pub states: HashMap<AccountKey, Vec<u8>>,
    world: Option<Vec<u8>>,
    /// Of a transaction whose end is still to be read.
    open: Vec<(AccountKey, Option<Vec<u8>>)>,
    open_world: Option<Vec<u8>>,
}

impl Survivors {
    pub fn read(&mut self, codec: &mut Codec, record: RecordRef<'_>) -> Result<(), String> {
        let bytes = record.value.map(<[u8]>::to_vec);
        match (record.key, bytes) {
            (Some(TASK_KEY), Some(value)) => {
                self.record = Some(codec.decode_task(&value).map_err(|e| e.to_string())?);
                self.close();
            }
            // An operator deleted it.
            (Some(TASK_KEY), None) => {
                self.record = None;
                self.close();
            }
            (Some(WORLD_KEY), Some(value)) => self.open_world = Some(value),
            (Some(WORLD_KEY) | None, _) => {}
            (Some(key), value) => {
                let key = std::str::from_utf8(key).ok().and_then(|k| AccountKey::parse(k).ok());
                let Some(key) = key else { return Err("invalid account key".to_owned()) };
                self.open.push((key, value));
            }
        }
        Ok(())
    }

    /// All has been read. States without any record of the task stand for nothing, and are found all the
    /// same.
    pub fn end(&mut self) {
        if self.record.is_none() {
            self.close();
        }
    }

    fn close(&mut self) {
        for (account, value) in self.open.drain(..) {
            match value {
                Some(bytes) => self.states.insert(account, bytes),
                None => self.states.remove(&account),
            };
        }
        self.world = self.open_world.take().or_else(|| self.world.take());
    }

    pub fn world(&self, codec: &mut Codec) -> Result<World, String> {
        let world = self.world.as_deref().map(|bytes| codec.decode_world(bytes));
        Ok(world.transpose().map_err(|e| format!("the world record: {e}"))?.unwrap_or_default())
    }
}
