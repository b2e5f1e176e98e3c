//! A worker's session: the group's only member, so every partition is its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::environment::Environment;
use super::layout;
use super::topics::{Topic, check_in_log};
use super::writer::EmbeddedWriter;
use crate::log::pattern;
use crate::log::{
    Absent, Log, LogError, Membership, Output, Position, RecordRef, RestoreProgress, SessionSpec,
    TopicPartition, Watermarks, Writer,
};

/// How often a patient session looks for topics that do not exist.
const LOOK_EVERY: Duration = Duration::from_secs(5);

pub(super) struct EmbeddedSession {
    writer: EmbeddedWriter,
    topics: Vec<Topic>,
    cursors: Vec<Cursor>,
    /// The cursor that a poll looks at first; moves on, so that no partition starves another.
    turn: usize,
    is_assigned: bool,
    restores: HashMap<TopicPartition, Restore>,
    /// Of a patient session: the topics that do not exist yet, and when to look again.
    absent: Vec<Absent>,
    /// The beginnings of names that it reads all topics of.
    patterns: Vec<String>,
    look_at: Instant,
}

struct Cursor {
    /// Index into the session's topics.
    topic: usize,
    partition: i32,
    /// `None` until [`Log::seek`] sets it.
    next: Option<i64>,
}

struct Restore {
    topic: Topic,
    progress: RestoreProgress,
}

impl EmbeddedSession {
    /// `is_patient`: waits for topics that do not exist.
    pub(super) fn open(
        environment: Arc<Environment>,
        spec: &SessionSpec,
        is_patient: bool,
    ) -> Result<Self, LogError> {
        let txn = environment.read()?;
        let (mut topics, mut absent) = (Vec::new(), Vec::new());
        let mut patterns = Vec::new();
        for name in &spec.topics {
            if let Some(prefix) = pattern::prefix_of(name) {
                let all = environment.topics(&txn)?.into_iter();
                topics.extend(all.filter(|topic| topic.spec.name.starts_with(&prefix)));
                patterns.push(prefix);
                continue;
            }
            match environment.topic(&txn, name) {
                Ok(topic) => topics.push(topic),
                Err(LogError::Fatal(_)) if is_patient => absent.push(Absent {
                    topic: name.clone(),
                    why: "the topic does not exist".to_owned(),
                }),
                Err(error) => return Err(error),
            }
        }
        drop(txn);
        let identity = environment.register(&spec.transactional_id, Some(&spec.group))?;
        let cursors = (topics.iter().enumerate())
            .flat_map(|(index, topic)| {
                (0..topic.spec.partitions).map(move |partition| Cursor {
                    topic: index,
                    partition,
                    next: None,
                })
            })
            .collect();
        Ok(EmbeddedSession {
            writer: EmbeddedWriter::new(environment, identity),
            topics,
            cursors,
            turn: 0,
            is_assigned: false,
            restores: HashMap::new(),
            absent,
            patterns,
            look_at: Instant::now() + LOOK_EVERY,
        })
    }

    /// A topic that is there now is read by a session that is opened again.
    fn look_for_topics(&mut self) -> Result<(), LogError> {
        let waits = !self.absent.is_empty() || !self.patterns.is_empty();
        if !waits || Instant::now() < self.look_at {
            return Ok(());
        }
        self.look_at = Instant::now() + LOOK_EVERY;
        let environment = self.environment();
        let txn = environment.read()?;
        let mut absent = self.absent.iter().map(|absent| absent.topic.clone());
        let mut new = absent.find(|topic| environment.topic(&txn, topic).is_ok());
        if new.is_none() && !self.patterns.is_empty() {
            let named = |name: &str| self.patterns.iter().any(|p| name.starts_with(p.as_str()));
            let known = |name: &str| self.topics.iter().any(|topic| topic.spec.name == name);
            let mut all = environment.topics(&txn)?.into_iter().map(|topic| topic.spec.name);
            new = all.find(|name| named(name) && !known(name));
        }
        match new {
            Some(topic) => Err(LogError::Reopen(format!("topic {topic} was created"))),
            None => Ok(()),
        }
    }

    fn environment(&self) -> &Environment {
        &self.writer.environment
    }

    fn assignment(&self) -> Vec<TopicPartition> {
        let name = |cursor: &Cursor| self.topics[cursor.topic].spec.name.clone();
        let owned = |cursor| TopicPartition { topic: name(cursor), partition: cursor.partition };
        self.cursors.iter().map(owned).collect()
    }

    fn cursor(&self, topic: &str, partition: i32) -> Result<usize, LogError> {
        let is_it =
            |c: &Cursor| c.partition == partition && self.topics[c.topic].spec.name == topic;
        self.cursors.iter().position(is_it).ok_or_else(|| {
            LogError::Fatal(format!(
                "partition {partition} of topic {topic} is not assigned to this session"
            ))
        })
    }

    /// Visits what is there, in one snapshot. Returns the number of records and the snapshot.
    fn visit_available(
        &mut self,
        max_records: usize,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<(usize, usize), LogError> {
        let environment = &*self.writer.environment;
        let txn = environment.read()?;
        environment.check_current(&txn, &self.writer.identity)?;
        let mut records = 0;
        for step in 0..self.cursors.len() {
            let index = (self.turn + step) % self.cursors.len();
            let cursor = &mut self.cursors[index];
            let Some(next) = cursor.next else { continue };
            let topic = &self.topics[cursor.topic];
            let state = environment.partition_state(&txn, topic.id, cursor.partition)?;
            check_in_log(topic, cursor.partition, next, state)?;
            let left = max_records - records;
            let range = next..state.next;
            let part = environment.visit(&txn, topic, cursor.partition, range, left, visit)?;
            cursor.next = Some(part.next);
            records += part.records;
            if records == max_records {
                self.turn = index + 1;
                break;
            }
        }
        Ok((records, txn.id()))
    }
}

impl Log for EmbeddedSession {
    fn poll(
        &mut self,
        wait: Duration,
        max_records: usize,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<Membership, LogError> {
        if !self.is_assigned {
            self.is_assigned = true;
            return Ok(Membership::Assigned(self.assignment()));
        }
        self.look_for_topics()?;
        let deadline = Instant::now() + wait;
        loop {
            let (records, snapshot) = self.visit_available(max_records, visit)?;
            if records > 0 || Instant::now() >= deadline {
                return Ok(Membership::Steady);
            }
            self.environment().wait_for_commit(snapshot, deadline)?;
        }
    }

    fn absent(&self) -> Vec<Absent> {
        self.absent.clone()
    }

    fn seek(&mut self, positions: &[Position]) -> Result<(), LogError> {
        for position in positions {
            let index = self.cursor(&position.topic, position.partition)?;
            self.cursors[index].next = Some(position.next_offset);
        }
        Ok(())
    }

    fn committed(&mut self, topic: &str, partition: i32) -> Result<Option<i64>, LogError> {
        let cursor = &self.cursors[self.cursor(topic, partition)?];
        let group = self.writer.identity.group.as_ref().expect("a session has a group");
        let key = layout::position_key(group.id, self.topics[cursor.topic].id, partition);
        let environment = self.environment();
        let txn = environment.read()?;
        let found = environment.get(&txn, environment.tables.positions, &key)?;
        Ok(found.and_then(layout::decode_i64))
    }

    fn watermarks(&mut self, topic: &str, partition: i32) -> Result<Watermarks, LogError> {
        self.environment().watermarks(topic, partition)
    }

    fn restore(
        &mut self,
        topic: &str,
        partition: i32,
        restart: bool,
        budget: Duration,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<RestoreProgress, LogError> {
        let environment = self.writer.environment.clone();
        let id = TopicPartition { topic: topic.to_owned(), partition };
        if restart || !self.restores.contains_key(&id) {
            let restore = begin_restore(&environment, &id)?;
            self.restores.insert(id.clone(), restore);
        }
        let restore = self.restores.get_mut(&id).expect("inserted above if it was missing");
        let progress = &mut restore.progress;
        let range = progress.position..progress.end;
        let deadline = Instant::now() + budget;
        let part = environment.visit_for(&restore.topic, partition, range, deadline, visit)?;
        progress.position = part.next;
        progress.done = progress.position >= progress.end;
        Ok(*progress)
    }
}

fn begin_restore(environment: &Environment, id: &TopicPartition) -> Result<Restore, LogError> {
    let marks = environment.watermarks(&id.topic, id.partition)?;
    let topic = environment.topic(&*environment.read()?, &id.topic)?;
    let done = marks.low >= marks.high;
    let progress = RestoreProgress { position: marks.low, start: marks.low, end: marks.high, done };
    Ok(Restore { topic, progress })
}

impl Writer for EmbeddedSession {
    fn begin(&mut self) -> Result<(), LogError> {
        self.writer.begin()
    }

    fn send(&mut self, output: &Output<'_>) -> Result<(), LogError> {
        self.writer.send(output)
    }

    fn commit(&mut self, positions: &[Position]) -> Result<(), LogError> {
        for position in positions {
            self.cursor(&position.topic, position.partition)?;
        }
        self.writer.publish(positions)
    }

    fn abort(&mut self) -> Result<(), LogError> {
        self.writer.abort()
    }
}
