//! What survives in the accounts topic.

use crate::codec::Codec;
use crate::domain::account::records::TaskRecord;
use crate::domain::terms::account::AccountKey;
use crate::engine::topics::{TASK_KEY, WORLD_KEY};
use crate::log::RecordRef;
use std::collections::HashMap;

/// What survives of one partition in the accounts topic.
#[derive(Default)]
pub struct Survivors {
    pub record: Option<TaskRecord>,
    pub(super) states: HashMap<AccountKey, Vec<u8>>,
}

impl Survivors {
    pub fn read(&mut self, codec: &mut Codec, record: RecordRef<'_>) -> Result<(), String> {
        match (record.key, record.value) {
            (Some(TASK_KEY), Some(value)) => {
                self.record = Some(codec.decode_task(value).map_err(|e| e.to_string())?);
            }
            (Some(WORLD_KEY) | None, _) | (Some(TASK_KEY), None) => {}
            (Some(key), value) => {
                let key = std::str::from_utf8(key).ok().and_then(|k| AccountKey::parse(k).ok());
                let Some(key) = key else { return Err("invalid account key".to_owned()) };
                match value {
                    Some(bytes) => self.states.insert(key, bytes.to_vec()),
                    None => self.states.remove(&key),
                };
            }
        }
        Ok(())
    }
}
