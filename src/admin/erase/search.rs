//! What a log has of a contact or an account, and what was erased of it before.

use super::Whose;
use crate::admin::accounts;
use crate::admin::named::Named;
use crate::admin::partitions::recorded;
use crate::admin::place::Place;
use crate::admin::progress::Meter;
use crate::codec::{DecodeFailure, Decoded};
use crate::domain::account::erasure::{self, TIMES_MAX};
use crate::domain::account::input::{Input, TransferStep};
use crate::domain::account::state::AccountState;
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::post;
use crate::domain::evidence::signal::{Event, SignalId};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Day;
use crate::engine::copy::erased::Erased;
use crate::log::scan::{Scan, partitions};
use anyhow::bail;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Signals of accounts. A source may send one record for several accounts.
type Signals = BTreeSet<(AccountKey, SignalId)>;

pub(super) struct Search<'a> {
    pub whose: &'a Whose,
    pub finder: Named,
    /// Signals that are to end.
    pub wanted: Signals,
    /// Signals that were taken back by an earlier call.
    pub done: Signals,
    /// What a copy would leave out by now.
    pub erased: Erased,
    /// States that hold the characters still, once the signals have ended.
    pub states: u64,
    /// How often the account was erased before.
    times: u32,
    /// Whether the last of these holds.
    stands: bool,
    /// Whether it has had another record since.
    open: bool,
    /// Whether the log has a state of the account.
    known: bool,
    /// The account that it is to be merged into by a request that `run` has not read.
    merging: Option<AccountKey>,
}

impl<'a> Search<'a> {
    pub(super) fn of(
        place: &Place,
        whose: &'a Whose,
        meter: &mut Meter<'_>,
    ) -> anyhow::Result<Search<'a>> {
        let mut search = Search {
            whose,
            finder: Named::new(whose.name())?,
            wanted: Signals::new(),
            done: Signals::new(),
            erased: Erased::default(),
            states: 0,
            times: 0,
            stands: false,
            open: false,
            known: false,
            merging: None,
        };
        search.states(place)?;
        meter.phase("reading inputs");
        search.inputs(place, meter)?;
        Ok(search)
    }

    fn states(&mut self, place: &Place) -> anyhow::Result<()> {
        let mut refused = None;
        let mut failed = None;
        let mut codec = place.codec.clone();
        accounts::each(place, &mut |_, account, state, time| {
            if let Whose::Account(key) = self.whose
                && key == account
            {
                self.account(account, state);
                if let Some(to) = state.moved_to() {
                    refused = Some((account.clone(), to.clone()));
                } else if let Some(member) = state.members().first() {
                    refused = Some((member.account.clone(), account.clone()));
                }
            }
            match &state.ledgers {
                None => self.evidence(account, &state.evidence),
                Some(ledgers) => {
                    self.evidence(account, &ledgers.own.evidence);
                    for member in &ledgers.members {
                        self.evidence(&member.account, &member.ledger.evidence);
                    }
                }
            }
            let mut holds = |state: &AccountState| {
                let mut bytes = Vec::new();
                let written = codec.encode_state(&place.topics.accounts, state, &mut bytes);
                failed = failed.take().or(written.err());
                self.finder.is_in(&bytes)
            };
            let stays = self.finder.is_in(account.as_str().as_bytes())
                || (holds(state) && holds(&self.without(account, state, time.day())));
            self.states += u64::from(stays);
        })?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        match refused {
            None => Ok(()),
            Some((alias, account)) => bail!(
                "{alias} is merged into {account}; use `buymode aliases remove {alias}` first, let `buymode run` \
                 read it, and erase the account that is meant"
            ),
        }
    }

    fn account(&mut self, account: &AccountKey, state: &AccountState) {
        self.known = true;
        self.stands = state.suppressions.iter().any(|one| one.is_erasure());
        // The inputs may begin later.
        let is_known = |nth: &u32| {
            let id = erasure::suppression(account, *nth, true).id;
            state.tombstones.binary_search_by_key(&id, |(id, _)| *id).is_ok()
        };
        if self.stands || !state.tombstones.is_empty() {
            self.times = (0..TIMES_MAX).rev().find(is_known).map_or(0, |nth| nth + 1);
        }
    }

    /// The state once the next `run` has read what is to be written.
    fn without(&self, account: &AccountKey, state: &AccountState, today: Day) -> AccountState {
        let mut left = state.clone();
        let end = |account: &AccountKey, evidence: &mut Vec<Evidence>| {
            let reports = evidence.iter().flat_map(Evidence::reports);
            let meant = reports.filter(|report| self.is_meant(account, &report.event));
            let ids: Vec<SignalId> = meant.map(|report| report.id).collect();
            for id in ids {
                post::remove(evidence, id, today);
            }
        };
        end(account, &mut left.evidence);
        if let Some(ledgers) = &mut left.ledgers {
            end(account, &mut ledgers.own.evidence);
            for member in &mut ledgers.members {
                end(&member.account, &mut member.ledger.evidence);
            }
        }
        left
    }

    fn evidence(&mut self, account: &AccountKey, evidence: &[Evidence]) {
        for report in evidence.iter().flat_map(Evidence::reports) {
            self.signal(account, report.id, &report.event);
        }
    }

    fn signal(&mut self, account: &AccountKey, id: SignalId, event: &Event) {
        if self.is_meant(account, event) {
            self.wanted.insert((account.clone(), id));
        }
    }

    fn is_meant(&self, account: &AccountKey, event: &Event) -> bool {
        match self.whose {
            Whose::Contact(contact) => {
                matches!(event, Event::Engagement(e) if e.contact.as_ref() == Some(contact))
            }
            Whose::Account(key) => key == account,
        }
    }

    fn inputs(&mut self, place: &Place, meter: &mut Meter<'_>) -> anyhow::Result<()> {
        let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
        let topic = &place.topics.inputs;
        for partition in 0..partitions(&*place.store, topic)? {
            let task = recorded(&mut *reader, &mut codec, &place.topics.accounts, partition)?;
            let scored = task.map_or(0, |task| task.next_offset);
            let marks = reader.watermarks(topic, partition)?;
            meter.expect(&(marks.low..marks.stable));
            let mut passed = |offsets| meter.passed(offsets);
            let scan = Scan::range(topic, partition, marks.low..marks.stable).report(&mut passed);
            let mut time_ms = 0;
            scan.try_each(&mut *reader, &mut |record| {
                time_ms = record.timestamp_ms.max(time_ms);
                match codec.decode_input(record.key, record.value) {
                    Ok(Decoded::Account { account, input }) => {
                        self.erased.note((partition, record.offset), time_ms, &account, &input);
                        self.input(&account, &input);
                        if record.offset >= scored {
                            self.unread(&account, &input);
                        }
                    }
                    Ok(_) | Err(DecodeFailure::Record(_)) => {}
                    Err(DecodeFailure::Registry(error)) => return Err(anyhow::Error::from(error)),
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(())
    }

    /// A record that no state reflects yet.
    fn unread(&mut self, account: &AccountKey, input: &Input) {
        if let (Whose::Account(key), Input::Transfer(transfer)) = (self.whose, input)
            && key == account
            && matches!(transfer.step, TransferStep::Request)
        {
            self.merging = Some(transfer.to.clone());
        }
    }

    /// Refuses an account that is about to be merged: a copy would leave the request out with all that stands before
    /// the erasure, and the merge would be lost.
    pub(super) fn check_merging(&self) -> anyhow::Result<()> {
        match (self.whose, &self.merging) {
            (Whose::Account(account), Some(to)) => bail!(
                "{account} is to be merged into {to}, and `buymode run` has not read that yet; let it read it first \
                 (`buymode run --until-caught-up`), then use the same command again"
            ),
            _ => Ok(()),
        }
    }

    fn input(&mut self, account: &AccountKey, input: &Input) {
        let is_account = matches!(self.whose, Whose::Account(key) if key == account);
        match input {
            Input::Signal(signal) => self.signal(account, signal.id, &signal.event),
            Input::Retraction(one) if erasure::is_retraction(account, one) => {
                self.done.insert((account.clone(), one.retracts));
                return;
            }
            Input::Suppression(one) if is_account => {
                if let Some(nth) = erasure::nth(account, one) {
                    self.times = self.times.max(nth + 1);
                    (self.stands, self.open) = (one.active, !one.active);
                    return;
                }
            }
            Input::Transfer(transfer) => match &transfer.step {
                TransferStep::Forwarded(inner) => {
                    if let Input::Signal(signal) = &**inner {
                        self.signal(&transfer.from, signal.id, &signal.event);
                    }
                }
                TransferStep::Delivery(of) | TransferStep::Return(of) => {
                    self.evidence(&transfer.from, &of.ledger.evidence);
                    for member in &of.members {
                        self.evidence(&member.account, &member.ledger.evidence);
                    }
                }
                _ => {}
            },
            _ => {}
        }
        self.open |= is_account;
    }

    /// Whether the inputs or the states have something of the contact or account.
    pub(super) fn has_found(&self) -> bool {
        !self.wanted.is_empty() || self.known || self.open || self.times > 0
    }

    /// Which erasure of the account holds, if one does.
    pub(super) fn stands(&self) -> Option<u32> {
        self.stands.then(|| self.times.saturating_sub(1))
    }

    /// The records to be written. The suppression comes last: a copy leaves out what stands before it.
    pub(super) fn records(&self) -> anyhow::Result<Vec<(AccountKey, Input)>> {
        let open = self.wanted.difference(&self.done);
        let ended = |(account, signal): &(AccountKey, SignalId)| {
            (account.clone(), Input::Retraction(erasure::retraction(account, *signal)))
        };
        let mut records: Vec<(AccountKey, Input)> = open.map(ended).collect();
        if let Whose::Account(account) = self.whose
            && (!self.stands || self.open || !records.is_empty())
        {
            if self.times == TIMES_MAX {
                bail!(
                    "account {account} was erased {TIMES_MAX} times; copy the log, which forgets them"
                );
            }
            let change = erasure::suppression(account, self.times, true);
            records.push((account.clone(), Input::Suppression(change)));
        }
        Ok(records)
    }
}
