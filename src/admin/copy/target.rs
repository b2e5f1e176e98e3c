//! The topics that are copied into. What an interrupted copy left there is recognised and not written
//! again: the order of a copy is always the same, and transactions are whole, so that what is there is
//! the beginning of what would be written.

use crate::admin::partitions::recorded;
use crate::codec::Codec;
use crate::domain::Text;
use crate::domain::account::input::{Input, LedgerSnapshot, Transfer, TransferStep};
use crate::domain::account::records::{TaskRecord, Tick, TickReason};
use crate::domain::account::standing::ProductState;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::limits::TICK_ACCOUNTS_MAX;
use crate::engine::topics::{TASK_KEY, Topics};
use crate::log::partitioner::partition_of;
use crate::log::scan::{Scan, topic_spec};
use crate::log::transact::Transactor;
use crate::log::{LogError, Output, Reader, Store, TopicSpec, Writer};
use anyhow::bail;
use std::collections::HashSet;
use uuid::Uuid;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// One transaction stays well below Kafka's time limit for it.
const BATCH_RECORDS: usize = 1_000;
const BATCH_BYTES: usize = 4 << 20;
/// How often all accounts are looked at on the way. When, changes no decision: what came into them
/// since their last input of their own is applied, and what is due.
const TICK_EVERY_MS: i64 = 7 * 86_400_000;

/// A record to be written.
pub(in crate::admin) struct Record {
    pub topic: String,
    pub partition: Option<i32>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub time_ms: i64,
}

/// Records of a partition, as far as they are written, and a digest of them.
#[derive(Default)]
struct Lane {
    there: u64,
    digest: u128,
    put: u64,
    digest_of_put: Xxh3,
    /// Digests of the keys.
    keys: HashSet<u64>,
}

pub(in crate::admin) struct Target<'a> {
    pub topics: Topics,
    pub partitions: i32,
    codec: Codec,
    transactor: Transactor<'a>,
    lanes: Vec<Lane>,
    batch: Vec<Record>,
    batch_bytes: usize,
    ticked_ms: i64,
    pub ticks: u64,
    /// Records that were there already.
    pub resumed: u64,
}

/// Makes the accounts topic alone and marks it, where the inputs do not exist yet: so nothing can write into
/// inputs that do not show that they are not whole. Where they do, the caller marks them.
pub(in crate::admin) fn mark_first(
    store: &dyn Store,
    topics: &Topics,
    codec: &Codec,
    accounts: &TopicSpec,
    seed: Option<Uuid>,
) -> anyhow::Result<()> {
    let names = [topics.inputs.clone(), topics.accounts.clone()];
    if store.describe_topics(&names)?.first().is_some_and(Option::is_some) {
        return Ok(());
    }
    store.create_topics(std::slice::from_ref(accounts))?;
    let found = topic_spec(store, &topics.accounts)?;
    let (mut reader, mut codec) = (store.reader()?, codec.clone());
    for partition in 0..found.partitions {
        // Of an earlier attempt, or of something else: the caller looks at it.
        if recorded(&mut *reader, &mut codec, &topics.accounts, partition)?.is_some() {
            return Ok(());
        }
    }
    if found.partitions != accounts.partitions {
        return Ok(());
    }
    let lanes = Vec::new();
    Target::with(store, topics.clone(), accounts.partitions, codec, lanes)?.mark(seed)
}

impl<'a> Target<'a> {
    /// Reads what an interrupted copy left. Fences one that still runs.
    pub(in crate::admin) fn open(
        store: &'a dyn Store,
        topics: Topics,
        partitions: i32,
        codec: Codec,
    ) -> anyhow::Result<Target<'a>> {
        let mut target = Target::with(store, topics, partitions, codec, Vec::new())?;
        let mut reader = store.reader()?;
        let lane = |partition| lane(&mut *reader, &target.topics.inputs, partition);
        target.lanes = (0..partitions).map(lane).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(target)
    }

    fn with(
        store: &'a dyn Store,
        topics: Topics,
        partitions: i32,
        codec: Codec,
        lanes: Vec<Lane>,
    ) -> anyhow::Result<Target<'a>> {
        let transactor = Transactor::open(store, &format!("{}-copy", topics.inputs))?;
        let (batch, batch_bytes, ticked_ms, ticks, resumed) = (Vec::new(), 0, 0, 0, 0);
        Ok(Target {
            topics,
            partitions,
            codec,
            transactor,
            lanes,
            batch,
            batch_bytes,
            ticked_ms,
            ticks,
            resumed,
        })
    }

    /// Whether nothing was copied yet.
    pub(in crate::admin) fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.there == 0)
    }

    /// Records that each partition has by now.
    pub(in crate::admin) fn counts(&self) -> Vec<u64> {
        self.lanes.iter().map(|lane| lane.put).collect()
    }

    /// Says in every task record that the copy is not finished.
    pub(in crate::admin) fn mark(&mut self, seed: Option<Uuid>) -> anyhow::Result<()> {
        for partition in 0..self.partitions {
            let new = TaskRecord::new(partition, self.partitions, 0);
            let record = TaskRecord { copied: i64::MAX, seed, ..new };
            self.task(&record)?;
        }
        self.flush()
    }

    pub(in crate::admin) fn task(&mut self, record: &TaskRecord) -> anyhow::Result<()> {
        let (topic, mut value) = (self.topics.accounts.clone(), Vec::new());
        self.codec.encode_task(&topic, record, &mut value)?;
        let (partition, time_ms) = (Some(record.partition), record.time.0);
        let (key, value) = (Some(TASK_KEY.to_vec()), Some(value));
        self.batch.push(Record { topic, partition, key, value, time_ms });
        Ok(())
    }

    /// The next input: into the partition of its key, or, without one, `from` the old partition.
    pub(in crate::admin) fn input(
        &mut self,
        key: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
        from: i32,
        time_ms: i64,
    ) -> anyhow::Result<()> {
        let of_key = key.as_ref().map(|key| partition_of(key, self.partitions));
        let partition = of_key.unwrap_or(from % self.partitions);
        self.put(partition, key, value, time_ms)
    }

    /// Has the decisions of an account be numbered from above these.
    pub(in crate::admin) fn renumber(
        &mut self,
        account: &AccountKey,
        numbers: &[(Text, u32)],
        time_ms: i64,
    ) -> anyhow::Result<()> {
        let given = |(product, sequence): &(Text, u32)| ProductState {
            sequence: *sequence,
            ..ProductState::new(product.clone())
        };
        let products = numbers.iter().map(given).collect();
        let above = LedgerSnapshot { products, ..LedgerSnapshot::default() };
        let name = format!("{} renumber {account}", self.topics.inputs);
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
        let transfer = Transfer {
            id,
            from: account.clone(),
            to: account.clone(),
            at: None,
            cause: id,
            hop: 0,
            step: TransferStep::Renumber(Box::new(above)),
        };
        let (mut value, input) = (Vec::new(), Input::Transfer(Box::new(transfer)));
        self.codec.encode_input(&self.topics.inputs, account, &input, &mut value)?;
        let key = Some(account.as_str().as_bytes().to_vec());
        self.input(key, Some(value), 0, time_ms)
    }

    /// The next input of every partition.
    pub(in crate::admin) fn everywhere(
        &mut self,
        value: Option<&[u8]>,
        time_ms: i64,
    ) -> anyhow::Result<()> {
        for partition in 0..self.partitions {
            self.put(partition, None, value.map(<[u8]>::to_vec), time_ms)?;
        }
        Ok(())
    }

    /// Ticks, where the last ones are long ago.
    pub(in crate::admin) fn tick_when_due(&mut self, time_ms: i64) -> anyhow::Result<()> {
        if time_ms - self.ticked_ms < TICK_EVERY_MS {
            return Ok(());
        }
        self.ticked_ms = time_ms;
        self.tick(time_ms)
    }

    /// As many ticks in each partition as it may take to look at every account of it.
    pub(in crate::admin) fn tick(&mut self, time_ms: i64) -> anyhow::Result<()> {
        let mut value = Vec::new();
        let tick = Tick { reason: TickReason::More };
        self.codec.encode_tick(&self.topics.inputs, tick, &mut value)?;
        for partition in 0..self.partitions {
            let accounts = self.lanes[usize::try_from(partition)?].keys.len();
            for _ in 0..=accounts.div_ceil(TICK_ACCOUNTS_MAX) {
                self.ticks += 1;
                self.put(partition, None, Some(value.clone()), time_ms)?;
            }
        }
        Ok(())
    }

    /// The next input of a partition.
    pub(in crate::admin) fn put(
        &mut self,
        partition: i32,
        key: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
        time_ms: i64,
    ) -> anyhow::Result<()> {
        let time_ms = time_ms.max(1);
        let lane = &mut self.lanes[usize::try_from(partition)?];
        lane.keys.extend(key.as_deref().map(xxh3_64));
        lane.put += 1;
        if lane.put <= lane.there {
            self.resumed += 1;
            digest(&mut lane.digest_of_put, key.as_deref(), value.as_deref(), time_ms);
            if lane.put == lane.there && lane.digest_of_put.digest128() != lane.digest {
                bail!(self.holds_other(partition));
            }
            return Ok(());
        }
        let topic = self.topics.inputs.clone();
        self.write(Record { topic, partition: Some(partition), key, value, time_ms })
    }

    fn holds_other(&self, partition: i32) -> String {
        format!(
            "{}[{partition}] holds other records than this copy would write there: the old log was written to \
             since, or the copy was begun with other options; use another prefix for --to",
            self.topics.inputs
        )
    }

    /// All inputs are written: nothing else may be there.
    pub(in crate::admin) fn check_whole(&self) -> anyhow::Result<()> {
        let more = |(lane, _): &(&Lane, i32)| lane.there > lane.put;
        match self.lanes.iter().zip(0..).find(more) {
            Some((_, partition)) => bail!(self.holds_other(partition)),
            None => Ok(()),
        }
    }

    pub(in crate::admin) fn write(&mut self, record: Record) -> anyhow::Result<()> {
        self.add(record);
        if self.batch.len() >= BATCH_RECORDS || self.batch_bytes >= BATCH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes it with the next transaction, whatever its size.
    pub(in crate::admin) fn add(&mut self, record: Record) {
        let bytes = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
        self.batch_bytes += bytes(&record.key) + bytes(&record.value);
        self.batch.push(record);
    }

    /// Commits what is gathered.
    pub(in crate::admin) fn flush(&mut self) -> anyhow::Result<()> {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        if batch.is_empty() {
            return Ok(());
        }
        let mut fill = |writer: &mut dyn Writer| -> Result<(), LogError> {
            batch.iter().try_for_each(|record| {
                writer.send(&Output {
                    topic: &record.topic,
                    partition: record.partition,
                    key: record.key.as_deref(),
                    value: record.value.as_deref(),
                    timestamp_ms: Some(record.time_ms.max(1)),
                    ..Output::default()
                })
            })
        };
        self.transactor.write(&mut fill, &mut || {
            bail!(
                "the log did not answer whether a transaction of the copy was written; use the same command \
                 again, which goes on where this one ended"
            )
        })
    }
}

fn lane(reader: &mut dyn Reader, topic: &str, partition: i32) -> anyhow::Result<Lane> {
    let (mut lane, mut there) = (Lane::default(), Xxh3::new());
    Scan::whole(reader, topic, partition)?.each(reader, &mut |record| {
        lane.there += 1;
        digest(&mut there, record.key, record.value, record.timestamp_ms);
    })?;
    lane.digest = there.digest128();
    Ok(lane)
}

fn digest(of: &mut Xxh3, key: Option<&[u8]>, value: Option<&[u8]>, time_ms: i64) {
    for bytes in [key, value] {
        of.update(&bytes.map_or(-1, |bytes| bytes.len() as i64).to_be_bytes());
        of.update(bytes.unwrap_or_default());
    }
    of.update(&time_ms.to_be_bytes());
}
