//! The records that were erased: a retraction that `buymode erase` wrote ends a signal of an account, a suppression
//! that it wrote ends an account ([`erasure`]). A copy leaves out the signal, and all that came of the account
//! before; the records that say so hold ids and the account's key, and stay. So does a person's opt-out, a digest: it
//! holds for ever, at every account.

use crate::domain::account::erasure;
use crate::domain::account::input::{Input, LedgerSnapshot, Transfer, TransferStep};
use crate::domain::account::ledger::Ledger;
use crate::domain::evidence::post;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
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
#[derive(Clone, Debug, Default)]
pub struct Erased {
    signals: BTreeMap<AccountKey, HashSet<SignalId>>,
    accounts: BTreeMap<AccountKey, End>,
    /// Which accounts have read what came from which.
    handed: BTreeMap<AccountKey, BTreeSet<AccountKey>>,
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
            Input::Retraction(one) if erasure::is_retraction(account, one) => {
                self.signals.entry(account.clone()).or_default().insert(one.retracts);
            }
            Input::Suppression(change)
                if change.active && erasure::nth(account, change).is_some() =>
            {
                let (partition, offset) = at;
                self.accounts.insert(account.clone(), End { partition, offset, time_ms });
            }
            Input::Transfer(transfer) => {
                self.note_handed(account, transfer);
                // An account that was merged hands on what it is sent.
                if let TransferStep::Forwarded(inner) = &transfer.step
                    && matches!(&**inner, Input::Retraction(_))
                {
                    self.note(at, time_ms, &transfer.from, inner);
                }
            }
            _ => {}
        }
    }

    fn note_handed(&mut self, reader: &AccountKey, transfer: &Transfer) {
        let (giver, members) = match &transfer.step {
            TransferStep::Delivery(of) => (&transfer.from, &of.members[..]),
            TransferStep::Return(of) => (&transfer.to, &of.members[..]),
            TransferStep::Forwarded(_) => (&transfer.from, &[][..]),
            _ => return,
        };
        for from in members.iter().map(|member| &member.account).chain([giver, &transfer.from]) {
            let known = self.handed.get(from).is_some_and(|readers| readers.contains(reader));
            if from != reader && !known {
                self.handed.entry(from.clone()).or_default().insert(reader.clone());
            }
        }
    }

    /// The accounts that were erased.
    pub fn accounts(&self) -> BTreeSet<AccountKey> {
        self.accounts.keys().cloned().collect()
    }

    pub fn is_empty(&self) -> bool {
        self.signals.is_empty() && self.accounts.is_empty()
    }

    /// The accounts that may decide otherwise without what was erased and without other records of `more`: these,
    /// and all that read what one of them handed on.
    pub fn affected(&self, more: BTreeSet<AccountKey>) -> BTreeSet<AccountKey> {
        let mut all = more;
        all.extend(self.signals.keys().chain(self.accounts.keys()).cloned());
        let mut open: Vec<AccountKey> = all.iter().cloned().collect();
        while let Some(account) = open.pop() {
            for reader in self.handed.get(&account).into_iter().flatten() {
                if all.insert(reader.clone()) {
                    open.push(reader.clone());
                }
            }
        }
        all
    }

    fn is_erased(&self, account: &AccountKey, signal: SignalId) -> bool {
        self.signals.get(account).is_some_and(|signals| signals.contains(&signal))
    }

    /// Whether what this account had at that time was erased later.
    fn has_ended(&self, account: &AccountKey, time_ms: i64) -> bool {
        self.accounts.get(account).is_some_and(|end| time_ms <= end.time_ms)
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
        if is_opt_out(input) {
            return Kept::AsItIs;
        }
        let ended = |end: &End| end.partition == partition && offset < end.offset;
        if self.accounts.get(account).is_some_and(ended) {
            return Kept::LeftOut;
        }
        match input {
            Input::Signal(signal) if self.is_erased(account, signal.id) => Kept::LeftOut,
            Input::Transfer(transfer) => self.keeps_of(transfer, time_ms),
            _ => Kept::AsItIs,
        }
    }

    fn keeps_of(&self, transfer: &Transfer, time_ms: i64) -> Kept {
        let changed = |step| {
            Kept::Changed(Box::new(Input::Transfer(Box::new(Transfer {
                step,
                ..transfer.clone()
            }))))
        };
        match &transfer.step {
            TransferStep::Forwarded(inner) => match &**inner {
                Input::Signal(signal) if self.is_erased(&transfer.from, signal.id) => Kept::LeftOut,
                Input::Signal(_) | Input::Company(_) | Input::Outcome(_)
                    if self.has_ended(&transfer.from, time_ms) =>
                {
                    Kept::LeftOut
                }
                _ => Kept::AsItIs,
            },
            TransferStep::Delivery(of) | TransferStep::Return(of) => {
                let is_delivery = matches!(transfer.step, TransferStep::Delivery(_));
                match self.without(&transfer.from, of, time_ms) {
                    None => Kept::AsItIs,
                    Some(left) if is_delivery && holds_nothing(&left) => Kept::LeftOut,
                    Some(left) if is_delivery => changed(TransferStep::Delivery(Box::new(left))),
                    Some(left) => changed(TransferStep::Return(Box::new(left))),
                }
            }
            _ => Kept::AsItIs,
        }
    }

    /// What an account hands over, without what was erased; none where nothing of it was.
    fn without(
        &self,
        account: &AccountKey,
        of: &LedgerSnapshot,
        time_ms: i64,
    ) -> Option<LedgerSnapshot> {
        let mut left = of.clone();
        let mut is_other = self.take_out(account, &mut left.ledger, time_ms);
        if self.has_ended(account, time_ms) && !left.products.is_empty() {
            left.products.clear();
            is_other = true;
        }
        for member in &mut left.members {
            is_other |= self.take_out(&member.account, &mut member.ledger, time_ms);
            if self.has_ended(&member.account, time_ms) && !member.products.is_empty() {
                member.products.clear();
                is_other = true;
            }
        }
        is_other.then_some(left)
    }

    /// Whether anything was.
    fn take_out(&self, account: &AccountKey, ledger: &mut Ledger, time_ms: i64) -> bool {
        if self.has_ended(account, time_ms) {
            let before = std::mem::take(ledger);
            return before != Ledger::default();
        }
        let ids = ledger.evidence.iter().flat_map(|evidence| evidence.reports()).map(|r| r.id);
        let erased: Vec<SignalId> = ids.filter(|id| self.is_erased(account, *id)).collect();
        for id in &erased {
            post::remove(&mut ledger.evidence, *id, Timestamp(time_ms).day());
        }
        !erased.is_empty()
    }
}

/// The same person may be found at another account.
fn is_opt_out(input: &Input) -> bool {
    match input {
        Input::Outcome(said) => said.outcome == OutcomeKind::OptedOut,
        Input::Transfer(transfer) => match &transfer.step {
            TransferStep::Forwarded(inner) => is_opt_out(inner),
            _ => false,
        },
        _ => false,
    }
}

fn holds_nothing(of: &LedgerSnapshot) -> bool {
    of.ledger == Ledger::default() && of.products.is_empty() && of.members.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::input::{Retraction, SalesOutcome, SuppressionChange};
    use crate::domain::terms::catalogue::SuppressionList;
    use crate::domain::terms::time::{Day, Occurred, Precision};
    use uuid::Uuid;

    fn account(key: &str) -> AccountKey {
        AccountKey::parse(key).unwrap()
    }

    fn transfer(from: &str, to: &str, step: TransferStep) -> Input {
        let (id, cause) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (from, to) = (account(from), account(to));
        Input::Transfer(Box::new(Transfer { id, from, to, at: None, cause, hop: 0, step }))
    }

    #[test]
    fn a_source_of_the_same_name_erases_nothing() {
        let (acme, signal) = (account("acme.com"), Uuid::from_u128(7));
        let mut erased = Erased::default();
        let own = erasure::suppression(&acme, 0, true);
        let listed = SuppressionChange { list: SuppressionList::Customer, ..own.clone() };
        let named = SuppressionChange { id: signal, ..own.clone() };
        let retraction = Retraction { id: signal, ..erasure::retraction(&acme, signal) };
        for input in
            [Input::Suppression(listed), Input::Suppression(named), Input::Retraction(retraction)]
        {
            erased.note((0, 5), 5, &acme, &input);
        }
        // Of another account's erasure.
        erased.note((0, 6), 6, &account("other.com"), &Input::Suppression(own.clone()));
        assert!(erased.is_empty(), "{erased:?}");
        erased.note((0, 7), 7, &acme, &Input::Suppression(own.clone()));
        let before = Input::Suppression(SuppressionChange { source: "crm".into(), ..own });
        assert!(matches!(erased.keeps((0, 6), 6, &acme, &before), Kept::LeftOut));
        assert!(matches!(erased.keeps((0, 8), 8, &acme, &before), Kept::AsItIs));
    }

    #[test]
    fn an_opt_out_outlives_the_erasure_of_its_account() {
        let (acme, merged) = (account("acme.com"), account("merged.com"));
        let mut erased = Erased::default();
        for key in [&acme, &merged] {
            let own = Input::Suppression(erasure::suppression(key, 0, true));
            erased.note((0, 9), 9, key, &own);
        }
        let said = |outcome| {
            Input::Outcome(SalesOutcome {
                id: Uuid::from_u128(3),
                source: "crm".into(),
                product: None,
                outcome,
                occurred: Occurred { day: Day(0), precision: Precision::Day },
                reason: None,
                amount_usd: None,
                opportunity_id: None,
                lead_source: None,
                until: None,
                contact: None,
            })
        };
        for (outcome, is_kept) in [(OutcomeKind::OptedOut, true), (OutcomeKind::Won, false)] {
            let step = TransferStep::Forwarded(Box::new(said(outcome)));
            let handed_on = transfer("merged.com", "acme.com", step);
            let elsewhere = account("other.com");
            for (reader, input) in
                [(&acme, &said(outcome)), (&acme, &handed_on), (&elsewhere, &handed_on)]
            {
                let kept = erased.keeps((0, 1), 1, reader, input);
                assert_eq!(matches!(kept, Kept::AsItIs), is_kept, "{reader} {outcome}: {kept:?}");
            }
        }
    }

    #[test]
    fn whoever_read_of_an_erased_account_may_decide_otherwise() {
        let mut erased = Erased::default();
        let empty = || Box::new(LedgerSnapshot::default());
        let signal = Uuid::from_u128(7);
        let inner = Input::Retraction(erasure::retraction(&account("a.com"), signal));
        for (reader, input) in [
            ("b.com", transfer("a.com", "b.com", TransferStep::Delivery(empty()))),
            ("c.com", transfer("b.com", "c.com", TransferStep::Delivery(empty()))),
            ("d.com", transfer("d.com", "c.com", TransferStep::Return(empty()))),
            ("e.com", transfer("f.com", "e.com", TransferStep::Delivery(empty()))),
            ("g.com", transfer("a.com", "g.com", TransferStep::Forwarded(Box::new(inner)))),
        ] {
            erased.note((0, 1), 1, &account(reader), &input);
        }
        let shown = |more: &[&str]| {
            let more = more.iter().map(|key| account(key)).collect();
            let affected = erased.affected(more);
            affected.iter().map(|key| key.as_str().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(&[]), "a.com b.com c.com d.com g.com");
        assert_eq!(shown(&["f.com"]), "a.com b.com c.com d.com e.com f.com g.com");
        assert!(erased.is_erased(&account("a.com"), signal));
        assert!(!erased.is_erased(&account("g.com"), signal));
    }
}
