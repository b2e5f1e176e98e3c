//! The proof: folds the inputs again and compares, record for record, with what was written.
//! Nothing lost, nothing twice, nothing different. Reads nothing itself; the caller brings the
//! records.

mod findings;

pub use findings::{Difference, Findings};

use crate::codec::Codec;
use crate::domain::account::decision::{Decision, Origin};
use crate::domain::account::invariants;
use crate::domain::account::records::{DeadLetterReason, TaskRecord};
use crate::domain::account::world::World;
use crate::domain::terms::account::AccountKey;
use crate::engine::names::Names;
use crate::engine::snapshot::Base;
use crate::engine::staged::Staged;
use crate::engine::survivors::Survivors;
use crate::engine::task::{Task, TaskError};
use crate::engine::topics::Topics;
use crate::engine::view::PartitionView;
use crate::log::{Output, RecordRef};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;

/// Bytes staged by the fold before they are compared and forgotten.
const COMPARE_BYTES: usize = 4 << 20;

struct Written {
    hash: u128,
    topic: u16,
    times: u64,
    bytes: Vec<u8>,
}

pub struct Audit {
    names: Names,
    codec: Codec,
    show: usize,
    topics: Vec<String>,
    decisions: HashMap<Uuid, Written>,
    dead_letters: HashMap<Vec<u8>, u64>,
    /// Topics of which retention has taken the beginning.
    trimmed: Vec<String>,
    /// How far each partition of the inputs was scored.
    upto: BTreeMap<i32, i64>,
    /// Where the fold of each partition begins, if with a snapshot.
    from: BTreeMap<i32, i64>,
    /// The ends of the partitions of each output topic before the states were read.
    ends: HashMap<String, Vec<i64>>,
    findings: Findings,
}

/// One partition's fold.
pub struct Fold {
    task: Task,
    view: Arc<PartitionView>,
    staged: Staged,
    survivors: Survivors,
}

impl Audit {
    /// `show`: how many differences to keep in full.
    pub fn new(topics: Topics, codec: Codec, show: usize) -> Audit {
        Audit {
            names: Names::new(topics),
            codec,
            show,
            topics: Vec::new(),
            decisions: HashMap::new(),
            dead_letters: HashMap::new(),
            trimmed: Vec::new(),
            upto: BTreeMap::new(),
            from: BTreeMap::new(),
            ends: HashMap::new(),
            findings: Findings::default(),
        }
    }

    pub fn codec(&mut self) -> &mut Codec {
        &mut self.codec
    }

    /// Says that a topic no longer holds its beginning.
    pub fn is_trimmed(&mut self, topic: &str) {
        self.trimmed.push(topic.to_owned());
    }

    /// Says how far a partition was scored. To be said before any output is read.
    pub fn written_upto(&mut self, partition: i32, next_offset: i64) {
        self.upto.insert(partition, next_offset);
    }

    /// Says where the fold of a partition begins, if with a snapshot. To be said before any output is read.
    pub fn begins_at(&mut self, partition: i32, offset: i64) {
        self.from.insert(partition, offset);
    }

    /// Whether it came of an input before the snapshot.
    fn is_earlier(&mut self, partition: i32, offset: i64) -> bool {
        let is = self.from.get(&partition).is_some_and(|from| offset < *from);
        self.findings.before_snapshot += u64::from(is);
        is
    }

    /// Says where the partitions of an output topic ended before the states were read: what stands
    /// before that must follow from an input that the states reflect.
    pub fn ended_at(&mut self, topic: &str, ends: Vec<i64>) {
        self.ends.insert(topic.to_owned(), ends);
    }

    fn is_later(&self, partition: i32, offset: i64) -> bool {
        self.upto.get(&partition).is_none_or(|upto| offset >= *upto)
    }

    /// Whether the record was written after the audit began, by an instance that goes on scoring.
    fn is_new(&self, record: RecordRef<'_>) -> bool {
        let partition = usize::try_from(record.partition).ok();
        let end = self.ends.get(record.topic).zip(partition).and_then(|(ends, p)| ends.get(p));
        end.is_some_and(|end| record.offset >= *end)
    }

    /// A record of a route's topic, at read_committed.
    pub fn wrote_decision(&mut self, record: RecordRef<'_>) {
        let Some(value) = record.value else { return };
        let at = || format!("{}[{}] offset {}", record.topic, record.partition, record.offset);
        let decision = match self.codec.decode_decision(value) {
            Ok(decision) => decision,
            Err(error) => {
                let what = format!("{}: {error}", at());
                return self.differs(Difference::Unreadable { what });
            }
        };
        if decision.origin == Origin::Test {
            self.findings.tests += 1;
            return;
        }
        let written = &decision.written;
        if self.is_later(written.partition, written.offset) {
            if !self.is_new(record) {
                let input = format!("{}/{}", written.partition, written.offset);
                let (id, topic) = (decision.id, record.topic.to_owned());
                self.differs(Difference::DecisionAhead { id, topic, input });
            }
            return;
        }
        if self.is_earlier(written.partition, written.offset) {
            return;
        }
        let topic = self.topic(record.topic);
        let written = self.decisions.entry(decision.id).or_insert_with(|| Written {
            hash: xxh3_128(value),
            topic,
            times: 0,
            bytes: value.to_vec(),
        });
        written.times += 1;
    }

    /// A record of the dead letter topic, at read_committed.
    pub fn wrote_dead_letter(&mut self, record: RecordRef<'_>) {
        let inputs = format!("{}/", self.names.topics.inputs);
        let key = record.key.filter(|key| key.starts_with(inputs.as_bytes()));
        self.findings.outside_inputs += u64::from(key.is_none() && record.value.is_some());
        let later =
            |key: &[u8]| self.offset_in(key).is_some_and(|(p, offset)| self.is_later(p, offset));
        let is_new = self.is_new(record);
        // An old one of a later input is not expected, and left over in the end.
        if let Some(key) = key.filter(|key| !(is_new && later(key))) {
            if let Some((partition, offset)) = self.offset_in(key)
                && self.is_earlier(partition, offset)
            {
                return;
            }
            *self.dead_letters.entry(key.to_vec()).or_default() += 1;
        }
    }

    /// Partition and offset in the key of a dead letter of the inputs.
    fn offset_in(&self, key: &[u8]) -> Option<(i32, i64)> {
        let rest = std::str::from_utf8(key).ok()?.strip_prefix(&self.names.topics.inputs)?;
        let (partition, offset) = rest.strip_prefix('/')?.split_once('/')?;
        Some((partition.parse().ok()?, offset.parse().ok()?))
    }

    /// Begins a partition's fold. What survives says how far it was written.
    pub fn begin(&self, partition: i32, partitions: i32, survivors: Survivors) -> Fold {
        let view = Arc::new(PartitionView::default());
        let record = TaskRecord::new(partition, partitions, 0);
        let task = Task::new(record, view.clone(), World::default(), self.names.clone());
        Fold { task, view, staged: Staged::default(), survivors }
    }

    /// The same, with what a snapshot holds of it.
    pub fn begin_with(&mut self, base: Base, survivors: Survivors) -> Result<Fold, TaskError> {
        let (task, view) = base.task(&mut self.codec, self.names.clone())?;
        Ok(Fold { task, view, staged: Staged::default(), survivors })
    }

    /// Folds the next input.
    pub fn fold(&mut self, fold: &mut Fold, record: RecordRef<'_>) -> Result<(), TaskError> {
        fold.task.process(&mut self.codec, &mut fold.staged, record)?;
        if fold.staged.bytes() > COMPARE_BYTES {
            self.compare(fold)?;
        }
        Ok(())
    }

    /// Ends a partition's fold: its states must be the surviving ones.
    pub fn end(&mut self, mut fold: Fold) -> Result<(), TaskError> {
        self.compare(&mut fold)?;
        let mut survivors = std::mem::take(&mut fold.survivors.states);
        let mut accounts: Vec<AccountKey> =
            fold.view.accounts.iter().map(|entry| entry.key().clone()).collect();
        accounts.sort_unstable();
        for account in accounts {
            let Some(packed) = fold.view.accounts.get(&account) else { continue };
            self.findings.states += 1;
            let found = survivors.remove(&account);
            self.compare_state(&account, &packed.bytes, found.as_deref());
        }
        let mut rest: Vec<_> = survivors.into_iter().collect();
        rest.sort_unstable();
        for (account, bytes) in rest {
            let found = self.show_state(&bytes);
            self.differs(Difference::StateUnexpected { account: account.to_string(), found });
        }
        Ok(())
    }

    fn compare_state(&mut self, account: &AccountKey, expected: &[u8], found: Option<&[u8]>) {
        if found == Some(expected) {
            if let Ok(Err(what)) =
                self.codec.decode_state(expected).map(|s| invariants::of_state(&s))
            {
                self.differs(Difference::Invariant { what: format!("{account}: {what}") });
            }
            return;
        }
        let decoded = |codec: &mut Codec, bytes: &[u8]| codec.decode_state(bytes).ok();
        let same = found.is_some_and(|found| {
            let (a, b) = (decoded(&mut self.codec, found), decoded(&mut self.codec, expected));
            a.is_some() && a == b
        });
        if same {
            return;
        }
        let (account, expected) = (account.to_string(), self.show_state(expected));
        let difference = match found {
            None => Difference::StateMissing { account, expected },
            Some(found) => {
                let found = self.show_state(found);
                Difference::StateDiffers { account, expected, found }
            }
        };
        self.differs(difference);
    }

    fn show_state(&mut self, bytes: &[u8]) -> serde_json::Value {
        let read = self.codec.decode_state(bytes);
        read.map_or_else(|e| e.to_string().into(), |s| serde_json::to_value(&s).unwrap_or_default())
    }

    /// Compares what the fold has staged so far, and forgets it.
    fn compare(&mut self, fold: &mut Fold) -> Result<(), TaskError> {
        fold.task.stage_states(&mut self.codec, &mut fold.staged)?;
        let staged = std::mem::take(&mut fold.staged);
        let copied = fold.survivors.record.map_or(0, |record| record.copied);
        for output in staged.outputs() {
            if output.topic == self.names.topics.dead_letters {
                self.expect_dead_letter(output.key.unwrap_or_default(), copied);
            } else if output.topic.starts_with(&self.names.topics.route_prefix) {
                self.expect_decision(&output, copied);
            }
        }
        fold.staged = staged;
        fold.staged.clear();
        let tally = fold.task.commit();
        self.findings.inputs += tally.consumed();
        let misplaced = tally.dead_letters.get(&DeadLetterReason::Misplaced);
        self.findings.misplaced += misplaced.copied().unwrap_or(0);
        for ((record_type, verdict), n) in &tally.inputs {
            *self.findings.verdicts.entry(format!("{record_type} {verdict}")).or_default() += n;
        }
        Ok(())
    }

    fn expect_decision(&mut self, output: &Output<'_>, copied: i64) {
        self.findings.decisions += 1;
        let bytes = output.value.unwrap_or_default();
        let Ok(expected) = self.codec.decode_decision(bytes) else {
            let what = "a decision just folded cannot be read back".to_owned();
            return self.differs(Difference::Unreadable { what });
        };
        let topic = output.topic.to_owned();
        let Some(written) = self.decisions.remove(&expected.id) else {
            if expected.written.offset < copied {
                self.findings.copied += 1;
                return;
            }
            if self.trimmed.contains(&topic) {
                self.findings.no_longer_held += 1;
                return;
            }
            let expected_json = json(&expected);
            return self.differs(Difference::DecisionMissing {
                id: expected.id,
                topic,
                expected: expected_json,
            });
        };
        if written.times > 1 {
            let (id, times) = (expected.id, written.times);
            self.differs(Difference::DecisionTwice { id, topic: topic.clone(), times });
        }
        let elsewhere = self.topics[usize::from(written.topic)] != topic;
        if written.hash == xxh3_128(bytes) && !elsewhere {
            return;
        }
        let found = self.codec.decode_decision(&written.bytes).ok();
        if elsewhere || found.as_ref() != Some(&expected) {
            self.differs(Difference::DecisionDiffers {
                id: expected.id,
                topic,
                expected: json(&expected),
                found: found.as_ref().map(json).unwrap_or_default(),
            });
        }
    }

    fn expect_dead_letter(&mut self, key: &[u8], copied: i64) {
        self.findings.dead_letters += 1;
        let position = String::from_utf8_lossy(key).into_owned();
        match self.dead_letters.remove(key) {
            Some(1) => {}
            Some(_) => self.differs(Difference::DeadLetterTwice { position }),
            None if self.offset_in(key).is_some_and(|(_, offset)| offset < copied) => {
                self.findings.copied += 1;
            }
            None if self.trimmed.contains(&self.names.topics.dead_letters) => {
                self.findings.no_longer_held += 1;
            }
            None => self.differs(Difference::DeadLetterMissing { position }),
        }
    }

    /// Decisions that were written but never expected are left over: reports them.
    pub fn finish(mut self) -> Findings {
        let mut rest: Vec<(Uuid, Written)> = self.decisions.drain().collect();
        rest.sort_unstable_by_key(|(id, _)| *id);
        for (id, written) in rest {
            let found = self.codec.decode_decision(&written.bytes).ok();
            self.differs(Difference::DecisionUnexpected {
                id,
                topic: self.topics[usize::from(written.topic)].clone(),
                found: found.as_ref().map(json).unwrap_or_default(),
            });
        }
        let mut unexpected: Vec<Vec<u8>> = self.dead_letters.drain().map(|(key, _)| key).collect();
        unexpected.sort_unstable();
        for key in unexpected {
            let position = String::from_utf8_lossy(&key).into_owned();
            self.differs(Difference::DeadLetterUnexpected { position });
        }
        self.findings
    }

    fn differs(&mut self, difference: Difference) {
        self.findings.differences += 1;
        if self.findings.first.len() < self.show {
            self.findings.first.push(difference);
        }
    }

    fn topic(&mut self, name: &str) -> u16 {
        let known = self.topics.iter().position(|topic| topic == name);
        let at = known.unwrap_or_else(|| {
            self.topics.push(name.to_owned());
            self.topics.len() - 1
        });
        at as u16
    }
}

fn json(decision: &Decision) -> serde_json::Value {
    crate::codec::json::decision(decision)
}
