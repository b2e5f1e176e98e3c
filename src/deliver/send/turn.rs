//! A sender as the worker's loop runs it.

use super::part::Part;
use super::role::SenderRole;
use crate::codec::DecodeFailure;
use crate::domain::account::outbox::ActionKind;
use crate::engine::tally::Ledger;
use crate::log::{LogError, Output, Position, RecordRef, TopicPartition, Watermarks};
use crate::runtime::role::{Role, Start, Stop};

impl Role for SenderRole {
    fn topics(&self) -> Vec<String> {
        vec![self.outbox.to_string()]
    }

    fn changelog(&self, _topic: &str) -> Option<String> {
        Some(self.attempts.to_string())
    }

    fn reset(&mut self) {
        self.restoring.clear();
        self.parts.clear();
        self.traces.clear();
        self.batch.clear();
        for call in std::mem::take(&mut self.begun) {
            self.limits.give_back(&call.action);
        }
        // An answer of an attempt that is still the last one counts, whichever session began it.
        let heard = std::mem::take(&mut self.heard);
        self.again.extend(heard);
        self.ended.clear();
        self.unreadable.clear();
        self.tell_lost();
    }

    fn assigned(&mut self, partition: &TopicPartition) {
        self.parts.remove(&partition.partition);
        self.restoring.insert(partition.partition, Part::default());
    }

    fn restore(&mut self, partition: &TopicPartition, record: RecordRef<'_>) -> Result<(), Stop> {
        let place = |error: DecodeFailure| match error {
            DecodeFailure::Registry(error) => Stop::from(error),
            DecodeFailure::Record(error) => Stop::Fatal(format!(
                "{}[{}] offset {}: {error}",
                record.topic, record.partition, record.offset
            )),
        };
        self.remember(partition.partition, &record).map_err(place)
    }

    fn restored(
        &mut self,
        partition: &TopicPartition,
        committed: Option<i64>,
        w: Watermarks,
    ) -> Result<Start, Stop> {
        let p = partition.partition;
        let mut part = self.restoring.remove(&p).unwrap_or_default();
        let stored = part.record.as_ref().map(|record| record.next_offset);
        let next_offset = stored.or(committed).unwrap_or(w.low);
        if committed.is_some_and(|committed| committed != next_offset) {
            return Ok(Start::Disagrees(format!(
                "{}[{p}]: the position of the consumer group is {committed:?}, but {} says {next_offset}; use \
                 the offset {next_offset} for the group",
                self.outbox, self.attempts
            )));
        }
        if next_offset < w.low || next_offset > w.high {
            return Err(Stop::Fatal(format!(
                "{}[{p}]: goes on at offset {next_offset}, but the log holds {} to {}; raise its retention.ms",
                self.outbox, w.low, w.high
            )));
        }
        (part.next_offset, part.committed) = (next_offset, next_offset);
        self.tell_failing(&part);
        self.parts.insert(p, part);
        Ok(Start::At(next_offset))
    }

    fn revoked(&mut self, partition: &TopicPartition) {
        let p = partition.partition;
        self.restoring.remove(&p);
        if let Some(part) = self.parts.remove(&p) {
            self.traces.retain(|id, _| part.open.get(id).is_none());
        }
        for call in self.begun.extract_if(.., |call| call.partition == p) {
            self.limits.give_back(&call.action);
        }
        self.tell_lost();
    }

    fn process(&mut self, record: RecordRef<'_>) -> Result<(), Stop> {
        let Some(part) = self.parts.get_mut(&record.partition) else { return Ok(()) };
        part.next_offset = record.offset + 1;
        let ended = match self.codec.decode_action(record.value.unwrap_or_default()) {
            Ok(action) => {
                self.batch.hops.begin(&record);
                if let Some(own) = self.batch.hops.keep(record.partition) {
                    self.traces.insert(action.id, own);
                }
                if action.kind == ActionKind::Resume {
                    let resumed = action.destination.as_str();
                    self.telemetry.deliveries().not_failing(|name| name == resumed);
                }
                part.take(record.offset, action, self.now_ms)
            }
            Err(DecodeFailure::Registry(error)) => return Err(error.into()),
            Err(DecodeFailure::Record(error)) => {
                self.unreadable.push((record.offset, error.message));
                None
            }
        };
        Ok(ended.map_or(Ok(()), |ended| self.end(ended))?)
    }

    fn idle(&mut self, now_ms: i64) -> Result<(), Stop> {
        self.now_ms = now_ms;
        self.listen()?;
        Ok(self.begin()?)
    }

    fn staged_bytes(&self) -> usize {
        // What a partition that was taken away left is written with a position of another one, or not at all.
        match self.parts.is_empty() {
            true => 0,
            false => {
                self.batch.bytes() + self.parts.values().filter(|part| part.has_changed()).count()
            }
        }
    }

    fn drain(
        &mut self,
        send: &mut dyn FnMut(&Output<'_>) -> Result<(), LogError>,
    ) -> Result<Vec<Position>, LogError> {
        self.store().map_err(|error| LogError::Abort(error.to_string()))?;
        self.batch.send_all(send)?;
        let positions = self.parts.iter().map(|(partition, part)| Position {
            topic: self.outbox.to_string(),
            partition: *partition,
            next_offset: part.next_offset,
        });
        Ok(positions.collect())
    }

    fn committed(&mut self) {
        self.tell();
        self.batch.hops.report(|hops| self.telemetry.traced(hops));
        for ended in &self.ended {
            self.traces.remove(&ended.action.id);
        }
        self.batch.clear();
        self.heard.clear();
        self.ended.clear();
        self.unreadable.clear();
        for (partition, part) in &mut self.parts {
            part.settle(*partition, self.partitions);
            part.asked.iter_mut().for_each(|asked| asked.is_written = true);
        }
        for call in self.begun.drain(..) {
            self.calls.begin(call);
        }
    }

    fn aborted(&mut self) -> Vec<Position> {
        self.batch.clear();
        self.ended.clear();
        self.unreadable.clear();
        for call in std::mem::take(&mut self.begun) {
            self.limits.give_back(&call.action);
            if let Some(part) = self.parts.get_mut(&call.partition) {
                part.running.remove(&call.action.id);
            }
        }
        let heard = std::mem::take(&mut self.heard);
        self.again.extend(heard);
        let rewind = |(partition, part): (&i32, &mut Part)| {
            part.revert();
            part.asked.take_if(|asked| !asked.is_written);
            let topic = self.outbox.to_string();
            Position { topic, partition: *partition, next_offset: part.next_offset }
        };
        self.parts.iter_mut().map(rewind).collect()
    }
}
