//! The records that were erased: a retraction of the source `erase` ends a signal, a suppression of that
//! source ends an account. A copy leaves out the signal, and all that came of the account before; the
//! records that say so hold ids and the account's key, and stay.

use crate::domain::account::input::{ERASE, Input, LedgerSnapshot, Transfer, TransferStep};
use crate::domain::account::ledger::Ledger;
use crate::domain::evidence::post;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Where an account was erased last.
#[derive(Clone, Copy, Debug)]
struct End {
    partition: i32,
    offset: i64,
    time_ms: i64,
}

/// What a log says of what was erased.
#[derive(Debug, Default)]
pub struct Erased {
    signals: HashSet<SignalId>,
    accounts: BTreeMap<AccountKey, End>,
    /// Whose decisions may be others without.
    affected: BTreeSet<AccountKey>,
}

/// What becomes of a record in a copy.
#[derive(Debug)]
pub enum Kept {
    AsItIs,
    /// Without what was erased in it.
    Changed(Box<Input>),
    LeftOut,
}

impl Erased {
    /// A record of the inputs, as it stands in the log.
    pub fn note(&mut self, at: (i32, i64), time_ms: i64, account: &AccountKey, input: &Input) {
        match input {
            Input::Retraction(retraction) if &*retraction.source == ERASE => {
                self.signals.insert(retraction.retracts);
                self.affected.insert(account.clone());
            }
            Input::Suppression(change) if &*change.source == ERASE && change.active => {
                let (partition, offset) = at;
                self.accounts.insert(account.clone(), End { partition, offset, time_ms });
                self.affected.insert(account.clone());
            }
            // An account that was merged hands on what it is sent.
            Input::Transfer(transfer) => {
                if let TransferStep::Forwarded(inner) = &transfer.step
                    && matches!(&**inner, Input::Retraction(_))
                {
                    self.note(at, time_ms, account, inner);
                }
            }
            _ => {}
        }
    }

    pub fn is_empty(&self) -> bool {
        self.signals.is_empty() && self.accounts.is_empty()
    }

    /// The accounts that it concerns.
    pub fn affected(&self) -> &BTreeSet<AccountKey> {
        &self.affected
    }

    /// What becomes of a record of the inputs.
    pub fn keeps(
        &self,
        (partition, offset): (i32, i64),
        time_ms: i64,
        account: &AccountKey,
        input: &Input,
    ) -> Kept {
        if self.is_empty() {
            return Kept::AsItIs;
        }
        let ended = |end: &End| end.partition == partition && offset < end.offset;
        if self.accounts.get(account).is_some_and(ended) {
            return Kept::LeftOut;
        }
        match input {
            Input::Signal(signal) if self.signals.contains(&signal.id) => Kept::LeftOut,
            Input::Transfer(transfer) => self.keeps_of(transfer, time_ms),
            _ => Kept::AsItIs,
        }
    }

    fn keeps_of(&self, transfer: &Transfer, time_ms: i64) -> Kept {
        let ended = |end: &End| time_ms <= end.time_ms;
        let carries = matches!(transfer.step, TransferStep::Delivery(_));
        if carries && self.accounts.get(&transfer.from).is_some_and(ended) {
            return Kept::LeftOut;
        }
        let changed = |step| {
            Kept::Changed(Box::new(Input::Transfer(Box::new(Transfer {
                step,
                ..transfer.clone()
            }))))
        };
        match &transfer.step {
            TransferStep::Forwarded(inner) => match &**inner {
                Input::Signal(signal) if self.signals.contains(&signal.id) => Kept::LeftOut,
                Input::Signal(_) | Input::Company(_) | Input::Outcome(_)
                    if self.accounts.get(&transfer.from).is_some_and(ended) =>
                {
                    Kept::LeftOut
                }
                _ => Kept::AsItIs,
            },
            TransferStep::Delivery(of) => self
                .without(of, time_ms)
                .map_or(Kept::AsItIs, |of| changed(TransferStep::Delivery(Box::new(of)))),
            TransferStep::Return(of) => self
                .without(of, time_ms)
                .map_or(Kept::AsItIs, |of| changed(TransferStep::Return(Box::new(of)))),
            _ => Kept::AsItIs,
        }
    }

    /// What an account hands over, without what was erased; none where nothing of it was.
    fn without(&self, of: &LedgerSnapshot, time_ms: i64) -> Option<LedgerSnapshot> {
        let mut left = of.clone();
        let mut taken = self.take_out(&mut left.ledger, time_ms);
        for member in &mut left.members {
            taken += self.take_out(&mut member.ledger, time_ms);
        }
        (taken > 0).then_some(left)
    }

    fn take_out(&self, ledger: &mut Ledger, time_ms: i64) -> usize {
        let ids =
            ledger.evidence.iter().flat_map(|evidence| evidence.reports().iter().map(|r| r.id));
        let erased: Vec<SignalId> = ids.filter(|id| self.signals.contains(id)).collect();
        for id in &erased {
            post::remove(&mut ledger.evidence, *id, Timestamp(time_ms).day());
        }
        erased.len()
    }
}
