//! A scoring task: one partition of the inputs topic, folded.
//!
//! The view holds the committed state; an overlay holds the changes of a batch. A commit merges the
//! overlay, an abort discards it. The task decides nothing by itself: it finds the account, calls
//! the core, and stages what the core says. Finding accounts is in [`accounts`], what falls due in
//! [`ticks`].

mod accounts;
mod error;
mod ticks;

pub use error::TaskError;

use crate::codec::{Codec, DecodeFailure, Decoded};
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::{Broadcast, Input, LogPosition, RecordType};
use crate::domain::account::records::{DeadLetterReason, TaskRecord, TickReason};
use crate::domain::account::state::AccountState;
use crate::domain::account::step::step_from;
use crate::domain::account::world::{Accepted, World};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{Day, Timestamp};
use crate::engine::dead::{dead_letter, push_dead_letter};
use crate::engine::hot::{Hot, HotPartition, taken};
use crate::engine::names::Names;
use crate::engine::staged::{Destination, Staged};
use crate::engine::standings::{Standings, StandingsNumber};
use crate::engine::tally::Tally;
use crate::engine::timers::{NEVER, Timers};
use crate::engine::topics::{TASK_KEY, WORLD_KEY, place_of};
use crate::engine::view::{Common, Packed, PartitionView};
use crate::log::RecordRef;
use foldhash::fast::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// An account of the batch.
struct Touched {
    state: Box<AccountState>,
    /// What it takes in memory, where that is known.
    bytes: Option<usize>,
    due: Day,
    /// The view has it, or will have it with the batch.
    kept: bool,
    /// About how many bytes its record takes.
    size: usize,
    /// Its part of the task's `waiting`: 0 unless it has changed since it was staged last, or since
    /// the last commit.
    waiting: usize,
    /// How many times the batch had been handed over when it was touched last.
    turn: u32,
    /// The date that it was staged with.
    staged_due: Option<Day>,
    standings: StandingsNumber,
}

impl Touched {
    fn is_changed(&self) -> bool {
        self.waiting > 0
    }
}

pub struct Task {
    record: TaskRecord,
    /// As of the last commit.
    committed: TaskRecord,
    view: Arc<PartitionView>,
    world: Arc<World>,
    world_changed: bool,
    touched: HashMap<AccountKey, Touched, RandomState>,
    /// About how many bytes the records of changed accounts take that are still to be staged.
    waiting: usize,
    /// How many times the batch has been handed over.
    turn: u32,
    /// What the batch's states were encoded to, for the view.
    packed: Vec<(AccountKey, Packed)>,
    hot: HotPartition,
    standings: Standings,
    timers: Timers,
    /// A tick that was asked for and has not been read back.
    tick_asked: bool,
    pub tally: Tally,
    /// Whether anything was read since the last commit.
    read: bool,
    names: Names,
}

type Done = Result<(), TaskError>;

impl Task {
    pub fn new(record: TaskRecord, view: Arc<PartitionView>, world: World, names: Names) -> Task {
        let common =
            Common { world: Arc::new(world), time: record.time, next_offset: record.next_offset };
        view.set_common(common.clone());
        Task {
            record,
            committed: record,
            view,
            world: common.world,
            world_changed: false,
            touched: HashMap::default(),
            waiting: 0,
            turn: 0,
            packed: Vec::new(),
            hot: HotPartition::new(Hot::default()),
            standings: Standings::default(),
            timers: Timers::default(),
            tick_asked: false,
            tally: Tally::default(),
            read: false,
            names,
        }
    }

    /// Shares the budget of the decoded accounts with other tasks; else it has the default for itself.
    pub fn sharing(mut self, hot: Hot) -> Task {
        self.hot = HotPartition::new(hot);
        self
    }

    pub fn view(&self) -> &Arc<PartitionView> {
        &self.view
    }

    pub fn record(&self) -> &TaskRecord {
        &self.record
    }

    pub fn committed_offset(&self) -> i64 {
        self.committed.next_offset
    }

    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    pub fn has_read(&self) -> bool {
        self.read
    }

    /// About how many bytes of states are still to be staged.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting
    }

    pub fn sweep_left(&self) -> usize {
        self.timers.sweep_left()
    }

    /// Folds one record of the inputs topic.
    pub fn process(
        &mut self,
        codec: &mut Codec,
        staged: &mut Staged,
        record: RecordRef<'_>,
    ) -> Done {
        let time = self.record.time.max(Timestamp(record.timestamp_ms));
        let at = LogPosition { partition: record.partition, offset: record.offset, time };
        self.record.time = time;
        self.tally.passed(self.record.next_offset, record.offset);
        self.record.next_offset = record.offset + 1;
        self.read = true;
        let (record_type, verdict) = match codec.decode_input(record.key, record.value) {
            Ok(Decoded::Account { account, input }) if self.is_misplaced(&account) => {
                let message = format!(
                    "invalid partition {} of account {account}: its key belongs in partition {} of {}; use \
                     Kafka's murmur2 partitioner",
                    record.partition,
                    place_of(&account, self.record.partitions),
                    self.record.partitions
                );
                let reason = DeadLetterReason::Misplaced;
                self.dead_letter(codec, staged, &record, reason, message)?;
                (input.record_type(), Verdict::DeadLettered)
            }
            Ok(Decoded::Account { account, input }) => {
                (input.record_type(), self.input(codec, staged, &account, &input, at, &record)?)
            }
            Ok(Decoded::Partition(broadcast)) => self.broadcast(codec, staged, broadcast, at)?,
            Ok(Decoded::Tick(_)) => {
                self.tick(codec, staged, at)?;
                (RecordType::Tick, Verdict::Applied)
            }
            Err(DecodeFailure::Registry(error)) => return Err(error.into()),
            Err(DecodeFailure::Record(error)) => {
                self.dead_letter(codec, staged, &record, error.reason, error.message)?;
                (error.record_type, Verdict::DeadLettered)
            }
        };
        self.tally.input(record_type, verdict);
        self.tally.inputs_at.add(time.0, 1);
        self.tally.time_ms = time.0;
        Ok(())
    }

    /// Its state, and whatever else is known of it, lies in the partition of its key.
    fn is_misplaced(&self, account: &AccountKey) -> bool {
        place_of(account, self.record.partitions) != self.record.partition
    }

    fn input(
        &mut self,
        codec: &mut Codec,
        staged: &mut Staged,
        account: &AccountKey,
        input: &Input,
        at: LogPosition,
        record: &RecordRef<'_>,
    ) -> Result<Verdict, TaskError> {
        let mut touched = self.find(codec, account, at.time)?;
        let known = (touched.kept || touched.is_changed())
            .then(|| Some(touched.due).filter(|due| *due != NEVER));
        let outcome = step_from(&self.world, account, &mut touched.state, known, input, at);
        let verdict = outcome.verdict;
        self.tally.repeat(input, verdict);
        if outcome.changed {
            touched.size += record.value.map_or(0, <[u8]>::len);
        }
        if let Some(why) = &outcome.refused {
            self.dead_letter(codec, staged, record, DeadLetterReason::Refused, why.clone())?;
        }
        self.settle(codec, staged, account, touched, outcome)?;
        Ok(verdict)
    }

    fn broadcast(
        &mut self,
        codec: &mut Codec,
        staged: &mut Staged,
        broadcast: Broadcast,
        at: LogPosition,
    ) -> Result<(RecordType, Verdict), TaskError> {
        let record_type = match &broadcast {
            Broadcast::Activation(_) => RecordType::Activation,
            Broadcast::Market(_) => RecordType::News,
            Broadcast::MarketRetraction(_) => RecordType::Retraction,
        };
        let accepted = Arc::make_mut(&mut self.world)
            .accept(broadcast, at.offset, at.time)
            .map_err(|unknown| TaskError::Stop(format!("partition {}: {unknown}", at.partition)))?;
        let verdict = match accepted {
            Accepted::Applied => Verdict::Applied,
            Accepted::Duplicate => Verdict::Duplicate,
            Accepted::TooLate => Verdict::TooLate,
        };
        if accepted == Accepted::Applied {
            self.world_changed = true;
            let known = self.view.accounts.iter().map(|entry| entry.key().clone());
            let everyone: BTreeSet<AccountKey> =
                known.chain(self.touched.keys().cloned()).collect();
            if !everyone.is_empty() {
                self.timers.begin_sweep(everyone);
                self.ask_tick(codec, staged, TickReason::Sweep, Some(at.time))?;
            }
        }
        Ok((record_type, verdict))
    }

    fn dead_letter(
        &mut self,
        codec: &mut Codec,
        staged: &mut Staged,
        record: &RecordRef<'_>,
        reason: DeadLetterReason,
        message: String,
    ) -> Done {
        *self.tally.dead_letters.entry(reason).or_default() += 1;
        let dead = dead_letter(record, None, reason, message);
        let (topic, time) = (&self.names.dead_letters, Some(self.record.time));
        Ok(push_dead_letter(codec, staged, topic, record, &dead, time)?)
    }

    /// Stages changed accounts, those first that were touched longest ago, until the others take at most
    /// `bytes`. The others wait, since more of the batch may be about them.
    pub fn stage_accounts(&mut self, codec: &mut Codec, staged: &mut Staged, bytes: usize) -> Done {
        self.turn += 1;
        if self.waiting <= bytes {
            return Ok(());
        }
        let topic = self.names.accounts.clone();
        let stamp = Some(self.record.time.0.max(1));
        let mut changed: Vec<(&AccountKey, &mut Touched)> =
            self.touched.iter_mut().filter(|(_, touched)| touched.is_changed()).collect();
        changed.sort_unstable_by_key(|(account, touched)| (touched.turn, *account));
        for (account, touched) in changed {
            if self.waiting <= bytes {
                break;
            }
            let to = Destination {
                topic: &topic,
                partition: Some(self.record.partition),
                key: Some(account.as_str().as_bytes()),
                timestamp_ms: stamp,
            };
            staged.push(to, |out| codec.encode_state(&topic, &touched.state, out))?;
            // Now that the whole state has just been walked.
            touched.bytes = Some(taken(&touched.state));
            touched.standings = self.standings.number(touched.standings, &touched.state);
            let packed = Packed {
                bytes: staged.last_value().into(),
                due: touched.due,
                stage: touched.state.stage(),
                standings: touched.standings,
            };
            touched.size = packed.bytes.len();
            self.packed.push((account.clone(), packed));
            self.waiting -= std::mem::take(&mut touched.waiting);
            touched.kept = true;
            touched.staged_due = Some(touched.due);
        }
        Ok(())
    }

    /// Stages what is left to be staged of a batch: the changed accounts, and the task's record.
    pub fn stage_states(&mut self, codec: &mut Codec, staged: &mut Staged) -> Done {
        self.stage_accounts(codec, staged, 0)?;
        let partition = Some(self.record.partition);
        let stamp = Some(self.record.time.0.max(1));
        let topic = self.names.accounts.clone();
        self.record.transaction += 1;
        if self.world_changed {
            let key = Some(WORLD_KEY);
            let to = Destination { topic: &topic, partition, key, timestamp_ms: stamp };
            staged.push(to, |out| codec.encode_world(&topic, &self.world, out))?;
        }
        let to = Destination { topic: &topic, partition, key: Some(TASK_KEY), timestamp_ms: stamp };
        Ok(staged.push(to, |out| codec.encode_task(&topic, &self.record, out))?)
    }

    /// The batch is in the log: the overlay becomes the view.
    pub fn commit(&mut self) -> Tally {
        for (account, packed) in self.packed.drain(..) {
            let (stage, standings, bytes) =
                (packed.stage, packed.standings, packed.taken(&account));
            let old = self.view.accounts.insert(account.clone(), packed);
            self.tally.moved(old.as_ref().map(|old| old.stage), Some(stage));
            let stood = old.as_ref().map(|old| old.standings).unwrap_or_default();
            self.tally.stood(self.standings.get(stood), self.standings.get(standings));
            let before = old.map_or(0, |old| old.taken(&account));
            self.tally.packed_bytes += bytes as i64 - before as i64;
        }
        self.hot.end();
        for (account, touched) in self.touched.drain() {
            if touched.staged_due != Some(touched.due)
                && let Some(mut packed) = self.view.accounts.get_mut(&account)
            {
                let before = packed.taken(&account);
                packed.due = touched.due;
                self.tally.packed_bytes += packed.taken(&account) as i64 - before as i64;
            }
            self.hot.keep(account, touched.state, touched.bytes);
        }
        self.turn = 0;
        self.timers.commit();
        self.committed = self.record;
        self.world_changed = false;
        self.read = false;
        self.view.set_common(Common {
            world: self.world.clone(),
            time: self.record.time,
            next_offset: self.record.next_offset,
        });
        std::mem::take(&mut self.tally)
    }

    /// The batch is not in the log: the overlay is forgotten.
    pub fn abort(&mut self) {
        self.packed.clear();
        self.touched.clear();
        self.hot.end();
        (self.waiting, self.turn) = (0, 0);
        self.timers.abort();
        self.record = self.committed;
        self.world = self.view.common().world;
        (self.world_changed, self.tick_asked, self.read) = (false, false, false);
        self.tally = Tally::default();
    }
}
