//! Several accounts, each alone in a partition, that send each other transfers. As in a log, what
//! is written for a partition is read in the order of writing, whoever wrote it: all outputs of a
//! record are in their partitions before anybody reads one of them.

use super::{Entry, Fold, Record};
use buymode::domain::account::decision::{Decision, Verdict};
use buymode::domain::account::input::{Input, Transfer, TransferStep};
use buymode::domain::terms::time::{Day, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use uuid::Uuid;

pub(crate) struct Network {
    pub folds: BTreeMap<String, Fold>,
    /// By reader: what is still to be read of its partition.
    queues: BTreeMap<String, VecDeque<Input>>,
    /// Every partition's log, as it was read.
    pub logs: BTreeMap<String, Vec<Record>>,
    /// Reports that were handed on too often, and are dead letters now.
    pub dead: Vec<Uuid>,
    /// Everybody's decisions, in the order of writing.
    pub told: Vec<Decision>,
    time: Timestamp,
}

impl Network {
    pub(crate) fn new(accounts: &[&str], begin: Day) -> Network {
        let fold = |name: &&str| ((*name).to_owned(), Fold::new(name, begin));
        Network {
            folds: accounts.iter().map(fold).collect(),
            queues: BTreeMap::new(),
            logs: BTreeMap::new(),
            dead: Vec::new(),
            told: Vec::new(),
            time: begin.start(),
        }
    }

    pub(crate) fn fold(&self, account: &str) -> &Fold {
        &self.folds[account]
    }

    /// The account reads a record; broadcasts and ticks are for all.
    pub(crate) fn read(&mut self, account: &str, time: Timestamp, entry: &Entry) {
        self.time = time;
        let everyone: Vec<String> = match entry {
            Entry::Input(_) => vec![account.to_owned()],
            Entry::Broadcast(_) | Entry::Tick => self.folds.keys().cloned().collect(),
        };
        for account in everyone {
            let log = self.logs.entry(account.clone()).or_default();
            let record = Record { offset: log.len() as i64 * 10, time, entry: entry.clone() };
            log.push(record.clone());
            self.put(&account, &record);
        }
    }

    /// Reads a record as it lies in the log.
    pub(crate) fn put(&mut self, account: &str, record: &Record) {
        let fold = self.folds.get_mut(account).expect("an account of the network");
        let before = fold.decisions.len();
        fold.read(record);
        self.told.extend_from_slice(&fold.decisions[before..]);
        if let Entry::Input(Input::Transfer(t)) = &record.entry
            && let TransferStep::Forwarded(input) = &t.step
            && fold.verdicts.last() == Some(&Verdict::DeadLettered)
        {
            self.dead.push(input.id());
        }
        for sent in std::mem::take(&mut fold.sent) {
            let to = sent.account.to_string();
            self.queues.entry(to).or_default().push_back(sent.input);
        }
    }

    /// One account reads one transfer: which one is told by `choice`. Whether there was one.
    pub(crate) fn deliver(&mut self, choice: usize) -> bool {
        let waiting: Vec<_> =
            self.queues.iter().filter(|(_, q)| !q.is_empty()).map(|(k, _)| k.clone()).collect();
        let Some(reader) = waiting.get(choice % waiting.len().max(1)) else {
            return false;
        };
        let input = self.queues.get_mut(reader).and_then(VecDeque::pop_front).expect("one waits");
        self.read(reader, self.time, &Entry::Input(input));
        true
    }

    pub(crate) fn deliver_all(&mut self) {
        let mut rounds = 0;
        while self.deliver(0) {
            rounds += 1;
            assert!(rounds < 10_000, "transfers go on for ever");
        }
    }

    pub(crate) fn merge(&mut self, id: u128, from: &str, to: &str, time: Timestamp) {
        self.ask(id, from, to, time, TransferStep::Request);
    }

    pub(crate) fn undo(&mut self, id: u128, from: &str, to: &str, time: Timestamp) {
        self.ask(id, from, to, time, TransferStep::Undo);
    }

    fn ask(&mut self, id: u128, from: &str, to: &str, time: Timestamp, step: TransferStep) {
        let id = Uuid::from_u128(id);
        let key = |name: &str| name.to_owned().try_into().unwrap();
        let transfer =
            Transfer { id, from: key(from), to: key(to), at: None, cause: id, hop: 0, step };
        self.read(from, time, &Entry::Input(Input::Transfer(Box::new(transfer))));
    }
}
