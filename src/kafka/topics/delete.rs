//! Deletes topics.

use std::time::Instant;

use futures_executor::block_on;
use rdkafka::error::RDKafkaErrorCode as Code;

use super::{Topics, VISIBLE_MAX, VISIBLE_STEP, present, settled};
use crate::log::LogError;

impl Topics<'_> {
    /// Deletes them, and waits until the broker we ask does not know them any more.
    pub(in crate::kafka) fn delete(&self, names: &[String]) -> Result<(), LogError> {
        let doomed: Vec<&str> = names.iter().map(String::as_str).collect();
        let answers = self.ask("cannot delete topics", "delete_topics", |admin, options| {
            settled(block_on(admin.delete_topics(&doomed, options))?, |(_, code)| *code)
        })?;
        for answer in answers {
            match answer {
                // Deleted just now by someone else, or by an earlier attempt whose answer did not come.
                Ok(_) | Err((_, Code::UnknownTopic | Code::UnknownTopicOrPartition)) => {}
                Err((name, code @ Code::TopicAuthorizationFailed)) => {
                    return Err(LogError::Fatal(format!(
                        "cannot delete topic {name}: {code}; grant Delete on it, and use the same command again"
                    )));
                }
                Err((name, code)) => {
                    return Err(LogError::Fatal(format!("cannot delete topic {name}: {code}")));
                }
            }
        }
        let began = Instant::now();
        loop {
            let metadata = self.metadata()?;
            let Some(late) =
                names.iter().find(|name| present(&metadata).any(|there| there == *name))
            else {
                return Ok(());
            };
            if began.elapsed() > VISIBLE_MAX {
                return Err(LogError::Fatal(format!(
                    "the cluster was asked to delete topic {late}, and still has it"
                )));
            }
            std::thread::sleep(VISIBLE_STEP);
        }
    }
}
