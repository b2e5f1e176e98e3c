//! Folds a copy, and compares its decisions with those of the log that it was copied from.
//!
//! All must be equal but the positions. Times may differ by as much as the copies of one broadcast were
//! apart in the old partitions: in the copy it has one time. Decisions that
//! were due in the old log and not made yet (its last tick was not read) are made in the copy: they are
//! *new*, and the caller writes them.

use super::old::{Old, Renumbered};
use crate::codec::{Codec, json};
use crate::domain::account::decision::Decision;
use crate::domain::account::ids::decision_id;
use crate::domain::account::records::TaskRecord;
use crate::domain::account::world::World;
use crate::domain::terms::account::AccountKey;
use crate::engine::names::Names;
use crate::engine::staged::Staged;
use crate::engine::task::{Task, TaskError};
use crate::engine::topics::Topics;
use crate::engine::view::PartitionView;
use crate::log::RecordRef;
use chrono::DateTime;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Bytes staged by the fold before they are compared and forgotten.
const COMPARE_BYTES: usize = 4 << 20;
/// Differences kept in full.
const SHOWN: usize = 10;

const MISSING: &str = "missing";

/// How a copy decides otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Difference {
    pub account: String,
    /// The decision's id.
    pub id: Uuid,
    /// `missing`: the copy does not make it. `more`: only the copy makes it. `differs`.
    pub difference: &'static str,
    /// Of the decision; `unknown` where the old topics no longer hold it.
    pub kind: String,
    /// Of a decision that differs: the names of the fields.
    pub fields: Vec<String>,
}

/// What the comparison found.
#[derive(Clone, Debug, Default, Serialize, schemars::JsonSchema)]
pub struct Compared {
    /// Decisions of the copy.
    pub decisions: u64,
    /// Decisions that the old topics do not hold any more.
    pub no_longer_held: u64,
    /// Decisions that were due and had not been made.
    pub new: u64,
    /// Decisions that differ, or that one side alone has.
    pub differences: u64,
    /// Decisions of the old log that the copy does not make, since their account was erased.
    pub of_erased: u64,
    /// The first ones.
    pub first: Vec<Difference>,
    /// Differences by kind of decision, and what they are.
    pub kinds: BTreeMap<String, u64>,
    /// Accounts that may differ, since something was left out, and do.
    pub affected: BTreeSet<AccountKey>,
}

/// Folds the partitions of a copy one after another.
pub struct Check {
    names: Names,
    codec: Codec,
    old: Old,
    skew_ms: i64,
    renumbered: Renumbered,
    /// Accounts that were erased.
    erased: BTreeSet<AccountKey>,
    found: Compared,
    new: Vec<New>,
}

/// A decision that was due in the old log and not made.
pub struct New {
    pub topic: String,
    pub account: AccountKey,
    /// Its stamp.
    pub time_ms: i64,
    pub value: Vec<u8>,
}

/// One partition's fold.
pub struct Fold {
    task: Task,
    view: Arc<PartitionView>,
    staged: Staged,
}

/// What a partition was folded to.
pub struct Folded {
    pub record: TaskRecord,
    pub world: Arc<World>,
    pub view: Arc<PartitionView>,
}

impl Check {
    /// `topics`: of the copy.
    pub fn new(
        topics: Topics,
        codec: Codec,
        old: Old,
        skew_ms: i64,
        renumbered: Renumbered,
    ) -> Check {
        let (names, found) = (Names::new(topics), Compared::default());
        let (erased, new) = (BTreeSet::new(), Vec::new());
        Check { names, codec, old, skew_ms, renumbered, erased, found, new }
    }

    /// Accounts that were erased: the copy need not make their decisions.
    pub fn erased(self, erased: BTreeSet<AccountKey>) -> Check {
        Check { erased, ..self }
    }

    pub fn begin(&self, partition: i32, partitions: i32) -> Fold {
        let view = Arc::new(PartitionView::default());
        let record = TaskRecord::new(partition, partitions, 0);
        let task = Task::new(record, view.clone(), World::default(), self.names.clone());
        Fold { task, view, staged: Staged::default() }
    }

    /// Folds the next record.
    pub fn fold(&mut self, fold: &mut Fold, record: RecordRef<'_>) -> Result<(), TaskError> {
        fold.task.process(&mut self.codec, &mut fold.staged, record)?;
        if fold.staged.bytes() > COMPARE_BYTES { self.compare(fold) } else { Ok(()) }
    }

    pub fn end(&mut self, mut fold: Fold) -> Result<Folded, TaskError> {
        self.compare(&mut fold)?;
        let mut accounts: Vec<_> = fold.view.accounts.iter().map(|e| e.key().clone()).collect();
        accounts.sort_unstable();
        for account in accounts {
            let bytes = fold.view.accounts.get(&account).map(|packed| packed.bytes.to_vec());
            self.count(&account, &bytes.unwrap_or_default())?;
        }
        let (record, world) = (*fold.task.record(), fold.task.world().clone());
        Ok(Folded { record, world, view: fold.view })
    }

    /// Compares what the fold has staged so far, and forgets it.
    fn compare(&mut self, fold: &mut Fold) -> Result<(), TaskError> {
        fold.task.stage_states(&mut self.codec, &mut fold.staged)?;
        let staged = std::mem::take(&mut fold.staged);
        let routes = self.names.topics.route_prefix.clone();
        for output in staged.outputs().filter(|output| output.topic.starts_with(&routes)) {
            let bytes = output.value.unwrap_or_default();
            let read = self.codec.decode_decision(bytes);
            let made = read.map_err(|failure| {
                TaskError::unread(failure, |e| format!("a decision just made: {e}"))
            })?;
            self.judge(output.topic, &made, bytes);
        }
        fold.staged = staged;
        fold.staged.clear();
        drop(fold.task.commit());
        Ok(())
    }

    fn judge(&mut self, topic: &str, made: &Decision, bytes: &[u8]) {
        self.found.decisions += 1;
        let renumbered = self.renumbered.has(&made.account);
        let above = match renumbered {
            true => self.old.highest(&made.account, &made.product),
            false => 0,
        };
        let id = decision_id(&made.account, &made.product, made.sequence.saturating_sub(above));
        let Some(written) = self.old.take(&id) else {
            if renumbered {
                self.differs(made, "more", Vec::new());
            } else if !self.old.was_made(made) {
                self.found.new += 1;
                self.new.push(New {
                    topic: topic.to_owned(),
                    account: made.account.clone(),
                    time_ms: made.decided_at.0,
                    value: bytes.to_vec(),
                });
            } else if self.old.trimmed {
                self.found.no_longer_held += 1;
            } else {
                self.differs(made, "more", Vec::new());
            }
            return;
        };
        match self.codec.decode_decision(&written) {
            Ok(old) => {
                let fields = differing(&old, &as_numbered(&old, made), self.skew_ms);
                if !fields.is_empty() {
                    self.differs(made, "differs", fields);
                }
            }
            Err(error) => self.differs(made, "differs", vec![error.to_string()]),
        }
    }

    fn differs(&mut self, of: &Decision, difference: &'static str, fields: Vec<String>) {
        let (id, kind) = (of.id, of.kind.to_string());
        self.note(&of.account, Difference { account: String::new(), id, difference, kind, fields });
    }

    fn note(&mut self, account: &AccountKey, difference: Difference) {
        if let Renumbered::Some(accounts) = &self.renumbered
            && accounts.contains(account)
        {
            self.found.affected.insert(account.clone());
            return;
        }
        if difference.difference == MISSING && self.erased.contains(account) {
            self.found.of_erased += 1;
            return;
        }
        self.found.differences += 1;
        let what = format!("{} {}", difference.kind, difference.difference);
        *self.found.kinds.entry(what).or_default() += 1;
        if self.found.first.len() < SHOWN {
            self.found.first.push(Difference { account: account.to_string(), ..difference });
        }
    }

    /// An account of the copy has made as many decisions, also where the old topics do not hold them.
    fn count(&mut self, account: &AccountKey, bytes: &[u8]) -> Result<(), TaskError> {
        if !self.old.trimmed {
            return Ok(());
        }
        let Some(numbers) = self.old.numbers(account) else { return Ok(()) };
        let read = self.codec.decode_state(bytes);
        let state = read.map_err(|failure| {
            TaskError::unread(failure, |error| format!("the state of {account}: {error}"))
        })?;
        for (product, highest) in numbers {
            let made = state.product(&product).map_or(0, |p| p.sequence);
            if made < highest && !self.renumbered.has(account) {
                let id = decision_id(account, &product, highest);
                let (kind, fields) = ("unknown".to_owned(), Vec::new());
                let (account_name, difference) = (String::new(), MISSING);
                let lost = Difference { account: account_name, id, difference, kind, fields };
                self.note(account, lost);
            }
        }
        Ok(())
    }

    /// The findings, and the decisions that are new.
    pub fn finish(mut self) -> (Compared, Vec<New>) {
        for (_, bytes) in self.old.rest() {
            if let Ok(decision) = self.codec.decode_decision(&bytes) {
                self.differs(&decision, MISSING, Vec::new());
            }
        }
        (self.found, self.new)
    }
}

/// With the ids and numbers of the old one, which are others where an account was renumbered.
fn as_numbered(old: &Decision, made: &Decision) -> Decision {
    if old.id == made.id {
        return made.clone();
    }
    let mut made = made.clone();
    (made.id, made.sequence) = (old.id, old.sequence);
    (made.episode_id, made.opened_by) = (old.episode_id, old.opened_by);
    made.rules_version = old.rules_version;
    if let (Some(made), Some(old)) = (&mut made.exit, &old.exit) {
        made.entered = old.entered;
    }
    made
}

/// The names of the fields that differ, the positions aside; times may, by so much.
fn differing(old: &Decision, made: &Decision, skew_ms: i64) -> Vec<String> {
    let placeless = |decision: &Decision| {
        let mut decision = decision.clone();
        decision.input_partition = 0;
        decision.input_offset = 0;
        decision.written = made.written;
        decision
    };
    let (old, made) = (placeless(old), placeless(made));
    if old == made {
        return Vec::new();
    }
    let (Value::Object(old), Value::Object(made)) = (json::decision(&old), json::decision(&made))
    else {
        return vec!["the whole record".to_owned()];
    };
    let differs = |name: &&String| !is_same(old.get(*name), made.get(*name), skew_ms);
    let names = old.keys().chain(made.keys().filter(|name| !old.contains_key(*name)));
    names.filter(differs).cloned().collect()
}

fn is_same(a: Option<&Value>, b: Option<&Value>, skew_ms: i64) -> bool {
    match (a, b) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            a.len() == b.len() && a.iter().all(|(name, a)| is_same(Some(a), b.get(name), skew_ms))
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            let mut pairs = a.iter().zip(b);
            a.len() == b.len() && pairs.all(|(a, b)| is_same(Some(a), Some(b), skew_ms))
        }
        (Some(Value::String(a)), Some(Value::String(b))) if a != b => {
            let (a, b) = (DateTime::parse_from_rfc3339(a), DateTime::parse_from_rfc3339(b));
            let apart = a.ok().zip(b.ok()).map(|(a, b)| (a - b).num_milliseconds().abs());
            apart.is_some_and(|apart| apart <= skew_ms)
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_may_differ_by_the_skew_and_nothing_else_may() {
        let old = json!({"at": "2026-03-01T10:00:00.000Z", "n": 1, "all": ["a", {"b": null}]});
        let table = [
            (json!({"at": "2026-03-01T10:00:00.008Z", "n": 1, "all": ["a", {"b": null}]}), true),
            (json!({"at": "2026-03-01T10:00:00.009Z", "n": 1, "all": ["a", {"b": null}]}), false),
            (json!({"at": "2026-03-01T10:00:00.000Z", "n": 2, "all": ["a", {"b": null}]}), false),
            (json!({"at": "2026-03-01T10:00:00.000Z", "n": 1, "all": ["b", {"b": null}]}), false),
            (json!({"at": "2026-03-01T10:00:00.000Z", "n": 1, "all": ["a"]}), false),
            (json!({"at": "2026-03-01T10:00:00.000Z", "n": 1}), false),
        ];
        for (made, same) in table {
            assert_eq!(is_same(Some(&old), Some(&made), 8), same, "{made}");
        }
    }
}
